"""The firm's side: with whom it applies, whom it has invited, and where the rest of the money comes from."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from documents import serving
from documents.checking import RefusedFile
from funding import actions, independence, joining, quoting, wording
from funding.forms import FormOfApplicationForm, InvitePartnerForm, MatchSourceForm
from funding.models import MatchSource
from funding.rules.partners import forms_of
from funding.views.firm import locked, page
from funding.views.loading import application_or_404, only_assesses, to_edit, to_work_on
from portal.workflow import IllegalMove


def partners(request, reference, number):
    """Alone or with partners, and how far each partner is."""
    application = to_edit(request, reference, number)
    if not application.may_change("partners"):
        return locked(request, application)
    offered = forms_of(application.call.partner_terms)
    form = FormOfApplicationForm(request.POST or None, offered=offered, initial={"form": application.form})
    if request.method == "POST" and form.is_valid():
        try:
            actions.choose_form(
                application=application, form=form.cleaned_data["form"], by=request.user, at=timezone.now()
            )
        except actions.UnableToChange as error:
            form.add_error("form", str(error))
        else:
            return redirect("funding:partners", reference, number)
    found = quoting.together_for(application, at=timezone.now())
    shares = {share.key: share for share in found.shares}
    rows = [(partner, shares.get(partner.pk)) for partner in application.partners.all()]
    said = joining.terms_words(application, found) if rows or application.form != application.Form.SINGLE else []
    return page(
        request, "funding/partners.html", application, form=form, partners=rows, said=said,
        terms=application.call.partner_terms, currency=application.call.currency,
        asked=application.sent_back.get("partners", ""), is_joint=application.form != application.Form.SINGLE,
    )  # fmt: skip


def invite_partner(request, reference, number):
    application = to_edit(request, reference, number)
    if not application.may_change("partners"):
        return locked(request, application)
    country = application.case.organisation.country
    form = InvitePartnerForm(request.POST or None, country=country)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        invited = actions.Invited(
            kind=facts["kind"], name=facts["name"], email=facts["email"], country=country,
            company_number=facts["company_number"], postcode=facts["postcode"],
        )  # fmt: skip
        try:
            partner = actions.invite_partner(
                application=application, invited=invited, key=facts["key"], by=request.user, at=timezone.now()
            )
        except actions.UnableToChange as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": partner.email})
            return redirect("funding:partners", reference, number)
    return page(request, "funding/invite_partner.html", application, form=form)


def remove_partner(request, reference, number, partner):
    application = to_edit(request, reference, number)
    if not application.may_change("partners"):
        return locked(request, application)
    found = get_object_or_404(application.partners.select_related("application"), pk=partner)
    if request.method != "POST":
        return page(request, "funding/remove_partner.html", application, partner=found)
    try:
        actions.remove_partner(partner=found, by=request.user, at=timezone.now())
    except actions.UnableToChange as error:
        messages.info(request, str(error))
    except IllegalMove:
        messages.info(request, _("This partner does not take part any more."))
    else:
        messages.success(request, _("The partner has been taken out, with its costs."))
    return redirect("funding:partners", reference, number)


# --- The rest of the money ----------------------------------------------------------------------
def match(request, reference, number):
    """What the firm pays and where it comes from."""
    application = to_edit(request, reference, number)
    if not application.may_change("match"):
        return locked(request, application)
    found = quoting.together_for(application, at=timezone.now())
    return page(
        request, "funding/match.html", application, sources=application.match_sources.select_related("proof"),
        pays=joining.firm_pays(found), given=joining.found_so_far(application),
        words=joining.match_words(application, found), currency=application.call.currency,
        asked=application.sent_back.get("match", ""),
    )  # fmt: skip


def _source(application, pk):
    return get_object_or_404(application.match_sources.select_related("application", "proof"), pk=pk)


def source(request, reference, number, source=None):
    application = to_edit(request, reference, number)
    if not application.may_change("match"):
        return locked(request, application)
    instance = _source(application, source) if source else None
    form = MatchSourceForm(
        request.POST or None, request.FILES or None, instance=instance, currency=application.call.currency
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_source(
                application=application, source=form.instance, proof=form.cleaned_data["file"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except RefusedFile as error:
            form.add_error("file", str(error))
        except actions.UnableToChange as error:
            messages.info(request, str(error))
            return redirect(application)
        else:
            return redirect("funding:match", reference, number)
    return page(request, "funding/match_source.html", application, form=form, source=instance)


def remove_source(request, reference, number, source):
    application = to_edit(request, reference, number)
    if not application.may_change("match"):
        return locked(request, application)
    if request.method != "POST":
        return page(request, "funding/remove_source.html", application, source=_source(application, source))
    if instance := application.match_sources.select_related("application", "proof").filter(pk=source).first():
        try:
            actions.remove_source(source=instance)
        except actions.UnableToChange as error:
            messages.info(request, str(error))
            return redirect(application)
        messages.success(request, _("It has been taken out."))
    return redirect("funding:match", reference, number)


def source_file(request, reference, number, source):
    """The proof, for the firm's people and the staff who may read the application."""
    application = application_or_404(request, reference, number)
    if only_assesses(request.user, application.case):
        raise Http404
    found = get_object_or_404(
        MatchSource.objects.visible_to(request.user).select_related("proof"),
        application=application, pk=source, proof__isnull=False,
    )  # fmt: skip
    return serving.attachment(request, found.proof)


# --- For staff ----------------------------------------------------------------------------------
def staff_partners(request, reference, number):
    """Who takes part, what each gets and how independent they look; where the rest of the money comes from."""
    application = to_work_on(request, reference, number, Permission.VIEW_CASEWORK)
    if only_assesses(request.user, application.case):
        raise PermissionDenied
    now = timezone.now()
    parties = list(application.partners.select_related("organisation", "replaces"))
    taking_part = [partner for partner in parties if partner.takes_part]
    shares = wording.shares_sent(application)
    return page(
        request, "funding/partners_staff.html", application,
        partners=[(partner, shares.get(partner.pk)) for partner in parties], own=shares.get(None),
        known=independence.known_ties(application, taking_part, at=now),
        possible=independence.possible_ties(application, taking_part, at=now),
        sources=application.match_sources.select_related("proof"), currency=application.call.currency,
        given=joining.found_so_far(application), quote=application.quote,
    )  # fmt: skip
