"""Every final diagnostic names the result in force, and every PDF made of a plan has its row among the versions."""

from django.db import migrations

RESULTS = """
UPDATE diagnostics_assessment AS assessment SET result_id = result.id
FROM diagnostics_result AS result WHERE result.assessment_id = assessment.id
"""
VERSIONS = """
INSERT INTO diagnostics_planversion (plan_id, number, document_id, is_final, made_at)
SELECT plan.id, plan.version, plan.document_id, false, document.created_at
FROM diagnostics_actionplan AS plan JOIN documents_document AS document ON document.id = plan.document_id
"""


class Migration(migrations.Migration):
    dependencies = [("diagnostics", "0003_diagnostic_in_full"), ("documents", "0001_initial")]

    operations = [
        migrations.RunSQL(RESULTS, migrations.RunSQL.noop),
        migrations.RunSQL(VERSIONS, migrations.RunSQL.noop),
    ]
