from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from applications import actions
from applications.forms import AcceptForm, NoteForm, ReasonForm
from applications.models import Case, still_open
from portal.workflow import IllegalMove


def _case(request, reference, permission):
    """The case for a person who works on it; a firm's own people get 404, colleagues without the right 403."""
    cases = Case.objects.visible_to(request.user).with_context()
    case = get_object_or_404(cases, reference=reference)
    if not request.user.can(Permission.VIEW_CASEWORK, case):
        case = get_object_or_404(cases.none())
    request.user.must(permission, case)
    return case


def _decide(request, case, form, template, done, move, **more):
    """Show the form, or make the move once and say what happened; a lost race is news, not an error."""
    if request.method == "POST" and form.is_valid():
        try:
            move(form.cleaned_data)
        except IllegalMove:
            messages.warning(request, _("Somebody has decided this application meanwhile. Nothing was changed."))
        except (actions.UnableToAccept, actions.UnableToSetAside) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, done)
        if not form.errors:
            return redirect("casework:case", reference=case.reference)
    return render(request, template, {"case": case, "programme": case.programme, "form": form, **more})


def accept(request, reference):
    """What could not be decided is settled here in one line each; a "no" is set aside on a page of its own first."""
    case = _case(request, reference, Permission.DECIDE_CASE)
    left = [each for each in still_open(case) if not each.is_settled] if case.can_move_to(Case.Status.ACCEPTED) else []
    refused = [each for each in left if each.is_failed]
    form = AcceptForm(
        request.POST if request.method == "POST" else None, findings=[each for each in left if not each.is_failed]
    )
    return _decide(
        request, case, form, "applications/accept.html", _("Accepted. The firm has been told."),
        lambda data: actions.accept(case=case, settled=form.reasons(), by=request.user, at=timezone.now()),
        refused=refused,
    )  # fmt: skip


def return_to_firm(request, reference):
    case = _case(request, reference, Permission.DECIDE_CASE)
    form = ReasonForm(
        request.POST or None,
        label=_("What do you need from the firm?"),
        help_text=_("The firm reads these words."),
        submit_label=_("Return to the firm"),
    )
    return _decide(
        request, case, form, "applications/return.html", _("Returned. The firm has been told."),
        lambda data: actions.return_to_firm(case=case, reason=data["reason"], by=request.user, at=timezone.now()),
    )  # fmt: skip


def reject(request, reference):
    case = _case(request, reference, Permission.DECIDE_CASE)
    form = ReasonForm(
        request.POST or None,
        label=_("Why can the firm not get this support?"),
        help_text=_("The firm reads these words. Name a next place to go if there is one."),
        submit_label=_("Reject this application"),
    )
    return _decide(
        request, case, form, "applications/reject.html", _("Rejected. The firm has been told."),
        lambda data: actions.reject(case=case, reason=data["reason"], by=request.user, at=timezone.now()),
    )  # fmt: skip


@require_POST
def note(request, reference):
    case = _case(request, reference, Permission.WRITE_NOTE)
    form = NoteForm(request.POST)
    if form.is_valid():
        actions.write_note(case=case, by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Note kept."))
        return redirect("casework:case", reference=reference)
    return render(request, "applications/note.html", {"case": case, "programme": case.programme, "form": form})
