"""Figures as charts: which colour, which words, which rows behind each mark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from compounds.registry.models import DecisionState, Strategy
from governance.foundation.area_map import Shape, area_map, map_drawing
from governance.foundation.charts import StackedBars, Strip, Trend
from governance.foundation.drawing import Bar, Mark, grouped
from governance.foundation.templatetags.look import STRATEGY_CLASS
from governance.organisation.models import Area, Level

from .figures import Point, Situation
from .links import Links
from .rules import Sums, share_down, total


def below_word(area: Area) -> str:
    return _("Street") if area.level == Level.DISTRICT else _("Community")


def _kinds() -> list[tuple[str, str, str, str, str]]:
    """What an unmanaged compound can be: words, colour, filter, its value, name of the count.

    The four strategies in the order they are tried, then what has none yet.
    """
    kinds = [
        (capfirst(one.label), STRATEGY_CLASS[one.value], "strategy", one.value, "")
        for one in Strategy
    ]
    waiting = capfirst(DecisionState.INCOMPLETE.label)
    unmatched = capfirst(DecisionState.UNMATCHED.label)
    return [
        *kinds,
        (waiting, "st2", "decision", "INCOMPLETE", "waiting"),
        (unmatched, "st3", "decision", "UNMATCHED", "unmatched"),
        (_("Not classified yet"), "rest", "decision", "NEVER", "unclassified"),
    ]


def strategy_marks(
    sums: Sums, links: Links, inside: Area | None = None, kinds: Sequence[tuple] = ()
) -> list[Mark]:
    """Unmanaged compounds by strategy; `kinds` spares the words when there are many bars."""
    return [
        Mark(
            label,
            getattr(sums, count) if count else sums.strategies.get(value, 0),
            tone,
            links.unmanaged(inside, **{name: value}),
        )
        for label, tone, name, value, count in kinds or _kinds()
    ]


def outcome(now: Situation, links: Links) -> Strip:
    """How the unmanaged compounds of the place divide into strategies."""
    return Strip(
        _("Unmanaged compounds by strategy"),
        empty=_("There is no unmanaged compound here."),
        marks=strategy_marks(now.campaign, links),
    )


def by_strategy(
    now: Situation, links: Links, limit: int = 0, with_share: bool = False
) -> StackedBars:
    """Unmanaged compounds of each area below, divided by strategy; the fullest first.

    With a limit the areas beyond it share the last bar. With the share each bar also tells how
    much of all compounds of its area it is.
    """

    def text(unmanaged: Sums, everything: Sums) -> str:
        if not with_share or everything.unmanaged_percent is None:
            return ""
        return _("%(count)s, %(share)s%% of all") % {
            "count": grouped(unmanaged.unmanaged),
            "share": everything.unmanaged_percent,
        }

    areas = [area for area in now.children if now.campaign_by_child.get(area.pk)]
    areas.sort(key=lambda area: -now.campaign_by_child[area.pk].unmanaged)
    kinds = _kinds()
    bars = [
        Bar(
            area.name,
            strategy_marks(now.campaign_by_child[area.pk], links, area, kinds),
            links.place(area),
            text(now.campaign_by_child[area.pk], now.by_child[area.pk]),
        )
        for area in areas
    ]
    if limit and len(areas) > limit:
        rest = areas[limit - 1 :]
        cells = [cell for cell in now.cells if cell.area in {area.pk for area in rest}]
        sums = total(cell for cell in cells if cell.is_unmanaged)
        words = _("%(count)s others") % {"count": len(rest)}
        bars = [
            *bars[: limit - 1],
            Bar(
                words,
                strategy_marks(sums, Links(now.area, is_silent=True), kinds=kinds),
                text=text(sums, total(cells)),
            ),
        ]
    used = {mark.label for bar in bars for mark in bar.marks if mark.value}
    bars = [replace(bar, marks=[mark for mark in bar.marks if mark.label in used]) for bar in bars]
    return StackedBars(
        _("Strategies by area"),
        empty=_("There is no unmanaged compound here."),
        bars=bars,
        row_title=below_word(now.area),
        key_marks=[mark for mark in strategy_marks(now.campaign, links) if mark.label in used],
    )


def funnel(now: Situation, links: Links) -> StackedBars:
    """How far the unmanaged compounds have come; the pale rest of a bar is what is left to do."""
    sums = now.campaign
    steps = (
        (pgettext("stage", "Registered"), sums.compounds, "st1", {}, {}),
        (
            pgettext("stage", "Surveyed"),
            sums.surveyed,
            "st2",
            {"surveyed": "true"},
            {"surveyed": "false"},
        ),
        (
            pgettext("stage", "Verified"),
            sums.verified,
            "st2",
            {"verified": "true"},
            {"verified": "false"},
        ),
        (
            pgettext("stage", "Complete"),
            sums.complete,
            "st3",
            {"missing": "none"},
            {"missing": "any"},
        ),
        (
            pgettext("stage", "Decided"),
            sums.classified,
            "done",
            {"decision": "SETTLED"},
            {"decision": "OPEN"},
        ),
        (
            pgettext("stage", "Served"),
            sums.served,
            "st3",
            {"stage": "SERVED"},
            {},
        ),
        (
            pgettext("stage", "Net cleared"),
            sums.net_cleared,
            "done",
            {"stage": "CLEARED"},
            {"stage": "UNDER_WAY"},
        ),
    )
    bars = []
    for name, count, tone, reached, left in steps:
        share = share_down(count, sums.compounds)
        bars.append(
            Bar(
                name,
                [
                    Mark(pgettext("stage", "reached"), count, tone, links.unmanaged(**reached)),
                    Mark(
                        _("still to do"),
                        sums.compounds - count,
                        "rest",
                        links.unmanaged(**left) if left else "",
                        is_quiet=True,
                    ),
                ],
                links.unmanaged(**reached),
                text=f"{share}%" if share is not None else "—",
            )
        )
    return StackedBars(
        _("How far the unmanaged compounds have come"),
        empty=_("There is no unmanaged compound here."),
        bars=bars,
        row_title=_("Stage"),
        has_key=False,
    )


def gaps(now: Situation, links: Links, limit: int | None = None) -> StackedBars:
    """Missing key facts of each area below, most first, with the share that is known."""
    rows = [(area, now.by_child[area.pk]) for area in now.children if area.pk in now.by_child]
    rows.sort(key=lambda row: -row[1].missing_facts)
    return StackedBars(
        _("Missing facts by area"),
        empty=_("No key fact is missing here."),
        bars=[
            Bar(
                area.name,
                [
                    Mark(
                        _("facts missing"),
                        sums.missing_facts,
                        "st2",
                        links.compounds(area, missing="any"),
                    )
                ],
                links.compounds(area, missing="any"),
                text=_("%(share)s%% known") % {"share": sums.completeness},
            )
            for area, sums in rows[:limit]
        ],
        row_title=below_word(now.area),
        has_key=False,
    )


def _shapes(now: Situation, links: Links) -> list[Shape]:
    shapes = []
    for area in now.children:
        sums = now.by_child.get(area.pk) or Sums()
        share = sums.unmanaged_percent
        words = f"{share}%" if share is not None else "—"
        if area.boundary:
            shapes.append(Shape(area.name, area.boundary, share, words, links.place(area)))
    return shapes


def share_map(now: Situation, links: Links):
    """The areas below, tinted by their share of unmanaged compounds."""
    return area_map(_("Share of unmanaged compounds by area"), _shapes(now, links))


def wall_map(now: Situation, links: Links):
    """The same in the type of the wall."""
    title = _("Share of unmanaged compounds by area")
    return map_drawing(title, _shapes(now, links), (560, 420), "wall", em=24)


def trend(points: Sequence[Point], links_of_day: Callable[[dt.date], Links]) -> Trend:
    """Decided compounds at the end of each past week; nothing while only one week is known."""
    told = sum(1 for point in points if point.unmanaged) > 1
    return Trend(
        _("Unmanaged compounds with a decided strategy"),
        empty=_("The register is younger than a week; the trend shows from its second week on."),
        marks=[
            Mark(
                point.day.strftime("%m-%d"),
                point.decided,
                "st3",
                links_of_day(point.day).unmanaged(decision="SETTLED"),
            )
            for point in (points if told else ())
        ],
        column_title=_("Decided"),
    )
