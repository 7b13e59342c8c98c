"""Filters of the register: one for every fact that matters. Parameters are named like fields."""

from typing import Any

import django_filters
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from governance.foundation.filters import (
    Applied,
    ChoiceFilter,
    DayFilter,
    KnownFilter,
    ListFilterSet,
    NumberFilter,
    TextFilter,
    YesNoFilter,
)

from . import rules
from .models import (
    Compound,
    DecisionState,
    Kind,
    ManagementMode,
    Ownership,
    ProblemTag,
    Renovation,
    Stage,
    Status,
    Strategy,
    UnitState,
)
from .sources import Source

ANY, NONE = "any", "none"
NEVER, SETTLED, OPEN = "NEVER", "SETTLED", "OPEN"
EVER, LOST, UNDER_WAY, SERVED, NO_CASE = "EVER", "LOST", "UNDER_WAY", "SERVED", "NO_CASE"


def fact_choices() -> list[tuple[str, Any]]:
    """Key facts by name."""
    names = dict.fromkeys((*rules.KEY_FACTS, *rules.UNIT_FACTS))
    return [(name, Compound._meta.get_field(name).verbose_name) for name in names]


class PlaceFilter(TextFilter):
    """A street or community by its statistical code."""

    kind = "select"

    def __init__(self, column, **kwargs):
        super().__init__(field_name=column, **kwargs)

    def filter(self, queryset, value):
        if not value:
            return queryset
        place = self.parent.places.by_code.get(value)
        return queryset.filter(**{self.field_name: place.id}) if place else queryset.none()


class SearchFilter(TextFilter):
    """Every word in name, address or code; past versions have no search column."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        if hasattr(queryset, "search"):
            return queryset.search(value)
        for word in value.split()[:5]:
            queryset = queryset.filter(
                Q(name__icontains=word) | Q(address__icontains=word) | Q(code__icontains=word)
            )
        return queryset


class MissingFilter(ChoiceFilter):
    """Compounds that lack any key fact, none, or a certain one."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        if value == ANY:
            return queryset.filter(missing_count__gt=0)
        if value == NONE:
            return queryset.filter(missing_count=0)
        if value in rules.UNIT_FACTS:
            queryset = queryset.filter(Q(ownership=Ownership.UNIT) | ~Q(unit_name=""))
        is_text = Compound._meta.get_field(value).get_internal_type() == "CharField"
        return queryset.filter(**({value: ""} if is_text else {f"{value}__isnull": True}))


class TagFilter(ChoiceFilter):
    def filter(self, queryset, value):
        return queryset.filter(problem_tags__contains=f" {value} ") if value else queryset


class UnitFilter(YesNoFilter):
    """Whether the compound is a dormitory of a work unit."""

    def filter(self, queryset, value):
        yes = Q(ownership=Ownership.UNIT) | ~Q(unit_name="")
        if value == "true":
            return queryset.filter(yes)
        if value == "false":
            return queryset.exclude(yes).exclude(ownership="")
        return queryset.filter(ownership="", unit_name="") if value else queryset


class DecisionFilter(ChoiceFilter):
    def filter(self, queryset, value):
        if value == NEVER:
            return queryset.filter(is_unmanaged=True, decision="")
        decided = (DecisionState.DECIDED, DecisionState.OVERRIDDEN)
        if value == SETTLED:
            return queryset.filter(decision__in=decided)
        if value == OPEN:
            return queryset.filter(is_unmanaged=True).exclude(decision__in=decided)
        return super().filter(queryset, value)


class StageFilter(ChoiceFilter):
    """Where the campaign stands; also what it ever cleared, what fell back, and what is left."""

    def filter(self, queryset, value):
        if value == EVER:
            return queryset.filter(first_cleared_on__isnull=False)
        if value == LOST:
            return queryset.filter(first_cleared_on__isnull=False).exclude(stage=Stage.CLEARED)
        if value == NO_CASE:
            return queryset.filter(is_unmanaged=True, stage="")
        if value == SERVED:
            return queryset.filter(stage__in=rules.IN_SERVICE)
        if value == UNDER_WAY:
            return queryset.filter(is_unmanaged=True).exclude(stage=Stage.CLEARED)
        return super().filter(queryset, value)


