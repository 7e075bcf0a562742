"""Staff check claims line by line, ask, and another person agrees."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from applications.forms import ReasonForm
from funding import claiming
from funding.actions import claim_checks as actions
from funding.forms.claims import ApproveClaimForm, CheckClaimForm, ClaimFilter
from funding.models import Claim, ClaimQuery
from funding.views.claims import lines_of
from funding.views.firm import page
from funding.views.loading import to_work_on
from funding.wording import CLAIM_LIMITS
from portal.paging import paginate
from portal.workflow import IllegalMove, Turn
from programmes.wording import CATEGORY_NAMES

CHECKABLE = (Claim.Status.SUBMITTED,)
WORKERS = (Permission.DECIDE_CASE, Permission.APPROVE_GRANT)


def claim_queue(request):
    """Claims sent in, those waiting longest first."""
    if not request.user.works_here:
        raise PermissionDenied
    claims = (
        Claim.objects.visible_to(request.user).exclude(submitted_at=None).with_context().prefetch_related("queries")
    )
    filters = ClaimFilter(request.GET)
    status = filters.values["status"]
    if status:
        claims = claims.filter(status=status)
    else:
        claims = claims.waiting_on(Turn.ADVISER) | claims.waiting_on(Turn.APPROVER) | claims.waiting_on(Turn.FINANCE)
    found = paginate(claims, order=["submitted_at", "id"], cursor=request.GET.get("cursor", ""))
    for one in found.rows:
        one.due = claiming.answer_by(one)
    context = {"page": found, "filters": filters, "form": None, "today": timezone.localdate()}
    return TemplateResponse(request, "funding/claim_queue.html", context)


def _claim(request, reference, number, claim, permission=Permission.VIEW_CASEWORK):
    """The claim for staff, with its award; nobody sees one that was not sent."""
    application = to_work_on(request, reference, number, permission)
    sent = Claim.objects.filter(award__application=application).exclude(submitted_at=None)
    questions = Prefetch("queries", ClaimQuery.objects.select_related("asked_by"))
    people = ("award__call", "partner", "receipt", "checked_by", "approved_by")
    found = get_object_or_404(sent.select_related(*people).prefetch_related(questions), number=claim)
    found.award.application = application
    return application, found


def named_rows(award):
    """The award's ledger by kind of cost, with its name."""
    return [(CATEGORY_NAMES[row.category], row) for row in claiming.ledger_rows(award)]


def _forms(request, found, lines):
    """The form that fits what the claim waits for and what the person may do; both None otherwise."""
    user, case = request.user, found.award.application.case
    seen = {"seen": found.updated_at.isoformat()}
    check = approve = None
    if found.status in CHECKABLE and user.can(Permission.DECIDE_CASE, case):
        check = CheckClaimForm(request.POST or None, lines=lines, currency=found.award.currency, initial=seen)
    if found.status == Claim.Status.CHECKED and user.can(Permission.APPROVE_GRANT, case):
        approve = ApproveClaimForm(request.POST or None, initial=seen)
    return check, approve


def staff_claim(request, reference, number, claim):
    """Everything about a claim; whoever checks it sees a field at every cost, whoever approves it the button."""
    application, found = _claim(request, reference, number, claim)
    lines = lines_of(found)
    check, approve = _forms(request, found, lines)
    form = check or approve
    if request.method == "POST":
        if form is None:
            return _moved_on(request, found)
        if form.is_valid():
            try:
                _answer(request, found, check, approve)
            except IllegalMove:
                return _moved_on(request, found)
            except actions.UnableToCheck as error:
                form.add_error(None, str(error))
            else:
                return redirect("funding:staff-claim", reference, number, claim)
    return page(
        request, "funding/staff_claim.html", application, claim=found, award=found.award, form=form, check=check,
        approve=approve, rows=_rows(lines, check, found, request.user),
        queries=found.queries.all(),
        evidence=found.evidence.select_related("milestone", "file"), due=claiming.answer_by(found),
        ledger=claiming.ledger_of(found.award, Claim.objects.filter(award=found.award)),
        budget=named_rows(found.award), limit=CLAIM_LIMITS.get(found.figures.get("limit"), ""),
        may_ask=found.can_move_to(Claim.Status.QUERIED) and request.user.can(Permission.DECIDE_CASE, application.case),
        may_reject=found.can_move_to(Claim.Status.REJECTED)
        and any(request.user.can(one, application.case) for one in WORKERS),
    )  # fmt: skip


