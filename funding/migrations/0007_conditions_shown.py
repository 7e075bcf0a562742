import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0006_awards_in_force"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="awardcondition",
            name="shown_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="awardcondition",
            name="shown_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="awardcondition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("shown_at", None), ("shown_by", None)),
                    models.Q(("shown_at__isnull", False), ("shown_by__isnull", False)),
                    _connector="OR",
                ),
                name="award_condition_shown_at_and_by",
            ),
        ),
    ]
