"""The demonstration's way through match funding, walked without the firms that stay before it."""

from collections import Counter
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from applications.models import Case
from demo import people, world
from demo.sharing import NAME
from funding.invariants import broken
from funding.models import (
    Appeal,
    Award,
    BankAccount,
    Claim,
    Comment,
    Decision,
    FraudFlag,
    GrantApplication,
    Partner,
    PaymentRun,
    ReviewInvitation,
    Variation,
)
from programmes.models import Call, Programme

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def how_many(model):
    return Counter(model.objects.values_list("status", flat=True))


@pytest.fixture
def build(settings, monkeypatch):
    settings.DEMO = True
    call_command("load_programmes", verbosity=0, stdout=StringIO())
    call_command("load_questionnaires", verbosity=0, stdout=StringIO())
    monkeypatch.setattr(world, "STAGES", {"grant_sent": 1, "assessed": 1, "awarded": 1})
    programmes = [Programme.objects.get(slug=slug) for slug in world.MONEY]
    staff = people.make_people(programmes=programmes, at=NOW)
    return lambda: world.build(programmes=programmes, staff=staff, now=NOW)


def test_match_funding_is_met_in_every_state(build):
    made = build()

    assert made == 2 * 3 + 1 + sum(map(len, world.MONEY.values()))
    assert list(broken(NOW)) == []
    firsts = GrantApplication.objects.filter(case__programme__slug="made-smarter-north-west")
    assert firsts.exclude(score=None).count() >= 8
    assert how_many(GrantApplication) == {
        "DRAFT": 1, "SUBMITTED": 2, "RETURNED": 1, "ASSESSED": 2, "RESERVE": 1, "DECLINED": 1, "APPROVED": 7
    }  # fmt: skip
    assert set(GrantApplication.objects.get(status="RETURNED").sent_back) == {"project", "milestones"}
    assert how_many(Award) == {"ACCEPTED": 6, "COMPLETED": 1}
    waiting = Award.objects.filter(status="ACCEPTED", started_at=None)
    assert {award.conditions.get(before_start=True).shown_at is not None for award in waiting} == {True}
    assert how_many(Claim) == {"DRAFT": 1, "SUBMITTED": 1, "QUERIED": 1, "CHECKED": 1, "APPROVED": 1, "PAID": 2}
    assert how_many(PaymentRun) == {"CLOSED": 2, "RELEASED": 1}
    assert how_many(BankAccount) == {"HELD": 1, "IN_USE": 4}
    assert how_many(Variation) == {"ASKED": 1, "AGREED": 1}
    assert how_many(Appeal) == {"MADE": 1}
    assert how_many(Decision)["DRAFT"] == 1
    assert how_many(ReviewInvitation)["INVITED"] == 2
    assert FraudFlag.objects.open().filter(rule="same_invoice").count() == 1
    assert Comment.objects.filter(for_adviser=True, settled_at=None).count() == 1
    assert how_many(Partner) == {"ACCEPTED": 1, "INVITED": 1}
    assert Partner.objects.get(name=NAME).contact.email == "partner@demo.example"
    assert Call.objects.get(is_draft=True).copied_from.slug == "match-funding-2026"

    mine = Case.objects.get(created_by__email="owner@demo.example")
    assert mine.grant_applications.get().plan_action is not None
    assert Claim.objects.get(award__application__case=mine).status == Claim.Status.QUERIED

    assert build() == 0
