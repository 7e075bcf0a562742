"""Staff: the list, the application, the assessor's scores, the approver's decision."""

from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from applications.forms import ReasonForm
from funding import actions, aid, overlaps, quoting, rules, selling
from funding.figures import budget_of
from funding.forms import ApproveForm, ConflictForm, QueueFilter, ReviewForm
from funding.models import Award, GrantApplication, Review
from funding.views.firm import page
from funding.views.loading import to_work_on
from funding.wording import WHY_NOT_FOR_STAFF, percent_text
from organisations.groups import group_ids
from portal.charts import budget_bar
from portal.paging import paginate
from portal.workflow import IllegalMove
from programmes.models import Call
from programmes.wording import LIMIT_NAMES


def queue(request):
    """Applications sent in, those waiting longest first."""
    if not request.user.works_here:
        raise PermissionDenied
    applications = GrantApplication.objects.visible_to(request.user).exclude(submitted_at=None).with_context()
    programmes = {assignment.programme_id for assignment in request.user.active_assignments}
    filters = QueueFilter(request.GET, calls=Call.objects.filter(instrument__programme__in=programmes))
    chosen = {name: value for name, value in filters.values.items() if value}
    if not chosen.get("status"):
        waiting = [GrantApplication.Status.SUBMITTED, GrantApplication.Status.ASSESSED]
        applications = applications.filter(status__in=waiting)
    page_ = paginate(applications.filter(**chosen), order=["submitted_at", "id"], cursor=request.GET.get("cursor", ""))
    return TemplateResponse(request, "funding/queue.html", {"page": page_, "filters": filters, "form": None})


def _lines(application):
    """The costs with their quotes, each with why it does not count."""
    refused = [entry["why_not"] for entry in application.quote.get("lines", [])]
    lines = list(overlaps.with_files(application.lines.all()))
    for index, line in enumerate(lines):
        line.application = application
        why = refused[index] if index < len(refused) else None
        line.why_not = str(WHY_NOT_FOR_STAFF[why]) if why else ""
    return lines


def _work_page(request, template, application, *, lines=None, members=None, **context):
    lines = _lines(application) if lines is None else lines
    return page(
        request, template, application, lines=lines, quote=application.quote, plan_action=application.plan_action,
        limit=LIMIT_NAMES.get(application.quote.get("limit"), ""), overlaps=_overlaps(application, lines, members),
        conflicts=_conflicts(application, lines),
        share=percent_text(Decimal(application.quote.get("effective_percent") or 0)), **context,
    )  # fmt: skip


def _conflicts(application, lines):
    known = selling.diagnoses(application.case.organisation_id) if application.was_diagnosed else []
    return selling.conflicts(lines, known)


def _members(application, today):
    return group_ids(application.case.organisation, today)


def _overlaps(application, lines, members):
    """Costs that another application of the group has too; one that has ended claims none."""
    if not application.is_open:
        return []
    members = members or _members(application, application.case.programme.local_date(timezone.now()))
    return overlaps.paid_twice(application, members, lines=lines)


def detail(request, reference, number):
    """The application as staff read it, with the assessments they may see."""
    application = to_work_on(request, reference, number, Permission.VIEW_CASEWORK)
    case = application.case
    reviews = Review.objects.visible_to(request.user).filter(application=application).select_related("assessor")
    return _work_page(
        request, "funding/detail.html", application, reviews=with_criteria(application, reviews.sent()),
        award=_award(application), aid_record=aid.record_of(application),
        may_review=request.user.can(Permission.ASSESS_GRANT, case),
        may_decide=request.user.can(Permission.APPROVE_GRANT, case),
    )  # fmt: skip


def _award(application):
    people = ("letter", "aid_letter", "offered_by", "accepted_by", "aid_confirmed_by")
    return Award.objects.filter(application=application).select_related(*people).first()


def with_criteria(application, reviews):
    """Sent reviews with their scores in the order of the call's criteria."""
    criteria = application.call.criteria
    return [
        {
            "review": review,
            "scores": [{"title": one["title"], **review.scores.get(one["code"], {})} for one in criteria],
        }
        for review in reviews
    ]


def review(request, reference, number):
    """First the question of a conflict of interest, then the criteria."""
    application = to_work_on(request, reference, number, Permission.ASSESS_GRANT)
    own = Review.objects.visible_to(request.user).filter(application=application, assessor=request.user).first()
    waiting = application.status in (GrantApplication.Status.SUBMITTED, GrantApplication.Status.ASSESSED)
    if own is None and not waiting:
        messages.info(request, _("This application is not being assessed now."))
        return redirect("funding:detail", reference, number)
    if own is None:
        return _declare(request, application)
    if own.submitted_at or own.conflict == Review.Conflict.HAS or not waiting:
        others = Review.objects.visible_to(request.user).filter(application=application).select_related("assessor")
        return _work_page(
            request, "funding/reviewed.html", application, own=own, reviews=with_criteria(application, others.sent())
        )
    return _score(request, application, own)


