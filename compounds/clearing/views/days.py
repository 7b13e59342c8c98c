"""Where every case stood at the end of a past day: what the figures of that day open."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compounds.registry.filters import PlacedFilterSet
from compounds.registry.models import Stage, Strategy
from compounds.registry.places import places_of
from compounds.registry.tables import Place, StageChip
from governance.foundation import dates, tables
from governance.foundation.filters import ChoiceFilter, TextFilter
from governance.foundation.tables import day_of
from governance.foundation.views import Listing, ListPage
from governance.organisation.scope import REGISTER_VIEW

from .. import figures, rules
from ..filters import EVER, GONE, LOST, TASKS
from ..tables import Chosen, Name
from .common import FOLDER


class StateOfDayFilter(ChoiceFilter):
    """A stage, or what several of them have in common."""

    def filter(self, queryset, value):
        left = Q(to_state__in=rules.LEFT)
        if value == TASKS:
            return queryset.exclude(left)
        if value == GONE:
            return queryset.filter(left)
        if value == EVER:
            return queryset.filter(was_cleared=True).exclude(left)
        if value == LOST:
            return queryset.filter(was_cleared=True).exclude(left | Q(to_state=Stage.CLEARED))
        return super().filter(queryset, value)


class DayFilterSet(PlacedFilterSet):
    """Filters of the cases of a day."""

    q = TextFilter(
        field_name="case__compound__name",
        lookup_expr="icontains",
        label=gettext_lazy("Name"),
    )
    state = StateOfDayFilter(
        field_name="to_state",
        choices=[
            *Stage.choices,
            (TASKS, gettext_lazy("all of the campaign")),
            (EVER, gettext_lazy("ever cleared")),
            (LOST, gettext_lazy("cleared once, not now")),
            (GONE, gettext_lazy("no longer in the campaign")),
        ],
        label=gettext_lazy("stage of clearing"),
    )
    strategy = ChoiceFilter(
        field_name="chosen", choices=Strategy.choices, label=gettext_lazy("strategy")
    )
    line = ("q", "street", "community", "state", "strategy")
    groups = ()
    scoped = ("street", "community")


class StageThen(StageChip):
    """The stage of the day; the register's own mark of a rebound is of today."""

    def writer(self, page):
        write = super().writer(page)
        return lambda stage: write(stage, None)

    def in_words(self, page):
        write = super().in_words(page)
        return lambda stage: write(stage, None)


class DayTable(tables.ListTable):
    """Cases as they stood, one a row."""

    name = Name(
        gettext_lazy("compound name"),
        reads=("case__compound__name", "case__compound__code"),
        sorts=("case__compound__name",),
        is_fixed=True,
    )
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=("street__code",))
    community = Place(
        gettext_lazy("community"), reads=("community_id",), sorts=("case__compound__code",)
    )
    state = StageThen(gettext_lazy("stage of clearing"), reads=("to_state",))
    strategy = Chosen(gettext_lazy("strategy"), reads=("strategy", "case__compound__strategy"))
    on = tables.Day(gettext_lazy("in this stage since"))
    document = tables.Column(gettext_lazy("document"))

    class Meta:
        order_by = ()


class DayList(ListPage):
    """The cases of the reader's places on a day; without one, or with one to come, of yesterday."""

    template_name = f"{FOLDER}/day_list.html"
    right = REGISTER_VIEW

    @property
    def day(self) -> dt.date:
        asked = day_of(self.request.GET.get("as_of", ""))
        yesterday = dates.today() - dt.timedelta(days=1)
        return asked if asked and asked <= dates.today() else yesterday

    def listing(self):
        user = self.request.user
        context = {"places": places_of(user), "user": user, "day": self.day}
        listing = Listing(
            table=DayTable,
            filterset=DayFilterSet(
                self.request.GET, figures.steps_of_day(user, self.day), page=context
            ),
            query=self.request.GET,
            default_sort="community",
            context=context,
            idle=("street",) if len(context["places"].streets) == 1 else (),
        )
        asked = self.request.GET.get("as_of", "")
        if asked and day_of(asked) != self.day:
            listing.problems.append(_("That is no past day; yesterday is shown."))
        return listing

    def extra_context(self, listing):
        return {"day": self.day}


day_list = DayList.as_view()
