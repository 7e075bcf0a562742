"""A partner's side: the page behind its link, and its own part of the application. It sees nothing else of the firm."""

from decimal import Decimal

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from documents.serving import file_response
from funding import actions, joining, varying, wording
from funding.forms import BenefitForm, LinksForm, PartnerAidForm, PartnerConfirmForm, PartnerSizeForm
from funding.models import Partner
from funding.taking_part import part_of
from funding.views.bearing import bearing_or_404
from portal.workflow import IllegalMove


@login_not_required
def part(request, key):
    """The part for its contact, the invitation for who has none yet. Everybody else learns nothing."""
    rows = Partner.objects.select_related(
        "application__case__programme", "application__case__organisation", "application__call__instrument",
        "invited_by", "replaces",
    )  # fmt: skip
    row = rows.filter(key=key).first()
    if row and request.user.is_authenticated and row.contact_id == request.user.pk and row.answers:
        return _overview(request, key)
    if row is None or row.status != row.Status.INVITED or not (row.application.is_editable or row.is_next):
        return TemplateResponse(request, "funding/invitation_closed.html", {}, status=404)
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        return _answer(request, row)
    case = row.application.case
    context = {
        "partner": row,
        "programme": case.programme,
        "header_name": case.programme.local_name,
        "firm": case.organisation.name,
        "instrument": row.application.call.instrument,
        "is_theirs": request.user.is_authenticated and request.user.email.lower() == row.email.lower(),
    }
    return TemplateResponse(request, "funding/partner_invitation.html", context)


def _answer(request, row):
    declines = request.POST.get("answer") == "decline"
    act = actions.decline_part if declines else actions.accept_part
    try:
        act(partner=row, by=request.user, at=timezone.now())
    except (actions.UnableToChange, IllegalMove) as error:
        text = str(error) if isinstance(error, actions.UnableToChange) else _("This link does not work any more.")
        messages.error(request, text)
        return redirect("funding:part", row.key)
    if declines:
        return TemplateResponse(request, "funding/partner_declined.html", {"firm": row.application.case.organisation})
    messages.success(request, _("You take part. You find this project under “Your support” from now on."))
    return redirect("funding:part", row.key)


def _overview(request, key):
    bearing = bearing_or_404(request, key=key)
    partner = bearing.partner
    missing = joining.missing_of(partner)
    tasks = [
        {"title": joining.PARTS[code], "url": bearing.url("section", code), "hint": "", "state": _state(code, missing)}
        for code in joining.parts_of(partner)
    ]
    if not partner.is_next:
        costs = {"title": _("What it costs you"), "hint": _("Each cost that you bear, with its quote if you have one")}
        tasks.append({**costs, "url": bearing.url("costs"), "state": _state("costs", missing)})
    if not bearing.is_open:
        tasks = [task | {"url": ""} for task in tasks]
    award = getattr(bearing.application, "award", None)
    return bearing.page(
        request, "funding/part_overview.html", tasks=tasks, missing=missing, award=award, part=part_of(partner),
        may_reopen=partner.status == partner.Status.DONE and partner.is_open and not partner.aid_words,
        rows=varying.to_take_over(award, partner) if partner.is_next else _own_rows(award, partner),
        may_claim=bool(award and award.accepted_at and not partner.is_next), **(bearing.panel() if not award else {}),
    )  # fmt: skip


def _own_rows(award, partner):
    """Its part of the budget in force."""
    return [row for row in award.budget_rows if row["partner"] == partner.pk] if award else []


def support(request, key):
    """What our letter asks the partner to confirm about its aid, and its confirmation in writing."""
    bearing = bearing_or_404(request, key=key)
    partner = bearing.partner
    if not partner.aid_words:
        raise Http404
    form = PartnerConfirmForm(request.POST or None, words=partner.aid_words)
    if request.method == "POST" and form.is_valid():
        return _confirmed(request, bearing)
    award = bearing.application.award
    waits = not partner.aid_confirmed_at and (award.status == award.Status.OFFERED or partner.is_next)
    return bearing.page(
        request, "funding/part_support.html", form=form, award=award, waits=waits, basis=award.get_aid_basis_display(),
    )  # fmt: skip


