"""Which organisations are one enterprise for small aid, and the lock under which aid is counted and recorded.

A group is everything that majority shares or control tie together, in either direction and over any number of steps
(Subsidy Control Act 2022 s.8; Regulation (EU) 2023/2831 Article 2(2)). Natural persons do not tie firms together for
aid; for a firm's size they may (`through_persons`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from organisations.models import LINK_OVER, Organisation

# UNION (without ALL) forgets what was met before, so that a circle of owners ends.
_GROUP = """
    WITH RECURSIVE link AS (
        SELECT firm_id AS a, other_id AS b FROM organisations_ownership
        WHERE other_id IS NOT NULL
          AND (controls OR GREATEST(capital_percent, votes_percent) > %s)
          AND (from_on IS NULL OR from_on <= %s)
          AND (to_on >= %s OR (to_on IS NULL AND ended_at IS NULL))
          AND holder_kind <> 'person'
          AND (through_person = '' OR %s)
    ), member(id) AS (
        SELECT unnest(%s::bigint[])
        UNION
        SELECT CASE WHEN link.a = member.id THEN link.b ELSE link.a END
        FROM member JOIN link ON member.id IN (link.a, link.b)
    )
    SELECT id FROM member
"""


class _GroupChanged(Exception):
    """The group grew while its members were being locked."""


def group_ids(organisation: Organisation, on: date, *, through_persons: bool = False) -> frozenset[int]:
    """The organisation and everything tied to it on `on`."""
    with connection.cursor() as cursor:
        cursor.execute(_GROUP, _values(organisation, on, through_persons=through_persons))
        return frozenset(row[0] for row in cursor.fetchall())


def members(organisation: Organisation, on: date) -> RawSQL:
    """The same ids as a part of a query: `filter(organisation__in=members(firm, on))`."""
    return RawSQL(_GROUP, _values(organisation, on, through_persons=False))  # noqa: S611  # its values are bound


# The same for each row of a query over organisations.
_OWN_GROUP = _GROUP.replace("unnest(%s::bigint[])", "organisations_organisation.id")


def with_members(organisations: Collection[int], on: date) -> QuerySet[Any]:
    """Those of these ids, each with `member_ids`: its own and those of everything tied to it on `on`. One query."""
    ids = RawSQL(f"ARRAY({_OWN_GROUP})", (LINK_OVER, on, on, False))  # noqa: S611  # its values are bound
    return Organisation.objects.filter(pk__in=organisations).annotate(member_ids=ids)


def groups_of(organisations: Collection[int], on: date) -> dict[int, frozenset[int]]:
    """The group of each of these ids."""
    rows = with_members(organisations, on).values_list("pk", "member_ids")
    return {pk: frozenset(ids) for pk, ids in rows}


# Every tie between two organisations on a day, natural persons included.
_LINKS = """
    SELECT firm_id, other_id FROM organisations_ownership
    WHERE other_id IS NOT NULL
      AND (controls OR GREATEST(capital_percent, votes_percent) > %s)
      AND (from_on IS NULL OR from_on <= %s)
      AND (to_on >= %s OR (to_on IS NULL AND ended_at IS NULL))
"""


def heads(on: date) -> dict[int, int]:
    """Of every organisation that is tied to another on `on`, the lowest id of its group: firms under one owner."""
    above: dict[int, int] = {}

    def head(member: int) -> int:
        while above.setdefault(member, member) != member:
            above[member] = above[above[member]]
            member = above[member]
        return member

    with connection.cursor() as cursor:
        cursor.execute(_LINKS, [LINK_OVER, on, on])
        for one, other in cursor.fetchall():
            low, high = sorted((head(one), head(other)))
            above[high] = low
    return {member: head(member) for member in list(above)}


def _values(organisation: Organisation, on: date, *, through_persons: bool) -> tuple[Any, ...]:
    """What the query's marks stand for, in their order."""
    return LINK_OVER, on, on, through_persons, [organisation.pk]


def lock_group(organisation: Organisation, on: date) -> frozenset[int]:
    """Lock every member of the group until the caller's transaction ends, and say who they are."""
    return lock_groups([organisation], on)[0]


def lock_groups(organisations: Sequence[Organisation], on: date) -> list[frozenset[int]]:
    """Lock the members of several groups at once, and say who they are, group by group.

    Two who award to one group wait for each other here. All are locked together in the order of their numbers; when a
    group has grown meanwhile, the locks are given back and taken anew, so that no two wait in a circle.
    """
    found = [group_ids(organisation, on) for organisation in organisations]
    while True:
        try:
            with transaction.atomic():
                lock(frozenset().union(*found))
                grown = [group_ids(organisation, on) for organisation in organisations]
                if grown != found:
                    raise _GroupChanged
                return found
        except _GroupChanged:
            found = grown


def lock(ids: Iterable[int]) -> None:
    """Lock these organisations in order; whoever ties two of them together does so under this lock."""
    rows = Organisation.objects.filter(pk__in=list(ids)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
