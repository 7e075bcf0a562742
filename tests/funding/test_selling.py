"""A contractor that diagnosed a firm sells to it: flagged with both facts, never refused."""

from datetime import timedelta

import pytest
from django.urls import reverse

from diagnostics.actions import contractors as allocating
from funding import rules, selling
from tests.factories.applications import CaseFactory
from tests.factories.contractors import OFFERED, ContractorFactory, accepted, offered
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.organisations import OrganisationFactory
from tests.funding.test_views_costs import LINE as COST


@pytest.mark.parametrize(
    ("supplier", "how"),
    [
        ("Severn Surveys Limited", "name"),
        ("the SEVERN  surveys ltd.", "name"),
        ("Severn Surveys (01234567)", "number"),
        ("Another name, company 01234567", "number"),
        ("Severn Surveys 07654321", "name"),
        ("Severn Survey", ""),
        ("Severn Surveys Machines", ""),
        ("Ltd", ""),
        ("", ""),
        ("101234567", ""),
    ],
)
def test_a_supplier_is_known_by_number_or_by_bare_name(supplier, how):
    assert rules.same_business(supplier, "Severn Surveys Ltd", "01234567") == how


def test_without_a_number_only_the_name_counts():
    assert rules.same_business("", "Severn Surveys", "") == ""
    assert rules.same_business("Severn Surveys", "Severn Surveys", "") == "name"
    assert rules.same_business("X sc123456 Y", "Severn Surveys", "SC123456") == "number"


@pytest.fixture
def case(programme):
    return CaseFactory(programme=programme, accepted=True)


@pytest.fixture
def contractor(programme):
    organisation = OrganisationFactory(name="Severn Surveys Ltd", kind="CONTRACTOR", company_number="01234567")
    return ContractorFactory(programme=programme, organisation=organisation)


@pytest.fixture
def diagnosed(case, contractor, adviser):
    return accepted(AssessmentFactory(case=case, submitted=True), contractor, adviser)


LINE = {"supplier": "Severn Surveys", "description": "Sensors", "net": 30000}


@pytest.mark.django_db
def test_staff_see_the_flag_with_both_facts_and_dates(client, case, diagnosed, adviser):
    application = GrantApplicationFactory(case=case, lines=[LINE], submitted=True)
    client.force_login(adviser)
    page = client.get(reverse("funding:detail", args=[case.reference, application.number])).content.decode()
    assert "A contractor may not sell to a firm that it has diagnosed." in page
    assert "Severn Surveys Ltd took on the diagnostic" in page
    assert "5 November 2026" in page
    assert "the same name" in page
    assert application.status == "SUBMITTED"


@pytest.mark.django_db
def test_what_was_taken_back_after_acceptance_still_counts_and_an_offer_does_not(case, diagnosed, contractor, adviser):
    allocating.take_back(allocation=diagnosed, reason="Late", by=adviser, at=OFFERED + timedelta(days=1))
    assert len(selling.diagnoses(case.organisation_id)) == 1
    other = CaseFactory(programme=case.programme, accepted=True)
    offered(AssessmentFactory(case=other, submitted=True), contractor, adviser)
    assert selling.diagnoses(other.organisation_id) == []


@pytest.mark.django_db
def test_a_quote_under_another_name_is_found(case, diagnosed, now):
    application = GrantApplicationFactory(case=case, lines=[LINE | {"supplier": "Machines of Lune"}])
    line = application.lines.get()
    from_quote = line.quotes.model(line=line, supplier="Severn Surveys Limited", attached_at=now)
    same = line.quotes.model(line=line, supplier="Machines of Lune", attached_at=now)
    line._prefetched_objects_cache = {"quotes": [same, from_quote]}
    [found] = selling.conflicts([line], selling.diagnoses(case.organisation_id))
    assert found.is_quote
    assert not found.by_number
    assert found.quoted_on


@pytest.mark.django_db
def test_other_suppliers_and_undiagnosed_firms_have_no_flag(client, case, diagnosed, adviser):
    application = GrantApplicationFactory(case=case, lines=[LINE | {"supplier": "Robots of Lune"}], submitted=True)
    client.force_login(adviser)
    page = client.get(reverse("funding:detail", args=[case.reference, application.number])).content.decode()
    assert "may not sell" not in page


@pytest.mark.django_db
def test_the_firm_is_warned_before_and_keeps_its_cost(client, case, diagnosed):
    application = GrantApplicationFactory(case=case, lines=[])
    client.force_login(case.created_by)
    add = reverse("funding:add-line", args=[case.reference, application.number])
    assert "Choose another supplier." in client.get(add).content.decode()
    facts = COST | {"supplier": "SEVERN SURVEYS"}
    tried = client.post(add, facts | {"work_out": "1"}).content.decode()
    assert "You can keep this cost" in tried
    page = client.post(add, facts, follow=True).content.decode()
    assert "Your adviser will ask you about it." in page
    assert application.lines.count() == 1
    quote = reverse("funding:add-quote", args=[case.reference, application.number, application.lines.get().pk])
    assert "You can keep this cost" in client.get(quote).content.decode()


@pytest.mark.django_db
def test_nothing_is_said_where_nobody_diagnosed(client, case):
    application = GrantApplicationFactory(case=case, lines=[])
    client.force_login(case.created_by)
    page = client.get(reverse("funding:add-line", args=[case.reference, application.number])).content.decode()
    assert "may not sell" not in page
