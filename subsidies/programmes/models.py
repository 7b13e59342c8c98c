"""A subsidy programme: rates by month, who is eligible, what is deducted, how it ends.

Published once and never changed after; a later edition follows it (design §3, domain.md §4.4).
"""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.foundation.errors import DomainError
from governance.foundation.fields import FixedPointField, TagsField
from governance.foundation.models import person
from governance.foundation.publishing import Fixed, FixedPart, FixedPartQuerySet, FixedQuerySet
from governance.organisation.models import Area, Level

EDIT = "programme.edit"
PUBLISH = "programme.publish"


def _money(label, **kwargs):
    return FixedPointField(
        label, null=True, blank=True, validators=[MinValueValidator(0)], **kwargs
    )


def _percent(label, **kwargs):
    return FixedPointField(
        label, validators=[MinValueValidator(0), MaxValueValidator(100)], **kwargs
    )


class ProgrammeIsPublished(DomainError):  # noqa: N818 - names of refusals read as sentences
    """Somebody tried to change or delete what was published."""

    def __init__(self):
        super().__init__(
            _("A published programme cannot be changed or deleted. Copy it to a new draft.")
        )


class ProgrammeQuerySet(FixedQuerySet):
    def visible_to(self, user):
        """Programmes of the districts in which the user holds a post that sees the register."""
        return self.filter(district_id__in=user.scope.in_districts())

    def open_on(self, day):
        """Published, open to applications on a day and not followed by a later edition.

        An edition that was followed does not come back when its successor is retired, unless that
        was retired before it began.
        """
        later = Programme.objects.filter(
            district=OuterRef("district"),
            name=OuterRef("name"),
            edition__gt=OuterRef("edition"),
            effective_from__lte=day,
        ).exclude(state=Programme.State.DRAFT)
        began = Q(retired_at=None) | Q(retired_at__date__gte=F("effective_from"))
        return (
            self.filter(state=Programme.State.PUBLISHED, effective_from__lte=day)
            .filter(Q(effective_until=None) | Q(effective_until__gte=day))
            .exclude(Exists(later.filter(began)))
        )


