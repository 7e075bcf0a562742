"""What was sent: each version's receipt, and two versions side by side, for the firm and for staff."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from documents.serving import file_response
from funding import quoting
from funding.models import Submission
from funding.rules.compare import changes
from funding.views.firm import page
from funding.views.loading import application_or_404, to_work_on


def receipt(request, reference, number, version):
    """The receipt of one version; while it is being made, the page that shows it (htmx asks for the link alone)."""
    application = application_or_404(request, reference, number)
    submissions = Submission.objects.filter(application=application).select_related("receipt")
    submission = get_object_or_404(submissions, number=version)
    if request.htmx:
        return page(request, "funding/_receipt.html", application, submission=submission)
    if not submission.receipt.is_ready:
        messages.info(request, _("Your receipt is still being made. It takes a few seconds."))
        return redirect("funding:versions", reference, number)
    return file_response(submission.receipt.file, submission.receipt.file_name, "application/pdf")


def versions(request, reference, number):
    application = application_or_404(request, reference, number)
    return _side_by_side(request, application, "funding/versions.html")


def staff_versions(request, reference, number):
    application = to_work_on(request, reference, number, Permission.VIEW_CASEWORK)
    return _side_by_side(request, application, "funding/staff_versions.html")


def _side_by_side(request, application, template):
    """Two versions that were sent, the last and the one before it unless `?before=` and `?after=` name others."""
    submissions = list(application.submissions.select_related("receipt", "sent_by"))
    if not submissions:
        raise Http404
    after = _chosen(request, "after", submissions) or submissions[-1]
    earlier = [one for one in submissions if one.number < after.number]
    before = _chosen(request, "before", earlier) or (earlier[-1] if earlier else None)
    pairs = []
    for code, title in quoting.SECTIONS.items():
        rows = changes(before.document.get(code, []) if before else [], after.document.get(code, []))
        if rows:
            pairs.append({"title": title, "rows": rows, "is_changed": any(row.is_change for row in rows)})
    return page(request, template, application, submissions=submissions, before=before, after=after, pairs=pairs)


def _chosen(request, name, submissions):
    wanted = request.GET.get(name, "")
    return next((one for one in submissions if str(one.number) == wanted), None)
