"""Who enters a quarter's comparison, that it stays as it was taken, and what one firm is told of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import InternalError
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnostics import actions, benchmark, benchmarking, freezing, scoring, tasks
from diagnostics.models import AcceptedGaps, Assessment, BenchmarkPeer, BenchmarkSnapshot, Result
from portal.models import Event
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import FACTS, STARTED, AssessmentFactory, questionnaire
from tests.factories.organisations import OrganisationFactory, OwnershipFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GROUPS = ["PE", "MS", "SC", "CI", "PI"]
Series = BenchmarkSnapshot.Series


def part(score, *, flagged=False):
    groups = [{"code": code, "score": str(score), "na_flag": flagged and code == "SC"} for code in GROUPS]
    return {"groups": groups, "foundations": {"code": "FN", "score": None, "na_flag": False},
            "overall": {"score": str(score)}}  # fmt: skip


def diagnosed(programme, score=40, *, at=STARTED, moderated=True, case=None, status="FINAL", flagged=False, own=None,
              version=None, email="owner@works.co.uk", round="T0", **facts):  # fmt: skip
    """A case with a final diagnostic that scored so on every axis."""
    case = case or CaseFactory(programme=programme, accepted=True)
    case.created_by.email = email if email.startswith("owner@demo") else f"{case.pk}{email}"
    case.created_by.save(update_fields=["email"])
    assessment = Assessment.objects.create(
        case=case, version=version or questionnaire(), round=round, status=status, facts=FACTS | facts,
        started_at=at, started_by=case.created_by, finalised_at=at, finalised_by=case.created_by, updated_at=at,
    )  # fmt: skip
    assessment.result = Result.objects.create(
        assessment=assessment, method_version=scoring.METHOD_VERSION, created_at=at,
        snapshot={
            "facts": FACTS | facts, "moderated": {"PE01": 2} if moderated else {},
            "result": {"size": "small", **part(score, flagged=flagged)},
            "own": part(own if own is not None else score, flagged=flagged),
        },
    )  # fmt: skip
    assessment.save(update_fields=["result"])
    return assessment


def take(at=NOW, *, with_trials=False):
    return {row.series: row for row in freezing.take_snapshots(at=at, with_trials=with_trials)}


def firms_in(made, series=Series.MODERATED):
    return set(made[series].peers.values_list("organisation_id", flat=True))


@pytest.fixture
def five(programme):
    return [diagnosed(programme, score) for score in (25, 30, 38, 42, 51)]


def left_out(five, assessment, **kwargs):
    found = firms_in(take(**kwargs))
    assert {row.case.organisation_id for row in five} <= found
    return assessment.case.organisation_id not in found


# --- Who is in it ------------------------------------------------------------------------------------------------


def test_nothing_is_frozen_before_there_are_five(programme):
    for _ in range(4):
        diagnosed(programme)
    assert take() == {}
    diagnosed(programme)
    assert set(take()) == {Series.MODERATED, Series.OWN}


def test_what_a_snapshot_holds(programme, five):
    made = take()[Series.MODERATED]
    assert (made.quarter, made.firms, made.major, made.method_version) == (date(2026, 10, 1), 5, 1, "1")
    peer = made.peers.get(organisation_id=five[0].case.organisation_id)
    assert (peer.sector, peer.size, peer.region) == ("fabricated_metal", "small", "lancashire")
    assert peer.scores == {**dict.fromkeys(GROUPS, "25"), "overall": "25"}
    assert peer.owner_id == peer.organisation_id


def test_self_assessed_firms_stand_apart(programme, five):
    alone = diagnosed(programme, 90, moderated=False)
    made = take()
    assert alone.case.organisation_id not in firms_in(made)
    assert alone.case.organisation_id in firms_in(made, Series.OWN)


def test_the_own_series_holds_the_firms_own_levels(programme):
    for _ in range(5):
        diagnosed(programme, 30, own=70)
    made = take()
    assert made[Series.MODERATED].peers.first().scores["overall"] == "30"
    assert made[Series.OWN].peers.first().scores["overall"] == "70"


@pytest.mark.parametrize("status", ["IN_MODERATION", "DRAFT"])
def test_only_what_is_final(programme, five, status):
    assert left_out(five, diagnosed(programme, status=status))


def test_only_the_newest_of_a_firm(programme, five):
    again = diagnosed(programme, 80, case=five[0].case, round="T1", at=STARTED + timedelta(days=3))
    made = take()[Series.MODERATED]
    assert made.firms == 5
    assert made.peers.get(organisation_id=again.case.organisation_id).scores["overall"] == "80"


def test_at_most_36_months_old(programme, five):
    assert left_out(five, diagnosed(programme, at=datetime(2023, 11, 22, 11, tzinfo=UTC)))
    BenchmarkSnapshot.objects.all().delete()
    young = diagnosed(programme, at=datetime(2023, 11, 22, 13, tzinfo=UTC))
    assert not left_out(five, young)


def test_only_with_consent(programme, five):
    case = CaseFactory(programme=programme, accepted=True, agrees_to_benchmark=False)
    refused = diagnosed(programme, case=case)
    unasked = diagnosed(programme, case=CaseFactory(programme=programme, accepted=True, agrees_to_benchmark=None))
    taken_back = diagnosed(programme)
    for choice in (True, False):
        actions.choose(case=taken_back.case, choices={"benchmark": choice}, by=case.created_by, at=NOW)
    found = firms_in(take())
    assert not {row.case.organisation_id for row in (refused, unasked, taken_back)} & found
    BenchmarkSnapshot.objects.all().delete()
    actions.choose(case=refused.case, choices={"benchmark": True}, by=case.created_by, at=NOW)
    assert refused.case.organisation_id in firms_in(take())


@pytest.mark.parametrize("email", ["@firm.example", "@demo.test", "@example.com", "@a.INVALID"])
def test_trials_are_no_firms(programme, five, email):
    trial = diagnosed(programme, email=email)
    assert left_out(five, trial)
    BenchmarkSnapshot.objects.all().delete()
    assert not left_out(five, trial, with_trials=True)


def test_what_mostly_does_not_apply_waits_for_an_adviser(programme, five, adviser):
    flagged = diagnosed(programme, flagged=True)
    assert left_out(five, flagged)
    BenchmarkSnapshot.objects.all().delete()
    for _ in range(2):
        actions.accept_gaps(result=flagged.result, by=adviser, at=NOW)
    assert not left_out(five, flagged)
    assert Event.objects.filter(kind="assessment.gaps_accepted").count() == 1


def test_firms_of_one_owner_count_once(programme, five):
    parent = OrganisationFactory()
    sisters = [diagnosed(programme, 60 + number, at=STARTED + timedelta(days=number)) for number in range(2)]
    for sister in sisters:
        OwnershipFactory(firm=sister.case.organisation, other=parent)
    made = take()[Series.MODERATED]
    assert made.firms == 6
    peer = made.peers.get(organisation_id=sisters[1].case.organisation_id)
    assert peer.owner_id == parent.pk
    assert peer.scores["overall"] == "61"


def test_another_major_version_is_another_comparison(programme, five):
    first = questionnaire()
    document = {**first.document, "framework": {**first.document["framework"], "version": "2.0.0"}}
    second = type(first).objects.create(
        questionnaire=first.questionnaire, number="2.0.0", document=document, sha256="x", loaded_at=STARTED
    )
    assert left_out(five, diagnosed(programme, version=second))


# --- It stays as it was taken ------------------------------------------------------------------------------------


def test_once_a_quarter(programme, five):
    assert len(take()) == 2
    assert take(NOW + timedelta(days=30)) == {}
    assert take(datetime(2027, 1, 1, 9, tzinfo=UTC))[Series.MODERATED].quarter == date(2027, 1, 1)
    assert BenchmarkSnapshot.objects.count() == 4


def test_the_task_asks_the_settings_about_trials(programme, five, settings):
    settings.DEMO = False
    tasks.take_snapshots()
    assert BenchmarkSnapshot.objects.get(series=Series.MODERATED).firms == 5


@pytest.mark.parametrize("rows", [BenchmarkSnapshot, BenchmarkPeer])
def test_nobody_changes_it(programme, five, rows):
    take()
    field = "firms" if rows is BenchmarkSnapshot else "size"
    with pytest.raises(InternalError, match="Cannot update"):
        rows.objects.update(**{field: 9})


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(scores=st.lists(st.integers(0, 100), min_size=5, max_size=9), newcomer=st.integers(0, 100))
def test_a_new_firm_changes_nothing_in_a_frozen_snapshot(programme, scores, newcomer):
    BenchmarkSnapshot.objects.all().delete()
    Assessment.objects.update(status="DRAFT")
    peers = [diagnosed(programme, score) for score in scores]
    mine = diagnosed(programme, 41)
    take()
    before = benchmarking.comparison(mine, mine.result)
    diagnosed(programme, newcomer)
    actions.choose(case=peers[0].case, choices={"benchmark": False}, by=mine.case.created_by, at=NOW)
    take(NOW + timedelta(days=1))
    assert benchmarking.comparison(mine, mine.result) == before
    assert before is not None


# --- What one firm is told ---------------------------------------------------------------------------------------


def test_a_firm_among_its_peers(programme, five):
    mine = diagnosed(programme, "41.5")
    take()
    found = benchmarking.comparison(mine, mine.result)
    assert (found.quarter, found.own_levels_only) == (date(2026, 10, 1), False)
    assert set(found.standings) == {*GROUPS, "overall"}
    placed = found.standings["overall"]
    assert placed.cohort == "sector+size+region"
    assert (placed.standing.state, placed.standing.median, placed.standing.n_shown) == ("median_only", 40, "5-9")


def test_a_firm_is_never_its_own_peer_nor_are_its_sisters(programme):
    mine, sister = diagnosed(programme, 10), diagnosed(programme, 90)
    OwnershipFactory(firm=mine.case.organisation, other=sister.case.organisation)
    for score in (25, 30, 38, 42):
        diagnosed(programme, score)
    take()
    assert benchmarking.comparison(mine, mine.result) is None


def test_the_ladder_widens_until_there_are_five(programme):
    mine = diagnosed(programme, 41, region="lancashire")
    for score in (25, 30, 38, 42):
        diagnosed(programme, score, region="cumbria")
    diagnosed(programme, 51)
    take()
    assert benchmarking.comparison(mine, mine.result).standings["PE"].cohort == "sector+size"


def test_each_axis_counts_its_own_firms(programme):
    mine = diagnosed(programme, 41)
    for number, score in enumerate((25, 30, 38, 42, 51)):
        peer = diagnosed(programme, score)
        if number == 0:
            snapshot = {**peer.result.snapshot, "result": {"size": "small", **part(score)}}
            snapshot["result"]["groups"][1]["score"] = None
            peer.result = Result.objects.create(
                assessment=peer, number=2, method_version="1", created_at=STARTED, snapshot=snapshot
            )
            peer.save(update_fields=["result"])
    take()
    found = benchmarking.comparison(mine, mine.result)
    assert "MS" not in found.standings
    rows = {row["name"]: row for row in benchmarking.peer_rows(questionnaire().document, mine.result.snapshot, found)}
    assert [name for name, row in rows.items() if row["placed"] is None] == [
        next(group["title"] for group in questionnaire().document["groups"] if group["code"] == "MS")
    ]
    assert rows["Overall"]["median"] == 40


def test_own_answers_are_compared_with_own_answers(programme):
    mine = diagnosed(programme, 41, moderated=False)
    for score in (25, 30, 38, 42, 51):
        diagnosed(programme, 5, own=score)
    take()
    found = benchmarking.comparison(mine, mine.result)
    assert found.own_levels_only
    assert found.median("overall") == 40


def test_many_peers_are_told_by_quarters_and_hundredths(programme):
    mine = diagnosed(programme, 90)
    for score in range(20, 41):
        diagnosed(programme, score)
    take()
    row = benchmarking.peer_rows(
        questionnaire().document, mine.result.snapshot, benchmarking.comparison(mine, mine.result)
    )[-1]
    assert row["position"] == "Above them, in the highest quarter, ahead of nearly all"
    assert row["middle"] == "half of them between 25 and 35"
    assert row["cohort"] == "20–49 firms of your sector, size and region"


few = settings(max_examples=60, deadline=None)
some_scores = st.lists(st.decimals(0, 100, places=1), max_size=12)


@few
@given(own=st.decimals(0, 100, places=1), rungs=st.lists(some_scores, max_size=5))
def test_fewer_than_five_are_never_told(own, rungs):
    found = benchmark.placed({"PE": own}, ((str(at), {"PE": scores}) for at, scores in enumerate(rungs)))
    first = next((at for at, scores in enumerate(rungs) if len(scores) >= 5), None)
    if first is None:
        assert found == {}
    else:
        assert found["PE"] == benchmark.Placed(str(first), benchmark.standing(own, rungs[first]))


def test_unknown_facts_share_no_cohort():
    assert [name for name, _fields in benchmark.rungs({"sector": "", "size": "small", "region": "x"})] == [
        "size",
        "all",
    ]


# --- Pages -------------------------------------------------------------------------------------------------------


def test_an_adviser_accepts_what_does_not_apply(signed_in, programme, adviser, outsider):
    flagged = diagnosed(programme, flagged=True)
    address = reverse("diagnostics:accept-gaps", args=[flagged.case.reference])
    assert signed_in(outsider).post(address).status_code == 404
    assert signed_in(flagged.case.created_by).post(address).status_code == 403
    assert signed_in(adviser).get(address).status_code == 405
    assert not AcceptedGaps.objects.exists()
    for _ in range(2):
        assert signed_in(adviser).post(address).status_code == 302
    assert AcceptedGaps.objects.get().accepted_by == adviser


# --- Every stored result, computed again -------------------------------------------------------------------------


@pytest.fixture
def final(programme):
    return AssessmentFactory(case=CaseFactory(programme=programme, accepted=True), final=True)


def test_stored_results_equal_what_the_method_says_today(final, capsys):
    call_command("recompute_results")
    assert capsys.readouterr().out == "1 results (1.0.0): every one equals what the method says today.\n"


def test_a_tampered_result_is_found_with_its_path(final, capsys):
    snapshot = {**final.result.snapshot, "sha256": "0" * 64}
    snapshot["result"] = {**snapshot["result"], "overall": {**snapshot["result"]["overall"], "score": "99.9"}}
    Result.objects.create(assessment=final, number=2, method_version="0", created_at=NOW, snapshot=snapshot)
    with pytest.raises(CommandError, match="2 results .*: 1 differ"):
        call_command("recompute_results")
    told = capsys.readouterr().out.splitlines()
    name = f"{final.case.reference} T0 result 2"
    assert len(told) == 3
    assert told[0].startswith(f"{name}, result.overall.score: stored '99.9', today '")
    assert told[1].startswith(f"{name}, sha256: stored '000")
    assert told[2] == f"{name}, method_version: stored '0', today '1'"
