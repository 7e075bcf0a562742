"""What is in an export, and what a killed worker leaves behind."""

import csv
import io
import uuid
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from openpyxl import load_workbook

from accounts.permissions import Role
from funding.actions import declare, find_conflict, record_panel
from organisations.models import Organisation
from portal.celery import app
from portal.models import Event
from reporting import tasks
from reporting.columns import AWARD_FIELDS, CASE_FIELDS, SCORE_FIELDS
from reporting.models import Export
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import STARTED, CaseFactory, EligibilityOverrideFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory, assess, assessor_of
from tests.factories.programmes import ProgrammeFactory, RegionFactory
from tests.factories.reporting import ask, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(programme):
    return AssignmentFactory(programme=programme, role=Role.MANAGER).user


def content(export):
    with export.file.open("rb") as stream:
        return stream.read()


def rows_of(export):
    text = content(export).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def stored(settings):
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def waiting():
    """Arguments of the tasks that the broker holds for the workers."""
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        found = []
        while message := channel.basic_get(app.conf.task_default_queue, no_ack=True):
            found.append(message.headers["kwargsrepr"])
        return found


# --- What is in it --------------------------------------------------------------------------------
def test_cases_as_csv(manager, programme):
    case = CaseFactory(programme=programme, submitted=True, region=RegionFactory(programme=programme, slug="north"))
    export = make(ask(manager, programme_slug=programme.slug))
    raw = content(export)
    assert raw.startswith(b"\xef\xbb\xbfreference,programme,region,status")
    assert raw.endswith(b"\r\n")
    [row] = rows_of(export)
    assert list(row) == list(CASE_FIELDS)
    assert row["reference"] == case.reference
    assert row["region"] == "north"
    assert row["submitted_on"] == "2026-11-02"
    assert row["agrees_to_benchmark"] == "Yes"
    assert row["decided_on"] == ""
    assert export.file_name == f"{programme.slug}-cases-{timezone.now():%Y-%m-%d}-1-rows.csv"


def test_a_case_names_the_rules_that_were_set_aside(manager, programme):
    case = CaseFactory(programme=programme, submitted=True)
    EligibilityOverrideFactory(case=case).confirm(by=manager, at=STARTED)
    EligibilityOverrideFactory(case=case, rule="place", needs_second=False)
    EligibilityOverrideFactory(case=case, rule="size")  # nobody has agreed yet
    [row] = rows_of(make(ask(manager)))
    assert row["eligibility_overrides"] == "sector place"


def test_no_contact_of_a_person_is_in_a_file():
    assert not [
        name
        for name in (*CASE_FIELDS, *AWARD_FIELDS, *SCORE_FIELDS)
        if "contact_" in name or "email" in name or "phone" in name
    ]


def test_awards_as_csv_and_xlsx(manager, programme):
    application = GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), accepted=True)
    [row] = rows_of(make(ask(manager, kind="awards", filters={})))
    assert list(row) == list(AWARD_FIELDS)
    assert row["reference"] == application.reference
    assert row["amount"] == "15000.00"
    assert row["currency"] == "GBP"
    assert row["accepted_on"] == "2026-11-09"
    sheet = load_workbook(io.BytesIO(content(make(ask(manager, kind="awards", format="xlsx", filters={}))))).active
    assert [cell.value for cell in sheet[1]] == list(AWARD_FIELDS)
    amount = sheet.cell(row=2, column=1 + list(AWARD_FIELDS).index("amount"))
    assert Decimal(str(amount.value)) == Decimal("15000.00")
    assert amount.number_format == "0.00"


