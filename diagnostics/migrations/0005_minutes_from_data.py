import hashlib
import json
from pathlib import Path

import pgtrigger
import yaml
from django.db import migrations

DATA = Path(__file__).resolve().parents[1] / "data"
WITHOUT_SECONDS = "fd11bde745f1e1a5a29f7117c21c07a491808f4f5bf05847a3e6845035da62a8"


def take_the_seconds(apps, schema_editor):
    """1.0.0 of the shipped questionnaire now says how long each question takes. Nobody but demonstrations had it
    without, and no question, weight or word differs, so the same version takes the new text."""
    versions = apps.get_model("diagnostics", "QuestionnaireVersion").objects
    old = versions.filter(questionnaire__code="industry-4", number="1.0.0", sha256=WITHOUT_SECONDS)
    if old.exists():
        document = yaml.safe_load((DATA / "industry-4.yaml").read_text(encoding="utf-8"))
        if document["framework"]["version"] != "1.0.0":
            return
        canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        with pgtrigger.ignore("diagnostics.QuestionnaireVersion:published_text"):
            old.update(document=document, sha256=hashlib.sha256(canonical.encode()).hexdigest())


class Migration(migrations.Migration):
    dependencies = [("diagnostics", "0004_results_in_force")]

    operations = [migrations.RunPython(take_the_seconds, migrations.RunPython.noop)]
