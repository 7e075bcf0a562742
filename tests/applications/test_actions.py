import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError
from django.utils import translation

from accounts.models import Membership
from accounts.permissions import FirmRole
from applications import actions, signals
from applications.actions import FirmDetails, UnableToJoin, UnableToSubmit
from applications.models import Case, Lead, Note
from notifications.models import Message
from organisations.models import Organisation, SizeDeclaration
from portal.models import Event
from portal.workflow import IllegalMove
from programmes.models import Programme, Text
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.applications import CaseFactory, EligibilityCheckFactory
from tests.factories.organisations import OrganisationFactory
from tests.factories.programmes import ProgrammeFactory, RegionFactory
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)
SUNDAY = datetime(2026, 11, 22, 15, tzinfo=UTC)
FIRM = FirmDetails(name="Mill & Sons Ltd", legal_form="company", company_number="01234567", address="1 Mill Lane")
SOLE_TRADER = replace(FIRM, name="Mill Forge", legal_form="sole_trader", company_number="")


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def check(programme):
    return EligibilityCheckFactory(programme=programme, region=RegionFactory(programme=programme))


@pytest.fixture
def join(programme, check, person):
    def call(**changes):
        given = {"programme": programme, "check": check, "firm": FIRM, "key": uuid.uuid4(), "by": person, "at": SUNDAY}
        return actions.join(**{**given, **changes})

    return call


