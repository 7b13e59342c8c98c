"""Pairings (包联): a cadre answers for compounds, a member or centre household for a household."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.models import Attachment, Building, Compound, Entrance
from governance.foundation.models import Versioned
from governance.organisation.models import Placed, PlacedQuerySet
from governance.people.models import VIEW, Person


class PairingQuerySet(PlacedQuerySet):
    def held(self):
        """Pairings that nobody has ended."""
        return self.filter(ended_on=None)

    def visible_to(self, user):
        """A pairing names a person: whoever sees the register of a place need not see it."""
        return self.filter(user.scope.granted(VIEW))


class Pairing(Placed, Versioned):
    """One person answers for one compound or one household of it.

    A county cadre answers for two or three compounds (S3-1), a serving member for one household
    that no other member has (S1-10), a centre household for hardship households.
    """

    class Kind(models.TextChoices):
        COUNTY_CADRE = "COUNTY_CADRE", _("county-level cadre to compounds")
        STREET_CADRE = "STREET_CADRE", _("street or community cadre to a compound")
        SERVING_MEMBER = "SERVING_MEMBER", _("serving member to a household")
        CENTRE_HOUSEHOLD = "CENTRE_HOUSEHOLD", _("centre household to a hardship household")

    TO_HOUSEHOLD = (Kind.SERVING_MEMBER, Kind.CENTRE_HOUSEHOLD)

    kind = models.CharField(_("kind of pairing"), max_length=20, choices=Kind)
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        related_name="pairings",
        verbose_name=pgettext_lazy("of a pairing", "person"),
    )
    compound = models.ForeignKey(
        Compound, models.PROTECT, related_name="pairings", verbose_name=_("compound")
    )
    building = models.ForeignKey(
        Building,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("building"),
    )
    entrance = models.ForeignKey(
        Entrance,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("stairwell", "entrance"),
    )
    # The door, not the people behind it: nothing about a household's hardship is kept.
    household = models.CharField(
        _("household"), max_length=40, blank=True, help_text=_("Building, entrance and door.")
    )
    starts_on = models.DateField(pgettext_lazy("of a pairing", "since"))
    ended_on = models.DateField(pgettext_lazy("of a pairing", "ended on"), null=True, blank=True)
    end_reason = models.CharField(_("reason of the end"), max_length=200, blank=True)
    notice = models.ForeignKey(
        Attachment,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("photo of the notice"),
    )

    objects = PairingQuerySet.as_manager()
    placed_by = "compound"
    follows_merges = True  # of compounds

    class Meta:
        verbose_name = _("pairing")
        verbose_name_plural = _("pairings")
        ordering = ["kind", "person__name", "pk"]
        indexes = [
            models.Index(
                fields=["community", "kind"], name="pairing_community", condition=Q(ended_on=None)
            ),
            models.Index(
                fields=["street", "kind"], name="pairing_street", condition=Q(ended_on=None)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["COUNTY_CADRE", "STREET_CADRE"], household="")
                | Q(~Q(household=""), kind__in=["SERVING_MEMBER", "CENTRE_HOUSEHOLD"]),
                name="pairing_household_where_due",
                violation_error_message=_(
                    "Members and centre households are paired with a household, cadres with "
                    "the compound."
                ),
            ),
            models.UniqueConstraint(
                fields=["person", "compound", "kind"],
                condition=Q(ended_on=None, household=""),
                name="pairing_cadre_once",
                violation_error_message=_("This pairing stands already."),
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ended_on=None, kind="SERVING_MEMBER"),
                name="pairing_one_household_a_member",
                violation_error_message=_("A serving member is paired with one household."),
            ),
            models.UniqueConstraint(
                fields=["compound", "household"],
                condition=Q(ended_on=None, kind="SERVING_MEMBER"),
                name="pairing_one_member_a_household",
                violation_error_message=_("This household already has a serving member."),
            ),
            models.UniqueConstraint(
                fields=["person", "compound", "household"],
                condition=Q(ended_on=None, kind="CENTRE_HOUSEHOLD"),
                name="pairing_centre_household_once",
                violation_error_message=_("This pairing stands already."),
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("starts_on")),
                name="pairing_ends_after_it_begins",
                violation_error_message=_("A pairing ends after it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.household or self.compound}"

    @property
    def audit_label(self) -> str:
        """The log, which forgets nothing, learns neither the name nor the door."""
        return f"{self.compound} {self.get_kind_display()}"

    @property
    def is_to_household(self) -> bool:
        return self.kind in self.TO_HOUSEHOLD
