"""Policies retired so far ended on the day before."""

import datetime as dt

from django.db import migrations
from django.utils import timezone


def end(apps, schema_editor):
    policies = apps.get_model("classification", "Policy").objects
    for pk, retired_at in policies.filter(state="RETIRED").values_list("pk", "retired_at"):
        last = timezone.localtime(retired_at).date() - dt.timedelta(days=1)  # of a local time
        policies.filter(pk=pk).update(ended_on=last)


class Migration(migrations.Migration):
    dependencies = [("classification", "0003_policies_end_and_reach_back")]
    operations = [migrations.RunPython(end, migrations.RunPython.noop)]
