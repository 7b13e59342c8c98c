"""A policy: ordered rules of conditions, published once and never changed after."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.models import Strategy
from governance.foundation.errors import DomainError
from governance.foundation.fields import FixedPointField
from governance.foundation.publishing import Fixed, FixedPart, FixedPartQuerySet, FixedQuerySet
from governance.organisation.models import Area, Level

from .. import rules


class PolicyIsPublished(DomainError):  # noqa: N818 - names of refusals read as sentences
    """Somebody tried to change or delete what was published."""

    def __init__(self):
        super().__init__(
            _("A published policy cannot be changed or deleted. Copy it to a new draft.")
        )


class PolicyQuerySet(FixedQuerySet):
    def visible_to(self, user):
        """Policies of the districts in which the user holds a post that sees the register."""
        return self.filter(district_id__in=user.scope.in_districts())

    def in_force(self, as_of):
        """The policy of each district that decides on a day: the last that had begun, in its term.

        What it replaced does not come back when it ends (`rules.succession`).
        """
        begun = self.exclude(state=Policy.State.DRAFT).filter(effective_from__lte=as_of)
        later = (
            Policy.objects.exclude(state=Policy.State.DRAFT)
            .filter(district=OuterRef("district"), effective_from__lte=as_of)
            .filter(Q(ended_on=None) | Q(ended_on__gte=F("effective_from")))
            .filter(
                Q(effective_from__gt=OuterRef("effective_from"))
                | Q(effective_from=OuterRef("effective_from"), edition__gt=OuterRef("edition"))
            )
        )
        return begun.filter(
            Q(effective_until=None) | Q(effective_until__gte=as_of),
            Q(ended_on=None) | Q(ended_on__gte=as_of),
            ~Exists(later),
        )


class Policy(Fixed):
    """The classification policy of a district: a document, its term, rules and the subsidy.

    Only a draft can be changed.  Publishing fixes the row and its rules for ever (guarded here
    and by triggers); a published policy can only be retired.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("draft")
        PUBLISHED = "PUBLISHED", _("published")
        RETIRED = "RETIRED", _("retired")

    class AreaBasis(models.TextChoices):
        CHARGEABLE = "CHARGEABLE", _("chargeable area")
        FLOOR = "FLOOR", _("floor area")

    # What may still change after publication.
    RETIRING = frozenset({"state", "retired_by", "retired_at", "ended_on", "version", "updated_at"})
    REFUSAL = PolicyIsPublished

    district = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        verbose_name=_("district"),
        limit_choices_to={"level": Level.DISTRICT},
    )
    title = models.CharField(_("title"), max_length=150)
    document_number = models.CharField(_("document number"), max_length=80, blank=True)
    edition = models.PositiveIntegerField(_("edition"), editable=False)
    effective_from = models.DateField(_("effective from"))
    effective_until = models.DateField(_("effective until"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=20, choices=State, default=State.DRAFT, editable=False
    )
    subsidy_rate = FixedPointField(
        _("subsidy rate (yuan per m² and month)"), validators=[MinValueValidator(0)]
    )
    subsidy_months = models.PositiveSmallIntegerField(_("months of subsidy"))
    area_basis = models.CharField(
        _("area the subsidy is paid for"),
        max_length=20,
        choices=AreaBasis,
        default=AreaBasis.CHARGEABLE,
    )
    copied_from = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="copies",
        verbose_name=_("copied from"),
    )
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("prepared by"),
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("published by"),
    )
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)
    retroactive_reason = models.CharField(
        _("why it begins before its publication"), max_length=300, blank=True, editable=False
    )
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("retired by"),
    )
    retired_at = models.DateTimeField(_("retired at"), null=True, editable=False)
    ended_on = models.DateField(_("last day before it was retired"), null=True, editable=False)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["district", "-edition"]
        constraints = [
            models.UniqueConstraint(fields=["district", "edition"], name="policy_edition_once"),
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=F("prepared_by")),
                name="policy_publisher_is_not_preparer",
                violation_error_message=_("Whoever prepared a policy cannot publish it."),
            ),
            models.CheckConstraint(
                condition=Q(state="DRAFT", published_by=None, published_at=None)
                | (
                    Q(state__in=["PUBLISHED", "RETIRED"])
                    & Q(published_by__isnull=False, published_at__isnull=False)
                ),
                name="policy_published_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="RETIRED", ended_on__isnull=False)
                | (~Q(state="RETIRED") & Q(ended_on=None)),
                name="policy_retired_has_a_last_day",
            ),
            models.UniqueConstraint(
                fields=["district", "effective_from"],
                condition=Q(state="PUBLISHED"),
                name="policy_one_begins_a_day",
                violation_error_message=_("Another published policy begins on this day."),
            ),
            models.CheckConstraint(
                condition=Q(effective_until=None) | Q(effective_until__gte=F("effective_from")),
                name="policy_ends_after_it_begins",
                violation_error_message=_("A policy cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(subsidy_rate__gte=0), name="policy_rate_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.edition}"

    @property
    def term(self) -> rules.Term:
        return rules.Term(self.edition, self.effective_from, self.effective_until, self.ended_on)

    def as_rules(self) -> tuple[rules.Rule, ...]:
        """The ordered rules as pure values: two queries."""
        return tuple(
            rules.Rule(row.strategy, tuple(c.as_value() for c in row.conditions.all()))
            for row in self.rules.prefetch_related("conditions")
        )


class Rule(FixedPart):
    """One row of the policy's table: all of its conditions together lead to a strategy."""

    WHOLE = "policy"
    REFUSAL = PolicyIsPublished

    policy = models.ForeignKey(
        Policy, models.CASCADE, related_name="rules", verbose_name=_("policy")
    )
    position = models.PositiveSmallIntegerField(_("order"))
    strategy = models.CharField(_("strategy"), max_length=20, choices=Strategy)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = FixedPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["policy", "position"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "position"], name="rule_position_once")
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.get_strategy_display()}"


class Condition(FixedPart):
    """fact operator value; conditions of a rule sharing an alternative number are OR-ed."""

    WHOLE = "rule__policy"
    REFUSAL = PolicyIsPublished

    rule = models.ForeignKey(
        Rule, models.CASCADE, related_name="conditions", verbose_name=_("rule")
    )
    position = models.PositiveSmallIntegerField(_("order"))
    fact = models.CharField(
        _("fact"), max_length=40, choices=[(f.key, f.label) for f in rules.FACTS.values()]
    )
    operator = models.CharField(
        pgettext_lazy("comparison", "operator"),
        max_length=10,
        choices=[(o.code, o.label) for o in rules.OPERATORS.values()],
    )
    value = models.JSONField(_("value"))
    alternative = models.PositiveSmallIntegerField(_("alternative"), default=0)

    objects = FixedPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        ordering = ["rule", "position"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "position"], name="condition_position_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_fact_display()} {self.get_operator_display()} {self.value}"

    def as_value(self) -> rules.Condition:
        """The condition as a pure value."""
        value = rules.read_threshold(rules.FACTS[self.fact], self.value)
        return rules.Condition(self.fact, self.operator, value, self.alternative)
