"""Staff: the approver's decision on one application, and what goes back to the firm."""

from decimal import Decimal

from django.contrib import messages
from django.db.models import Prefetch
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from applications.forms import ReasonForm
from funding import actions, quoting, rules
from funding.actions.deciding import DECIDABLE
from funding.figures import budget_of
from funding.forms import ApproveForm, DeclineForm, ReserveForm, ReturnForm, SignForm
from funding.models import Approval, Decision, GrantApplication, Review
from funding.rules.decisions import approvers_for
from funding.views.firm import page
from funding.views.loading import read_partners, to_work_on
from funding.views.working import lines_of, with_criteria, work_page
from portal.charts import budget_bar
from portal.workflow import IllegalMove


def _decided(request, application):
    messages.info(request, _("This application is not waiting for a decision now."))
    return redirect("funding:detail", application.case.reference, application.number)


def _open_draft(application):
    drafts = Decision.objects.filter(application=application).open()
    signatures = Prefetch("approvals", Approval.objects.select_related("signed_by"))
    return drafts.select_related("drafted_by").prefetch_related(signatures).first()


def _signatures(draft):
    return [each for each in draft.approvals.all() if each.offer_hash == draft.offer_hash]


def decide(request, reference, number):
    """The approver's page: what was asked, what assessors said, what the call has left, and the offer.

    Where a draft waits for signatures, the page shows it to be signed; `?change` opens the form again.
    """
    application = to_work_on(request, reference, number, Permission.APPROVE_GRANT)
    if application.status not in DECIDABLE:
        return _decided(request, application)
    now = timezone.now()
    today = application.case.programme.local_date(now)
    draft = _open_draft(application)
    if draft and request.method == "GET" and "change" not in request.GET:
        form = SignForm(initial={"offer_hash": draft.offer_hash})
        return _decision_page(
            request, "funding/sign.html", application, today, form=form, draft=draft, signatures=_signatures(draft)
        )
    form = _approve_form(request, application, draft, today)
    done = _approved(request, application, form, now) if request.method == "POST" and form.is_valid() else None
    if done is not None:
        return done
    return _decision_page(request, "funding/decide.html", application, today, form=form, draft=draft)


def _approve_form(request, application, draft, today):
    amount = draft.amount if draft and draft.amount else application.quoted
    initial = {
        "seen": quoting.fingerprint(application),
        "amount": amount,
        "accept_by": rules.last_day_to_accept(today, application.call.accept_days),
    }
    if draft and draft.offer:
        before = draft.offer["before_start"]
        initial["before_start"] = "\n".join(before)
        initial["accept_by"] = max(draft.accept_by, today)
    approvers = approvers_for(application.call.approval_bands, amount or Decimal(0))
    return ApproveForm(
        request.POST or None, currency=application.call.currency, today=today, approvers=approvers, initial=initial
    )


def _approved(request, application, form, now):
    """The answer to a valid form, or None when the decision cannot be taken so and the form says why."""
    facts = form.cleaned_data
    try:
        award = actions.approve(
            application=application, amount=facts["amount"], accept_by=facts["accept_by"],
            conditions=facts["conditions"].splitlines(), before_start=facts["before_start"].splitlines(),
            seen=facts["seen"], by=request.user, at=now,
        )  # fmt: skip
    except IllegalMove:
        return _decided(request, application)
    except actions.UnableToDecide as error:
        form.add_error(None, str(error))
        return None
    if award:
        messages.success(request, _("Approved. The offer is on its way to the firm."))
    else:
        _say_who_is_missing(request, application)
    return redirect("funding:detail", application.case.reference, application.number)


def _say_who_is_missing(request, application):
    draft = _open_draft(application)
    missing = draft.approvers_needed - len(_signatures(draft)) if draft else 0
    words = ngettext(
        "Signed. One more approver has to sign before the firm is told.",
        "Signed. %(count)d more approvers have to sign before the firm is told.",
        missing,
    )
    messages.success(request, words % {"count": missing})


def _decision_page(request, template, application, today, **context):
    reviews = Review.objects.visible_to(request.user).filter(application=application).select_related("assessor")
    budget = budget_of(application.call)
    read_partners(application)
    lines, rooms = lines_of(application), quoting.rooms_of(application, today)
    own = rooms.get(application.case.organisation_id)
    aid_left = own.most if own else None
    chart = budget_bar(
        budget.budget, budget.allocated, max(budget.left, Decimal(0)), title=_("Budget of the call"),
        currency=budget.currency,
    )  # fmt: skip
    return work_page(
        request, template, application, budget=budget, chart=chart, lines=lines, members=own.members if own else None,
        reviews=with_criteria(application, reviews.sent()),
        most=quoting.most_payable(application, aid_left=aid_left, lines=lines, rooms=rooms), aid_left=aid_left,
        # Who signs reads what the draft says; only who drafts has to know whether the firm was asked.
        aid_told="signatures" in context or bool(own and own.is_told), **context,
    )  # fmt: skip


