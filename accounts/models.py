"""People, what they may do, and where."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.permissions import FIRM_GRANTS, STAFF_GRANTS, FirmRole, Permission, Role
from organisations.models import Organisation
from programmes.models import Programme, Region


def _every_change() -> list[Any]:
    """Rights that were taken away stay in the history too."""
    return [pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()]


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person, known by e-mail address. There are no superusers: every right is an Assignment or a Membership."""

    email = models.EmailField(_("email address"), unique=True)
    full_name = models.CharField(_("full name"), max_length=120, blank=True)
    language = models.CharField(max_length=10, default="en-gb")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    is_staff = False
    is_superuser = False

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email")]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.full_name or self.email

    def get_short_name(self) -> str:
        return self.full_name or self.email

    @functools.cached_property
    def active_assignments(self) -> list[Assignment]:
        """The person's roles, read once a request."""
        return list(self.assignments.select_related("programme", "region").order_by("id"))

    @functools.cached_property
    def active_memberships(self) -> list[Membership]:
        return list(self.memberships.select_related("organisation").order_by("id"))

    @property
    def works_here(self) -> bool:
        """Whether the person is staff of any programme (contractors and auditors too)."""
        return bool(self.active_assignments)

    def has_role(self, *roles: Role) -> bool:
        return any(assignment.role in roles for assignment in self.active_assignments)

    def can(self, permission: Permission, thing: Any) -> bool:
        """Whether the person may do this to `thing`, which has programme_id, region_id and organisation_id.

        Nobody is staff towards their own firm: there, only what the firm gave them counts.
        """
        own = [row for row in self.active_memberships if row.organisation_id == thing.organisation_id]
        if own:
            return any(permission in FIRM_GRANTS[FirmRole(membership.role)] for membership in own)
        return any(
            assignment.programme_id == thing.programme_id
            and assignment.covers(thing.region_id)
            and permission in STAFF_GRANTS[Role(assignment.role)]
            for assignment in self.active_assignments
        )

    def must(self, permission: Permission, thing: Any) -> None:
        """Raise PermissionDenied (403) unless `can`."""
        if not self.can(permission, thing):
            raise PermissionDenied

    def programmes_for(self, permission: Permission) -> set[int]:
        """Ids of the programmes in all regions of which the person may do this."""
        return {
            assignment.programme_id
            for assignment in self.active_assignments
            if assignment.region_id is None and permission in STAFF_GRANTS[Role(assignment.role)]
        }


@pghistory.track(*_every_change())
class Assignment(models.Model):
    """A role of a member of staff in a programme, or in one region of it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="assignments")
    programme = models.ForeignKey(Programme, models.CASCADE, related_name="assignments")
    region = models.ForeignKey(Region, models.CASCADE, null=True, blank=True)
    role = models.CharField(max_length=12, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "programme", "region", "role"], name="one_assignment_each", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["user", "programme"], name="assignment_by_user")]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.programme.slug}"

    def covers(self, region_id: int | None) -> bool:
        return self.region_id is None or self.region_id == region_id


@pghistory.track(*_every_change())
class Membership(models.Model):
    """A person's place in a firm, university or contractor."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=FirmRole.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organisation"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.user} in {self.organisation}"
