"""Keyset paging: the same cost on page 1 and on page 1,000, and no row skipped or shown twice while others arrive."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

M = TypeVar("M", bound=Model)
PAGE_SIZE = 50
LONGEST_CURSOR = 1000
LARGEST_NUMBER = 10**15


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    next_cursor: str
    """Empty on the last page."""
    is_first: bool


def _encode(values: list[Any]) -> str:
    return urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def _decode(cursor: str, count: int) -> list[str | int] | None:
    """The values in `cursor`; None when somebody has changed it."""
    if len(cursor) > LONGEST_CURSOR:
        return None
    try:
        values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        return None
    if not isinstance(values, list) or len(values) != count:
        return None
    return values if all(isinstance(value, str | int) and _storable(str(value)) for value in values) else None


def _storable(text: str) -> bool:
    """Whether the database can compare with `text`: neither NUL nor half a surrogate pair."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)


def _after(fields: list[str], values: list[Any]) -> Q:
    """Rows behind `values` in the order of `fields` ("-name" is descending)."""
    condition = Q()
    equal = Q()
    for field, value in zip(fields, values, strict=True):
        name = field.removeprefix("-")
        condition |= equal & Q(**{f"{name}__{'lt' if field.startswith('-') else 'gt'}": value})
        equal &= Q(**{name: value})
    return condition


def paginate(queryset: QuerySet[M], *, order: list[str], cursor: str = "", size: int = PAGE_SIZE) -> Page:
    """One page of `queryset` in `order`, whose last field must be unique and whose fields must not be null.

    A cursor that cannot be read gives the first page.
    """
    rows = queryset.order_by(*order)
    values = _decode(cursor, len(order)) if cursor else None
    if values is not None:
        try:
            rows = rows.filter(_after(order, [_typed(queryset, f, v) for f, v in zip(order, values, strict=True)]))
        except (TypeError, ValueError, ArithmeticError, ValidationError):
            values = None
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    names = [field.removeprefix("-") for field in order]
    return Page(
        rows=found[:size],
        next_cursor=_encode([_read(last, name) for name in names]) if last else "",
        is_first=values is None,
    )


def _read(row: Any, name: str) -> Any:
    for part in name.split("__"):
        row = getattr(row, part)
    return row.isoformat() if isinstance(row, datetime) else str(row) if isinstance(row, Decimal) else row


def _typed(queryset: QuerySet[M], field: str, value: str | int) -> Any:
    """`value` as the column's type; raises one of several errors when it is none."""
    column = _column(queryset, field.removeprefix("-"))
    typed: Any = column.to_python(value)
    if isinstance(typed, Decimal):
        typed = typed.quantize(Decimal(1).scaleb(-(column.decimal_places or 6)))
    if isinstance(typed, int | Decimal) and not abs(Decimal(typed)) <= LARGEST_NUMBER:
        raise ValueError(value)
    if isinstance(typed, datetime) and timezone.is_naive(typed):
        raise ValueError(value)
    return typed


def _column(queryset: QuerySet[M], name: str) -> Any:
    """The field that a name in `order` stands for: an annotation's, or one behind relations."""
    if name in queryset.query.annotations:
        return queryset.query.annotations[name].output_field
    model: Any = queryset.model
    *path, last = name.split("__")
    for part in path:
        model = model._meta.get_field(part).related_model
    return model._meta.get_field(last)
