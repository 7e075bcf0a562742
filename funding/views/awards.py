"""A grant that was taken up: what is settled before the project starts and while it runs, for firm and staff."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from documents import serving
from documents.checking import RefusedFile
from funding import actions, partner_aid
from funding.actions import sharing
from funding.forms import AwardFilter, ConditionForm
from funding.models import Award, AwardCondition, Colleague
from funding.views.firm import page
from funding.views.loading import award_or_404
from portal.paging import paginate


def _budget(award):
    """The budget in force, each row with whose it is."""
    partners = {partner.pk: partner.name for partner in award.application.partners.all()}
    firm = award.application.case.organisation.name
    return [{**row, "who": partners.get(row["partner"], firm)} for row in award.budget_rows]


def award(request, reference, number):
    """The firm's grant: where it stands, what there is to settle, its dates and costs in force."""
    award = award_or_404(request, reference, number)
    if award.status == Award.Status.OFFERED:
        return redirect("funding:offer", reference, number)
    conditions = list(award.conditions.select_related("evidence"))
    return page(
        request, "funding/award.html", award.application, award=award, conditions=conditions, budget=_budget(award),
        waiting=[one for one in conditions if one.before_start and not one.met_at],
        may_edit=sharing.may(request.user, award.application, Colleague.Role.EDIT),
        variations=list(award.variations.shown_to_firm().select_related("letter")),
    )  # fmt: skip


def _condition(award, position):
    return get_object_or_404(AwardCondition.objects.select_related("evidence", "award"), award=award, position=position)


def condition(request, reference, number, position):
    """The firm says how it has met one condition."""
    award = award_or_404(request, reference, number)
    sharing.must(request.user, award.application, Colleague.Role.EDIT)
    found = _condition(award, position)
    form = ConditionForm(request.POST or None, request.FILES or None, initial={"note": found.note})
    if found.met_at or award.status != Award.Status.ACCEPTED:
        return redirect("funding:award", reference, number)
    if request.method == "POST" and form.is_valid():
        try:
            actions.show_condition_met(condition=found, by=request.user, at=timezone.now(), **form.cleaned_data)
        except RefusedFile as error:
            form.add_error("file", str(error))
        except actions.UnableToChange as error:
            messages.info(request, str(error))
            return redirect("funding:award", reference, number)
        else:
            messages.success(request, _("Sent. We look at it and tell you here."))
            return redirect("funding:award", reference, number)
    return page(request, "funding/award_condition.html", award.application, award=award, condition=found, form=form)


def condition_file(request, reference, number, position):
    """What the firm sent for a condition, for its people and for staff who may read the application."""
    found = _condition(award_or_404(request, reference, number), position)
    if found.evidence is None:
        raise Http404
    return serving.attachment(request, found.evidence)


# --- Staff --------------------------------------------------------------------------------------
def to_check(request, reference, number, permission=Permission.VIEW_CASEWORK):
    """The award for staff; the firm's own people, who never learn of these pages, get 404."""
    award = award_or_404(request, reference, number)
    if not request.user.can(Permission.VIEW_CASEWORK, award.application.case):
        raise Http404
    request.user.must(permission, award.application.case)
    return award


def awards(request):
    """Awards by what waits for staff, those that wait longest first."""
    if not request.user.works_here:
        raise PermissionDenied
    filters = AwardFilter(request.GET)
    rows = (
        Award.objects.visible_to(request.user)
        .waiting_for(filters.values["waiting"] or "settle")
        .select_related("application__case__organisation", "application__case__programme", "call")
    )
    page_ = paginate(rows, order=["accepted_at", "id"], cursor=request.GET.get("cursor", ""))
    return TemplateResponse(request, "funding/awards.html", {"page": page_, "filters": filters, "form": None})


def start_check(request, reference, number):
    """Everything that must be in place before the project starts, and what is settled while it runs."""
    award = to_check(request, reference, number)
    case = award.application.case
    conditions = list(award.conditions.select_related("evidence", "met_by", "shown_by"))
    return page(
        request, "funding/start-check.html", award.application, award=award, budget=_budget(award),
        conditions=conditions, may_tick=request.user.can(Permission.DECIDE_CASE, case),
        partners=partner_aid.standing_of(award),
        may_end=award.status == Award.Status.ACCEPTED
        and any(request.user.can(one, case) for one in (Permission.DECIDE_CASE, Permission.APPROVE_GRANT)),
        variations=list(award.variations.select_related("letter", "asked_by")),
    )  # fmt: skip


@require_POST
def tick(request, reference, number, position):
    """Tick a condition off, or take the tick back."""
    award = to_check(request, reference, number, Permission.DECIDE_CASE)
    found = _condition(award, position)
    now = timezone.now()
    try:
        if "open" in request.POST:
            actions.untick_condition(condition=found, by=request.user, at=now)
        elif actions.tick_condition(condition=found, by=request.user, at=now):
            messages.success(request, _("All is settled. The firm has been told that it can start."))
    except actions.UnableToChange as error:
        messages.warning(request, str(error))
    return redirect("funding:start-check", reference, number)
