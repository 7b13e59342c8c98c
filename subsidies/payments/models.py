"""Disbursement (拨付): what is payable, ordered by one, released by another, reconciled."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.providers.models import Provider
from governance.foundation.fields import FixedPointField
from governance.foundation.models import Versioned, person
from governance.organisation.models import Area
from subsidies.accruals.models import Accrual
from subsidies.ledger.models import BudgetIndicator, DistrictQuerySet
from subsidies.payees.models import PayeeAccount

PREPARE = "payment.prepare"
RELEASE = "payment.release"
RECONCILE = "payment.reconcile"


class Disbursement(Versioned):
    """A batch of payments out of one indicator: one order for each firm, lines for each month."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", pgettext_lazy("disbursement", "draft")
        SUBMITTED = "SUBMITTED", pgettext_lazy("disbursement", "to be released")
        RELEASED = "RELEASED", pgettext_lazy("disbursement", "released to the bank")
        RECONCILED = "RECONCILED", pgettext_lazy("disbursement", "reconciled")
        CANCELLED = "CANCELLED", pgettext_lazy("disbursement", "cancelled")

    district = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("district"),
    )
    number = models.CharField(_("batch number"), max_length=40, editable=False)
    indicator = models.ForeignKey(
        BudgetIndicator,
        models.PROTECT,
        related_name="disbursements",
        verbose_name=_("indicator"),
    )
    title = models.CharField(_("title"), max_length=150)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT, editable=False
    )
    total = FixedPointField(_("total (yuan)"), default=0, editable=False)
    prepared_by = person(_("prepared by"))
    submitted_by = person(_("submitted by"), null=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, editable=False)
    released_by = person(pgettext_lazy("disbursement", "released by"), null=True)
    released_on = models.DateField(
        pgettext_lazy("disbursement", "released on"), null=True, editable=False
    )
    document = models.CharField(_("payment request"), max_length=150, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True, editable=False)

    objects = DistrictQuerySet.as_manager()

    class Meta:
        verbose_name = _("disbursement")
        verbose_name_plural = _("disbursements")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["district", "state", "-id"], name="disbursement_state")]
        constraints = [
            models.UniqueConstraint(fields=["district", "number"], name="disbursement_number_once"),
            models.CheckConstraint(
                condition=Q(released_by=None)
                | (~Q(released_by=F("prepared_by")) & ~Q(released_by=F("submitted_by"))),
                name="disbursement_released_by_another",
                violation_error_message=_("Whoever prepared a disbursement cannot release it."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["RELEASED", "RECONCILED"])
                | Q(released_by__isnull=False, released_on__isnull=False),
                name="disbursement_released_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PaymentOrder(Versioned):
    """One transfer of a batch to one firm's account, as the bank gets it and answers it."""

    class State(models.TextChoices):
        PREPARED = "PREPARED", pgettext_lazy("payment order", "prepared")
        SENT = "SENT", pgettext_lazy("payment order", "at the bank")
        PAID = "PAID", pgettext_lazy("payment order", "paid")
        FAILED = "FAILED", pgettext_lazy("payment order", "failed, payable again")
        SENT_BACK = "SENT_BACK", pgettext_lazy("payment order", "sent back, payable again")

    disbursement = models.ForeignKey(
        Disbursement, models.PROTECT, related_name="orders", verbose_name=_("disbursement")
    )
    district = models.ForeignKey(
        Area, models.PROTECT, related_name="+", db_index=False, editable=False
    )
    reference = models.CharField(_("reference for the bank"), max_length=40, unique=True)
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        db_index=False,
        related_name="payment_orders",
        verbose_name=_("provider"),
    )
    payee_account = models.ForeignKey(
        PayeeAccount,
        models.PROTECT,
        db_index=False,
        related_name="payment_orders",
        verbose_name=_("payee account"),
    )
    amount = FixedPointField(_("amount (yuan)"))
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PREPARED, editable=False
    )
    voucher = models.CharField(_("voucher number"), max_length=60, blank=True, editable=False)
    paid_on = models.DateField(_("paid on"), null=True, editable=False)
    failure = models.CharField(_("why it failed"), max_length=200, blank=True, editable=False)
    reconciled_by = person(_("reconciled by"), null=True)
    # 退汇: paid by its voucher, and days later the bank sent it back, whole.
    back_on = models.DateField(_("sent back on"), null=True, editable=False)
    back_voucher = models.CharField(
        _("voucher of the return"), max_length=60, blank=True, editable=False
    )
    back_by = person(_("return entered by"), null=True)

    objects = DistrictQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment order")
        verbose_name_plural = _("payment orders")
        ordering = ["disbursement", "pk"]
        indexes = [models.Index(fields=["provider", "state", "id"], name="paymentorder_provider")]
        constraints = [
            models.UniqueConstraint(
                fields=["disbursement", "provider"], name="paymentorder_one_a_firm"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="paymentorder_amount"),
            models.CheckConstraint(
                condition=(
                    Q(state__in=["PAID", "SENT_BACK"], paid_on__isnull=False) & ~Q(voucher="")
                )
                | (~Q(state__in=["PAID", "SENT_BACK"]) & Q(paid_on=None)),
                name="paymentorder_paid_by_voucher",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="SENT_BACK",
                    back_on__isnull=False,
                    back_on__gte=F("paid_on"),
                    back_by__isnull=False,
                )
                | (~Q(state="SENT_BACK") & Q(back_on=None, back_by=None, back_voucher="")),
                name="paymentorder_sent_back",
            ),
            models.UniqueConstraint(
                fields=["district", "voucher"],
                condition=~Q(voucher=""),
                name="paymentorder_voucher_once",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class PaymentLine(models.Model):
    """One month of one entitlement within an order: its accrual's share of the indicator."""

    class State(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("payment line", "in a batch")
        PAID = "PAID", pgettext_lazy("payment line", "paid")
        FREED = "FREED", pgettext_lazy("payment line", "payable again")

    order = models.ForeignKey(
        PaymentOrder, models.PROTECT, related_name="lines", verbose_name=_("payment order")
    )
    accrual = models.ForeignKey(
        Accrual, models.PROTECT, related_name="payment_lines", verbose_name=_("accrual")
    )
    indicator = models.ForeignKey(BudgetIndicator, models.PROTECT, db_index=False, related_name="+")
    amount = FixedPointField(_("amount (yuan)"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)

    class Meta:
        verbose_name = _("payment line")
        verbose_name_plural = _("payment lines")
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="paymentline_amount"),
            # A month's share is in one batch at a time and is paid once.
            models.UniqueConstraint(
                fields=["accrual", "indicator"],
                condition=Q(state__in=["OPEN", "PAID"]),
                name="paymentline_paid_once",
                violation_error_message=_("This month is already paid or in a batch."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.accrual_id} {self.amount}"


class BankResult(models.Model):
    """A file of the bank with what became of a batch's orders, as it was read in."""

    district = models.ForeignKey(Area, models.PROTECT, related_name="+", editable=False)
    disbursement = models.ForeignKey(
        Disbursement, models.PROTECT, related_name="results", verbose_name=_("disbursement")
    )
    name = models.CharField(_("file"), max_length=150)
    digest = models.CharField(max_length=64)
    paid_count = models.PositiveIntegerField(_("paid"))
    failed_count = models.PositiveIntegerField(_("failed"))
    back_count = models.PositiveIntegerField(_("sent back"), default=0)
    read_by = person(_("read in by"))
    read_at = models.DateTimeField(_("read in at"), auto_now_add=True)

    objects = DistrictQuerySet.as_manager()

    class Meta:
        verbose_name = _("result of the bank")
        verbose_name_plural = _("results of the bank")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["disbursement", "digest"], name="bankresult_read_once")
        ]

    def __str__(self) -> str:
        return self.name