class StatusFilter(ChoiceFilter):
    def filter(self, queryset, value):
        return queryset if value in (None, "", "ALL") else queryset.filter(status=value)


class SourceFilter(ChoiceFilter):
    """Compounds of which some fact comes from a source."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        text = Cast("provenance", TextField())
        return queryset.alias(sources=text).filter(sources__contains=f'"{value}"')


def _least(field, label):
    return NumberFilter(field_name=field, lookup_expr="gte", label=label)


def _most(field, label):
    return NumberFilter(field_name=field, lookup_expr="lte", label=label)


class PlacedFilterSet(ListFilterSet):
    """Filters of a list whose rows lie somewhere: street and community out of the scope's own."""

    street = PlaceFilter("street_id", label=gettext_lazy("street"))
    community = PlaceFilter("community_id", label=gettext_lazy("community"))

    def __init__(self, data, queryset, *, page=None):
        super().__init__(data, queryset, page=page)
        self.places = self.page["places"]

    def choices_of(self, name):
        if name == "street":
            return [(place.code, place.name) for place in self.places.streets]
        if name == "community":
            return [(place.code, place.name) for place in self.places.communities]
        return super().choices_of(name)

    @property
    def line_html(self):
        """A scope of one street needs no choice of street."""
        if len(self.places.streets) == 1 and not self.data.get("street"):
            names = [name for name in self.line if name != "street"]
            return SafeString("".join(self.control(name) for name in names))
        return super().line_html

    def options(self, name, value):
        if name != "community":
            return super().options(name, value)
        street = self.places.by_code.get(self.data.get("street") or "")
        html = self.places.community_options(street.id if street else None, str(_("all")))
        chosen = f'value="{value}"'
        return html.replace(chosen, f"{chosen} selected", 1) if value.isdigit() else html


