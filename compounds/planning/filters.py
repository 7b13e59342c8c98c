"""Filters of the list of places in a plan."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.filters import PlacedFilterSet
from governance.foundation.filters import ChoiceFilter, NumberFilter, WordsFilter

from .models import PlanPlace

DIFFERENT, LEFT = "DIFFERENT", "LEFT"
SEVERAL = {DIFFERENT: PlanPlace.DIFFERENT, LEFT: PlanPlace.LEFT}


class OutcomeFilter(ChoiceFilter):
    """One outcome, or several by one word."""

    def filter(self, queryset, value):
        return queryset.filter(outcome__in=SEVERAL.get(value, [value])) if value else queryset


class SizeFilter(NumberFilter):
    """Households from, or below."""

    def __init__(self, lookup, **kwargs):
        super().__init__(**kwargs)
        self.lookup = lookup

    def filter(self, queryset, value):
        if value is None:
            return queryset
        return queryset.filter(**{f"households__{self.lookup}": int(value)})


class BundleFilter(NumberFilter):
    """The members of a bundle."""

    def filter(self, queryset, value):
        return queryset if value is None else queryset.filter(bundle__number=int(value))


class PlaceFilterSet(PlacedFilterSet):
    q = WordsFilter(
        *("compound__name", "compound__code", "bundle__provider__name", "today__name"),
        label=_("Compound, code or provider"),
    )
    outcome = OutcomeFilter(
        choices=[
            (DIFFERENT, pgettext_lazy("places in a plan", "all that differ from today")),
            (LEFT, _("left to fallback")),
            *PlanPlace.Outcome.choices,
        ],
        label=_("outcome"),
    )
    households_from = SizeFilter("gte", label=_("households, from"))
    households_below = SizeFilter("lt", label=_("households, below"))
    bundle = BundleFilter(label=_("number of the bundle"))

    line = ("q", "street", "community", "outcome")
    groups = ((_("More"), ("households_from", "households_below", "bundle")),)
    scoped = ("street", "community")

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]
