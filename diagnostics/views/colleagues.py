"""Parts given to colleagues: by the owner, with a link by e-mail; and the page behind the link."""

import time
from collections import defaultdict

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.permissions import FirmRole, Permission
from diagnostics import actions
from diagnostics.forms.colleagues import InviteForm, WithdrawForm
from diagnostics.models import GroupInvitation
from diagnostics.models.sharing import INVITED_FOR
from diagnostics.views.answering import Sheet, frame, locked, to_answer
from diagnostics.views.loading import sent

HOUR = 3600
MOST_AN_HOUR = 20


def holders_of(assessment, at):
    """Who has each part: {group code: [{name, is_waiting, is_too_old, pk}]}, the first given first."""
    rows = GroupInvitation.objects.live().filter(assessment=assessment).select_related("accepted_by")
    holders = defaultdict(list)
    for row in rows.order_by("invited_at", "id"):
        holders[row.group_code].append(
            {
                "pk": row.pk,
                "name": row.accepted_by.get_short_name() if row.accepted_by else row.email,
                "is_waiting": row.is_open(at),
                "is_too_old": row.accepted_at is None and not row.is_open(at),
                "last_day": row.invited_at + INVITED_FOR,
            }
        )
    return holders


def invite(request, reference, group):
    """Give a part to a colleague: only who may sign for the firm lets somebody in."""
    assessment = to_answer(request, reference)
    if assessment is None:
        return locked(request, reference)
    request.user.must(Permission.SIGN, assessment.case)
    shown = Sheet(assessment).group(group)
    if shown is None:
        raise Http404
    form = InviteForm(sent(request))
    too_many = False
    if request.method == "POST" and form.is_valid():
        too_many = _invited_too_often(request.user)
        if too_many:
            form.add_error(None, _("You have invited many people within an hour. Wait a little and send it again."))
        elif _invited(request, assessment, group, form):
            return redirect("diagnostics:start", reference)
    context = {
        **frame(assessment),
        "group": shown,
        "form": form,
        "holders": holders_of(assessment, timezone.now()).get(group, []),
    }
    return TemplateResponse(request, "diagnostics/invite.html", context, status=429 if too_many else 200)


def _invited(request, assessment, group, form):
    email = form.cleaned_data["email"]
    try:
        row = actions.invite_colleague(
            assessment=assessment, group_code=group, email=email, by=request.user, at=timezone.now()
        )
    except actions.UnableToInvite as error:
        form.add_error("email", str(error))
        return False
    if row.accepted_at:
        messages.info(request, _("%(email)s has this part already.") % {"email": email})
    else:
        messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": email})
    return True


def _invited_too_often(user):
    """Counted in Redis, so for all processes together."""
    counter = f"invitations:{user.pk}:{int(time.time()) // HOUR}"
    cache.add(counter, 0, HOUR)
    return cache.incr(counter) > MOST_AN_HOUR


def withdraw(request, reference, invitation):
    """Take a part back, and put its holder out of the firm where the owner wants that."""
    assessment = to_answer(request, reference)
    if assessment is None:
        return locked(request, reference)
    request.user.must(Permission.SIGN, assessment.case)
    rows = GroupInvitation.objects.visible_to(request.user).select_related("accepted_by")
    row = get_object_or_404(rows, pk=invitation, assessment=assessment)
    form = WithdrawForm(sent(request))
    if request.method == "POST" and form.is_valid():
        actions.withdraw_invitation(
            invitation=row, end_access=form.cleaned_data["end_access"], by=request.user, at=timezone.now()
        )
        messages.success(request, _("The part has been taken back."))
        return redirect("diagnostics:start", reference)
    may_leave = Membership.objects.filter(
        user=row.accepted_by_id, organisation=assessment.case.organisation_id, role=FirmRole.COLLEAGUE
    ).exists()
    if not may_leave:
        del form.fields["end_access"]
    context = {
        **frame(assessment),
        "group": Sheet(assessment).group(row.group_code),
        "name": row.accepted_by.get_short_name() if row.accepted_by else row.email,
        "form": form,
    }
    return TemplateResponse(request, "diagnostics/withdraw_invitation.html", context)


@login_not_required
def invitation(request, key):
    """The page behind the link. Who has no open invitation learns nothing, not even whether there was one."""
    now, user = timezone.now(), request.user
    rows = GroupInvitation.objects.select_related(
        "assessment__case__programme", "assessment__case__organisation", "assessment__version", "invited_by"
    )
    row = rows.filter(key=key).first()
    if row and user.is_authenticated and row.accepted_by_id == user.pk and row.withdrawn_at is None:
        return _to_their_part(request, row)
    if row is None or not (row.is_open(now) and row.assessment.is_editable):
        return TemplateResponse(request, "diagnostics/invitation_closed.html", {}, status=404)
    if request.method == "POST":
        if not user.is_authenticated:
            return redirect_to_login(request.path)
        try:
            actions.accept_invitation(invitation=row, by=user, at=now)
        except actions.UnableToAcceptInvitation as error:
            messages.error(request, str(error))
            return redirect("diagnostics:invitation", key)
        return _to_their_part(request, row)
    context = {
        **frame(row.assessment),
        "header_name": row.assessment.case.programme.local_name,
        "invitation": row,
        "group": Sheet(row.assessment).group(row.group_code),
        "last_day": row.invited_at + INVITED_FOR,
        "is_theirs": user.is_authenticated and user.email.lower() == row.email.lower(),
    }
    return TemplateResponse(request, "diagnostics/invitation.html", context)


def _to_their_part(request, row):
    sheet = Sheet(row.assessment)
    if row.assessment.is_editable and sheet.asked_of(row.group_code):
        return redirect(sheet.start_of(request, row.group_code))
    return redirect("diagnostics:start", row.assessment.case.reference)
