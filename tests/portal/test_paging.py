import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import DecimalField, F, Value
from django.db.models.functions import Cast, TruncDate

from applications.models import Case
from notifications.models import Message
from portal.paging import LONGEST_CURSOR, paginate
from programmes.models import Call, ProgrammeVersion
from tests.factories.applications import CaseFactory
from tests.factories.notifications import ASKED, MessageFactory
from tests.factories.programmes import CallFactory

pytestmark = pytest.mark.django_db


def cursor_of(*values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def walk(queryset, order, size=3):
    """Every page's rows, read from the first to the last."""
    cursor, pages = "", []
    while True:
        page = paginate(queryset, order=order, cursor=cursor, size=size)
        assert page.is_first == (not pages)
        pages.append(page.rows)
        cursor = page.next_cursor
        if not cursor:
            return pages


@pytest.mark.parametrize(
    "order", [["created_at", "id"], ["-created_at", "-id"], ["-created_at", "id"], ["kind", "-id"]]
)
def test_every_row_is_shown_once_over_ties(order):
    for number in range(10):
        MessageFactory(created_at=ASKED + timedelta(minutes=number // 4), kind="ab"[number % 2])

    pages = walk(Message.objects.all(), order)

    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert [row for page in pages for row in page] == list(Message.objects.order_by(*order))


def test_a_full_last_page_has_no_next():
    for _ in range(6):
        MessageFactory()
    assert [len(page) for page in walk(Message.objects.all(), ["id"])] == [3, 3]
    assert paginate(Message.objects.none(), order=["id"]).rows == []


def test_rows_that_arrive_meanwhile_shift_nothing():
    rows = [MessageFactory(created_at=ASKED + timedelta(minutes=number)) for number in range(4)]
    order = ["-created_at", "-id"]
    first = paginate(Message.objects.all(), order=order, size=2)
    MessageFactory(created_at=ASKED + timedelta(hours=1))

    second = paginate(Message.objects.all(), order=order, size=2, cursor=first.next_cursor)

    assert (first.rows, second.rows) == ([rows[3], rows[2]], [rows[1], rows[0]])


def test_orders_by_what_is_behind_a_relation():
    for name in "CABBA":
        CaseFactory(organisation__name=name)
    pages = walk(Case.objects.select_related("organisation"), ["organisation__name", "id"], size=2)
    assert [case.organisation.name for page in pages for case in page] == ["A", "A", "B", "B", "C"]


def test_orders_by_money_and_days():
    for number in range(5):
        CallFactory(budget=number // 2 + 0.5, slug=f"call-{number}")
    assert sum(len(page) for page in walk(Call.objects.all(), ["-budget", "id"], size=2)) == 5
    assert sum(len(page) for page in walk(ProgrammeVersion.objects.all(), ["valid_from", "id"], size=2)) == 5


@pytest.mark.parametrize(
    "value",
    [F("created_at"), TruncDate("created_at", tzinfo=UTC), F("creation_key"), F("programme_id"),
     Cast(F("id"), DecimalField(max_digits=12, decimal_places=2))],
)  # fmt: skip
def test_orders_by_an_annotation(value):
    for number in range(5):
        CaseFactory(created_at=datetime(2026, 11, 1 + number // 2, tzinfo=UTC))
    rows = Case.objects.annotate(by=value)
    assert [case for page in walk(rows, ["by", "id"], size=2) for case in page] == list(rows.order_by("by", "id"))


def test_the_cost_is_the_same_on_every_page(django_assert_num_queries):
    for _ in range(5):
        MessageFactory()
    first = paginate(Message.objects.all(), order=["id"], size=2)
    with django_assert_num_queries(1):
        paginate(Message.objects.all(), order=["id"], size=2, cursor=first.next_cursor)


BROKEN = [
    "x",
    "%%%",
    "é",
    "\0",
    cursor_of(),
    cursor_of("2026-11-02T09:00:00+00:00"),
    cursor_of(1, 2, 3),
    cursor_of(None, None),
    cursor_of(1.5, 2.5),
    cursor_of(["a"], {"b": 1}),
    cursor_of("nul\0", "nul\0"),
    cursor_of("\ud800", "\ud800"),
    cursor_of(10**40, 10**40),
    cursor_of(-(10**18), -(10**18)),
    cursor_of("9" * 300, "9" * 300),
    cursor_of("NaN", "NaN"),
    cursor_of("sNaN", "Infinity"),
    cursor_of("1e999999", "1e999999"),
    cursor_of("1e-999999", "x"),
    cursor_of("30 February", "30 February"),
    cursor_of("2026-02-30", "2026-02-30"),
    cursor_of("2026-11-02T09:00:00", "2026-11-02T09:00:00"),
    cursor_of("2026-11-02T25:00:00+00:00", "9"),
    cursor_of("' OR 1=1 --", "'; DROP TABLE portal_event; --"),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    base64.urlsafe_b64encode(b"[" * 700).decode(),
    base64.urlsafe_b64encode(b"[" * 60000).decode(),
    base64.urlsafe_b64encode(b'{"a": 1}').decode(),
    "A" * (LONGEST_CURSOR + 1),
]


@pytest.mark.parametrize("cursor", BROKEN)
@pytest.mark.parametrize(
    ("model", "order"),
    [
        (Message, ["-created_at", "-id"]),
        (Case, ["created_at", "id"]),
        (Call, ["budget", "id"]),
        (ProgrammeVersion, ["valid_from", "id"]),
    ],
)
def test_a_tampered_cursor_gives_the_first_page(model, order, cursor):
    MessageFactory()
    CaseFactory()
    CallFactory()
    page = paginate(model.objects.all(), order=order, cursor=cursor)
    assert page.is_first
    assert page.rows == list(model.objects.order_by(*order))


@pytest.mark.parametrize("cursor", BROKEN)
def test_a_tampered_cursor_never_breaks_a_list(cursor):
    """Where any text or number is a fair value, the page may be empty, but it is a page."""
    MessageFactory()
    rows = Message.objects.annotate(size=Value(1), day=TruncDate("created_at"))
    for order in (["kind", "to"], ["attempts", "kind"], ["size", "day"], ["day", "id"]):
        paginate(rows, order=order, cursor=cursor)
