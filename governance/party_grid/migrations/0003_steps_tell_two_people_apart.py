"""A step knows who prepared it, so that the database refuses the same person as approver."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("party_grid", "0002_kinds_of_duties"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            model_name="proposalstep",
            name="left_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="why it was left"),
        ),
        # No proposal has been prepared yet: there is no row to fill.
        migrations.AddField(
            model_name="proposalstep",
            name="prepared_by",
            field=models.ForeignKey(
                db_index=False,
                default=1,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="prepared by",
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="proposalstep",
            constraint=models.CheckConstraint(
                condition=Q(applied_by=None) | ~Q(applied_by=F("prepared_by")),
                name="proposalstep_two_people",
                violation_error_message="Preparer and approver are two people.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposalstep",
            constraint=models.CheckConstraint(
                condition=~Q(state="LEFT") | ~Q(left_reason=""),
                name="proposalstep_left_with_reason",
            ),
        ),
    ]
