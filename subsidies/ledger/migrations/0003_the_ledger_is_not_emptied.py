"""PostgreSQL: emptying a table passes by the triggers that watch rows; these do not let it."""

from django.db import migrations

TABLES = ("ledger_transaction", "ledger_posting")
KEEP_FROM_TRUNCATE = [
    f"""CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"""
    for table in TABLES
]
LET_TRUNCATE = [f"DROP TRIGGER {table}_no_truncate ON {table}" for table in TABLES]


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in KEEP_FROM_TRUNCATE:
            schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in LET_TRUNCATE:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_the_ledger_is_append_only")]
    operations = [migrations.RunPython(add, drop)]