class CompoundFilterSet(PlacedFilterSet):
    """Filters of the compound list, its export, its map and its bulk acts."""

    q = SearchFilter(label=gettext_lazy("Name, address or code"))
    is_unmanaged = YesNoFilter(label=gettext_lazy("unmanaged"))
    strategy = ChoiceFilter(choices=Strategy.choices, label=gettext_lazy("strategy"))
    decision = DecisionFilter(
        choices=[
            *DecisionState.choices,
            (NEVER, gettext_lazy("not classified yet")),
            (SETTLED, gettext_lazy("decided, by rule or override")),
            (OPEN, gettext_lazy("no strategy yet")),
        ],
        label=gettext_lazy("classification"),
    )
    stage = StageFilter(
        choices=[
            *Stage.choices,
            (EVER, gettext_lazy("ever cleared")),
            (LOST, gettext_lazy("cleared once, not now")),
            (UNDER_WAY, gettext_lazy("not cleared yet or no longer")),
            (SERVED, gettext_lazy("served now")),
            (NO_CASE, gettext_lazy("without a case")),
        ],
        label=gettext_lazy("stage of clearing"),
    )
    missing = MissingFilter(
        choices=[
            (ANY, gettext_lazy("any fact missing")),
            (NONE, gettext_lazy("complete")),
            *fact_choices(),
        ],
        label=gettext_lazy("missing facts"),
    )
    household_count_min = _least("household_count", gettext_lazy("households from"))
    household_count_max = _most("household_count", gettext_lazy("households up to"))
    floor_area_m2_min = _least("floor_area_m2", gettext_lazy("floor area from (m²)"))
    floor_area_m2_max = _most("floor_area_m2", gettext_lazy("floor area up to (m²)"))
    built_year_min = _least("built_year", gettext_lazy("built from"))
    built_year_max = _most("built_year", gettext_lazy("built up to"))
    kind = ChoiceFilter(choices=Kind.choices, label=gettext_lazy("kind"))
    ownership = ChoiceFilter(
        choices=Ownership.choices, with_unknown=True, label=gettext_lazy("ownership")
    )
    has_affiliated_unit = UnitFilter(label=gettext_lazy("has an affiliated unit"))
    unit_state = ChoiceFilter(
        choices=UnitState.choices, with_unknown=True, label=gettext_lazy("state of the unit")
    )
    renovation = ChoiceFilter(
        choices=Renovation.choices, with_unknown=True, label=gettext_lazy("renovation")
    )
    is_enclosed = YesNoFilter(label=gettext_lazy("enclosed"))
    is_contiguous = YesNoFilter(label=gettext_lazy("contiguous"))
    contiguity_group = TextFilter(
        max_length=30, label=gettext_lazy("contiguity group"), lookup_expr="exact"
    )
    management_mode = ChoiceFilter(
        choices=ManagementMode.choices, with_unknown=True, label=gettext_lazy("management mode")
    )
    has_committee = YesNoFilter(label=gettext_lazy("owners' or management committee"))
    is_three_none = YesNoFilter(label=gettext_lazy("three-none compound"))
    problem_tag = TagFilter(choices=ProblemTag.choices, label=gettext_lazy("problem tag"))
    foundation_score_min = _least("foundation_score", gettext_lazy("foundation score from"))
    located = KnownFilter(field_name="longitude", label=gettext_lazy("located on the map"))
    surveyed = KnownFilter(field_name="surveyed_on", label=gettext_lazy("surveyed"))
    verified = KnownFilter(field_name="verified_on", label=gettext_lazy("survey verified"))
    surveyed_from = DayFilter(
        field_name="surveyed_on", lookup_expr="gte", label=gettext_lazy("surveyed from")
    )
    surveyed_until = DayFilter(
        field_name="surveyed_on", lookup_expr="lte", label=gettext_lazy("surveyed until")
    )
    surveyor = TextFilter(max_length=50, lookup_expr="exact", label=gettext_lazy("surveyor"))
    source = SourceFilter(choices=Source.choices, label=gettext_lazy("source of a correction"))
    status = StatusFilter(
        choices=[*Status.choices, ("ALL", pgettext_lazy("statuses", "all"))],
        label=gettext_lazy("status"),
    )

    line = ("q", "street", "community", "is_unmanaged", "strategy", "stage")
    groups = (
        (
            gettext_lazy("Classification"),
            ("decision", "missing", "has_affiliated_unit", "unit_state", "foundation_score_min"),
        ),
        (
            gettext_lazy("Size and age"),
            (
                "household_count_min",
                "household_count_max",
                "floor_area_m2_min",
                "floor_area_m2_max",
                "built_year_min",
                "built_year_max",
            ),
        ),
        (
            gettext_lazy("Buildings and surroundings"),
            (
                "kind",
                "ownership",
                "renovation",
                "is_enclosed",
                "is_contiguous",
                "contiguity_group",
                "located",
            ),
        ),
        (
            gettext_lazy("Management"),
            ("management_mode", "has_committee", "is_three_none", "problem_tag", "status"),
        ),
        (
            gettext_lazy("Survey"),
            ("surveyed", "verified", "surveyed_from", "surveyed_until", "surveyor", "source"),
        ),
    )
    scoped = ("street", "community")
    defaults = {"status": Status.ACTIVE}
    # Filters on what later rooms know of a compound; they offer them (see `offer`).
    offered: dict[str, django_filters.Filter] = {}

    def __init__(self, data, queryset, *, page=None):
        super().__init__(data, queryset, page=page)
        is_past = queryset.model is not Compound
        for name in self.offered:
            if is_past:
                self.filters.pop(name, None)

    @property
    def shown_groups(self):
        """The groups, and in the first one what later rooms offer."""
        (title, names), *others = self.groups
        more = tuple(name for name in self.offered if name in self.filters)
        return [(title, (*names, *more)), *others]

    @property
    def applied(self) -> list[Applied]:
        return [one for one in super().applied if one.names != ("q",)]


def offer(name: str, one: django_filters.Filter) -> None:
    """Let a later room add a filter on what it knows of compounds."""
    one.field_name = one.field_name or name
    CompoundFilterSet.base_filters[name] = one
    CompoundFilterSet.offered[name] = one
