import pytest

from accounts.permissions import Role
from applications.models import Case
from casework.filters import CaseFilters, PlaceFilters
from casework.stages import Stage
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.organisations import OrganisationFactory
from tests.factories.programmes import ProgrammeFactory, RegionFactory

pytestmark = pytest.mark.django_db


def left(user, **query):
    filters = CaseFilters(query, user=user)
    return set(filters.rows(Case.objects.visible_to(user)))


def test_without_filters_everything_open(adviser, programme):
    sent = CaseFactory(programme=programme, submitted=True)
    CaseFactory(programme=programme, rejected=True)
    assert left(adviser) == {sent}


@pytest.mark.parametrize("status", ["SUBMITTED", "RETURNED", "ACCEPTED", "REJECTED"])
def test_status(adviser, programme, status):
    cases = {
        state.upper(): CaseFactory(programme=programme, **{state: True})
        for state in ("submitted", "returned", "accepted", "rejected")
    }
    assert left(adviser, status=status) == {cases[status]}
    assert left(adviser, status="all") == set(cases.values())


def test_programme_and_region(adviser, programme):
    other = AssignmentFactory(user=adviser, programme=ProgrammeFactory()).programme
    north = RegionFactory(programme=programme)
    here = CaseFactory(programme=programme, region=north, submitted=True)
    there = CaseFactory(programme=other, submitted=True)
    assert left(adviser, programme=programme.slug) == {here}
    assert left(adviser, programme=other.slug) == {there}
    assert left(adviser, region=str(north.pk)) == {here}


def test_adviser(adviser, programme):
    mine, free, other = (CaseFactory(programme=programme, submitted=True) for _ in range(3))
    mine.accept(by=adviser, at=mine.updated_at)
    colleague = AssignmentFactory(programme=programme).user
    other.accept(by=colleague, at=other.updated_at)
    assert left(adviser, adviser="me") == {mine}
    assert left(adviser, adviser="none") == {free}
    assert left(adviser, adviser=str(colleague.pk)) == {other}


@pytest.mark.parametrize(
    "words",
    ["hollin bank", "HOLLIN BANK Ltd", "1234567", "01234567", "{reference}", " {reference} "],
)
def test_search_finds_whatever_its_status(adviser, programme, words):
    firm = OrganisationFactory(name="Hollin Bank Limited", name_key="HOLLIN BANK", company_number="01234567")
    case = CaseFactory(programme=programme, organisation=firm, rejected=True)
    CaseFactory(programme=programme, submitted=True)
    words = words.format(reference=case.reference.lower())
    assert left(adviser, q=words) == {case}
    assert left(adviser, q=words, status="SUBMITTED") == set()


@pytest.mark.parametrize("words", ["%", "_", "'", "--", "100%", "\\", "🙂", "A" * 160])
def test_search_takes_whatever_is_typed_as_text(adviser, programme, words):
    CaseFactory(programme=programme, submitted=True)
    assert left(adviser, q=words) == set()


@pytest.mark.parametrize(
    "query",
    [
        {"status": "DRAFT"},
        {"status": "NONE"},
        {"region": "0"},
        {"region": "x"},
        {"programme": "no-such"},
        {"adviser": "9" * 30},
        {"q": "a\0b"},
        {"q": "x" * 161},
        {"stage": "rich"},
    ],
)
def test_a_value_nobody_offered_is_dropped(adviser, programme, query):
    case = CaseFactory(programme=programme, submitted=True)
    assert left(adviser, **query) == {case}


def test_stage(adviser, programme):
    joined = CaseFactory(programme=programme, accepted=True)
    engaged = AssessmentFactory(case=CaseFactory(programme=programme, accepted=True), submitted=True).case
    funded = GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), accepted=True).case
    assert left(adviser, stage=Stage.FUNDED) == {funded}
    assert left(adviser, stage=Stage.ENGAGED) == {engaged, funded}
    joined.notes.create(kind="PHONE", text="Called.", written_at=joined.updated_at, written_by=adviser)
    assert left(adviser, stage=Stage.ONE_TO_ONE) == {engaged, funded}
    joined.notes.create(kind="VISIT", text="Visited.", written_at=joined.updated_at, written_by=adviser)
    assert left(adviser, stage=Stage.ONE_TO_ONE) == {joined, engaged, funded}


def test_regions_on_offer_are_those_covered(programme):
    north, _south = RegionFactory(programme=programme, name="North"), RegionFactory(programme=programme)
    one = AssignmentFactory(programme=programme, region=north).user
    assert [label for _value, label in PlaceFilters({}, user=one).fields["region"].choices] == ["All regions", "North"]
    other = AssignmentFactory(user=one, programme=ProgrammeFactory(short_name="Other")).programme
    RegionFactory(programme=other, name="East")
    one = type(one).objects.get(pk=one.pk)
    labels = [str(label) for _value, label in PlaceFilters({}, user=one).fields["region"].choices]
    assert sorted(labels) == sorted(["All regions", "Other: East", f"{programme.short_name}: North"])


def test_contractor_and_firm_are_offered_nothing(programme, applicant):
    contractor = AssignmentFactory(programme=programme, role=Role.CONTRACTOR).user
    for person in (contractor, applicant):
        assert PlaceFilters({}, user=person).programmes == []
