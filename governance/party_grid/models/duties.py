"""Duties of people: who holds which post of the party grid, where, since when, until when."""

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Building, Compound, Entrance
from governance.foundation.models import Versioned
from governance.organisation.models import Area, Level, Located, PlacedQuerySet
from governance.people.models import Person

from ..rules import (
    BUILDING_HEAD,
    ENTRANCE_HEAD,
    GRID_HEAD,
    GROUP_LEADER,
    MICRO_GRID_HEAD,
    SECRETARY,
    Seat,
)
from .organisations import PartyOrganisation

SEATS = [
    (Seat.ORGANISATION, pgettext_lazy("of the Party", "party organisation")),
    (Seat.GRID, _("grid")),
    (Seat.MICRO_GRID, _("micro-grid")),
    (Seat.COMPOUND, _("compound")),
    (Seat.BUILDING, _("building")),
    (Seat.ENTRANCE, pgettext_lazy("stairwell", "entrance")),
]
# The column that says what a duty is held for.
SEAT_COLUMNS = {
    "organisation": [Seat.ORGANISATION],
    "grid": [Seat.GRID, Seat.MICRO_GRID],
    "compound": [Seat.COMPOUND],
    "building": [Seat.BUILDING],
    "entrance": [Seat.ENTRANCE],
}


