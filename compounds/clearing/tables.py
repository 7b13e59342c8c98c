"""The table of cases: where each stands, until when, by whom."""

from __future__ import annotations

from html import escape

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from compounds.registry.models import Strategy
from compounds.registry.tables import Place, StageChip
from governance.foundation import dates, tables
from governance.foundation.tables import UNKNOWN, plain
from governance.foundation.templatetags.look import STRATEGY_CLASS

from .models import Case
from .models.watch import Band
from .wording import due_html

SAMPLE = "140000000000-0000"
BAND_CLASS = {Band.GREEN: "ok", Band.YELLOW: "warn", Band.RED: "bad"}


def _label(name):
    return Case._meta.get_field(name).verbose_name


class Name(tables.Column):
    """The compound's name, as a link to its case."""

    css = "name"

    def writer(self, page):
        base, _sep, tail = reverse("clearing:case_detail", args=[SAMPLE]).partition(SAMPLE)
        return lambda name, code: f'<a href="{base}{escape(code)}{tail}">{escape(name)}</a>'

    def in_words(self, page):
        return lambda name, code: name


class Chosen(tables.Column):
    """The strategy of the case; before it is confirmed, what the register proposes."""

    css = "nowrap"

    def writer(self, page):
        mine, proposed = {}, {}
        word = escape(pgettext("strategy", "proposed"))
        for value, label in Strategy.choices:
            css = STRATEGY_CLASS[value]
            mine[value] = f'<span class="chip {css}">{plain(label)}</span>'
            proposed[value] = f'<span class="chip {css}">{plain(label)} · {word}</span>'
        return lambda own, other: mine.get(own) or proposed.get(other, UNKNOWN)

    def in_words(self, page):
        words = dict(Strategy.choices)
        return lambda own, other: str(words[own or other]) if own or other else None


class Due(tables.Column):
    """The deadline in days, with its date."""

    css = "nowrap"

    def writer(self, page):
        today = dates.today()
        known: dict = {}

        def write(due):
            if due is None:
                return UNKNOWN
            if due not in known:
                known[due] = due_html(due, today)
            return known[due]

        return write


class Since(tables.Column):
    """Days in the present stage."""

    css = "num"

    def writer(self, page):
        today, words = dates.today(), escape(_("%s d"))
        return lambda since: (
            f'<span title="{since.isoformat()}">{words % (today - since).days}</span>'
        )

    def in_words(self, page):
        today = dates.today()
        return lambda since: (today - since).days


class Firm(tables.Column):
    """The provider as a link."""

    def writer(self, page):
        base, _sep, tail = reverse("providers:provider_detail", args=[0]).partition("0")
        return lambda pk, name: f'<a href="{base}{pk}{tail}">{escape(name)}</a>' if pk else UNKNOWN

    def in_words(self, page):
        return lambda pk, name: name


class BandChip(tables.Column):
    """How the watch sees it."""

    css = "nowrap"

    def writer(self, page):
        chips = {
            value: f'<span class="chip {BAND_CLASS[value]}">{plain(label)}</span>'
            for value, label in Band.choices
        }
        return lambda value: chips.get(value, UNKNOWN)

    def in_words(self, page):
        words = dict(Band.choices)
        return lambda value: str(words[value]) if value else None


class CaseTable(tables.ListTable):
    """Cases, one a row; by deadline, those without one last."""

    name = Name(
        gettext_lazy("compound name"),
        reads=("compound__name", "compound__code"),
        sorts=("compound__name",),
        is_fixed=True,
    )
    street = Place(
        gettext_lazy("street"), reads=("street_id",), sorts=("compound__code",), css="aside nowrap"
    )
    community = Place(
        gettext_lazy("community"),
        reads=("community_id",),
        sorts=("compound__code",),
        css="aside nowrap",
    )
    state = StageChip(_label("state"), reads=("state", "first_cleared_on"), sorts=("state",))
    due_on = Due(gettext_lazy("deadline"), reads=("due_on",))
    strategy = Chosen(_label("strategy"), reads=("strategy", "compound__strategy"))
    provider = Firm(
        _label("provider"), reads=("provider_id", "provider__name"), sorts=("provider__name",)
    )
    entered_on = Since(gettext_lazy("in this stage"), reads=("entered_on",))
    leader = tables.Column(_label("leader"), css="aside")
    planned_on = tables.Day(_label("planned_on"), is_shown=False)
    band = BandChip(_label("band"), is_shown=False)
    code = tables.Column(gettext_lazy("compound code"), reads=("compound__code",), is_shown=False)
    households = tables.Number(
        gettext_lazy("households"), reads=("compound__household_count",), is_shown=False
    )
    floor_area = tables.Area(
        gettext_lazy("floor area (m²)"), reads=("compound__floor_area_m2",), is_shown=False
    )
    registered_on = tables.Day(_label("registered_on"), is_shown=False)
    served_from = tables.Day(_label("served_from"), is_shown=False)
    cleared_on = tables.Day(_label("cleared_on"), is_shown=False)
    first_cleared_on = tables.Day(_label("first_cleared_on"), is_shown=False)
    rebound_count = tables.Number(_label("rebound_count"), is_shown=False)
    watched_until = tables.Day(_label("watched_until"), is_shown=False)

    class Meta:
        order_by = ()

    @classmethod
    def order(cls, sort):
        """Cases without a day come last, whichever way the days are sorted."""
        paths = super().order(sort)
        if paths is None or sort.lstrip("-") not in ("due_on", "planned_on", "cleared_on"):
            return paths
        first, *rest = paths
        name = first.lstrip("-")
        column = F(name)
        by_day = column.desc(nulls_last=True) if first[0] == "-" else column.asc(nulls_last=True)
        return (by_day, *rest)