class Programme(Fixed):
    """One edition of a subsidy programme of a district, with its terms as data.

    Only a draft can be changed. Whoever has applied under an edition keeps its terms.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("draft")
        PUBLISHED = "PUBLISHED", _("published")
        RETIRED = "RETIRED", _("retired")

    class StartRule(models.TextChoices):
        ENTRY = "ENTRY", _("the day service begins")
        NEXT_MONTH = "NEXT_MONTH", _("the first of the month after service begins")
        CONTRACT = "CONTRACT", _("the day the contract begins")
        STATED = "STATED", _("the day stated and proved in the application")

    class Counting(models.TextChoices):
        CALENDAR = "CALENDAR", _("calendar months")
        SERVICE = "SERVICE", _("months of service, from the day it began")

    class PartMonth(models.TextChoices):
        DAYS = "DAYS", _("by days served")
        WHOLE = "WHOLE", _("a month begun counts whole")
        COMPLETE = "COMPLETE", _("only complete months count")

    class Settlement(models.TextChoices):
        MONTH = "MONTH", _("monthly")
        QUARTER = "QUARTER", _("quarterly")
        YEAR = "YEAR", _("yearly")

    # What may still change after publication.
    RETIRING = frozenset({"state", "retired_by", "retired_at", "version", "updated_at"})
    REFUSAL = ProgrammeIsPublished

    district = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        verbose_name=_("district"),
        limit_choices_to={"level": Level.DISTRICT},
    )
    name = models.CharField(_("name of the programme"), max_length=100)
    edition = models.PositiveIntegerField(_("edition"), editable=False)
    document_number = models.CharField(_("document number"), max_length=80, blank=True)
    effective_from = models.DateField(_("applications from"))
    effective_until = models.DateField(_("applications until"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=20, choices=State, default=State.DRAFT, editable=False
    )
    # The month: when the first begins, how many there are, what a part of one is worth.
    start_rule = models.CharField(
        _("the term begins"), max_length=20, choices=StartRule, default=StartRule.NEXT_MONTH
    )
    counting = models.CharField(
        _("months are counted as"), max_length=20, choices=Counting, default=Counting.CALENDAR
    )
    part_month = models.CharField(
        _("a part of a month"), max_length=20, choices=PartMonth, default=PartMonth.DAYS
    )
    months = models.PositiveSmallIntegerField(
        _("months at most"), validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    # Ceilings, in yuan; empty: none.
    cap_compound = _money(_("at most for a compound (yuan)"))
    cap_firm_year = _money(_("at most for a firm in a year (yuan)"))
    cap_year = _money(_("at most in a year altogether (yuan)"))
    offset_percent = _percent(
        _("public revenue counted against it (%)"),
        default=0,
        help_text=_("Share of the compound's net public revenue of the month that is taken off."),
    )
    settlement = models.CharField(
        _("is settled"), max_length=20, choices=Settlement, default=Settlement.MONTH
    )
    needs_assessment = models.BooleanField(_("paid only after an assessment"), default=False)
    assessment_months = models.PositiveSmallIntegerField(
        _("an assessment holds for (months)"), default=12, validators=[MinValueValidator(1)]
    )
    exit_collection_percent = FixedPointField(
        _("ends early from a collection of (%)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    exit_months = models.PositiveSmallIntegerField(
        _("held for (months)"), default=3, validators=[MinValueValidator(1)]
    )
    documents = TagsField(_("documents asked for"))
    # Times allowed (§5.2): in calendar days (d) and working days (wd).
    apply_days = models.PositiveSmallIntegerField(_("to apply after entry (d)"), default=30)
    check_days = models.PositiveSmallIntegerField(_("check by the community (wd)"), default=5)
    review_days = models.PositiveSmallIntegerField(_("review by the street (wd)"), default=5)
    district_days = models.PositiveSmallIntegerField(_("review by the district (wd)"), default=10)
    notice_days = models.PositiveSmallIntegerField(
        _("public notice of at least (wd)"), default=5, validators=[MinValueValidator(1)]
    )
    approval_days = models.PositiveSmallIntegerField(_("approval (wd)"), default=10)
    payment_days = models.PositiveSmallIntegerField(_("payment (d)"), default=30)
    appeal_days = models.PositiveSmallIntegerField(_("appeal and repayment (d)"), default=30)
    ban_years = models.PositiveSmallIntegerField(
        _("no new application after a false claim (years)"), default=3
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    copied_from = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="copies",
        verbose_name=_("copied from"),
    )
    prepared_by = person(_("prepared by"))
    published_by = person(_("published by"), null=True)
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)
    retired_by = person(_("retired by"), null=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, editable=False)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = _("subsidy programme")
        verbose_name_plural = _("subsidy programmes")
        ordering = ["district", "name", "-edition"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "name", "edition"], name="programme_edition_once"
            ),
            models.UniqueConstraint(
                fields=["district", "name"],
                condition=Q(state="DRAFT"),
                name="programme_one_draft",
                violation_error_message=_("A draft of this programme is already there."),
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=F("prepared_by")),
                name="programme_publisher_is_not_preparer",
                violation_error_message=_("Whoever prepared a programme cannot publish it."),
            ),
            models.CheckConstraint(
                condition=Q(state="DRAFT", published_by=None, published_at=None)
                | (
                    Q(state__in=["PUBLISHED", "RETIRED"])
                    & Q(published_by__isnull=False, published_at__isnull=False)
                ),
                name="programme_published_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(effective_until=None) | Q(effective_until__gte=F("effective_from")),
                name="programme_ends_after_it_begins",
                violation_error_message=_("A programme cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(months__gte=1, months__lte=120), name="programme_months"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.edition}"


class Part(FixedPart):
    """A row of one of a programme's tables."""

    WHOLE = "programme"
    REFUSAL = ProgrammeIsPublished

    programme = models.ForeignKey(
        Programme, models.CASCADE, related_name="%(class)ss", verbose_name=_("programme")
    )
    position = models.PositiveSmallIntegerField(_("order"))

    objects = FixedPartQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["programme", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "position"], name="%(class)s_position_once"
            )
        ]