class TestJoin:
    def test_the_case_starts_with_what_the_check_knows(self, join, programme, check, person):
        case = join()

        assert case.reference.startswith(f"{programme.prefix}-")
        assert (case.programme, case.region, case.check_result) == (programme, check.region, check)
        assert (case.status, case.created_by, case.created_at) == ("DRAFT", person, SUNDAY)
        assert (case.contact_name, case.contact_email) == (person.full_name, person.email)
        firm = case.organisation
        assert (firm.name, firm.name_key, firm.company_number) == ("Mill & Sons Ltd", "MILL AND SONS", "01234567")
        assert (firm.postcode, firm.local_authority, firm.sic_codes) == ("PR1 2HE", "E07000123", ["25620"])
        size = SizeDeclaration.objects.get()
        assert (size.employees, size.turnover, size.balance_sheet) == (32, Decimal("3200000"), Decimal("1500000"))
        assert (size.currency, size.in_group, size.declared_at, size.declared_by_id) == (
            "GBP", False, SUNDAY, person.pk,
        )  # fmt: skip
        assert Membership.objects.get(user=person).role == FirmRole.OWNER
        assert Event.objects.for_reference(case.reference).get().kind == "case.started"

    def test_what_the_check_does_not_know_stays_unknown(self, join, programme):
        case = join(check=EligibilityCheckFactory(programme=programme, facts={"turnover": "", "employees": None}))
        size = SizeDeclaration.objects.get()
        assert (size.employees, size.turnover, size.balance_sheet, size.in_group) == (None, None, None, None)
        assert (case.region, case.organisation.postcode, case.organisation.sic_codes) == (None, "", [])
        assert case.missing_sections() == ["contact", "makes", "change", "barriers", "consent"]

    def test_a_repeat_gives_the_same_case(self, join):
        key = uuid.uuid4()
        assert join(key=key) == join(key=key) == join(key=key, firm=SOLE_TRADER)
        assert (Case.objects.count(), SizeDeclaration.objects.count()) == (1, 1)

    def test_a_repeat_after_the_programme_closed_gives_the_same_case(self, join, programme):
        key = uuid.uuid4()
        case = join(key=key)
        programme.status = Programme.Status.CLOSED
        assert join(key=key) == case
        with pytest.raises(UnableToJoin, match="not open"):
            join()

    @pytest.mark.parametrize("firm", [FIRM, SOLE_TRADER])
    def test_a_double_click_gives_one_case(self, join, firm):
        key = uuid.uuid4()
        results = at_once(6, lambda number: join(key=key, firm=firm))
        assert {result.reference for result in results} == {Case.objects.get().reference}
        assert (Organisation.objects.count(), Membership.objects.count(), SizeDeclaration.objects.count()) == (1, 1, 1)

    def test_two_tabs_give_one_case_and_a_word(self, join):
        results = at_once(2, lambda number: join())
        [refused] = [result for result in results if isinstance(result, UnableToJoin)]
        assert str(refused) in {
            "Your firm already has an application in this programme.", actions._taken(),
        }  # fmt: skip
        assert (Case.objects.count(), Organisation.objects.count()) == (1, 1)

    def test_somebody_elses_key_is_worth_nothing(self, join, case):
        with pytest.raises(IntegrityError):
            join(key=case.creation_key)

    @pytest.mark.parametrize("status", [Programme.Status.PREVIEW, Programme.Status.CLOSED])
    def test_a_programme_that_is_not_open_takes_nobody(self, join, programme, status):
        programme.status = status
        with pytest.raises(UnableToJoin, match="not open"):
            join()
        assert not Organisation.objects.exists()

    def test_a_company_number_belongs_to_who_came_first(self, join, person):
        OrganisationFactory(company_number=FIRM.company_number, name="Theirs")
        with pytest.raises(UnableToJoin, match="already registered this company number"):
            join()
        assert Organisation.objects.get().name == "Theirs"
        assert not Membership.objects.filter(user=person).exists()

    def test_two_who_name_one_company_at_once(self, join):
        people = [UserFactory(), UserFactory()]
        results = at_once(2, lambda number: join(by=people[number]))
        assert sorted(type(result).__name__ for result in results) == ["Case", "UnableToJoin"]
        assert (Organisation.objects.count(), Case.objects.count()) == (1, 1)

    def test_a_firm_that_is_in_already_stays_once(self, join):
        join()
        with pytest.raises(UnableToJoin, match="already has an application"):
            join(firm=replace(FIRM, name="Another name"))
        assert Organisation.objects.get().name == FIRM.name, "the refused attempt changed nothing"

    def test_a_firm_joins_a_second_programme_as_itself(self, join):
        first = join()
        other = ProgrammeFactory()
        second = join(
            programme=other, check=EligibilityCheckFactory(programme=other), firm=replace(FIRM, address="2 Mill Lane")
        )
        assert first.organisation == second.organisation
        assert Organisation.objects.get().address == "2 Mill Lane"
        assert Membership.objects.count() == 1
        assert SizeDeclaration.objects.count() == 2

    def test_a_firm_without_a_number_is_found_by_its_name(self, join):
        first = join(firm=SOLE_TRADER)
        other = ProgrammeFactory()
        joined = {"programme": other, "check": EligibilityCheckFactory(programme=other)}
        assert join(firm=replace(SOLE_TRADER, name="The MILL Forge"), **joined).organisation == first.organisation

    def test_a_name_alone_never_leads_to_somebody_elses_firm(self, join):
        OrganisationFactory(company_number="", name="Mill Forge", name_key="MILL FORGE")
        assert join(firm=SOLE_TRADER).organisation.memberships.count() == 1
        assert Organisation.objects.count() == 2

    def test_a_colleague_may_begin_and_a_student_may_not_speak_for_the_firm(self, join, person):
        firm = OrganisationFactory(company_number=FIRM.company_number)
        place = MembershipFactory(user=person, organisation=firm, role=FirmRole.STUDENT)
        with pytest.raises(UnableToJoin, match="already registered"):
            join()
        place.role = FirmRole.COLLEAGUE
        place.save()
        assert join().organisation == firm
        assert Membership.objects.get(user=person).role == FirmRole.COLLEAGUE

    def test_any_name_of_the_right_length_is_kept(self, join):
        assert len(join(firm=replace(SOLE_TRADER, name="&" * 160)).organisation.name_key) == 160


class TestDays:
    @pytest.mark.parametrize(
        ("day", "days", "due"),
        [
            (date(2026, 11, 20), 0, date(2026, 11, 20)),
            (date(2026, 11, 20), 1, date(2026, 11, 23)),
            (date(2026, 11, 21), 1, date(2026, 11, 23)),
            (date(2026, 11, 23), 5, date(2026, 11, 30)),
            (date(2026, 12, 31), 1, date(2027, 1, 1)),
        ],
    )
    def test_working_days(self, day, days, due):
        assert actions.working_days_after(day, days) == due

    def test_the_promise_counts_from_the_day_in_the_programmes_own_place(self):
        late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # Monday already in Stockholm
        for zone, due in (("Europe/London", date(2026, 11, 24)), ("Europe/Stockholm", date(2026, 11, 25))):
            programme = ProgrammeFactory(time_zone=zone, promise_days={"application": 2})
            case = CaseFactory(programme=programme)
            assert actions.promise_for(case) is None
            case.submit(by=case.created_by, at=late)
            assert actions.promise_for(case) == due
            case.accept(by=case.created_by, at=late)
            assert actions.promise_for(case) is None

    def test_without_a_word_it_is_ten_days(self):
        case = CaseFactory(programme=ProgrammeFactory(promise_days={}))
        case.submit(by=case.created_by, at=SUNDAY)
        assert actions.promise_for(case) == date(2026, 12, 4)


