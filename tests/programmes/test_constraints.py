from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from programmes.models import ProgrammeVersion
from tests.factories.programmes import OPENS, CallFactory, ProgrammeFactory, RegionFactory

pytestmark = pytest.mark.django_db


def version(programme, day, number):
    return ProgrammeVersion.objects.create(
        programme=programme, number=number, valid_from=day, document={"eligibility": {"of": number}}, sha256="0" * 64,
        loaded_at=OPENS,
    )  # fmt: skip


def test_a_version_is_known_by_its_number():
    programme = ProgrammeFactory()
    second = version(programme, date(2026, 7, 1), "2026-07-01")
    assert second.eligibility == {"of": "2026-07-01"}
    assert str(second) == f"{programme.slug}/2026-07-01"


@pytest.mark.parametrize(
    ("day", "number", "name"),
    [(date(2026, 7, 1), "2026-01-01", "one_version_per_number"), (date(2026, 1, 1), "x", "one_version_per_day")],
)
def test_two_versions_for_one_day_or_number_are_refused(day, number, name):
    programme = ProgrammeFactory()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        version(programme, day, number)


def test_a_region_has_its_name_in_the_address_once():
    region = RegionFactory()
    with pytest.raises(IntegrityError, match="one_region_per_slug"), transaction.atomic():
        RegionFactory(programme=region.programme, slug=region.slug)


def test_a_call_closes_after_it_opens_and_holds_no_debt():
    with pytest.raises(IntegrityError, match="call_closes_after_it_opens"), transaction.atomic():
        CallFactory(closes_at=OPENS)
    with pytest.raises(IntegrityError, match="call_budget_not_negative"), transaction.atomic():
        CallFactory(budget=Decimal("-0.01"))
