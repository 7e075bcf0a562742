"""What may be done with a firm's answers: chosen once on the way to sending, and changed at any time."""

from django.contrib import messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from diagnostics import actions, choices
from diagnostics.forms.consents import ConsentForm
from diagnostics.models import Consent
from diagnostics.views.loading import case_or_404, sent


def consent(request, reference):
    """The three choices, and every choice made so far."""
    case = case_or_404(request, reference)
    if request.method == "POST":
        request.user.must(Permission.ANSWER_DIAGNOSTIC, case)
    form = ConsentForm(sent(request), held=choices.choices_of(case))
    if request.method == "POST" and form.is_valid():
        actions.choose(case=case, choices=form.choices, by=request.user, at=timezone.now())
        messages.success(request, _("Your choices are saved. You can change them at any time."))
        return redirect("diagnostics:check" if "check" in request.GET else "diagnostics:consent", reference)
    context = {
        "case": case,
        "programme": case.programme,
        "form": form,
        "may_choose": request.user.can(Permission.ANSWER_DIAGNOSTIC, case),
        "history": Consent.objects.filter(case=case).select_related("given_by").order_by("-given_at", "-id"),
        "joined": _in_words(choices.said_when_joining(case)),
        "held": _in_words(choices.choices_of(case)),
    }
    return TemplateResponse(request, "diagnostics/consent.html", context)


def _in_words(held):
    """The choices in the order they are asked."""
    return [{"label": label, "is_given": held[code]} for code, label in Consent.Purpose.choices if code in held]


def panel(case):
    """What `diagnostics/_consents.html` shows on the way to sending: the form until it was answered, then the answers.

    Put it into the context as `consents`.
    """
    held = choices.choices_of(case)
    return {"choices": _in_words(held), "form": None if held else ConsentForm(held=held)}
