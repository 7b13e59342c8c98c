"""Budget lines and indicators, and the double-entry ledger of public money.

A posting moves an amount from one account to another, so no transaction can be out of balance;
the database itself keeps each account's balance and refuses one below zero; postings and
transactions are never changed or deleted (triggers); a month that is closed takes no more.

Accounts of an indicator are the stages its money passes (`Stage`): what was granted is available,
then committed by an approval, payable by an accrual, in payment, paid. Their sum is always zero.
Source: Budget Law regulation 57 (domain.md §2.6), reliability.md I1–I5.
"""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.providers.models import Provider
from compounds.registry.models import Compound
from governance.foundation.errors import DomainError
from governance.foundation.fields import FixedPointField
from governance.foundation.models import Versioned, person
from governance.organisation.models import Area, Level, Located, PlacedQuerySet
from subsidies.programmes.models import FundingShare, Programme

VIEW = "ledger.view"
PREPARE = "budget.edit"
CONFIRM = "budget.confirm"
CLOSE = "ledger.close"
REOPEN = "ledger.reopen"


class LedgerIsForEver(DomainError):  # noqa: N818 - as DomainError's other kinds
    """Somebody tried to change or delete what was posted."""

    def __init__(self):
        super().__init__(_("What is posted is reversed, never changed or deleted."))


class DistrictQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Rows of the districts whose ledger the user may see."""
        return self.filter(district_id__in=user.scope.in_districts(VIEW))


class AppendOnlyQuerySet(DistrictQuerySet):
    def update(self, **kwargs):
        raise LedgerIsForEver

    def delete(self):
        raise LedgerIsForEver


class _DistrictRow(models.Model):
    district = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("district"),
        limit_choices_to={"level": Level.DISTRICT},
    )

    class Meta:
        abstract = True


class BudgetLine(_DistrictRow, Versioned):
    """A line of a year's budget, by its code and name."""

    year = models.PositiveSmallIntegerField(_("budget year"))
    code = models.CharField(_("code of the line"), max_length=30)
    name = models.CharField(_("name of the line"), max_length=100)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = DistrictQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        ordering = ["-year", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "year", "code"],
                name="budgetline_code_once",
                violation_error_message=_("This line is already in the budget of the year."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.code} {self.name}"


