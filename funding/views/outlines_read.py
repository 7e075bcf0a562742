"""Staff read outlines: the list, and the page on which a business and a technical adviser give their opinions."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from accounts.scope import places
from diagnostics.models import Assessment
from diagnostics.wording import sentence
from funding import actions, affording
from funding.forms import OpinionForm, OutlineFilter
from funding.models import Outline, OutlineOpinion
from funding.outlining import rows_of
from funding.rules import cash
from portal.paging import paginate
from programmes.wording import CATEGORY_NAMES


def outlines(request):
    """Outlines sent in, those waiting longest first."""
    if not places(request.user, Permission.VIEW_CASEWORK):
        raise PermissionDenied
    filters = OutlineFilter(request.GET)
    status = filters.values["status"] or Outline.Status.SENT
    told = Prefetch("opinions", OutlineOpinion.objects.of_last_sending().order_by("side"), to_attr="told")
    rows = Outline.objects.worked_on_by(request.user).filter(status=status).with_context().prefetch_related(told)
    page = paginate(rows, order=["sent_at", "id"], cursor=request.GET.get("cursor", ""))
    return TemplateResponse(request, "funding/outlines.html", {"page": page, "filters": filters, "form": None})


def read_outline(request, reference, outline):
    """What the firm wrote, what its plan and its result say, what both sides think, and the form to say it."""
    found = get_object_or_404(
        Outline.objects.worked_on_by(request.user).with_context(), case__reference=reference, pk=outline
    )
    if not request.user.can(Permission.VIEW_CASEWORK, found.case):
        raise Http404
    opinions = list(found.opinions.select_related("given_by").order_by("-turn_number", "side"))
    form = _opinion_form(request, found, opinions)
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_opinion(outline=found, by=request.user, at=timezone.now(), **form.cleaned_data)
        except actions.UnableToReview as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your opinion is kept."))
            return redirect("funding:read-outline", reference, found.pk)
    mine = [one for one in opinions if one.given_by_id == request.user.pk and one.turn_number == found.turn_number]
    context = {
        "outline": found, "case": found.case, "programme": found.case.programme, "rows": list(rows_of(found)),
        "opinions": opinions, "form": form, "mine": mine[0] if mine else None, "result": _result(request.user, found),
        "tried": _tried(found), "application": found.applications.standing().select_related("case").first(),
    }  # fmt: skip
    return TemplateResponse(request, "funding/read_outline.html", context)


def _opinion_form(request, outline, opinions):
    """For an adviser who has not spoken on this sending; what was posted is looked at in any case."""
    if request.method == "POST":
        request.user.must(Permission.DECIDE_CASE, outline.case)
        return OpinionForm(request.POST, sides=list(OutlineOpinion.Side), number=outline.turn_number)
    now = [one for one in opinions if one.turn_number == outline.turn_number]
    may = request.user.can(Permission.DECIDE_CASE, outline.case)
    if not may or outline.status != Outline.Status.SENT or request.user.pk in {one.given_by_id for one in now}:
        return None
    given = {one.side for one in now}
    sides = [side for side in OutlineOpinion.Side if side.value not in given]
    return OpinionForm(sides=sides, number=outline.turn_number)


def _result(user, outline):
    """The newest result of the firm's diagnostic in one sentence; None where there is none."""
    rounds = Assessment.objects.visible_to(user).filter(case=outline.case, result__isnull=False)
    newest = rounds.select_related("result", "version").order_by("-round").first()
    if newest is None:
        return None
    frozen = newest.result.snapshot["result"]
    return {"sentence": sentence(newest.document, frozen), "score": frozen["overall"]["score"]}


def _tried(outline):
    """What the firm tried out before: costs by kind, and the grant they would lead to."""
    if not outline.figures:
        return None
    plan = cash.Plan.from_data(outline.figures)
    costs = [{"name": CATEGORY_NAMES[code], "net": net} for code, net in plan.costs.items()]
    return {"costs": costs, "result": affording.work_out(outline.call, plan)}
