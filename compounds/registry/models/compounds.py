"""The compound, its buildings and entrances."""

from operator import attrgetter

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from governance.foundation.fields import FixedPointField, TagsField
from governance.foundation.models import Versioned
from governance.organisation.models import Placed, PlacedQuerySet

from .. import rules


class Kind(models.TextChoices):
    COMPOUND = "COMPOUND", _("compound")
    COURTYARD = "COURTYARD", _("courtyard")
    BUILDING = "BUILDING", _("single building")


class Ownership(models.TextChoices):
    COMMODITY = "COMMODITY", _("commodity housing")
    REFORMED = "REFORMED", _("reformed housing")
    UNIT = "UNIT", _("owned by a work unit")
    PUBLIC = "PUBLIC", _("public housing")
    SELF_BUILT = "SELF_BUILT", _("self-built")
    RESETTLEMENT = "RESETTLEMENT", _("resettlement housing")
    AFFORDABLE = "AFFORDABLE", _("affordable housing")
    MIXED = "MIXED", _("mixed ownership")


class UnitState(models.TextChoices):
    ACTIVE = "ACTIVE", _("existing")
    DISSOLVED = "DISSOLVED", _("dissolved")
    BANKRUPT = "BANKRUPT", _("bankrupt or restructured")
    NONE = "NONE", pgettext_lazy("state of the work unit", "none")


class Renovation(models.TextChoices):
    DONE = "DONE", _("renovated")
    SCHEDULED = "SCHEDULED", _("scheduled")
    NONE = "NONE", _("not renovated")


class ManagementMode(models.TextChoices):
    FIRM = "FIRM", _("property service enterprise")
    UNIT = "UNIT", _("run by the work unit")
    SELF = "SELF", _("self-managed by residents")
    COMMUNITY = "COMMUNITY", _("kept by the community")
    NONE = "NONE", _("nobody manages it")
    ABANDONED = "ABANDONED", _("abandoned by its provider")


class ProblemTag(models.TextChoices):
    """S0-3 and S2-15."""

    NO_PERSON = "NO_PERSON", _("nobody in charge")
    NO_MONEY = "NO_MONEY", _("no money")
    NO_RULES = "NO_RULES", _("no rules")
    OLD_EQUIPMENT = "OLD_EQUIPMENT", _("old equipment")
    DIRTY = "DIRTY", _("dirty environment")
    COMPLAINTS = "COMPLAINTS", _("frequent complaints")
    ELDERLY = "ELDERLY", _("many elderly residents")


class Strategy(models.TextChoices):
    """The four strategies (S0-7, S0-9, S0-10, S0-13), in the order they are tried."""

    UNIT_COBUILD = "UNIT_COBUILD", _("co-build by the work unit")
    RED_TAKEOVER = "RED_TAKEOVER", _("red-property takeover")
    SUBSIDY_TRANSITION = "SUBSIDY_TRANSITION", _("transition subsidy")
    FALLBACK = "FALLBACK", _("fallback service")


class DecisionState(models.TextChoices):
    """Where classification stands for a compound; blank while it was never classified."""

    DECIDED = "DECIDED", _("decided by rule")
    OVERRIDDEN = "OVERRIDDEN", _("decided by override")
    INCOMPLETE = "INCOMPLETE", _("waiting for facts")
    UNMATCHED = "UNMATCHED", _("no rule fits")


class Stage(models.TextChoices):
    """Where the clearing campaign stands for a compound (domain.md §5.1); blank without a case."""

    REGISTERED = "REGISTERED", pgettext_lazy("stage", "registered")
    SURVEYED = "SURVEYED", pgettext_lazy("stage", "survey to be verified")
    CLASSIFIED = "CLASSIFIED", pgettext_lazy("stage", "strategy to be approved")
    MATCHING = "MATCHING", pgettext_lazy("stage", "matching a provider")
    CONSULTING = "CONSULTING", pgettext_lazy("stage", "consulting residents")
    CONTRACTED = "CONTRACTED", pgettext_lazy("stage", "contract to be filed")
    SERVING = "SERVING", pgettext_lazy("stage", "serving")
    ACCEPTED = "ACCEPTED", pgettext_lazy("stage", "in acceptance")
    CLEARED = "CLEARED", pgettext_lazy("stage", "cleared")
    REBOUND = "REBOUND", pgettext_lazy("stage", "rebound")
    SUSPENDED = "SUSPENDED", pgettext_lazy("stage", "suspended")
    MERGED = "MERGED", pgettext_lazy("stage", "merged")
    EXCLUDED = "EXCLUDED", pgettext_lazy("stage", "left the campaign")