@reauthentication_required
def _confirmed(request, bearing):
    try:
        actions.confirm_aid(partner=bearing.partner, by=request.user, at=timezone.now())
    except actions.UnableToChange as error:
        messages.info(request, str(error))
    else:
        messages.success(request, _("You have confirmed it. The firm that invited you has been told."))
    return redirect(bearing.home)


def aid_letter(request, key, what):
    """Our letter before (`notice`) and after (`confirmation`) the aid was given, as a PDF."""
    bearing = bearing_or_404(request, key=key)
    letters = {"notice": bearing.partner.aid_notice, "confirmation": bearing.partner.aid_letter}
    document = letters.get(what)
    if document is None:
        raise Http404
    if not document.is_ready:
        messages.info(request, _("The letter is still being made. It takes a few seconds."))
        return redirect(bearing.home)
    return file_response(document.file, document.file_name, "application/pdf")


def _state(code, missing):
    return "todo" if code in missing else "done"


def section(request, key, code):
    """One page of the part: its benefit, size, earlier aid or ties."""
    bearing = bearing_or_404(request, key=key)
    if code not in joining.parts_of(bearing.partner):
        raise Http404
    if not bearing.is_open:
        return bearing.closed(request)
    form = _form(request, bearing, code)
    if request.method == "POST" and form.is_valid():
        try:
            _keep(bearing.partner, code, form, by=request.user, at=timezone.now())
        except actions.UnableToChange as error:
            messages.info(request, str(error))
        return redirect(bearing.home)
    return bearing.page(request, "funding/part_section.html", form=form, title=joining.PARTS[code])


def _form(request, bearing, code):
    partner, currency = bearing.partner, bearing.application.call.currency
    typed = request.POST or None
    if code == "benefit":
        return BenefitForm(typed, initial={"benefit": partner.benefit})
    if code == "size":
        names = ("employees", "turnover", "balance_sheet")
        known = {name: Decimal(partner.size[name]) for name in names if partner.size.get(name)}
        return PartnerSizeForm(typed, initial=known, currency=currency)
    if code == "aid":
        amount = partner.subsidy.get("amount")
        words = wording.aid_words_of(partner, on=bearing.today)
        return PartnerAidForm(
            typed, initial={"amount": Decimal(amount)} if amount else {}, currency=currency, words=words
        )
    known = {None: "", True: "yes", False: "no"}[partner.links.get("none")]
    return LinksForm(typed, initial={"none": known, "note": partner.links.get("note", "")})


def _keep(partner, code, form, *, by, at):
    facts = form.cleaned_data
    if code == "size":
        actions.save_size(partner=partner, by=by, at=at, **facts)
    elif code == "aid":
        words = str(form.fields["confirms"].label)
        actions.declare_aid(partner=partner, amount=facts["amount"], words=words, by=by, at=at)
    elif code == "links":
        actions.save_own_part(partner=partner, links={"none": facts["none"], "note": facts["note"]})
    else:
        actions.save_own_part(partner=partner, benefit=facts["benefit"])


@require_POST
def complete(request, key):
    return _move(
        request, key, actions.complete_part, _("Your part is complete. The firm that invited you has been told.")
    )


@require_POST
def reopen(request, key):
    return _move(request, key, actions.reopen_part, _("You can change your part again."))


def _move(request, key, act, done):
    bearing = bearing_or_404(request, key=key)
    try:
        act(partner=bearing.partner, by=request.user, at=timezone.now())
    except (actions.UnableToChange, IllegalMove) as error:
        messages.info(request, str(error))
    else:
        messages.success(request, done)
    return redirect(bearing.home)


def leave(request, key):
    """The partner steps back; its costs go with it."""
    bearing = bearing_or_404(request, key=key)
    if request.method != "POST":
        return bearing.page(request, "funding/part_leave.html")
    try:
        actions.decline_part(partner=bearing.partner, by=request.user, at=timezone.now())
    except (actions.UnableToChange, IllegalMove) as error:
        text = str(error) if isinstance(error, actions.UnableToChange) else _("Open your part again first.")
        messages.info(request, text)
        return redirect(bearing.home)
    return TemplateResponse(request, "funding/partner_declined.html", {"firm": bearing.application.case.organisation})
