"""Windows, budgets, promises and terms of a programme."""

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from casework import programme_scope
from casework.call_facts import parts
from casework.programme_forms import CallForm, PromisesForm, TermsForm
from casework.programme_history import FIELDS
from casework.programme_readable import value_text
from funding.figures import budget_of, budgets
from funding.models import Award, GrantApplication
from portal.models import Event
from portal.money import money_text
from programmes import actions
from programmes.models import Call

KINDS_OF_TERMS = ("programme.terms_confirmed", "programme.terms_doubted")


@require_safe
def money(request, slug):
    programme = programme_scope.found(request.user, slug)
    now = timezone.now()
    instruments = list(programme.instruments.order_by("position", "name"))
    said = Event.objects.filter(programme=slug, reference="", kind__in=KINDS_OF_TERMS).order_by("id")
    latest = {event.data["instrument"]: event for event in said}
    context = {
        **programme_scope.frame(request.user, programme, now, "programme-money"),
        "calls": [
            {"money": row, "is_open": row.call.is_open(now)} for row in budgets([programme.pk], with_drafts=True)
        ],
        "promises": _promises(programme),
        "terms": [{"instrument": row, "said": latest.get(row.slug)} for row in instruments],
        "delivery": programme.delivery,
    }
    return TemplateResponse(request, "casework/programme_money.html", context)


def _promises(programme):
    return [{"label": FIELDS[stage], "days": programme.promise_days.get(stage)} for stage in actions.PROMISES]


def found_call(request, slug, pk):
    """(programme, call) for whoever may change it."""
    programme = programme_scope.found(request.user, slug, to_change=True)
    calls = Call.objects.filter(instrument__programme=programme).select_related("instrument__programme", "copied_from")
    return programme, get_object_or_404(calls.annotate(begun=Exists(_begun(OuterRef("pk")))), pk=pk)


def theirs_of(call, fields, programme):
    """What somebody else has saved meanwhile."""
    return [{"key": FIELDS[name], "value": value_text(getattr(call, name), programme)} for name in fields]


def has_begun(call):
    """Whether anybody has begun to apply; staff who try it out do not count."""
    return _begun(call).exists()


def _begun(call):
    return GrantApplication.objects.filter(call=call, case__is_test=False)


def call(request, slug, pk):
    programme, found = found_call(request, slug, pk)
    figures = budget_of(found)
    closes = found.closes_at.astimezone(programme.zone)
    initial = {
        "name": found.name, "closes_on": closes.date(), "closes_time": f"{closes:%H:%M}", "budget": found.budget,
        "promise_days": found.promise_days,
    }  # fmt: skip
    options = {"call": found, "zone": programme.zone, "owed": money_text(figures.allocated, found.currency)}
    form = CallForm(request.POST or None, initial=initial, **options)
    theirs = []
    if request.method == "POST" and form.is_valid():
        try:
            changed = _change(request, found, form)
        except actions.ChangedMeanwhile as error:
            form = _again(form, found, CallForm, options, error)
            theirs = theirs_of(found, error.fields, programme)
        except actions.UnableToChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            say(request, changed)
            return redirect("casework:programme-money", slug=slug)
    context = {
        **programme_scope.frame(request.user, programme, timezone.now(), "programme-money"),
        "call": found, "figures": figures, "form": form, "theirs": theirs,
        "parts": parts(found, has_begun=found.begun),
    }  # fmt: skip
    return TemplateResponse(request, "casework/programme_call.html", context)


def _change(request, call, form):
    values = {name: form.cleaned_data[name] for name in form.changes if name != "closes_at"}
    # Seconds of a time that the page did not show are not changed by it.
    shown = call.closes_at.replace(second=0, microsecond=0)
    values["closes_at"] = call.closes_at if form.closes_at == shown else form.closes_at
    return actions.change_call(
        call=call, values=values, seen=form.cleaned_data["seen"], reason=form.cleaned_data["reason"],
        committed_to=Award.objects.committed_to, has_begun=has_begun, by=request.user, at=timezone.now(),
    )  # fmt: skip


def _again(form, row, form_class, options, error):
    """The same answers, marked with what is kept now: saving a second time is meant."""
    row.refresh_from_db()
    values = form.data.copy()
    values["seen"] = actions.shown(row, getattr(form, "changes", ()))
    again = form_class(values, **options)
    again.add_error(None, str(error))
    return again


def say(request, changed):
    if changed:
        messages.success(request, _("Saved. The reason stands in the programme’s history."))
    else:
        messages.info(request, _("Nothing was changed."))


def promises(request, slug):
    programme = programme_scope.found(request.user, slug, to_change=True)
    initial = {stage: programme.promise_days.get(stage) for stage in actions.PROMISES}
    form = PromisesForm(request.POST or None, initial={**initial, "seen": actions.shown(programme)})
    theirs = []
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            changed = actions.change_promises(
                programme=programme, days={stage: values[stage] for stage in actions.PROMISES}, seen=values["seen"],
                reason=values["reason"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except actions.ChangedMeanwhile as error:
            form = _again(form, programme, PromisesForm, {}, error)
            theirs = [{"key": FIELDS[stage], "value": programme.promise_days.get(stage)} for stage in error.fields]
        else:
            say(request, changed)
            return redirect("casework:programme-money", slug=slug)
    context = {
        **programme_scope.frame(request.user, programme, timezone.now(), "programme-money"),
        "form": form, "theirs": theirs, "title": _("Promises to firms"),
    }  # fmt: skip
    return TemplateResponse(request, "casework/programme_form.html", context)


def terms(request, slug):
    programme = programme_scope.found(request.user, slug, to_change=True)
    instruments = list(programme.instruments.order_by("position", "name"))
    form = TermsForm(request.POST or None, instruments=instruments)
    if request.method == "POST" and form.is_valid():
        changed = actions.confirm_terms(
            programme=programme, confirmed=form.answers, reason=form.cleaned_data["reason"], by=request.user,
            at=timezone.now(),
        )  # fmt: skip
        say(request, bool(changed))
        return redirect("casework:programme-money", slug=slug)
    context = {
        **programme_scope.frame(request.user, programme, timezone.now(), "programme-money"),
        "form": form, "theirs": [], "title": _("Example terms"),
    }  # fmt: skip
    return TemplateResponse(request, "casework/programme_form.html", context)
