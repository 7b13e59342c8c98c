"""Filters of cases; the board, the list and the bulk steps share them."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from compounds.registry.filters import PlacedFilterSet
from compounds.registry.models import Compound, Stage, Strategy
from governance.foundation import dates
from governance.foundation.filters import ChoiceFilter, DayFilter, TextFilter

from . import rules
from .desks import DESKS
from .models.watch import Band

TASKS, OPEN, EVER, LOST, GONE = "TASKS", "OPEN", "EVER", "LOST", "GONE"
LATE, SOON, NONE = "late", "soon", "none"


class SearchFilter(TextFilter):
    def filter(self, queryset, value):
        if not value:
            return queryset
        return queryset.filter(compound__in=Compound.objects.search(value).order_by().values("pk"))


class StateFilter(ChoiceFilter):
    """A stage, or what several of them have in common."""

    def filter(self, queryset, value):
        if value == TASKS:
            return queryset.exclude(state__in=rules.LEFT)
        if value == OPEN:
            return queryset.in_progress()
        if value == EVER:
            return queryset.ever_cleared()
        if value == LOST:
            return queryset.rebounded()
        if value == GONE:
            return queryset.filter(state__in=rules.LEFT)
        return super().filter(queryset, value)


class StrategyFilter(ChoiceFilter):
    """The strategy of the case, or the proposed one before it is confirmed."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        own, other = Q(strategy=value), Q(strategy="", compound__strategy=value)
        if value == "none":
            own, other = Q(strategy="", compound__strategy=""), Q(pk__in=())
        return queryset.filter(own | other)


class DueFilter(ChoiceFilter):
    def filter(self, queryset, value):
        today = dates.today()
        if value == LATE:
            return queryset.overdue(today)
        if value == SOON:
            return queryset.filter(due_on__range=(today, today + rules.SOON))
        return queryset.filter(due_on=None) if value == NONE else queryset


class DeskFilter(ChoiceFilter):
    """What waits for the reader: the same that the work list counts."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        user = self.parent.page.get("user")
        return queryset.filter(DESKS[value].waiting(user, dates.today()))


class ReachedFilter(ChoiceFilter):
    """Cases that have come at least so far, now or when they were cleared."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        so_far = rules.WAY[rules.position(value) :]
        found = Q(state__in=so_far) | Q(first_cleared_on__isnull=False)
        return queryset.exclude(state__in=rules.LEFT).filter(found)


class ProviderFilter(TextFilter):
    """A provider by its name (a part of it) or by its credit code."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        return queryset.filter(
            Q(provider__name__icontains=value) | Q(provider__credit_code=value.upper())
        )


class CaseFilterSet(PlacedFilterSet):
    """Filters of the cases."""

    q = SearchFilter(label=_("Name, address or code"))
    state = StateFilter(
        choices=[
            *Stage.choices,
            (TASKS, _("all of the campaign")),
            (OPEN, _("in progress")),
            (EVER, _("ever cleared")),
            (LOST, _("cleared once, not now")),
            (GONE, _("no longer in the campaign")),
        ],
        label=_("stage of clearing"),
    )
    strategy = StrategyFilter(
        choices=[*Strategy.choices, ("none", _("none yet"))], label=_("strategy")
    )
    due = DueFilter(
        choices=[
            (LATE, _("overdue")),
            (SOON, _("due within a week")),
            (NONE, _("without a deadline")),
        ],
        label=_("deadline"),
    )
    desk = DeskFilter(
        choices=[(desk.key, desk.title) for desk in DESKS.values()], label=_("waits for me")
    )
    reached = ReachedFilter(
        choices=[choice for choice in Stage.choices if choice[0] in rules.WAY],
        label=_("has reached"),
    )
    provider = ProviderFilter(max_length=100, label=_("provider"))
    leader = TextFilter(
        field_name="leader", lookup_expr="icontains", max_length=100, label=_("leader in charge")
    )
    band = ChoiceFilter(choices=Band.choices, label=_("watch band"))
    cleared_from = DayFilter(field_name="cleared_on", lookup_expr="gte", label=_("cleared from"))
    cleared_until = DayFilter(field_name="cleared_on", lookup_expr="lte", label=_("cleared until"))
    planned_until = DayFilter(
        field_name="planned_on", lookup_expr="lte", label=_("planned to be done by")
    )

    line = ("q", "street", "community", "state", "strategy", "due")
    groups = (
        (_("Work"), ("desk", "reached", "planned_until", "leader")),
        (_("Service"), ("provider", "band", "cleared_from", "cleared_until")),
    )
    scoped = ("street", "community")

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class BoardFilterSet(CaseFilterSet):
    """What the board is cut by."""

    line = ("street", "community", "strategy", "leader")
    groups = ()
