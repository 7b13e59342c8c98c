"""Who serves a compound and by which strategy, from proposal to end, with every step recorded."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from compounds.classification.models import Decision
from compounds.providers.models import Provider
from compounds.registry.models import Compound, Strategy
from governance.foundation.models import Versioned, person
from governance.organisation.models import Placed, PlacedQuerySet
from governance.organisation.scope import Role

# Who proposes, who reviews, who approves: three people.
PROPOSE = "assignment.propose"
REVIEW = "assignment.review"
APPROVE = "assignment.approve"


class AssignmentQuerySet(PlacedQuerySet):
    def active(self):
        return self.filter(state=Assignment.State.ACTIVE)

    def prepared(self):
        """On their way: proposed, reviewed or approved, not yet serving."""
        return self.filter(state__in=Assignment.PREPARED)

    def open(self):
        return self.filter(state__in=(*Assignment.PREPARED, Assignment.State.ACTIVE))


class Assignment(Placed, Versioned):
    """A provider for a compound: proposed, reviewed by the street, approved, active, ended.

    At most one is active and at most one is on its way, so that a successor can be prepared while
    the present one still serves.
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", pgettext_lazy("assignment", "proposed")
        STREET_REVIEWED = "STREET_REVIEWED", pgettext_lazy("assignment", "reviewed by the street")
        DISTRICT_APPROVED = (
            "DISTRICT_APPROVED",
            pgettext_lazy("assignment", "approved by the district"),
        )
        ACTIVE = "ACTIVE", pgettext_lazy("assignment", "active")
        ENDED = "ENDED", pgettext_lazy("assignment", "ended")
        WITHDRAWN = "WITHDRAWN", pgettext_lazy("assignment", "withdrawn")

    class EndReason(models.TextChoices):
        EXPIRED = "EXPIRED", _("the contract ran out")
        DISMISSED = "DISMISSED", _("dismissed by the owners")
        RESIGNED = "RESIGNED", _("the provider withdrew")
        REPLACED = "REPLACED", _("replaced by another provider")
        LOST = "LOST", _("service was lost")
        GONE = "GONE", _("the compound is no longer there")

    class Source(models.TextChoices):
        PROCEDURE = "PROCEDURE", _("decided here")
        IMPORT = "IMPORT", _("taken over by import")

    PREPARED = (State.PROPOSED, State.STREET_REVIEWED, State.DISTRICT_APPROVED)

    compound = models.ForeignKey(
        Compound, models.PROTECT, related_name="assignments", verbose_name=_("compound")
    )
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        db_index=False,
        related_name="assignments",
        verbose_name=_("provider"),
    )
    strategy = models.CharField(_("strategy"), max_length=20, choices=Strategy)
    decision = models.ForeignKey(
        Decision,
        models.PROTECT,
        null=True,
        editable=False,
        db_index=False,
        related_name="+",
        verbose_name=_("classification it rests on"),
    )
    replaces = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        db_index=False,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )
    reason = models.CharField(_("reason of the choice"), max_length=300, blank=True)
    exception_reason = models.CharField(
        _("reason for going without what is asked"),
        max_length=300,
        blank=True,
        help_text=_("Fallback without two failed rounds, or a firm that is not eligible."),
    )
    document = models.CharField(_("document"), max_length=150, blank=True)
    planned_on = models.DateField(_("planned completion"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=20, choices=State, default=State.PROPOSED, editable=False
    )
    prepared_by = person(_("prepared by"))
    reviewed_by = person(_("reviewed by"), null=True)
    approved_by = person(_("approved by"), null=True)
    starts_on = models.DateField(_("serves from"), null=True, blank=True, editable=False)
    ended_on = models.DateField(_("served until"), null=True, blank=True, editable=False)
    end_reason = models.CharField(
        _("reason of the end"), max_length=20, choices=EndReason, blank=True, editable=False
    )
    # What went before is taken over as written: who reviewed and approved it stands on its papers.
    source = models.CharField(
        _("source"), max_length=10, choices=Source, default=Source.PROCEDURE, editable=False
    )
    batch = models.CharField(max_length=40, blank=True, editable=False)

    placed_by = "compound"
    follows_merges = True

    objects = AssignmentQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["created_at", "updated_at"],
        no_db_index=["district", "street", "community"],
    )

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["district", "state", "id"], name="assignment_district"),
            models.Index(fields=["street", "state", "id"], name="assignment_street"),
            models.Index(fields=["provider", "state", "id"], name="assignment_provider"),
            models.Index(fields=["batch"], condition=~Q(batch=""), name="assignment_batch"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["compound"],
                condition=Q(state="ACTIVE"),
                name="assignment_one_active",
                violation_error_message=_("Another provider already serves this compound."),
            ),
            models.UniqueConstraint(
                fields=["compound"],
                condition=Q(state__in=["PROPOSED", "STREET_REVIEWED", "DISTRICT_APPROVED"]),
                name="assignment_one_prepared",
                violation_error_message=_("For this compound an assignment is already prepared."),
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("prepared_by")),
                name="assignment_reviewer_is_not_preparer",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | (~Q(approved_by=F("prepared_by")) & ~Q(approved_by=F("reviewed_by"))),
                name="assignment_approver_is_a_third",
            ),
            models.CheckConstraint(
                condition=Q(source="IMPORT")
                | Q(state__in=["PROPOSED", "WITHDRAWN"])
                | Q(reviewed_by__isnull=False),
                name="assignment_goes_on_reviewed",
            ),
            models.CheckConstraint(
                condition=Q(source="IMPORT")
                | Q(state__in=["PROPOSED", "STREET_REVIEWED", "WITHDRAWN"])
                | Q(approved_by__isnull=False),
                name="assignment_goes_on_approved",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ACTIVE", "ENDED"]) | Q(starts_on__isnull=False),
                name="assignment_serves_from_a_day",
            ),
            models.CheckConstraint(
                condition=(Q(state="ENDED", ended_on__isnull=False) & ~Q(end_reason=""))
                | (~Q(state="ENDED") & Q(ended_on=None)),
                name="assignment_ended_with_day_and_reason",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("starts_on")),
                name="assignment_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.compound} · {self.provider}"


