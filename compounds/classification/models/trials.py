"""What-if: a policy tried on the present register before anybody signs it."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound, DecisionState, Strategy
from governance.foundation.fields import FixedPointField
from governance.organisation.models import Placed, PlacedQuerySet

from .policies import Policy
from .work import Work


class Trial(Work):
    """A set of rules and a subsidy, tried against the decisions of the moment.

    `result` holds `matrix` (from → to → compounds), `before` and `after` (totals), and `streets`
    (the same by street); `TrialMove` names the compounds that would move.
    """

    RIGHT = "classification.try"

    policy = models.ForeignKey(
        Policy, models.CASCADE, related_name="trials", verbose_name=_("policy")
    )
    rules = models.JSONField(_("rules"))
    subsidy_rate = FixedPointField(
        _("subsidy rate (yuan per m² and month)"), validators=[MinValueValidator(0)]
    )
    subsidy_months = models.PositiveSmallIntegerField(_("months of subsidy"))
    area_basis = models.CharField(
        _("area the subsidy is paid for"), max_length=20, choices=Policy.AreaBasis
    )
    moved = models.PositiveIntegerField(_("compounds that would move"), default=0)
    result = models.JSONField(_("result"), default=dict)

    class Meta:
        verbose_name = _("what-if")
        verbose_name_plural = _("what-ifs")
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["district", "-started_at", "-id"], name="trial_district")]

    def __str__(self) -> str:
        return f"{self.policy} {self.as_of:%Y-%m-%d}"


class TrialMove(Placed):
    """One compound that the tried policy would move, and why."""

    trial = models.ForeignKey(
        Trial,
        models.CASCADE,
        db_index=False,  # the constraint below begins with it
        related_name="moves",
        verbose_name=_("what-if"),
    )
    compound = models.ForeignKey(
        Compound, models.CASCADE, related_name="+", verbose_name=_("compound")
    )
    outcome_before = models.CharField(
        _("classification now"), max_length=20, choices=DecisionState, blank=True
    )
    strategy_before = models.CharField(
        _("strategy now"), max_length=20, choices=Strategy, blank=True
    )
    outcome_after = models.CharField(_("classification then"), max_length=20, choices=DecisionState)
    strategy_after = models.CharField(
        _("strategy then"), max_length=20, choices=Strategy, blank=True
    )
    subsidy_before = FixedPointField(_("subsidy now (yuan)"), null=True)
    subsidy_after = FixedPointField(_("subsidy then (yuan)"), null=True)
    subsidy_change = FixedPointField(_("change of subsidy (yuan)"), default=0)
    # {"lost": conditions its present strategy now fails, "won": conditions of the deciding rule,
    #  "missing": facts}; a condition is [fact, value, operator, threshold].
    why = models.JSONField(_("why"), default=dict)

    placed_by = "compound"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("move")
        verbose_name_plural = _("moves")
        ordering = ["trial", "compound"]
        constraints = [
            models.UniqueConstraint(fields=["trial", "compound"], name="trial_move_once")
        ]

    def __str__(self) -> str:
        return f"{self.compound}: {self.strategy_before} → {self.strategy_after}"
