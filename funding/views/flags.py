"""Staff: signs of fraud or error in their programmes, open ones first, each cleared with a reason."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from applications.forms import ReasonForm
from funding.actions.flags import clear_flag
from funding.flag_wording import flag_words
from funding.models import FraudFlag
from portal.paging import paginate

CLEARING = (Permission.APPROVE_GRANT, Permission.PAY_CLAIM)


def _seen(user):
    context = ("case__programme", "case__organisation", "application", "claim", "cleared_by")
    return FraudFlag.objects.visible_to(user).select_related(*context)


def flags(request):
    """Open flags, oldest first; `?all` shows cleared ones too."""
    if not request.user.works_here:
        raise PermissionDenied
    found = _seen(request.user)
    if "all" not in request.GET:
        found = found.open()
    page = paginate(found, order=["raised_at", "id"], cursor=request.GET.get("cursor", ""))
    for flag in page.rows:
        flag.words = flag_words(flag)
    return TemplateResponse(request, "funding/flags.html", {"page": page, "shows_all": "all" in request.GET})


def clear(request, pk):
    flag = get_object_or_404(_seen(request.user), pk=pk)
    if not any(request.user.can(permission, flag.case) for permission in CLEARING):
        if not request.user.can(Permission.VIEW_CASEWORK, flag.case):
            raise Http404
        raise PermissionDenied
    flag.words = flag_words(flag)
    form = ReasonForm(
        request.POST or None,
        label=_("Why is this in order?"),
        help_text=_("What you looked at, and whom you asked. It is kept; the firm does not read it."),
        submit_label=_("Clear this flag"),
    )
    if flag.cleared_at:
        messages.info(request, _("This flag is cleared."))
        return redirect("funding:flags")
    if request.method == "POST" and form.is_valid():
        clear_flag(flag=flag, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
        messages.success(request, _("Cleared."))
        return redirect("funding:flags")
    return TemplateResponse(request, "funding/clear_flag.html", {"flag": flag, "case": flag.case, "form": form})
