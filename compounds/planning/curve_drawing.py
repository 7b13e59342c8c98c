"""A curve of points on the server: a line, its dots with their numbers, the plan's own marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from governance.foundation.charts import Chart
from governance.foundation.drawing import MID, NARROW, Number, Size, pc, svg, text_width, words_at

SIDE = 5.0  # percent of the width left free on both sides, for numbers over the outer dots


@dataclass(frozen=True)
class Spot:
    """A value of a dial and what came of it; `name` says both in words."""

    x: float  # 0 to 1 from left to right
    y: Number
    at: str
    shown: str
    name: str
    is_plan: bool = False
    is_no_limit: bool = False  # the dial is off there: no value of it


@dataclass(frozen=True)
class Line(Chart):
    """A zero-based curve; every dot says its numbers, those that find room also beside it.

    Where searching on found a better plan under its own rules (`is_searched`), that one is the
    point of the curve, and `beside` the plan itself, if it can be told apart.
    """

    sizes: Sequence[Size] = (MID, NARROW)
    spots: Sequence[Spot] = ()
    beside: Spot | None = None
    is_searched: bool = False

    def is_empty(self) -> bool:
        return len(self.spots) < 2

    def draw(self, size: Size) -> SafeString:
        em = size.em
        high, base = em * 9.0, em * 11.0
        drawn = [*self.spots, *([self.beside] if self.beside else [])]
        top = float(max(spot.y for spot in drawn)) or 1.0
        place = {
            id(spot): (SIDE + (100 - 2 * SIDE) * spot.x, base - float(spot.y) / top * high)
            for spot in drawn
        }
        parts = [
            format_html(
                '<line class="l-axis" x1="0" x2="100%" y1="{}" y2="{}"/>', base + 0.5, base + 0.5
            ),
            *self._segments(place),
            *(self._dot(spot, place[id(spot)], em) for spot in drawn),
            *self._numbers(place, size, base),
        ]
        return svg(self.title, size, base + em * 2, parts, links=False)

    def _segments(self, place) -> Iterable[SafeString]:
        for first, second in pairwise(self.spots):
            (x1, y1), (x2, y2) = place[id(first)], place[id(second)]
            yield format_html(
                '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>',
                "l-beyond" if second.is_no_limit else "l-curve",
                pc(x1), round(y1, 1), pc(x2), round(y2, 1),
            )  # fmt: skip

    def _dot(self, spot: Spot, place: tuple[float, float], em: int) -> SafeString:
        kind = "beside" if spot is self.beside else "here" if spot.is_plan else "there"
        return format_html(
            '<circle class="dot-{}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>',
            kind, pc(place[0]), round(place[1], 1),
            round(em * (0.3 if kind == "there" else 0.46), 1), spot.name,
        )  # fmt: skip

    def _numbers(self, place, size: Size, base: float) -> Iterable[SafeString]:
        """Words over the dots and under the axis: the plan's own and the ends first."""
        em, last = size.em, len(self.spots) - 1
        order = sorted(
            range(last + 1), key=lambda n: (not self.spots[n].is_plan, n not in (0, last), n)
        )
        taken: dict[str, list[tuple[float, float]]] = {"over": [], "under": []}
        for number in order:
            spot = self.spots[number]
            x, y = place[id(spot)]
            rows = (("over", spot.shown, y - em * 0.75), ("under", spot.at, base + em * 1.45))
            for row, words, at in rows:
                half = text_width(words, em) / 2 + em * 0.3
                middle = x / 100 * size.width
                if any(abs(middle - other) < half + room for other, room in taken[row]):
                    continue
                taken[row].append((middle, half))
                cls = "v halo" if spot.is_plan else "halo"
                yield words_at(pc(x), at, words, cls=cls, anchor="middle")

    def key(self) -> SafeString:
        here = _("this plan")
        if self.is_searched:
            both = _("this plan, also searched further")
            here = _("its rules, searched further") if self.beside else both
        marks = [("here", here)] if any(spot.is_plan for spot in self.spots) else []
        if self.beside:
            marks.append(("beside", _("this plan")))
        return format_html(
            '<ul class="chart-key"><li><b>{}</b></li>{}</ul>',
            self.title,
            format_html_join(
                "",
                '<li><svg class="swatch" width="10" height="10" aria-hidden="true">'
                '<circle class="dot-{}" cx="5" cy="5" r="4"/></svg>{}</li>',
                marks,
            ),
        )

    def table(self) -> SafeString:
        """The page prints the numbers of all drawings of a curve in one table beneath them."""
        return SafeString("")
