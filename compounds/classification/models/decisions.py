"""Runs, the decisions they wrote, and overrides by people."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound, DecisionState, Strategy
from governance.foundation.fields import FixedPointField, TagsField
from governance.foundation.models import Versioned
from governance.organisation.models import Placed, PlacedQuerySet

from .. import rules
from .policies import Policy, Rule
from .work import Work


class Run(Work):
    """One classification of the unmanaged compounds of an area under one policy.

    `counts` holds outcomes and strategies, `fingerprint` the hash of all facts that were read:
    two runs with equal policy and fingerprint decided the same.
    """

    RIGHT = "classification.run"

    policy = models.ForeignKey(
        Policy, models.PROTECT, related_name="runs", verbose_name=_("policy")
    )
    changed = models.PositiveIntegerField(_("decisions written"), default=0)
    moved = models.PositiveIntegerField(_("compounds with a new result"), default=0)
    ended = models.PositiveIntegerField(_("decisions ended"), default=0)
    counts = models.JSONField(_("counts"), default=dict)
    fingerprint = models.CharField(_("fingerprint of the register"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("classification run")
        verbose_name_plural = _("classification runs")
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["district", "-started_at", "-id"], name="run_district")]

    def __str__(self) -> str:
        return f"{self.area} {self.as_of:%Y-%m-%d}"


class OverrideQuerySet(PlacedQuerySet):
    def open(self):
        return self.filter(state__in=Override.OPEN)

    def effective(self, as_of):
        """Approved and not expired on a day."""
        return self.filter(state=Override.State.APPROVED, expires_on__gte=as_of)

    def overdue(self, as_of):
        """Still open although their last day has passed."""
        return self.open().filter(expires_on__lt=as_of)

    def expiring(self, as_of, days: int):
        """Approved ones whose last day comes within so many days, the nearest first."""
        last = as_of + dt.timedelta(days=days)
        return self.effective(as_of).filter(expires_on__lte=last).order_by("expires_on", "pk")


class Override(Placed, Versioned):
    """A person's decision against the rules: proposed by one, approved by another, for a time."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("proposed")
        APPROVED = "APPROVED", _("approved")
        REJECTED = "REJECTED", _("rejected")
        WITHDRAWN = "WITHDRAWN", _("withdrawn")
        EXPIRED = "EXPIRED", _("expired")

    OPEN = (State.PROPOSED, State.APPROVED)

    compound = models.ForeignKey(
        Compound, models.PROTECT, related_name="overrides", verbose_name=_("compound")
    )
    strategy = models.CharField(_("strategy"), max_length=20, choices=Strategy)
    reason = models.TextField(_("reason"), max_length=1000)
    document = models.CharField(_("document"), max_length=150)
    expires_on = models.DateField(_("last day"))
    state = models.CharField(
        _("state"), max_length=20, choices=State, default=State.PROPOSED, editable=False
    )
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("prepared by"),
    )
    prepared_at = models.DateTimeField(_("prepared at"), editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("closed by"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, editable=False)
    closing_reason = models.CharField(
        _("reason of closing"), max_length=300, blank=True, editable=False
    )

    placed_by = "compound"

    objects = OverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        ordering = ["-prepared_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "expires_on", "id"], name="override_expiry"),
            models.Index(fields=["street", "state", "id"], name="override_street"),
            models.Index(fields=["district", "state", "id"], name="override_district"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["compound"],
                condition=Q(state__in=["PROPOSED", "APPROVED"]),
                name="override_one_open",
                violation_error_message=_("This compound already has an open override."),
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("prepared_by")),
                name="override_approver_is_not_preparer",
                violation_error_message=_("Whoever proposed an override cannot approve it."),
            ),
            models.CheckConstraint(
                condition=~Q(state="APPROVED")
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="override_approved_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.compound} → {self.get_strategy_display()}"


class DecisionQuerySet(PlacedQuerySet):
    def current(self):
        return self.filter(is_current=True)

    def incomplete(self):
        """Current decisions that wait for facts."""
        return self.current().filter(outcome=DecisionState.INCOMPLETE)

    def asking_for(self, fact: str):
        """Current decisions that wait for one fact."""
        return self.incomplete().filter(missing__contains=f" {fact} ")

    def near(self, percent):
        """Current decisions by rule within so many percent of a deciding threshold, nearest
        first."""
        return (
            self.current()
            .exclude(outcome=DecisionState.OVERRIDDEN)
            .filter(nearest_percent__lte=percent)
            .order_by("nearest_percent", "pk")
        )


class Decision(Placed):
    """What was decided for a compound, by which policy, on which facts; never changed after.

    `record` alone replays to the decision (`rules.replay`).  A new decision supersedes the one
    before; at most one per compound is current.
    """

    is_evidence = True  # kept for ever, and with it the compound: no import is undone under it

    compound = models.ForeignKey(
        Compound,
        models.PROTECT,
        db_index=False,  # the first index below begins with it
        related_name="decisions",
        verbose_name=_("compound"),
    )
    run = models.ForeignKey(
        Run, models.PROTECT, null=True, related_name="decisions", verbose_name=_("run")
    )
    policy = models.ForeignKey(
        Policy, models.PROTECT, related_name="decisions", verbose_name=_("policy")
    )
    rule = models.ForeignKey(
        Rule,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("deciding rule"),
    )
    override = models.ForeignKey(
        Override,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="decisions",
        verbose_name=_("override"),
    )
    outcome = models.CharField(_("classification"), max_length=20, choices=DecisionState)
    strategy = models.CharField(_("strategy"), max_length=20, choices=Strategy, blank=True)
    missing = TagsField(_("facts to ask for"), max_length=600)
    nearest_percent = FixedPointField(_("distance to the nearest threshold (%)"), null=True)
    nearest_fact = models.CharField(_("nearest threshold"), max_length=40, blank=True)
    subsidy = FixedPointField(_("transition subsidy (yuan)"), null=True)
    record = models.JSONField(_("facts and trace"))
    digest = models.CharField(_("fingerprint of the facts"), max_length=32)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"))
    superseded_at = models.DateTimeField(_("superseded at"), null=True)
    is_current = models.BooleanField(_("current"), default=True)

    placed_by = "compound"

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["-decided_at", "-pk"]
        indexes = [
            models.Index(fields=["compound", "-decided_at", "-id"], name="decision_compound"),
            models.Index(
                fields=["nearest_percent", "id"],
                condition=Q(is_current=True, nearest_percent__isnull=False),
                name="decision_nearest",
            ),
            models.Index(
                fields=["street", "outcome", "id"],
                condition=Q(is_current=True),
                name="decision_street_outcome",
            ),
            models.Index(
                fields=["district", "outcome", "id"],
                condition=Q(is_current=True),
                name="decision_district_outcome",
            ),
            # A rule of a draft is deleted at once only if the database need not search for it.
            models.Index(fields=["rule"], condition=Q(rule__isnull=False), name="decision_rule"),
            models.Index(
                fields=["override"], condition=Q(override__isnull=False), name="decision_override"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["compound"], condition=Q(is_current=True), name="decision_one_current"
            ),
            models.CheckConstraint(
                condition=Q(is_current=True, superseded_at=None)
                | Q(is_current=False, superseded_at__isnull=False),
                name="decision_superseded_has_time",
            ),
            models.CheckConstraint(
                condition=(Q(outcome__in=["DECIDED", "OVERRIDDEN"]) & ~Q(strategy=""))
                | (Q(outcome__in=["INCOMPLETE", "UNMATCHED"]) & Q(strategy="")),
                name="decision_strategy_if_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.compound} {self.get_strategy_display() or self.get_outcome_display()}"

    @property
    def missing_facts(self) -> list[rules.Fact]:
        """Facts to ask for, in the order of the vocabulary."""
        asked = set(TagsField.split(self.missing))
        return [fact for key, fact in rules.FACTS.items() if key in asked]

    def trace(self) -> tuple[rules.RuleTrace, ...]:
        """Every rule and condition with value, source, threshold, result and distance."""
        return rules.replay(self.record).trace()

    def counterfactual(self) -> rules.Counterfactual:
        """The smallest changes of facts that would move the compound, from the record alone."""
        policy, values, _sources = rules.read_record(self.record)
        return rules.counterfactual(policy, values)
