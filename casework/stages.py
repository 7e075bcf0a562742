"""Stages of the funnel as dated facts of a case, so that figures and the lists behind them cannot differ."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from applications.models import Note
from diagnostics.models import Assessment
from funding.models import Award, GrantApplication


class Stage(models.TextChoices):
    ONE_TO_ONE = "one_to_one", _("Met one-to-one")
    ENGAGED = "engaged", _("Engaged more deeply")
    FUNDED = "funded", _("Funding agreed")


def reached(stage: Stage) -> Q:
    """Condition that a case has ever reached `stage`; a later stage counts for those before it.

    One-to-one: an adviser has logged a visit or a one-to-one meeting. Engaged: the firm has sent in a diagnostic or
    a grant application. Funded: the firm has accepted an offer, whatever became of it since.
    """
    funded = Q(Exists(Award.objects.filter(application__case=OuterRef("pk"), accepted_at__isnull=False)))
    if stage == Stage.FUNDED:
        return funded
    engaged = (
        funded
        | Q(Exists(Assessment.objects.filter(case=OuterRef("pk"), submitted_at__isnull=False)))
        | Q(Exists(GrantApplication.objects.filter(case=OuterRef("pk"), submitted_at__isnull=False)))
    )
    if stage == Stage.ENGAGED:
        return engaged
    meetings = (Note.Kind.MEETING, Note.Kind.VISIT)
    return engaged | Q(Exists(Note.objects.filter(case=OuterRef("pk"), kind__in=meetings)))
