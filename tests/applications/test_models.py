import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from accounts.permissions import FirmRole, Role
from applications.models import Case, Lead, Note
from portal.workflow import IllegalMove, Turn
from tests.factories.accounts import AssignmentFactory, MembershipFactory, UserFactory
from tests.factories.applications import STARTED, CaseFactory
from tests.factories.programmes import ProgrammeFactory, RegionFactory

pytestmark = pytest.mark.django_db
READERS = {Role.ADVISER, Role.APPROVER, Role.FINANCE, Role.MANAGER, Role.AUDITOR}


def make_lead(programme, region=None, **changes):
    given = {
        "creation_key": uuid.uuid4(), "name": "Sam Field", "firm": "Firm 1", "email": "owner@firm.example",
        "question": "Which machine?", "agrees_to_contact": True, "created_at": STARTED, "answer_by": STARTED.date(),
    }  # fmt: skip
    return Lead.objects.create(programme=programme, region=region, **{**given, **changes})


def make_note(case, by):
    return Note.objects.create(case=case, text="Called.", written_at=STARTED, written_by=by)


class TestVisibleCases:
    @pytest.mark.parametrize("role", Role)
    def test_staff_see_what_was_sent_when_their_role_reads_cases(self, programme, role):
        sent = CaseFactory(programme=programme, submitted=True)
        CaseFactory(programme=programme)
        user = AssignmentFactory(programme=programme, role=role).user
        assert list(Case.objects.visible_to(user)) == ([sent] if role in READERS else [])

    def test_staff_see_a_returned_one_and_not_one_withdrawn_before_it_was_sent(self, programme, adviser):
        returned = CaseFactory(programme=programme, returned=True)
        CaseFactory(programme=programme, submitted=True)
        assert Case.objects.visible_to(adviser).count() == 2
        assert returned in Case.objects.visible_to(adviser)

    def test_a_region_is_a_border(self, programme):
        north, south = RegionFactory(programme=programme), RegionFactory(programme=programme)
        cases = {
            region: CaseFactory(programme=programme, region=region, submitted=True) for region in (north, south, None)
        }
        user = AssignmentFactory(programme=programme, role=Role.ADVISER, region=north).user
        assert list(Case.objects.visible_to(user)) == [cases[north]]
        whole = AssignmentFactory(programme=programme, role=Role.AUDITOR).user
        assert Case.objects.visible_to(whole).count() == 3

    def test_two_roles_show_a_case_once(self, programme):
        region = RegionFactory(programme=programme)
        case = CaseFactory(programme=programme, region=region, submitted=True)
        user = AssignmentFactory(programme=programme, role=Role.ADVISER).user
        AssignmentFactory(user=user, programme=programme, role=Role.ASSESSOR, region=region)
        MembershipFactory(user=user, organisation=case.organisation)
        assert list(Case.objects.visible_to(user)) == [case]

    @pytest.mark.parametrize("role", FirmRole)
    def test_a_firms_people_see_their_own_in_every_state(self, case, role):
        user = MembershipFactory(organisation=case.organisation, role=role).user
        expected = [] if role == FirmRole.STUDENT else [case]
        assert list(Case.objects.visible_to(user)) == expected
        assert list(Case.objects.of_firms_of(user)) == expected

    def test_outsiders_and_visitors_see_nothing(self, case, outsider):
        CaseFactory(programme=case.programme, submitted=True)
        assert case not in Case.objects.visible_to(outsider)
        assert Case.objects.visible_to(outsider).count() == 1, "their own"
        assert not Case.objects.visible_to(UserFactory()).exists()
        assert not Case.objects.visible_to(AnonymousUser()).exists()

    def test_it_is_one_query(self, case, adviser, django_assert_num_queries):
        with django_assert_num_queries(1):
            list(Case.objects.visible_to(adviser).with_context())

    def test_ones_own_firms_cases_are_newest_first(self, case, applicant, now):
        newer = CaseFactory(organisation=case.organisation, owner=False, created_at=now)
        AssignmentFactory(user=applicant, programme=case.programme, role=Role.ADVISER)
        CaseFactory(programme=case.programme, submitted=True)
        assert list(Case.objects.of_firms_of(applicant)) == [newer, case]


