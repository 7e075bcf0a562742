import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0003_earlier_public_support"),
        ("applications", "0001_initial"),
        ("programmes", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="award",
            trigger=pgtrigger.compiler.Trigger(
                name="basis_as_in_the_rules",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE basis TEXT;",
                    func="\n                    SELECT COALESCE(version.document #>> '{eligibility,aid,basis}', '') INTO basis\n                      FROM funding_grantapplication application\n                      JOIN applications_case on_case ON on_case.id = application.case_id\n                      JOIN programmes_programme programme ON programme.id = on_case.programme_id\n                      JOIN programmes_programmeversion version ON version.programme_id = programme.id\n                     WHERE application.id = NEW.application_id\n                       AND version.valid_from <= (NEW.offered_at AT TIME ZONE programme.time_zone)::date\n                     ORDER BY version.valid_from DESC LIMIT 1;\n                    IF FOUND AND basis <> NEW.aid_basis THEN\n                        RAISE EXCEPTION 'The aid basis of an award is that of its programme';\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="53c7c65323e5ada7007e8552a381f7c63d1f6985",
                    operation="INSERT",
                    pgid="pgtrigger_basis_as_in_the_rules_62f9a",
                    table="funding_award",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="award",
            trigger=pgtrigger.compiler.Trigger(
                name="offer_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."application_id" IS DISTINCT FROM (NEW."application_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."offer" IS DISTINCT FROM (NEW."offer") OR OLD."offer_hash" IS DISTINCT FROM (NEW."offer_hash") OR OLD."aid_basis" IS DISTINCT FROM (NEW."aid_basis"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="cfc446e51075d63f22d468f714e6b15847854503",
                    operation="UPDATE",
                    pgid="pgtrigger_offer_stays_02f9a",
                    table="funding_award",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="award",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("aid_confirmed_at", None), ("aid_confirmed_by", None)),
                    models.Q(("aid_confirmed_at__isnull", False), ("aid_confirmed_by__isnull", False)),
                    _connector="OR",
                ),
                name="award_aid_confirmed_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="award",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("aid_basis", ""),
                    ("accepted_at", None),
                    models.Q(
                        ("aid_confirmed_at__lte", models.F("accepted_at")),
                        ("aid_confirmed_by__isnull", False),
                        models.Q(("aid_words", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="award_of_aid_accepted_only_confirmed",
            ),
        ),
    ]
