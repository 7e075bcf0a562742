from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.permissions import Role
from applications.models import Case
from casework.stages import Stage
from reporting import indicators
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import STARTED, CaseFactory, EligibilityOverrideFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import ProgrammeFactory, RegionFactory
from tests.reference import load_reference

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(programme):
    return AssignmentFactory(programme=programme, role=Role.MANAGER).user


def funnel(user, programme, **more):
    cases = indicators.report_cases(user, programme)
    return {row.stage: row for row in indicators.funnel(cases, programme, with_estimate=True, **more)}


def meet(case, by):
    case.notes.create(kind="MEETING", text="Met.", written_at=STARTED, written_by=by)


def test_overrides_are_counted_by_rule(manager, programme):
    first, second = (CaseFactory(programme=programme, submitted=True) for _ in range(2))
    EligibilityOverrideFactory(case=first).confirm(by=manager, at=STARTED)
    EligibilityOverrideFactory(case=second)
    settled = {"rule": "place", "outcome": "refer"}
    EligibilityOverrideFactory(case=first, rule="place", finding=settled, needs_second=False)
    taken_back = EligibilityOverrideFactory(case=second, rule="size")
    taken_back.withdraw(by=manager, at=STARTED, reason="No.")
    EligibilityOverrideFactory(case=CaseFactory(programme=ProgrammeFactory(), submitted=True))
    rows = indicators.overrides(indicators.report_cases(manager, programme))
    assert [(row.rule, row.total, row.failed, row.settled, row.confirmed, row.waiting) for row in rows] == [
        ("sector", 2, 2, 0, 1, 1),
        ("place", 1, 0, 1, 0, 0),
    ]
    assert rows[0].label == "What you make"


def test_shares_are_those_of_the_source():
    vector = load_reference("domain/vectors.json")["funnel"]
    steps = zip(vector["stages"], vector["stages"][1:], strict=False)
    assert [str(indicators.percent(part, whole)) for whole, part in steps] == vector["step_pct"]
    assert str(indicators.percent(vector["stages"][-1], vector["stages"][0])) == vector["overall_pct"]


@pytest.mark.parametrize(
    ("part", "whole", "share"), [(1, 8, "12.5"), (1, 3, "33.3"), (2, 3, "66.7"), (0, 5, "0.0"), (1, 2000, "0.1")]
)
def test_percent_rounds_half_up(part, whole, share):
    assert indicators.percent(part, whole) == Decimal(share)


@pytest.mark.parametrize(("part", "whole"), [(None, 5), (1, None), (1, 0)])
def test_percent_of_nothing_is_unknown(part, whole):
    assert indicators.percent(part, whole) is None


def test_funnel_counts_each_stage_from_dated_facts(manager, programme):
    CaseFactory(programme=programme, submitted=True)
    met = CaseFactory(programme=programme, accepted=True)
    meet(met, manager)
    AssessmentFactory(case=CaseFactory(programme=programme, accepted=True), submitted=True)
    AssessmentFactory(case=CaseFactory(programme=programme, accepted=True))
    GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), accepted=True)
    found = funnel(manager, programme)
    assert [row.count for row in found.values()] == [None, 3, 2, 1]
    assert [row.target for row in found.values()] == [15000, 1500, 300, 60]
    assert found[Stage.FUNDED].share == Decimal("50.0")
    assert found[Stage.ONE_TO_ONE].share == Decimal("0.0")
    assert found["eligible"].source == "estimate"


def test_a_firm_counts_once_however_often_it_was_helped(manager, programme):
    first = CaseFactory(programme=programme, accepted=True)
    GrantApplicationFactory(case=first, accepted=True)
    first.withdraw(by=first.created_by, at=STARTED, reason="Later.")
    again = CaseFactory(programme=programme, organisation=first.organisation, accepted=True)
    GrantApplicationFactory(case=again, accepted=True)
    assert funnel(manager, programme)[Stage.FUNDED].count == 1


def test_a_stage_once_reached_stays_reached(manager, programme):
    application = GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), accepted=True)
    application.award.withdraw(by=manager, at=STARTED, reason="Firm closed.")
    assert funnel(manager, programme)[Stage.FUNDED].count == 1


def test_funnel_without_the_programmes_figures(manager, programme):
    programme.funnel = []
    rows = indicators.funnel(indicators.report_cases(manager, programme), programme, with_estimate=True)
    assert [(row.stage, row.target, row.share) for row in rows] == [
        ("one_to_one", None, None), ("engaged", None, None), ("funded", None, None)
    ]  # fmt: skip


def test_region_sees_its_own_figures_without_the_estimate(programme):
    north, south = RegionFactory(programme=programme), RegionFactory(programme=programme)
    person = AssignmentFactory(programme=programme, region=north, role=Role.AUDITOR).user
    for region in (north, north, south):
        meet(CaseFactory(programme=programme, region=region, submitted=True), person)
    cases = indicators.report_cases(person, programme)
    rows = indicators.funnel(cases, programme, with_estimate=False)
    assert (rows[0].stage, rows[0].count, rows[0].target) == ("one_to_one", 2, None)
    assert [(row.region, row.counts["one_to_one"]) for row in indicators.by_region(cases)] == [(north.name, 2)]


def test_adviser_reads_no_report(adviser, programme):
    CaseFactory(programme=programme, submitted=True)
    assert not indicators.report_cases(adviser, programme).exists()


def test_regions_come_in_the_programmes_order_and_the_unknown_last(manager, programme):
    second = RegionFactory(programme=programme, position=2)
    first = RegionFactory(programme=programme, position=1)
    for region in (None, second, first):
        CaseFactory(programme=programme, region=region, submitted=True)
    rows = indicators.by_region(indicators.report_cases(manager, programme))
    assert [row.region for row in rows] == [first.name, second.name, ""]
    only_first = indicators.report_cases(manager, programme, first.pk)
    assert only_first.count() == 1


def test_waiting_counts_the_late_ones(manager, programme):
    early, late = CaseFactory(programme=programme), CaseFactory(programme=programme)
    early.submit(by=early.created_by, at=STARTED - timedelta(days=30))
    late.submit(by=late.created_by, at=STARTED)
    CaseFactory(programme=programme, accepted=True)
    assert indicators.waiting(indicators.report_cases(manager, programme), STARTED) == {"all": 2, "late": 1}


def decide(programme, days, manager, count=1):
    for _ in range(count):
        case = CaseFactory(programme=programme)
        case.submit(by=case.created_by, at=STARTED)
        case.accept(by=manager, at=STARTED + timedelta(days=days))


def test_usual_days_need_enough_answers(manager, programme):
    cases = indicators.report_cases(manager, programme)
    at = STARTED + timedelta(days=30)
    decide(programme, 2, manager, 4)
    assert indicators.usual_days(cases, at) is None
    decide(programme, 9.5, manager)
    assert indicators.usual_days(cases, at) == 2
    decide(programme, 9.5, manager, 4)
    assert indicators.usual_days(cases, at) == 10
    assert indicators.usual_days(cases, at + timedelta(days=400)) is None


def test_public_figures_are_one_query_for_all_programmes(manager, programme, django_assert_num_queries):
    decide(programme, 3, manager, 5)
    other = ProgrammeFactory()
    CaseFactory(programme=other, rejected=True)
    at = timezone.now()
    with django_assert_num_queries(1):
        figures = indicators.public_figures([programme.pk, other.pk], at)
    assert figures[programme.pk] == indicators.PublicFigures(joined=5, days=3)
    assert figures[other.pk] == indicators.PublicFigures(joined=0, days=None)
    assert Case.objects.count() == 6
