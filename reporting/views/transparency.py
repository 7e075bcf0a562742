"""Awards that have to stand in the public subsidy database: what is due, the files to upload, what was entered."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from accounts.scope import places
from casework.queue import rail
from funding import actions
from funding.forms import PublishedForm
from portal.paging import paginate
from portal.workflow import IllegalMove
from reporting import transparency

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 500
"""Rows of one file."""
NOTERS = (Permission.PAY_CLAIM, Permission.CONFIGURE)
"""Who may say that an award stands in the database: any of these."""


def _owed(request):
    if not places(request.user, Permission.EXPORT):
        raise Http404
    return transparency.owed(request.user)


def awards(request):
    """What is due, the nearest day first; with `?done` what was entered."""
    owed = _owed(request)
    done = "done" in request.GET
    now = timezone.now()
    chosen = owed.filter(published_at__isnull=not done)
    page = paginate(chosen, order=["publish_by", "id"], cursor=request.GET.get("cursor", ""))
    rows = [
        {"entry": entry, "late": not done and entry.programme.local_date(now) > entry.award.publish_by}
        for entry in transparency.entries(page.rows)
    ]
    kinds = {transparency.kind_of(row["entry"]) for row in rows}
    context = {
        "page": page, "rows": rows, "done": done, "kinds": [] if done else sorted(kinds), "wide": True,
        "rail": rail(request.user, now, reverse("reporting:transparency")), "version": transparency.VERSION,
    }  # fmt: skip
    return TemplateResponse(request, "reporting/transparency.html", context)


def download(request, kind):
    """The spreadsheet of what is due and complete, to be uploaded as it is."""
    owed = _owed(request)
    if kind not in transparency.KINDS:
        raise Http404
    due = transparency.entries(owed.filter(published_at=None)[:MOST])
    content = transparency.file_of(kind, [entry for entry in due if not entry.missing])
    name = f"subsidy-database-{kind}-{timezone.now():%Y-%m-%d}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=XLSX, headers=headers)


def publish(request, award):
    """Note the number under which the award stands in the database; who may only read it, reads."""
    found = get_object_or_404(_owed(request), pk=award)
    may_note = any(request.user.can(one, found.application.case) for one in NOTERS)
    if request.method == "POST" and not may_note:
        raise PermissionDenied
    form = PublishedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.publish(award=found, reference=form.cleaned_data["reference"], by=request.user, at=timezone.now())
        except IllegalMove:
            messages.info(request, _("Its number was noted already."))
        else:
            messages.success(request, _("Noted."))
        return redirect("reporting:transparency")
    context = {"award": found, "form": form if may_note else None, "entry": transparency.entries([found])[0]}
    frame = {"rail": rail(request.user, timezone.now(), reverse("reporting:transparency")), "wide": True}
    return TemplateResponse(request, "reporting/publish.html", context | frame)