class AssignmentStep(models.Model):
    """One step of an assignment: from which state to which, who, when, by which document, why.

    Never changed and never deleted. A step back needs a reason.
    """

    assignment = models.ForeignKey(
        Assignment, models.PROTECT, related_name="steps", verbose_name=_("assignment")
    )
    from_state = models.CharField(_("from"), max_length=20, choices=Assignment.State, blank=True)
    to_state = models.CharField(_("to"), max_length=20, choices=Assignment.State)
    on = models.DateField(_("day"))
    at = models.DateTimeField(_("recorded at"))
    by = person(_("by"))
    post = models.CharField(_("post"), max_length=200, blank=True)
    document = models.CharField(_("document"), max_length=150, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    batch = models.CharField(max_length=40, blank=True, db_index=True)

    class Meta:
        verbose_name = _("step of an assignment")
        verbose_name_plural = _("steps of an assignment")
        ordering = ["assignment", "pk"]

    def __str__(self) -> str:
        return f"{self.get_from_state_display()} → {self.get_to_state_display()}"

    @property
    def post_words(self) -> str:
        """The post by which it was done, in the present language."""
        place, _sep, role = self.post.partition("·")
        return f"{place} {dict(Role.choices).get(role, role)}".strip()


class BindingQuerySet(PlacedQuerySet):
    """Locks and refusals: what speaks against a pairing until somebody releases it."""

    def standing(self):
        return self.filter(released_on=None)


class AssignmentLock(Placed, Versioned):
    """What the choice of a provider is bound to: this firm, not this firm, or nobody for now."""

    class Kind(models.TextChoices):
        KEEP = "KEEP", _("only this provider")
        BAR = "BAR", _("not this provider")
        HOLD = "HOLD", _("nobody for the time being")

    compound = models.ForeignKey(
        Compound, models.PROTECT, related_name="assignment_locks", verbose_name=_("compound")
    )
    kind = models.CharField(_("kind of lock"), max_length=10, choices=Kind)
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="locks",
        verbose_name=_("provider"),
    )
    reason = models.CharField(_("reason"), max_length=300)
    document = models.CharField(_("document"), max_length=150, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)
    set_by = person(_("set by"))
    released_by = person(_("released by"), null=True)
    released_on = models.DateField(_("released on"), null=True, editable=False)
    release_reason = models.CharField(
        _("reason of the release"), max_length=300, blank=True, editable=False
    )

    placed_by = "compound"
    follows_merges = True

    objects = BindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("lock")
        verbose_name_plural = _("locks")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="HOLD") & Q(provider=None))
                | (Q(kind__in=["KEEP", "BAR"]) & Q(provider__isnull=False)),
                name="lock_names_its_provider",
            ),
            models.UniqueConstraint(
                fields=["compound", "kind", "provider"],
                condition=Q(released_on=None),
                name="lock_once",
                violation_error_message=_("This lock is already set."),
            ),
            models.UniqueConstraint(
                fields=["compound"],
                condition=Q(kind="HOLD", released_on=None),
                name="lock_held_once",
                violation_error_message=_("This lock is already set."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.compound}: {self.get_kind_display()}"


class Refusal(Placed, Versioned):
    """That a provider, the residents or the street said no to a pairing, and why."""

    class Party(models.TextChoices):
        PROVIDER = "PROVIDER", _("the provider")
        RESIDENTS = "RESIDENTS", _("the residents")
        STREET = "STREET", pgettext_lazy("who refused", "the street")
        DISTRICT = "DISTRICT", pgettext_lazy("who refused", "the district")

    compound = models.ForeignKey(
        Compound, models.PROTECT, related_name="refusals", verbose_name=_("compound")
    )
    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="refusals", verbose_name=_("provider")
    )
    party = models.CharField(_("who refused"), max_length=20, choices=Party)
    on = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=300)
    document = models.CharField(_("document"), max_length=150, blank=True)
    recorded_by = person(_("recorded by"))
    released_by = person(_("released by"), null=True)
    released_on = models.DateField(_("released on"), null=True, editable=False)
    release_reason = models.CharField(
        _("reason of the release"), max_length=300, blank=True, editable=False
    )

    placed_by = "compound"
    follows_merges = True

    objects = BindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("refusal")
        verbose_name_plural = _("refusals")
        ordering = ["-on", "-pk"]

    def __str__(self) -> str:
        return f"{self.compound} · {self.provider}"


