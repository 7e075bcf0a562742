"""Who reads questionnaires, who may change them, and the frame of their pages.

All programmes with a diagnostic share them, so whoever publishes one looks after all of those.
"""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Permission
from casework import programme_scope
from casework.programme_texts import language_name
from diagnostics.models import QuestionnaireVersion
from programmes.models import Instrument


def may_publish(user):
    """Whether the person configures every programme that has a diagnostic, and there is one."""
    programmes = set(
        Instrument.objects.filter(kind=Instrument.Kind.DIAGNOSTIC).values_list("programme", flat=True).distinct()
    )
    return bool(programmes) and programmes <= user.programmes_for(Permission.CONFIGURE)


def must_read(user):
    if not programme_scope.readable(user):
        raise Http404


def must_publish(user):
    must_read(user)
    if not may_publish(user):
        raise PermissionDenied


def version_or_404(user, code, number):
    must_read(user)
    rows = QuestionnaireVersion.objects.select_related("questionnaire", "loaded_by", "published_by", "retired_by")
    return get_object_or_404(rows, questionnaire__code=code, number=number)


def frame(user):
    rail = programme_scope.rail(user, timezone.now(), reverse("casework:questionnaires"))
    return {"rail": rail, "wide": True}


def patch_rows(patches, most=100):
    """Corrections of words as _questionnaire_patches.html shows them, newest first."""
    rows = patches.select_related("made_by").order_by("-id")[:most]
    return [{"row": row, "language": language_name(row.language)} for row in rows]
