"""What shows how a served compound is doing, month by month and round by round."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from compounds.assignment.models import Assignment
from compounds.providers.models import Provider
from compounds.registry.models import Compound
from governance.foundation.errors import DomainError
from governance.foundation.fields import FixedPointField
from governance.foundation.models import Versioned, person
from governance.organisation.models import Area, Level, Placed, PlacedQuerySet


def _money(label, **kwargs):
    return FixedPointField(label, validators=[MinValueValidator(0)], **kwargs)


class ServiceStage(Placed, Versioned):
    """先服务、再征求、后收费: the day each stage began, in that order only (S0-12, S2-8)."""

    class Stage(models.TextChoices):
        SERVE = "SERVE", pgettext_lazy("service stage", "serve")
        CONSULT = "CONSULT", pgettext_lazy("service stage", "consult")
        CHARGE = "CHARGE", pgettext_lazy("service stage", "charge")

    assignment = models.ForeignKey(
        Assignment,
        models.PROTECT,
        related_name="stages",
        db_index=False,
        verbose_name=_("assignment"),
    )
    stage = models.CharField(_("service stage"), max_length=10, choices=Stage)
    position = models.PositiveSmallIntegerField(editable=False)  # 1, 2, 3
    began_on = models.DateField(_("began on"))
    document = models.CharField(_("document"), max_length=150, blank=True)
    note = models.CharField(_("outcome of the consultation"), max_length=300, blank=True)
    recorded_by = person(_("recorded by"))

    placed_by = "assignment"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("service stage")
        verbose_name_plural = _("service stages")
        ordering = ["assignment", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "position"],
                name="servicestage_once",
                violation_error_message=_("This stage has already begun."),
            ),
            models.CheckConstraint(
                condition=Q(stage="SERVE", position=1)
                | Q(stage="CONSULT", position=2)
                | Q(stage="CHARGE", position=3),
                name="servicestage_position",
            ),
        ]

    def __str__(self) -> str:
        return self.get_stage_display()


class CollectionReport(Placed, Versioned):
    """Fees billed and paid in a compound in a month: households and money (sheet M)."""

    compound = models.ForeignKey(
        Compound,
        models.PROTECT,
        related_name="collection_reports",
        db_index=False,
        verbose_name=_("compound"),
    )
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="collection_reports",
        verbose_name=_("provider"),
    )
    month = models.DateField(_("month"), help_text=_("Its first day."))
    billed_households = models.PositiveIntegerField(_("households billed"))
    billed_amount = _money(_("billed (yuan)"))
    paid_households = models.PositiveIntegerField(_("households paid"))
    paid_amount = _money(_("paid (yuan)"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    placed_by = "compound"
    follows_merges = True

    objects = PlacedQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["created_at", "updated_at"],
        no_db_index=["district", "street", "community"],
    )

    class Meta:
        verbose_name = _("collection report")
        verbose_name_plural = _("collection reports")
        ordering = ["-month", "compound"]
        indexes = [
            models.Index(fields=["district", "-month", "id"], name="collection_district"),
            models.Index(fields=["street", "-month", "id"], name="collection_street"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["compound", "month"],
                name="collection_once_a_month",
                violation_error_message=_("This month has already been reported."),
            ),
            models.CheckConstraint(
                condition=Q(paid_households__lte=F("billed_households")),
                name="collection_households_paid_were_billed",
                violation_error_message=_("More households paid than were billed."),
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="collection_month_is_first_day"),
            models.CheckConstraint(
                condition=Q(billed_amount__gte=0) & Q(paid_amount__gte=0),
                name="collection_money_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.compound} {self.month:%Y-%m}"


class KeptForEver(DomainError):  # noqa: N818 - as DomainError's other kinds
    """Somebody tried to delete a line of a book."""

    def __init__(self):
        super().__init__(_("A line of a book is reversed, never changed or deleted."))


class BookEntryQuerySet(PlacedQuerySet):
    def delete(self):
        raise KeptForEver

    def net(self) -> Decimal:
        """Income less cost and what was spent."""
        found = self.order_by().aggregate(
            come=Sum("amount", filter=Q(kind=BookEntry.Kind.INCOME)),
            gone=Sum("amount", filter=~Q(kind=BookEntry.Kind.INCOME)),
        )
        return (found["come"] or Decimal(0)) - (found["gone"] or Decimal(0))


class BookEntry(Placed):
    """One line of a compound's own book: public revenue, its cost, and what it was spent on.

    Owners' money (Civil Code 282): one book per compound, never mixed with another compound's or
    with public money. Lines are reversed, never changed or deleted: a trigger of the database
    refuses it. Only the mark of publication is set later, and `version` grows with it; the lines
    of a merged compound go over to the compound it was merged into.
    """

    class Kind(models.TextChoices):
        INCOME = "INCOME", pgettext_lazy("book", "income")
        COST = "COST", pgettext_lazy("book", "reasonable cost")
        SPENT = "SPENT", pgettext_lazy("book", "spent on the compound")

    class Source(models.TextChoices):
        PARKING = "PARKING", _("parking on common land")
        ADVERTISING = "ADVERTISING", _("advertising")
        SITE = "SITE", _("use of sites")
        CHARGING = "CHARGING", _("charging piles")
        SURPLUS = "SURPLUS", _("surplus fed back")
        OTHER = "OTHER", pgettext_lazy("public revenue", "other")

    compound = models.ForeignKey(
        Compound, models.PROTECT, related_name="book", db_index=False, verbose_name=_("compound")
    )
    kind = models.CharField(_("kind of entry"), max_length=10, choices=Kind)
    source = models.CharField(_("item"), max_length=20, choices=Source)
    on = models.DateField(_("day"))
    amount = FixedPointField(_("amount (yuan)"))  # negative only in a reversal
    purpose = models.CharField(_("for what"), max_length=200, blank=True)
    document = models.CharField(_("voucher"), max_length=100, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="reversed_by",
        verbose_name=_("reverses"),
    )
    reason = models.CharField(_("reason of the reversal"), max_length=200, blank=True)
    entered_by = person(_("entered by"))
    entered_at = models.DateTimeField(_("entered at"), auto_now_add=True)
    batch = models.CharField(max_length=40, blank=True)

    placed_by = "compound"  # does not follow merges by itself: its balance goes along (leaving)

    objects = BookEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of the book")
        verbose_name_plural = _("entries of the book")
        ordering = ["-on", "-pk"]
        indexes = [
            models.Index(fields=["compound", "-on", "-id"], name="book_compound"),
            models.Index(fields=["district", "-on", "-id"], name="book_district"),
            models.Index(fields=["street", "-on", "-id"], name="book_street"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="book_amount_has_its_sign",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None) | ~Q(reason=""), name="book_reversed_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.compound} {self.on} {self.amount}"

    def delete(self, *args, **kwargs):
        raise KeptForEver

    @property
    def signed(self) -> Decimal:
        """What the line adds to the balance."""
        return self.amount if self.kind == self.Kind.INCOME else -self.amount


class BookBalance(models.Model):
    """What is left in the book of a compound; kept by the entries, never below zero."""

    compound = models.OneToOneField(
        Compound,
        models.PROTECT,
        primary_key=True,
        related_name="book_balance",
        verbose_name=_("compound"),
    )
    amount = FixedPointField(_("balance (yuan)"), default=0)

    class Meta:
        verbose_name = _("balance of a book")
        verbose_name_plural = _("balances of books")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="book_not_overdrawn",
                violation_error_message=_("The book of this compound does not hold so much."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.compound} {self.amount}"


class ComplaintCount(Placed, Versioned):
    """Complaints about the service of a compound in a month, until demands are kept one by one."""

    compound = models.ForeignKey(
        Compound,
        models.PROTECT,
        related_name="complaint_counts",
        db_index=False,
        verbose_name=_("compound"),
    )
    month = models.DateField(_("month"), help_text=_("Its first day."))
    count = models.PositiveIntegerField(_("complaints"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    placed_by = "compound"
    follows_merges = True

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaints of a month")
        verbose_name_plural = _("complaints by month")
        ordering = ["-month", "compound"]
        indexes = [models.Index(fields=["district", "month"], name="complaints_district")]
        constraints = [
            models.UniqueConstraint(fields=["compound", "month"], name="complaints_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="complaints_month_is_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.compound} {self.month:%Y-%m}"


class Inspection(Placed, Versioned):
    """A look at a compound on site: whether staff are on post and the service stands."""

    compound = models.ForeignKey(
        Compound, models.PROTECT, related_name="inspections", verbose_name=_("compound")
    )
    on = models.DateField(_("day"))
    passed = models.BooleanField(_("passed"))
    staff_absent = models.BooleanField(_("staff absent"), default=False)
    statement_posted = models.BooleanField(_("statement posted"), null=True, blank=True)
    findings = models.CharField(_("findings"), max_length=500, blank=True)
    order_due_on = models.DateField(_("to be mended by"), null=True, blank=True)
    mended_on = models.DateField(_("mended on"), null=True, blank=True)
    inspected_by = person(_("inspected by"))

    placed_by = "compound"
    follows_merges = True

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        ordering = ["-on", "-pk"]
        indexes = [
            models.Index(fields=["district", "-on", "-id"], name="inspection_district"),
            models.Index(fields=["street", "-on", "-id"], name="inspection_street"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(passed=True) | ~Q(findings=""), name="inspection_failed_with_findings"
            )
        ]

    def __str__(self) -> str:
        return f"{self.compound} {self.on}"


class AssessmentRound(Versioned):
    """A round of the double assessment (双评, S3-9) of a district, with its weights and bands."""

    class State(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("round", "open")
        CLOSED = "CLOSED", pgettext_lazy("round", "closed")

    district = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        verbose_name=_("district"),
        limit_choices_to={"level": Level.DISTRICT},
    )
    name = models.CharField(_("name of the round"), max_length=60)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    satisfaction_weight = models.PositiveSmallIntegerField(
        _("weight of satisfaction (%)"), default=60, validators=[MaxValueValidator(100)]
    )
    sample_percent = models.PositiveSmallIntegerField(
        _("households to be asked (%)"), default=10, validators=[MaxValueValidator(100)]
    )
    sample_minimum = models.PositiveSmallIntegerField(_("at least households"), default=20)
    excellent_from = models.PositiveSmallIntegerField(_("excellent from"), default=90)
    good_from = models.PositiveSmallIntegerField(_("good from"), default=80)
    passed_from = models.PositiveSmallIntegerField(_("passed from"), default=60)
    document = models.CharField(_("document"), max_length=150, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.OPEN, editable=False
    )
    closed_on = models.DateField(_("closed on"), null=True, editable=False)

    class Meta:
        verbose_name = _("round of assessment")
        verbose_name_plural = _("rounds of assessment")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "name"],
                name="round_name_once",
                violation_error_message=_("A round of this name is already there."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="round_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(satisfaction_weight__lte=100), name="round_weight_is_percent"
            ),
            models.CheckConstraint(
                condition=Q(excellent_from__gt=F("good_from")) & Q(good_from__gt=F("passed_from")),
                name="round_bands_descend",
                violation_error_message=_("The bands must descend."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Assessment(Placed, Versioned):
    """What a round found in a compound: satisfaction of those asked, and collection (sheet P)."""

    class Grade(models.TextChoices):
        EXCELLENT = "EXCELLENT", pgettext_lazy("grade", "excellent")
        GOOD = "GOOD", pgettext_lazy("grade", "good")
        PASSED = "PASSED", pgettext_lazy("grade", "passed")
        FAILED = "FAILED", pgettext_lazy("grade", "failed")

    class Source(models.TextChoices):
        REPORTS = "REPORTS", _("the monthly reports")
        TYPED = "TYPED", _("entered by hand")

    round = models.ForeignKey(
        AssessmentRound,
        models.PROTECT,
        related_name="assessments",
        db_index=False,
        verbose_name=_("round"),
    )
    compound = models.ForeignKey(
        Compound, models.PROTECT, related_name="assessments", verbose_name=_("compound")
    )
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assessments",
        verbose_name=_("provider"),
    )
    sampled_households = models.PositiveIntegerField(_("households asked"))
    satisfaction_score = FixedPointField(
        _("satisfaction (points)"), validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    collection_score = FixedPointField(
        _("collection (points)"), validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    collection_source = models.CharField(
        _("source of the collection points"),
        max_length=10,
        choices=Source,
        default=Source.TYPED,
        editable=False,
    )
    total = FixedPointField(_("total (points)"), editable=False)
    grade = models.CharField(_("grade"), max_length=10, choices=Grade, editable=False)
    reward = models.CharField(_("reward or penalty"), max_length=200, blank=True)
    assessed_on = models.DateField(_("assessed on"))

    placed_by = "compound"
    follows_merges = True

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ["round", "-total", "pk"]
        indexes = [models.Index(fields=["district", "round", "id"], name="assessment_district")]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "compound"],
                name="assessment_once_a_round",
                violation_error_message=_("This compound was already assessed in this round."),
            ),
            models.CheckConstraint(
                condition=Q(satisfaction_score__gte=0, satisfaction_score__lte=100)
                & Q(collection_score__gte=0, collection_score__lte=100),
                name="assessment_points_of_hundred",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.compound}"