def _rows(lines, check, found, user):
    """Each cost with the same invoice elsewhere, what is odd about its dates, and its fields while it is checked."""
    same = claiming.same_invoices(lines)
    ours = {assignment.programme_id for assignment in user.active_assignments}
    award = found.award
    accepted_on = award.application.case.programme.local_date(award.accepted_at) if award.accepted_at else None
    rows = []
    for line in lines:
        notes = []
        if accepted_on and line.invoice_on < accepted_on:
            notes.append(_("Invoice is older than the acceptance of the offer"))
        if award.ends_on and line.invoice_on > award.ends_on:
            notes.append(_("Invoice is of after the project’s end"))
        if line.paid_on and line.paid_on < line.invoice_on:
            notes.append(_("Paid before the date of the invoice"))
        for other in same.get(line.pk, []):
            programme = other.claim.award.application.case.programme
            name = other.claim.reference if programme.pk in ours else programme.short_name
            notes.append(_("The same invoice is in %(claim)s") % {"claim": name})
        rows.append({"line": line, "notes": notes, "fields": check.fields_of(line) if check else None})
    return rows


def _answer(request, found, check, approve):
    now = timezone.now()
    if check:
        actions.check_claim(
            claim=found, decisions=check.decisions, seen=check.cleaned_data["seen"], by=request.user, at=now
        )
        messages.success(request, _("Checked. Somebody else approves it now."))
    else:
        actions.approve_claim(claim=found, seen=approve.cleaned_data["seen"], by=request.user, at=now)
        messages.success(request, _("Approved. It goes into the next payment run."))


def _moved_on(request, found):
    messages.info(request, _("This claim has moved on meanwhile. Look at it again."))
    application = found.award.application
    return redirect("funding:staff-claim", application.case.reference, application.number, found.number)


def _with_reason(request, application, found, form, title, done, move):
    if request.method == "POST" and form.is_valid():
        try:
            move(form.cleaned_data["reason"])
        except IllegalMove:
            return _moved_on(request, found)
        except actions.UnableToCheck as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, done)
            return redirect("funding:staff-claim", application.case.reference, application.number, found.number)
    return page(request, "funding/staff_claim_reason.html", application, claim=found, form=form, title=title)


def ask_about_claim(request, reference, number, claim):
    application, found = _claim(request, reference, number, claim, Permission.DECIDE_CASE)
    if not found.can_move_to(Claim.Status.QUERIED):
        return _moved_on(request, found)
    form = ReasonForm(
        request.POST or None,
        label=_("What do you need from the firm?"),
        help_text=_("The firm reads these words. Until it answers, the promised days do not run."),
        submit_label=_("Ask the firm"),
    )
    return _with_reason(
        request, application, found, form, _("Ask about this claim"), _("The firm has been asked."),
        lambda reason: actions.ask_about_claim(claim=found, question=reason, by=request.user, at=timezone.now()),
    )  # fmt: skip


def send_claim_back(request, reference, number, claim):
    application, found = _claim(request, reference, number, claim, Permission.APPROVE_GRANT)
    if found.status != Claim.Status.CHECKED:
        return _moved_on(request, found)
    form = ReasonForm(
        request.POST or None,
        label=_("What has to be checked again?"),
        help_text=_("Staff read these words."),
        submit_label=_("Send back to be checked"),
    )
    return _with_reason(
        request, application, found, form, _("Check this claim again"), _("Sent back to be checked."),
        lambda reason: actions.send_claim_back(claim=found, reason=reason, by=request.user, at=timezone.now()),
    )  # fmt: skip


def reject_claim(request, reference, number, claim):
    application, found = _claim(request, reference, number, claim)
    if not any(request.user.can(one, application.case) for one in WORKERS):
        raise PermissionDenied
    if not found.can_move_to(Claim.Status.REJECTED):
        return _moved_on(request, found)
    form = ReasonForm(
        request.POST or None,
        label=_("Why can none of it be paid?"),
        help_text=_("The firm reads these words. It may claim for the same months again."),
        submit_label=_("Reject this claim"),
    )
    return _with_reason(
        request, application, found, form, _("Reject this claim"), _("Rejected. The firm has been told."),
        lambda reason: actions.reject_claim(claim=found, reason=reason, by=request.user, at=timezone.now()),
    )  # fmt: skip