class BudgetIndicator(_DistrictRow, Versioned):
    """指标: money of a budget line that may be spent, by its document.

    Its money moves by `Movement`s alone; what is left stands in its accounts.
    """

    line = models.ForeignKey(
        BudgetLine, models.PROTECT, related_name="indicators", verbose_name=_("budget line")
    )
    number = models.CharField(_("indicator number"), max_length=60)
    name = models.CharField(_("name of the indicator"), max_length=100)
    payer = models.CharField(
        _("paid by"),
        max_length=10,
        choices=FundingShare.Payer,
        default=FundingShare.Payer.DISTRICT,
    )
    # Where the payer is a street: which one.
    street = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("street"),
        limit_choices_to={"level": Level.STREET},
    )
    document = models.CharField(_("document"), max_length=150)
    document_on = models.DateField(_("date of the document"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = DistrictQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget indicator")
        verbose_name_plural = _("budget indicators")
        ordering = ["line", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "number"],
                name="indicator_number_once",
                violation_error_message=_("An indicator of this number is already there."),
            ),
            models.CheckConstraint(
                condition=Q(payer="STREET", street__isnull=False)
                | (~Q(payer="STREET") & Q(street=None)),
                name="indicator_street_pays",
                violation_error_message=_("Name the street where a street pays, else none."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Movement(_DistrictRow, Versioned):
    """A change of an indicator's money: prepared by one person, confirmed (posted) by another."""

    class Kind(models.TextChoices):
        GRANT = "GRANT", pgettext_lazy("movement", "money granted")
        INCREASE = "INCREASE", pgettext_lazy("movement", "increased")
        DECREASE = "DECREASE", pgettext_lazy("movement", "decreased")
        TRANSFER = "TRANSFER", pgettext_lazy("movement", "transferred to another indicator")
        FREEZE = "FREEZE", pgettext_lazy("movement", "frozen")
        RELEASE = "RELEASE", pgettext_lazy("movement", "released again")
        LAPSE = "LAPSE", pgettext_lazy("movement", "lapsed at the end of the year")
        CARRY_OVER = "CARRY_OVER", pgettext_lazy("movement", "carried over to another year")

    class State(models.TextChoices):
        PREPARED = "PREPARED", pgettext_lazy("movement", "to be confirmed")
        POSTED = "POSTED", pgettext_lazy("movement", "posted")
        REFUSED = "REFUSED", pgettext_lazy("movement", "refused")

    indicator = models.ForeignKey(
        BudgetIndicator, models.PROTECT, related_name="movements", verbose_name=_("indicator")
    )
    kind = models.CharField(_("kind of movement"), max_length=12, choices=Kind)
    to_indicator = models.ForeignKey(
        BudgetIndicator,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="movements_in",
        verbose_name=_("to the indicator"),
    )
    amount = FixedPointField(_("amount (yuan)"), validators=[MinValueValidator(0)])
    on = models.DateField(_("day"))
    document = models.CharField(_("document"), max_length=150)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PREPARED, editable=False
    )
    prepared_by = person(_("prepared by"))
    confirmed_by = person(_("confirmed by"), null=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)
    refusal = models.CharField(_("reason of the refusal"), max_length=300, blank=True)

    objects = DistrictQuerySet.as_manager()

    class Meta:
        verbose_name = _("movement of an indicator")
        verbose_name_plural = _("movements of indicators")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="movement_amount"),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=["TRANSFER", "CARRY_OVER"], to_indicator__isnull=False)
                    & ~Q(to_indicator=F("indicator"))
                )
                | (~Q(kind__in=["TRANSFER", "CARRY_OVER"]) & Q(to_indicator=None)),
                name="movement_goes_somewhere",
                violation_error_message=_("Name another indicator for a transfer, else none."),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("prepared_by")),
                name="movement_confirmed_by_another",
                violation_error_message=_("Whoever prepared a movement cannot confirm it."),
            ),
            models.CheckConstraint(
                condition=Q(state="PREPARED", confirmed_by=None)
                | (~Q(state="PREPARED") & Q(confirmed_by__isnull=False)),
                name="movement_confirmed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator.number} {self.get_kind_display()} {self.amount}"


class Stage(models.TextChoices):
    """How far money of an indicator has come. GRANTED is its source and alone is negative."""

    GRANTED = "GRANTED", pgettext_lazy("stage of money", "granted")
    AVAILABLE = "AVAILABLE", pgettext_lazy("stage of money", "available")
    FROZEN = "FROZEN", pgettext_lazy("stage of money", "frozen")
    COMMITTED = "COMMITTED", pgettext_lazy("stage of money", "committed")
    PAYABLE = "PAYABLE", pgettext_lazy("stage of money", "payable")
    IN_PAYMENT = "IN_PAYMENT", pgettext_lazy("stage of money", "in payment")
    PAID = "PAID", pgettext_lazy("stage of money", "paid")
    TO_RECOVER = "TO_RECOVER", pgettext_lazy("stage of money", "to be recovered")
    RETURNED = "RETURNED", pgettext_lazy("stage of money", "returned to the treasury")
    LAPSED = "LAPSED", pgettext_lazy("stage of money", "lapsed")


# Kept for an indicator as a whole; the others for each entitlement of it.
OF_INDICATOR = (Stage.GRANTED, Stage.AVAILABLE, Stage.FROZEN, Stage.LAPSED)


class Account(Located):
    """Money of an indicator at a stage: of the indicator, or of one entitlement (`holder`).

    `balance` is kept by the database with every posting and proved by `check_ledger`.
    """

    indicator = models.ForeignKey(
        BudgetIndicator,
        models.PROTECT,
        related_name="accounts",
        db_index=False,
        verbose_name=_("indicator"),
    )
    stage = models.CharField(_("stage"), max_length=12, choices=Stage)
    # Number of the entitlement; empty for the indicator itself.
    holder = models.CharField(_("entitlement"), max_length=40, blank=True)
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("programme"),
    )
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("provider"),
    )
    compound = models.ForeignKey(
        Compound,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("compound"),
    )
    balance = FixedPointField(_("balance (yuan)"), default=0, editable=False)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["indicator", "holder", "stage"]
        indexes = [
            models.Index(fields=["compound", "stage"], name="account_compound"),
            models.Index(fields=["provider", "stage"], name="account_provider"),
            models.Index(fields=["district", "stage", "balance"], name="account_district"),
            models.Index(fields=["holder", "stage"], name="account_holder"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "stage", "holder"], name="account_once"),
            models.CheckConstraint(
                condition=Q(stage="GRANTED", balance__lte=0)
                | (~Q(stage="GRANTED") & Q(balance__gte=0)),
                name="account_not_overdrawn",
                violation_error_message=_("The account would be overdrawn."),
            ),
            models.CheckConstraint(
                condition=Q(stage__in=[*OF_INDICATOR], holder="", compound=None)
                | (~Q(stage__in=[*OF_INDICATOR]) & ~Q(holder="") & Q(compound__isnull=False)),
                name="account_has_its_holder",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.holder} {self.get_stage_display()}"


class Book(models.Model):
    """The head of a district's ledger: whoever posts locks it, so acts follow one another."""

    district = models.OneToOneField(Area, models.PROTECT, related_name="+")
    last_number = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        verbose_name = _("ledger book")
        verbose_name_plural = _("ledger books")

    def __str__(self) -> str:
        return f"{self.district_id} {self.last_number}"


