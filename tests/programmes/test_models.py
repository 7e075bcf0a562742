from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from programmes.models import Call, Instrument, Programme, ProgrammeVersion, Text
from tests.factories.programmes import (
    CLOSES,
    OPENS,
    CallFactory,
    InstrumentFactory,
    ProgrammeFactory,
    RegionFactory,
)

pytestmark = pytest.mark.django_db


def version(programme, day, number):
    return ProgrammeVersion.objects.create(
        programme=programme, number=number, valid_from=day, document={"eligibility": {"of": number}}, sha256="0" * 64,
        loaded_at=OPENS,
    )  # fmt: skip


def test_what_is_listed_and_what_is_open():
    closed = ProgrammeFactory(status=Programme.Status.CLOSED)
    soon = ProgrammeFactory(status=Programme.Status.PREVIEW, position=2)
    running = ProgrammeFactory(position=1, name="B")
    also = ProgrammeFactory(position=1, name="A")
    assert list(Programme.objects.listed()) == [also, running, soon]
    assert set(Programme.objects.open()) == {running, also}
    assert closed.get_absolute_url() == f"/programmes/{closed.slug}/"
    assert str(also) == "A"


def test_the_day_is_that_of_the_programmes_own_place():
    programme = ProgrammeFactory(time_zone="Europe/Stockholm")
    assert programme.zone == ZoneInfo("Europe/Stockholm")
    assert programme.local_date(datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == date(2026, 11, 23)


def test_what_others_show_of_it():
    programme = ProgrammeFactory(name="Long name", short_name="Short", colour="#12436d", contact_email="help@p.example")
    assert programme.branding == {
        "name": "Long name", "short_name": "Short", "colour": "#12436d", "email": "help@p.example",
    }  # fmt: skip


def test_the_rules_of_a_day():
    programme = ProgrammeFactory()
    first, second = programme.versions.get(), version(programme, date(2026, 7, 1), "2026-07-01")
    assert programme.terms_on(date(2026, 6, 30)) == first
    assert programme.terms_on(date(2026, 7, 1)) == second
    assert programme.terms_on(date(2020, 1, 1)) == first, "the oldest, for a day before all"
    assert second.eligibility == {"of": "2026-07-01"}
    assert str(second) == f"{programme.slug}/2026-07-01"


@pytest.mark.parametrize(
    ("day", "number", "name"),
    [(date(2026, 7, 1), "2026-01-01", "one_version_per_number"), (date(2026, 1, 1), "x", "one_version_per_day")],
)
def test_two_rules_for_one_day_are_none(day, number, name):
    programme = ProgrammeFactory()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        version(programme, day, number)


def test_a_region_an_instrument_and_a_text_are_known_by_name():
    region = RegionFactory(name="Lancashire")
    assert str(region) == "Lancashire"
    with pytest.raises(IntegrityError, match="one_region_per_slug"), transaction.atomic():
        RegionFactory(programme=region.programme, slug=region.slug)
    instrument = InstrumentFactory(name="Match funding", kind=Instrument.Kind.VOUCHER)
    assert str(instrument) == "Match funding"
    assert instrument.gives_money
    assert not InstrumentFactory(kind=Instrument.Kind.ADVICE).gives_money
    text = Text.objects.create(programme=region.programme, key="mail.x.body", language="cy", body="B")
    assert str(text) == f"{region.programme.slug} mail.x.body (cy)"


class TestCall:
    def test_it_is_open_from_its_first_moment_until_before_its_last(self):
        call = CallFactory()
        second = timedelta(seconds=1)
        for at, is_open in ((OPENS - second, False), (OPENS, True), (CLOSES - second, True), (CLOSES, False)):
            assert call.is_open(at) is is_open
            assert Call.objects.open_at(at).exists() is is_open
        assert str(call) == "Rolling call"

    def test_it_closes_after_it_opens_and_holds_no_debt(self):
        with pytest.raises(IntegrityError, match="call_closes_after_it_opens"), transaction.atomic():
            CallFactory(closes_at=OPENS)
        with pytest.raises(IntegrityError, match="call_budget_not_negative"), transaction.atomic():
            CallFactory(budget=Decimal("-0.01"))
