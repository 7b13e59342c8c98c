"""PostgreSQL: the log cannot be truncated either, so `manage.py flush` cannot empty it."""

from django.db import migrations

ADD = """CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_auditentry
         FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"""
DROP = "DROP TRIGGER audit_no_truncate ON audit_auditentry"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(ADD)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_verifications")]
    operations = [migrations.RunPython(add, drop)]
