"""Who has which role in a programme, and where."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actions
from accounts.models import Assignment
from accounts.permissions import Role
from casework import programme_history, programme_scope
from casework.programme_forms import EndRoleForm, RoleForm


def people(request, slug):
    programme = programme_scope.found(request.user, slug, to_change=request.method == "POST")
    is_admin = any(
        row.programme_id == programme.pk and row.region_id is None and row.role == Role.ADMIN
        for row in request.user.active_assignments
    )
    form = RoleForm(request.POST or None, programme=programme, may_name_admins=is_admin)
    if request.method == "POST" and form.is_valid() and (answer := _give(request, programme, form)):
        return answer
    rows = list(Assignment.objects.filter(programme=programme).select_related("user", "region"))
    rows.sort(key=lambda row: (row.user.get_full_name().casefold(), row.user_id, row.get_role_display()))
    regions = dict(programme.regions.values_list("pk", "name"))
    may_change = programme_scope.may_change(request.user, programme)
    context = {
        **programme_scope.frame(request.user, programme, timezone.now(), "programme-people"),
        "rows": [{"assignment": row, "may_end": may_change and _may_end(row, request.user, is_admin)} for row in rows],
        "form": form,
        "changes": programme_history.role_changes(programme, regions),
    }
    return TemplateResponse(request, "casework/programme_people.html", context)


def _may_end(assignment, user, is_admin):
    return assignment.user_id != user.pk and (is_admin or assignment.role != Role.ADMIN)


def _give(request, programme, form) -> HttpResponseRedirect | None:
    """Give the role; None when it is refused, with the reason in the form."""
    values = form.cleaned_data
    try:
        assignment, is_new = actions.give_role(
            programme=programme, email=values["email"], role=Role(values["role"]), region=values["region"],
            reason=values["reason"], by=request.user, at=timezone.now(),
        )  # fmt: skip
    except actions.UnableToChangeRole as error:
        form.add_error("email", str(error))
        return None
    names = {"who": assignment.user.get_full_name(), "role": assignment.get_role_display()}
    if is_new:
        messages.success(request, _("%(who)s now has the role: %(role)s.") % names)
    else:
        messages.info(request, _("%(who)s has this role already: %(role)s.") % names)
    return redirect("casework:programme-people", slug=programme.slug)


def end(request, slug, pk):
    """Ask why, then end one role. A second click finds it ended."""
    programme = programme_scope.found(request.user, slug, to_change=True)
    assignment = Assignment.objects.filter(programme=programme, pk=pk).select_related("user", "region").first()
    if assignment is None:
        messages.info(request, _("This role has ended already."))
        return redirect("casework:programme-people", slug=slug)
    form = EndRoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_role(
                assignment=assignment, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
        except actions.UnableToChangeRole as error:
            form.add_error(None, str(error))
        else:
            names = {"who": assignment.user.get_full_name(), "role": assignment.get_role_display()}
            messages.success(request, _("%(who)s no longer has the role: %(role)s.") % names)
            return redirect("casework:programme-people", slug=slug)
    context = {
        **programme_scope.frame(request.user, programme, timezone.now(), "programme-people"),
        "assignment": assignment,
        "form": form,
        "back_url": reverse("casework:programme-people", args=[slug]),
    }
    return TemplateResponse(request, "casework/programme_role.html", context)
