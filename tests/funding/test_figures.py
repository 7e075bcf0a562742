from decimal import Decimal

import pytest

from funding.figures import budget_of, budgets
from tests.factories.applications import CaseFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import CallFactory, InstrumentFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db


def test_money_of_a_call():
    offered = GrantApplicationFactory(approved=True)
    call, programme = offered.call, offered.case.programme

    def another(**trait):
        return GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), call=call, **trait)

    another(accepted=True)
    another(approved=True).award.lapse(by=None, at=offered.created_at)
    another(submitted=True)
    another(assessed=True)
    another()
    found = budget_of(call)
    assert (found.budget, found.allocated, found.committed, found.left) == (100000, 30000, 15000, 70000)
    assert (found.awards, found.waiting, found.currency) == (2, 2, "GBP")


def test_call_without_awards_has_all_of_its_money():
    found = budget_of(CallFactory())
    assert (found.allocated, found.committed, found.left) == (Decimal(0), Decimal(0), Decimal(100000))


def test_one_query_however_many_calls(django_assert_num_queries):
    programmes = [ProgrammeFactory() for _number in range(3)]
    for programme in programmes:
        for number in range(10):
            CallFactory(instrument=InstrumentFactory(programme=programme), slug=f"call-{number}")
    CallFactory()
    ids = [programme.pk for programme in programmes]
    with django_assert_num_queries(1):
        found = budgets(ids)
        assert {row.call.instrument.programme.pk for row in found} == set(ids)
    assert len(found) == 30
    assert budgets([]) == []
