"""Filters of the lists of the watch."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.filters import PlacedFilterSet
from governance.foundation import dates
from governance.foundation.filters import ChoiceFilter, WordsFilter

from .models import Loss, WatchTask
from .models.watch import Band
from .rules import watch as rules

WARNED, EVERY, OPEN, LATE, DONE = "WARNED", "ALL", "OPEN", "LATE", "DONE"


CASE = ("case__compound__name", "case__compound__code", "case__provider__name")


class BandFilter(ChoiceFilter):
    def filter(self, queryset, value):
        if value == WARNED:
            return queryset.filter(band__in=[Band.RED, Band.YELLOW])
        return queryset if value in (None, "", EVERY) else queryset.filter(band=value)


class SignalFilter(ChoiceFilter):
    """Compounds for which one signal counts."""

    def filter(self, queryset, value):
        return queryset.filter(hits__contains=f" {value} ") if value else queryset


class HasTaskFilter(ChoiceFilter):
    """Compounds by the task that is open for them."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        tasks = WatchTask.objects.open().filter(case=OuterRef("case"))
        if value == LATE:
            tasks = tasks.overdue(dates.today())
        return queryset.filter(~Exists(tasks) if value == "NONE" else Exists(tasks))


class TaskStateFilter(ChoiceFilter):
    def filter(self, queryset, value):
        if value == OPEN:
            return queryset.open()
        if value == LATE:
            return queryset.overdue(dates.today())
        return queryset.filter(done_on__isnull=False) if value == DONE else queryset


class WatchFilterSet(PlacedFilterSet):
    q = WordsFilter(*CASE, label=_("Compound or provider"))
    band = BandFilter(
        choices=[
            (WARNED, _("yellow and red")),
            *reversed(Band.choices),
            (EVERY, pgettext_lazy("watch bands", "all")),
        ],
        label=_("watch band"),
    )
    signal = SignalFilter(
        choices=[(key, signal.label) for key, signal in rules.SIGNALS.items()],
        label=_("signal that counts"),
    )
    task = HasTaskFilter(
        choices=[
            (OPEN, pgettext_lazy("task of the watch", "open")),
            (LATE, pgettext_lazy("task of the watch", "late")),
            ("NONE", pgettext_lazy("task of the watch", "none")),
        ],
        label=_("visit or order"),
    )

    line = ("q", "street", "community", "band", "signal", "task")
    groups = ()
    scoped = ("street", "community")
    defaults = {"band": WARNED}


class WatchTaskFilterSet(PlacedFilterSet):
    q = WordsFilter(*CASE, label=_("Compound or provider"))
    kind = ChoiceFilter(choices=WatchTask.Kind.choices, label=_("kind of task"))
    state = TaskStateFilter(
        choices=[
            (OPEN, pgettext_lazy("task of the watch", "open")),
            (LATE, pgettext_lazy("task of the watch", "late")),
            (DONE, pgettext_lazy("task of the watch", "closed")),
            (EVERY, pgettext_lazy("tasks of the watch", "all")),
        ],
        label=_("state"),
    )

    line = ("q", "street", "community", "kind", "state")
    groups = ()
    scoped = ("street", "community")
    defaults = {"state": OPEN}


class LossFilterSet(PlacedFilterSet):
    q = WordsFilter(*CASE, label=_("Compound or provider"))
    state = ChoiceFilter(choices=Loss.State.choices, label=_("state"))

    line = ("q", "street", "community", "state")
    groups = ()
    scoped = ("street", "community")
