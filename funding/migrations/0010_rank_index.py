from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("funding", "0009_review_reminders")]

    operations = [
        migrations.RemoveIndex(model_name="grantapplication", name="grants_by_rank"),
        migrations.AddIndex(
            model_name="grantapplication",
            index=models.Index(fields=["call", "-score", "id"], name="grants_by_rank"),
        ),
    ]
