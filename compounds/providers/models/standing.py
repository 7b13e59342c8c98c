"""What is known against and for a firm: ratings, credit events, cards, the blacklist (§5.6)."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound
from governance.foundation.fields import FixedPointField
from governance.foundation.models import Versioned
from governance.organisation.models import Area, Level

from .. import rules
from .firms import Provider

USER = settings.AUTH_USER_MODEL


def _user(name, **more):
    return models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=name, **more
    )


class OfProviderQuerySet(models.QuerySet):
    """Rows that hang on a firm and are seen by whoever sees it."""

    def visible_to(self, user):
        return self.filter(provider__district_id__in=user.scope.in_districts())


class RatingEntry(models.Model):
    """A credit rating as it was issued. `Provider.rating` is the newest one's."""

    provider = models.ForeignKey(
        Provider, models.CASCADE, related_name="ratings", verbose_name=_("provider")
    )
    rating = models.CharField(_("credit rating"), max_length=5, choices=Provider.Rating)
    score = FixedPointField(
        _("score"),
        places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(999)],
    )
    issuer = models.CharField(_("issued by"), max_length=100, blank=True)
    issued_on = models.DateField(_("issued on"))
    document = models.CharField(_("document number"), max_length=100, blank=True)
    by = _user(_("entered by"))
    batch = models.CharField(max_length=40, blank=True, editable=False)

    objects = OfProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit rating")
        verbose_name_plural = _("credit ratings")
        ordering = ["-issued_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.provider} {self.rating}"


class CreditEvent(models.Model):
    """Points for something good or bad. Never changed: a mistake is undone by its opposite."""

    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="credit_events", verbose_name=_("provider")
    )
    points = FixedPointField(
        _("points"),
        places=1,
        validators=[MinValueValidator(-100), MaxValueValidator(100)],
        help_text=_("Good ones are positive, bad ones negative: 2 or -5."),
    )
    reason = models.CharField(_("reason"), max_length=300)
    on = models.DateField(_("day of the event"))
    document = models.CharField(_("document number"), max_length=100, blank=True)
    by = _user(_("entered by"))

    objects = OfProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit event")
        verbose_name_plural = _("credit events")
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(points=0),
                name="credit_event_counts",
                violation_error_message=_("An event without points changes nothing."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.points:+}"


class Card(Versioned):
    """A yellow or red card, for one compound or for the firm as a whole."""

    class Colour(models.TextChoices):
        YELLOW = "YELLOW", _("yellow card")
        RED = "RED", _("red card")

    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="cards", verbose_name=_("provider")
    )
    colour = models.CharField(_("card"), max_length=10, choices=Colour)
    compound = models.ForeignKey(
        Compound,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="provider_cards",
        verbose_name=_("compound"),
    )
    reason = models.CharField(_("reason"), max_length=300)
    document = models.CharField(_("document number"), max_length=100, blank=True)
    given_on = models.DateField(_("given on"))
    given_by = _user(_("given by"))
    correct_by = models.DateField(_("to be corrected by"), null=True, blank=True)
    corrected_on = models.DateField(_("corrected on"), null=True, blank=True)
    correction = models.CharField(_("what was corrected"), max_length=300, blank=True)

    follows_merges = True  # of compounds

    objects = OfProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        ordering = ["-given_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(corrected_on=None) | Q(corrected_on__gte=F("given_on")),
                name="card_corrected_after_given",
                violation_error_message=_("It cannot be corrected before the card was given."),
            ),
            models.CheckConstraint(
                condition=Q(correct_by=None) | Q(correct_by__gte=F("given_on")),
                name="card_due_after_given",
                violation_error_message=_("The time to correct cannot end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.get_colour_display()}"


OPEN = tuple(state for state in rules.MOVES if rules.is_open(state))


class BlacklistQuerySet(OfProviderQuerySet):
    def open(self):
        return self.filter(state__in=OPEN)

    def in_force(self, as_of):
        """What blocks new work on a day."""
        return self.filter(state=BlacklistEntry.State.IN_FORCE, term_until__gte=as_of)


class BlacklistEntry(Versioned):
    """A blacklisting from its proposal to its end. It ends no contract, but blocks new ones."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("waiting for the street's opinion")
        OPINION = "OPINION", _("the firm is to be notified")
        HEARING = "HEARING", _("the firm may be heard")
        IN_FORCE = "IN_FORCE", _("in force")
        REJECTED = "REJECTED", _("rejected")
        LIFTED = "LIFTED", _("lifted")
        ENDED = "ENDED", _("ended by its term")

    class Source(models.TextChoices):
        PROCEDURE = "PROCEDURE", _("decided here")
        IMPORT = "IMPORT", _("taken over by import")

    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="blacklistings", verbose_name=_("provider")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    source = models.CharField(
        _("source"), max_length=10, choices=Source, default=Source.PROCEDURE, editable=False
    )
    reason = models.CharField(_("reason"), max_length=300)
    document = models.CharField(_("document number"), max_length=100, blank=True)
    street = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"level": Level.STREET},
        verbose_name=_("street whose opinion is asked"),
    )
    proposed_by = _user(_("proposed by"))
    proposed_on = models.DateField(_("proposed on"))
    is_supported = models.BooleanField(_("the street agrees"), null=True, blank=True)
    opinion = models.CharField(_("the street's opinion"), max_length=300, blank=True)
    opinion_by = _user(_("opinion given by"))
    opinion_on = models.DateField(_("opinion given on"), null=True, blank=True)
    notified_on = models.DateField(_("firm notified on"), null=True, blank=True)
    heard_until = models.DateField(_("may be heard until"), null=True, blank=True)
    hearing = models.TextField(_("what the firm said"), max_length=2000, blank=True)
    heard_on = models.DateField(_("heard on"), null=True, blank=True)
    decided_by = _user(_("decided by"))
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    decision = models.CharField(_("grounds of the decision"), max_length=300, blank=True)
    decision_document = models.CharField(_("number of the decision"), max_length=100, blank=True)
    term_from = models.DateField(_("term from"), null=True, blank=True)
    term_until = models.DateField(_("term until"), null=True, blank=True)
    lifted_by = _user(_("lifted by"))
    lifted_on = models.DateField(_("lifted on"), null=True, blank=True)
    lift_reason = models.CharField(_("reason of lifting"), max_length=300, blank=True)
    batch = models.CharField(max_length=40, blank=True, editable=False)

    objects = BlacklistQuerySet.as_manager()

    class Meta:
        verbose_name = _("blacklisting")
        verbose_name_plural = _("blacklistings")
        ordering = ["-proposed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(state__in=OPEN),
                name="blacklisting_one_open",
                violation_error_message=_("A blacklisting of this firm is open already."),
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None)
                | Q(proposed_by=None)
                | ~Q(decided_by=F("proposed_by")),
                name="blacklisting_decided_by_another",
                violation_error_message=_("Who proposed it cannot decide it."),
            ),
            models.CheckConstraint(
                condition=~Q(state="IN_FORCE")
                | (
                    Q(term_until__gte=F("term_from"))
                    & (Q(source="IMPORT") | Q(decided_by__isnull=False))
                ),
                name="blacklisting_in_force_has_a_term",
                violation_error_message=_("A blacklisting in force has a decision and a term."),
            ),
            models.CheckConstraint(
                condition=Q(heard_until=None) | Q(heard_until__gte=F("notified_on")),
                name="blacklisting_heard_after_notice",
                violation_error_message=_("The time to be heard cannot end before the notice."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        return rules.is_open(self.state)
