from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest

from eligibility import ledger
from tests.factories.accounts import UserFactory
from tests.factories.organisations import OrganisationFactory, OwnershipFactory
from tests.reference import load_reference

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
MFA = {"basis": "mfa", "limit": "315000.00"}
DE_MINIMIS = {"basis": "de_minimis", "limit": "300000.00"}
VECTORS = load_reference("domain/vectors.json")


def vectors(name):
    return [pytest.param(vector, id=vector["id"]) for vector in VECTORS[name]]


def check(vector, rule, currency):
    """Every entry is another member's, so that the group is what counts."""
    firm, owner, on = OrganisationFactory(), UserFactory(), date.fromisoformat(vector["on"])
    for day, amount in vector["history"]:
        member = OwnershipFactory(firm=firm).other
        ledger.declare(
            member, amount=D(amount), currency=currency, on=date.fromisoformat(day), basis=rule["basis"], by=owner,
            at=AT,
        )  # fmt: skip
    ledger.state_all(firm, on=on, by_firm=True, wording="That is all.", by=owner, at=AT)
    found = ledger.headroom_for(firm, rule, on)
    assert found.counted == D(vector["counted"])
    assert found.complete
    if "headroom" in vector:
        assert found.left == D(vector["headroom"])
    assert (D(vector["new"]) <= found.left) == (vector["expected"] == "ok")
    assert ledger.most_left(firm, rule, on) == found.left


@pytest.mark.parametrize("vector", vectors("uk_mfa"))
def test_minimal_financial_assistance(vector):
    check(vector, MFA, "GBP")


@pytest.mark.parametrize("vector", vectors("eu_de_minimis"))
def test_de_minimis(vector):
    check(vector, DE_MINIMIS, "EUR")