class HandoverItem(Placed, Versioned):
    """One line of the list by which a compound is handed over to a provider, or back (950)."""

    class Direction(models.TextChoices):
        IN = "IN", _("taking over")
        OUT = "OUT", _("handing back")

    class Kind(models.TextChoices):
        DOCUMENTS = "DOCUMENTS", _("documents and drawings")
        OWNERS = "OWNERS", _("list of owners")
        ROOMS = "ROOMS", _("property rooms")
        EQUIPMENT = "EQUIPMENT", _("equipment")
        KEYS = "KEYS", _("keys and access")
        FUNDS = "FUNDS", _("money and accounts")
        SECURITY = "SECURITY", _("fire and security systems")
        STAFF = "STAFF", _("staff on post")
        OTHER = "OTHER", pgettext_lazy("hand-over", "other")

    assignment = models.ForeignKey(
        Assignment, models.PROTECT, related_name="handover", verbose_name=_("assignment")
    )
    direction = models.CharField(_("direction"), max_length=5, choices=Direction)
    kind = models.CharField(_("what"), max_length=20, choices=Kind)
    description = models.CharField(_("description"), max_length=200)
    quantity = models.PositiveIntegerField(
        _("quantity"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    condition = models.CharField(_("condition"), max_length=100, blank=True)
    done_on = models.DateField(_("handed over on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    placed_by = "assignment"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("item of a hand-over")
        verbose_name_plural = _("items of a hand-over")
        ordering = ["assignment", "direction", "pk"]

    def __str__(self) -> str:
        return self.description
