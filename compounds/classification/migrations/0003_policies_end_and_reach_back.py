"""A policy says why it begins before its publication, and its last day if it was retired.

Triggers stand aside while tables are rebuilt; the last of these three migrations puts them back.
"""

from importlib import import_module

from django.db import migrations, models

fixed = import_module("compounds.classification.migrations.0002_published_is_fixed")


class Migration(migrations.Migration):
    dependencies = [("classification", "0002_published_is_fixed")]
    operations = [
        migrations.RunPython(fixed.drop, fixed.add),
        migrations.AddField(
            "policy",
            "ended_on",
            models.DateField(
                editable=False, null=True, verbose_name="last day before it was retired"
            ),
        ),
        migrations.AddField(
            "policy",
            "retroactive_reason",
            models.CharField(
                blank=True,
                default="",
                editable=False,
                max_length=300,
                verbose_name="why it begins before its publication",
            ),
            preserve_default=False,
        ),
    ]
