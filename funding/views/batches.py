"""Staff: decisions on many applications of a call, drafted from its ranked list and checked before they are signed."""

from decimal import Decimal

from django.contrib import messages
from django.db.models import F, Prefetch
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.permissions import Permission
from accounts.scope import places
from funding import actions
from funding.actions.deciding import DECIDABLE
from funding.figures import budget_of
from funding.forms import BatchForm, BatchWordsForm
from funding.models import Approval, Decision, GrantApplication, PanelOutcome
from portal.charts import budget_bar
from programmes.models import Call

MOST = 100
"""Rows on one page of drafts: a check page that nobody can read checks nothing."""
SUGGESTED = {
    PanelOutcome.Outcome.FUND: Decision.Outcome.OFFER,
    PanelOutcome.Outcome.RESERVE: Decision.Outcome.RESERVE,
    PanelOutcome.Outcome.DO_NOT_FUND: Decision.Outcome.DECLINE,
}


def _call_or_404(request, pk, *permissions):
    """A call of a programme in which the person decides everywhere; others do not learn that it exists."""
    programmes = {programme for programme, region in places(request.user, *permissions) if region is None}
    call = Call.objects.filter(pk=pk, instrument__programme__in=programmes).select_related("instrument__programme")
    if not (found := call.first()):
        raise Http404
    return found


def _ranked(request, call):
    """Applications that wait for a decision, best first; those on the reserve list among them."""
    seen = GrantApplication.objects.worked_on_by(request.user).filter(call=call, status__in=DECIDABLE)
    return seen.with_context().select_related("panel").order_by(F("score").desc(nulls_last=True), "pk")


def _frame(request, call, **context):
    budget = budget_of(call)
    chart = budget_bar(
        budget.budget, budget.allocated, max(budget.left, Decimal(0)), title=_("Budget of the call"),
        currency=budget.currency,
    )  # fmt: skip
    return {"call": call, "programme": call.instrument.programme, "budget": budget, "chart": chart, **context}


def drafts(request, call):
    """Choose what to draft for each; the running sum shows where the money ends."""
    call = _call_or_404(request, call, Permission.APPROVE_GRANT, Permission.CONFIGURE)
    rows = [row for row in _ranked(request, call).exclude(decisions__status=Decision.Status.DRAFT)[:MOST]]
    left = budget_of(call).left
    for row in rows:
        panel = getattr(row, "panel", None)
        row.suggested = SUGGESTED[panel.outcome] if panel else ""
        left -= row.quoted or Decimal(0)
        row.left_after = left
    form = BatchForm(request.POST or None, rows=rows)
    words = BatchWordsForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and words.is_valid():
        chosen = list(form.chosen())
        if any(outcome != Decision.Outcome.OFFER for _row, outcome in chosen) and not words.cleaned_data["words"]:
            words.add_error("words", _("Say why, for those that get no offer now. You can change it for each later."))
        elif not chosen:
            words.add_error(None, _("Choose what to draft for at least one application."))
        else:
            return _drafted(request, call, chosen, words.cleaned_data["words"])
    waiting = Decision.objects.visible_to(request.user).open().filter(application__call=call).count()
    context = _frame(request, call, form=words, rows=list(form.with_fields()), waiting=waiting)
    return TemplateResponse(request, "funding/batch.html", context)


def _drafted(request, call, chosen, words):
    made, failures = actions.draft_many(chosen, words=words, by=request.user, at=timezone.now())
    text = ngettext("One decision drafted. Check it.", "%(count)d decisions drafted. Check them.", len(made))
    messages.success(request, text % {"count": len(made)})
    for failure in failures:
        messages.warning(request, f"{failure.application.reference}: {failure.why}")
    return redirect("funding:check-decisions", call.pk)


def _drafts(request, call):
    found = Decision.objects.visible_to(request.user).open().filter(application__call=call)
    context = ("application__case__organisation", "application__case__programme", "application__call", "drafted_by")
    return list(
        found.select_related(*context)
        .prefetch_related(Prefetch("approvals", Approval.objects.select_related("signed_by")))
        .order_by("pk")[:MOST]
    )


def check(request, call):
    """Every draft as the firm would meet it; those ticked are signed, each by itself."""
    call = _call_or_404(request, call, Permission.APPROVE_GRANT, Permission.CONFIGURE)
    drafts = _drafts(request, call)
    for draft in drafts:
        draft.signatures = [one for one in draft.approvals.all() if one.offer_hash == draft.offer_hash]
        draft.is_mine = any(one.signed_by_id == request.user.pk for one in draft.signatures)
        draft.may_sign = request.user.can(Permission.APPROVE_GRANT, draft.application.case) and not draft.is_mine
    failures = []
    if request.method == "POST":
        ticked = {tuple(value.partition(":")[::2]) for value in request.POST.getlist("sign")}
        chosen = [(draft, draft_hash) for draft in drafts for pk, draft_hash in ticked if pk == str(draft.pk)]
        for draft, _hash in chosen:
            request.user.must(Permission.APPROVE_GRANT, draft.application.case)
        signed, failures = actions.sign_many(chosen, by=request.user, at=timezone.now())
        if not chosen:
            messages.warning(request, _("Tick the decisions that you sign."))
        elif not failures:
            text = ngettext("One decision signed.", "%(count)d decisions signed.", len(signed))
            messages.success(request, text % {"count": len(signed)})
            return redirect("funding:check-decisions", call.pk)
        drafts = [draft for draft in drafts if draft not in signed]
    offers = [draft.amount for draft in drafts if draft.amount]
    context = _frame(request, call, drafts=drafts, failures=failures, total=sum(offers, Decimal(0)))
    return TemplateResponse(request, "funding/check_decisions.html", context)