class DutyKind(models.Model):
    """A post that people hold (code table). Its seat is what it is held for.

    The rules name some of them by key; the four members (四员) and the roles of a working group
    are the district's to name.
    """

    key = models.CharField(_("code"), max_length=30, primary_key=True)
    name = models.CharField(_("name"), max_length=40, unique=True)
    name_en = models.CharField(_("name in English"), max_length=60, blank=True)
    seat = models.CharField(_("held for"), max_length=20, choices=SEATS)
    seats_max = models.PositiveSmallIntegerField(
        _("holders at once, at most"), null=True, blank=True
    )
    needs_member = models.BooleanField(_("party members only"), default=False)
    is_four_members = models.BooleanField(_("one of the four members"), default=False)
    is_working_group = models.BooleanField(_("role of the working group"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("kind of duty")
        verbose_name_plural = _("kinds of duties")
        ordering = ["position", "key"]

    def __str__(self) -> str:
        return self.name if (get_language() or "").startswith("zh") else self.name_en or self.name


class DutyQuerySet(PlacedQuerySet):
    def held(self):
        """Duties that nobody has ended; one past its term is still held."""
        return self.filter(ended_on=None)

    def of_kind(self, *kinds: str):
        return self.filter(kind__in=kinds)

    def expiring(self, until: dt.date):
        """Held duties whose term has ended or ends by a day."""
        return self.held().filter(term_until__lte=until)


def _once(kind: str, seat: str, message) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        fields=[seat],
        condition=Q(kind=kind, ended_on=None),
        name=f"duty_{kind.lower()}_once",
        violation_error_message=message,
    )


class Duty(Located, Versioned):
    """A person holds a post for an organisation, grid, compound, building or entrance.

    `compound` is set for buildings and entrances too, so that a compound's duties are one index.
    """

    class Chosen(models.TextChoices):
        """推选方式 of sheet E."""

        ELECTED = "ELECTED", pgettext_lazy("chosen", "elected")
        RECOMMENDED = "RECOMMENDED", pgettext_lazy("chosen", "recommended")
        VOLUNTEERED = "VOLUNTEERED", pgettext_lazy("chosen", "volunteered")
        APPOINTED = "APPOINTED", pgettext_lazy("chosen", "appointed")
        CONCURRENT = "CONCURRENT", pgettext_lazy("chosen", "held concurrently")

    person = models.ForeignKey(
        Person, models.PROTECT, related_name="duties", verbose_name=_("person")
    )
    kind = models.ForeignKey(
        DutyKind, models.PROTECT, related_name="+", db_index=False, verbose_name=_("duty")
    )
    seat = models.CharField(max_length=20, choices=SEATS, editable=False)
    organisation = models.ForeignKey(
        PartyOrganisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="duties",
        verbose_name=pgettext_lazy("of the Party", "party organisation"),
    )
    grid = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="duties",
        limit_choices_to={"level__gte": Level.GRID},
        verbose_name=_("grid"),
    )
    compound = models.ForeignKey(
        Compound,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="duties",
        verbose_name=_("compound"),
    )
    building = models.ForeignKey(
        Building,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="duties",
        verbose_name=_("building"),
    )
    entrance = models.ForeignKey(
        Entrance,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="duties",
        verbose_name=pgettext_lazy("stairwell", "entrance"),
    )
    chosen = models.CharField(_("how chosen"), max_length=20, choices=Chosen, blank=True)
    starts_on = models.DateField(_("since"), null=True, blank=True)
    term_until = models.DateField(_("term ends on"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("reason of the end"), max_length=200, blank=True)

    objects = DutyQuerySet.as_manager()
    follows_merges = True  # of compounds

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        ordering = ["kind", "pk"]
        indexes = [
            # Figures by community and kind, and the lists behind them.
            models.Index(
                fields=["community", "kind", "compound"],
                name="duty_community_held",
                condition=Q(ended_on=None),
            ),
            models.Index(
                fields=["street", "kind"], name="duty_street_held", condition=Q(ended_on=None)
            ),
            models.Index(
                fields=["term_until", "id"],
                name="duty_term",
                condition=Q(ended_on=None, term_until__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="duty_has_one_seat",
                condition=Q(
                    seat=Seat.ORGANISATION,
                    organisation__isnull=False,
                    grid=None,
                    compound=None,
                    building=None,
                    entrance=None,
                )
                | Q(
                    seat__in=[Seat.GRID, Seat.MICRO_GRID],
                    grid__isnull=False,
                    organisation=None,
                    compound=None,
                    building=None,
                    entrance=None,
                )
                | Q(
                    seat=Seat.COMPOUND,
                    compound__isnull=False,
                    organisation=None,
                    grid=None,
                    building=None,
                    entrance=None,
                )
                | Q(
                    seat=Seat.BUILDING,
                    compound__isnull=False,
                    building__isnull=False,
                    organisation=None,
                    grid=None,
                    entrance=None,
                )
                | Q(
                    seat=Seat.ENTRANCE,
                    compound__isnull=False,
                    building__isnull=False,
                    entrance__isnull=False,
                    organisation=None,
                    grid=None,
                ),
            ),
            _once(SECRETARY, "organisation", _("This organisation has a secretary.")),
            _once(GROUP_LEADER, "organisation", _("This group has a leader.")),
            _once(GRID_HEAD, "grid", _("This grid has a head.")),
            _once(MICRO_GRID_HEAD, "grid", _("This micro-grid has a head.")),
            _once(BUILDING_HEAD, "building", _("This building has a head.")),
            _once(ENTRANCE_HEAD, "entrance", _("This entrance has a head.")),
            *(
                models.UniqueConstraint(
                    fields=["person", "kind", column],
                    condition=Q(ended_on=None, seat__in=seats),
                    name=f"duty_{column}_once_a_person",
                    violation_error_message=_("This person holds this duty here already."),
                )
                for column, seats in SEAT_COLUMNS.items()
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(starts_on=None) | Q(ended_on__gte=F("starts_on")),
                name="duty_ends_after_it_begins",
                violation_error_message=_("A duty ends after it begins."),
            ),
            models.CheckConstraint(
                condition=Q(term_until=None) | Q(starts_on=None) | Q(term_until__gt=F("starts_on")),
                name="duty_term_after_begin",
                violation_error_message=_("The term ends after the duty begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.kind}"

    def save(self, *args, **kwargs):
        """A duty in a compound lies where the compound lies."""
        if self.compound_id:
            self.place_in(self.compound)
        super().save(*args, **kwargs)

    @property
    def audit_label(self) -> str:
        """The log is read by people who see no names: place and post stand for the duty."""
        places = (self.organisation, self.grid, self.compound, self.building, self.entrance)
        return " ".join(str(one) for one in (*places, self.kind) if one)

    @property
    def held_for(self):
        """What the duty is held for."""
        return self.organisation or self.grid or self.entrance or self.building or self.compound