class RateStep(Part):
    """The rate from one month of the term to another; together they leave no month out."""

    class Basis(models.TextChoices):
        CHARGEABLE_AREA = "CHARGEABLE_AREA", _("chargeable area (m²)")
        FLOOR_AREA = "FLOOR_AREA", _("floor area (m²)")
        HOUSEHOLDS = "HOUSEHOLDS", _("households")
        FEE_SHARE = "FEE_SHARE", _("share of the fee (%)")
        COLLECTED_AREA = "COLLECTED_AREA", _("area of the households that paid (m²)")

    class Per(models.TextChoices):
        MONTH = "MONTH", pgettext_lazy("rate", "a month")
        YEAR = "YEAR", pgettext_lazy("rate", "a year")
        ONCE = "ONCE", pgettext_lazy("rate", "once for the step")

    from_month = models.PositiveSmallIntegerField(
        _("from month"), validators=[MinValueValidator(1)]
    )
    to_month = models.PositiveSmallIntegerField(_("to month"), validators=[MinValueValidator(1)])
    basis = models.CharField(_("basis"), max_length=20, choices=Basis)
    # Yuan for each m² or household; of the fee, per cent.
    rate = FixedPointField(_("rate"), places=4, validators=[MinValueValidator(0)])
    per = models.CharField(_("rate per"), max_length=10, choices=Per, default=Per.MONTH)

    class Meta(Part.Meta):
        verbose_name = _("rate step")
        verbose_name_plural = _("rate steps")
        constraints = [
            *Part.Meta.constraints,
            models.CheckConstraint(
                condition=Q(from_month__gte=1, to_month__gte=F("from_month")),
                name="ratestep_runs_forward",
            ),
            models.CheckConstraint(condition=Q(rate__gte=0), name="ratestep_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.from_month}–{self.to_month} {self.rate}"


class EligibilityCondition(Part):
    """fact operator value; conditions sharing an alternative number are OR-ed."""

    # Choices are known to `rules.FACTS`: the facts of classification and those of service.
    fact = models.CharField(_("fact"), max_length=40)
    operator = models.CharField(pgettext_lazy("comparison", "operator"), max_length=10)
    value = models.JSONField(_("value"))
    alternative = models.PositiveSmallIntegerField(_("alternative"), default=0)

    class Meta(Part.Meta):
        verbose_name = _("condition of eligibility")
        verbose_name_plural = _("conditions of eligibility")

    def __str__(self) -> str:
        return f"{self.fact} {self.operator} {self.value}"


class AssessmentBand(Part):
    """What is paid from a score on: all, the score's share, a percentage, or nothing."""

    class Effect(models.TextChoices):
        FULL = "FULL", _("all of it")
        PRO_RATA = "PRO_RATA", _("the score as a percentage")
        PERCENT = "PERCENT", _("a percentage")
        NOTHING = "NOTHING", pgettext_lazy("assessment", "nothing")

    from_score = _percent(_("from a score of"))
    effect = models.CharField(_("is paid"), max_length=10, choices=Effect)
    percent = FixedPointField(
        _("percentage"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta(Part.Meta):
        verbose_name = _("band of the assessment")
        verbose_name_plural = _("bands of the assessment")
        constraints = [
            *Part.Meta.constraints,
            models.CheckConstraint(
                condition=Q(effect="PERCENT", percent__gte=0, percent__lte=100)
                | (~Q(effect="PERCENT") & Q(percent=None)),
                name="assessmentband_percent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_score} {self.get_effect_display()}"


class Deduction(Part):
    """What a finding of the month takes off, each time it is found."""

    class Trigger(models.TextChoices):
        INSPECTION_FAILED = "INSPECTION_FAILED", _("an inspection was not passed")
        STAFF_ABSENT = "STAFF_ABSENT", _("staff were absent")
        NOT_POSTED = "NOT_POSTED", _("the statement was not posted")
        ORDER_LATE = "ORDER_LATE", _("an order was not carried out in time")
        REPORT_MISSING = "REPORT_MISSING", _("the collection report is missing")
        CARD = "CARD", _("the firm was given a card")

    trigger = models.CharField(_("finding"), max_length=20, choices=Trigger)
    percent = FixedPointField(
        _("takes off (%)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    amount = _money(_("takes off (yuan)"))

    class Meta(Part.Meta):
        verbose_name = _("deduction")
        verbose_name_plural = _("deductions")
        constraints = [
            *Part.Meta.constraints,
            models.CheckConstraint(
                condition=Q(percent=None, amount__isnull=False)
                | Q(percent__isnull=False, amount=None),
                name="deduction_one_measure",
            ),
        ]

    def __str__(self) -> str:
        return self.get_trigger_display()


class FundingShare(Part):
    """Who pays which part of it; together 100 %."""

    class Payer(models.TextChoices):
        CITY = "CITY", pgettext_lazy("payer", "city")
        DISTRICT = "DISTRICT", pgettext_lazy("payer", "district")
        STREET = "STREET", pgettext_lazy("payer", "street")

    payer = models.CharField(_("paid by"), max_length=10, choices=Payer)
    percent = _percent(_("share (%)"))

    class Meta(Part.Meta):
        verbose_name = _("share of the funding")
        verbose_name_plural = _("shares of the funding")
        constraints = [
            *Part.Meta.constraints,
            models.UniqueConstraint(fields=["programme", "payer"], name="fundingshare_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_payer_display()} {self.percent} %"


class ClawbackTerm(Part):
    """What is claimed back when something comes to light or goes wrong."""

    class Trigger(models.TextChoices):
        LEFT_EARLY = "LEFT_EARLY", _("the contract ended too early")
        FALSE_DATA = "FALSE_DATA", _("area or households were false")
        LOW_SCORE = "LOW_SCORE", _("the assessment was not passed")
        SUBCONTRACTED = "SUBCONTRACTED", _("all of it was handed to others")
        STAFF_ABSENT = "STAFF_ABSENT", pgettext_lazy("clawback", "staff were absent")

    class Takes(models.TextChoices):
        ALL = "ALL", _("all that was paid")
        UNEARNED = "UNEARNED", _("what was paid for after the day it happened")
        LAST_MONTHS = "LAST_MONTHS", _("the last months")
        PERCENT = "PERCENT", _("a percentage of what was paid")

    trigger = models.CharField(_("reason"), max_length=20, choices=Trigger)
    takes = models.CharField(_("is claimed back"), max_length=20, choices=Takes)
    # LAST_MONTHS: how many; LEFT_EARLY: within how many months after the last payment.
    months = models.PositiveSmallIntegerField(_("months"), null=True, blank=True)
    percent = FixedPointField(
        _("percentage"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta(Part.Meta):
        verbose_name = _("term of clawback")
        verbose_name_plural = _("terms of clawback")
        constraints = [
            *Part.Meta.constraints,
            models.UniqueConstraint(fields=["programme", "trigger"], name="clawbackterm_once"),
        ]

    def __str__(self) -> str:
        return self.get_trigger_display()
