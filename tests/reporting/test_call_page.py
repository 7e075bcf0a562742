"""The public page of one call: what it says of money, time and chances, and when it keeps silent."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from applications.models import Case
from funding.models import GrantApplication
from programmes.models import Call
from tests.factories.applications import CaseFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import CallFactory, InstrumentFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db
Status = GrantApplication.Status


@pytest.fixture
def call(db):
    return CallFactory(
        slug="spring", name="Spring call", instrument=InstrumentFactory(programme=ProgrammeFactory(slug="northern")),
        budget_lines=[{"funder": "Region", "from": "2026-04-01", "to": "2027-03-31", "amount": "100000.00"}],
        claim_terms={"retention_percent": "10", "cap_percent": "90", "months": 1},
    )  # fmt: skip


def decided(call, count, offers, days=12):
    """So many applications that were decided, all after `days`."""
    case = CaseFactory(programme=call.instrument.programme, accepted=True)
    sent = timezone.now() - timedelta(days=40)
    told = {
        "submitted_at": sent, "submitted_by": case.created_by, "decided_at": sent + timedelta(days=days),
        "decided_by": case.created_by,
    }  # fmt: skip
    for index in range(count):
        row = GrantApplicationFactory(case=case, call=call, lines=[])
        status = Status.APPROVED if index < offers else Status.DECLINED
        GrantApplication.objects.filter(pk=row.pk).update(status=status, **told)
    return case


def test_money_dates_terms_and_criteria_are_told(client, call):
    page = client.get("/programmes/northern/calls/spring/").text
    for words in (
        "Spring call", "£100,000 of £100,000", "Pays 50% of the costs it supports", "Does the firm need it?",
        "50&nbsp;%",
        "1 assessor scores the application.", "Your firm alone.", "A claim every month.", "Region: £100,000",
        "10% of each claim is held back until the final one.",
        "At most 90% of the grant is paid before the final claim.",
        "There are too few decisions to say how long they usually take.",
    ):  # fmt: skip
        assert words in page, words
    assert "/programmes/northern/calls/spring/" in client.get("/programmes/northern/").text


def test_time_and_chances_are_told_once_there_are_enough(client, call):
    decided(call, 5, 4)
    page = client.get("/programmes/northern/calls/spring/")
    assert (page.context["days"], page.context["success"]) == (12, None)
    decided(call, 5, 3, days=20)
    page = client.get("/programmes/northern/calls/spring/")
    assert (page.context["days"], page.context["success"]) == (16, 70)
    assert "70% of the decided applications got an offer." in page.text


def test_what_staff_try_out_is_in_no_figure(client, call):
    case = decided(call, 10, 5)
    waiting = GrantApplicationFactory(case=case, call=call)
    owner = {"submitted_at": timezone.now(), "submitted_by": case.created_by}
    GrantApplication.objects.filter(pk=waiting.pk).update(status=Status.SUBMITTED, **owner)
    assert client.get("/programmes/northern/calls/spring/").context["money"].waiting == 1
    Case.objects.update(is_test=True)
    found = client.get("/programmes/northern/calls/spring/").context
    assert (found["days"], found["success"], found["money"].waiting) == (None, None, 0)


def test_a_draft_and_another_programmes_call_are_not_found(client, call):
    ProgrammeFactory(slug="southern")
    assert client.get("/programmes/southern/calls/spring/").status_code == 404
    Call.objects.update(is_draft=True)
    assert client.get("/programmes/northern/calls/spring/").status_code == 404
    assert "Spring call" not in client.get("/programmes/northern/").text


def test_a_call_that_is_over_or_to_come_says_so(client, call):
    now = timezone.now()
    Call.objects.update(opens_at=now + timedelta(days=2))
    assert "Opens soon" in client.get("/programmes/northern/calls/spring/").text
    Call.objects.update(opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=2))
    page = client.get("/programmes/northern/calls/spring/").text
    assert ">Closed<" in page
    assert "Check if you can get support" not in page


def test_the_same_queries_whatever_was_decided(client, call, django_assert_max_num_queries):
    decided(call, 12, 6)
    call.budget -= Decimal(1)
    with django_assert_max_num_queries(12):
        client.get("/programmes/northern/calls/spring/")


def test_automatic_support_is_scored_by_nobody(client, call):
    Call.objects.update(
        reviews_needed=0, needs_outline=True,
        partner_terms={"forms": ["SINGLE", "COLLABORATIVE"], "most": 2, "most_percent": "70"},
    )  # fmt: skip
    page = client.get("/programmes/northern/calls/spring/").text
    for words in (
        "nobody scores the application",
        "A short outline comes first",
        "2 partners at most.",
        "more than 70%",
    ):
        assert words in page
    assert "What assessors look at" not in page
    Call.objects.update(reviews_needed=2, is_blind=True)
    assert "Assessors see neither names nor files." in client.get("/programmes/northern/calls/spring/").text
