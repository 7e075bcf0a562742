from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from organisations.models import AidRecord, Organisation, Ownership


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence("Firm {} Limited".format)
    name_key = factory.Sequence("FIRM {}".format)
    company_number = factory.Sequence(lambda n: f"{n + 1:08d}")
    sic_codes = ["25620"]
    postcode = "PR1 2HE"
    address = "1 Mill Lane, Preston"
    created_at = datetime(2026, 11, 1, tzinfo=UTC)


class OwnershipFactory(DjangoModelFactory):
    """`other` holds 60 % of `firm`."""

    class Meta:
        model = Ownership

    firm = factory.SubFactory(OrganisationFactory)
    other = factory.SubFactory(OrganisationFactory)
    direction = Ownership.Direction.HOLDS_US
    capital_percent = Decimal(60)
    votes_percent = Decimal(60)
    recorded_at = datetime(2026, 11, 1, tzinfo=UTC)


class AidRecordFactory(DjangoModelFactory):
    """£1,000 of declared Minimal Financial Assistance."""

    class Meta:
        model = AidRecord

    organisation = factory.SubFactory(OrganisationFactory)
    basis = AidRecord.Basis.MFA
    amount = Decimal(1000)
    currency = "GBP"
    amount_gbp = factory.LazyAttribute(lambda row: row.amount if row.currency == "GBP" else None)
    amount_eur = factory.LazyAttribute(lambda row: row.amount if row.currency == "EUR" else None)
    on = date(2026, 6, 1)
    source = AidRecord.Source.DECLARED
    state = AidRecord.State.GIVEN
    recorded_at = datetime(2026, 11, 1, tzinfo=UTC)
