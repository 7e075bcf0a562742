"""A firm's figures, owners and earlier aid as the adviser records them; they count once the check is made again."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import Permission
from applications import firm_facts, rechecking
from applications.forms import ReasonForm
from casework.filters import DayFilter
from casework.forms import AidForm, AllAidForm, EndOwnerForm, FiguresForm, OwnerForm
from casework.group import group_size, owner_figures, owner_text
from casework.views.eligibility import CHANGED, found_case, frame, posted
from eligibility import ledger
from eligibility.wording import BASIS_NAMES
from organisations.models import AidRecord

EMPTY = gettext_lazy("Leave empty what nobody knows: unknown is not none.")


def _form_page(request, case, form, here, title, **more):
    context = {**frame(request, case, here), "form": form, "heading": title, "back": f"casework:{here}", **more}
    return TemplateResponse(request, "casework/firm_fact.html", context)


# --- Size and owners --------------------------------------------------------------------------------
def size(request, reference):
    case = found_case(request, reference)
    today = case.programme.local_date(timezone.now())
    currency = case.programme.currency
    known = rechecking.Known(case, today)
    declarations = sorted(
        known.declarations,
        key=lambda row: (row.period_end is not None, row.period_end or row.declared_at.date(), row.pk),
        reverse=True,
    )
    owners = list(case.organisation.ownerships.select_related("other").order_by("ended_at", "id"))
    context = {
        **frame(request, case, "size"),
        "size": group_size(known),
        "declarations": [{"row": row, "is_newest": row == known.newest} for row in declarations],
        "owners": [{"row": row, "share": owner_text(row), "figures": owner_figures(row, currency)} for row in owners],
        "today": today,
    }
    return TemplateResponse(request, "casework/size.html", context)


def add_figures(request, reference):
    case = found_case(request, reference, Permission.DECIDE_CASE)
    today = case.programme.local_date(timezone.now())
    form = FiguresForm(posted(request), currency=case.programme.currency, today=today)
    if request.method == "POST" and form.is_valid():
        names = ("employees", "turnover", "balance_sheet", "period_end", "months", "source", "in_group")
        figures = {name: form.cleaned_data[name] for name in names}
        firm_facts.declare_size(case=case, figures=figures, by=request.user, at=timezone.now())
        messages.success(request, _("Kept. Check again to see what the figures change."))
        return redirect("casework:size", reference=reference)
    return _form_page(request, case, form, "size", _("Add figures"), lead=EMPTY)


def add_owner(request, reference):
    case = found_case(request, reference, Permission.DECIDE_CASE)
    today = case.programme.local_date(timezone.now())
    form = OwnerForm(
        posted(request), currency=case.programme.currency, country=case.programme.country,
        firm=case.organisation, today=today,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "key"}
        firm_facts.record_owner(case=case, values=values, by=request.user, at=timezone.now())
        messages.success(request, _("Kept. Check again to see what it changes."))
        return redirect("casework:size", reference=reference)
    return _form_page(request, case, form, "size", _("Add an owner, or a firm that it owns"), lead=EMPTY)


def end_owner(request, reference, ownership):
    case = found_case(request, reference, Permission.DECIDE_CASE)
    row = get_object_or_404(case.organisation.ownerships.select_related("other"), pk=ownership)
    now = timezone.now()
    form = EndOwnerForm(posted(request), row=row, today=case.programme.local_date(now))
    if request.method == "POST" and form.is_valid():
        if firm_facts.end_owner(case=case, row=row, last_day=form.cleaned_data["last_day"], by=request.user, at=now):
            messages.success(request, _("Ended. Check again to see what it changes."))
        else:
            messages.warning(request, CHANGED)
        return redirect("casework:size", reference=reference)
    return _form_page(
        request, case, form, "size", _("End: %(name)s") % {"name": row.name},
        lead=f"{row.get_direction_display()}: {owner_text(row)}",
    )  # fmt: skip


# --- Earlier aid ------------------------------------------------------------------------------------
def aid(request, reference):
    case = found_case(request, reference)
    filters = DayFilter(request.GET)
    day = filters.values["on"] or case.programme.local_date(timezone.now())
    found = ledger.both(case.organisation, day)
    context = {
        **frame(request, case, "aid"),
        "filters": filters,
        "ledger": found,
        "limits": [
            {"name": BASIS_NAMES[basis], "left": left, "currency": ledger.CURRENCIES[basis]}
            for basis, left in (("mfa", found.uk), ("de_minimis", found.eu))
        ],
        "released": AidRecord.objects.filter(organisation__in=found.members, state=AidRecord.State.RELEASED)
        .select_related("organisation")
        .order_by("-released_at"),
        "day": day,
    }
    return TemplateResponse(request, "casework/aid.html", context)


def add_aid(request, reference):
    case = found_case(request, reference, Permission.DECIDE_CASE)
    today = case.programme.local_date(timezone.now())
    form = AidForm(posted(request), currency=case.programme.currency, today=today)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        key = values.pop("key")
        firm_facts.declare_aid(case=case, values=values, key=key, by=request.user, at=timezone.now())
        messages.success(request, _("Kept. Check again to see what it changes."))
        return redirect("casework:aid", reference=reference)
    return _form_page(request, case, form, "aid", _("Add aid that the firm has told us of"))


def all_aid(request, reference):
    case = found_case(request, reference, Permission.DECIDE_CASE)
    form = AllAidForm(posted(request))
    if request.method == "POST" and form.is_valid():
        wording = str(form.fields["said"].label)
        firm_facts.state_all_aid(case=case, wording=wording, by=request.user, at=timezone.now())
        messages.success(request, _("Kept. Check again to see what it changes."))
        return redirect("casework:aid", reference=reference)
    return _form_page(request, case, form, "aid", _("That is all the aid they had"))


def strike_aid(request, reference, record):
    case = found_case(request, reference, Permission.DECIDE_CASE)
    row = get_object_or_404(AidRecord, organisation=case.organisation, pk=record)
    form = ReasonForm(
        posted(request),
        label=_("Why is this entry wrong?"),
        help_text=_("It stays to be read, and no longer counts."),
        submit_label=_("Strike out this entry"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            firm_facts.strike_aid(
                case=case, record=row, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
        except ledger.UnableToStrike:
            messages.warning(request, _("This is an award of a programme here: it follows its award."))
        else:
            messages.success(request, _("Struck out. Check again to see what it changes."))
        return redirect("casework:aid", reference=reference)
    return _form_page(request, case, form, "aid", _("Strike out an entry"), lead=str(row))
