"""Diagnostics given to contractors: offered, accepted, delivered, checked, paid, and seen by nobody else."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from diagnostics import contractor_mails
from diagnostics.actions import checking, contracts, finalise
from diagnostics.actions import contractors as actions
from diagnostics.models import Allocation, Assessment, Contractor
from notifications.models import Message
from portal.models import Event
from portal.workflow import IllegalMove
from tests.factories.accounts import AssignmentFactory, MembershipFactory, UserFactory
from tests.factories.applications import CaseFactory
from tests.factories.contractors import OFFERED, ContractorFactory, accepted, offered, works_for
from tests.factories.diagnostics import UNREAD, AssessmentFactory
from tests.factories.organisations import OrganisationFactory
from tests.factories.programmes import ProgrammeFactory, RegionFactory
from tests.parallel import at_once

MOST_QUERIES = 15
LATER = OFFERED + timedelta(days=3)


@pytest.fixture
def contractor(programme):
    return ContractorFactory(programme=programme)


@pytest.fixture
def specialist(contractor):
    return works_for(contractor)


@pytest.fixture
def manager(programme):
    return AssignmentFactory(programme=programme, role=Role.MANAGER).user


@pytest.fixture
def finance(programme):
    return AssignmentFactory(programme=programme, role=Role.FINANCE).user


def another(programme):
    return AssessmentFactory(case=CaseFactory(programme=programme, accepted=True), submitted=True)


def make_final(assessment, by, at=LATER):
    finalise(assessment=Assessment.objects.get(pk=assessment.pk), by=by, at=at, reason=UNREAD)


def mails(kind):
    return list(Message.objects.filter(kind=kind).values_list("to", flat=True))


pytestmark = pytest.mark.django_db


# --- Offering -------------------------------------------------------------------------------------
def test_an_offer_freezes_the_fee_and_tells_the_people(submitted, contractor, specialist, adviser):
    allocation = offered(submitted, contractor, adviser)
    Contractor.objects.update(fee=1)
    allocation.refresh_from_db()
    assert (allocation.fee, allocation.status) == (Decimal(950), "OFFERED")
    assert allocation.answer_by == date(2026, 11, 12)
    assert mails("allocation_offered") == [specialist.email]
    assert offered(submitted, contractor, adviser) == allocation
    assert Event.objects.get(kind="allocation.offered").staff_only


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"capacity": 0}, "as many diagnostics in hand"),
        ({"until_on": date(2026, 2, 1)}, "not in force"),
        ({"from_on": date(2027, 1, 1)}, "not in force"),
    ],
)
def test_an_offer_that_the_contract_does_not_allow_is_refused(submitted, contractor, adviser, change, said):
    Contractor.objects.update(**change)
    with pytest.raises(actions.UnableToAllocate, match=said):
        offered(submitted, contractor, adviser)
    assert not Allocation.objects.exists()


def test_other_regions_other_programmes_and_the_firm_itself_are_refused(submitted, contractor, programme, adviser):
    contractor.regions.add(RegionFactory(programme=programme))
    with pytest.raises(actions.UnableToAllocate, match="region"):
        offered(submitted, contractor, adviser)
    with pytest.raises(actions.UnableToAllocate, match="cannot be given"):
        offered(submitted, ContractorFactory(), adviser)
    own = ContractorFactory(programme=programme, organisation=submitted.case.organisation)
    with pytest.raises(actions.UnableToAllocate, match="this firm itself"):
        offered(submitted, own, adviser)


def test_what_is_not_sent_is_final_or_with_somebody_else_is_refused(contractor, programme, adviser, submitted):
    for state in ({}, {"returned": True}, {"final": True}):
        one = AssessmentFactory(case=CaseFactory(programme=programme, accepted=True), **state)
        with pytest.raises(actions.UnableToAllocate, match="cannot be given"):
            offered(one, contractor, adviser)
    offered(submitted, ContractorFactory(programme=programme), adviser)
    with pytest.raises(actions.UnableToAllocate, match="already"):
        offered(submitted, contractor, adviser)


@pytest.mark.django_db(transaction=True)
def test_two_offers_at_once_for_the_last_place_one_wins(programme, contractor, adviser):
    Contractor.objects.update(capacity=1)
    rows = [another(programme) for _number in range(4)]

    def offer(number):
        return offered(rows[number], contractor, adviser)

    found = at_once(4, offer)
    assert [type(one) for one in found].count(Allocation) == 1
    assert [type(one) for one in found].count(actions.UnableToAllocate) == 3
    assert Allocation.objects.in_hand().count() == 1


# --- Answering ------------------------------------------------------------------------------------
def test_acceptance_starts_the_days_and_tells_the_firm_who_comes(submitted, contractor, specialist, adviser, case):
    allocation = accepted(submitted, contractor, adviser, specialist)
    assert (allocation.status, allocation.person) == ("ACCEPTED", specialist)
    assert allocation.due_on == date(2026, 12, 5)
    assert mails("allocation_firm")
    firm = Event.objects.for_reference(case.reference).shown_to_firm().values_list("kind", flat=True)
    assert "assessment.allocated" in firm
    assert not any(kind.startswith("allocation.") for kind in firm)
    with pytest.raises(IllegalMove):
        actions.decline(allocation=Allocation.objects.get(), reason="Late", by=specialist, at=LATER)


def test_only_its_people_carry_it_out(submitted, contractor, specialist, adviser, outsider):
    allocation = offered(submitted, contractor, adviser)
    with pytest.raises(actions.UnableToAllocate, match="works for"):
        actions.accept(allocation=allocation, person=outsider, by=specialist, at=LATER)
    with pytest.raises(actions.UnableToAllocate, match="not in work"):
        actions.name_person(allocation=allocation, person=specialist, by=specialist, at=LATER)


def test_a_declined_one_waits_again_and_is_suggested_to_others(submitted, contractor, specialist, adviser, programme):
    allocation = offered(submitted, contractor, adviser)
    actions.decline(allocation=allocation, reason="We supply them.", by=specialist, at=LATER)
    assert mails("allocation_declined") == [adviser.email]
    other = ContractorFactory(programme=programme)
    assert offered(submitted, other, adviser).contractor == other


# --- Who sees what --------------------------------------------------------------------------------
def pages(allocation):
    reference = allocation.assessment.case.reference
    return [
        reverse("diagnostics:review", args=[reference]),
        reverse("diagnostics:contractor-one", args=[allocation.pk]),
    ]


def statuses(client, allocation):
    return [client.get(page).status_code for page in pages(allocation)]


def test_before_accepting_a_contractor_sees_the_offer_and_no_answers(
    signed_in, submitted, contractor, specialist, adviser
):
    allocation = offered(submitted, contractor, adviser)
    client = signed_in(specialist)
    assert statuses(client, allocation) == [404, 200]
    page = client.get(pages(allocation)[1]).content.decode()
    assert "950" in page
    client.post(reverse("diagnostics:contractor-accept", args=[allocation.pk]), {"person": specialist.pk})
    assert statuses(client, allocation) == [200, 200]


def test_outsider_another_contractor_a_colleague_without_the_role_and_who_has_left(
    signed_in, submitted, contractor, specialist, adviser, programme, outsider
):
    allocation = accepted(submitted, contractor, adviser, specialist)
    elsewhere = works_for(ContractorFactory(programme=programme))
    no_role = MembershipFactory(organisation=contractor.organisation).user
    other_programme = works_for(ContractorFactory(programme=ProgrammeFactory(), organisation=contractor.organisation))
    for person in (outsider, elsewhere, no_role, other_programme):
        client = signed_in(person)
        assert statuses(client, allocation) == [404, 404]
        for name in ("accept", "decline", "person"):
            path = reverse(f"diagnostics:contractor-{name}", args=[allocation.pk])
            assert client.post(path, {"reason": "x"}).status_code == 404
    assert statuses(signed_in(specialist), allocation) == [200, 200]
    specialist.memberships.all().delete()
    assert statuses(signed_in(specialist), allocation) == [404, 404]


def test_after_taking_back_nothing_is_seen(signed_in, submitted, contractor, specialist, adviser):
    allocation = accepted(submitted, contractor, adviser, specialist)
    actions.take_back(allocation=allocation, reason="We go ourselves.", by=adviser, at=LATER)
    assert statuses(signed_in(specialist), allocation) == [404, 404]
    assert mails("allocation_taken_back") == [specialist.email]
    assert Assessment.objects.visible_to(specialist).count() == 0


def test_contractors_do_not_open_staffs_pages(signed_in, contractor, specialist):
    client = signed_in(specialist)
    for name in ("contractors", "contractor-waiting", "contractor-checks", "contractor-payments"):
        assert client.get(reverse(f"diagnostics:{name}")).status_code == 404
    for name in ("contractor", "contractor-pay", "contractor-csv", "contractor-edit"):
        assert client.get(reverse(f"diagnostics:{name}", args=[contractor.pk])).status_code == 404


def test_staff_have_no_contractors_pages_and_a_firm_none_at_all(signed_in, adviser, case):
    assert signed_in(adviser).get(reverse("diagnostics:contractor-work")).status_code == 404
    assert signed_in(case.created_by).get(reverse("diagnostics:contractors")).status_code == 404


# --- Delivery, check, payment ---------------------------------------------------------------------
def deliver(programme, contractor, adviser, specialist):
    allocation = accepted(another(programme), contractor, adviser, specialist)
    make_final(allocation.assessment, specialist)
    allocation.refresh_from_db()
    return allocation


def test_made_final_is_delivered_and_the_first_two_are_checked(programme, contractor, adviser, specialist):
    Contractor.objects.update(sample_percent=0)
    first, second, third = (deliver(programme, contractor, adviser, specialist) for _number in range(3))
    assert [(row.status, row.is_sampled) for row in (first, second, third)] == [
        ("DELIVERED", True), ("DELIVERED", True), ("APPROVED", False),
    ]  # fmt: skip
    assert (first.delivered_by, third.checked_by) == (specialist, None)
    assert Event.objects.get(kind="allocation.approved").actor_id is None


def test_an_offer_nobody_accepted_is_taken_back_when_advisers_make_it_final(submitted, contractor, adviser):
    allocation = offered(submitted, contractor, adviser)
    make_final(submitted, adviser)
    allocation.refresh_from_db()
    assert allocation.status == "TAKEN_BACK"


def test_without_a_contractor_finalising_is_as_before(submitted, adviser):
    make_final(submitted, adviser)
    assert not Allocation.objects.exists()


def test_a_second_person_checks(programme, contractor, adviser, specialist, manager):
    allocation = deliver(programme, contractor, adviser, specialist)
    colleague = works_for(contractor)
    for person, said in ((specialist, "Somebody else"), (colleague, "You work for this contractor")):
        with pytest.raises(checking.UnableToCheck, match=said):
            checking.approve(allocation=allocation, by=person, at=LATER)
    checking.approve(allocation=allocation, by=manager, at=LATER)
    with pytest.raises(IllegalMove):
        checking.approve(allocation=Allocation.objects.get(), by=manager, at=LATER)


def test_sent_back_is_opened_again_and_checked_again(programme, contractor, adviser, specialist, manager):
    allocation = deliver(programme, contractor, adviser, specialist)
    checking.send_back(allocation=allocation, reason="No visit was made to the shop floor.", by=manager, at=LATER)
    assert Assessment.objects.get(pk=allocation.assessment_id).status == "IN_MODERATION"
    assert (allocation.status, allocation.due_on) == ("SENT_BACK", date(2026, 11, 22))
    assert mails("allocation_sent_back") == [specialist.email]
    Contractor.objects.update(sample_percent=0)
    make_final(allocation.assessment, specialist, at=LATER + timedelta(days=1))
    allocation.refresh_from_db()
    assert (allocation.status, allocation.is_sampled, allocation.checked_by) == ("DELIVERED", True, None)


def test_paid_once_and_a_second_click_is_the_same_answer(programme, contractor, adviser, specialist, manager, finance):
    rows = [deliver(programme, contractor, adviser, specialist) for _number in range(2)]
    for row in rows:
        checking.approve(allocation=row, by=manager, at=LATER)
    pks = [row.pk for row in rows]

    def pay(reference="BACS 17", wanted=None, by=finance):
        return checking.pay(
            contractor=contractor, allocations=pks if wanted is None else wanted, reference=reference, by=by, at=LATER
        )

    with pytest.raises(checking.UnableToPay, match="Somebody else"):
        pay(by=specialist)
    assert pay() == (2, Decimal(1900))
    assert pay() == (2, Decimal(1900))
    assert Event.objects.filter(kind="allocation.paid").count() == 2
    with pytest.raises(checking.UnableToPay, match="paid or changed"):
        pay("BACS 18")
    with pytest.raises(checking.UnableToPay, match="Choose"):
        pay(wanted=[])
    assert set(Allocation.objects.values_list("payment_reference", flat=True)) == {"BACS 17"}


@pytest.mark.django_db(transaction=True)
def test_two_people_pay_at_once_and_it_is_paid_once(programme, contractor, adviser, specialist, manager, finance):
    row = deliver(programme, contractor, adviser, specialist)
    checking.approve(allocation=row, by=manager, at=LATER)

    def pay(number):
        return checking.pay(
            contractor=contractor, allocations=[row.pk], reference=f"BACS {number}", by=finance, at=LATER
        )

    found = at_once(3, pay)
    assert [type(one) for one in found].count(tuple) == 1
    assert Event.objects.filter(kind="allocation.paid").count() == 1


# --- Reminders ------------------------------------------------------------------------------------
def test_reminders_of_the_answer_of_the_deadline_and_of_being_late(submitted, contractor, specialist, adviser):
    allocation = offered(submitted, contractor, adviser)
    assert contractor_mails.remind(at=OFFERED) == 0
    answer = OFFERED + timedelta(days=7)
    assert [contractor_mails.remind(at=answer) for _twice in range(2)] == [1, 0]
    assert mails("allocation_answer") == [specialist.email]
    actions.accept(allocation=allocation, person=specialist, by=specialist, at=answer)
    due = answer + timedelta(days=30)
    assert contractor_mails.remind(at=due - timedelta(days=8)) == 0
    assert [contractor_mails.remind(at=due - timedelta(days=7)) for _twice in range(2)] == [1, 0]
    assert contractor_mails.remind(at=due) == 0
    assert [contractor_mails.remind(at=due + timedelta(days=1)) for _twice in range(2)] == [1, 0]
    late = (
        Message.objects.filter(kind="allocation_due").order_by("created_at").values_list("context__is_late", flat=True)
    )
    assert list(late) == [False, True]


# --- Pages ----------------------------------------------------------------------------------------
def test_the_panel_offers_and_takes_back(signed_in, submitted, contractor, specialist, adviser, case):
    client = signed_in(adviser)
    review = reverse("diagnostics:review", args=[case.reference])
    assert "Suggested" in client.get(review).content.decode()
    client.post(reverse("diagnostics:contractor-offer", args=[case.reference]), {"contractor": contractor.pk})
    allocation = Allocation.objects.get()
    assert "answer is due" in client.get(review).content.decode()
    path = reverse("diagnostics:contractor-take-back", args=[allocation.pk])
    assert "Write why" in client.post(path, {"back-reason": ""}, follow=True).content.decode()
    client.post(path, {"back-reason": "We go ourselves."})
    allocation.refresh_from_db()
    assert allocation.status == "TAKEN_BACK"
    assert "We go ourselves." in client.get(review).content.decode()
    assert "moved on" in client.post(path, {"back-reason": "Again"}, follow=True).content.decode()


def test_all_that_wait_are_offered_at_once(signed_in, programme, adviser, contractor):
    Contractor.objects.update(capacity=1)
    other = ContractorFactory(programme=programme, capacity=1)
    rows = [another(programme) for _number in range(3)]
    client = signed_in(adviser)
    path = reverse("diagnostics:contractor-waiting")
    shown = client.get(path).context["rows"]
    assert {row["suggested"] for row in shown} == {contractor.pk, other.pk, None}
    chosen = {f"contractor-{row['assessment'].pk}": row["suggested"] or "" for row in shown}
    page = client.post(path, {"assessment": [row.pk for row in rows], **chosen}, follow=True).content.decode()
    assert "2 diagnostics are offered." in page
    assert "choose a contractor" in page
    assert Allocation.objects.count() == 2
    assert "Tick the diagnostics" in client.post(path, {"assessment": ["x", "9" * 30]}, follow=True).content.decode()


def test_who_does_not_decide_cases_offers_nothing(signed_in, submitted, contractor, finance, case):
    path = reverse("diagnostics:contractor-offer", args=[case.reference])
    client = signed_in(finance)
    assert client.post(path, {"contractor": contractor.pk}).status_code == 403
    assert client.get(reverse("diagnostics:contractor-waiting")).context["rows"] == []


def test_the_contractor_answers_on_its_own_pages(signed_in, submitted, contractor, specialist, adviser, programme):
    first, second = offered(submitted, contractor, adviser), offered(another(programme), contractor, adviser)
    client = signed_in(specialist)
    work = reverse("diagnostics:contractor-work")
    assert "Offered: please answer" in client.get(work).content.decode()
    decline = reverse("diagnostics:contractor-decline", args=[first.pk])
    assert "Write why" in client.post(decline, {"reason": ""}).content.decode()
    client.post(decline, {"reason": "Too far"})
    accept = reverse("diagnostics:contractor-accept", args=[second.pk])
    assert "Choose" in client.post(accept, {"person": adviser.pk}).content.decode()
    for said in ("Accepted.", "answered already"):
        assert said in client.post(accept, {"person": specialist.pk}, follow=True).content.decode()
    assert client.get(reverse("diagnostics:contractor-one", args=[first.pk])).status_code == 404
    colleague = works_for(contractor)
    client.post(reverse("diagnostics:contractor-person", args=[second.pk]), {"person": colleague.pk})
    second.refresh_from_db()
    assert second.person == colleague
    assert "To carry out" in client.get(work).content.decode()


def test_a_late_one_is_seen_by_both(signed_in, submitted, contractor, specialist, adviser):
    accepted(submitted, contractor, adviser, specialist, at=timezone.now() - timedelta(days=40))
    assert "Late" in signed_in(specialist).get(reverse("diagnostics:contractor-work")).content.decode()
    page = signed_in(adviser).get(reverse("diagnostics:contractor", args=[contractor.pk])).content.decode()
    assert "1 late" in page


def test_a_check_by_hand_and_what_is_paid(signed_in, programme, contractor, adviser, specialist, manager, finance):
    good, bad = (deliver(programme, contractor, adviser, specialist) for _number in range(2))
    client = signed_in(manager)
    assert client.get(reverse("diagnostics:contractor-checks")).content.decode().count("app-row-link") == 2
    path = reverse("diagnostics:contractor-check", args=[good.pk])
    assert client.get(path).status_code == 200
    client.post(path, {"verdict": "good"})
    assert "dealt with" in client.post(path, {"verdict": "good"}, follow=True).content.decode()
    path = reverse("diagnostics:contractor-check", args=[bad.pk])
    assert "Write what is to be put right" in client.post(path, {"verdict": "back", "reason": ""}).content.decode()
    client.post(path, {"verdict": "back", "reason": "No visit was made."})
    bad.refresh_from_db()
    assert bad.status == "SENT_BACK"
    pay = reverse("diagnostics:contractor-pay", args=[contractor.pk])
    assert client.post(pay, {"allocations": [good.pk], "reference": "X"}).status_code == 403
    client = signed_in(finance)
    assert "950" in client.get(reverse("diagnostics:contractor-payments")).content.decode()
    assert "Record the payment" in client.get(pay).content.decode()
    refused = client.post(pay, {"reference": "BACS 1"})
    assert refused.context["form"].errors
    for reference in ("BACS 1", "BACS 1"):
        page = client.post(pay, {"allocations": [good.pk], "reference": reference}, follow=True).content.decode()
        assert "1 diagnostic paid" in page
    assert "Nothing was recorded" in client.post(pay, {"allocations": [good.pk], "reference": "B"}).content.decode()


def test_the_file_for_finance_has_a_total_and_no_formula(
    signed_in, programme, contractor, adviser, specialist, finance
):
    Contractor.objects.update(sample_percent=0)
    rows = [deliver(programme, contractor, adviser, specialist) for _number in range(2)]
    for row in rows:
        checking.approve(allocation=row, by=adviser, at=LATER)
    firm = rows[0].assessment.case.organisation
    firm.name = "=cmd()"
    firm.save()
    response = signed_in(finance).get(reverse("diagnostics:contractor-csv", args=[contractor.pk]))
    lines = response.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert "'=cmd()" in response.content.decode()
    assert lines[-1].startswith("Total,")
    assert "1900.00,GBP" in lines[-1]


def terms(**changes):
    return {
        "name": "Survey and Sons", "company_number": "", "languages": ["en-gb"], "capacity": "3", "fee": "900",
        "days": "20", "sample_percent": "20", "from_on_day": "1", "from_on_month": "12", "from_on_year": "2026",
    } | changes  # fmt: skip


def test_a_manager_adds_a_contract_and_its_people(signed_in, manager, programme):
    client = signed_in(manager)
    add = reverse("diagnostics:contractor-add", args=[programme.slug])
    assert client.get(add).status_code == 200
    response = client.post(add, terms())
    made = Contractor.objects.get()
    assert response.url == reverse("diagnostics:contractor", args=[made.pk])
    assert (made.organisation.kind, made.fee, made.until_on) == ("CONTRACTOR", Decimal(900), None)
    assert "already" in client.post(add, terms(name="survey & sons ltd")).content.decode()
    people = reverse("diagnostics:contractor-people", args=[made.pk])
    person = UserFactory()
    assert "Nobody has an account" in client.post(people, {"email": "no@one.example"}).content.decode()
    assert "cannot add yourself" in client.post(people, {"email": manager.email}).content.decode()
    client.post(people, {"email": person.email.upper()})
    assert list(made.people()) == [person]
    client.post(reverse("diagnostics:contractor-person-end", args=[made.pk, person.pk]))
    assert list(made.people()) == []
    assert not person.assignments.exists()
    edit = reverse("diagnostics:contractor-edit", args=[made.pk])
    assert client.get(edit).status_code == 200
    client.post(edit, terms(capacity="5"))
    made.refresh_from_db()
    assert made.capacity == 5


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"company_number": "none"}, "company_number"),
        ({"until_on_day": "1", "until_on_month": "1", "until_on_year": "2026"}, "until_on"),
        ({"capacity": "-1"}, "capacity"),
        ({"languages": ["da"]}, "languages"),
    ],
)
def test_wrong_terms_are_told_at_the_field(signed_in, manager, programme, wrong, field):
    response = signed_in(manager).post(reverse("diagnostics:contractor-add", args=[programme.slug]), terms(**wrong))
    assert list(response.context["form"].errors) == [field]


def test_a_number_of_a_firm_is_refused(manager, programme):
    OrganisationFactory(company_number="01234567")
    with pytest.raises(contracts.UnableToContract, match="Firm"):
        contracts.add_contract(
            programme=programme, name="X", company_number="01234567", terms={}, regions=[], by=manager, at=LATER
        )


def test_advisers_read_contracts_and_change_none(signed_in, adviser, contractor, programme):
    client = signed_in(adviser)
    assert client.get(reverse("diagnostics:contractors")).status_code == 200
    assert client.get(reverse("diagnostics:contractor", args=[contractor.pk])).status_code == 200
    assert client.get(reverse("diagnostics:contractor-edit", args=[contractor.pk])).status_code == 403
    assert client.get(reverse("diagnostics:contractor-add", args=[programme.slug])).status_code == 404


def test_pages_cost_the_same_with_thirty(
    signed_in, programme, contractor, adviser, specialist, django_assert_max_num_queries
):
    Contractor.objects.update(capacity=99)
    for _number in range(12):
        another(programme)
        accepted(another(programme), contractor, adviser, specialist)
    for _number in range(5):
        ContractorFactory(programme=programme)
    client = signed_in(adviser)
    for path in (
        reverse("diagnostics:contractors"), reverse("diagnostics:contractor-waiting"),
        reverse("diagnostics:contractor", args=[contractor.pk]), reverse("diagnostics:contractor-payments"),
        reverse("diagnostics:contractor-checks"), reverse("diagnostics:contractor-pay", args=[contractor.pk]),
    ):  # fmt: skip
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(path).status_code == 200
    client = signed_in(specialist)
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(reverse("diagnostics:contractor-work"))