class TestVisibleNotesAndLeads:
    def test_notes_are_the_staffs_own(self, programme, adviser, outsider):
        case = CaseFactory(programme=programme, submitted=True)
        note = make_note(case, adviser)
        assert list(Note.objects.visible_to(adviser)) == [note]
        assert str(note) == f"{case} 2026-11-02"
        for user in (case.created_by, outsider, AnonymousUser()):
            assert not Note.objects.visible_to(user).exists()

    def test_a_member_of_staff_who_is_also_of_the_firm_sees_none(self, programme, adviser):
        case = CaseFactory(programme=programme, submitted=True)
        make_note(case, adviser)
        MembershipFactory(user=adviser, organisation=case.organisation)
        assert not Note.objects.visible_to(adviser).exists()

    def test_an_empty_note_is_none(self, case, adviser):
        with pytest.raises(IntegrityError, match="note_is_not_empty"), transaction.atomic():
            Note.objects.create(case=case, text="", written_at=STARTED, written_by=adviser)

    def test_leads_are_for_the_staff_of_the_place(self, programme, outsider, applicant):
        north, south = RegionFactory(programme=programme), RegionFactory(programme=programme)
        leads = {region: make_lead(programme, region) for region in (north, south, None)}
        whole = AssignmentFactory(programme=programme, role=Role.ADVISER).user
        part = AssignmentFactory(programme=programme, role=Role.ADVISER, region=north).user
        assert Lead.objects.visible_to(whole).count() == 3
        assert list(Lead.objects.visible_to(part)) == [leads[north]]
        for user in (outsider, applicant, AnonymousUser()):
            assert not Lead.objects.visible_to(user).exists()
        assert str(leads[north]) == "Firm 1 (2026-11-02)"
        assert leads[north].organisation_id is None

    def test_a_lead_is_kept_with_consent_only(self, programme):
        with pytest.raises(IntegrityError, match="lead_only_with_consent"), transaction.atomic():
            make_lead(programme, agrees_to_contact=False)

    def test_an_answer_has_a_time_and_a_person(self, programme, adviser):
        for half in ({"answered_at": STARTED}, {"answered_by": adviser}):
            with pytest.raises(IntegrityError, match="lead_answered_at_and_by"), transaction.atomic():
                make_lead(programme, **half)
        make_lead(programme, answered_at=STARTED, answered_by=adviser)


class TestConstraints:
    @pytest.mark.parametrize("trait", ["", "submitted", "returned", "accepted"])
    def test_a_firm_has_one_live_case_in_a_programme(self, trait):
        case = CaseFactory(**({trait: True} if trait else {}))
        with pytest.raises(IntegrityError, match="one_live_case_per_firm_and_programme"), transaction.atomic():
            CaseFactory(programme=case.programme, organisation=case.organisation)
        CaseFactory(programme=ProgrammeFactory(), organisation=case.organisation)

    @pytest.mark.parametrize("trait", ["rejected", "withdrawn"])
    def test_a_firm_may_come_back_after_the_end(self, trait):
        case = CaseFactory(**{trait: True})
        assert not case.is_live
        again = CaseFactory(programme=case.programme, organisation=case.organisation, owner=False)
        assert set(Case.objects.live()) == {again}

    @pytest.mark.parametrize("name", ["submitted", "decided", "withdrawn"])
    def test_a_time_comes_with_a_person(self, case, applicant, name):
        for half in ({f"{name}_at": STARTED}, {f"{name}_by": applicant}):
            with pytest.raises(IntegrityError, match=f"case_{name}_at_and_by"), transaction.atomic():
                Case.objects.filter(pk=case.pk).update(**half)

    def test_a_reference_and_a_key_are_given_once(self, case):
        for same in ({"reference": case.reference}, {"creation_key": case.creation_key}):
            with pytest.raises(IntegrityError), transaction.atomic():
                CaseFactory(**same)


