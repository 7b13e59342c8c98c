"""The case of a compound in the campaign, its transitions, plan, consultation and acceptance."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from compounds.providers.models import Provider
from compounds.registry.models import Compound, Stage, Strategy
from governance.foundation.models import Versioned, person
from governance.organisation.models import Area, Level, Placed, PlacedQuerySet


class CaseQuerySet(PlacedQuerySet):
    def in_progress(self):
        """Neither cleared nor out of the campaign."""
        return self.exclude(state__in=[Stage.CLEARED, Stage.MERGED, Stage.EXCLUDED])

    def overdue(self, as_of):
        return self.filter(due_on__lt=as_of)

    def ever_cleared(self):
        return self.filter(first_cleared_on__isnull=False).exclude(
            state__in=[Stage.MERGED, Stage.EXCLUDED]
        )

    def net_cleared(self):
        return self.filter(state=Stage.CLEARED)

    def rebounded(self):
        """Cleared once, and not now."""
        return self.ever_cleared().exclude(state=Stage.CLEARED)


class Case(Placed, Versioned):
    """The way of one unmanaged compound to a service that stays (domain.md §5.1). One for ever.

    `state` is a `registry.Stage`, repeated in `Compound.stage`. A confirmed loss of service puts
    it back to CLASSIFIED, keeps `first_cleared_on` and counts in `rebound_count`.
    """

    compound = models.OneToOneField(
        Compound, models.PROTECT, related_name="case", verbose_name=_("compound")
    )
    state = models.CharField(
        _("stage of clearing"),
        max_length=20,
        choices=Stage,
        default=Stage.REGISTERED,
        editable=False,
    )
    strategy = models.CharField(
        _("strategy"),
        max_length=20,
        choices=Strategy,
        blank=True,
        editable=False,
        help_text=_("As the case was confirmed; a later classification does not change it."),
    )
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="cases",
        verbose_name=_("provider"),
    )
    registered_on = models.DateField(_("registered on"), editable=False)
    entered_on = models.DateField(_("in this stage since"), editable=False)
    due_on = models.DateField(_("due on"), null=True, editable=False)
    planned_on = models.DateField(_("planned completion"), null=True, blank=True)
    leader = models.CharField(_("leader in charge"), max_length=100, blank=True)
    confirmed_by = person(_("strategy confirmed by"), null=True)
    confirmed_on = models.DateField(_("strategy confirmed on"), null=True, editable=False)
    served_from = models.DateField(_("served since"), null=True, editable=False)
    first_cleared_on = models.DateField(_("first cleared on"), null=True, editable=False)
    cleared_on = models.DateField(_("cleared on"), null=True, editable=False)
    rebound_count = models.PositiveSmallIntegerField(_("rebounds"), default=0, editable=False)
    watched_until = models.DateField(_("watched until"), null=True, editable=False)
    band = models.CharField(_("watch band"), max_length=10, blank=True, editable=False)
    resumes_to = models.CharField(
        _("goes on at"), max_length=20, choices=Stage, blank=True, editable=False
    )

    placed_by = "compound"

    objects = CaseQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["created_at", "updated_at"],
        no_db_index=["district", "street", "community"],
    )

    class Meta:
        verbose_name = _("clearing case")
        verbose_name_plural = _("clearing cases")
        ordering = ["compound"]
        indexes = [
            models.Index(fields=["district", "state", "due_on", "id"], name="case_district"),
            models.Index(fields=["street", "state", "due_on", "id"], name="case_street"),
            models.Index(fields=["community", "state", "due_on", "id"], name="case_community"),
            models.Index(fields=["district", "due_on", "id"], name="case_district_due"),
            models.Index(fields=["street", "due_on", "id"], name="case_street_due"),
            models.Index(fields=["district", "band", "id"], name="case_band"),
            models.Index(fields=["district", "cleared_on", "id"], name="case_cleared"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="CLEARED")
                | Q(cleared_on__isnull=False, first_cleared_on__isnull=False),
                name="case_cleared_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(cleared_on=None) | Q(first_cleared_on__lte=F("cleared_on")),
                name="case_first_cleared_first",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "REGISTERED",
                        "SURVEYED",
                        "CLASSIFIED",
                        "SUSPENDED",
                        "MERGED",
                        "EXCLUDED",
                        "REBOUND",
                    ]
                )
                | ~Q(strategy=""),
                name="case_goes_on_with_strategy",
            ),
            models.CheckConstraint(
                condition=(Q(state="SUSPENDED") & ~Q(resumes_to=""))
                | (~Q(state="SUSPENDED") & Q(resumes_to="")),
                name="case_suspended_from_a_state",
            ),
        ]

    def __str__(self) -> str:
        return str(self.compound)


class Transition(Placed):
    """One step of a case: who, under which post, when, by which document and why. Never changed.

    `on` is the day it happened, `at` when it was recorded; figures of past days read `on`.
    """

    class Kind(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("case", "opened")
        ADVANCE = "ADVANCE", pgettext_lazy("case", "went on")
        CONFIRM = "CONFIRM", pgettext_lazy("case", "strategy confirmed")
        RETURN = "RETURN", pgettext_lazy("case", "sent back")
        SUSPEND = "SUSPEND", pgettext_lazy("case", "suspended")
        RESUME = "RESUME", pgettext_lazy("case", "resumed")
        LOSS = "LOSS", pgettext_lazy("case", "service lost")
        LEAVE = "LEAVE", pgettext_lazy("case", "left the campaign")

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="transitions", verbose_name=_("case")
    )
    kind = models.CharField(_("act"), max_length=10, choices=Kind)
    from_state = models.CharField(_("from"), max_length=20, choices=Stage, blank=True)
    to_state = models.CharField(_("to"), max_length=20, choices=Stage)
    strategy = models.CharField(_("strategy"), max_length=20, choices=Strategy, blank=True)
    on = models.DateField(_("day"))
    at = models.DateTimeField(_("recorded at"))
    by = person(_("by"))
    post = models.CharField(_("post"), max_length=200, blank=True)
    document = models.CharField(_("document"), max_length=150, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    days_late = models.PositiveIntegerField(_("days late"), default=0)
    batch = models.CharField(max_length=40, blank=True)

    placed_by = "case"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a case")
        verbose_name_plural = _("steps of a case")
        ordering = ["case", "on", "pk"]
        indexes = [
            models.Index(fields=["district", "on", "id"], name="transition_district"),
            models.Index(fields=["street", "on", "id"], name="transition_street"),
            models.Index(fields=["case", "on", "id"], name="transition_case"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind__in=["RETURN", "SUSPEND", "LOSS", "LEAVE"]) | ~Q(reason=""),
                name="transition_back_with_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_to_state_display()}"


class Deadline(Versioned):
    """Days a case may stay in a state, by district; without a row `rules.DEADLINES` hold."""

    class Unit(models.TextChoices):
        WORKING = "WORKING", _("working days")
        CALENDAR = "CALENDAR", _("days")

    district = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("district"),
        limit_choices_to={"level": Level.DISTRICT},
    )
    state = models.CharField(_("stage of clearing"), max_length=20, choices=Stage)
    days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)
    unit = models.CharField(_("kind of days"), max_length=10, choices=Unit, default=Unit.WORKING)
    document = models.CharField(_("document"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering = ["district", "pk"]
        constraints = [models.UniqueConstraint(fields=["district", "state"], name="deadline_once")]

    def __str__(self) -> str:
        return f"{self.district} {self.get_state_display()}"


class Plan(Placed, Versioned):
    """一院一策: what is to be done in one compound, by whom and with which money (S2-14)."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="plan", verbose_name=_("case"))
    # How often the compound had fallen back when this was written: another round, another plan.
    round = models.PositiveSmallIntegerField(_("round"), default=0, editable=False)
    situation = models.TextField(_("situation"), max_length=1000, blank=True)
    measures = models.TextField(_("measures"), max_length=2000, blank=True)
    services = models.TextField(_("services"), max_length=1000, blank=True)
    fee_plan = models.CharField(_("fee and collection"), max_length=300, blank=True)
    funding = models.CharField(_("funding"), max_length=300, blank=True)
    renovation = models.CharField(_("renovation"), max_length=300, blank=True)
    responsible = models.CharField(_("responsible"), max_length=100, blank=True)
    document = models.CharField(_("document"), max_length=150, blank=True)
    prepared_by = person(_("prepared by"))

    placed_by = "case"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan of a compound")
        verbose_name_plural = _("plans of compounds")

    def __str__(self) -> str:
        return str(self.case)