def test_scores_with_what_they_come_to(manager, programme):
    application = GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), submitted=True)
    review, late = assess(application), assess(application)
    find_conflict(review=late, why="Her brother.", by=manager, at=WRITTEN)
    record_panel(application=application, outcome="FUND", score=None, note="Good.", by=manager, at=WRITTEN)
    # A draft is nobody's business, nor what another programme's assessors say.
    declare(application=application, conflict="NONE", note="", by=assessor_of(application), at=WRITTEN)
    GrantApplicationFactory(assessed=True)
    rows = rows_of(make(ask(manager, kind="scores", filters={})))
    assert list(rows[0]) == list(SCORE_FIELDS)
    assert [(row["assessor"], row["counts"], row["total"]) for row in rows] == [
        (review.assessor.get_full_name(), "Yes", "70.00"), (late.assessor.get_full_name(), "No", "70.00"),
    ]  # fmt: skip
    facts = [rows[0][name] for name in ("reference", "points", "score", "spread", "agreed", "recommendation")]
    assert facts == [application.reference, "need=8 value=6", "70.00", "", "FUND", "FUND"]


@pytest.mark.parametrize(
    "name", ["=1+1", "+44 1524 65201", "-2 Ltd", "@SUM(A1)", '=HYPERLINK("x")', "＝1+1", 'Acme -2 "A", Ltd', "\t=1"]
)
def test_a_firms_name_never_becomes_a_formula(manager, programme, name):
    CaseFactory(programme=programme, submitted=True, organisation__name=name)
    [row] = rows_of(make(ask(manager)))
    assert row["organisation"].removeprefix("'") == name
    assert row["organisation"][0] not in "=+-@＝\t"
    sheet = load_workbook(io.BytesIO(content(make(ask(manager, format="xlsx"))))).active
    cell = sheet.cell(row=2, column=1 + list(CASE_FIELDS).index("organisation"))
    assert cell.data_type == "s"
    assert cell.value == name


def test_xlsx_keeps_leading_zeros_and_days(manager, programme):
    case = CaseFactory(programme=programme, submitted=True)
    sheet = load_workbook(io.BytesIO(content(make(ask(manager, format="xlsx"))))).active
    values = dict(zip([cell.value for cell in sheet[1]], sheet[2], strict=True))
    assert values["company_number"].value == case.organisation.company_number
    assert values["company_number"].data_type == "s"
    assert values["submitted_on"].is_date
    assert values["agrees_to_contact"].value == "No"


def test_filters_and_scope_decide_which_rows(programme):
    north, south = RegionFactory(programme=programme), RegionFactory(programme=programme)
    person = AssignmentFactory(programme=programme, region=north, role=Role.AUDITOR).user
    AssignmentFactory(user=person, programme=programme, region=south, role=Role.ADVISER)
    here = CaseFactory(programme=programme, region=north, submitted=True)
    ended = CaseFactory(programme=programme, region=north, rejected=True)
    CaseFactory(programme=programme, region=south, submitted=True)
    CaseFactory(programme=programme, region=north)
    assert {row["reference"] for row in rows_of(make(ask(person)))} == {here.reference, ended.reference}
    assert {row["reference"] for row in rows_of(make(ask(person, filters={"status": "REJECTED"})))} == {ended.reference}


def test_own_firm_of_a_member_of_staff_is_not_exported(manager):
    case = CaseFactory(programme=ProgrammeFactory(), created_by=manager, submitted=True)
    assert case.organisation.memberships.filter(user=manager).exists()
    assert rows_of(make(ask(manager))) == []


def test_two_thousand_rows_stream_with_progress(manager, programme, django_assert_max_num_queries):
    many(programme, 2000)
    export = ask(manager)
    with django_assert_max_num_queries(30):
        make(export)
    assert export.row_count == export.rows_expected == 2000
    assert len(rows_of(export)) == 2000
    assert "-2000-rows.csv" in export.file_name