class TestMoves:
    def test_the_way_to_the_programme(self, case, applicant, adviser, now):
        assert (case.turn, case.is_editable, case.is_live) == (Turn.FIRM, True, True)
        case.submit(by=applicant, at=now)
        assert (case.turn, case.is_editable) == (Turn.ADVISER, False)
        case.return_to_firm(by=adviser, at=now, reason="Which machines?")
        assert (case.turn, case.is_editable, case.reason) == (Turn.FIRM, True, "Which machines?")
        case.submit(by=applicant, at=now)
        assert case.reason == ""
        case.accept(by=adviser, at=now)
        assert (case.status, case.adviser, case.decided_by, case.decided_at) == ("ACCEPTED", adviser, adviser, now)
        assert case.turn == Turn.FIRM

    def test_who_advises_already_goes_on(self, programme, adviser, now):
        first = AssignmentFactory(programme=programme, role=Role.ADVISER).user
        case = CaseFactory(programme=programme, adviser=first, submitted=True)
        case.accept(by=adviser, at=now)
        assert (case.adviser, case.decided_by) == (first, adviser)

    def test_a_rejection_and_a_withdrawal_keep_their_words(self, programme, adviser, now):
        rejected = CaseFactory(programme=programme, submitted=True)
        rejected.reject(by=adviser, at=now, reason="No manufacturer.")
        withdrawn = CaseFactory(accepted=True)
        withdrawn.withdraw(by=withdrawn.created_by, at=now, reason="No time.")
        for case, words in ((rejected, "No manufacturer."), (withdrawn, "No time.")):
            case.refresh_from_db()
            assert (case.reason, case.turn, case.is_live) == (words, Turn.NOBODY, False)
        assert withdrawn.adviser is not None

    def test_waiting_on(self):
        draft, sent, returned = CaseFactory(), CaseFactory(submitted=True), CaseFactory(returned=True)
        ended = CaseFactory(rejected=True)
        assert set(Case.objects.waiting_on(Turn.FIRM)) == {draft, returned}
        assert set(Case.objects.waiting_on(Turn.ADVISER)) == {sent}
        assert set(Case.objects.waiting_on(Turn.NOBODY)) == {ended}


class TestAnswers:
    @pytest.mark.parametrize(
        ("answers", "missing"),
        [
            ({}, []),
            ({"contact_name": ""}, ["contact"]),
            ({"contact_phone": ""}, ["contact"]),
            ({"makes": ""}, ["makes"]),
            ({"wants_to_change": ""}, ["change"]),
            ({"barriers": []}, ["barriers"]),
            ({"barriers": [], "barriers_other": "The roof leaks"}, []),
            ({"agrees_to_share": False}, ["consent"]),
            ({"agrees_to_benchmark": None}, ["consent"]),
            ({"makes": "", "wants_to_change": "", "agrees_to_share": False}, ["makes", "change", "consent"]),
        ],
    )
    def test_what_is_missing(self, answers, missing):
        assert CaseFactory(**answers).missing_sections() == missing

    def test_a_firm_known_by_its_municipality_alone_misses_nothing(self):
        assert CaseFactory(organisation__postcode="").missing_sections() == []

    def test_answers_are_kept(self, case):
        case.save_answers(makes="Pumps", barriers=["time", "skills"])
        stored = Case.objects.get()
        for row in (case, stored):
            assert (row.makes, row.barriers) == ("Pumps", ["time", "skills"])
        assert case.barrier_labels == ["We do not have the time", "We do not have the skills"]

    def test_answers_that_come_after_sending_are_not_kept(self, case, applicant, now):
        stale = Case.objects.get()
        case.submit(by=applicant, at=now)
        with pytest.raises(IllegalMove, match="can no longer be changed"):
            stale.save_answers(makes="Something else")
        assert Case.objects.get().makes == "Brackets and frames in steel."


def test_a_case_is_known_by_its_reference(case, applicant):
    assert str(case) == case.event_reference == case.reference
    assert case.event_programme == case.programme.slug
    assert case.get_absolute_url() == f"/cases/{case.reference}/"
    applicant.language = "sv"
    assert case.language == "sv"