class Status(models.TextChoices):
    ACTIVE = "ACTIVE", pgettext_lazy("status of a compound", "active")
    MERGED = "MERGED", pgettext_lazy("status of a compound", "merged")
    DEMOLISHED = "DEMOLISHED", pgettext_lazy("status of a compound", "demolished")


class CompoundQuerySet(PlacedQuerySet):
    def active(self):
        return self.filter(status=Status.ACTIVE)

    def unmanaged(self):
        return self.active().filter(is_unmanaged=True)

    def search(self, text: str):
        """Compounds whose name, address or code contains every word of the text.

        They are sought by themselves, so that SQLite reads an index and not the wide rows.
        """
        found = self.model._base_manager.all()
        for word in text.split()[:5]:
            found = found.filter(search_text__contains=word.lower())
        return self.filter(pk__in=found.order_by().values("pk"))


_facts_of = attrgetter(*rules.DERIVED_FROM)


def _count(label, **kwargs):
    return models.PositiveIntegerField(label, null=True, blank=True, **kwargs)


def _yes_no(label, **kwargs):
    return models.BooleanField(label, null=True, blank=True, **kwargs)


def _area(label):
    return FixedPointField(label, null=True, blank=True, validators=[MinValueValidator(0)])


def _choice(label, choices):
    return models.CharField(label, max_length=20, choices=choices, blank=True, default="")


