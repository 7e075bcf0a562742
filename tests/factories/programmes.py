from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

import factory
from factory.django import DjangoModelFactory

from programmes import loading
from programmes.models import Call, Instrument, Programme, ProgrammeVersion, Region

# The smallest rules that the loader writes: any manufacturer of a kind named here, in Preston.
RULES = {
    "country": "GB",
    "currency": "GBP",
    "euro_rate": "1.15",
    "size": {
        "employees": 250,
        "turnover": "44000000.00",
        "balance_sheet": "38500000.00",
        "operator": "lt",
        "groups": True,
        "two_years": False,
        "exclude_public_control": False,
    },
    "sectors": ["C"],
    "legal_forms": {"allowed": ["company", "llp", "partnership", "sole_trader"], "refer": ["charity"]},
    "places": ["E07000123"],
    "aid": {"basis": "mfa", "limit": "315000.00"},
    "strands": [],
}
OPENS = datetime(2026, 1, 1, tzinfo=UTC)
CLOSES = datetime(2036, 1, 1, tzinfo=UTC)


class ProgrammeFactory(DjangoModelFactory):
    """An open programme with one rules version; its rules are the smallest that the loader accepts."""

    class Meta:
        model = Programme
        skip_postgeneration_save = True

    slug = factory.Sequence("programme-{}".format)
    prefix = factory.Sequence(lambda n: f"P{n}")
    name = factory.Sequence("Programme {}".format)
    short_name = factory.Sequence("Programme {}".format)
    summary = "Helps manufacturers go digital."
    status = Programme.Status.OPEN
    country = "GB"
    currency = "GBP"
    time_zone = "Europe/London"
    languages = ["en-gb"]
    colour = "#1d70b8"
    promise_days = {"lead": 2, "application": 10}
    funnel = [
        {"stage": "eligible", "target": 15000, "source": "estimate"},
        {"stage": "one_to_one", "target": 1500, "source": "target"},
        {"stage": "engaged", "target": 300, "source": "target"},
        {"stage": "funded", "target": 60, "source": "target"},
    ]
    contact_email = "help@programme.example"

    @factory.post_generation
    def version(self, create, extracted, **kwargs):
        ProgrammeVersion.objects.create(
            programme=self, number="2026-01-01", valid_from=date(2026, 1, 1),
            document=extracted or {"eligibility": RULES, "terms": {}}, sha256="0" * 64, loaded_at=OPENS,
        )  # fmt: skip


class RegionFactory(DjangoModelFactory):
    class Meta:
        model = Region

    programme = factory.SubFactory(ProgrammeFactory)
    slug = factory.Sequence("region-{}".format)
    name = factory.Sequence("Region {}".format)


class InstrumentFactory(DjangoModelFactory):
    class Meta:
        model = Instrument

    programme = factory.SubFactory(ProgrammeFactory)
    slug = factory.Sequence("instrument-{}".format)
    name = "Match funding"
    kind = Instrument.Kind.GRANT
    summary = "Half of what you spend, up to £20,000."


class CallFactory(DjangoModelFactory):
    class Meta:
        model = Call

    instrument = factory.SubFactory(InstrumentFactory)
    slug = "rolling"
    name = "Rolling call"
    opens_at = OPENS
    closes_at = CLOSES
    budget = Decimal(100000)
    currency = "GBP"
    terms = factory.LazyFunction(
        lambda: {"rate": "50", "cap": "20000", "categories": ["capital_equipment", "software"]}
    )
    criteria = factory.LazyFunction(
        lambda: [
            {"code": "need", "title": "Need", "help": "Does the firm need it?", "weight": 1},
            {"code": "value", "title": "Value", "help": "Is it worth the money?", "weight": 1},
        ]
    )


@cache
def _files():
    return loading.read_all(sorted(loading.FOLDER.glob("*.yaml")))


def load_programmes():
    """The programmes that come with the portal, as the command loads them; by slug."""
    loading.load(_files(), at=OPENS)
    return {programme.slug: programme for programme in Programme.objects.all()}
