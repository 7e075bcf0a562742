"""Server time and queries of the pages of an application when its call has very many: bin/bench applications [COUNT].

One draft, one draft with partners and one sent application are made by hand, and copies of the last fill the call in
the database alone, so that the pages meet them wherever they add up, rank or look for the same thing elsewhere.
"""

import os
import re
import statistics
import sys
import time
from pathlib import Path

os.environ["PORTAL_TESTING"] = "1"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, get_runner  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.permissions import Role  # noqa: E402
from funding import quoting  # noqa: E402
from funding.models import GrantApplication  # noqa: E402
from tests.bench.copying import copied  # noqa: E402
from tests.factories.accounts import AssignmentFactory, UserFactory  # noqa: E402
from tests.factories.applications import CaseFactory  # noqa: E402
from tests.factories.funding import GrantApplicationFactory, assess  # noqa: E402
from tests.factories.joint import TERMS, cover, fill_in, take_part  # noqa: E402
from tests.factories.programmes import CallFactory, InstrumentFactory, ProgrammeFactory  # noqa: E402
from tests.run import migrated_template  # noqa: E402

LIMIT_MS, LIMIT_QUERIES = 150, 15
RANKED, REVIEWS = 500, 5
TIMES = 20
LARGE = 1000
"""Rows from which a table is not to be read whole."""
INDEXES = {"grants_by_rank", "grants_in_queue"}
"""What the ranked list and the queue go by."""
FIRST = 1_000_000
"""Number of the first copy, far from what is made by hand."""
COSTS = [{"description": text, "net": 4000, "vat": 800} for text in ("Robot", "Gripper", "Guards", "Fitting", "Tests")]
REFERENCE = "'BNCH-' || translate(lpad(n::text, 6, '0'), '0123456789', '23456789AB')"


def main(count=5000):
    """The exit code says whether every page keeps both limits."""
    connection.settings_dict["TEST"] |= {"TEMPLATE": migrated_template(os.environ), "NAME": "bench_applications"}
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    settings.STAFF_MFA_REQUIRED = settings.DEBUG = False
    settings.API_RATE = "1000000/min"
    try:
        began = time.perf_counter()
        pages = _fill(count)
        made = GrantApplication.objects.count()
        sys.stdout.write(f"{made:,} applications made in {time.perf_counter() - began:.0f} s\n")
        sys.stdout.write(f"{'page':48}{'queries':>8}{'p50 ms':>8}{'p95 ms':>8}{'work ms':>9}  read whole\n")
        used = set()
        wrong = sum([_measured(*page, used) for page in pages])
        for index in INDEXES:
            sys.stdout.write(f"{index:48}{'used' if index in used else 'NOT USED'}\n")
    finally:
        runner.teardown_databases(databases)
    return wrong + len(INDEXES - used)


def _fill(count):
    """(name, person, address) of each page to measure."""
    programme = ProgrammeFactory()
    call = CallFactory(instrument=InstrumentFactory(programme=programme), partner_terms=TERMS)
    alone, joint, sent = (
        GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), call=call, lines=COSTS, **more)
        for more in ({}, {"form": "COLLABORATIVE"}, {"submitted": True})
    )
    for number in range(2):
        person = UserFactory()
        more = {"key": f"3a1c5be2-7a14-4d6c-9d0b-3f7c1d2e4a5{number}", "company_number": f"0123456{number}"}
        fill_in(take_part(joint, person, name=f"Guards {number} Ltd", postcode=f"LA1 1A{number}", **more), net=4000)
    cover(joint)
    for _review in range(REVIEWS):
        assess(sent)
    with connection.cursor() as cursor:
        _copies(cursor, sent, count)
        cursor.execute("ANALYZE")
    manager = AssignmentFactory(programme=programme, role=Role.MANAGER).user
    approver = AssignmentFactory(programme=programme, role=Role.APPROVER).user
    pages = []
    for what, application in (("alone", alone), ("with partners", joint)):
        codes = ["tasks", *quoting.sections_of(call), "grant", "check"]
        pages += [(f"{what}: {code}", application.created_by, _page(code, application)) for code in codes]
    pages += [(f"sent: {code}", sent.created_by, _page(code, sent)) for code in ("tasks", "sent", "versions")]
    pages.append(("sent: list", sent.created_by, reverse("funding:list", args=[sent.case.reference])))
    for code in ("detail", "decide", "panel", "staff-versions"):
        pages.append((f"staff: {code}", approver, _page(code, sent)))
    pages.append(("staff: queue", manager, reverse("funding:queue")))
    ranked = reverse("funding:ranked", args=[call.pk])
    pages.append((f"staff: ranked, {RANKED} with {REVIEWS} reviews", approver, ranked))
    return pages


