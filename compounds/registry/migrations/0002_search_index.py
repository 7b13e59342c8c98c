"""Trigram index for search by name, address and code on PostgreSQL; SQLite scans."""

from django.db import migrations


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        schema_editor.execute(
            "CREATE INDEX compound_search ON registry_compound "
            "USING gin (search_text gin_trgm_ops)"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX compound_search")


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_compounds")]
    operations = [migrations.RunPython(add, drop)]
