"""Where a person's roles let them do something, asked of the roles that were read once for the request."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import User
from accounts.permissions import STAFF_GRANTS, Permission, Role


def places(user: User, *permissions: Permission) -> set[tuple[int, int | None]]:
    """(programme, region) pairs in which the person's roles grant one of `permissions`; no region means all of them."""
    return {
        (assignment.programme_id, assignment.region_id)
        for assignment in user.active_assignments
        if STAFF_GRANTS[Role(assignment.role)] & set(permissions)
    }


def within(user: User, *permissions: Permission, path: str = "") -> Q:
    """Condition that a row's case (reached by `path`, such as "case__") lies in one of the person's `places`.

    Narrower than `visible_to`: it leaves out rows that a role may read but not export.
    """
    found = Q(pk__in=[])
    for programme_id, region_id in sorted(places(user, *permissions), key=str):
        place = {f"{path}programme_id": programme_id}
        if region_id is not None:
            place[f"{path}region_id"] = region_id
        found |= Q(**place)
    return found
