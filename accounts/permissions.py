"""Roles and what each may do. Reading is scoped by `visible_to`; these are for doing."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(models.TextChoices):
    EDIT_APPLICATION = "edit_application"
    SIGN = "sign"
    ANSWER_DIAGNOSTIC = "answer_diagnostic"
    WITHDRAW = "withdraw"
    VIEW_CASEWORK = "view_casework"
    WRITE_NOTE = "write_note"
    DECIDE_CASE = "decide_case"
    CONFIRM_OVERRIDE = "confirm_override"
    MODERATE = "moderate"
    AGREE_PLAN = "agree_plan"
    ASSESS_GRANT = "assess_grant"
    APPROVE_GRANT = "approve_grant"
    PAY_CLAIM = "pay_claim"
    EXPORT = "export"
    CONFIGURE = "configure"


class Role(models.TextChoices):
    ADVISER = "ADVISER", _("Adviser")
    CONTRACTOR = "CONTRACTOR", _("Diagnostic contractor")
    ASSESSOR = "ASSESSOR", _("Assessor")
    APPROVER = "APPROVER", _("Approver")
    FINANCE = "FINANCE", _("Finance")
    MANAGER = "MANAGER", _("Programme manager")
    AUDITOR = "AUDITOR", _("Auditor")
    ADMIN = "ADMIN", _("Administrator")


class FirmRole(models.TextChoices):
    OWNER = "OWNER", _("Owner or director")
    COLLEAGUE = "COLLEAGUE", _("Colleague")
    STUDENT = "STUDENT", _("Student")


FIRM_READERS = frozenset({FirmRole.OWNER, FirmRole.COLLEAGUE})
"""Roles in a firm whose holder reads its cases; a student sees none of them."""

CASE_READERS = frozenset({Role.ADVISER, Role.APPROVER, Role.FINANCE, Role.MANAGER, Role.AUDITOR})
"""Roles whose holder reads the cases of their programme; a contractor sees diagnostics only, and an assessor the
applications that were given to them."""

STAFF_GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADVISER: frozenset(
        {
            Permission.VIEW_CASEWORK,
            Permission.WRITE_NOTE,
            Permission.DECIDE_CASE,
            Permission.MODERATE,
            Permission.AGREE_PLAN,
        }
    ),
    Role.CONTRACTOR: frozenset({Permission.MODERATE}),
    Role.ASSESSOR: frozenset({Permission.ASSESS_GRANT}),
    Role.APPROVER: frozenset(
        {Permission.VIEW_CASEWORK, Permission.WRITE_NOTE, Permission.APPROVE_GRANT, Permission.CONFIRM_OVERRIDE}
    ),
    Role.FINANCE: frozenset({Permission.VIEW_CASEWORK, Permission.PAY_CLAIM, Permission.EXPORT}),
    Role.MANAGER: frozenset(
        {
            Permission.VIEW_CASEWORK,
            Permission.WRITE_NOTE,
            Permission.DECIDE_CASE,
            Permission.CONFIRM_OVERRIDE,
            Permission.EXPORT,
            Permission.CONFIGURE,
        }
    ),
    Role.AUDITOR: frozenset({Permission.VIEW_CASEWORK, Permission.EXPORT}),
    Role.ADMIN: frozenset({Permission.CONFIGURE}),
}

FIRM_GRANTS: dict[FirmRole, frozenset[Permission]] = {
    FirmRole.OWNER: frozenset(
        {Permission.EDIT_APPLICATION, Permission.SIGN, Permission.ANSWER_DIAGNOSTIC, Permission.WITHDRAW}
    ),
    FirmRole.COLLEAGUE: frozenset({Permission.EDIT_APPLICATION, Permission.ANSWER_DIAGNOSTIC}),
    FirmRole.STUDENT: frozenset(),
}
