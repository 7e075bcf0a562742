"""What a firm allows to be done with its answers: each choice apart, changed at any time, nothing forgotten."""

from datetime import timedelta

import pytest
from django.urls import reverse

from diagnostics import actions, choices
from diagnostics.models import Consent
from diagnostics.views.consents import panel
from portal.models import Event

pytestmark = pytest.mark.django_db
JOINED = {"benchmark": True, "share": True, "contact": False}


@pytest.fixture
def address(case):
    return reverse("diagnostics:consent", args=[case.reference])


def choose(case, at, **choices):
    return actions.choose(case=case, choices=choices, by=case.created_by, at=at)


def test_what_was_said_when_joining_holds_until_it_is_changed(case, now):
    assert choices.choices_of(case) == JOINED
    choose(case, now, benchmark=False)
    assert choices.choices_of(case) == {**JOINED, "benchmark": False}
    choose(case, now + timedelta(days=1), benchmark=True, contact=True)
    assert choices.choices_of(case) == {"benchmark": True, "share": True, "contact": True}
    assert [(row.purpose, row.is_given) for row in Consent.objects.order_by("id")] == [
        ("benchmark", False),
        ("benchmark", True),
        ("contact", True),
    ]


def test_each_choice_is_told_with_the_day_it_is_from(case, now):
    later = now + timedelta(days=40)
    choose(case, later, benchmark=False)
    joined = case.submitted_at or case.created_at
    assert [(each.label, each.is_given, each.made_at) for each in choices.in_force(case)] == [
        ("Use our scores in anonymous comparisons", False, later),
        ("Share our result with the adviser and funder named", True, joined),
        ("Contact us about how things go", False, joined),
    ]


def test_the_same_choice_again_writes_nothing(case, now):
    assert choose(case, now, **JOINED) == []
    assert len(choose(case, now, contact=True)) == 1
    assert choose(case, now, contact=True) == []
    assert Event.objects.filter(kind="diagnostic.consent").count() == 1


def test_never_asked_is_no_choice(case):
    case.agrees_to_benchmark = None
    case.save(update_fields=["agrees_to_benchmark"])
    assert choices.choices_of(case) == {}
    assert panel(case)["form"] is not None
    assert panel(case)["choices"] == []


def test_asked_once_on_the_way_to_sending(firm, case, address):
    case.agrees_to_benchmark = None
    case.save(update_fields=["agrees_to_benchmark"])
    assert "checked" not in firm.get(address).content.decode()
    sent = firm.post(f"{address}?check", {"given": ["benchmark"]})
    assert sent.url == reverse("diagnostics:check", args=[case.reference])
    assert panel(case)["form"] is None
    assert choices.choices_of(case) == {"benchmark": True, "share": False, "contact": False}


def test_changed_at_any_time_with_its_history(firm, case, address):
    page = firm.get(address).content.decode()
    assert page.count("checked") == 2
    assert "When you joined" in page
    assert firm.post(address, {}).url == address
    page = firm.get(address).content.decode()
    assert "checked" not in page
    assert page.count("<strong>No</strong>") == 3
    assert page.count("<strong>Yes</strong>") == 2


def test_a_choice_that_nobody_offered_is_refused(firm, case, address):
    page = firm.post(address, {"given": ["sell_it"]})
    assert "Choose one of the options shown" in page.content.decode()
    assert not Consent.objects.exists()


def test_only_the_firm_chooses(signed_in, case, adviser, outsider, address):
    client = signed_in(adviser)
    page = client.get(address).content.decode()
    assert "Save my choices" not in page
    assert "<dd" in page
    assert client.post(address, {"given": []}).status_code == 403
    assert signed_in(outsider).get(address).status_code == 404
    assert not Consent.objects.exists()
