"""The classes of party members as usually read; the sources name four and define none (S1-9)."""

from django.db import migrations

CLASSES = [
    ("RESIDENT", "居民党员", "resident member"),
    ("SERVING", "在职报到党员", "serving member who reported"),
    ("RETIRED", "离退休党员", "retired member"),
    ("FLOATING", "流动党员", "floating member"),
]


def add(apps, schema_editor):
    table = apps.get_model("people", "MemberClass")
    for position, (code, name, name_en) in enumerate(CLASSES, 1):
        table.objects.create(code=code, name=name, name_en=name_en, position=position)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_people")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