class TestSubmit:
    def test_it_is_sent_and_the_firm_is_told(self, case, applicant):
        actions.submit(case=case, by=applicant, at=SUNDAY)
        assert (case.status, case.submitted_by) == ("SUBMITTED", applicant)
        message = Message.objects.get()
        assert (message.kind, message.to, message.reference) == ("case_submitted", applicant.email, case.reference)
        assert message.context["promise"] == "2026-12-04"
        assert message.context["button"]["url"].endswith(f"/cases/{case.reference}/")
        assert message.branding == case.programme.branding

    def test_an_unconfirmed_address_is_refused(self, case, applicant):
        EmailAddress.objects.filter(user=applicant).update(verified=False)
        with pytest.raises(UnableToSubmit, match="Confirm your email address first"):
            actions.submit(case=case, by=applicant, at=SUNDAY)
        case.refresh_from_db()
        assert (case.status, Message.objects.count()) == ("DRAFT", 0)

    def test_another_confirmed_address_is_not_the_one_in_use(self, case, applicant):
        EmailAddress.objects.filter(user=applicant).update(email="old@firm.example")
        with pytest.raises(UnableToSubmit):
            actions.submit(case=case, by=applicant, at=SUNDAY)

    def test_a_gap_is_refused(self):
        case = CaseFactory(makes="")
        with pytest.raises(UnableToSubmit, match="Complete every section"):
            actions.submit(case=case, by=case.created_by, at=SUNDAY)

    def test_ten_clicks_send_one(self, case, applicant):
        results = at_once(10, lambda number: actions.submit(case=Case.objects.get(), by=applicant, at=SUNDAY))
        assert results.count(None) == 1
        assert sum(isinstance(result, IllegalMove) for result in results) == 9
        assert Message.objects.count() == 1
        assert Event.objects.filter(kind="case.submitted").count() == 1

    def test_a_refused_move_owes_no_mail(self, applicant):
        case = CaseFactory(withdrawn=True)
        with pytest.raises(IllegalMove):
            actions.submit(case=case, by=case.created_by, at=SUNDAY)
        assert not Message.objects.exists()


class TestDecide:
    @pytest.fixture
    def sent(self, programme):
        return CaseFactory(programme=programme, submitted=True)

    @pytest.mark.parametrize(
        ("decide", "status"),
        [
            (lambda **facts: actions.accept(**facts), "ACCEPTED"),
            (lambda **facts: actions.return_to_firm(reason="Why?", **facts), "RETURNED"),
            (lambda **facts: actions.reject(reason="Too far away.", **facts), "REJECTED"),
            (lambda **facts: actions.withdraw(reason="No time.", **facts), "WITHDRAWN"),
        ],
    )
    def test_the_firm_is_told_once(self, sent, adviser, decide, status):
        again = Case.objects.get(pk=sent.pk)
        decide(case=sent, by=adviser, at=SUNDAY)
        assert sent.status == status
        with pytest.raises(IllegalMove):
            decide(case=again, by=adviser, at=SUNDAY)
        message = Message.objects.get()
        assert (message.kind, message.reference) == (f"case_{status.lower()}", sent.reference)

    @pytest.mark.parametrize(
        ("signal", "decide"),
        [
            (signals.case_accepted, lambda **facts: actions.accept(**facts)),
            (signals.case_withdrawn, lambda **facts: actions.withdraw(reason="No time.", **facts)),
        ],
    )
    def test_the_apps_above_hear_of_it_inside_the_transaction(self, sent, adviser, signal, decide):
        heard = []

        def refuse(sender, case, by, at, **kwargs):
            heard.append((sender, case.status, by, at))
            raise ZeroDivisionError

        signal.connect(refuse)
        try:
            with pytest.raises(ZeroDivisionError):
                decide(case=sent, by=adviser, at=SUNDAY)
        finally:
            signal.disconnect(refuse)
        assert heard == [(Case, sent.status, adviser, SUNDAY)]
        sent.refresh_from_db()
        assert (sent.status, Message.objects.count()) == ("SUBMITTED", 0)


