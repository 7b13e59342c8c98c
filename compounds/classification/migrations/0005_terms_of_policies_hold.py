"""No two published policies of a district begin on one day; what is new is as fixed as the rest."""

from importlib import import_module

from django.db import migrations, models

fixed = import_module("compounds.classification.migrations.0002_published_is_fixed")
POLICY = fixed.POLICY
REACHING_BACK = "classification_policy_reach"
ENDING = "NOT (OLD.state = 'PUBLISHED' AND NEW.state = 'RETIRED')"


def _differs(sign):
    return (
        f"OLD.state <> 'DRAFT' AND (NEW.retroactive_reason {sign} OLD.retroactive_reason "
        f"OR (NEW.ended_on {sign} OLD.ended_on AND {ENDING}))"
    )


def add(apps, schema_editor):
    fixed.add(apps, schema_editor)
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            f"CREATE TRIGGER {REACHING_BACK} BEFORE UPDATE ON {POLICY} WHEN {_differs('IS NOT')} "
            f"BEGIN SELECT RAISE(ABORT, '{fixed.WORDS}'); END"
        )
        return
    for statement in (
        f"""CREATE FUNCTION {REACHING_BACK}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF {_differs("IS DISTINCT FROM")} THEN RAISE EXCEPTION '{fixed.WORDS}'; END IF;
          RETURN NEW;
        END $$""",
        f"""CREATE TRIGGER {REACHING_BACK} BEFORE UPDATE ON {POLICY}
            FOR EACH ROW EXECUTE FUNCTION {REACHING_BACK}()""",
    ):
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TRIGGER {REACHING_BACK}")
    else:
        schema_editor.execute(f"DROP TRIGGER {REACHING_BACK} ON {POLICY}")
        schema_editor.execute(f"DROP FUNCTION {REACHING_BACK}()")
    fixed.drop(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("classification", "0004_retired_policies_have_a_last_day")]
    operations = [
        migrations.AddConstraint(
            "policy",
            models.CheckConstraint(
                condition=models.Q(("ended_on__isnull", False), ("state", "RETIRED"))
                | models.Q(models.Q(("state", "RETIRED"), _negated=True), ("ended_on", None)),
                name="policy_retired_has_a_last_day",
            ),
        ),
        migrations.AddConstraint(
            "policy",
            models.UniqueConstraint(
                condition=models.Q(("state", "PUBLISHED")),
                fields=("district", "effective_from"),
                name="policy_one_begins_a_day",
                violation_error_message="Another published policy begins on this day.",
            ),
        ),
        migrations.RunPython(add, drop),
    ]
