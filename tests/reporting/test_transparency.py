from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from funding.models import Award
from funding.rules.transparency import Route
from programmes.models import Text
from reporting.transparency import AWARD_COLUMNS, MFA_COLUMNS, entries
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory, accept, approve
from tests.factories.programmes import CallFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db
PAGE = reverse("reporting:transparency")


@pytest.fixture
def programme():
    programme = ProgrammeFactory(version={"eligibility": {"aid": {"basis": "mfa", "limit": "315000.00"}}})
    Text.objects.create(programme=programme, key="subsidy.authority", language="en-gb", body="Made-up Council")
    return programme


def awarded(programme, amount="120000.01", **case):
    case = CaseFactory(programme=programme, accepted=True, **case)
    terms = {"rate": "50", "categories": ["capital_equipment"]}
    call = CallFactory(instrument__programme=programme, budget=Decimal(9_000_000), terms=terms)
    lines = [{"net": Decimal(amount) * 2, "vat": Decimal(0)}]
    application = GrantApplicationFactory(case=case, call=call, lines=lines, assessed=True)
    award = approve(application)
    accept(award)
    return Award.objects.get(pk=award.pk)


@pytest.fixture
def manager(programme, client):
    client.force_login(AssignmentFactory(programme=programme, role=Role.MANAGER).user)
    return client


def sheet_of(response):
    book = openpyxl.load_workbook(BytesIO(response.content))
    assert book.sheetnames == ["Upload Template"]
    return [[cell.value for cell in row] for row in book["Upload Template"].iter_rows()]


def test_the_columns_are_as_many_as_the_templates_have():
    assert (len(AWARD_COLUMNS), len(MFA_COLUMNS)) == (24, 9)


def test_small_aid_in_whole_pounds_rounded_up(manager, programme):
    award = awarded(programme)
    assert award.publish_by == date(2027, 2, 9)
    page = manager.get(PAGE)
    assert "Minimal Financial Assistance" in page.text
    header, row = sheet_of(manager.get(reverse("reporting:transparency-file", args=["mfa"])))
    assert header == list(MFA_COLUMNS)
    firm = award.application.case.organisation
    assert row == [
        "No", "No", None, 120001, row[4], "Made-up Council", firm.name, "Company Registration Number",
        firm.company_number,
    ]  # fmt: skip
    assert row[4].date() == WRITTEN.date()
    assert sheet_of(manager.get(reverse("reporting:transparency-file", args=["awards"])))[1:] == []


def test_one_on_its_own_and_one_under_a_scheme(client):
    programme = ProgrammeFactory(version={"eligibility": {}})
    Text.objects.create(programme=programme, key="subsidy.authority", language="en-gb", body="Made-up Council")
    award = awarded(programme, "20000.55")
    client.force_login(AssignmentFactory(programme=programme, role=Role.MANAGER).user)
    Award.objects.update(publish_by=timezone.localdate())
    entry = entries([award])[0]
    shown = dict(zip(AWARD_COLUMNS, [read(entry) for read in AWARD_COLUMNS.values()], strict=True))
    assert (shown["Standalone award"], shown["Subsidy Control (SC) number"]) == ("Yes", "")
    assert shown["Exact amount"] == Decimal("20000.55")
    assert shown["Specific policy objective"] == programme.summary
    assert shown["Legal granting date"] == WRITTEN.date()
    for key, body in (("subsidy.scheme_number", "SC10780"), ("subsidy.scheme_title", "Help for makers")):
        Text.objects.create(programme=programme, key=key, language="en-gb", body=body)
    entry = entries([Award.objects.get()])[0]
    assert entry.route is Route.SCHEME
    shown = dict(zip(AWARD_COLUMNS, [read(entry) for read in AWARD_COLUMNS.values()], strict=True))
    assert shown["Standalone award"] == "No"
    assert shown["Subsidy Control (SC) number"] == "SC10780"
    assert shown["Specific policy objective"] == shown["Authority URL"] == ""


def test_what_is_missing_is_said_and_left_out_of_the_file(manager, programme):
    Text.objects.all().delete()
    award = awarded(programme)
    award.application.case.organisation.company_number = ""
    award.application.case.organisation.save()
    page = manager.get(PAGE)
    assert "the firm’s company number" in page.text
    assert "the authority’s name" in page.text
    assert len(sheet_of(manager.get(reverse("reporting:transparency-file", args=["mfa"])))) == 1
    assert "this is missing" in manager.get(reverse("reporting:publish", args=[award.pk])).text


def test_its_number_is_noted_once(manager, programme):
    award = awarded(programme)
    Award.objects.update(publish_by=timezone.localdate() - timedelta(days=9))
    assert "Late" in manager.get(PAGE).text
    page = reverse("reporting:publish", args=[award.pk])
    assert "Enter the number" in manager.post(page, {"reference": ""}).text
    for _click in range(2):
        assert manager.post(page, {"reference": "MFA-77"}).url == PAGE
    assert "Nothing here" in manager.get(PAGE).text
    assert "MFA-77" in manager.get(PAGE, {"done": ""}).text


def test_an_auditor_reads_and_notes_nothing(client, programme):
    award = awarded(programme)
    page = reverse("reporting:publish", args=[award.pk])
    client.force_login(AssignmentFactory(programme=programme, role=Role.AUDITOR).user)
    assert "<form" not in client.get(page).text.split("<main")[1]
    assert client.post(page, {"reference": "MFA-77"}).status_code == 403
    award.refresh_from_db()
    assert award.published_at is None


def test_who_may_not_export_does_not_find_it(client, programme):
    award = awarded(programme)
    client.force_login(AssignmentFactory(programme=programme, role=Role.ADVISER).user)
    for path in (
        PAGE,
        reverse("reporting:transparency-file", args=["mfa"]),
        reverse("reporting:publish", args=[award.pk]),
    ):
        assert client.get(path).status_code == 404
    client.force_login(AssignmentFactory(role=Role.MANAGER).user)
    assert client.get(reverse("reporting:publish", args=[award.pk])).status_code == 404
    assert client.get(reverse("reporting:transparency-file", args=["taxes"])).status_code == 404


def test_as_many_queries_for_three_awards_as_for_one(manager, programme):
    awarded(programme)
    with CaptureQueriesContext(
        connection,
    ) as one:
        manager.get(PAGE)
    awarded(programme, "110000.00")
    awarded(programme, "105000.00")
    with CaptureQueriesContext(connection) as three:
        manager.get(PAGE)
    assert len(three) == len(one) <= 15 + 6  # the rail's counts besides