def _page(name, application):
    return reverse(f"funding:{name}", args=[application.case.reference, application.number])


def _copies(cursor, sent, count):
    """`count` firms with a case and this application each; the first so many have its assessments and a score."""
    case, rows = sent.case, f"generate_series(1, {count}) n"
    key = f"{FIRST} + n"
    cursor.execute("SET session_replication_role = replica")  # the histories of the copies are no matter
    copied(
        cursor, case.organisation, rows,
        {"id": key, "name": "'Firm ' || n", "name_key": "'BENCH ' || n", "company_number": "(50000000 + n)::text",
         "postcode": "'PR' || n % 90 || ' 2HE'", "address": "n || ' Mill Lane'"},
    )  # fmt: skip
    more = {"contact_email": "n || '@works.example'", "contact_phone": "n::text"}
    copied(cursor, case, rows, {"id": key, "organisation_id": key, "reference": REFERENCE, **more})
    score = {"score": f"CASE WHEN n <= {RANKED} THEN n % 97 END", "spread": f"CASE WHEN n <= {RANKED} THEN n % 31 END"}
    status = {"status": f"CASE WHEN n <= {RANKED} THEN 'ASSESSED' ELSE 'SUBMITTED' END"}
    sent_at = {"submitted_at": "source.submitted_at + n * interval '1 minute'", "title": "'Robot cell ' || n"}
    changes = {"id": key, "case_id": key, **score, **status, **sent_at}
    copied(cursor, sent, rows, changes)
    own = {"application_id": key}
    for line in sent.lines.all():
        copied(cursor, line, rows, own | {"supplier": "'Robots of street ' || n"})
    for row in (*sent.milestones.all(), *sent.risks.all(), *sent.match_sources.all()):
        copied(cursor, row, rows, own)
    for row in (*sent.reviews.all(), *sent.invitations.all()):
        copied(cursor, row, f"generate_series(1, {RANKED}) n", own)
    cursor.execute("SET session_replication_role = DEFAULT")


def _measured(name, person, address, used):
    """Whether the page is too slow or asks too often; prints its times, and what page and database worked for it.

    On a machine busy with other things a page mostly waits; its work is what it takes alone, and is held against the
    limit. Adds the indexes that its queries went by to `used`.
    """
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address)
        queries = [query["sql"] for query in seen.captured_queries]  # the next request forgets them
    assert answer.status_code == 200, (name, answer.status_code)
    times, worked, database = [], [], _database_seconds()
    for _again in range(TIMES):
        began, work = time.perf_counter(), time.process_time()
        client.get(address)
        times.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - work) * 1000)
    database = (_database_seconds() - database) * 1000 / TIMES
    p95, p95_worked = (statistics.quantiles(found, n=20, method="inclusive")[-1] for found in (times, worked))
    indexes, whole = _explained(queries)
    used |= indexes
    wrong = p95_worked + database > LIMIT_MS or len(queries) > LIMIT_QUERIES
    sys.stdout.write(
        f"{name:48}{len(queries):>8}{statistics.median(times):>8.0f}{p95:>8.0f}{p95_worked + database:>9.0f}"
        f"  {', '.join(sorted(whole)) or '-'}{'  TOO MUCH' if wrong else ''}\n"
    )
    sys.stdout.flush()
    return wrong


def _database_seconds():
    """Processor time so far of the process that answers our connection (Linux alone tells)."""
    fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _explained(queries):
    """By EXPLAIN: the indexes that the queries go by, and the large tables that they read whole."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [LARGE])
        large = {name for (name,) in cursor.fetchall()}
        plans = ""
        for query in queries:
            if query.startswith("SELECT"):
                cursor.execute(f"EXPLAIN {query}")
                plans += "\n".join(line for (line,) in cursor.fetchall())
    return set(re.findall(r"(?:using|Index Scan on) (\w+)", plans)), large & set(
        re.findall(r"Seq Scan on (\w+)", plans)
    )


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
