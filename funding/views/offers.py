"""The firm reads its offer and takes it up, or turns it down."""

from decimal import Decimal

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from applications.forms import ReasonForm
from funding import actions
from funding.forms import AcceptForm
from funding.models import Award
from funding.views.costs import download
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
        if form.is_valid():
            try:
                actions.accept_offer(
                    award=award, offer_hash=form.cleaned_data["offer_hash"],
                    confirms_aid=form.cleaned_data.get("confirms_aid", False), by=request.user, at=timezone.now(),
                )  # fmt: skip
            except IllegalMove:
                # Accepted by the first of two clicks, or closed meanwhile: the page says which.
                return redirect("funding:offer", reference, number)
            except actions.UnableToAccept as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("You have accepted the offer."))
                return redirect("funding:offer", reference, number)
    context = {
        "award": award,
        "form": form,
        "percent": percent_text(Decimal(award.offer["percent"])),
        "late": award.is_late(case.programme.local_date(timezone.now())),
        "may_sign": request.user.can(Permission.SIGN, case),
    }
    return page(request, "funding/offer.html", award.application, **context)


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
    return download(document.file, document.file_name, "application/pdf")