def _declare(request, application):
    form = ConflictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.declare(application=application, by=request.user, at=timezone.now(), **form.cleaned_data)
        except actions.UnableToReview as error:
            form.add_error(None, str(error))
        else:
            return redirect("funding:review", application.case.reference, application.number)
    return page(request, "funding/declare.html", application, form=form)


def _score(request, application, own):
    send = "send" in request.POST
    form = ReviewForm(request.POST or None, review=own, criteria=application.call.criteria, complete=send)
    if request.method == "POST" and form.is_valid():
        try:
            actions.review(
                review=own, scores=form.scores, recommendation=form.cleaned_data["recommendation"],
                comment=form.cleaned_data["comment"], send=send, by=request.user, at=timezone.now(),
            )  # fmt: skip
        except actions.UnableToReview as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("Your assessment has been sent.") if send else _("Saved. You can go on later."))
        return redirect("funding:review", application.case.reference, application.number)
    return _work_page(request, "funding/review.html", application, form=form, own=own)


def _decided(request, application):
    messages.info(request, _("This application is not waiting for a decision now."))
    return redirect("funding:detail", application.case.reference, application.number)


def decide(request, reference, number):
    """The approver's page: what was asked, what assessors said, what the call has left, and the offer."""
    application = to_work_on(request, reference, number, Permission.APPROVE_GRANT)
    if application.status != GrantApplication.Status.ASSESSED:
        return _decided(request, application)
    now = timezone.now()
    today = application.case.programme.local_date(now)
    initial = {
        "seen": quoting.fingerprint(application),
        "amount": application.quoted,
        "accept_by": rules.last_day_to_accept(today),
    }
    form = ApproveForm(request.POST or None, currency=application.call.currency, today=today, initial=initial)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            actions.approve(
                application=application, amount=facts["amount"], accept_by=facts["accept_by"],
                conditions=facts["conditions"].splitlines(), seen=facts["seen"], by=request.user, at=now,
            )  # fmt: skip
        except IllegalMove:
            return _decided(request, application)
        except actions.UnableToDecide as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Approved. The offer is on its way to the firm."))
            return redirect("funding:detail", reference, number)
    reviews = Review.objects.visible_to(request.user).filter(application=application).select_related("assessor")
    budget = budget_of(application.call)
    lines, members = _lines(application), _members(application, today)
    aid_left = aid.left(application.case, today, members=members)
    chart = budget_bar(
        budget.budget, budget.allocated, max(budget.left, Decimal(0)), title=_("Budget of the call"),
        currency=budget.currency,
    )  # fmt: skip
    return _work_page(
        request, "funding/decide.html", application, form=form, budget=budget, chart=chart,
        reviews=with_criteria(application, reviews.sent()), lines=lines,
        members=members, most=quoting.most_payable(application, aid_left=aid_left, lines=lines),
        aid_left=aid_left, aid_told=aid.is_told(application.case, today),
    )  # fmt: skip


def _answer_firm(request, application, form, template, done, move):
    """A page with a reason that the firm reads: show it, or make the move once."""
    if request.method == "POST" and form.is_valid():
        try:
            move(form.cleaned_data["reason"])
        except IllegalMove:
            return _decided(request, application)
        except actions.UnableToDecide as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, done)
            return redirect("funding:detail", application.case.reference, application.number)
    return page(request, template, application, form=form)


def decline(request, reference, number):
    application = to_work_on(request, reference, number, Permission.APPROVE_GRANT)
    if application.status != GrantApplication.Status.ASSESSED:
        return _decided(request, application)
    form = ReasonForm(
        request.POST or None,
        label=_("Why can we not help with this?"),
        help_text=_("The firm reads these words. Name a next place to go if there is one."),
        submit_label=_("Decline this application"),
    )
    return _answer_firm(
        request, application, form, "funding/decline.html", _("Declined. The firm has been told."),
        lambda reason: actions.decline(application=application, reason=reason, by=request.user, at=timezone.now()),
    )  # fmt: skip


def return_to_firm(request, reference, number):
    """Assessors ask while they assess, approvers while they decide."""
    application = to_work_on(request, reference, number, Permission.VIEW_CASEWORK)
    waits_for = {
        GrantApplication.Status.SUBMITTED: Permission.ASSESS_GRANT,
        GrantApplication.Status.ASSESSED: Permission.APPROVE_GRANT,
    }
    if application.status not in waits_for:
        return _decided(request, application)
    request.user.must(waits_for[application.status], application.case)
    form = ReasonForm(
        request.POST or None,
        label=_("What do you need from the firm?"),
        help_text=_("The firm reads these words. It changes its application and sends it again."),
        submit_label=_("Return to the firm"),
    )
    return _answer_firm(
        request, application, form, "funding/return.html", _("Returned. The firm has been told."),
        lambda reason: actions.return_to_firm(
            application=application, reason=reason, by=request.user, at=timezone.now()
        ),
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
        lambda reason: actions.withdraw_offer(award=award, reason=reason, by=request.user, at=timezone.now()),
    )  # fmt: skip