class Consultation(Placed, Versioned):
    """征求意见: what residents were told and asked, and what they said; 15 days' notice (§5.1)."""

    class Method(models.TextChoices):
        VISITS = "VISITS", _("house visits")
        MEETING = "MEETING", _("residents' meeting")
        BALLOT = "BALLOT", _("ballot")
        NOTICE = "NOTICE", _("notice without objection")

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="consultations", verbose_name=_("case")
    )
    method = models.CharField(_("how"), max_length=10, choices=Method)
    noticed_on = models.DateField(_("notice posted on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    households_asked = models.PositiveIntegerField(_("households asked"), null=True, blank=True)
    households_answered = models.PositiveIntegerField(
        _("households that answered"), null=True, blank=True
    )
    households_agreed = models.PositiveIntegerField(
        _("households that agreed"), null=True, blank=True
    )
    document = models.CharField(_("document"), max_length=150, blank=True)
    findings = models.CharField(_("findings"), max_length=500, blank=True)
    held_by = person(_("held by"))

    placed_by = "case"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        ordering = ["-noticed_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("noticed_on")),
                name="consultation_closes_after_notice",
            ),
            models.CheckConstraint(
                condition=Q(households_agreed=None)
                | Q(households_agreed__lte=F("households_answered")),
                name="consultation_agreed_answered",
                violation_error_message=_("More households agreed than answered."),
            ),
            models.CheckConstraint(
                condition=Q(households_answered=None)
                | Q(households_answered__lte=F("households_asked")),
                name="consultation_answered_asked",
                violation_error_message=_("More households answered than were asked."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.noticed_on}"


class Acceptance(Placed, Versioned):
    """清零验收: the four things seen on site; cleared only if all of them are there (§5.1)."""

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="acceptances", verbose_name=_("case")
    )
    on = models.DateField(_("day"))
    staff_on_post = models.BooleanField(_("staff on post"))
    refuse_cleared = models.BooleanField(_("refuse cleared"))
    board_up = models.BooleanField(_("notice board up"))
    complaint_line = models.BooleanField(_("complaint line works"))
    note = models.CharField(_("findings"), max_length=500, blank=True)
    document = models.CharField(_("acceptance sheet"), max_length=150, blank=True)
    accepted_by = person(_("inspected by"))

    placed_by = "case"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        ordering = ["-on", "-pk"]

    def __str__(self) -> str:
        return f"{self.case} {self.on}"

    @property
    def is_passed(self) -> bool:
        return all((self.staff_on_post, self.refuse_cleared, self.board_up, self.complaint_line))
