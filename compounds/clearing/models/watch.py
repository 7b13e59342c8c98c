"""The rebound watch: its policy, runs, scores with reasons, visits and orders, lost services."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.classification.models.work import Work
from compounds.providers.models import Provider
from governance.foundation.errors import DomainError
from governance.foundation.fields import TagsField
from governance.foundation.models import Versioned, person
from governance.foundation.publishing import Fixed, FixedPart, FixedPartQuerySet, FixedQuerySet
from governance.organisation.models import Area, Level, Placed, PlacedQuerySet

from ..rules import watch as rules
from .cases import Case


class Band(models.TextChoices):
    GREEN = "GREEN", pgettext_lazy("watch band", "green")
    YELLOW = "YELLOW", pgettext_lazy("watch band", "yellow")
    RED = "RED", pgettext_lazy("watch band", "red")


class WatchPolicyIsPublished(DomainError):  # noqa: N818 - names of refusals read as sentences
    """Somebody tried to change or delete what was published."""

    def __init__(self):
        super().__init__(
            _("A published watch policy cannot be changed or deleted. Copy it to a new draft.")
        )


class WatchPolicyQuerySet(FixedQuerySet):
    def visible_to(self, user):
        """Policies of the districts in which the user holds a post that sees the register."""
        return self.filter(district_id__in=user.scope.in_districts())

    def in_force(self, as_of):
        """Published policies that have begun on a day, the one that counts first."""
        return self.filter(state=WatchPolicy.State.PUBLISHED, valid_from__lte=as_of).order_by(
            "-valid_from", "-pk"
        )


class WatchPolicy(Fixed):
    """Signals, weights and bands of a district's watch (domain.md §5.7); published ones are fixed.

    `months` after clearing a compound is watched; a visit is due in `visit_working_days`, the plan
    of an order in `order_days`.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", pgettext_lazy("policy", "draft")
        PUBLISHED = "PUBLISHED", pgettext_lazy("policy", "published")
        RETIRED = "RETIRED", pgettext_lazy("policy", "retired")

    # What may still change after publication.
    RETIRING = frozenset({"state", "version", "updated_at"})
    REFUSAL = WatchPolicyIsPublished

    district = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        verbose_name=_("district"),
        limit_choices_to={"level": Level.DISTRICT},
    )
    title = models.CharField(_("title"), max_length=100)
    document = models.CharField(_("document"), max_length=150, blank=True)
    valid_from = models.DateField(_("valid from"))
    months = models.PositiveSmallIntegerField(_("months under watch"), default=24)
    yellow_from = models.PositiveSmallIntegerField(_("yellow from (points)"), default=20)
    red_from = models.PositiveSmallIntegerField(_("red from (points)"), default=50)
    visit_working_days = models.PositiveSmallIntegerField(
        _("visit within (working days)"), default=10
    )
    order_days = models.PositiveSmallIntegerField(_("plan of an order within (days)"), default=30)
    state = models.CharField(
        _("state"), max_length=20, choices=State, default=State.DRAFT, editable=False
    )
    prepared_by = person(_("prepared by"))
    published_by = person(_("published by"), null=True)
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)

    objects = WatchPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("watch policy")
        verbose_name_plural = _("watch policies")
        ordering = ["-valid_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(red_from__gt=F("yellow_from")),
                name="watchpolicy_bands_rise",
                violation_error_message=_("Red must begin above yellow."),
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=F("prepared_by")),
                name="watchpolicy_two_people",
            ),
            models.UniqueConstraint(
                fields=["district", "valid_from"],
                condition=Q(state="PUBLISHED"),
                name="watchpolicy_one_from_a_day",
                violation_error_message=_("Another published policy begins on this day."),
            ),
            models.CheckConstraint(
                condition=Q(state="DRAFT", published_by=None, published_at=None)
                | (
                    Q(state__in=["PUBLISHED", "RETIRED"])
                    & Q(published_by__isnull=False, published_at__isnull=False)
                ),
                name="watchpolicy_published_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def as_rule(self) -> rules.Policy:
        """The policy as a pure value: one query."""
        rows = self.signals.order_by("pk").values_list("key", "threshold", "points")
        return rules.Policy(
            self.yellow_from, self.red_from, tuple(rules.Weight(*row) for row in rows)
        )


class WatchSignal(FixedPart):
    """A signal of a policy: its threshold and how many points it gives; unknown gives none."""

    WHOLE = "policy"
    REFUSAL = WatchPolicyIsPublished

    policy = models.ForeignKey(
        WatchPolicy, models.CASCADE, related_name="signals", verbose_name=_("watch policy")
    )
    key = models.CharField(_("signal"), max_length=40)  # of rules.watch.SIGNALS
    threshold = models.IntegerField(_("threshold"), null=True, blank=True)
    points = models.PositiveSmallIntegerField(_("points"))

    objects = FixedPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("signal of a watch policy")
        verbose_name_plural = _("signals of a watch policy")
        ordering = ["policy", "pk"]
        constraints = [models.UniqueConstraint(fields=["policy", "key"], name="watchsignal_once")]

    def __str__(self) -> str:
        return self.key


class WatchRun(Work):
    """One computation of the watch over the cleared compounds of an area; at night by nobody."""

    RIGHT = "watch.run"

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )

    policy = models.ForeignKey(
        WatchPolicy, models.PROTECT, related_name="runs", verbose_name=_("watch policy")
    )
    changed = models.PositiveIntegerField(_("scores written"), default=0)
    moved = models.PositiveIntegerField(_("compounds in another band"), default=0)
    opened = models.PositiveIntegerField(_("tasks opened"), default=0)
    ended = models.PositiveIntegerField(_("no longer under watch"), default=0)
    counts = models.JSONField(_("counts"), default=dict)

    class Meta:
        verbose_name = _("watch run")
        verbose_name_plural = _("watch runs")
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.area} {self.as_of:%Y-%m-%d}"


