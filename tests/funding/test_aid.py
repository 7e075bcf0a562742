"""An award as small aid: notified, confirmed, given, confirmed by letter; counted from the offer until it ends."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pikepdf
import pytest
from django.db import IntegrityError, InternalError, transaction

from applications import actions as applications
from documents.models import Document
from documents.rendering import render_pdf
from eligibility import ledger
from funding import actions, letters
from funding.lapsing import lapse_late
from funding.models import Award
from organisations.models import AidRecord, AidStatement
from portal.models import Event
from portal.workflow import IllegalMove
from programmes.models import ProgrammeVersion
from tests.factories.applications import CaseFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory, accept, approve, record_baseline
from tests.factories.organisations import AidRecordFactory, OwnershipFactory
from tests.factories.programmes import ProgrammeFactory
from tests.funding.racing import programme_with_limit

pytestmark = pytest.mark.django_db
LIMIT = Decimal(315000)


@pytest.fixture
def application():
    return GrantApplicationFactory(
        case=CaseFactory(programme=programme_with_limit(LIMIT), accepted=True), assessed=True
    )


def record():
    return AidRecord.objects.get(source="AWARD")


class TestSteps:
    def test_each_has_its_time_document_and_person(self, application):
        award = approve(application)
        assert (award.offered_at, award.offered_by, award.letter.number) == (
            WRITTEN, application.decided_by, award.letter.number,
        )  # fmt: skip
        assert "£15,000" in award.offer["aid_statement"]
        owner = application.case.created_by
        accept(award)
        award.refresh_from_db()
        assert award.aid_words == award.offer["aid_confirmation"]
        assert application.case.organisation.name in award.aid_words
        assert (award.aid_confirmed_at, award.aid_confirmed_by) == (WRITTEN, owner)
        assert (award.accepted_at, award.status) == (WRITTEN, "ACCEPTED")
        assert award.aid_letter.state == Document.State.QUEUED
        assert award.aid_letter.context["words"] == award.aid_words
        assert Event.objects.filter(kind="award.aid_confirmed").count() == 1
        statement = AidStatement.objects.get()
        assert (statement.wording, statement.reference) == (award.aid_words, application.reference)

    def test_nothing_is_given_before_the_confirmation(self, application):
        award = approve(application)
        with pytest.raises(actions.UnableToAccept, match="Confirm what the offer says"):
            accept(award, confirms_aid=False)
        award.refresh_from_db()
        assert (award.status, award.aid_confirmed_at, award.aid_letter) == ("OFFERED", None, None)
        assert record().state == "RESERVED"

    def test_an_offer_that_is_closed_takes_no_confirmation(self, application):
        award = approve(application)
        stale = Award.objects.get()
        award.withdraw(by=award.offered_by, at=WRITTEN, reason="An error")
        with pytest.raises(IllegalMove):
            stale.confirm_aid(by=application.case.created_by, at=WRITTEN)

    def test_programme_without_aid_rule_asks_for_nothing(self):
        case = CaseFactory(programme=ProgrammeFactory(version={"eligibility": {}}), accepted=True)
        award = approve(GrantApplicationFactory(case=case, assessed=True))
        assert (award.aid_basis, award.offer["aid_statement"], award.offer["aid_confirmation"]) == ("", "", "")
        accept(award, confirms_aid=False)
        assert (record().basis, record().state) == ("other", "GIVEN")
        assert Award.objects.get().aid_letter is None

    def test_offers_of_before_have_their_statement_to_confirm(self):
        assert Award(offer={"aid_statement": "This would be aid."}).aid_question == "This would be aid."


class TestDatabase:
    """Whoever writes the row."""

    def test_no_acceptance_without_confirmation(self, application):
        award = approve(application)
        record_baseline(award)
        owner = application.case.created_by
        with pytest.raises(IntegrityError, match="award_of_aid_accepted_only_confirmed"), transaction.atomic():
            award.accept(by=owner, at=WRITTEN)
        for words, at in (("", WRITTEN), ("Yes", datetime(2026, 11, 10, tzinfo=UTC))):
            changes = {"aid_words": words, "aid_confirmed_at": at, "aid_confirmed_by": owner}
            accepted = {"status": "ACCEPTED", "accepted_at": WRITTEN, "accepted_by": owner}
            with pytest.raises(IntegrityError, match="award_of_aid_accepted_only_confirmed"), transaction.atomic():
                Award.objects.update(**changes, **accepted)

    def test_the_basis_cannot_be_left_out_or_taken_away(self, application):
        award = approve(application)
        with pytest.raises(InternalError, match="offer_stays"), transaction.atomic():
            Award.objects.update(aid_basis="")
        award.pk, award.aid_basis = None, ""
        with pytest.raises(InternalError, match="aid basis of an award is that of its programme"), transaction.atomic():
            award.save(force_insert=True)

    def test_rules_that_come_into_force_later_do_not_matter(self):
        programme = ProgrammeFactory(version={"eligibility": {}})
        ProgrammeVersion.objects.create(
            programme=programme, number="2", valid_from=date(2026, 12, 1), sha256="1" * 64, loaded_at=WRITTEN,
            document={"eligibility": {"aid": {"basis": "mfa", "limit": "315000.00"}}},
        )  # fmt: skip
        case = CaseFactory(programme=programme, accepted=True)
        assert approve(GrantApplicationFactory(case=case, assessed=True)).aid_basis == ""


class TestLedger:
    def test_reserved_by_the_offer_and_given_on_the_day_of_acceptance(self, application):
        award = approve(application)
        assert (record().state, record().on, record().amount) == ("RESERVED", date(2026, 11, 9), Decimal(15000))
        assert (record().reference, record().given_by) == (application.reference, application.case.programme.name)
        accept(award, at=datetime(2026, 11, 20, 9, tzinfo=UTC))
        assert (record().state, record().on, record().register) == ("GIVEN", date(2026, 11, 20), "")

    def test_however_it_ends_its_aid_is_free_again(self, application):
        award = approve(application)

        def ended(move):
            with transaction.atomic():
                move()
                found = record()
                transaction.set_rollback(True)
            award.refresh_from_db()
            return found.state, found.release_reason

        owner = application.case.created_by
        late = datetime(2026, 12, 10, 9, tzinfo=UTC)
        assert ended(lambda: award.lapse(by=None, at=late)) == ("RELEASED", "Lapsed")
        assert ended(lambda: award.turn_down(by=owner, at=WRITTEN, reason="Too late")) == ("RELEASED", "Too late")
        assert ended(lambda: award.withdraw(by=None, at=WRITTEN, reason="Error")) == ("RELEASED", "Error")
        accept(award)
        actions.withdraw_offer(award=award, reason="Fraud", by=award.offered_by, at=WRITTEN)
        assert (record().state, record().release_reason) == ("RELEASED", "Fraud")

    def test_the_sweeper_and_the_end_of_a_case_release_too(self, application):
        approve(application)
        assert lapse_late(at=datetime(2026, 12, 10, 9, tzinfo=UTC)) == 1
        assert record().state == "RELEASED"
        other = GrantApplicationFactory(approved=True)
        applications.withdraw(case=other.case, reason="Sold", by=other.case.created_by, at=WRITTEN)
        assert AidRecord.objects.get(reference=other.reference).state == "RELEASED"

    def test_de_minimis_goes_to_the_register_in_twenty_working_days(self):
        """Reference DM-06."""
        programme = ProgrammeFactory(
            currency="EUR", country="ES", time_zone="Europe/Madrid",
            version={"eligibility": {"aid": {"basis": "de_minimis", "limit": "300000.00"}}},
        )  # fmt: skip
        award = approve(GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), assessed=True))
        assert "I declare in writing" in award.aid_question
        accept(award, at=datetime(2026, 11, 23, 9, tzinfo=UTC))
        assert (record().register, record().register_by) == ("BDNS", date(2026, 12, 21))
        assert (record().register_ref, record().registered_at) == ("", None)


class TestLimit:
    def test_refused_and_not_topped_down_at_the_decision(self, application):
        AidRecordFactory(organisation=OwnershipFactory(firm=application.case.organisation).other, amount=LIMIT - 14999)
        with pytest.raises(actions.UnableToDecide, match="may have £14,999 more"):
            approve(application)
        assert not Award.objects.exists()
        assert not AidRecord.objects.filter(source="AWARD").exists()

    def test_aid_of_meanwhile_stops_the_acceptance_and_nothing_is_lost(self, application):
        award = approve(application)
        later = AidRecordFactory(organisation=application.case.organisation, amount=LIMIT - 14000)
        with pytest.raises(actions.UnableToAccept, match=r"£14,000 is left.*the offer stands until 9 December 2026"):
            accept(award)
        award = Award.objects.get()
        assert (award.status, award.aid_confirmed_at, record().state) == ("OFFERED", None, "RESERVED")
        ledger.strike(later, reason="Told in error", by=award.offered_by, at=WRITTEN)
        accept(award)
        assert record().state == "GIVEN"

    def test_rules_without_a_limit_by_then_limit_nothing(self, application):
        award = approve(application)
        ProgrammeVersion.objects.update(document={"eligibility": {}})
        accept(award)
        assert record().state == "GIVEN"

    def test_a_start_that_has_come_is_no_longer_helped(self, application):
        with pytest.raises(actions.UnableToDecide, match="wants to start has come"):
            approve(application, at=datetime(2036, 3, 1, 9, tzinfo=UTC), accept_by=date(2036, 3, 30))


class TestLetter:
    @pytest.mark.parametrize(
        ("basis", "words"), [("mfa", "section 36 of the Subsidy Control Act"), ("de_minimis", "public register by")]
    )
    def test_it_is_one_tagged_page(self, basis, words):
        case = CaseFactory(programme=programme_with_limit(LIMIT, basis), accepted=True)
        award = approve(GrantApplicationFactory(case=case, assessed=True))
        accept(award)
        letter = Award.objects.get().aid_letter
        names = ("template", "context", "title", "language", "number")
        with pikepdf.open(BytesIO(render_pdf(**{name: getattr(letter, name) for name in names}))) as pdf:
            assert len(pdf.pages) == 1
            assert pdf.Root.MarkInfo.Marked
        assert letter.context["keep_until"] == "2029-11-09"

    def test_three_years_after_a_leap_day(self):
        assert letters.years_after(date(2028, 2, 29), 3) == date(2031, 2, 28)
        assert letters.years_after(date(2026, 11, 9), 3) == date(2029, 11, 9)
