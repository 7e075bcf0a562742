import pytest

from accounts.permissions import Role
from diagnostics.actions import agree_plan
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory, EligibilityOverrideFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import CallFactory, ProgrammeFactory, RegionFactory

pytestmark = pytest.mark.django_db

REPORTS = "/reports/"
MOST_QUERIES = 15


def person(programme, role, **more):
    return AssignmentFactory(programme=programme, role=role, **more).user


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR, Role.FINANCE, Role.APPROVER])
def test_reports_are_for_managers_auditors_and_those_who_answer_for_money(signed_in, programme, role):
    assert signed_in(person(programme, role)).get(REPORTS).status_code == 200


@pytest.mark.parametrize("role", [Role.ADVISER, Role.ASSESSOR, Role.CONTRACTOR, Role.ADMIN])
def test_reports_do_not_exist_for_others(signed_in, programme, role):
    assert signed_in(person(programme, role)).get(REPORTS).status_code == 404


def test_reports_do_not_exist_for_firms_nor_without_signing_in(signed_in, applicant, client):
    assert client.get(REPORTS).status_code == 302
    assert signed_in(applicant).get(REPORTS).status_code == 404


def test_figures_are_six_at_most_and_each_leads_to_its_list(signed_in, programme):
    manager = person(programme, Role.MANAGER)
    case = CaseFactory(programme=programme, accepted=True)
    GrantApplicationFactory(case=case, accepted=True)
    CaseFactory(programme=programme, submitted=True)
    client = signed_in(manager)
    response = client.get(REPORTS)
    figures = {str(figure["label"]): figure for figure in response.context["figures"]}
    assert len(figures) == 6
    assert all(figure["url"] for figure in figures.values())
    assert figures["Funding agreed"]["value"] == "1"
    assert figures["Offered to firms"]["value"] == "£15,000"
    listed = client.get(figures["Funding agreed"]["url"])
    assert [row.case for row in listed.context["rows"]] == [case]
    waiting = client.get(figures["Applications to answer"]["url"])
    assert str(len(waiting.context["rows"])) == figures["Applications to answer"]["value"]


def test_managers_see_how_far_agreed_plans_are(signed_in, programme):
    client = signed_in(person(programme, Role.MANAGER))
    case = CaseFactory(programme=programme, accepted=True)
    plan = AssessmentFactory(case=case, final=True).plan
    assert client.get(REPORTS).context["plans"] is None
    for side in (True, False):
        agree_plan(plan=plan, for_firm=side, by=case.created_by, at=plan.created_at)
    plan.actions.filter(pk=plan.actions.filter(horizon="now").first().pk).update(progress="done")
    response = client.get(REPORTS)
    assert (response.context["plans"]["begun"], response.context["plans"]["done"]) == (1, 1)
    assert "Action plans: from paper to work" in response.content.decode()


def test_every_chart_has_its_table_beside_it(signed_in, programme):
    region = RegionFactory(programme=programme, name="Northshire")
    AssessmentFactory(case=CaseFactory(programme=programme, region=region, accepted=True), submitted=True)
    page = signed_in(person(programme, Role.MANAGER)).get(REPORTS).content.decode()
    assert page.count('class="app-chart-with-table"') == page.count("<svg xmlns") == 2
    assert "15,000" in page
    assert "data-print" in page


def test_what_was_set_aside_is_counted(signed_in, programme):
    manager = person(programme, Role.MANAGER)
    assert "Rules set aside" not in signed_in(manager).get(REPORTS).content.decode()
    EligibilityOverrideFactory(case=CaseFactory(programme=programme, submitted=True))
    page = signed_in(manager).get(REPORTS).content.decode()
    assert "Rules set aside" in page
    assert "What you make" in page


def test_money_by_call(signed_in, programme):
    application = GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), approved=True)
    page = signed_in(person(programme, Role.FINANCE)).get(REPORTS).content.decode()
    assert application.call.name in page
    for money in ("£100,000", "£15,000", "£85,000"):
        assert money in page


def test_a_region_sees_only_its_own(signed_in, programme):
    north, south = RegionFactory(programme=programme, name="North"), RegionFactory(programme=programme, name="South")
    CallFactory(instrument__programme=programme, name="Secret call")
    for region in (north, south, south):
        AssessmentFactory(case=CaseFactory(programme=programme, region=region, accepted=True), submitted=True)
    response = signed_in(person(programme, Role.AUDITOR, region=north)).get(REPORTS)
    page = response.content.decode()
    assert {row.stage: row.count for row in response.context["stages"]} == {
        "one_to_one": 1, "engaged": 1, "funded": 0
    }  # fmt: skip
    assert [row.region for row in response.context["regions"]] == [north.name]
    assert "South" not in page
    assert "Secret call" not in page
    assert "15,000" not in page
    asked = signed_in(person(programme, Role.AUDITOR, region=north)).get(REPORTS, {"region": south.pk})
    assert {row.stage: row.count for row in asked.context["stages"]}["engaged"] == 1


def test_one_programme_at_a_time(signed_in, programme):
    manager = person(programme, Role.MANAGER)
    other = AssignmentFactory(
        user=manager, programme=ProgrammeFactory(position=9, name="Other", short_name="Other"), role=Role.MANAGER
    ).programme
    AssessmentFactory(case=CaseFactory(programme=other, accepted=True), submitted=True)
    client = signed_in(manager)
    counts = [
        {row.stage: row.count for row in client.get(REPORTS, query).context["stages"]}["engaged"]
        for query in ({}, {"programme": other.slug}, {"programme": "no-such"})
    ]
    assert counts == [0, 1, 0]


def test_a_chosen_region_narrows_the_figures(signed_in, programme):
    north, south = RegionFactory(programme=programme), RegionFactory(programme=programme)
    for region in (north, south, south):
        AssessmentFactory(case=CaseFactory(programme=programme, region=region, accepted=True), submitted=True)
    response = signed_in(person(programme, Role.MANAGER)).get(REPORTS, {"region": south.pk})
    assert {row.stage: row.count for row in response.context["stages"]}["engaged"] == 2
    assert len(response.context["figures"]) == 5
    assert response.context["filters"].chips[0].label == "Region"


def test_empty_programme_has_its_page(signed_in, db):
    programme = ProgrammeFactory(funnel=[], promise_days={})
    page = signed_in(person(programme, Role.MANAGER)).get(REPORTS).content.decode()
    assert "This programme has no calls yet." in page
    assert "Too few answers yet" in page


def test_queries_do_not_grow_with_the_programme(signed_in, programme, django_assert_max_num_queries):
    client = signed_in(person(programme, Role.MANAGER))
    CaseFactory(programme=programme, region=RegionFactory(programme=programme), accepted=True)
    CallFactory(instrument__programme=programme)
    client.get(REPORTS)
    with django_assert_max_num_queries(MOST_QUERIES) as few:
        client.get(REPORTS)
    for _ in range(29):
        CaseFactory(programme=programme, region=RegionFactory(programme=programme), accepted=True)
        CallFactory(instrument__programme=programme)
    with django_assert_max_num_queries(MOST_QUERIES) as many:
        client.get(REPORTS)
    assert len(few.captured_queries) == len(many.captured_queries)