class TestTellFirm:
    def test_it_speaks_to_the_person_the_firm_named(self, case):
        case.contact_email = "works@firm.example"
        actions.tell_firm(case, "case_returned", SUNDAY)
        case.contact_email = ""
        actions.tell_firm(case, "case_returned", SUNDAY)
        assert set(Message.objects.values_list("to", flat=True)) == {"works@firm.example", case.created_by.email}

    def test_it_speaks_the_firms_language_whoever_decides(self, case):
        case.created_by.language = "cy"
        with translation.override("sv"):
            actions.tell_firm(case, "case_returned", SUNDAY)
        assert Message.objects.get().language == "cy"

    def test_a_programmes_own_words_come_whole_or_not_at_all(self, case):
        def write(key, language="en-gb"):
            Text.objects.create(programme=case.programme, key=key, language=language, body=key)

        write("mail.case_returned.subject")
        write("mail.case_returned.body", language="sv")
        write("mail.case_accepted.body")
        actions.tell_firm(case, "case_returned", SUNDAY)
        assert Message.objects.latest("created_at").words == {}

        write("mail.case_returned.body")
        Message.objects.all().delete()
        actions.tell_firm(case, "case_returned", SUNDAY)
        assert Message.objects.get().words == {
            "subject": "mail.case_returned.subject", "body": "mail.case_returned.body",
        }  # fmt: skip

    def test_its_button_may_lead_elsewhere(self, case, settings):
        actions.tell_firm(case, "case_returned", SUNDAY, page="/cases/x/plan/", button="See your plan", count=3)
        assert Message.objects.get().context == {
            "button": {"label": "See your plan", "url": f"{settings.PORTAL_URL}/cases/x/plan/"}, "count": 3,
        }  # fmt: skip


class TestNote:
    def test_it_is_kept_and_stands_on_the_staffs_timeline(self, case, adviser):
        note = actions.write_note(case=case, kind=Note.Kind.PHONE, text="Called.", by=adviser, at=SUNDAY)
        assert (note.case, note.kind, note.written_by, note.written_at) == (case, "PHONE", adviser, SUNDAY)
        event = Event.objects.for_reference(case.reference).get()
        assert (event.kind, event.note, event.staff_only) == ("note.phone", "Called.", True)

    def test_a_double_click_keeps_one(self, case, adviser):
        given = {"case": case, "kind": "NOTE", "text": "Called.", "by": adviser, "at": SUNDAY, "key": uuid.uuid4()}
        results = at_once(4, lambda number: actions.write_note(**given).pk)
        assert set(results) == {Note.objects.get().pk}
        assert Event.objects.count() == 1


class TestLead:
    DETAILS = {
        "name": "Sam Field", "firm": "Mill Forge", "email": "sam@firm.example", "phone": "",
        "question": "Which machine?", "agrees_to_contact": True,
    }  # fmt: skip

    def leave(self, programme, check=None, key=None):
        return actions.leave_lead(
            programme=programme, check=check, key=key or uuid.uuid4(), details=self.DETAILS, at=SUNDAY
        )

    def test_it_is_promised_by_mail(self, programme, check):
        with translation.override("cy"):
            lead = self.leave(programme, check)
        assert (lead.region, lead.check_result, lead.answer_by) == (check.region, check, date(2026, 11, 24))
        message = Message.objects.get()
        assert (message.kind, message.to, message.language) == ("lead_received", "sam@firm.example", "cy")
        assert message.context == {"promise": "2026-11-24"}

    def test_it_needs_no_check_and_no_promise_of_the_programme(self, programme):
        programme.promise_days = {}
        with translation.override(None):
            lead = self.leave(programme)
        assert (lead.region, lead.check_result, lead.answer_by) == (None, None, date(2026, 11, 24))
        assert Message.objects.get().language == "en-gb"

    def test_a_double_click_leaves_one(self, programme):
        key = uuid.uuid4()
        results = at_once(6, lambda number: self.leave(programme, key=key).pk)
        assert set(results) == {Lead.objects.get().pk}
        assert Message.objects.count() == 1

    def test_it_is_answered_once(self, programme, adviser):
        lead = self.leave(programme)
        results = at_once(4, lambda number: actions.answer_lead(lead=lead, by=adviser, at=SUNDAY))
        assert sorted(results) == [False, False, False, True]
        lead.refresh_from_db()
        assert (lead.answered_by, lead.answered_at) == (adviser, SUNDAY)
