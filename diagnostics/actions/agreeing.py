"""What firm and adviser agree on: places, owners, days and figures of the actions, then the plan as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import tell_firm
from applications.models import Case
from diagnostics import reminders
from diagnostics.models import ActionPlan, PlanAction
from portal.models import Event

Changes = Mapping[str, Any]
"""PlanAction fields and their new values."""


class UnableToChangePlan(Exception):
    """The plan cannot be changed now; the message says why."""


class ActionChanged(Exception):
    """Somebody else changed an action meanwhile; `rows` are those actions as they are saved. Nothing was written."""

    def __init__(self, rows: list[PlanAction]):
        super().__init__(_("Somebody else has changed this action meanwhile. Nothing of yours is lost."))
        self.rows = rows


class UnableToAgree(UnableToChangePlan):
    """The plan cannot be agreed now; the message says why."""


class PlanChanged(UnableToAgree):
    """The plan is not the one that was read."""

    def __init__(self) -> None:
        super().__init__(_("The plan has changed since you read it. Read it again, then agree."))


def _locked(plan: ActionPlan) -> ActionPlan:
    locked = ActionPlan.objects.select_for_update(of=("self",)).with_context().get(pk=plan.pk)
    if not locked.assessment.case.is_live:
        raise UnableToChangePlan(_("This application has ended, so its plan stays as it is."))
    return locked


def change_action(*, action: PlanAction, changes: Changes, by: User, at: datetime, seen: str = "") -> None:
    """Agree on owner, dates, place, progress or money of one action; `seen` as in change_actions."""
    seen_by = {action.pk: seen} if seen else {}
    change_actions(plan=action.plan, changes={action.pk: changes}, seen=seen_by, by=by, at=at)
    action.refresh_from_db()


@transaction.atomic(durable=True)
def change_actions(
    *,
    plan: ActionPlan,
    changes: Mapping[int, Changes],
    by: User,
    at: datetime,
    seen: Mapping[int, str] | None = None,
    is_report: bool = False,
) -> int:
    """Change several actions of one plan, by their keys, all or none; how many of them differ now.

    `seen` holds the stamp (PlanAction.stamp) of each action as the person saw it: raises ActionChanged when one that is
    to be changed is another by now. Agreement given before concerns the plan as it was, so other places or figures ask
    for it again; a report of how it goes (`is_report`) never does, not even when an action is dropped.
    """
    locked = _locked(plan)
    rows = {row.pk: row for row in locked.actions.select_for_update()}
    if not changes.keys() <= rows.keys():
        raise UnableToChangePlan(_("This action has been removed from the plan meanwhile."))
    wanted = {pk: _different(rows[pk], fields) for pk, fields in changes.items()}
    wanted = {pk: fields for pk, fields in wanted.items() if fields}
    stale = [rows[pk] for pk in wanted if (seen or {}).get(pk, rows[pk].stamp) != rows[pk].stamp]
    if stale:
        raise ActionChanged(stale)
    if not wanted:
        return 0
    today = locked.assessment.case.programme.local_date(at)
    asks_again = False
    for pk, fields in wanted.items():
        agreed = rows[pk].agreed
        rows[pk].change(fields, today)
        rows[pk].save()
        asks_again = asks_again or (rows[pk].agreed != agreed and not is_report)
    if asks_again:
        locked.ask_again(at)
    else:
        ActionPlan.objects.filter(pk=locked.pk).update(changed_at=at)
    kind = "plan.followed" if is_report else "plan.action_changed"
    note = "; ".join(f"{rows[pk].action_code} {rows[pk].title}" for pk in wanted)
    Event.objects.record(locked.assessment, kind=kind, by=by, at=at, note=note)
    return len(wanted)


def _different(row: PlanAction, fields: Changes) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if getattr(row, name) != value}


@transaction.atomic(durable=True)
def add_action(*, plan: ActionPlan, fields: Changes, by: User, at: datetime) -> PlanAction:
    """An action of firm and adviser's own, after those that the method ranks.

    `fields`: title, description, horizon and cost_band, and what else a PlanAction holds.
    """
    locked = _locked(plan)
    number = max((int(code[4:]) for code in _own_codes(locked)), default=0) + 1
    last = locked.actions.aggregate(last=Max("rank"))["last"] or 0
    row = PlanAction.objects.create(
        plan=locked, action_code=f"OWN-{number}", is_own=True, rank=last + 1, is_pinned=False, is_quick_win=False,
        computed_horizon=fields["horizon"], **fields,
    )  # fmt: skip
    locked.ask_again(at)
    Event.objects.record(locked.assessment, kind="plan.action_added", by=by, at=at, note=row.title)
    return row


def _own_codes(plan: ActionPlan) -> list[str]:
    return list(plan.actions.filter(is_own=True).values_list("action_code", flat=True))


@transaction.atomic(durable=True)
def remove_action(*, action: PlanAction, by: User, at: datetime) -> None:
    """Take an own action out of a plan that both have not agreed yet; later it is dropped, with its reason."""
    locked = _locked(action.plan)
    row = locked.actions.filter(pk=action.pk).first()
    if row is None:
        return
    if not row.is_own:
        raise UnableToChangePlan(_("Only your own actions can be removed. Drop this one and say why."))
    if locked.is_agreed:
        raise UnableToChangePlan(_("The plan is agreed. Drop this action and say why."))
    row.delete()
    locked.ask_again(at)
    Event.objects.record(locked.assessment, kind="plan.action_removed", by=by, at=at, note=row.title)


@transaction.atomic(durable=True)
def agree_plan(*, plan: ActionPlan, for_firm: bool, by: User, at: datetime, revision: int | None = None) -> None:
    """Record that the firm or the adviser agrees to the plan; doing it again changes nothing.

    `revision` is the one that the person has read: raises PlanChanged when it is not the plan's any more. When both
    have agreed, the days are set on which they look back at it, and the firm is told.
    """
    locked = _locked(plan)
    if not locked.assessment.is_final:
        raise UnableToAgree(_("Your adviser is looking at the result again. The plan can be agreed after that."))
    if revision not in (None, locked.revision):
        raise PlanChanged
    side = "firm" if for_firm else "adviser"
    if getattr(locked, f"{side}_agreed_at"):
        return
    setattr(locked, f"{side}_agreed_at", at)
    setattr(locked, f"{side}_agreed_by", by)
    locked.changed_at = at
    Event.objects.record(locked.assessment, kind=f"plan.agreed_by_{side}", by=by, at=at)
    case = locked.assessment.case
    if locked.is_agreed:
        reminders.promise(locked, at)
    locked.save()
    if locked.is_agreed:
        _tell(case, "plan_agreed", at)
    elif not for_firm:
        _tell(case, "plan_to_agree", at)


def _tell(case: Case, kind: str, at: datetime) -> None:
    with translation.override(case.language):
        button = _("See your plan")
    tell_firm(case, kind, at, page=reverse("diagnostics:plan", args=[case.reference]), button=button)
