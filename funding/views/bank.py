"""Bank details: the signatory enters them after showing again who they are, two officers confirm them."""

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.permissions import Permission
from applications.forms import ReasonForm
from funding.actions import bank as actions
from funding.actions.problems import UnableToPay
from funding.forms.bank import AccountForm, CallForm, ConfirmAccountForm
from funding.models import Award, BankAccount
from funding.partner_aid import speaks_for
from funding.views.claims import claim_page, party_or_404
from portal.paging import paginate
from portal.workflow import IllegalMove

OFFICERS = (Permission.PAY_CLAIM, Permission.APPROVE_GRANT)


@reauthentication_required
def must_be_known_again(request):
    """The person has just shown again who they are; raises ReauthenticationRequired otherwise."""


@sensitive_post_parameters("holder", "sort_code", "account", "account_again")
def account(request, reference, number):
    """What is on record, masked, and the form for another; nothing is asked before the offer is accepted."""
    party = party_or_404(request, reference, number)
    if not party.may_send:
        raise PermissionDenied
    award = party.award
    owner = actions.payee_of(award, party.partner)
    if award.status != Award.Status.ACCEPTED or owner is None:
        messages.info(request, _("We ask for bank details once the offer is accepted."))
        return redirect("funding:claims", reference, number)
    if party.partner and not speaks_for(request.user, owner):
        messages.info(request, actions.no_say_in(owner))
        return redirect("funding:claims", reference, number)
    try:
        must_be_known_again(request)
    except ReauthenticationRequired:
        if request.method != "POST":
            raise
        # What was written would be kept in the session while the person signs in again: an account number is not.
        messages.info(request, _("You have waited too long. Show again who you are, then write the details again."))
        return redirect("funding:bank-account", reference, number)
    form = AccountForm(request.POST or None, is_british=owner.country == "GB")
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            actions.enter_account(
                award=award, partner=party.partner, holder=facts["holder"], number=facts["number"],
                is_iban=not form.is_british, by=request.user, at=timezone.now(),
            )  # fmt: skip
        except UnableToPay as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("We have your bank details. We call you to check them before we pay."))
            return redirect("funding:bank-account", reference, number)
    known = BankAccount.objects.filter(organisation=owner).select_related("entered_by").order_by("-id")
    return claim_page(request, "funding/bank_account.html", party, form=form, accounts=known[:5])


# --- Officers -------------------------------------------------------------------------------------
def accounts(request):
    """Accounts that wait to be confirmed."""
    places = set().union(*(request.user.programmes_for(one) for one in OFFICERS))
    if not places:
        raise PermissionDenied
    waiting = BankAccount.objects.visible_to(request.user).filter(
        status=BankAccount.Status.HELD, award__application__case__programme__in=places
    )
    found = paginate(
        waiting.select_related("organisation", "award__application__case"), order=["entered_at", "id"],
        cursor=request.GET.get("cursor", ""),
    )  # fmt: skip
    return TemplateResponse(request, "funding/bank_accounts.html", {"page": found, "form": None})


def confirm_account(request, account):
    """The first officer notes the call, the second puts the account in use; either refuses it."""
    found = get_object_or_404(
        BankAccount.objects.visible_to(request.user).select_related(
            "organisation", "entered_by", "called_by", "confirmed_by", "award__application__case__programme",
            "award__application__case__organisation",
        ),
        pk=account,
    )  # fmt: skip
    case = found.award.application.case
    if not request.user.can(Permission.VIEW_CASEWORK, case):
        raise PermissionDenied
    if not any(request.user.can(one, case) for one in OFFICERS):
        raise PermissionDenied
    waits = found.status == BankAccount.Status.HELD
    form = _form(request, found) if waits else None
    refusal = ReasonForm(
        request.POST if "refuse" in request.POST else None,
        label=_("Why is it not used?"),
        help_text=_("The firm reads these words and is asked to enter its details again."),
        submit_label="",
    )  # fmt: skip
    if request.method == "POST":
        if not waits:
            return _answered(request, found)
        chosen = refusal if "refuse" in request.POST else form
        if chosen and chosen.is_valid() and (answer := _answer(request, found, chosen)):
            return answer
    same = BankAccount.objects.filter(fingerprint=found.fingerprint).exclude(organisation=found.organisation)
    return TemplateResponse(request, "funding/bank_confirm.html", {
        "account": found, "form": refusal if "refuse" in request.POST else form, "call": form, "refusal": refusal,
        "application": found.award.application, "case": case, "same": same.count(), "waits": waits,
        "before": BankAccount.objects.filter(organisation=found.organisation).in_use().exclude(pk=found.pk).first(),
    })  # fmt: skip


def _form(request, found):
    data = None if "refuse" in request.POST else request.POST or None
    if found.called_at is None:
        return CallForm(data) if request.user.can(Permission.PAY_CLAIM, found.award.application.case) else None
    return None if found.called_by_id == request.user.pk else ConfirmAccountForm(data)


def _answer(request, found, form):
    now = timezone.now()
    try:
        if isinstance(form, CallForm):
            actions.note_call(account=found, by=request.user, at=now, **form.cleaned_data)
            done = _("Noted. Somebody else confirms the account now.")
        elif isinstance(form, ConfirmAccountForm):
            actions.confirm_account(account=found, by=request.user, at=now)
            done = _("The account is in use.")
        else:
            actions.refuse_account(account=found, reason=form.cleaned_data["reason"], by=request.user, at=now)
            done = _("The account is not used. The firm has been told.")
    except IllegalMove:
        return _answered(request, found)
    except UnableToPay as error:
        form.add_error(None, str(error))
        return None
    messages.success(request, done)
    return redirect("funding:bank-accounts")


def _answered(request, found):
    messages.info(request, _("This account has been answered meanwhile."))
    return redirect("funding:confirm-account", found.pk)
