"""Which compounds, buildings and entrances a grid or micro-grid covers, and the district's norms.

Grids and micro-grids themselves are areas (15 and 17 digits) below a community.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.models import Building, Compound, Entrance
from governance.foundation.models import Versioned
from governance.organisation.models import Area, Level, Placed, PlacedQuerySet

from ..rules import Norms


class GridCover(Placed):
    """A grid or micro-grid covers a whole compound, one of its buildings, or one entrance.

    Many to many: a compound may lie in several grids, a grid may hold several compounds.
    """

    grid = models.ForeignKey(
        Area,
        models.CASCADE,
        related_name="covers",
        limit_choices_to={"level__gte": Level.GRID},
        verbose_name=_("grid"),
    )
    compound = models.ForeignKey(
        Compound, models.CASCADE, related_name="grid_covers", verbose_name=_("compound")
    )
    building = models.ForeignKey(
        Building,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="grid_covers",
        verbose_name=_("building"),
    )
    entrance = models.ForeignKey(
        Entrance,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="grid_covers",
        verbose_name=pgettext_lazy("stairwell", "entrance"),
    )

    objects = PlacedQuerySet.as_manager()
    placed_by = "compound"
    follows_merges = True  # of compounds

    class Meta:
        verbose_name = _("cover of a grid")
        verbose_name_plural = _("covers of grids")
        indexes = [
            models.Index(fields=["community", "grid"], name="gridcover_community"),
            models.Index(fields=["street"], name="gridcover_street"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "compound"],
                condition=Q(building=None),
                name="gridcover_compound_once",
            ),
            models.UniqueConstraint(
                fields=["grid", "building"],
                condition=Q(building__isnull=False, entrance=None),
                name="gridcover_building_once",
            ),
            models.UniqueConstraint(
                fields=["grid", "entrance"],
                condition=Q(entrance__isnull=False),
                name="gridcover_entrance_once",
            ),
            models.CheckConstraint(
                condition=Q(entrance=None) | Q(building__isnull=False),
                name="gridcover_entrance_has_building",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(str(x) for x in (self.compound, self.building, self.entrance) if x)


class NormQuerySet(models.QuerySet):
    def in_force(self, district_id: int, as_of: dt.date) -> Norms:
        """The norms of a district on a day; the usual ones where it has set none."""
        row = (
            self.filter(district_id=district_id, effective_from__lte=as_of)
            .order_by("-effective_from")
            .first()
        )
        return row.as_rules() if row else Norms()


class Norm(Versioned):
    """What a district counts as too few, too many and too long, from a day on."""

    district = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        limit_choices_to={"level": Level.DISTRICT},
        verbose_name=_("district"),
    )
    effective_from = models.DateField(_("effective from"))
    document_number = models.CharField(_("document number"), max_length=100, blank=True)
    households_min = models.PositiveIntegerField(_("households per grid, at least"), default=300)
    households_max = models.PositiveIntegerField(_("households per grid, at most"), default=500)
    group_members_min = models.PositiveSmallIntegerField(
        _("members of a group, at least"), default=3
    )
    branch_members_min = models.PositiveSmallIntegerField(
        _("full members of a branch, at least"), default=3
    )
    branch_members_max = models.PositiveSmallIntegerField(
        _("members of a branch, at most"), default=50
    )
    joint_units_max = models.PositiveSmallIntegerField(_("units in a joint branch"), default=5)
    branch_term_years = models.PositiveSmallIntegerField(_("term of a branch (years)"), default=3)
    community_term_years = models.PositiveSmallIntegerField(
        _("term of a community committee (years)"), default=5
    )
    cadre_compounds_min = models.PositiveSmallIntegerField(
        _("compounds of a cadre, at least"), default=2
    )
    cadre_compounds_max = models.PositiveSmallIntegerField(
        _("compounds of a cadre, at most"), default=3
    )
    head_posts_max = models.PositiveSmallIntegerField(
        _("head posts of one person before overload"), default=2
    )
    assistants_min = models.PositiveSmallIntegerField(
        _("assistants of a micro-grid, at least"), default=2
    )
    expiry_warning_days = models.PositiveSmallIntegerField(
        _("days before a term ends to warn"), default=90
    )

    objects = NormQuerySet.as_manager()

    class Meta:
        verbose_name = _("norm of the party grid")
        verbose_name_plural = _("norms of the party grid")
        ordering = ["district", "-effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["district", "effective_from"], name="norm_once_a_day"),
            models.CheckConstraint(
                condition=Q(households_min__lte=F("households_max")), name="norm_households"
            ),
            models.CheckConstraint(
                condition=Q(branch_members_min__lte=F("branch_members_max")), name="norm_members"
            ),
            models.CheckConstraint(
                condition=Q(cadre_compounds_min__lte=F("cadre_compounds_max")), name="norm_cadres"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.district} {self.effective_from}"

    def clean(self):
        super().clean()
        for low, high in (
            ("households_min", "households_max"),
            ("branch_members_min", "branch_members_max"),
            ("cadre_compounds_min", "cadre_compounds_max"),
        ):
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                raise ValidationError({high: _("The most cannot be below the least.")})

    def as_rules(self) -> Norms:
        return Norms(**{name: getattr(self, name) for name in Norms.__dataclass_fields__})