def many(programme, count):
    """`count` sent cases by few statements; each is the copy of one that its own moves have made."""
    model = CaseFactory(programme=programme, submitted=True)
    firms = Organisation.objects.bulk_create(
        Organisation(name=f"Firm {n} Ltd", name_key=f"FIRM {n}", created_at=STARTED) for n in range(count - 1)
    )
    cases = []
    for number, firm in enumerate(firms):
        copy = type(model).objects.get(pk=model.pk) if number == 0 else cases[0]
        values = {field.attname: getattr(copy, field.attname) for field in model._meta.concrete_fields}
        values |= {"id": None, "organisation_id": firm.pk, "creation_key": uuid.uuid4()}
        values["reference"] = f"BULK-{number:06d}".translate(str.maketrans("01", "XY"))
        cases.append(type(model)(**values))
    type(model).objects.bulk_create(cases)


# --- Workers --------------------------------------------------------------------------------------
def test_a_killed_worker_and_its_successor_make_one_ready_file(manager, programme, settings):
    CaseFactory(programme=programme, submitted=True)
    export = ask(manager)
    at = timezone.now()
    dead = Export.objects.claim(export.pk, at)
    assert Export.objects.claim(export.pk, at) is None
    Export.objects.filter(pk=export.pk).update(claimed_at=at - timedelta(seconds=settings.CLAIM_LIMIT_SECONDS + 1))
    make(export)
    assert export.is_ready
    assert export.attempts == 2
    # The dead worker wakes after all: its claim is no longer the row's, and nothing of it remains.
    assert not dead.finish(timezone.now(), file="exports/late.csv", file_name="late.csv")
    dead.note_progress(7, 7)
    export.refresh_from_db()
    assert (export.row_count, export.file_name.endswith("-1-rows.csv")) == (1, True)
    assert Event.objects.filter(kind="export.made").count() == 1


def test_an_orphaned_worker_leaves_no_second_file(manager, programme, settings, monkeypatch):
    """It is still at work when its claim has passed to another worker, which finishes first."""
    CaseFactory(programme=programme, submitted=True)
    export = ask(manager)
    save = type(export.file).save

    def slow_save(file, name, content, **kwargs):
        monkeypatch.undo()
        save(file, name, content, **kwargs)
        with time_machine.travel(timezone.now() + timedelta(hours=1)):
            tasks.make_export(export_id=str(export.pk))

    monkeypatch.setattr(type(export.file), "save", slow_save)
    make(export)
    assert export.is_ready
    assert export.attempts == 2
    assert stored(settings) == [export.file.name]


def test_making_it_twice_changes_nothing(manager, programme):
    CaseFactory(programme=programme, submitted=True)
    export = make(ask(manager))
    first = export.file.name
    make(export)
    assert export.file.name == first


def test_a_disk_that_takes_nothing_is_a_failure_that_is_tried_again(manager, settings, tmp_path):
    export, good = ask(manager), settings.MEDIA_ROOT
    (tmp_path / "full").write_text("a file where the folder should be")
    settings.MEDIA_ROOT = tmp_path / "full"
    with pytest.raises(OSError, match="directory"):
        tasks.make_export(export_id=str(export.pk))
    export.refresh_from_db()
    assert export.state == Export.State.QUEUED
    assert "Error" in export.error
    settings.MEDIA_ROOT = good
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert make(export).is_ready


def test_filters_that_no_longer_hold_fail_instead_of_giving_more(manager, programme):
    region = RegionFactory(programme=programme)
    CaseFactory(programme=programme, submitted=True)
    export = ask(manager, filters={"region": str(region.pk)})
    region.delete()
    with pytest.raises(ValueError, match="no longer"):
        tasks.make_export(export_id=str(export.pk))
    export.refresh_from_db()
    assert not export.file


def test_the_sweeper_sends_what_waits_and_deletes_what_is_old(manager, settings):
    owed, old = ask(manager), make(ask(manager))
    waiting()
    tasks.sweep(of_a_later_release=True)
    [told] = waiting()
    assert str(owed.pk) in told
    assert stored(settings) == [old.file.name]
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        tasks.sweep()
    old.refresh_from_db()
    assert old.is_gone
    assert old.file_name
    assert stored(settings) == []


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_told_on_commit(manager):
    waiting()
    export = ask(manager)
    [told] = waiting()
    assert str(export.pk) in told
