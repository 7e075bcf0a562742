"""The ledger of small aid for what was told and awarded before there was one."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import migrations

ENDED = ("LAPSED", "DECLINED_BY_FIRM", "WITHDRAWN")


def _rules(programme, on):
    versions = programme.versions.order_by("-valid_from")
    version = versions.filter(valid_from__lte=on).first() or versions.last()
    return version.document["eligibility"] if version else {}


def _amounts(amount, currency, rules):
    """In pounds and in euro, by the programme's own rate."""
    if amount is None:
        return {}
    found = {"amount_gbp": amount if currency == "GBP" else None, "amount_eur": amount if currency == "EUR" else None}
    if currency != "EUR" and rules.get("euro_rate"):
        found["amount_eur"] = round(amount * Decimal(rules["euro_rate"]), 2)
        found["rates"] = {currency: {"rate": rules["euro_rate"], **(rules.get("euro_rate_source") or {})}}
    return found


def told(apps, schema_editor):
    """What firms said of earlier aid in the check that their case rests on."""
    Case = apps.get_model("applications", "Case")
    AidRecord = apps.get_model("organisations", "AidRecord")
    AidStatement = apps.get_model("organisations", "AidStatement")
    for case in Case.objects.select_related("programme", "check_result").order_by("pk").iterator():
        check, programme = case.check_result, case.programme
        entries = check.facts.get("aid_received")
        reference = f"check:{check.pk}"
        if entries is None or AidStatement.objects.filter(reference=reference).exists():
            continue
        checked_on = check.created_at.astimezone(ZoneInfo(programme.time_zone)).date()
        rules = _rules(programme, checked_on)
        for index, entry in enumerate(entries):
            amount = Decimal(entry["amount"]) if entry.get("amount") else None
            AidRecord.objects.create(
                organisation_id=case.organisation_id, basis=entry.get("basis") or "", amount=amount,
                currency=programme.currency, on=date.fromisoformat(entry["date"]) if entry.get("date") else None,
                source="DECLARED", state="GIVEN", reference=f"{reference}:{index}", recorded_at=case.created_at,
                recorded_by_id=case.created_by_id, **_amounts(amount, programme.currency, rules),
            )  # fmt: skip
        AidStatement.objects.create(
            organisation_id=case.organisation_id, on=checked_on, by_firm=True, stated_at=case.created_at,
            stated_by_id=case.created_by_id, reference=reference,
        )  # fmt: skip


def awarded(apps, schema_editor):
    """Every award; who accepted one had confirmed what its offer says, in the same form."""
    Award = apps.get_model("funding", "Award")
    AidRecord = apps.get_model("organisations", "AidRecord")
    awards = Award.objects.select_related("application__case__programme", "application__case__organisation")
    for award in awards.order_by("pk").iterator():
        case = award.application.case
        programme = case.programme
        zone = ZoneInfo(programme.time_zone)
        offered_on = award.offered_at.astimezone(zone).date()
        rules = _rules(programme, offered_on)
        award.aid_basis = (rules.get("aid") or {}).get("basis", "")
        if award.aid_basis and award.accepted_at:
            award.aid_words = award.offer["aid_statement"] or "-"
            award.aid_confirmed_at, award.aid_confirmed_by_id = award.accepted_at, award.accepted_by_id
        award.save(update_fields=["aid_basis", "aid_words", "aid_confirmed_at", "aid_confirmed_by"])
        state = "RELEASED" if award.status in ENDED else "GIVEN" if award.accepted_at else "RESERVED"
        AidRecord.objects.create(
            organisation_id=case.organisation_id, basis=award.aid_basis or "other", amount=award.amount,
            currency=award.currency, on=(award.accepted_at or award.offered_at).astimezone(zone).date(),
            given_by=programme.name, source="AWARD", state=state,
            reference=f"{case.reference}/{award.application.number}", programme_slug=programme.slug,
            recorded_at=award.offered_at, recorded_by_id=award.offered_by_id,
            released_at=award.updated_at if state == "RELEASED" else None, release_reason=award.reason,
            **_amounts(award.amount, award.currency, rules),
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0002_public_support"),
        ("applications", "0001_initial"),
        ("eligibility", "0001_initial"),
        ("organisations", "0002_groups_and_aid"),
        ("programmes", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(told, migrations.RunPython.noop),
        migrations.RunPython(awarded, migrations.RunPython.noop),
    ]
