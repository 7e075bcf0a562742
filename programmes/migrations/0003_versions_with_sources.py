from django.db import migrations

FORMER = [
    ("made-smarter-north-west", "2026-04-01"),
    ("wales-industry-4", "2026-04-01"),
    ("basque-industry-4", "2026-01-01"),
]


def let_go(apps, schema_editor):
    """The former documents say nothing of sources. The same versions are loaded anew, with them, from the files."""
    versions = apps.get_model("programmes", "ProgrammeVersion").objects.filter(
        document__eligibility__sources__isnull=True
    )
    for slug, number in FORMER:
        versions.filter(programme__slug=slug, number=number).delete()


class Migration(migrations.Migration):
    dependencies = [("programmes", "0002_programmes_as_data")]

    operations = [migrations.RunPython(let_go, migrations.RunPython.noop)]
