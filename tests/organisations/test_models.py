from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from organisations.models import SizeDeclaration
from tests.factories.organisations import OrganisationFactory

pytestmark = pytest.mark.django_db


def test_a_company_number_belongs_to_one_firm():
    firm = OrganisationFactory(name="Mill Forge", company_number="01234567")
    with pytest.raises(IntegrityError, match="one_firm_per_company_number"), transaction.atomic():
        OrganisationFactory(company_number="01234567")
    assert str(firm) == "Mill Forge"


def test_many_firms_have_no_company_number():
    for _ in range(2):
        OrganisationFactory(company_number="")


def test_a_size_is_of_a_day():
    firm = OrganisationFactory(name="Mill Forge")
    size = SizeDeclaration.objects.create(
        organisation=firm, currency="GBP", declared_at=datetime(2026, 11, 2, 9, tzinfo=UTC)
    )
    assert str(size) == "Mill Forge on 2026-11-02"
    assert (size.employees, size.turnover, size.in_group, size.source) == (None, None, None, "ESTIMATE")
