"""Filters of the lists of pairings, of county-level cadres and of working groups."""

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.filters import PlacedFilterSet
from governance.foundation.filters import ChoiceFilter, KnownFilter, TextFilter, WordsFilter
from governance.party_grid.filters import AllFilter, CodeFilter
from governance.party_grid.questions import counted

from . import groups, questions
from .models import Pairing

HELD, ENDED, EVERY = "held", "ended", "every"


class StateFilter(ChoiceFilter):
    def filter(self, queryset, value):
        if value == HELD:
            return queryset.held()
        return queryset.filter(ended_on__isnull=False) if value == ENDED else queryset


class TargetFilter(ChoiceFilter):
    """Paired with a household or with a whole compound."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        inside = questions.to_household()
        return queryset.filter(inside if value == "household" else ~inside)


class PersonFilter(TextFilter):
    """Pairings of one person by the number of the record."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        is_number = value.isascii() and value.isdigit() and len(value) < 19
        return queryset.filter(person=int(value)) if is_number else queryset.none()


class PairingFilterSet(PlacedFilterSet):
    q = WordsFilter(
        "person__name",
        "person__work_unit",
        "compound__name",
        "household",
        label=_("Person, compound or household"),
    )
    kind = ChoiceFilter(choices=Pairing.Kind.choices, label=_("kind of pairing"))
    target = TargetFilter(
        choices=[("household", _("a household")), ("compound", _("a compound"))],
        label=_("paired with"),
    )
    state = StateFilter(
        choices=[
            (HELD, pgettext_lazy("pairing", "standing")),
            (ENDED, pgettext_lazy("pairing", "ended")),
            (EVERY, pgettext_lazy("pairings", "all")),
        ],
        label=_("state"),
    )
    notice = KnownFilter(field_name="notice", label=_("photo of the notice"))
    person = PersonFilter(label=_("person"))
    compound = CodeFilter(field_name="compound", max_length=20, label=_("compound code"))

    line = ("q", "street", "community", "kind", "state")
    groups = ((_("More"), ("target", "notice", "compound")),)
    scoped = ("street", "community")
    defaults = {"state": HELD}

    def in_words(self, name, value):
        if name != "person":
            return super().in_words(name, value)
        names = self.filters[name].filter(self.queryset, value)
        return names.values_list("person__name", flat=True).first() or value

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class BoundsFilter(ChoiceFilter):
    def filter(self, queryset, value):
        if not value:
            return queryset
        return questions.by_bounds(queryset, value, self.parent.page["districts"])


class CadreFilterSet(PlacedFilterSet):
    """Places are those of the compounds: the view has cut the cadres by them."""

    q = WordsFilter("name", "work_unit", label=_("Name, unit or position"))
    bounds = BoundsFilter(
        choices=[
            (questions.OUT, _("too few or too many")),
            (questions.FEW, _("too few")),
            (questions.MANY, _("too many")),
            (questions.WITHIN, _("within the norm")),
            (questions.NOTHING, _("none yet")),
        ],
        label=_("compounds against the norm"),
    )

    line = ("q", "street", "community", "bounds")
    scoped = ("street", "community")

    def filter_queryset(self, queryset):
        for name, value in self.form.cleaned_data.items():
            if name not in ("street", "community"):
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class RolesFilter(ChoiceFilter):
    """Whether all roles of the working group are filled, some, or none."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        filled = (
            groups.held().order_by().values("compound").annotate(n=Count("kind", distinct=True))
        )
        complete = Q(pk__in=filled.filter(n__gte=len(groups.roles())).values("compound"))
        begun = Q(pk__in=groups.held().values("compound"))
        return queryset.filter(
            {"complete": complete, "begun": begun & ~complete, "none": ~begun}[value]
        )


class GroupFilterSet(PlacedFilterSet):
    q = WordsFilter("name", "code", label=_("Name or code"))
    roles = RolesFilter(
        choices=[
            ("complete", _("all roles filled")),
            ("begun", _("some roles filled")),
            ("none", _("nobody yet")),
        ],
        label=_("working group"),
    )
    all = AllFilter(counted)

    line = ("q", "street", "community", "roles", "all")
    scoped = ("street", "community")
    defaults = {"all": "0"}

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]
