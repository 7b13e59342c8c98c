from django.db import migrations, models
from django.db.models import Q

OUTCOMES = [
    ("KEPT", "stays with its firm"),
    ("MOVED", "to another firm"),
    ("TAKEN", "out of fallback"),
    ("LOST", "served today, left to fallback"),
    ("STAYS", "stays in fallback"),
]


def tell_apart(apps, schema_editor):
    """Whom somebody served is lost; whom nobody or a team of fallback service did, stays."""
    left = apps.get_model("planning", "PlanPlace").objects.filter(outcome="LEFT")
    left.filter(Q(today=None) | Q(today__kind="FALLBACK_TEAM")).update(outcome="STAYS")
    left.update(outcome="LOST")


def tell_alike(apps, schema_editor):
    places = apps.get_model("planning", "PlanPlace").objects
    places.filter(outcome__in=["LOST", "STAYS"]).update(outcome="LEFT")


class Migration(migrations.Migration):
    dependencies = [("planning", "0008_plan_without_count_of_moves")]

    operations = [
        migrations.RemoveConstraint("planplace", "plan_place_left_has_no_bundle"),
        migrations.AlterField(
            "planplace",
            "outcome",
            models.CharField(choices=OUTCOMES, max_length=10, verbose_name="outcome"),
        ),
        migrations.RunPython(tell_apart, tell_alike),
        migrations.AddConstraint(
            "planplace",
            models.CheckConstraint(
                condition=Q(("bundle", None), ("outcome__in", ["LOST", "STAYS"]))
                | Q(("bundle__isnull", False), ("outcome__in", ["KEPT", "MOVED", "TAKEN"])),
                name="plan_place_left_has_no_bundle",
            ),
        ),
    ]
