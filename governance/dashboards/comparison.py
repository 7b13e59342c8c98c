"""Areas compared by a measure: ranked where there is enough to compare, listed apart otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from governance.organisation.models import Area, Level

from .figures import Situation
from .links import Links
from .rules import LEAGUE_MINIMUM, Standing, Sums, league

MEASURES = ("cleared", "decided", "verified", "complete")


@dataclass(frozen=True)
class LeagueRow:
    """An area in the league, with the numbers its rank comes from."""

    area: Area
    standing: Standing
    sums: Sums
    href: str
    list_href: str


@dataclass(frozen=True)
class Comparison:
    """The areas below a place, best first by one measure of the unmanaged compounds."""

    now: Situation
    links: Links
    measure: str

    @property
    def minimum(self) -> int:
        return LEAGUE_MINIMUM["street" if self.now.area.level == Level.DISTRICT else "community"]

    @property
    def measures(self) -> list[dict]:
        """The measures to choose from, with the address of each."""
        day = {"as_of": self.now.day.isoformat()} if self.now.day else {}
        return [
            {
                "label": _measure_label(name),
                "href": "?" + urlencode({"measure": name, **day}),
                "is_current": name == self.measure,
            }
            for name in MEASURES
        ]

    @property
    def measure_label(self) -> str:
        return _measure_label(self.measure)

    @property
    def formula(self) -> str:
        return _("%(measure)s ÷ unmanaged compounds of the area") % {"measure": self.measure_label}

    @cached_property
    def _league(self) -> tuple[list[Standing], list[Standing]]:
        rows = []
        for area in self.now.children:
            sums = self.now.campaign_by_child.get(area.pk)
            if sums:
                part = {
                    "cleared": sums.net_cleared,
                    "decided": sums.classified,
                    "verified": sums.verified,
                    "complete": sums.complete,
                }[self.measure]
                rows.append((area.pk, part, sums.compounds))
        return league(rows, self.minimum)

    def _league_rows(self, standings: Sequence[Standing]) -> list[LeagueRow]:
        areas = {area.pk: area for area in self.now.children}
        reached = {
            "cleared": {"stage": "CLEARED"},
            "decided": {"decision": "SETTLED"},
            "verified": {"verified": "true"},
            "complete": {"missing": "none"},
        }[self.measure]
        return [
            LeagueRow(
                areas[row.area],
                row,
                self.now.campaign_by_child[row.area],
                self.links.place(areas[row.area]),
                self.links.unmanaged(areas[row.area], **reached),
            )
            for row in standings
        ]

    @cached_property
    def ranked(self) -> list[LeagueRow]:
        return self._league_rows(self._league[0])

    @cached_property
    def unranked(self) -> list[LeagueRow]:
        return self._league_rows(self._league[1])


def _measure_label(name: str) -> str:
    return {
        "cleared": _("Net cleared"),
        "decided": _("Strategy decided"),
        "verified": _("Survey verified"),
        "complete": _("Facts complete"),
    }[name]
