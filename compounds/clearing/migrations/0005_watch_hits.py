"""The signals that count stand beside the score, so that lists can be filtered by them.

SQLite makes the table anew and would lose its trigger: it is taken off and put on again.
"""

from importlib import import_module

from django.db import migrations

import governance.foundation.fields

fixed = import_module("compounds.clearing.migrations.0003_watch_policies_are_fixed")


class Migration(migrations.Migration):
    dependencies = [("clearing", "0004_watch_runs_at_night")]

    operations = [
        migrations.RunPython(fixed.drop, fixed.add),
        migrations.AddField(
            model_name="watchscore",
            name="hits",
            field=governance.foundation.fields.TagsField(
                blank=True, default="", max_length=400, verbose_name="signals that count"
            ),
        ),
        migrations.RunPython(fixed.add, fixed.drop),
    ]
