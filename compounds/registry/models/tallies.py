"""Sums of the register per community, for dashboards."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.foundation.fields import FixedPointField
from governance.organisation.models import Placed, PlacedQuerySet

from .compounds import DecisionState, Stage, Strategy


class CommunityTally(Placed):
    """Active compounds of one community in one state, counted and summed.

    Kept current by the services that write compounds (`services.tallies.refresh`), rebuilt by
    `check_register --rebuild` and proved by `check_register`.
    """

    is_unmanaged = models.BooleanField(_("unmanaged"), null=True)
    strategy = models.CharField(_("strategy"), max_length=20, choices=Strategy, blank=True)
    decision = models.CharField(
        _("classification"), max_length=20, choices=DecisionState, blank=True
    )
    stage = models.CharField(_("stage of clearing"), max_length=20, choices=Stage, blank=True)
    compounds = models.PositiveIntegerField(default=0)
    buildings = models.PositiveIntegerField(default=0)
    entrances = models.PositiveIntegerField(default=0)
    households = models.PositiveIntegerField(default=0)
    floor_area_m2 = FixedPointField(default=0)
    chargeable_area_m2 = FixedPointField(default=0)
    cleared = models.PositiveIntegerField(default=0)  # ever, whatever came after
    surveyed = models.PositiveIntegerField(default=0)
    verified = models.PositiveIntegerField(default=0)
    complete = models.PositiveIntegerField(default=0)
    missing_facts = models.PositiveIntegerField(default=0)
    asked_facts = models.PositiveIntegerField(default=0)
    refreshed_at = models.DateTimeField(auto_now=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("community tally")
        indexes = [models.Index(fields=["street"], name="tally_street")]
        constraints = [
            models.UniqueConstraint(
                fields=["community", "is_unmanaged", "strategy", "decision", "stage"],
                name="tally_once",
            ),
            models.UniqueConstraint(
                fields=["community", "strategy", "decision", "stage"],
                condition=models.Q(is_unmanaged=None),
                name="tally_once_where_unknown",
            ),
        ]
