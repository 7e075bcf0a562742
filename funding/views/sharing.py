"""Colleagues' roles in one application, and comments on its sections between them and with the adviser."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Membership
from accounts.permissions import FirmRole, Permission
from funding import actions, quoting
from funding.actions import sharing
from funding.forms import CommentForm, RoleForm
from funding.models import Colleague, Comment
from funding.views.firm import page
from funding.views.loading import application_or_404, to_work_on


def colleagues(request, reference, number):
    """Who of the firm may do what; an owner changes it."""
    application = application_or_404(request, reference, number)
    sharing.must(request.user, application, Colleague.Role.VIEW)
    given = dict(application.colleagues.values_list("user", "role"))
    people = Membership.objects.filter(organisation=application.case.organisation_id).exclude(role=FirmRole.STUDENT)
    rows = [
        {
            "user": member.user,
            "is_owner": member.role == FirmRole.OWNER,
            "role": _role_of(member, given).label,
        }
        for member in people.select_related("user").order_by("role", "user__full_name", "pk")
    ]
    may_give = application.is_open and request.user.can(Permission.SIGN, application.case)
    return page(request, "funding/colleagues.html", application, rows=rows, may_give=may_give)


def _role_of(member, given):
    if member.role == FirmRole.OWNER:
        return Colleague.Role.SUBMIT
    return Colleague.Role(given.get(member.user_id, Colleague.Role.EDIT))


def colleague(request, reference, number, colleague):
    application = application_or_404(request, reference, number)
    request.user.must(Permission.SIGN, application.case)
    members = Membership.objects.filter(organisation=application.case.organisation_id, role=FirmRole.COLLEAGUE)
    person = get_object_or_404(members.select_related("user"), user=colleague).user
    form = RoleForm(request.POST or None, initial={"role": sharing.role_of(person, application)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_role(
                application=application, colleague=person, role=form.cleaned_data["role"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except actions.UnableToChange as error:
            form.add_error(None, str(error))
        else:
            return redirect("funding:colleagues", reference, number)
    return page(request, "funding/colleague.html", application, form=form, person=person)


# --- Comments -----------------------------------------------------------------------------------
def comments(request, reference, number):
    """Everybody of the firm writes, those who may only read too."""
    application = application_or_404(request, reference, number)
    sharing.must(request.user, application, Colleague.Role.VIEW)
    return _comments(request, application, "funding:comments", is_staff=False)


def staff_comments(request, reference, number):
    application = to_work_on(request, reference, number, Permission.DECIDE_CASE)
    return _comments(request, application, "funding:staff-comments", is_staff=True)


def _comments(request, application, name, *, is_staff):
    sections = quoting.sections_of(application.call)
    given = request.GET.get("about", "")
    form = CommentForm(
        request.POST or None, sections=sections, is_staff=is_staff,
        initial={"section": given if given in sections else next(iter(sections))},
    )  # fmt: skip
    address = reverse(name, args=[application.case.reference, application.number])
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            actions.write_comment(
                application=application, section=facts["section"], text=facts["text"],
                for_adviser=facts.get("for_adviser", False), key=facts["key"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except actions.UnableToChange as error:
            form.add_error(None, str(error))
        else:
            return redirect(address)
    found = Comment.objects.visible_to(request.user).filter(application=application)
    rows = list(found.select_related("written_by", "settled_by"))
    grouped = [
        (title, [row for row in rows if row.section == code])
        for code, title in sections.items()
        if any(row.section == code for row in rows)
    ]
    return page(
        request, "funding/comments.html", application, form=form, grouped=grouped, is_staff=is_staff,
        settle="funding:settle-staff-comment" if is_staff else "funding:settle-comment",
    )  # fmt: skip


@require_POST
def settle(request, reference, number, comment):
    application = application_or_404(request, reference, number)
    sharing.must(request.user, application, Colleague.Role.VIEW)
    return _settle(request, application, comment, "funding:comments")


@require_POST
def staff_settle(request, reference, number, comment):
    application = to_work_on(request, reference, number, Permission.DECIDE_CASE)
    return _settle(request, application, comment, "funding:staff-comments")


def _settle(request, application, pk, name):
    rows = Comment.objects.visible_to(request.user)
    actions.settle_comment(
        comment=get_object_or_404(rows, pk=pk, application=application), by=request.user, at=timezone.now()
    )
    messages.success(request, _("Settled."))
    return redirect(name, application.case.reference, application.number)
