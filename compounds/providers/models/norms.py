"""Dated numbers of a district: norms of cost and staff, and the scale of standing."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.foundation.fields import FixedPointField
from governance.foundation.models import Versioned
from governance.organisation.models import Area, Level

from .. import rules
from .firms import OfDistrictQuerySet, Provider

SCALE = tuple(rules.Scale.__dataclass_fields__)


def _district():
    return models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        limit_choices_to={"level": Level.DISTRICT},
        verbose_name=_("district"),
    )


class CostNorm(Versioned):
    """What service costs: posts by size, yuan by size, or percent of wages; dated, with source."""

    class Item(models.TextChoices):
        CUSTOMER_SERVICE = "CUSTOMER_SERVICE", _("customer service")
        CLEANING = "CLEANING", _("cleaning")
        ORDER = "ORDER", _("order keeping")
        GATE = "GATE", _("guard of a gate")
        GREENING = "GREENING", _("greening")
        REPAIR = "REPAIR", _("repair")
        MATERIALS = "MATERIALS", _("materials")
        UTILITIES = "UTILITIES", _("water and electricity")
        REFUSE = "REFUSE", _("refuse removal")
        LIFT = "LIFT", _("upkeep of lifts")
        FIRE = "FIRE", _("upkeep of fire protection")
        INSURANCE = "INSURANCE", _("insurance")
        OVERHEAD = "OVERHEAD", _("social insurance and overhead")
        TAX = "TAX", _("taxes")
        OTHER = "OTHER", _("other cost")

    class Kind(models.TextChoices):
        POSTS = rules.POSTS, _("posts by size")
        COST = rules.COST, _("yuan a year by size")
        PERCENT = rules.PERCENT, _("percent of wages")

    class Measure(models.TextChoices):
        HOUSEHOLDS = "HOUSEHOLDS", _("households")
        FLOOR_AREA = "FLOOR_AREA", _("m² of floor area")
        GREEN_AREA = "GREEN_AREA", _("m² of green")
        GATES = "GATES", _("gates")
        LIFTS = "LIFTS", pgettext_lazy("measure", "lifts")
        COMPOUNDS = "COMPOUNDS", _("compounds")
        WAGES = "WAGES", _("wages")

    class Evidence(models.TextChoices):
        STATED = "STATED", _("stated by the district")
        VERIFIED = "VERIFIED", _("published table")
        GUESS = "GUESS", _("assumption")

    district = _district()
    provider = models.ForeignKey(
        Provider,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="cost_norms",
        verbose_name=_("of one provider alone"),
    )
    item = models.CharField(_("item of cost"), max_length=20, choices=Item)
    kind = models.CharField(_("kind of norm"), max_length=10, choices=Kind)
    measure = models.CharField(_("measured by"), max_length=20, choices=Measure)
    quantity = FixedPointField(
        _("one post for"),
        null=True,
        blank=True,
        help_text=_("How much of the measure one post serves: 15000."),
    )
    monthly_wage = FixedPointField(
        _("monthly wage"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    amount = FixedPointField(
        _("yuan a year for one"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    percent = FixedPointField(
        _("percent of wages"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(200)],
    )
    source = models.CharField(_("source"), max_length=200)
    evidence = models.CharField(
        pgettext_lazy("of a norm", "evidence"),
        max_length=10,
        choices=Evidence,
        default=Evidence.STATED,
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = OfDistrictQuerySet.as_manager()

    class Meta:
        verbose_name = _("norm of cost")
        verbose_name_plural = _("norms of cost")
        ordering = ["district", "item", "-valid_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "item", "valid_from"],
                condition=Q(provider=None),
                name="cost_norm_once_a_day",
                violation_error_message=_("This item has a norm from this day already."),
            ),
            models.UniqueConstraint(
                fields=["provider", "item", "valid_from"],
                condition=Q(provider__isnull=False),
                name="cost_norm_of_a_firm_once_a_day",
                violation_error_message=_("This item has a norm from this day already."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="cost_norm_ends_after_it_begins",
                violation_error_message=_("It cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(kind="POSTS", quantity__gt=0, monthly_wage__gte=0)
                | Q(kind="COST", amount__gte=0)
                | Q(kind="PERCENT", percent__gte=0),
                name="cost_norm_has_its_numbers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_item_display()} {self.valid_from}"

    NUMBERS = {
        Kind.POSTS: ("quantity", "monthly_wage"),
        Kind.COST: ("amount",),
        Kind.PERCENT: ("percent",),
    }

    def clean(self):
        """The numbers of its kind are there, and no others."""
        super().clean()
        own = self.NUMBERS.get(self.kind, ())
        missing = {
            name: _("Give this number for a norm of this kind.")
            for name in own
            if getattr(self, name) is None
        }
        if self.kind == self.Kind.POSTS and self.quantity is not None and self.quantity <= 0:
            missing["quantity"] = _("Give a number above zero.")
        for name in ("quantity", "monthly_wage", "amount", "percent"):
            if name not in own:
                setattr(self, name, None)
        if (self.kind == self.Kind.PERCENT) != (self.measure == self.Measure.WAGES):
            missing["measure"] = _("Only a percentage is measured by wages.")
        if self.provider_id and self.provider.district_id != self.district_id:
            missing["provider"] = _("This provider belongs to another district.")
        if missing:
            raise ValidationError(missing)

    def as_rule(self) -> rules.Norm:
        """The norm as plain frozen values."""
        return rules.Norm(
            item=self.item,
            name=self.get_item_display(),
            kind=self.kind,
            measure=self.measure,
            quantity=self.quantity,
            monthly_wage=self.monthly_wage,
            amount=self.amount,
            percent=self.percent,
            source=self.source,
            evidence=self.evidence,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            is_own=self.provider_id is not None,
            pk=self.pk,
        )


def _points(name, usual):
    return models.PositiveSmallIntegerField(
        name, default=usual, validators=[MaxValueValidator(999)]
    )


class Standard(Versioned):
    """How a district scores credit, and when it is warned, from a day on."""

    district = _district()
    effective_from = models.DateField(_("effective from"))
    document = models.CharField(_("document number"), max_length=100, blank=True)
    base = _points(_("points to begin with"), 80)
    good_most = _points(_("good points, at most"), 40)
    aaa_from = _points(_("AAA from"), 85)
    aa_from = _points(_("AA from"), 80)
    a_from = _points(_("A from"), 70)
    b_from = _points(_("B from"), 60)
    yellow_to_red = models.PositiveSmallIntegerField(
        _("yellow cards in a row that suggest a red one"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
    )
    share_percent = models.PositiveSmallIntegerField(
        _("share of one firm above which to warn (%)"),
        default=40,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )

    objects = OfDistrictQuerySet.as_manager()

    class Meta:
        verbose_name = _("scale of standing")
        verbose_name_plural = _("scales of standing")
        ordering = ["district", "-effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "effective_from"], name="standard_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(aaa_from__gt=F("aa_from"))
                & Q(aa_from__gt=F("a_from"))
                & Q(a_from__gt=F("b_from")),
                name="standard_bands_in_order",
                violation_error_message=_("Each better band begins above the one below."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.district} {self.effective_from}"

    def as_rule(self) -> rules.Scale:
        return rules.Scale(**{name: getattr(self, name) for name in SCALE})
