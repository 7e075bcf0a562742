"""The firm reads its offer and takes it up, or turns it down."""

from decimal import Decimal

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from applications.forms import ReasonForm
from documents.serving import file_response
from funding import actions, partner_aid
from funding.actions import sharing
from funding.forms import AcceptForm, BaselineForm
from funding.models import Award, Colleague
from funding.views.firm import page
from funding.views.loading import award_or_404
from funding.wording import percent_text
from portal.workflow import IllegalMove


def offer(request, reference, number):
    award = award_or_404(request, reference, number)
    case = award.application.case
    question = award.aid_question if award.aid_basis else ""
    form = AcceptForm(request.POST or None, aid_question=question, initial={"offer_hash": award.offer_hash})
    if request.method == "POST":
        request.user.must(Permission.SIGN, case)
        if form.is_valid() and (answer := _accept(request, award, form)):
            return answer
    partners = partner_aid.standing_of(award)
    context = {
        "award": award,
        "form": form,
        "percent": percent_text(Decimal(award.offer["percent"])),
        "late": award.is_late(case.programme.local_date(timezone.now())),
        "may_sign": request.user.can(Permission.SIGN, case),
        "may_edit": sharing.may(request.user, award.application, Colleague.Role.EDIT),
        "conditions": award.conditions.all(),
        "partners": partners,
        "partners_missing": any(one.aid_confirmed_at is None for one in partners),
    }
    return page(request, "funding/offer.html", award.application, **context)


@reauthentication_required
def _accept(request, award, form):
    """Bind the firm, once the person has shown again who it is; None when the form says why not."""
    case = award.application.case
    facts = form.cleaned_data
    try:
        actions.accept_offer(
            award=award, offer_hash=facts["offer_hash"], confirms_aid=facts.get("confirms_aid", False),
            by=request.user, at=timezone.now(),
        )  # fmt: skip
    except actions.UnableToAccept as error:
        form.add_error(None, str(error))
        return None
    except IllegalMove:
        # Accepted by the first of two clicks, or closed meanwhile: the page says which.
        return redirect("funding:offer", case.reference, award.application.number)
    messages.success(request, _("You have accepted the offer."))
    return redirect("funding:award", case.reference, award.application.number)


def baseline(request, reference, number):
    """Where the firm stands before its project: asked before the offer is accepted."""
    award = award_or_404(request, reference, number)
    sharing.must(request.user, award.application, Colleague.Role.EDIT)
    if award.status != Award.Status.OFFERED:
        return redirect("funding:offer", reference, number)
    form = BaselineForm(
        request.POST or None, currency=award.currency,
        today=award.application.case.programme.local_date(timezone.now()), initial=_known_baseline(award),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_baseline(award=award, by=request.user, at=timezone.now(), **form.cleaned_data)
        except actions.UnableToChange as error:
            messages.info(request, str(error))
        return redirect("funding:offer", reference, number)
    return page(request, "funding/baseline.html", award.application, award=award, form=form)


def _known_baseline(award):
    return {
        "employees": award.baseline_employees, "turnover": award.baseline_turnover,
        "output_per_hour": award.baseline_output_per_hour, "period_end": award.baseline_period_end,
    }  # fmt: skip


def turn_down(request, reference, number):
    award = award_or_404(request, reference, number)
    request.user.must(Permission.SIGN, award.application.case)
    if award.status != Award.Status.OFFERED:
        return redirect("funding:offer", reference, number)
    form = ReasonForm(
        request.POST or None,
        label=_("Why do you turn the offer down?"),
        help_text=_("A few words help us to do better. Your adviser reads them."),
        submit_label=_("Turn down this offer"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.turn_down_offer(award=award, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
        except IllegalMove:
            messages.info(request, _("This offer has been answered already."))
        else:
            messages.success(request, _("You have turned down the offer."))
        return redirect("funding:offer", reference, number)
    return page(request, "funding/turn_down.html", award.application, form=form, award=award)


def letter(request, reference, number):
    """The offer letter; while it is being made, the page that shows it (htmx asks for the link alone)."""
    award = award_or_404(request, reference, number)
    return _document(request, award, award.letter, "funding/_letter.html")


def aid_letter(request, reference, number):
    """Our confirmation of the aid given, there once the offer was accepted."""
    award = award_or_404(request, reference, number)
    if award.aid_letter is None:
        raise Http404
    return _document(request, award, award.aid_letter, "funding/_aid_letter.html")


def _document(request, award, document, template):
    application = award.application
    if request.htmx:
        context = {"award": award, "application": application, "case": application.case}
        return TemplateResponse(request, template, context)
    if not document.is_ready:
        messages.info(request, _("The letter is still being made. It takes a few seconds."))
        return redirect("funding:offer", application.case.reference, application.number)
    return file_response(document.file, document.file_name, "application/pdf")
