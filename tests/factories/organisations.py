from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from organisations.models import Organisation


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
