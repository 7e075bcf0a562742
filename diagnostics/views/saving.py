"""Saving actions of a plan from a form: firm and staff, one action or several, in the same way."""

from django.contrib import messages

from diagnostics import actions
from diagnostics.views.loading import sent


def save_actions(request, plan, build, *, at, is_report=False):
    """The form of `build(data)` (forms.plans.ActionsForm), what others saved beside it, and whether it is saved.

    When somebody else was faster nothing is saved: the form keeps what was typed, and sending it again replaces theirs.
    """
    form = build(sent(request))
    if request.method != "POST" or not form.is_valid():
        return form, [], False
    try:
        actions.change_actions(
            plan=plan, changes=form.changes, seen=form.seen, by=request.user, at=at, is_report=is_report
        )
    except actions.ActionChanged as error:
        data = request.POST.copy()
        for row in error.rows:
            data[form.key("seen", row)] = row.stamp
        again = build(data)
        again.is_valid()
        return again, form.beside(error.rows), False
    except actions.UnableToChangePlan as error:
        messages.error(request, str(error))
        return form, [], False
    return form, [], True