class Compound(Placed, Versioned):
    """A residential compound or courtyard: sheet A of the survey and what follows from it.

    Unknown is not zero: facts are null (or blank) until somebody has found them out, and
    `provenance` names the source and date of each fact that did not come with the survey.
    `strategy` and `decision` repeat the current classification, `stage` and `first_cleared_on` the
    case of the clearing campaign; each pair is written by that room alone.
    """

    code = models.CharField(
        _("compound code"),
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"^\d{12}-\d{4}$")],
        help_text=_("Code of the community and a serial number: 140105001004-0037."),
    )
    name = models.CharField(_("compound name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.COMPOUND)
    address = models.CharField(_("address"), max_length=200, blank=True)
    built_year = models.PositiveSmallIntegerField(
        _("year built"), null=True, blank=True, validators=[MinValueValidator(1900)]
    )
    building_count = _count(_("buildings"))
    entrance_count = _count(_("entrances"))
    household_count = _count(_("households"))
    resident_count = _count(_("residents"))
    floor_area_m2 = _area(_("floor area (m²)"))
    chargeable_area_m2 = _area(_("chargeable area (m²)"))
    ownership = _choice(_("ownership"), Ownership)
    unit_name = models.CharField(_("affiliated unit"), max_length=100, blank=True)
    unit_state = _choice(_("state of the unit"), UnitState)
    unit_distance_m = _count(_("distance to the unit (m)"))
    renovation = _choice(_("renovation"), Renovation)
    renovation_year = models.PositiveSmallIntegerField(
        _("year of renovation"), null=True, blank=True, validators=[MinValueValidator(1950)]
    )
    is_enclosed = _yes_no(_("enclosed"))
    is_contiguous = _yes_no(_("contiguous"))
    contiguity_group = models.CharField(_("contiguity group"), max_length=30, blank=True)
    management_mode = _choice(_("management mode"), ManagementMode)
    property_rooms_m2 = _area(_("property rooms (m²)"))
    parking_spaces = _count(_("parking spaces"))
    lift_count = _count(_("lifts"))
    has_committee = _yes_no(_("owners' or management committee"))
    problems = models.CharField(_("problems"), max_length=500, blank=True)
    problem_tags = TagsField(_("problem tags"))
    lacks_unit = _yes_no(_("no supervising unit"))
    lacks_service = _yes_no(_("no property service"))
    lacks_defence = _yes_no(_("no guards, fences or alarms"))
    is_three_none = _yes_no(_("three-none compound"))
    check_pipes = _yes_no(_("pipes sound"))
    check_power = _yes_no(_("power supply sound"))
    check_road = _yes_no(_("roads sound"))
    check_gate = _yes_no(_("gate sound"))
    longitude = models.FloatField(
        _("longitude"),
        null=True,
        blank=True,
        validators=[MinValueValidator(73), MaxValueValidator(136)],
    )
    latitude = models.FloatField(
        _("latitude"),
        null=True,
        blank=True,
        validators=[MinValueValidator(3), MaxValueValidator(54)],
    )
    surveyor = models.CharField(_("surveyor"), max_length=50, blank=True)
    surveyed_on = models.DateField(_("surveyed on"), null=True, blank=True)
    verified_on = models.DateField(_("verified on"), null=True, blank=True, editable=False)
    provenance = models.JSONField(_("sources of facts"), default=dict, editable=False)

    status = models.CharField(
        _("status"), max_length=20, choices=Status, default=Status.ACTIVE, editable=False
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        db_index=False,  # few rows have one: see the index with a condition
        related_name="merged_from",
        verbose_name=_("merged into"),
    )

    is_unmanaged = models.BooleanField(_("unmanaged"), null=True, editable=False)
    foundation_score = models.PositiveSmallIntegerField(
        _("foundation score"), null=True, editable=False
    )
    missing_count = models.PositiveSmallIntegerField(_("missing facts"), default=0, editable=False)
    asked_count = models.PositiveSmallIntegerField(_("facts asked for"), default=0, editable=False)
    search_text = models.CharField(max_length=330, blank=True, editable=False)

    strategy = models.CharField(
        _("strategy"), max_length=20, choices=Strategy, blank=True, default="", editable=False
    )
    decision = models.CharField(
        _("classification"),
        max_length=20,
        choices=DecisionState,
        blank=True,
        default="",
        editable=False,
    )
    # Written by the clearing campaign alone; the first day is kept whatever comes after.
    stage = models.CharField(
        _("stage of clearing"), max_length=20, choices=Stage, blank=True, default="", editable=False
    )
    first_cleared_on = models.DateField(_("first cleared on"), null=True, editable=False)

    objects = CompoundQuerySet.as_manager()
    # Past versions are found by record and by time only.
    history = HistoricalRecords(
        excluded_fields=["search_text", "created_at", "updated_at"],
        no_db_index=["code", "district", "street", "community", "merged_into"],
    )

    class Meta:
        verbose_name = _("compound")
        verbose_name_plural = _("compounds")
        ordering = ["code"]
        # Each order of the list has an index that holds the district, the status and the key, so
        # that a deep page never leaves it.
        indexes = [
            models.Index(fields=["district", "status", "code", "id"], name="compound_code"),
            models.Index(fields=["district", "status", "name", "id"], name="compound_name"),
            models.Index(
                fields=["district", "status", "household_count", "id"], name="compound_households"
            ),
            models.Index(
                fields=["district", "status", "floor_area_m2", "id"], name="compound_area"
            ),
            models.Index(fields=["district", "status", "built_year", "id"], name="compound_year"),
            models.Index(
                fields=["district", "status", "missing_count", "id"], name="compound_missing"
            ),
            # What a search counts is read from here alone, not from the wide rows.
            models.Index(fields=["district", "status", "search_text"], name="compound_searched"),
            models.Index(fields=["-updated_at", "-id"], name="compound_updated"),
            models.Index(fields=["street", "code"], name="compound_street_code"),
            models.Index(fields=["community", "name"], name="compound_community_name"),
            models.Index(
                fields=["district", "is_unmanaged", "strategy", "code"], name="compound_strategy"
            ),
            models.Index(fields=["district", "stage", "code"], name="compound_stage"),
            models.Index(
                fields=["contiguity_group"],
                condition=~Q(contiguity_group=""),
                name="compound_contiguity",
            ),
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="compound_merged_into",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["community", "name"],
                condition=Q(status=Status.ACTIVE),
                name="compound_name_once_in_community",
                violation_error_message=_("This community already has a compound of this name."),
            ),
            models.CheckConstraint(
                condition=(Q(status=Status.MERGED) & Q(merged_into__isnull=False))
                | (~Q(status=Status.MERGED) & Q(merged_into=None)),
                name="compound_merged_has_target",
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="compound_not_merged_into_itself"
            ),
            models.CheckConstraint(
                condition=(Q(floor_area_m2=None) | Q(floor_area_m2__gte=0))
                & (Q(chargeable_area_m2=None) | Q(chargeable_area_m2__gte=0))
                & (Q(property_rooms_m2=None) | Q(property_rooms_m2__gte=0)),
                name="compound_areas_not_negative",
                violation_error_message=_("An area cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(strategy="")
                | Q(decision__in=[DecisionState.DECIDED, DecisionState.OVERRIDDEN]),
                name="compound_strategy_is_decided",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def derive(self) -> None:
        """Set the columns that follow from the facts."""
        facts = dict(zip(rules.DERIVED_FROM, _facts_of(self), strict=True))
        for name, value in rules.derived(facts).items():
            setattr(self, name, value)
        self.search_text = f"{self.name} {self.address} {self.code}".lower()

    def save(self, *args, **kwargs):
        self.derive()
        super().save(*args, **kwargs)

    @property
    def has_affiliated_unit(self) -> bool | None:
        return rules.has_affiliated_unit(self.ownership, self.unit_name)

    @property
    def missing(self) -> list[str]:
        """Names of the key facts that nobody has found out yet."""
        return rules.missing_facts(
            {name: getattr(self, name) for name in (*rules.KEY_FACTS, *rules.UNIT_FACTS)}
        )

    def source_of(self, field: str) -> tuple[str, str]:
        """Source and ISO date of a fact: its own, else the survey's; ('', '') if unknown."""
        own = self.provenance.get(field)
        if own:
            return own[0], own[1]
        return ("survey", self.surveyed_on.isoformat()) if self.surveyed_on else ("", "")


class Building(Placed, Versioned):
    """A building of a compound (楼栋)."""

    compound = models.ForeignKey(
        Compound,
        models.PROTECT,
        db_index=False,  # the constraint below begins with it
        related_name="buildings",
        verbose_name=_("compound"),
    )
    number = models.CharField(_("building"), max_length=30)
    floors = models.PositiveSmallIntegerField(_("floors"), null=True, blank=True)
    household_count = _count(_("households"))
    lift_count = _count(_("lifts"))
    floor_area_m2 = _area(_("floor area (m²)"))

    placed_by = "compound"

    objects = PlacedQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["created_at", "updated_at"],
        no_db_index=["district", "street", "community"],
    )

    class Meta:
        verbose_name = _("building")
        verbose_name_plural = pgettext_lazy("noun", "buildings")
        ordering = ["compound", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["compound", "number"],
                name="building_number_once",
                violation_error_message=_("This compound already has this building."),
            )
        ]

    def __str__(self) -> str:
        return self.number


class Entrance(Placed, Versioned):
    """An entrance (stairwell) of a building (单元)."""

    building = models.ForeignKey(
        Building,
        models.CASCADE,
        db_index=False,  # the constraint below begins with it
        related_name="entrances",
        verbose_name=_("building"),
    )
    number = models.CharField(_("entrance"), max_length=30)
    household_count = _count(_("households"))

    placed_by = "building"

    objects = PlacedQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["created_at", "updated_at"],
        no_db_index=["district", "street", "community"],
    )

    class Meta:
        verbose_name = pgettext_lazy("stairwell", "entrance")
        verbose_name_plural = pgettext_lazy("stairwells", "entrances")
        ordering = ["building", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["building", "number"],
                name="entrance_number_once",
                violation_error_message=_("This building already has this entrance."),
            )
        ]

    def __str__(self) -> str:
        return self.number


class Adjacency(Versioned):
    """A correction to which compounds count as adjacent: a river between two, or a shared gate."""

    compound = models.ForeignKey(
        Compound, models.CASCADE, related_name="adjacencies", verbose_name=_("compound")
    )
    other = models.ForeignKey(
        Compound, models.CASCADE, related_name="+", verbose_name=_("other compound")
    )
    is_adjacent = models.BooleanField(_("adjacent"))
    reason = models.CharField(_("reason"), max_length=200)

    class Meta:
        verbose_name = _("adjacency correction")
        verbose_name_plural = _("adjacency corrections")
        constraints = [
            models.UniqueConstraint(fields=["compound", "other"], name="adjacency_once"),
            # One row a pair: the smaller id first.
            models.CheckConstraint(condition=Q(compound__lt=F("other")), name="adjacency_ordered"),
        ]

    def __str__(self) -> str:
        return f"{self.compound} / {self.other}"
