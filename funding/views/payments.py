"""Payment runs, the ledger of an award, and money that has to come back."""

from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from applications.forms import ReasonForm
from funding import claiming, payment_file
from funding.actions import payments as actions
from funding.actions.problems import UnableToPay
from funding.forms.payments import ClawbackForm, FailedForm, MakeRunForm, PaidForm
from funding.models import Claim, Clawback, Payment, PaymentRun
from funding.views.bank import must_be_known_again
from funding.views.claim_checks import named_rows
from funding.views.claims import AWARDS, claim_page, party_or_404
from funding.views.firm import page
from funding.views.loading import to_work_on
from portal.models import Event
from portal.paging import paginate
from portal.workflow import IllegalMove
from programmes.models import Programme


def _programmes(request, permission=Permission.PAY_CLAIM):
    """Programmes whose money the person handles, or 403."""
    places = request.user.programmes_for(permission)
    if not places:
        raise PermissionDenied
    return Programme.objects.filter(pk__in=places).order_by("short_name")


def _run(request, pk):
    """A run the person may read; changing one takes PAY_CLAIM in its programme."""
    runs = PaymentRun.objects.visible_to(request.user).select_related("programme", "made_by", "released_by")
    return get_object_or_404(runs, pk=pk)


def _must_pay(request, found):
    if found.programme_id not in request.user.programmes_for(Permission.PAY_CLAIM):
        raise PermissionDenied


