"""Steps of entitlements are kept for ever; only the areas they lie in may be drawn anew."""

from django.db import migrations

TABLE = "entitlements_entitlementstep"
KEPT = (
    "entitlement_id",
    "act",
    "from_state",
    "to_state",
    "on",
    "at",
    "by_id",
    "role",
    "document",
    "reason",
)
REFUSAL = "a step of an entitlement is never changed or deleted"


def _changed(differs: str) -> str:
    return " OR ".join(f'OLD."{name}" {differs} NEW."{name}"' for name in KEPT)


SQLITE = [
    f"""CREATE TRIGGER entitlementstep_no_delete BEFORE DELETE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
    f"""CREATE TRIGGER entitlementstep_no_update BEFORE UPDATE ON {TABLE}
        WHEN {_changed("IS NOT")} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
]
POSTGRESQL = [
    f"""CREATE FUNCTION entitlementstep_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF TG_OP = 'DELETE' OR {_changed("IS DISTINCT FROM")} THEN
           RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
         END IF;
         RETURN NEW;
       END $$""",
    f"""CREATE TRIGGER entitlementstep_append_only BEFORE UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION entitlementstep_append_only()""",
]


def add(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRESQL:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER entitlementstep_no_{verb}")
    else:
        schema_editor.execute(f"DROP TRIGGER entitlementstep_append_only ON {TABLE}")
        schema_editor.execute("DROP FUNCTION entitlementstep_append_only()")


class Migration(migrations.Migration):
    dependencies = [("entitlements", "0001_entitlements")]
    operations = [migrations.RunPython(add, drop)]
