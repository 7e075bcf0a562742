"""What the apps below tell: a file with a virus, written on the timeline of the case it was given for."""

from django.db.models import F
from django.dispatch import receiver

from applications.models import Case
from diagnostics.models import Evidence
from documents.signals import upload_infected
from funding.models import AwardCondition, ClaimLine, MatchSource, MilestoneEvidence, Quote
from portal.models import Event

OWNERS = [
    (Evidence, "upload", "assessment__case"),
    (Quote, "upload", "line__application__case"),
    (MatchSource, "proof", "application__case"),
    (AwardCondition, "evidence", "award__application__case"),
    (ClaimLine, "invoice", "claim__award__application__case"),
    (ClaimLine, "proof", "claim__award__application__case"),
    (MilestoneEvidence, "file", "claim__award__application__case"),
]
"""Every row that holds a person's file: model, field, and the way to its case."""


@receiver(upload_infected)
def tell_the_case(upload, at, **kwargs):
    for model, field, path in OWNERS:
        of_case = model.objects.filter(**{field: upload}).values_list(F(f"{path}_id"), flat=True)
        for case in Case.objects.filter(pk__in=list(of_case)).select_related("programme"):
            data = {"file": upload.name, "virus": upload.virus}
            Event.objects.record(case, kind="upload.infected", by=None, at=at, note=upload.name, data=data)
