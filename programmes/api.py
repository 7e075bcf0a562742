"""`GET /programmes`: what is on offer."""

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from programmes.models import Call, Instrument, Programme

router = Router(tags=["Programmes"])

# Kinds of support that open with a call; the others are open as long as their programme is.
BY_CALL = {Instrument.Kind.GRANT, Instrument.Kind.VOUCHER}


class InstrumentOut(Schema):
    slug: str
    name: str
    kind: str
    open: bool


class ProgrammeOut(Schema):
    slug: str
    name: str
    country: str
    regions: list[str]
    currency: str
    languages: list[str]
    instruments: list[InstrumentOut]


@router.get("", response=list[ProgrammeOut], auth=None, summary="Programmes and what they offer")
def programmes(request: HttpRequest):
    """All programmes that are open or in preview; `open` says whether a firm can ask for that support now."""
    has_call = Exists(Call.objects.open_at(timezone.now()).filter(instrument=OuterRef("pk")))
    instruments = list(Instrument.objects.annotate(has_call=has_call).order_by("position", "pk"))
    return [
        {
            "slug": programme.slug,
            "name": programme.name,
            "country": programme.country,
            "regions": [region.slug for region in sorted(programme.regions.all(), key=lambda region: region.position)],
            "currency": programme.currency,
            "languages": [code.partition("-")[0] for code in programme.languages],
            "instruments": [
                {
                    "slug": instrument.slug,
                    "name": instrument.name,
                    "kind": instrument.kind,
                    "open": programme.status == Programme.Status.OPEN
                    and (instrument.has_call or instrument.kind not in BY_CALL),
                }
                for instrument in instruments
                if instrument.programme_id == programme.pk
            ],
        }
        for programme in Programme.objects.listed().prefetch_related("regions")
    ]
