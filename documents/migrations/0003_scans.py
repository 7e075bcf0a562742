from django.db import migrations, models

import documents.models

STATES = [
    ("QUEUED", "Waiting"),
    ("WORKING", "Being made"),
    ("READY", "Ready"),
    ("FAILED", "Failed"),
    ("CANCELLED", "Cancelled"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0002_bulk"),
    ]

    operations = [
        migrations.RenameField(model_name="upload", old_name="uploaded_at", new_name="created_at"),
        migrations.AlterField(
            model_name="upload",
            name="file",
            field=models.FileField(blank=True, max_length=200, upload_to=documents.models.upload_path),
        ),
        migrations.AddField(
            model_name="upload",
            name="virus",
            field=models.CharField(blank=True, max_length=200),
        ),
        # What is there already was never scanned; what comes is owed.
        migrations.AddField(
            model_name="upload",
            name="state",
            field=models.CharField(choices=STATES, default="CANCELLED", max_length=10),
        ),
        migrations.AlterField(
            model_name="upload",
            name="state",
            field=models.CharField(choices=STATES, default="QUEUED", max_length=10),
        ),
        migrations.AddField(
            model_name="upload",
            name="claim",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="upload",
            name="claimed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="upload",
            name="not_before",
            field=models.DateTimeField(db_index=True, default="2026-01-01T00:00:00Z"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="upload",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="upload",
            name="error",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="upload",
            name="finished_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["state", "not_before"], name="upload_owed"),
        ),
    ]
