"""Changes of a project under way: the firm asks, an adviser recommends, an approver decides."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from documents.serving import file_response
from funding import actions, quoting, varying
from funding.actions import sharing
from funding.forms import variations as forms
from funding.models import Award, Colleague, Variation
from funding.varying import Kind
from funding.views.awards import to_check
from funding.views.firm import page
from funding.views.loading import award_or_404
from portal.models import Event
from portal.workflow import IllegalMove

FORMS = {
    Kind.DATES: forms.DatesChangeForm,
    Kind.VIREMENT: forms.VirementForm,
    Kind.PARTNER: forms.PartnerChangeForm,
    Kind.SCOPE: forms.ScopeForm,
    Kind.TERMINATION: forms.TerminationForm,
}


def _kinds(award):
    """What can be asked for: about partners only where there are some."""
    partners = quoting.partners_of(award.application)
    return [kind for kind in Kind if kind != Kind.PARTNER or partners]


def changes(request, reference, number):
    """What the firm asked for so far, and what it may ask for."""
    award = award_or_404(request, reference, number)
    rows = list(award.variations.shown_to_firm().select_related("letter").order_by("-number"))
    may_ask = sharing.may(request.user, award.application, Colleague.Role.EDIT)
    open_ = any(row.is_open for row in rows)
    return page(
        request, "funding/variations.html", award.application, award=award,
        rows=[_row(award, row) for row in rows], may_ask=may_ask, open=open_,
        kinds=_kinds(award) if may_ask and not open_ and award.status == Award.Status.ACCEPTED else [],
        email=award.application.case.programme.contact_email,
    )  # fmt: skip


def _row(award, change):
    """One change as the firm reads it: until when it may ask for another look, what its new partner still owes."""
    waits = change.kind == Kind.PARTNER and change.is_open and "new" in change.asked
    new = varying.next_of(award, change.asked) if waits else None
    return {
        "change": change,
        "facts": _facts(award, change),
        "appeal_by": varying.appeal_by(change) if change.by_programme else None,
        "waits_for": varying.waits_for(award, change, new) if waits else "",
    }


def _facts(award, variation):
    return varying.facts(award, variation.kind, variation.asked, variation.before)


def _form(request, award, kind):
    names = {None: award.application.case.organisation.name}
    partners = quoting.partners_of(award.application)
    names |= {partner.pk: partner.name for partner in award.application.partners.all()}
    more = {
        Kind.VIREMENT: {"names": names, "kinds": varying.terms_of(award).categories},
        Kind.PARTNER: {"partners": partners, "country": award.application.case.organisation.country},
    }.get(kind, {})
    return FORMS[kind](request.POST or None, award=award, **more)


def ask(request, reference, number, kind):
    award = award_or_404(request, reference, number)
    sharing.must(request.user, award.application, Colleague.Role.EDIT)
    chosen = next((one for one in _kinds(award) if one.value.lower() == kind), None)
    if chosen is None:
        raise Http404
    form = _form(request, award, chosen)
    if request.method == "POST" and form.is_valid():
        if chosen == Kind.TERMINATION:
            sharing.must(request.user, award.application, Colleague.Role.SUBMIT)
        facts, invited = form.cleaned_data, getattr(form, "invited", None)
        try:
            actions.ask_change(
                award=award, kind=chosen, asked=form.asked, invited=invited and actions.Invited(**invited),
                reason=facts["reason"], key=facts["key"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except actions.UnableToChange as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Sent. Nothing changes before we agree in writing."))
            return redirect("funding:changes", reference, number)
    return page(
        request, "funding/variation_ask.html", award.application, award=award, form=form, kind=chosen,
        percent=varying.percent_of(award),
    )  # fmt: skip


def _change(award, number, *, for_firm=False):
    rows = award.variations.shown_to_firm() if for_firm else award.variations.all()
    found = get_object_or_404(rows.select_related("letter", "asked_by", "recommended_by"), number=number)
    found.award = award
    return found


@require_POST
def take_back(request, reference, number, change):
    award = award_or_404(request, reference, number)
    sharing.must(request.user, award.application, Colleague.Role.EDIT)
    try:
        actions.take_back_change(variation=_change(award, change, for_firm=True), by=request.user, at=timezone.now())
    except IllegalMove:
        messages.info(request, _("This has been decided already."))
    else:
        messages.success(request, _("You have taken it back."))
    return redirect("funding:changes", reference, number)


def letter(request, reference, number, change):
    """The letter with our answer; while it is being made, a word of that on the page before."""
    found = _change(award_or_404(request, reference, number), change)
    if found.letter is None:  # what staff began has one once it was decided
        raise Http404
    if not found.letter.is_ready:
        messages.info(request, _("The letter is still being made. It takes a few seconds."))
        staff = request.user.can(Permission.VIEW_CASEWORK, found.award.application.case)
        if staff:
            return redirect("funding:decide-change", reference, number, change)
        return redirect("funding:changes", reference, number)
    return file_response(found.letter.file, found.letter.file_name, "application/pdf")


# --- Staff --------------------------------------------------------------------------------------
def end_project(request, reference, number):
    """Staff propose to end a project that runs; another person decides."""
    award = to_check(request, reference, number)
    case = award.application.case
    if not any(request.user.can(one, case) for one in (Permission.DECIDE_CASE, Permission.APPROVE_GRANT)):
        raise PermissionDenied
    form = forms.EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            made = actions.begin_end(award=award, by=request.user, at=timezone.now(), **facts)
        except actions.UnableToDecide as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Proposed. Another person decides, and the firm is told then."))
            return redirect("funding:decide-change", reference, number, made.number)
    return page(request, "funding/end_project.html", award.application, award=award, form=form)


def decide(request, reference, number, change):
    """What the firm asks for, what it does to dates and money, and the next answer: recommend, agree or refuse."""
    award = to_check(request, reference, number)
    found = _change(award, change)
    forms_ = _answers(request, found)
    if request.method == "POST":
        name = request.POST.get("do")
        if name not in forms_:
            request.user.must(Permission.APPROVE_GRANT, award.application.case)
            messages.info(request, _("This has been decided already."))
            return redirect("funding:decide-change", reference, number, change)
        if forms_[name].is_valid() and _answer(request, found, name, forms_[name]):
            return redirect("funding:decide-change", reference, number, change)
    today = award.application.case.programme.local_date(timezone.now())
    why = varying.refused(award, found.kind, found.asked, today) if found.is_open else []
    advice = Event.objects.for_reference(award.application.case.reference).filter(
        kind="variation.advice", subject_id=str(found.pk)
    )
    return page(
        request, "funding/variation.html", award.application, award=award, change=found, answers=forms_,
        facts=_facts(award, found), refused=[varying.in_words(one, award) for one in why],
        grant=varying.grant_after(award, found.kind, found.asked) if found.is_open and not why else None,
        advice=advice.first(), may_decide=request.user.can(Permission.APPROVE_GRANT, award.application.case),
    )  # fmt: skip


def _answers(request, variation):
    """The forms that the person may fill in now, by name."""
    case = variation.award.application.case
    posted = request.POST.get("do")
    if variation.recommended_by_id == request.user.pk and variation.by_programme:
        return {}

    def bound(name, form):
        return form(request.POST if posted == name else None, prefix=name)

    if variation.status == Variation.Status.ASKED and request.user.can(Permission.DECIDE_CASE, case):
        return {
            "recommend": bound("recommend", forms.RecommendForm),
            "refuse": bound("refuse", forms.RefuseChangeForm),
        }
    if variation.status == Variation.Status.RECOMMENDED and request.user.can(Permission.APPROVE_GRANT, case):
        agree, refuse = forms.AnswerChangeForm, forms.RefuseChangeForm
        if variation.by_programme:
            agree, refuse = forms.EndAnswerForm, forms.DropEndForm
        return {"agree": bound("agree", agree), "refuse": bound("refuse", refuse)}
    return {}


def _answer(request, variation, name, form):
    """Do it and say so; False when the form now says why not."""
    do = {"recommend": actions.recommend_change, "agree": actions.agree_change, "refuse": actions.refuse_change}[name]
    done = {
        "recommend": _("Recommended. An approver decides."),
        "agree": _("Agreed. The firm has been told."),
        "refuse": _("The project goes on.") if variation.by_programme else _("Refused. The firm has been told."),
    }[name]
    try:
        do(variation=variation, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.UnableToDecide as error:
        form.add_error(None, str(error))
        return False
    except IllegalMove:
        messages.info(request, _("This has been decided already."))
    else:
        messages.success(request, done)
    return True
