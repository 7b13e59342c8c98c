"""An entitlement: one compound's subsidy for one firm, from application to its end (§5.2)."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.assignment.models import Assignment
from compounds.contracts.models import Contract
from compounds.providers.models import Provider
from compounds.registry.models import Compound
from governance.foundation.fields import FixedPointField, TagsField
from governance.foundation.models import Versioned, person
from governance.organisation.models import Located, Placed, PlacedQuerySet
from subsidies.ledger.models import BudgetIndicator
from subsidies.programmes.models import FundingShare, Programme

# Who does what (§5.2): each step by another person.
APPLY = "entitlement.apply"
CHECK = "entitlement.check"
REVIEW = "entitlement.review"
ASSESS = "entitlement.assess"
PUBLICISE = "entitlement.publicise"
APPROVE = "entitlement.approve"


class PublicNotice(Located, Versioned):
    """公示: a list of entitlements posted for at least so many working days."""

    number = models.CharField(_("notice number"), max_length=60)
    title = models.CharField(_("title"), max_length=150)
    starts_on = models.DateField(_("posted from"))
    ends_on = models.DateField(_("posted until"))
    place_posted = models.CharField(_("posted at"), max_length=200, blank=True)
    prepared_by = person(_("prepared by"))

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("public notice")
        verbose_name_plural = _("public notices")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "number"],
                name="publicnotice_number_once",
                violation_error_message=_("A notice of this number is already there."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="publicnotice_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class EntitlementQuerySet(PlacedQuerySet):
    def open(self):
        """Applied for and not at its end."""
        return self.exclude(state__in=Entitlement.OVER)

    def approved(self):
        return self.filter(state=Entitlement.State.APPROVED)


class Entitlement(Placed, Versioned):
    """What a programme pays a firm for a compound: basis, term and ceiling as approved.

    Terms are those of the programme's edition; basis and term change by `TermChange` alone.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", pgettext_lazy("entitlement", "draft")
        SUBMITTED = "SUBMITTED", pgettext_lazy("entitlement", "applied for")
        COMMUNITY_CHECKED = (
            "COMMUNITY_CHECKED",
            pgettext_lazy("entitlement", "checked by the community"),
        )
        STREET_REVIEWED = "STREET_REVIEWED", pgettext_lazy("entitlement", "reviewed by the street")
        DISTRICT_REVIEWED = (
            "DISTRICT_REVIEWED",
            pgettext_lazy("entitlement", "reviewed by the district"),
        )
        PUBLICISED = "PUBLICISED", pgettext_lazy("entitlement", "under public notice")
        APPROVED = "APPROVED", pgettext_lazy("entitlement", "approved, accruing")
        SUSPENDED = "SUSPENDED", pgettext_lazy("entitlement", "suspended")
        EXITED = "EXITED", pgettext_lazy("entitlement", "ended")
        CLOSED = "CLOSED", pgettext_lazy("entitlement", "closed and reported")
        REJECTED = "REJECTED", pgettext_lazy("entitlement", "rejected")
        WITHDRAWN = "WITHDRAWN", pgettext_lazy("entitlement", "withdrawn")

    class ExitReason(models.TextChoices):
        TERM = "TERM", _("the term is over")
        SELF_SUFFICIENT = "SELF_SUFFICIENT", _("its own fees bear it")
        SERVICE_ENDED = "SERVICE_ENDED", _("service has ended")
        BREACH = "BREACH", _("breach of the terms")
        GONE = "GONE", _("the compound is no longer there")

    BEFORE_APPROVAL = (
        State.DRAFT,
        State.SUBMITTED,
        State.COMMUNITY_CHECKED,
        State.STREET_REVIEWED,
        State.DISTRICT_REVIEWED,
        State.PUBLICISED,
    )
    RUNNING = (State.APPROVED, State.SUSPENDED)
    OVER = (State.EXITED, State.CLOSED, State.REJECTED, State.WITHDRAWN)

    number = models.CharField(_("application number"), max_length=40, editable=False)
    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="entitlements", verbose_name=_("programme")
    )
    compound = models.ForeignKey(
        Compound, models.PROTECT, related_name="entitlements", verbose_name=_("compound")
    )
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        db_index=False,
        related_name="entitlements",
        verbose_name=_("provider"),
    )
    assignment = models.ForeignKey(
        Assignment,
        models.PROTECT,
        db_index=False,
        related_name="entitlements",
        verbose_name=_("assignment"),
    )
    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="entitlements",
        verbose_name=_("contract"),
    )
    # What was proved in the application and approved; later changes by document (`TermChange`).
    area_m2 = FixedPointField(
        _("area (m²)"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    household_count = models.PositiveIntegerField(_("households"), null=True, blank=True)
    area_proof = models.CharField(_("proof of area or households"), max_length=150, blank=True)
    documents = TagsField(_("documents attached"))
    starts_on = models.DateField(_("term begins"))
    ends_on = models.DateField(_("term ends"))
    months = models.PositiveSmallIntegerField(_("months"))
    # Forecast over the term when it was approved, never exceeded; `YearShare` has it by year.
    amount = FixedPointField(_("amount (yuan)"), validators=[MinValueValidator(0)])
    state = models.CharField(
        _("state"), max_length=20, choices=State, default=State.DRAFT, editable=False
    )
    due_on = models.DateField(_("due on"), null=True, editable=False)
    notice = models.ForeignKey(
        PublicNotice,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="entitlements",
        verbose_name=_("public notice"),
    )
    document = models.CharField(_("approval document"), max_length=150, blank=True)
    approved_on = models.DateField(_("approved on"), null=True, editable=False)
    exited_on = models.DateField(_("ended on"), null=True, editable=False)
    exit_reason = models.CharField(
        _("reason of the end"), max_length=20, choices=ExitReason, blank=True, editable=False
    )
    # The engine's answer when the district reviewed it: conditions, values, sources.
    trace = models.JSONField(_("examination"), null=True, editable=False)
    prepared_by = person(_("applied by"))
    checked_by = person(_("checked by"), null=True)
    reviewed_by = person(_("reviewed by"), null=True)
    assessed_by = person(_("reviewed for the district by"), null=True)
    approved_by = person(_("approved by"), null=True)
    batch = models.CharField(max_length=40, blank=True, editable=False)

    placed_by = "compound"

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        verbose_name = _("subsidy entitlement")
        verbose_name_plural = _("subsidy entitlements")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["district", "state", "due_on", "id"], name="entitlement_district"),
            models.Index(fields=["street", "state", "due_on", "id"], name="entitlement_street"),
            models.Index(
                fields=["community", "state", "due_on", "id"], name="entitlement_community"
            ),
            models.Index(fields=["provider", "state", "id"], name="entitlement_provider"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["district", "number"], name="entitlement_number_once"),
            models.UniqueConstraint(
                fields=["compound"],
                condition=~Q(state__in=["EXITED", "CLOSED", "REJECTED", "WITHDRAWN"]),
                name="entitlement_one_open",
                violation_error_message=_("A subsidy for this compound is already under way."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="entitlement_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="entitlement_amount"),
            models.CheckConstraint(
                condition=(Q(checked_by=None) | ~Q(checked_by=F("prepared_by")))
                & (
                    Q(reviewed_by=None)
                    | (~Q(reviewed_by=F("prepared_by")) & ~Q(reviewed_by=F("checked_by")))
                )
                & (
                    Q(assessed_by=None)
                    | (~Q(assessed_by=F("prepared_by")) & ~Q(assessed_by=F("reviewed_by")))
                )
                & (
                    Q(approved_by=None)
                    | (
                        ~Q(approved_by=F("prepared_by"))
                        & ~Q(approved_by=F("reviewed_by"))
                        & ~Q(approved_by=F("assessed_by"))
                    )
                ),
                name="entitlement_steps_by_different_people",
                violation_error_message=_("Another person must take this step."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["APPROVED", "SUSPENDED", "EXITED", "CLOSED"])
                | (Q(approved_by__isnull=False, approved_on__isnull=False) & ~Q(document="")),
                name="entitlement_approved_by_document",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=["EXITED", "CLOSED"], exited_on__isnull=False) & ~Q(exit_reason="")
                )
                | (~Q(state__in=["EXITED", "CLOSED"]) & Q(exited_on=None)),
                name="entitlement_ended_with_day_and_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.compound}"


class YearShareQuerySet(models.QuerySet):
    def _funded(self):
        """The funding by which a year is committed begins with its first month."""
        return Funding.objects.filter(
            entitlement=OuterRef("entitlement"),
            payer=OuterRef("payer"),
            from_month=OuterRef("from_month"),
        )

    def committed(self):
        return self.filter(Exists(self._funded()))

    def running(self):
        return self.filter(entitlement__state__in=Entitlement.RUNNING)

    def obligations(self):
        """Of running subsidies: no indicator bears the year yet (以后年度支出责任)."""
        return self.running().filter(~Exists(self._funded()))


class YearShare(models.Model):
    """What a payer bears of the months of one calendar year, as approved and changed since.

    With a `Funding` of that year it is committed on its indicator; without one it is an
    obligation of a budget to come (以后年度支出责任). Together they are the entitlement's amount.
    """

    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, related_name="years", verbose_name=_("entitlement")
    )
    year = models.PositiveSmallIntegerField(_("budget year"))
    payer = models.CharField(_("paid by"), max_length=10, choices=FundingShare.Payer)
    from_month = models.DateField(_("from the month"))  # the first month of the term in the year
    amount = FixedPointField(_("amount (yuan)"))

    objects = YearShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("share of a year")
        verbose_name_plural = _("shares of years")
        ordering = ["entitlement", "year", "payer"]
        indexes = [models.Index(fields=["year", "entitlement"], name="yearshare_year")]
        constraints = [
            models.UniqueConstraint(fields=["entitlement", "year", "payer"], name="yearshare_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="yearshare_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.entitlement_id} {self.year} {self.payer} {self.amount}"


class AnnualAct(Located, Versioned):
    """列支 or 收回: a budget year of many subsidies at once; one prepares it, another approves.

    COMMIT: what a year costs is committed on that year's indicators. RELEASE: what is left of the
    year once all of it is accrued is available again, to lapse or be carried over by document.
    """

    class Kind(models.TextChoices):
        COMMIT = "COMMIT", pgettext_lazy("annual act", "commit the year")
        RELEASE = "RELEASE", pgettext_lazy("annual act", "release what is left of the year")

    class State(models.TextChoices):
        PREPARED = "PREPARED", pgettext_lazy("annual act", "to be approved")
        APPROVED = "APPROVED", pgettext_lazy("annual act", "approved")
        REFUSED = "REFUSED", pgettext_lazy("annual act", "refused")

    kind = models.CharField(_("kind of act"), max_length=10, choices=Kind, default=Kind.COMMIT)
    year = models.PositiveSmallIntegerField(_("budget year"))
    # All subsidies of the district, or those of a programme (all its editions) or a street.
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("programme"),
    )
    indicators = models.ManyToManyField(
        BudgetIndicator, blank=True, related_name="+", verbose_name=_("indicators")
    )
    # What it covered when it was prepared; approved only while this is still so.
    count = models.PositiveIntegerField(_("subsidies"), editable=False)
    amount = FixedPointField(_("amount (yuan)"), editable=False)
    document = models.CharField(_("document"), max_length=150)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PREPARED, editable=False
    )
    # One paper, one key: handing the same in again finds it.
    key = models.CharField(max_length=60, editable=False)
    prepared_by = person(_("prepared by"))
    approved_by = person(_("approved by"), null=True)
    approved_on = models.DateField(_("approved on"), null=True, editable=False)
    refusal = models.CharField(_("reason of the refusal"), max_length=300, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("act of a budget year")
        verbose_name_plural = _("acts of budget years")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["district", "key"], name="annualact_once"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("prepared_by")),
                name="annualact_approved_by_another",
                violation_error_message=_("Whoever prepared it cannot approve it."),
            ),
            models.CheckConstraint(
                condition=Q(state="PREPARED", approved_by=None)
                | (~Q(state="PREPARED") & Q(approved_by__isnull=False)),
                name="annualact_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.get_kind_display()} {self.document}"


class Funding(models.Model):
    """Which indicator pays which share of an entitlement, from a month on to the end of its year.

    The last one that begins by a month bears it (`rules.years`); nothing bears the next year
    before that year's indicator is named, at the approval or by an `AnnualAct`.
    """

    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, related_name="fundings", verbose_name=_("entitlement")
    )
    payer = models.CharField(_("paid by"), max_length=10, choices=FundingShare.Payer)
    percent = FixedPointField(_("share (%)"))
    indicator = models.ForeignKey(
        BudgetIndicator, models.PROTECT, related_name="fundings", verbose_name=_("indicator")
    )
    from_month = models.DateField(_("from the month"))  # its first day
    # By which the year was committed; empty for the approval itself and for changes by document.
    annual_act = models.ForeignKey(
        AnnualAct,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="fundings",
        verbose_name=_("act of a budget year"),
    )

    class Meta:
        verbose_name = _("funding")
        verbose_name_plural = _("fundings")
        ordering = ["entitlement", "from_month", "payer"]
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement", "payer", "from_month"], name="funding_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.entitlement_id} {self.payer} {self.percent} %"


