"""How long the quarter's comparison of very many firms takes, and one firm's place in it: bin/bench benchmark [FIRMS].

The firms are made in the database alone, twenty results of the method copied over and over, and are gone again at the
end.
"""

import random
import statistics
import sys
import time

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from applications.models import Case  # noqa: E402
from diagnostics import benchmarking, freezing, scoring, snapshots  # noqa: E402
from diagnostics.models import Assessment, BenchmarkSnapshot, QuestionnaireVersion, Result  # noqa: E402
from diagnostics.models.questionnaires import DEFAULT_QUESTIONNAIRE  # noqa: E402
from eligibility.models import EligibilityCheck  # noqa: E402
from organisations.models import Organisation  # noqa: E402
from programmes.models import Programme  # noqa: E402
from tests.bench.copying import copied  # noqa: E402
from tests.bench.scoring import firm  # noqa: E402

LIMIT_SECONDS = 60
KINDS = 20
REGIONS = ["lancashire", "cumbria", "cheshire", "greater-manchester", "liverpool"]


def _kinds(chance, version):
    """A few whole results, as they are frozen when a diagnostic is made final."""
    sectors = next(fact["choices"] for fact in version.document["profile"] if fact["code"] == "sector")
    made = []
    while len(made) < KINDS:
        facts, answers, moderated = firm(chance, version.document)
        found = snapshots.snapshot(version.document, facts, answers, moderated, {})
        if found["result"]["overall"]["score"] is not None:
            facts |= {"employees": str(facts["employees"]), "sector": chance.choice(sectors)}
            facts |= {"region": chance.choice(REGIONS)}
            made.append({"version": version.number, "sha256": version.sha256, "facts": facts, "answers": answers,
                         "moderated": moderated, **found})  # fmt: skip
    return made


def _fill(firms, chance, now):
    """Firms in the database alone: one whole diagnostic made by hand, then copied."""
    version = QuestionnaireVersion.objects.newest(DEFAULT_QUESTIONNAIRE)
    programme = Programme.objects.listed().first()
    person, _ = User.objects.get_or_create(email="owner@works.co.uk")
    check = EligibilityCheck.objects.create(
        programme=programme, rules_version="bench", facts={}, outcome=EligibilityCheck.Outcome.ELIGIBLE, findings=[],
        created_at=now,
    )  # fmt: skip
    pair = Organisation.objects.create(name="Bench", name_key="BENCH", created_at=now)
    case = Case.objects.create(
        programme=programme, check_result=check, organisation=pair, reference="BNCH-0", status=Case.Status.ACCEPTED,
        agrees_to_share=True, agrees_to_benchmark=True, created_at=now, created_by=person, updated_at=now,
        submitted_at=now, submitted_by=person,
    )  # fmt: skip
    assessment = Assessment.objects.create(
        case=case, version=version, status=Assessment.Status.FINAL, facts={}, started_at=now, started_by=person,
        finalised_at=now, finalised_by=person, updated_at=now,
    )  # fmt: skip
    results = Result.objects.bulk_create(
        Result(assessment=assessment, number=100 + n, method_version=scoring.METHOD_VERSION, created_at=now,
               snapshot=kind)
        for n, kind in enumerate(_kinds(chance, version))
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the histories of 20,000 firms are no matter
        copied(cursor, pair, f"generate_series(1, {firms}) n", {"name_key": "'BENCH ' || n"})
        copied(
            cursor, case, "(SELECT id AS firm FROM organisations_organisation WHERE name_key LIKE 'BENCH %') made",
            {"organisation_id": "firm", "reference": "'BNCH-' || firm"},
        )  # fmt: skip
        copied(
            cursor, assessment, "(SELECT id AS made_case FROM applications_case WHERE reference LIKE 'BNCH-%') made",
            {"case_id": "made_case", "round": "'T1'"},
        )  # fmt: skip
        for number, result in enumerate(results):
            of_kind = f"SELECT id FROM diagnostics_assessment WHERE round = 'T1' AND id % {KINDS} = {number}"
            copied(cursor, result, f"({of_kind}) made (of)", {"assessment_id": "made.of", "number": "1"})
        cursor.execute(
            "UPDATE diagnostics_assessment assessment SET result_id = result.id FROM diagnostics_result result"
            " WHERE result.assessment_id = assessment.id AND assessment.round = 'T1'"
        )
        cursor.execute(
            "INSERT INTO organisations_ownership"
            " (firm_id, other_id, direction, other_name, other_number, currency, holder_kind, capital_percent,"
            "  votes_percent, controls, through_person, recorded_at)"
            " SELECT id, id + 1, 'HOLDS_US', '', '', '', 'enterprise', 60, 60, false, '', now()"
            " FROM organisations_organisation WHERE name_key LIKE 'BENCH %' AND id % 10 = 0"
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")
    return list(
        Assessment.objects.filter(round="T1").select_related("case__organisation", "version", "result")[:: firms // 40]
    )


def main(firms=20000):
    chance, now = random.Random(1), timezone.now()  # the same firms each time
    with transaction.atomic():
        began = time.perf_counter()
        made = _fill(firms, chance, now)
        sys.stdout.write(f"{firms:,} diagnostics made in {time.perf_counter() - began:.0f} s\n")
        # In real use each snapshot is a transaction of its own; here all of it is undone at the end.
        took = {}
        version = QuestionnaireVersion.objects.newest(DEFAULT_QUESTIONNAIRE)
        for series in BenchmarkSnapshot.Series:
            began = time.perf_counter()
            snapshot = freezing.freeze(
                version.questionnaire_id, version.order[0], series, freezing.quarter_of(now.date()), now,
                with_trials=False,
            )  # fmt: skip
            took[series] = time.perf_counter() - began
            sys.stdout.write(f"snapshot, {series:12}{took[series]:8.1f} s {snapshot.firms:10,} firms\n")
        times = []
        for assessment in made:
            began = time.perf_counter()
            with CaptureQueriesContext(connection) as queries:
                found = benchmarking.comparison(assessment, assessment.result)
            times.append((time.perf_counter() - began) * 1000)
            assert found is not None
        sys.stdout.write(f"one firm's place, p50   {statistics.median(times):8.1f} ms, at most {max(times):.1f} ms")
        sys.stdout.write(f", {len(queries)} queries\n")
        transaction.set_rollback(True)
    if sum(took.values()) > LIMIT_SECONDS:
        sys.exit(f"The snapshots should take less than {LIMIT_SECONDS} s")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
