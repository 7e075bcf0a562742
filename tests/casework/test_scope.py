from datetime import UTC, datetime, timedelta

import pytest

from accounts.permissions import Permission, Role
from accounts.scope import places, within
from applications.actions import promise_for
from applications.models import Case
from casework.scope import with_promise, worked_cases
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.programmes import ProgrammeFactory, RegionFactory


@pytest.mark.parametrize("days", [1, 2, 5, 10, 13])
@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Stockholm"])
def test_promise_in_sql_is_the_promise_told(db, days, zone):
    """Every weekday, and moments around midnight, where the day depends on the time zone."""
    programme = ProgrammeFactory(promise_days={"application": days}, time_zone=zone)
    start = datetime(2026, 7, 6, 22, 30, tzinfo=UTC)
    cases = [CaseFactory(programme=programme) for _ in range(8)]
    for number, case in enumerate(cases):
        case.submit(by=case.created_by, at=start + timedelta(days=number))
    found = with_promise(Case.objects.filter(programme=programme).select_related("programme"), start)
    assert {case.reference: case.due_on for case in found} == {case.reference: promise_for(case) for case in cases}


def test_promise_without_days_of_its_own_and_without_a_sent_application(db, now):
    programme = ProgrammeFactory(promise_days={})
    draft, sent = CaseFactory(programme=programme), CaseFactory(programme=programme, submitted=True)
    found = {case.pk: case.due_on for case in with_promise(Case.objects.all(), now)}
    assert found == {draft.pk: None, sent.pk: promise_for(sent)}


def test_today_is_the_programmes_day(db):
    at = datetime(2026, 7, 6, 22, 30, tzinfo=UTC)
    case = CaseFactory(programme=ProgrammeFactory(time_zone="Europe/Stockholm"))
    assert with_promise(Case.objects.all(), at).get().today == case.programme.local_date(at)


def test_within_follows_programme_region_and_permission(programme):
    north, south = RegionFactory(programme=programme), RegionFactory(programme=programme)
    person = AssignmentFactory(programme=programme, region=north, role=Role.AUDITOR).user
    AssignmentFactory(user=person, programme=programme, region=south, role=Role.ADVISER)
    here = CaseFactory(programme=programme, region=north, submitted=True)
    there = CaseFactory(programme=programme, region=south, submitted=True)
    elsewhere = CaseFactory(programme=programme, region=None, submitted=True)
    other = CaseFactory(submitted=True)
    assert places(person, Permission.EXPORT) == {(programme.pk, north.pk)}
    assert set(Case.objects.filter(within(person, Permission.EXPORT))) == {here}
    assert set(worked_cases(person)) == {here, there}
    assert elsewhere not in worked_cases(person)
    assert other not in worked_cases(person)


def test_within_of_nobody_is_nothing(applicant, django_assert_num_queries):
    assert places(applicant, Permission.EXPORT) == set()
    with django_assert_num_queries(0):
        assert not Case.objects.filter(within(applicant, Permission.EXPORT))


def test_own_firm_of_an_adviser_is_not_a_case_to_work_on(case, programme):
    AssignmentFactory(user=case.created_by, programme=ProgrammeFactory(), role=Role.ADVISER)
    case.submit(by=case.created_by, at=datetime(2026, 11, 2, tzinfo=UTC))
    assert case in Case.objects.visible_to(case.created_by)
    assert case not in worked_cases(case.created_by)
