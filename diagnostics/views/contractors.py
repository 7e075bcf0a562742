"""Staff's pages about contractors: their contracts and load, and what waits to be given to one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from accounts.scope import places
from diagnostics import allocating, loads
from diagnostics.actions import contractors as actions
from diagnostics.actions import contracts
from diagnostics.forms.contractors import ContractForm, OfferForm, PersonForm, TakeBackForm
from diagnostics.models import Allocation, Contractor
from diagnostics.views.loading import assessment_or_404, sent
from portal.paging import paginate
from portal.workflow import IllegalMove
from programmes.models import Programme

AT_ONCE = 50
"""Diagnostics on one page of those that wait."""


def staff_contractors(user):
    """Contractors of the programmes whose cases the person reads; 404 for everybody else, contractors included."""
    programmes = {programme for programme, _region in places(user, Permission.VIEW_CASEWORK, Permission.CONFIGURE)}
    if not programmes:
        raise Http404
    return Contractor.objects.visible_to(user).filter(programme__in=programmes)


@require_safe
def index(request):
    seen = staff_contractors(request.user)
    now = timezone.now()
    rows = loads.bidders(seen.values("programme").distinct(), now)
    run = request.user.programmes_for(Permission.CONFIGURE)
    context = {
        "rows": rows,
        "chart": loads.chart(rows),
        "to_add": Programme.objects.filter(pk__in=run).order_by("position", "name"),
        "waiting": loads.waiting(request.user).count(),
        **tabs("contractors"),
    }
    return TemplateResponse(request, "diagnostics/contractors/index.html", context)


def tabs(current):
    pages = [
        ("contractors", _("Contractors")),
        ("contractor-waiting", _("Waiting for one")),
        ("contractor-checks", _("To check")),
        ("contractor-payments", _("To pay")),
    ]
    found = [
        {"label": label, "url": reverse(f"diagnostics:{name}"), "is_current": name == current} for name, label in pages
    ]
    return {"tabs": found, "wide": True}


# --- Contracts ------------------------------------------------------------------------------------
def add(request, slug):
    programme = get_object_or_404(Programme, slug=slug, pk__in=request.user.programmes_for(Permission.CONFIGURE))
    form = ContractForm(sent(request), programme=programme)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = contracts.add_contract(
                programme=programme, name=values["name"], company_number=values["company_number"],
                terms=_terms(values), regions=values["regions"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except contracts.UnableToContract as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("Added: %(name)s.") % {"name": made.organisation})
            return redirect("diagnostics:contractor", made.pk)
    context = {"form": form, "title": _("Add a contract: %(name)s") % {"name": programme.short_name}, "wide": True}
    return TemplateResponse(request, "diagnostics/contractors/form.html", context)


def _terms(values):
    return {name: values[name] for name in contracts.TERMS}


def edit(request, pk):
    found = _run_by(request, pk)
    form = ContractForm(sent(request), programme=found.programme, contractor=found)
    if request.method == "POST" and form.is_valid():
        contracts.change_contract(
            contractor=found, terms=_terms(form.cleaned_data), regions=form.cleaned_data["regions"],
            by=request.user, at=timezone.now(),
        )  # fmt: skip
        messages.success(request, _("Saved. What was offered already keeps its fee and its deadline."))
        return redirect("diagnostics:contractor", pk)
    context = {"form": form, "title": str(found.organisation), "contractor": found, "wide": True}
    return TemplateResponse(request, "diagnostics/contractors/form.html", context)


def _found(request, pk):
    return get_object_or_404(staff_contractors(request.user).select_related("organisation", "programme"), pk=pk)


def _run_by(request, pk):
    found = _found(request, pk)
    if found.programme_id not in request.user.programmes_for(Permission.CONFIGURE):
        raise PermissionDenied
    return found


@require_safe
def contractor(request, pk):
    return _contractor_page(request, _found(request, pk), PersonForm())


def _contractor_page(request, found, form):
    now = timezone.now()
    today = found.programme.local_date(now)
    seen = Allocation.objects.visible_to(request.user).filter(contractor=found).with_context()
    page = paginate(seen, order=["-offered_at", "-id"], cursor=request.GET.get("cursor", ""))
    may_change = found.programme_id in request.user.programmes_for(Permission.CONFIGURE)
    context = {
        "contractor": next(row for row in loads.bidders([found.programme_id], now) if row.pk == found.pk),
        "people": found.people(),
        "page": page,
        "rows": [{"row": row, "is_late": row.is_late(today)} for row in page.rows],
        "may_change": may_change,
        "form": form,
        "wide": True,
    }
    return TemplateResponse(request, "diagnostics/contractors/contractor.html", context)


@require_POST
def add_person(request, pk):
    found = _run_by(request, pk)
    form = PersonForm(request.POST)
    if form.is_valid():
        try:
            person = contracts.add_person(
                contractor=found, email=form.cleaned_data["email"], by=request.user, at=timezone.now()
            )
        except contracts.UnableToContract as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, _("%(name)s works for this contractor now.") % {"name": person.get_full_name()})
            return redirect("diagnostics:contractor", pk)
    return _contractor_page(request, found, form)


@require_POST
def end_person(request, pk, user):
    found = _run_by(request, pk)
    person = get_object_or_404(found.people(), pk=user)
    contracts.end_person(contractor=found, user=person, by=request.user, at=timezone.now())
    messages.success(
        request, _("%(name)s does not work for this contractor any more.") % {"name": person.get_full_name()}
    )
    return redirect("diagnostics:contractor", pk)


# --- Giving work away -----------------------------------------------------------------------------
def waiting(request):
    """All diagnostics that wait, each with a suggestion; a post offers those that were ticked, one by one."""
    staff_contractors(request.user)
    if request.method == "POST":
        return _offer_ticked(request)
    page = paginate(
        loads.waiting(request.user).with_context().select_related("case__created_by"),
        order=["submitted_at", "id"], cursor=request.GET.get("cursor", ""), size=AT_ONCE,
    )  # fmt: skip
    contractors = loads.bidders({row.case.programme_id for row in page.rows}, timezone.now())
    found = loads.suggestions(page.rows, contractors)
    rows = [
        {
            "assessment": row,
            "choices": [each for each in contractors if each.programme_id == row.case.programme_id],
            "suggested": found[row.pk].bidder.key if found[row.pk] else None,
            "reasons": loads.reasons(found[row.pk]) if found[row.pk] else [],
        }
        for row in page.rows
    ]
    context = {"rows": rows, "page": page, **tabs("contractor-waiting")}
    return TemplateResponse(request, "diagnostics/contractors/waiting.html", context)


def _offer_ticked(request):
    ticked = [int(pk) for pk in request.POST.getlist("assessment") if pk.isdecimal() and len(pk) < 16][:AT_ONCE]
    rows = list(loads.waiting(request.user).with_context().filter(pk__in=ticked).order_by("submitted_at", "id"))
    contractors = {str(row.pk): row for row in loads.bidders({row.case.programme_id for row in rows}, timezone.now())}
    offered = 0
    for row in rows:
        chosen = contractors.get(request.POST.get(f"contractor-{row.pk}", ""))
        if chosen is None:
            messages.error(request, _("%(firm)s: choose a contractor.") % {"firm": row.case.organisation})
            continue
        try:
            actions.offer(assessment=row, contractor=chosen, by=request.user, at=timezone.now())
            offered += 1
        except actions.UnableToAllocate as error:
            messages.error(request, f"{row.case.organisation}: {error}")
    if offered:
        said = ngettext("%(count)d diagnostic is offered.", "%(count)d diagnostics are offered.", offered)
        messages.success(request, said % {"count": offered})
    elif not rows:
        messages.info(request, _("Tick the diagnostics to offer."))
    return redirect("diagnostics:contractor-waiting")


def panel(request, assessment):
    """For the overview of one diagnostic (`diagnostics/contractors/_allocate.html`, as `allocation_panel`).

    None where the programme has no contractors, and for a contractor's own people.
    """
    case = assessment.case
    if not request.user.can(Permission.VIEW_CASEWORK, case):
        return None
    now = timezone.now()
    contractors = loads.bidders([case.programme_id], now)
    if not contractors:
        return None
    history = list(Allocation.objects.with_context().filter(assessment=assessment).order_by("-offered_at", "-pk"))
    live = next((row for row in history if row.status not in Allocation.GIVEN_UP), None)
    may_decide = request.user.can(Permission.DECIDE_CASE, case)
    may_offer = may_decide and live is None and actions.allocatable(assessment)
    suggestion = loads.suggestions([assessment], contractors)[assessment.pk] if may_offer else None
    able = [row for row in contractors if not allocating.obstacle(actions.work(assessment), row.bidder)]
    return {
        "live": live,
        "is_late": bool(live) and live.is_late(case.programme.local_date(now)),
        "given_up": [row for row in history if row.status in Allocation.GIVEN_UP],
        "suggestion": suggestion,
        "reasons": loads.reasons(suggestion) if suggestion else [],
        "offer_form": OfferForm(
            contractors=able, initial={"contractor": suggestion.bidder.key if suggestion else None}
        ) if may_offer and able else None,
        "is_full": may_offer and not able,
        "take_back_form": TakeBackForm(prefix="back") if may_decide and _can_go_back(live) else None,
    }  # fmt: skip


def _can_go_back(live):
    return live is not None and live.can_move_to(Allocation.Status.TAKEN_BACK)


@require_POST
def offer(request, reference):
    assessment = assessment_or_404(request, reference)
    request.user.must(Permission.DECIDE_CASE, assessment.case)
    contractors = loads.bidders([assessment.case.programme_id], timezone.now())
    form = OfferForm(request.POST, contractors=contractors)
    if not form.is_valid():
        messages.error(request, _("Choose a contractor."))
        return redirect("diagnostics:review", reference)
    try:
        made = actions.offer(
            assessment=assessment, contractor=form.cleaned_data["contractor"], by=request.user, at=timezone.now()
        )
    except actions.UnableToAllocate as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Offered to %(name)s.") % {"name": made.contractor.organisation})
    return redirect("diagnostics:review", reference)


@require_POST
def take_back(request, pk):
    staff_contractors(request.user)
    found = get_object_or_404(Allocation.objects.visible_to(request.user).with_context(), pk=pk)
    case = found.assessment.case
    request.user.must(Permission.DECIDE_CASE, case)
    form = TakeBackForm(request.POST, prefix="back")
    if not form.is_valid():
        messages.error(request, _("Write why you take it back. The contractor reads it."))
        return redirect("diagnostics:review", case.reference)
    try:
        actions.take_back(allocation=found, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    except IllegalMove:
        messages.error(request, _("This has moved on. Nothing was changed."))
    else:
        messages.success(
            request, _("Taken back. %(name)s does not see it any more.") % {"name": found.contractor.organisation}
        )
    return redirect("diagnostics:review", case.reference)
