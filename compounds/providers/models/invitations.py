"""Invitations: a firm asked, in a round, whether it would serve a compound."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from compounds.registry.models import Compound
from governance.foundation.models import Versioned
from governance.organisation.models import Placed, PlacedQuerySet

from .firms import Provider


class Invitation(Placed, Versioned):
    """A provider asked, in a round, whether it would serve a compound; and its answer."""

    class Answer(models.TextChoices):
        WAITING = "WAITING", _("waiting for the answer")
        AGREED = "AGREED", _("agreed")
        AGREED_WITH_SUBSIDY = "AGREED_WITH_SUBSIDY", _("agreed with subsidy")
        REFUSED = "REFUSED", _("refused")
        NO_ANSWER = "NO_ANSWER", _("did not answer")

    compound = models.ForeignKey(
        Compound,
        models.PROTECT,
        db_index=False,  # the constraint below begins with it
        related_name="invitations",
        verbose_name=_("compound"),
    )
    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="invitations", verbose_name=_("provider")
    )
    round = models.PositiveSmallIntegerField(_("round"), validators=[MinValueValidator(1)])
    invited_on = models.DateField(_("invited on"))
    answer = models.CharField(_("answer"), max_length=20, choices=Answer, default=Answer.WAITING)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    letter = models.CharField(_("letter number"), max_length=60, blank=True)

    placed_by = "compound"
    follows_merges = True  # moves along when its compound is merged into another

    objects = PlacedQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["created_at", "updated_at"],
        no_db_index=["district", "street", "community"],
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["compound", "round", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["compound", "provider", "round"],
                name="invitation_once_a_round",
                violation_error_message=_("This provider was already invited in this round."),
            ),
            models.CheckConstraint(
                condition=Q(answered_on=None) | Q(answered_on__gte=F("invited_on")),
                name="invitation_answered_after_invited",
                violation_error_message=_("The answer cannot be earlier than the invitation."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.compound} / {self.provider} / {self.round}"