class Transaction(_DistrictRow):
    """A business act with its postings, numbered without gaps and chained by digest."""

    class Kind(models.TextChoices):
        MOVEMENT = "MOVEMENT", pgettext_lazy("transaction", "movement of an indicator")
        COMMITMENT = "COMMITMENT", pgettext_lazy("transaction", "commitment")
        RELEASE = "RELEASE", pgettext_lazy("transaction", "release of a commitment")
        ACCRUAL = "ACCRUAL", pgettext_lazy("transaction", "accrual")
        DEDUCTION = "DEDUCTION", pgettext_lazy("transaction", "deduction")
        DISBURSEMENT = "DISBURSEMENT", pgettext_lazy("transaction", "disbursement ordered")
        PAYMENT = "PAYMENT", pgettext_lazy("transaction", "paid")
        FAILURE = "FAILURE", pgettext_lazy("transaction", "payment failed")
        SENT_BACK = "SENT_BACK", pgettext_lazy("transaction", "sent back by the bank")
        CLAWBACK = "CLAWBACK", pgettext_lazy("transaction", "clawback")
        RECOVERY = "RECOVERY", pgettext_lazy("transaction", "money recovered")
        REVERSAL = "REVERSAL", pgettext_lazy("transaction", "reversal")

    number = models.PositiveIntegerField(_("voucher number"), editable=False)
    kind = models.CharField(_("kind of transaction"), max_length=12, choices=Kind)
    on = models.DateField(_("day"))
    # One business act, one key: a retry finds what it has already done.
    key = models.CharField(_("business act"), max_length=80)
    document = models.CharField(_("document"), max_length=150, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    by = person(_("posted by"))
    at = models.DateTimeField(_("posted at"), auto_now_add=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(_("digest"), max_length=64)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["district", "kind", "-number"], name="transaction_kind"),
            models.Index(fields=["district", "-on", "-id"], name="transaction_on"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["district", "number"], name="transaction_number_once"),
            models.UniqueConstraint(fields=["district", "key"], name="transaction_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.get_kind_display()}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise LedgerIsForEver
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise LedgerIsForEver


class PostingQuerySet(models.QuerySet):
    def update(self, **kwargs):
        raise LedgerIsForEver

    def delete(self):
        raise LedgerIsForEver


class Posting(models.Model):
    """An amount that goes from one account to another: it cannot be out of balance."""

    transaction = models.ForeignKey(
        Transaction, models.PROTECT, related_name="postings", verbose_name=_("transaction")
    )
    source = models.ForeignKey(
        Account, models.PROTECT, related_name="postings_out", verbose_name=_("from")
    )
    target = models.ForeignKey(
        Account, models.PROTECT, related_name="postings_in", verbose_name=_("to")
    )
    amount = FixedPointField(_("amount (yuan)"))
    month = models.DateField(_("month of service"), null=True)  # its first day
    # What this line pays for; the same thing is never posted twice.
    key = models.CharField(_("business act"), max_length=80, unique=True)
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        related_name="reversed_by",
        verbose_name=_("reverses"),
    )

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        ordering = ["transaction", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="posting_amount"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="posting_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target} {self.amount}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise LedgerIsForEver
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise LedgerIsForEver


class Flow(models.Model):
    """What went from one stage of an indicator to another in a month, by the day of the voucher.

    Kept by the database with every posting and proved by `check_ledger`, so that a page of money
    need not add up millions of postings.
    """

    indicator = models.ForeignKey(BudgetIndicator, models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()  # its first day
    source = models.CharField(max_length=12, choices=Stage)
    target = models.CharField(max_length=12, choices=Stage)
    amount = FixedPointField()
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("flow of money in a month")
        verbose_name_plural = _("flows of money in months")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "month", "source", "target"], name="flow_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.month:%Y-%m} {self.source} {self.target} {self.amount}"


class Closing(_DistrictRow, Versioned):
    """Months up to a day are closed: nothing is posted in them until a document reopens them."""

    until = models.DateField(_("closed until"))
    is_year = models.BooleanField(_("close of the year"), default=False)
    document = models.CharField(_("document"), max_length=150, blank=True)
    # What stood in the ledger when it was closed: the printed monthly digest.
    last_number = models.PositiveIntegerField(_("last voucher"), editable=False)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    closed_by = person(_("closed by"))
    closed_at = models.DateTimeField(_("closed at"), auto_now_add=True)
    reopened_by = person(_("reopened by"), null=True)
    reopened_at = models.DateTimeField(_("reopened at"), null=True, editable=False)
    reopening_document = models.CharField(
        _("document of the reopening"), max_length=150, blank=True
    )
    reopening_reason = models.CharField(_("reason of the reopening"), max_length=300, blank=True)

    objects = DistrictQuerySet.as_manager()

    class Meta:
        verbose_name = _("close of the books")
        verbose_name_plural = _("closes of the books")
        ordering = ["-until", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "until"],
                condition=Q(reopened_at=None),
                name="closing_once",
                violation_error_message=_("This month is already closed."),
            ),
            models.CheckConstraint(
                condition=Q(reopened_at=None, reopened_by=None)
                | (
                    Q(reopened_at__isnull=False, reopened_by__isnull=False)
                    & ~Q(reopening_document="")
                    & ~Q(reopened_by=F("closed_by"))
                ),
                name="closing_reopened_by_document",
                violation_error_message=_("Another person reopens a month, by a document."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.until}"
