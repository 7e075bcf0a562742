from django.db import migrations


def first_checks(apps, schema_editor):
    """The check that each case has rested on since its firm joined."""
    Case = apps.get_model("applications", "Case")
    CaseCheck = apps.get_model("applications", "CaseCheck")
    cases = Case.objects.filter(checks=None).values_list("pk", "check_result", "created_at", "created_by")
    CaseCheck.objects.bulk_create(
        CaseCheck(case_id=case, check_result_id=check, made_at=at, made_by_id=by, taken_at=at, taken_by_id=by)
        for case, check, at, by in cases.iterator()
    )


class Migration(migrations.Migration):
    dependencies = [("applications", "0002_checks_and_overrides")]

    operations = [migrations.RunPython(first_checks, migrations.RunPython.noop)]
