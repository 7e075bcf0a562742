import uuid

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import Permission
from applications import actions
from applications.forms import (
    BarriersForm,
    ChangeForm,
    ConsentForm,
    ContactForm,
    DeclarationForm,
    FindFirmForm,
    FirmForm,
    MakesForm,
    ReasonForm,
)
from applications.models import Case
from eligibility.session import current_check
from organisations import register
from organisations.models import Organisation
from portal.workflow import IllegalMove
from programmes.models import Programme

SECTIONS = {
    "contact": (gettext_lazy("Who we should talk to"), ContactForm),
    "makes": (gettext_lazy("What your firm makes"), MakesForm),
    "change": (gettext_lazy("What you want to change"), ChangeForm),
    "barriers": (gettext_lazy("What has held you back"), BarriersForm),
    "consent": (gettext_lazy("How we may use your answers"), ConsentForm),
}


def _case(request, reference):
    return get_object_or_404(Case.objects.visible_to(request.user).with_context(), reference=reference)


def _sent_already(request, case):
    messages.info(request, _("Your application has been sent, so it cannot be changed now."))
    return redirect(case)


# What the company register said, until the firm has joined: {"number", "said"}; `said` is None when it did not answer.
REGISTER = "company_register"


def _check_first(request, programme):
    """The check to join with, and None; or None and the redirect to where the person has to go first."""
    check = current_check(request, programme)
    if check is None:
        messages.info(request, _("Answer a few questions first, so that we know what we can offer you."))
        return None, redirect("eligibility:start", slug=programme.slug)
    if check.outcome == check.Outcome.NOT_ELIGIBLE:
        return None, redirect("eligibility:result", slug=programme.slug)
    return check, None


def _starts_with_register(check):
    unregistered = {Organisation.LegalForm.SOLE_TRADER, Organisation.LegalForm.PARTNERSHIP}
    return register.may_ask(check.programme.country) and check.facts.get("legal_form") not in unregistered


def find_firm(request, slug):
    """The company number, and what the register knows about it; whoever has none goes on without."""
    programme = get_object_or_404(Programme.objects.open(), slug=slug)
    check, elsewhere = _check_first(request, programme)
    if check is None:
        return elsewhere
    if not register.may_ask(programme.country):
        return redirect("applications:join", slug=slug)
    initial = {"company_number": check.facts.get("company_number")}
    form = FindFirmForm(request.POST or None, country=programme.country, initial=initial)
    if request.method == "POST" and form.is_valid():
        number, now = form.cleaned_data["company_number"], timezone.now()
        answer = register.look_up(number, by_id=request.user.pk, at=now)
        if answer.outcome == register.Outcome.UNKNOWN:
            form.add_error(
                "company_number", _("The register has no firm with this number. Check it, or type it in yourself.")
            )
        else:
            if answer.company is None:
                messages.warning(request, _("We could not reach the register. Type it in yourself."))
            request.session[REGISTER] = {"number": number, "said": answer.company and answer.company.plain(now)}
            return redirect("applications:join", slug=slug)
    return render(request, "applications/find_firm.html", {"programme": programme, "form": form})


