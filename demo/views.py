"""In demo mode nothing is sent: every mail is read here."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, render

from notifications.models import Message
from notifications.rendering import render as render_message
from portal.paging import paginate


def _messages():
    if not settings.DEMO:
        raise Http404
    return Message.objects.all()


@login_not_required
def mail(request):
    page = paginate(_messages(), order=["-created_at", "-id"], cursor=request.GET.get("cursor", ""))
    rows = [{"message": message, "mail": render_message(message)} for message in page.rows]
    return render(request, "demo/mail.html", {"rows": rows, "page": page})


@login_not_required
def message(request, pk):
    found = get_object_or_404(_messages(), pk=pk)
    return render(request, "demo/message.html", {"message": found, "mail": render_message(found)})
