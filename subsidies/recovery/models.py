"""How a subsidy ends: the exit review, and money claimed back with appeal and instalments."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.foundation.fields import FixedPointField
from governance.foundation.models import Versioned, person
from governance.organisation.models import Placed, PlacedQuerySet
from subsidies.entitlements.models import Entitlement
from subsidies.ledger.models import BudgetIndicator
from subsidies.programmes.models import ClawbackTerm

EXIT_REVIEW = "exit.review"
EXIT_APPROVE = "exit.approve"
CLAIM = "clawback.claim"
DECIDE = "clawback.decide"
RECEIVE = "clawback.receive"


class ExitReview(Placed, Versioned):
    """Whether a compound can go on without the subsidy, and what is to happen (month 6–7)."""

    class Outcome(models.TextChoices):
        CONTINUES = "CONTINUES", pgettext_lazy("exit review", "goes on by its own fees")
        SUPPORTED = "SUPPORTED", pgettext_lazy("exit review", "goes on by other means")
        EXTEND = "EXTEND", pgettext_lazy("exit review", "extension proposed")
        LEAVES = "LEAVES", pgettext_lazy("exit review", "the firm leaves")

    class State(models.TextChoices):
        PREPARED = "PREPARED", pgettext_lazy("exit review", "to be approved")
        APPROVED = "APPROVED", pgettext_lazy("exit review", "approved")
        REFUSED = "REFUSED", pgettext_lazy("exit review", "refused")

    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, related_name="exit_reviews", verbose_name=_("entitlement")
    )
    exit_reason = models.CharField(
        pgettext_lazy("exit review", "reason of the end"),
        max_length=20,
        choices=Entitlement.ExitReason,
    )
    exit_on = models.DateField(_("last day of the subsidy"))
    outcome = models.CharField(
        pgettext_lazy("exit review", "outcome"), max_length=10, choices=Outcome
    )
    collection_percent = FixedPointField(_("collection (%)"), null=True, editable=False)
    # What the compound's own fees bear at month 7: the viability account, with its sources.
    account = models.JSONField(_("viability"), null=True, editable=False)
    contract_until = models.DateField(_("contract runs until"), null=True, editable=False)
    findings = models.CharField(pgettext_lazy("exit review", "findings"), max_length=500)
    document = models.CharField(_("document"), max_length=150, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PREPARED, editable=False
    )
    # Nobody: proposed by the nightly run; an officer completes it before it can be approved.
    prepared_by = person(_("reviewed by"), null=True)
    # What is served and not accrued by then is given up: it ends without waiting for it.
    gives_up = models.BooleanField(_("what is not accrued is given up"), default=False)
    reason = models.CharField(_("reason of the refusal"), max_length=300, blank=True)
    approved_by = person(_("approved by"), null=True)
    approved_on = models.DateField(_("approved on"), null=True, editable=False)

    placed_by = "entitlement"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("exit review")
        verbose_name_plural = _("exit reviews")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement"],
                condition=Q(state="PREPARED"),
                name="exitreview_one_prepared",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("prepared_by")),
                name="exitreview_approved_by_another",
                violation_error_message=_("Whoever prepared an exit review cannot approve it."),
            ),
            models.CheckConstraint(
                condition=Q(state="PREPARED", approved_by=None)
                | (
                    ~Q(state="PREPARED")
                    & Q(
                        prepared_by__isnull=False,
                        approved_by__isnull=False,
                        approved_on__isnull=False,
                    )
                ),
                name="exitreview_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entitlement_id} {self.get_exit_reason_display()}"


class Clawback(Placed, Versioned):
    """追回: money claimed back from a firm, by notice with reason and amount (§5.2)."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", pgettext_lazy("clawback", "proposed")
        NOTIFIED = "NOTIFIED", pgettext_lazy("clawback", "notice given")
        APPEALED = "APPEALED", pgettext_lazy("clawback", "appealed against")
        CONFIRMED = "CONFIRMED", pgettext_lazy("clawback", "confirmed, being repaid")
        RECOVERED = "RECOVERED", pgettext_lazy("clawback", "recovered")
        CANCELLED = "CANCELLED", pgettext_lazy("clawback", "cancelled")

    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, related_name="clawbacks", verbose_name=_("entitlement")
    )
    trigger = models.CharField(
        pgettext_lazy("clawback", "reason"), max_length=20, choices=ClawbackTerm.Trigger
    )
    happened_on = models.DateField(_("happened on"))
    facts = models.CharField(_("what was found"), max_length=500)
    amount = FixedPointField(_("claimed (yuan)"), validators=[MinValueValidator(0)])
    computation = models.JSONField(_("computation"), default=dict, editable=False)
    # 10–50 % of what was defrauded (regulation on fiscal offences, 14); decided by the authority.
    fine = FixedPointField(_("fine (yuan)"), default=0, validators=[MinValueValidator(0)])
    bans_until = models.DateField(_("no application until"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PROPOSED, editable=False
    )
    notified_on = models.DateField(_("notice given on"), null=True, editable=False)
    due_on = models.DateField(pgettext_lazy("clawback", "due on"), null=True, editable=False)
    document = models.CharField(
        pgettext_lazy("clawback", "notice number"), max_length=150, blank=True
    )
    appealed_on = models.DateField(_("appealed on"), null=True, editable=False)
    appeal = models.CharField(_("grounds of the appeal"), max_length=500, blank=True)
    decision = models.CharField(_("decision on the appeal"), max_length=500, blank=True)
    proposed_by = person(_("proposed by"))
    decided_by = person(_("decided by"), null=True)
    appeal_decided_by = person(_("appeal decided by"), null=True)
    appeal_decided_on = models.DateField(_("appeal decided on"), null=True, editable=False)
    reason = models.CharField(_("reason of the cancellation"), max_length=300, blank=True)

    placed_by = "entitlement"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("clawback")
        verbose_name_plural = _("clawbacks")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["district", "state", "due_on", "id"], name="clawback_district"),
            models.Index(fields=["street", "state", "due_on", "id"], name="clawback_street"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement", "trigger"],
                condition=~Q(state__in=["CANCELLED", "RECOVERED"]),
                name="clawback_one_open",
                violation_error_message=_("A clawback for this reason is already under way."),
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="clawback_amount"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="clawback_decided_by_another",
                violation_error_message=_("Whoever proposed a clawback cannot decide it."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["PROPOSED", "CANCELLED"])
                | (
                    Q(decided_by__isnull=False, notified_on__isnull=False, due_on__isnull=False)
                    & ~Q(document="")
                ),
                name="clawback_notified_by_document",
            ),
            models.CheckConstraint(
                condition=Q(appeal_decided_by=None)
                | (~Q(appeal_decided_by=F("decided_by")) & ~Q(appeal_decided_by=F("proposed_by"))),
                name="clawback_appeal_decided_by_another",
                violation_error_message=_(
                    "An appeal is decided by somebody who neither proposed nor decided the claim."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entitlement_id} {self.get_trigger_display()}"


class Instalment(Versioned):
    """A part of a clawback: due on a day, and when and how much of it came in."""

    clawback = models.ForeignKey(
        Clawback, models.PROTECT, related_name="instalments", verbose_name=_("clawback")
    )
    position = models.PositiveSmallIntegerField(_("order"))
    due_on = models.DateField(pgettext_lazy("clawback", "due on"))
    amount = FixedPointField(_("amount (yuan)"), validators=[MinValueValidator(0)])
    received_on = models.DateField(_("received on"), null=True, blank=True)
    voucher = models.CharField(_("voucher number"), max_length=60, blank=True)
    # Whether it fills the indicator again (within its year) or goes to the treasury.
    indicator = models.ForeignKey(
        BudgetIndicator, models.PROTECT, null=True, editable=False, related_name="+"
    )
    received_by = person(_("recorded by"), null=True)

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ["clawback", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["clawback", "position"], name="instalment_position_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_amount"),
            models.CheckConstraint(
                condition=Q(received_on=None, voucher="")
                | (Q(received_on__isnull=False) & ~Q(voucher="")),
                name="instalment_received_by_voucher",
            ),
            models.CheckConstraint(
                condition=Q(received_on=None, received_by=None)
                | Q(received_on__isnull=False, received_by__isnull=False),
                name="instalment_received_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clawback_id} {self.position}"
