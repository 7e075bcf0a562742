"""The people of the demonstration. All are invented; their password works in demo mode only."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Membership, User
from accounts.permissions import FirmRole, Role
from organisations.models import Organisation
from programmes.models import Programme

PASSWORD = "demo-portal-2026"  # noqa: S105  printed by bin/up, refused outside demo mode
DOMAIN = "demo.example"


@dataclass(frozen=True)
class Person:
    """One demonstration person: address before the @, what they show, staff role or organisation."""

    name: str
    full_name: str
    what: str
    role: Role | None = None
    organisation: tuple[str, str] | None = None
    member_role: FirmRole = FirmRole.COLLEAGUE

    @property
    def email(self) -> str:
        return f"{self.name}@{DOMAIN}"


PEOPLE = [
    Person("owner", "Olive Owner", _("owner of a firm with a project that runs and a claim")),
    Person("newfirm", "Nia Newfirm", _("owner of a firm with nothing yet")),
    Person("partner", "Pat Partner", _("partner in another firm's application")),
    Person("adviser", "Ada Adviser", _("adviser of both programmes"), Role.ADVISER),
    Person(
        "contractor", "Con Contractor", _("diagnostic contractor"), Role.CONTRACTOR,
        organisation=("Demo Diagnostics", Organisation.Kind.CONTRACTOR),
    ),
    Person("assessor", "Asa Assessor", _("scores grant applications"), Role.ASSESSOR),
    Person("assessor2", "Ash Assessor", _("scores grant applications"), Role.ASSESSOR),
    Person("approver", "April Approver", _("decides within the budget"), Role.APPROVER),
    Person("approver2", "Abel Approver", _("decides within the budget, and on appeals"), Role.APPROVER),
    Person("finance", "Finn Finance", _("pays claims"), Role.FINANCE),
    Person("finance2", "Faye Finance", _("confirms bank details that the other has checked"), Role.FINANCE),
    Person("manager", "Mara Manager", _("programme manager: figures, exports"), Role.MANAGER),
    Person(
        "university", "Una University", _("university"), organisation=("Demo University", Organisation.Kind.UNIVERSITY)
    ),
    Person(
        "student", "Stu Student", _("student"), organisation=("Demo University", Organisation.Kind.UNIVERSITY),
        member_role=FirmRole.STUDENT,
    ),
    Person(
        "provider", "Pru Provider", _("course provider"), organisation=("Demo Courses", Organisation.Kind.PROVIDER)
    ),
    Person("auditor", "Audrey Auditor", _("reads everything, changes nothing"), Role.AUDITOR),
    Person("admin", "Adam Admin", _("administrator"), Role.ADMIN),
]  # fmt: skip


def logins() -> str:
    """Who can sign in, one a line, for whoever starts the demonstration."""
    lines = [f"  {person.email:<25} {person.what}" for person in PEOPLE]
    return "\n".join([f"Sign in with the password {PASSWORD} as", *lines, ""])


def make_user(*, email, full_name, password=PASSWORD):
    """A person with a confirmed address; the same person again on a second run."""
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, password, full_name=full_name)
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user


def make_people(*, programmes: list[Programme], at) -> dict[str, User]:
    """Every person of the demonstration with role or membership, by the name before the @."""
    if not settings.DEMO:
        raise RuntimeError("Demonstration people are made in demo mode only (PORTAL_DEMO=1)")
    users = {}
    for person in PEOPLE:
        user = users[person.name] = make_user(email=person.email, full_name=person.full_name)
        if person.role:
            for programme in programmes:
                Assignment.objects.get_or_create(user=user, programme=programme, region=None, role=person.role)
        if person.organisation:
            name, kind = person.organisation
            organisation, _made = Organisation.objects.get_or_create(
                name=name, kind=kind, defaults={"name_key": name.upper(), "created_at": at}
            )
            Membership.objects.get_or_create(
                user=user, organisation=organisation, defaults={"role": person.member_role}
            )
    return users