# --- Runs -----------------------------------------------------------------------------------------
def runs(request):
    """What can be paid now, what lacks bank details, and the runs made so far."""
    programmes = _programmes(request)
    asked = programmes.filter(slug=request.GET.get("programme", "")).first()
    # Unless one is asked for, one with something to pay.
    to_pay = Claim.objects.filter(status=Claim.Status.APPROVED).values("award__application__case__programme")
    programme = asked or programmes.filter(pk__in=to_pay).first() or programmes[0]
    waiting = list(actions.payable(programme)[:200])
    accounts = actions.accounts_for(waiting)
    ready = [one for one in waiting if one.pk in accounts]
    form = MakeRunForm(request.POST or None, payable=ready)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            made = actions.make_run(
                programme=programme, claims=[int(pk) for pk in facts["claims"]], key=facts["key"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except UnableToPay as error:
            form.add_error(None, str(error))
        else:
            return redirect("funding:payment-run", made.pk)
    made = PaymentRun.objects.visible_to(request.user).filter(programme=programme).select_related("programme")
    return TemplateResponse(request, "funding/payment_runs.html", {
        "programmes": programmes, "programme": programme, "form": form,
        "ready": [(one, accounts[one.pk]) for one in ready],
        "lacking": [one for one in waiting if one.pk not in accounts],
        "page": paginate(made, order=["-id"], cursor=request.GET.get("cursor", "")),
    })  # fmt: skip


def run(request, run):
    """One run: release or cancel it, fetch its file, note what the bank answered."""
    found = _run(request, run)
    payments = list(actions.payments_of(found))
    may_pay = found.programme_id in request.user.programmes_for(Permission.PAY_CLAIM)
    today = found.programme.local_date(timezone.now())
    form = PaidForm(request.POST if "paid" in request.POST else None, today=today)
    if request.method == "POST":
        _must_pay(request, found)
        if answer := _move_run(request, found, payments, form):
            return answer
    standing = [one for one in payments if one.status != Payment.Status.DROPPED]
    return TemplateResponse(request, "funding/payment_run.html", {
        "run": found, "payments": payments, "form": form, "may_pay": may_pay,
        "total": sum(one.amount for one in standing), "count": len(standing),
        "sent": [one for one in payments if one.status == Payment.Status.SENT],
        "funders": _funders(standing),
    })  # fmt: skip


def _funders(payments):
    sums = {}
    for payment in payments:
        for share in payment.shares:
            sums[share["funder"]] = sums.get(share["funder"], 0) + Decimal(share["amount"])
    return sums.items()


def _move_run(request, found, payments, form):
    """Do what the pressed button says; None when the form says why not."""
    now = timezone.now()
    try:
        if "release" in request.POST:
            actions.release_run(run=found, by=request.user, at=now)
            messages.success(request, _("Released. Fetch the file and send it to the bank."))
        elif "cancel" in request.POST:
            actions.cancel_run(run=found, by=request.user, at=now)
            messages.success(request, _("Cancelled. Its claims wait for the next run."))
        elif not form.is_valid():
            return None
        else:
            for payment in payments:
                if payment.status == Payment.Status.SENT:
                    actions.mark_paid(payment=payment, on=form.cleaned_data["paid_on"], by=request.user, at=now)
            messages.success(request, _("Noted as paid. The firms have been told."))
    except IllegalMove:
        messages.info(request, _("This run has moved on meanwhile. Look at it again."))
    except UnableToPay as error:
        messages.warning(request, str(error))
    return redirect("funding:payment-run", found.pk)


def run_file(request, run):
    """The file for the bank, whole account numbers in it: who fetches it shows again who they are, and it is noted."""
    found = _run(request, run)
    _must_pay(request, found)
    must_be_known_again(request)
    if found.status not in (PaymentRun.Status.RELEASED, PaymentRun.Status.CLOSED):
        return redirect("funding:payment-run", found.pk)
    content = payment_file.contents(found, actions.in_file(found))
    Event.objects.record(found, kind="paymentrun.file_fetched", by=request.user, at=timezone.now(), staff_only=True)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found}.csv"'
    response["Cache-Control"] = "no-store, private"
    return response


def payment(request, run, payment):
    """One payment: take it out before the file is made, or note that the bank sent it back."""
    found = _run(request, run)
    _must_pay(request, found)
    one = get_object_or_404(actions.payments_of(found), pk=payment)
    one.run = found
    form = FailedForm(request.POST if request.method == "POST" and "drop" not in request.POST else None)
    if request.method == "POST":
        try:
            if "drop" in request.POST:
                actions.drop_payment(payment=one, by=request.user, at=timezone.now())
            elif form.is_valid():
                actions.mark_failed(payment=one, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
            else:
                return _payment_page(request, found, one, form)
        except IllegalMove:
            messages.info(request, _("This payment has been answered meanwhile."))
        except UnableToPay as error:
            messages.warning(request, str(error))
        return redirect("funding:payment-run", found.pk)
    return _payment_page(request, found, one, form)


def _payment_page(request, found, one, form):
    return TemplateResponse(request, "funding/payment.html", {
        "run": found, "payment": one, "form": form, "waits": one.status == Payment.Status.WAITING,
        "may_fail": one.can_move_to(Payment.Status.FAILED),
    })  # fmt: skip


# --- Ledger ---------------------------------------------------------------------------------------
def _ledger(award, *, sent_only=False):
    """The award's money; staff (`sent_only`) do not read what the firm is still writing."""
    claims = list(Claim.objects.filter(award=award).select_related("partner"))
    for one in claims:
        one.award = award
    payments = list(Payment.objects.filter(claim__award=award).select_related("run__programme", "account", "claim"))
    return {
        "claims": [one for one in claims if one.submitted_at or not sent_only],
        "ledger": claiming.ledger_of(award, claims), "budget": named_rows(award),
        "payments": payments, "funders": claiming.by_funder(payments).items(),
        "clawbacks": Clawback.objects.filter(award=award),
    }  # fmt: skip


def firm_ledger(request, reference, number):
    """Every sum of the grant, for the firm that applied."""
    party = party_or_404(request, reference, number)
    if party.partner:
        return redirect("funding:claims", reference, number)
    return claim_page(request, "funding/ledger.html", party, **_ledger(party.award))


def ledger(request, reference, number):
    """The same for staff, with runs and funders, and the way to ask money back."""
    application = to_work_on(request, reference, number, Permission.VIEW_CASEWORK)
    award = get_object_or_404(AWARDS, application=application)
    return page(
        request, "funding/staff_ledger.html", application, award=award, **_ledger(award, sent_only=True),
        may_propose=request.user.can(Permission.DECIDE_CASE, application.case),
    )  # fmt: skip


def propose_clawback(request, reference, number):
    application = to_work_on(request, reference, number, Permission.DECIDE_CASE)
    award = get_object_or_404(AWARDS, application=application)
    form = ClawbackForm(request.POST or None, currency=award.currency)
    if request.method == "POST" and form.is_valid():
        try:
            actions.propose_clawback(award=award, by=request.user, at=timezone.now(), **form.cleaned_data)
        except UnableToPay as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Proposed. Somebody else approves it now."))
            return redirect("funding:ledger", reference, number)
    return page(request, "funding/clawback.html", application, award=award, form=form)


def answer_clawback(request, reference, number, clawback):
    """An approver asks the firm for it or drops it; finance notes that it came."""
    application = to_work_on(request, reference, number, Permission.VIEW_CASEWORK)
    found = get_object_or_404(Clawback, award__application=application, pk=clawback)
    may_approve = request.user.can(Permission.APPROVE_GRANT, application.case)
    may_note = request.user.can(Permission.PAY_CLAIM, application.case)
    if not (may_approve or may_note):
        raise PermissionDenied
    today = application.case.programme.local_date(timezone.now())
    repaid = PaidForm(request.POST if "paid" in request.POST else None, today=today)
    drop = ReasonForm(
        request.POST if "drop" in request.POST else None, label=_("Why is it not pursued?"),
        help_text=_("Staff read these words."), submit_label="",
    )  # fmt: skip
    if request.method == "POST" and (answer := _move_clawback(request, found, may_approve, may_note, repaid, drop)):
        return answer
    return page(
        request, "funding/clawback_answer.html", application, award=found.award, clawback=found, repaid=repaid,
        drop=drop,
        may_approve=may_approve, may_note=may_note, form=drop if "drop" in request.POST else repaid,
    )  # fmt: skip


def _move_clawback(request, found, may_approve, may_note, repaid, drop):
    now, facts = timezone.now(), {"clawback": found, "by": request.user}
    chosen = {"approve": may_approve, "drop": may_approve, "paid": may_note}
    button = next((name for name in chosen if name in request.POST), "")
    if not chosen.get(button):
        raise PermissionDenied
    try:
        if button == "approve":
            actions.approve_clawback(at=now, **facts)
        elif button == "drop" and drop.is_valid():
            actions.drop_clawback(reason=drop.cleaned_data["reason"], at=now, **facts)
        elif button == "paid" and repaid.is_valid():
            actions.mark_repaid(on=repaid.cleaned_data["paid_on"], at=now, **facts)
        else:
            return None
    except IllegalMove:
        messages.info(request, _("This has been answered meanwhile."))
    except UnableToPay as error:
        messages.warning(request, str(error))
    application = found.award.application
    return redirect("funding:ledger", application.case.reference, application.number)
