"""A first look of ten questions of the diagnostic, as its own questionnaire."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from diagnostics import loading
from diagnostics.models import FirstLook
from programmes.models import Instrument
from tests.factories.diagnostics import questionnaire
from tests.factories.programmes import InstrumentFactory, ProgrammeFactory

STARTED = datetime(2026, 11, 2, 9, tzinfo=UTC)
CODE = "industry-4-first-look"
ANSWERS = dict.fromkeys(("PE03", "PE06", "MS03", "MS09", "SC03", "CI01", "PI01", "PI02", "FN01"), 2) | {"MS06": 1}
FACTS = {"employees": "32", "sector": "fabricated_metal", "goals": ["productivity"]}


def first_look_questions():
    """Published once; the diagnostic that it belongs to is published with it."""
    questionnaire()
    version, _is_new = loading.load(document=loading.read(loading.DATA / f"{CODE}.yaml"), at=STARTED)
    return version


def with_diagnostic(programme=None):
    """A programme that has a diagnostic."""
    programme = programme or ProgrammeFactory()
    InstrumentFactory(programme=programme, kind=Instrument.Kind.DIAGNOSTIC)
    return programme


class FirstLookFactory(DjangoModelFactory):
    """One with every question answered."""

    class Meta:
        model = FirstLook

    programme = factory.LazyFunction(with_diagnostic)
    version = factory.LazyFunction(first_look_questions)
    facts = factory.LazyFunction(lambda: dict(FACTS))
    answers = factory.LazyFunction(lambda: dict(ANSWERS))
    started_at = STARTED
    changed_at = STARTED