@require_POST
def sign(request, reference, number):
    """Put one's name under the draft as it was shown."""
    application = to_work_on(request, reference, number, Permission.APPROVE_GRANT)
    draft, form = _open_draft(application), SignForm(request.POST)
    if draft is None or not form.is_valid():
        return _decided(request, application)
    try:
        actions.sign(decision=draft, offer_hash=form.cleaned_data["offer_hash"], by=request.user, at=timezone.now())
    except IllegalMove:
        return _decided(request, application)
    except actions.UnableToDecide as error:
        messages.warning(request, str(error))
        return redirect("funding:decide", reference, number)
    if _open_draft(application):
        _say_who_is_missing(request, application)
    else:
        messages.success(request, _("Signed. The firm has been told."))
    return redirect("funding:detail", reference, number)


@require_POST
def drop(request, reference, number):
    """Take an open draft away."""
    application = to_work_on(request, reference, number, Permission.APPROVE_GRANT)
    if draft := _open_draft(application):
        try:
            actions.drop(decision=draft, by=request.user, at=timezone.now())
        except IllegalMove:
            return _decided(request, application)
        messages.success(request, _("The draft is gone. The application waits for a decision."))
    return redirect("funding:detail", reference, number)


def _answer_firm(request, application, form, template, done, move):
    """A page with words that the firm reads: show it, or make the move once."""
    if request.method == "POST" and form.is_valid():
        try:
            move(form.cleaned_data)
        except IllegalMove:
            return _decided(request, application)
        except actions.UnableToDecide as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, done)
            return redirect("funding:detail", application.case.reference, application.number)
    return page(request, template, application, form=form)


def _feedback(request, application):
    """What assessors wrote, by criterion and without their names, as a start for the words to the firm."""
    seen = Review.objects.visible_to(request.user).filter(application=application)
    reviews = with_criteria(application, seen.sent())
    lines = [
        f"{score['title']}: {score['reason']}" for one in reviews for score in one["scores"] if score.get("reason")
    ]
    return "\n".join(sorted(lines))


def decline(request, reference, number):
    application = to_work_on(request, reference, number, Permission.APPROVE_GRANT)
    if application.status not in DECIDABLE:
        return _decided(request, application)
    initial = {"seen": quoting.fingerprint(application), "feedback": _feedback(request, application)}
    form = DeclineForm(request.POST or None, initial=initial)
    return _answer_firm(
        request, application, form, "funding/decline.html", _("Declined. The firm has been told."),
        lambda words: actions.decline(application=application, by=request.user, at=timezone.now(), **words),
    )  # fmt: skip


def reserve(request, reference, number):
    application = to_work_on(request, reference, number, Permission.APPROVE_GRANT)
    if application.status != GrantApplication.Status.ASSESSED:
        return _decided(request, application)
    form = ReserveForm(request.POST or None, initial={"seen": quoting.fingerprint(application)})
    return _answer_firm(
        request, application, form, "funding/reserve.html", _("On the reserve list. The firm has been told."),
        lambda words: actions.reserve(application=application, by=request.user, at=timezone.now(), **words),
    )  # fmt: skip


def return_to_firm(request, reference, number):
    """Advisers and managers ask while it is assessed, approvers while they decide."""
    application = to_work_on(request, reference, number, Permission.VIEW_CASEWORK)
    waits_for = {
        GrantApplication.Status.SUBMITTED: Permission.DECIDE_CASE,
        GrantApplication.Status.ASSESSED: Permission.APPROVE_GRANT,
    }
    if application.status not in waits_for:
        return _decided(request, application)
    request.user.must(waits_for[application.status], application.case)
    form = ReturnForm(request.POST or None, sections=quoting.sections_of(application.call))
    return _answer_firm(
        request, application, form, "funding/return.html", _("Returned. The firm has been told."),
        lambda words: actions.return_to_firm(application=application, by=request.user, at=timezone.now(), **words),
    )  # fmt: skip


def withdraw_offer(request, reference, number):
    application = to_work_on(request, reference, number, Permission.APPROVE_GRANT)
    award = getattr(application, "award", None)
    if award is None or not award.is_live:
        return _decided(request, application)
    form = ReasonForm(
        request.POST or None,
        label=_("Why is the offer withdrawn?"),
        help_text=_("The firm reads these words."),
        submit_label=_("Withdraw the offer"),
    )
    return _answer_firm(
        request, application, form, "funding/withdraw_offer.html", _("Withdrawn. The firm has been told."),
        lambda words: actions.withdraw_offer(award=award, by=request.user, at=timezone.now(), **words),
    )  # fmt: skip