class EntitlementStep(Placed):
    """One step of an entitlement, kept for ever: who, when, from where to where, by what."""

    class Act(models.TextChoices):
        FORWARD = "FORWARD", pgettext_lazy("step of an entitlement", "forward")
        RETURN = "RETURN", pgettext_lazy("step of an entitlement", "returned")
        REJECT = "REJECT", pgettext_lazy("step of an entitlement", "rejected")
        WITHDRAW = "WITHDRAW", pgettext_lazy("step of an entitlement", "withdrawn")
        CHANGE = "CHANGE", pgettext_lazy("step of an entitlement", "changed by document")
        SUSPEND = "SUSPEND", pgettext_lazy("step of an entitlement", "suspended")
        RESUME = "RESUME", pgettext_lazy("step of an entitlement", "resumed")
        EXIT = "EXIT", pgettext_lazy("step of an entitlement", "ended")

    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, related_name="steps", verbose_name=_("entitlement")
    )
    act = models.CharField(_("act"), max_length=10, choices=Act)
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20)
    on = models.DateField(_("day"))
    at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    by = person(_("by"))
    role = models.CharField(_("role"), max_length=30, blank=True)
    document = models.CharField(_("document"), max_length=150, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    placed_by = "entitlement"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of an entitlement")
        verbose_name_plural = _("steps of entitlements")
        ordering = ["entitlement", "pk"]

    def __str__(self) -> str:
        return f"{self.entitlement_id} {self.from_state} → {self.to_state}"


class Objection(Placed, Versioned):
    """What somebody said against an entitlement under public notice, and how it was settled."""

    class State(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("objection", "open")
        UPHELD = "UPHELD", pgettext_lazy("objection", "upheld")
        DISMISSED = "DISMISSED", pgettext_lazy("objection", "dismissed")

    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, related_name="objections", verbose_name=_("entitlement")
    )
    notice = models.ForeignKey(
        PublicNotice, models.PROTECT, related_name="objections", verbose_name=_("public notice")
    )
    received_on = models.DateField(_("received on"))
    # Not who it was: whoever objects need not give a name.
    said = models.CharField(_("what was objected"), max_length=500)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.OPEN, editable=False
    )
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    recorded_by = person(_("recorded by"))
    settled_by = person(_("settled by"), null=True)
    settled_on = models.DateField(_("settled on"), null=True, editable=False)

    placed_by = "entitlement"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ["-received_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="OPEN", settled_by=None)
                | (~Q(state="OPEN") & Q(settled_by__isnull=False) & ~Q(answer="")),
                name="objection_settled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(settled_by=None) | ~Q(settled_by=F("recorded_by")),
                name="objection_settled_by_another",
                violation_error_message=_("Whoever recorded an objection does not settle it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entitlement_id} {self.received_on}"


class TermChange(Placed, Versioned):
    """Extension, new basis or another indicator, by document: one prepares, another approves."""

    class Kind(models.TextChoices):
        EXTENSION = "EXTENSION", _("extension of the term")
        BASIS = "BASIS", _("new area or households")
        FUNDING = "FUNDING", _("another indicator")

    class State(models.TextChoices):
        PREPARED = "PREPARED", pgettext_lazy("change", "to be approved")
        APPROVED = "APPROVED", pgettext_lazy("change", "approved")
        REFUSED = "REFUSED", pgettext_lazy("change", "refused")

    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, related_name="changes", verbose_name=_("entitlement")
    )
    kind = models.CharField(_("kind of change"), max_length=10, choices=Kind)
    from_month = models.DateField(_("from the month"))  # its first day
    months = models.PositiveSmallIntegerField(_("months more"), null=True, blank=True)
    area_m2 = FixedPointField(
        _("area (m²)"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    household_count = models.PositiveIntegerField(_("households"), null=True, blank=True)
    indicator = models.ForeignKey(
        BudgetIndicator,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("indicator"),
    )
    payer = models.CharField(_("paid by"), max_length=10, choices=FundingShare.Payer, blank=True)
    amount = FixedPointField(_("change of the amount (yuan)"), default=0, editable=False)
    document = models.CharField(_("document"), max_length=150)
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PREPARED, editable=False
    )
    prepared_by = person(_("prepared by"))
    approved_by = person(_("approved by"), null=True)
    approved_on = models.DateField(_("approved on"), null=True, editable=False)

    placed_by = "entitlement"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of an entitlement")
        verbose_name_plural = _("changes of entitlements")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement"],
                condition=Q(state="PREPARED"),
                name="termchange_one_prepared",
                violation_error_message=_("A change of this entitlement already waits."),
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("prepared_by")),
                name="termchange_approved_by_another",
                violation_error_message=_("Whoever prepared a change cannot approve it."),
            ),
            models.CheckConstraint(
                condition=Q(state="PREPARED", approved_by=None)
                | (~Q(state="PREPARED") & Q(approved_by__isnull=False)),
                name="termchange_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entitlement_id} {self.get_kind_display()}"
