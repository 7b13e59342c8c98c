"""Filters of the list of clusters."""

from django.utils.translation import gettext_lazy as _

from compounds.registry.filters import PlacedFilterSet
from governance.foundation.filters import ChoiceFilter, TextFilter, WordsFilter

from .models import FiveHave

YES_NO = (("true", _("yes")), ("false", _("no")))


class PassesFilter(ChoiceFilter):
    def filter(self, queryset, value):
        if not value:
            return queryset
        return queryset.passing() if value == "true" else queryset.failing()


class MissingFilter(ChoiceFilter):
    def filter(self, queryset, value):
        return queryset.without_item(value) if value else queryset


class HasFilter(ChoiceFilter):
    def filter(self, queryset, value):
        return queryset.with_item(value) if value else queryset


class EmergencyFilter(ChoiceFilter):
    def filter(self, queryset, value):
        return queryset.filter(is_emergency=value == "true") if value else queryset


class CompoundFilter(TextFilter):
    """The cluster of the compound with a code."""

    def filter(self, queryset, value):
        return queryset.filter(members__compound__code=value) if value else queryset


class ClusterFilterSet(PlacedFilterSet):
    q = WordsFilter("name", "code", label=_("Name or code"))
    passes = PassesFilter(choices=YES_NO, label=_("all five in place"))
    missing = MissingFilter(choices=FiveHave.Item.choices, label=_("item missing"))
    has = HasFilter(choices=FiveHave.Item.choices, label=_("item in place"))
    emergency = EmergencyFilter(choices=YES_NO, label=_("emergency mode"))
    compound = CompoundFilter(max_length=20, label=_("compound code"))

    line = ("q", "street", "community", "passes", "missing")
    groups = ((_("More"), ("has", "emergency", "compound")),)
    scoped = ("street", "community")

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]
