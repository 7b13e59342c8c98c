"""Monthly accrual (计提): what each entitlement is due for a month, with all that led to it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.foundation.fields import FixedPointField
from governance.foundation.models import Versioned, person
from governance.organisation.models import Located, Placed, PlacedQuerySet
from subsidies.entitlements.models import Entitlement

PREPARE = "accrual.prepare"
CONFIRM = "accrual.confirm"
APPROVE = "accrual.approve"


class AccrualRun(Located, Versioned):
    """The accrual of a month for an area: computed, days confirmed by the streets, approved."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", pgettext_lazy("accrual run", "days to be confirmed")
        SUBMITTED = "SUBMITTED", pgettext_lazy("accrual run", "to be approved")
        POSTED = "POSTED", pgettext_lazy("accrual run", "posted")
        CANCELLED = "CANCELLED", pgettext_lazy("accrual run", "cancelled")

    month = models.DateField(_("month"), help_text=_("Its first day."))
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT, editable=False
    )
    # Computed in steps by the worker: so many months to compute, until it is done or has failed.
    expected = models.PositiveIntegerField(_("months to compute"), default=0, editable=False)
    computed_at = models.DateTimeField(_("computed at"), null=True, editable=False)
    error = models.CharField(_("error"), max_length=200, blank=True, editable=False)
    line_count = models.PositiveIntegerField(_("lines"), default=0, editable=False)
    problem_count = models.PositiveIntegerField(_("problems"), default=0, editable=False)
    total = FixedPointField(_("total (yuan)"), default=0, editable=False)
    prepared_by = person(_("prepared by"))
    submitted_by = person(_("submitted by"), null=True)
    approved_by = person(_("approved by"), null=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, editable=False)
    document = models.CharField(_("document"), max_length=150, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True, editable=False)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("accrual run")
        verbose_name_plural = _("accrual runs")
        ordering = ["-month", "-pk"]
        indexes = [models.Index(fields=["district", "-month", "-id"], name="accrualrun_district")]
        constraints = [
            models.UniqueConstraint(
                fields=["district"],
                condition=Q(state__in=["DRAFT", "SUBMITTED"]),
                name="accrualrun_one_open",
                violation_error_message=_("Another accrual is still open: finish it first."),
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | (~Q(approved_by=F("prepared_by")) & ~Q(approved_by=F("submitted_by"))),
                name="accrualrun_approved_by_another",
                violation_error_message=_("Whoever prepared an accrual cannot approve it."),
            ),
            models.CheckConstraint(
                condition=~Q(state="POSTED")
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="accrualrun_posted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Accrual(Placed, Versioned):
    """One line: an entitlement in a month; gross, what was taken off, what is due, and why.

    The trace alone replays to the amounts. A posted line is never changed: it is reversed, and
    the month is accrued again by another line.
    """

    class State(models.TextChoices):
        PROBLEM = "PROBLEM", pgettext_lazy("accrual", "cannot be computed")
        COMPUTED = "COMPUTED", pgettext_lazy("accrual", "computed")
        POSTED = "POSTED", pgettext_lazy("accrual", "posted, payable")
        REVERSED = "REVERSED", pgettext_lazy("accrual", "reversed")
        DROPPED = "DROPPED", pgettext_lazy("accrual", "dropped with its run")

    run = models.ForeignKey(
        AccrualRun,
        models.PROTECT,
        db_index=False,  # `accrual_run` begins with it
        related_name="lines",
        verbose_name=_("accrual run"),
    )
    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, related_name="accruals", verbose_name=_("entitlement")
    )
    month = models.DateField(_("month"))  # its first day
    index = models.PositiveSmallIntegerField(_("month of the term"))  # 1 is the first
    # Of the entitlement when the line was computed: another one now, and it is computed again.
    entitlement_version = models.PositiveIntegerField(default=0, editable=False)
    # Counted again after a reversal: the second line of the same month has attempt 2.
    attempt = models.PositiveSmallIntegerField(default=1, editable=False)
    days_served = models.PositiveSmallIntegerField(_("days served"), null=True)
    days_in_month = models.PositiveSmallIntegerField(_("days of the month"))
    days_reason = models.CharField(_("why other days"), max_length=200, blank=True)
    confirmed_by = person(_("days confirmed by"), null=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)
    basis = models.CharField(_("basis"), max_length=20, blank=True)
    basis_value = FixedPointField(_("quantity"), places=4, null=True)
    rate = FixedPointField(_("rate"), places=4, null=True)
    gross = FixedPointField(_("accrued (yuan)"), null=True)
    score = FixedPointField(_("assessment (points)"), null=True)
    deduction = FixedPointField(_("deducted (yuan)"), null=True)
    due = FixedPointField(_("due (yuan)"), null=True)
    # What each payer bears: [payer, indicator, gross, deducted], the indicator it is posted to.
    shares = models.JSONField(_("shares"), default=list)
    problems = models.JSONField(_("problems"), default=list)
    # Problems that somebody decided: {code: {"reason", "by", "on"}}; kept when it is recomputed.
    decisions = models.JSONField(_("decisions"), default=dict)
    trace = models.JSONField(_("computation"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, editable=False)

    placed_by = "entitlement"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("accrual")
        verbose_name_plural = _("accruals")
        ordering = ["-month", "entitlement"]
        indexes = [
            models.Index(fields=["run", "state", "id"], name="accrual_run"),
            models.Index(fields=["district", "-month", "id"], name="accrual_district"),
            models.Index(fields=["street", "-month", "id"], name="accrual_street"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement", "month"],
                condition=Q(state__in=["PROBLEM", "COMPUTED", "POSTED"]),
                name="accrual_once_a_month",
                violation_error_message=_("This month is already accrued."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["COMPUTED", "POSTED"])
                | (
                    Q(gross__gte=0, deduction__gte=0, due__gte=0)
                    & Q(due=F("gross") - F("deduction"))
                ),
                name="accrual_sums",
            ),
            models.CheckConstraint(
                condition=Q(days_served=None) | Q(days_served__lte=F("days_in_month")),
                name="accrual_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entitlement_id} {self.month:%Y-%m}"