def join(request, slug):
    """From the check to an account to the firm: the check's answers come along through the session."""
    programme = get_object_or_404(Programme.objects.open(), slug=slug)
    check, elsewhere = _check_first(request, programme)
    if check is None:
        return elsewhere
    kept = request.session.get(REGISTER) or {}
    if request.method == "GET" and not kept and "typed" not in request.GET and _starts_with_register(check):
        return redirect("applications:find-firm", slug=slug)
    number = kept.get("number") or check.facts.get("company_number") or ""
    form = FirmForm(
        request.POST or None, country=programme.country, legal_form=check.facts.get("legal_form"),
        found=kept.get("said"), initial={"key": uuid.uuid4(), "company_number": number},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            case = actions.join(
                programme=programme, check=check, firm=_details(form), key=form.cleaned_data["key"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except actions.UnableToJoin as error:
            form.add_error(None, str(error))
        else:
            request.session.pop(REGISTER, None)
            return redirect("applications:task-list", reference=case.reference)
    may_ask = register.may_ask(programme.country)
    context = {"programme": programme, "form": form, "check": check, "found": form.found, "may_ask": may_ask}
    return render(request, "applications/join.html", {**context, "status": register.status_words(form.found)})


def _details(form):
    cleaned = form.cleaned_data
    return actions.FirmDetails(
        **{name: cleaned[name] for name in ("name", "legal_form", "company_number", "address")},
        country=form.country,
        sic_codes=cleaned.get("sic_codes"),
        register=form.register(),
    )


def task_list(request, reference):
    case = _case(request, reference)
    request.user.must(Permission.EDIT_APPLICATION, case)
    if not case.is_editable:
        return redirect(case)
    missing = case.missing_sections()
    sections = [
        {
            "title": title,
            "url": reverse("applications:section", args=[reference, code]),
            "done": code not in missing,
        }
        for code, (title, _form) in SECTIONS.items()
    ]
    context = {
        "case": case,
        "programme": case.programme,
        "sections": sections,
        "left": len(missing),
        "confirmed": actions.has_confirmed_email(request.user),
    }
    return render(request, "applications/task_list.html", context)


def section(request, reference, code):
    case = _case(request, reference)
    request.user.must(Permission.EDIT_APPLICATION, case)
    if code not in SECTIONS:
        return redirect("applications:task-list", reference=reference)
    if not case.is_editable:
        return _sent_already(request, case)
    title, form_class = SECTIONS[code]
    form = form_class(request.POST or None, instance=case)
    back = "applications:check-answers" if request.GET.get("from") == "check" else "applications:task-list"
    if request.method == "POST" and form.is_valid():
        try:
            case.save_answers(**form.cleaned_data)
        except IllegalMove:
            return _sent_already(request, case)
        return redirect(back, reference=reference)
    context = {"case": case, "programme": case.programme, "form": form, "title": title}
    return render(request, "applications/section.html", {**context, "back": reverse(back, args=[reference])})


def check_answers(request, reference):
    case = _case(request, reference)
    request.user.must(Permission.EDIT_APPLICATION, case)
    if case.status == Case.Status.SUBMITTED:
        return redirect("applications:sent", reference=reference)
    if not case.is_editable:
        return redirect(case)
    if case.missing_sections():
        messages.info(request, _("Complete every section before you send your application."))
        return redirect("applications:task-list", reference=reference)
    form = DeclarationForm(request.POST or None)
    may_sign = request.user.can(Permission.SIGN, case)
    if request.method == "POST":
        request.user.must(Permission.SIGN, case)
        if form.is_valid():
            try:
                actions.submit(case=case, by=request.user, at=timezone.now())
            except IllegalMove:
                # Somebody was faster: a double click finds the same confirmation, a withdrawal the firm's page.
                case.refresh_from_db()
                return redirect(case) if not case.is_live else redirect("applications:sent", reference=reference)
            except actions.UnableToSubmit as error:
                form.add_error(None, str(error))
            else:
                return redirect("applications:sent", reference=reference)
    context = {
        "case": case,
        "programme": case.programme,
        "form": form,
        "may_sign": may_sign,
        "confirmed": actions.has_confirmed_email(request.user),
    }
    return render(request, "applications/check_answers.html", context)


def sent(request, reference):
    case = _case(request, reference)
    if case.status in (Case.Status.DRAFT, Case.Status.RETURNED):
        return redirect("applications:task-list", reference=reference)
    context = {"case": case, "programme": case.programme, "promise": actions.promise_for(case)}
    return render(request, "applications/sent.html", context)


def withdraw(request, reference):
    case = _case(request, reference)
    request.user.must(Permission.WITHDRAW, case)
    if not case.is_live:
        return redirect(case)
    form = ReasonForm(
        request.POST or None,
        label=_("Why do you want to withdraw?"),
        help_text=_("A few words help us to do better. Your adviser reads them."),
        submit_label=_("Withdraw my application"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw(case=case, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
        except IllegalMove:
            # Ended already, or something on it was decided in this very moment: then nothing was withdrawn.
            messages.info(
                request, _("Something has changed meanwhile, and nothing was withdrawn. Look at it once more.")
            )
        else:
            messages.success(request, _("You have withdrawn your application."))
        return redirect(case)
    return render(request, "applications/withdraw.html", {"case": case, "programme": case.programme, "form": form})
