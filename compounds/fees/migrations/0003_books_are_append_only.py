"""Lines of a book are reversed, never changed or deleted, not even by the application.

The mark of publication may be set; a line goes over to another compound only where its own was
merged into that one; and the areas it lies in may be drawn anew.
"""

from django.db import migrations

TABLE = "fees_bookentry"
KEPT = (
    "kind",
    "source",
    "on",
    "amount",
    "purpose",
    "document",
    "reverses_id",
    "reason",
    "entered_by_id",
    "entered_at",
    "batch",
)
REFUSAL = "a line of a book is reversed, never changed or deleted"
MERGED = """EXISTS (SELECT 1 FROM registry_compound c
            WHERE c.id = OLD.compound_id AND c.merged_into_id = NEW.compound_id)"""


def _changed(differs: str) -> str:
    columns = " OR ".join(f'OLD."{name}" {differs} NEW."{name}"' for name in KEPT)
    return f"{columns} OR (OLD.compound_id <> NEW.compound_id AND NOT {MERGED})"


SQLITE = [
    f"""CREATE TRIGGER book_no_delete BEFORE DELETE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
    f"""CREATE TRIGGER book_no_update BEFORE UPDATE ON {TABLE} WHEN {_changed("IS NOT")}
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
]
POSTGRESQL = [
    f"""CREATE FUNCTION book_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF TG_OP = 'DELETE' OR {_changed("IS DISTINCT FROM")} THEN
           RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
         END IF;
         RETURN NEW;
       END $$""",
    f"""CREATE TRIGGER book_append_only BEFORE UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION book_append_only()""",
]


def add(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRESQL:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER book_no_{verb}")
    else:
        schema_editor.execute(f"DROP TRIGGER book_append_only ON {TABLE}")
        schema_editor.execute("DROP FUNCTION book_append_only()")


class Migration(migrations.Migration):
    dependencies = [("fees", "0002_versions_of_entries_and_sources_of_points")]
    operations = [migrations.RunPython(add, drop)]
