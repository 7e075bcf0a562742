from decimal import ROUND_DOWN, Decimal

from django.db import migrations

PENNY = Decimal("0.01")


def split(amount, weights):
    """`amount` over the weights to the penny; what is left over goes to the first."""
    whole = sum(weights) or Decimal(1)
    parts = [(amount * weight / whole).quantize(PENNY, ROUND_DOWN) for weight in weights]
    if parts:
        parts[0] += amount - sum(parts)
    return parts


def fill(apps, schema_editor):
    """Awards made before say now what of them is in force, and scores out of 5 become scores out of 10."""
    for award in apps.get_model("funding", "Award").objects.select_related("application"):
        costs = {}
        for line in award.application.quote.get("lines", []):
            if not line["why_not"]:
                costs[line["category"]] = costs.get(line["category"], Decimal(0)) + Decimal(line["cost"])
        grants = split(award.amount, list(costs.values()))
        award.budget = [
            {"partner": None, "category": category, "eligible": str(costs[category]), "grant": str(grant)}
            for category, grant in zip(costs, grants, strict=True)
        ]
        award.committed = award.amount if award.status in {"OFFERED", "ACCEPTED"} else Decimal(0)
        award.starts_on = award.application.starts_on
        award.ends_on = award.application.ends_on
        award.save()
    for review in apps.get_model("funding", "Review").objects.exclude(scores={}):
        for entry in review.scores.values():
            if entry.get("score") is not None:
                entry["score"] *= 2
        review.save()


class Migration(migrations.Migration):
    dependencies = [("funding", "0005_match_funding")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
