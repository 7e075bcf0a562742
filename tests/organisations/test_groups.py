from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from organisations import groups
from organisations.models import Ownership
from tests.factories.organisations import OrganisationFactory, OwnershipFactory

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 22)


@pytest.fixture
def firms():
    return [OrganisationFactory() for _ in range(4)]


def ids(*firms):
    return frozenset(firm.pk for firm in firms)


def test_a_firm_alone_is_its_own_group(firms):
    assert groups.group_ids(firms[0], ON) == ids(firms[0])


def test_chains_in_either_direction(firms):
    a, b, c, d = firms
    OwnershipFactory(firm=a, other=b)
    OwnershipFactory(firm=b, other=c, direction=Ownership.Direction.WE_HOLD)
    for firm in (a, b, c):
        assert groups.group_ids(firm, ON) == ids(a, b, c)
    assert groups.group_ids(d, ON) == ids(d)


def test_a_circle_ends(firms):
    a, b, c, _d = firms
    for firm, other in ((a, b), (b, c), (c, a)):
        OwnershipFactory(firm=firm, other=other)
    assert groups.group_ids(b, ON) == ids(a, b, c)


@pytest.mark.parametrize(
    ("values", "together"),
    [
        ({"capital_percent": Decimal(50), "votes_percent": Decimal(50)}, False),
        ({"capital_percent": None, "votes_percent": Decimal("50.01")}, True),
        ({"capital_percent": None, "votes_percent": None}, False),
        ({"capital_percent": None, "votes_percent": None, "controls": True}, True),
        ({"holder_kind": "person"}, False),
        ({"from_on": ON}, True),
        ({"from_on": date(2026, 11, 23)}, False),
        ({"to_on": ON}, True),
        ({"to_on": date(2026, 11, 21)}, False),
        ({"ended_at": datetime(2026, 11, 20, tzinfo=UTC)}, False),
        ({"ended_at": datetime(2026, 11, 20, tzinfo=UTC), "to_on": ON}, True),
    ],
)
def test_what_ties_two_firms(firms, values, together):
    a, b, *_rest = firms
    OwnershipFactory(firm=a, other=b, **values)
    assert groups.group_ids(a, ON) == (ids(a, b) if together else ids(a))


def test_a_person_between_them_ties_firms_for_their_size_alone(firms):
    a, b, *_rest = firms
    OwnershipFactory(firm=a, other=b, through_person="The owner of both")
    assert groups.group_ids(a, ON) == ids(a)
    assert groups.group_ids(a, ON, through_persons=True) == ids(a, b)


def test_a_name_is_no_member(firms):
    OwnershipFactory(firm=firms[0], other=None, other_name="Northern Holding")
    assert groups.group_ids(firms[0], ON) == ids(firms[0])


def test_the_lock_takes_every_member(firms):
    a, b, *_rest = firms
    OwnershipFactory(firm=b, other=a)
    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        assert groups.lock_group(b, ON) == ids(a, b)
    assert [query for query in queries.captured_queries if "FOR NO KEY UPDATE" in query["sql"]]
