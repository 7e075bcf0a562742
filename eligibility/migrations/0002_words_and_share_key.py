from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("eligibility", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="eligibilitycheck",
            name="headroom",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="eligibilitycheck",
            name="language",
            field=models.CharField(default="en-gb", max_length=10),
        ),
        migrations.AddField(
            model_name="eligibilitycheck",
            name="share_key",
            field=models.UUIDField(db_default=RandomUUID(), editable=False, unique=True),
        ),
    ]