class WatchScore(Placed):
    """What the watch found of a case: points, band, and the record with every signal's value."""

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="scores", db_index=False, verbose_name=_("case")
    )
    run = models.ForeignKey(
        WatchRun, models.PROTECT, null=True, related_name="scores", verbose_name=_("watch run")
    )
    policy = models.ForeignKey(
        WatchPolicy, models.PROTECT, related_name="+", verbose_name=_("watch policy")
    )
    score = models.PositiveSmallIntegerField(_("points"))
    band = models.CharField(_("watch band"), max_length=10, choices=Band)
    hits = TagsField(_("signals that count"), max_length=400)
    record = models.JSONField(_("signals and trace"))
    digest = models.CharField(max_length=32)
    as_of = models.DateField(_("as of"))
    is_current = models.BooleanField(_("current"), default=True)

    placed_by = "case"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("watch score")
        verbose_name_plural = _("watch scores")
        ordering = ["-as_of", "-pk"]
        indexes = [
            models.Index(fields=["case", "-as_of", "-id"], name="watchscore_case"),
            models.Index(
                fields=["district", "band", "-score", "id"],
                condition=Q(is_current=True),
                name="watchscore_district",
            ),
            models.Index(
                fields=["street", "band", "-score", "id"],
                condition=Q(is_current=True),
                name="watchscore_street",
            ),
            models.Index(
                fields=["district", "-score", "id"],
                condition=Q(is_current=True),
                name="watchscore_points",
            ),
            models.Index(
                fields=["community", "-score", "id"],
                condition=Q(is_current=True),
                name="watchscore_community",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(is_current=True), name="watchscore_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_band_display()}"


class WatchTaskQuerySet(PlacedQuerySet):
    def open(self):
        return self.filter(done_on=None)

    def overdue(self, as_of):
        return self.open().filter(due_on__lt=as_of)


class WatchTask(Placed, Versioned):
    """A visit (yellow) or an order of the task force (red), with its deadline and outcome.

    A case has one open at a time: a visit that is still open when yellow turns red becomes the
    order. It is closed by a person's result alone, also when the compound is green again.
    """

    class Kind(models.TextChoices):
        VISIT = "VISIT", pgettext_lazy("watch", "visit")
        ORDER = "ORDER", pgettext_lazy("watch", "order")

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="watch_tasks", verbose_name=_("case")
    )
    score = models.ForeignKey(
        WatchScore, models.PROTECT, null=True, related_name="+", verbose_name=_("watch score")
    )
    kind = models.CharField(_("kind of task"), max_length=10, choices=Kind)
    opened_on = models.DateField(_("opened on"))
    due_on = models.DateField(_("due on"))
    escalated_on = models.DateField(_("made an order on"), null=True, editable=False)
    assigned_to = models.CharField(_("handled by"), max_length=100, blank=True)
    plan = models.TextField(_("plan"), max_length=1000, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    result = models.CharField(_("result"), max_length=500, blank=True)
    done_by = person(_("done by"), null=True)

    placed_by = "case"

    objects = WatchTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task of the watch")
        verbose_name_plural = _("tasks of the watch")
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["district", "done_on", "due_on", "id"], name="watchtask_district"),
            models.Index(fields=["street", "done_on", "due_on", "id"], name="watchtask_street"),
            models.Index(
                fields=["community", "done_on", "due_on", "id"], name="watchtask_community"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(done_on=None), name="watchtask_one_open"
            ),
            models.CheckConstraint(
                condition=Q(done_on=None) | (~Q(result="") & Q(done_by__isnull=False)),
                name="watchtask_done_with_result",
            ),
            models.CheckConstraint(
                condition=Q(done_on=None) | Q(done_on__gte=F("opened_on")),
                name="watchtask_done_after_opened",
                violation_error_message=_("It cannot have been done before it was opened."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()}"


class LossQuerySet(PlacedQuerySet):
    def open(self):
        return self.filter(state=Loss.State.REPORTED)


class Loss(Placed, Versioned):
    """A service reported lost: confirmed by another person, the case re-enters the campaign."""

    class State(models.TextChoices):
        REPORTED = "REPORTED", pgettext_lazy("loss", "reported")
        CONFIRMED = "CONFIRMED", pgettext_lazy("loss", "confirmed")
        REJECTED = "REJECTED", pgettext_lazy("loss", "not confirmed")

    case = models.ForeignKey(Case, models.PROTECT, related_name="losses", verbose_name=_("case"))
    lost_on = models.DateField(_("lost on"))
    reason = models.CharField(_("what happened"), max_length=300)
    document = models.CharField(_("document"), max_length=150, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.REPORTED, editable=False
    )
    reported_by = person(_("reported by"))
    reported_at = models.DateTimeField(_("reported at"), editable=False)
    decided_by = person(_("decided by"), null=True)
    decided_on = models.DateField(_("decided on"), null=True, editable=False)
    decision_reason = models.CharField(_("reason of the decision"), max_length=300, blank=True)
    emergency_provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("emergency provider"),
    )
    emergency_from = models.DateField(_("emergency service from"), null=True, blank=True)
    emergency_until = models.DateField(
        _("emergency service until"),
        null=True,
        blank=True,
        help_text=_("Six months at most."),
    )

    placed_by = "case"

    objects = LossQuerySet.as_manager()

    class Meta:
        verbose_name = _("lost service")
        verbose_name_plural = _("lost services")
        ordering = ["-lost_on", "-pk"]
        indexes = [
            models.Index(fields=["district", "-lost_on", "-id"], name="loss_district"),
            models.Index(fields=["street", "-lost_on", "-id"], name="loss_street"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="REPORTED"), name="loss_one_open"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("reported_by")),
                name="loss_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="REPORTED")
                | Q(decided_by__isnull=False, decided_on__isnull=False),
                name="loss_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(emergency_until=None) | Q(emergency_until__gte=F("emergency_from")),
                name="loss_emergency_term",
            ),
            models.CheckConstraint(
                condition=Q(emergency_provider=None, emergency_from=None, emergency_until=None)
                | Q(
                    emergency_provider__isnull=False,
                    emergency_from__isnull=False,
                    emergency_until__isnull=False,
                ),
                name="loss_emergency_whole",
                violation_error_message=_(
                    "Emergency service needs a provider, its first and its last day."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(state="REJECTED") | ~Q(decision_reason=""),
                name="loss_rejected_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.lost_on}"
