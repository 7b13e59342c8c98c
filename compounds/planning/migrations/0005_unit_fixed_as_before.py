from django.db import migrations
from django.db.models import F


def as_any_firm(apps, schema_editor):
    """Norms of before reckoned units' companies like any other firm; they go on doing so."""
    apps.get_model("planning", "Norms").objects.update(unit_fixed=F("fixed"))


class Migration(migrations.Migration):
    dependencies = [("planning", "0004_unit_fixed")]

    operations = [migrations.RunPython(as_any_firm, migrations.RunPython.noop)]
