"""Proposals: what the layout of a place calls for, step by step, and what was done of it."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.foundation.models import Versioned
from governance.organisation.models import Area, Located, PlacedQuerySet

from ..rules import Act
from .organisations import PartyOrganisation

ACTS = [
    (Act.FOUND, _("found")),
    (Act.JOIN, _("merge into a joint branch")),
    (Act.SPLIT, _("split")),
    (Act.REATTACH, _("re-attach")),
    (Act.DISSOLVE, _("dissolve")),
    (Act.DRAW_GRID, _("draw a grid")),
]


class ProposalQuerySet(PlacedQuerySet):
    """Which proposals wait to be applied."""

    def with_newer(self):
        """Say of each in `has_newer` whether a later one was prepared for the same place."""
        later = Proposal.objects.filter(area=OuterRef("area"), pk__gt=OuterRef("pk"))
        return self.annotate(has_newer=Exists(later))

    def waiting(self):
        """The latest of each place, where steps of it are still to be taken."""
        open_ = ProposalStep.objects.filter(
            proposal=OuterRef("pk"), state__in=["OPEN", "UNDONE"]
        ).exclude(act=Act.DRAW_GRID)
        return self.with_newer().filter(Exists(open_), has_newer=False)


class Proposal(Located, Versioned):
    """The organisation that the layout of a street or community calls for, as of a moment."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("prepared by")
    )
    fingerprint = models.CharField(
        max_length=64, editable=False, help_text="Of the layout and organisations it rests on."
    )
    wanted = models.JSONField(default=list, editable=False)  # the tree, as plain nodes
    counts = models.JSONField(default=dict, editable=False)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["district", "-created_at"], name="proposal_district"),
            models.Index(fields=["street", "-created_at"], name="proposal_street"),
        ]

    def __str__(self) -> str:
        return f"{self.area} #{self.pk}"


class ProposalStep(models.Model):
    """One act of a proposal. It is applied with a document, and undone with its batch."""

    class State(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("step", "open")
        APPLIED = "APPLIED", pgettext_lazy("step", "applied")
        UNDONE = "UNDONE", pgettext_lazy("step", "undone")
        LEFT = "LEFT", pgettext_lazy("step", "left as it is")

    Act = Act

    proposal = models.ForeignKey(
        Proposal, models.CASCADE, related_name="steps", verbose_name=_("proposal")
    )
    position = models.PositiveIntegerField(_("position"))
    key = models.CharField(max_length=80, editable=False)
    act = models.CharField(_("act"), max_length=20, choices=ACTS)
    name = models.CharField(_("name"), max_length=100)
    plan = models.JSONField(default=dict, editable=False)  # what is to be founded or changed
    reasons = models.JSONField(default=list, editable=False)  # codes with their values
    organisation = models.ForeignKey(
        PartyOrganisation,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("of the Party", "party organisation"),
    )
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.OPEN)
    document_number = models.CharField(_("document number"), max_length=100, blank=True)
    document_on = models.DateField(_("date of the document"), null=True, blank=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("applied by"),
    )
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    # The proposal's, so that the database itself can tell two people apart.
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("prepared by"),
    )
    left_reason = models.CharField(_("why it was left"), max_length=200, blank=True)
    batch = models.UUIDField(null=True, blank=True, editable=False)
    before = models.JSONField(default=dict, editable=False)  # what undoing restores

    class Meta:
        verbose_name = _("step of a proposal")
        verbose_name_plural = _("steps of a proposal")
        ordering = ["proposal", "position"]
        indexes = [models.Index(fields=["batch"], name="proposalstep_batch")]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "position"], name="proposalstep_position"),
            models.CheckConstraint(
                condition=~Q(state="APPLIED")
                | Q(
                    ~Q(document_number=""),
                    document_on__isnull=False,
                    applied_by__isnull=False,
                    batch__isnull=False,
                ),
                name="proposalstep_applied_with_document",
            ),
            models.CheckConstraint(
                condition=Q(applied_by=None) | ~Q(applied_by=F("prepared_by")),
                name="proposalstep_two_people",
                violation_error_message=_("Preparer and approver are two people."),
            ),
            models.CheckConstraint(
                condition=~Q(state="LEFT") | ~Q(left_reason=""),
                name="proposalstep_left_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.name}"
