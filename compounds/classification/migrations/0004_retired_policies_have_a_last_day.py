"""Policies retired so far ended on the day before; nobody asked yet why one reaches back."""

import datetime as dt

from django.db import migrations
from django.utils import timezone


def end(apps, schema_editor):
    policies = apps.get_model("classification", "Policy").objects
    for pk, retired_at in policies.filter(state="RETIRED").values_list("pk", "retired_at"):
        last = timezone.localdate(retired_at) - dt.timedelta(days=1)
        policies.filter(pk=pk).update(ended_on=last)
    published = policies.exclude(published_at=None).filter(retroactive_reason="")
    for pk, begins, at in published.values_list("pk", "effective_from", "published_at"):
        if begins < timezone.localdate(at):
            policies.filter(pk=pk).update(retroactive_reason="—")


class Migration(migrations.Migration):
    dependencies = [("classification", "0003_policies_end_and_reach_back")]
    operations = [migrations.RunPython(end, migrations.RunPython.noop)]
