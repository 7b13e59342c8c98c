"""A small map of areas drawn on the server: boundaries in, SVG out, one link per area.

Works without scripts and prints. Coordinates are degrees (WGS 84); a plane projection at the
middle latitude is true enough for a district. Tints go by share in five steps, and the number
itself is written on each area, so nothing is told by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from governance.foundation.drawing import DARK_TONES, Number, data_table, linked, text_width

# Upper bounds in percent of the first four tints.
STEPS = (10, 20, 30, 40)
MARGIN = 6
# More names than this beside the map would be a list of their own: the smallest areas go first.
MOST_BESIDE = 6
# Width and height of the drawing in its own units, by the width of the place it is put in.
WIDE, NARROW = (560, 400), (330, 360)

Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """An area's name, GeoJSON geometry, share in percent (None: none to show) and page."""

    name: str
    geometry: dict[str, Any]
    percent: Number | None
    words: str
    href: str = ""

    @property
    def tone(self) -> str:
        if self.percent is None:
            return "none"
        return f"q{1 + sum(float(self.percent) >= step for step in STEPS)}"


def rings(geometry: dict[str, Any]) -> Iterator[list[Point]]:
    """Outer and inner rings of a Polygon or MultiPolygon; nothing for anything else."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates") or []
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(kind, [])
    for polygon in polygons:
        for ring in polygon:
            if len(ring) >= 3:
                yield [(float(point[0]), float(point[1])) for point in ring]


def _centre(ring: Sequence[Point]) -> tuple[float, Point]:
    """Area and centroid of a ring in drawing units."""
    twice = x = y = 0.0
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = x1 * y2 - x2 * y1
        twice += cross
        x += (x1 + x2) * cross
        y += (y1 + y2) * cross
    if abs(twice) < 1e-9:
        return 0.0, ring[0]
    return abs(twice) / 2, (x / (3 * twice), y / (3 * twice))


def area_map(title: str, shapes: Sequence[Shape]) -> SafeString:
    """The map as a figure with a wide and a narrow drawing; nothing when nothing has a boundary."""
    wide = map_drawing(title, shapes, WIDE, "wide")
    if not wide:
        return wide
    narrow = map_drawing(title, shapes, NARROW, "narrow")
    table = data_table(
        title,
        [_("Name"), _("Share")],
        [[(shape.name, ""), (shape.words, shape.href)] for shape in shapes],
    )
    return format_html('<figure class="chart">{}{}{}</figure>', wide, narrow, table)


def map_drawing(
    title: str, shapes: Sequence[Shape], frame: tuple[int, int], name: str, em: int = 12
) -> SafeString:
    """One drawing of the map within a frame, with type of `em` units.

    A name too long for its area stands beside the map with a line to it, while those are few.
    """
    outlines = [(shape, list(rings(shape.geometry or {}))) for shape in shapes]
    outlines = [(shape, found) for shape, found in outlines if found]
    if not outlines:
        return SafeString("")
    drawn, beside = _laid_out(outlines, frame, em)
    width = max(x for one in drawn for ring in one.rings for x, _y in ring) + MARGIN
    height = max(y for one in drawn for ring in one.rings for _x, y in ring) + MARGIN
    west = min(x for one in drawn for ring in one.rings for x, _y in ring)
    lines, edges = [], []
    for one in drawn:
        if one not in beside:
            lines += _inside(one, em)
    for left in (True, False):
        column = [one for one in beside if one.is_left is left]
        x = west - em if left else width - MARGIN + em
        heights = _apart([one.centre[1] for one in column], 1.4 * em, em, height - em)
        for one, y in zip(sorted(column, key=lambda one: one.centre[1]), heights, strict=True):
            lines.append(("b end" if left else "b start", x, y + 0.36 * em, one.words_beside))
            start = (x + (0.3 * em if left else -0.3 * em), y)
            edges.append([round(number, 1) for number in (*start, *one.centre)])
        if column and not left:
            width = x + max(text_width(one.words_beside, em) for one in column) + MARGIN
    return format_html(
        '<svg class="ch ch-{} area-map" role="group" aria-label="{}" viewBox="0 0 {} {}">'
        '{}<g aria-hidden="true">{}{}</g></svg>',
        name, title, round(width), round(height),
        format_html_join(
            "", "{}",
            (
                (linked(one.shape.href, f"{one.shape.name} {one.shape.words}", one.body),)
                for one in drawn
            ),
        ),
        format_html_join(
            "",
            '<path class="l-lead" d="M{} {}L{} {}"/>'
            '<circle class="l-end" cx="{}" cy="{}" r="2.5"/>',
            ((*edge, *edge[2:]) for edge in edges),
        ),
        format_html_join(
            "", '<text class="{}" x="{}" y="{}">{}</text>',
            ((cls, round(x, 1), round(y, 1), words) for cls, x, y, words in lines),
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """An area in drawing units; `is_left` of the middle of the map."""

    shape: Shape
    rings: list[list[Point]]
    centre: Point
    is_left: bool

    @property
    def words_beside(self) -> str:
        return f"{self.shape.name} {self.shape.words}"

    @property
    def body(self) -> SafeString:
        path = "".join(
            "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in self.rings
        )
        return format_html('<path class="f-{}" fill-rule="evenodd" d="{}"/>', self.shape.tone, path)

    def room(self, lines: int, em: float) -> float:
        """Units across the area that `lines` of type centred in it may take."""
        x, y = self.centre
        reach = em * (0.5 + 0.625 * (lines - 1))
        return 2 * min(
            (
                abs(crossing - x)
                for level in (y - reach, y, y + reach)
                for crossing in self._crossings(level)
            ),
            default=0.0,
        )

    def _crossings(self, level: float) -> list[float]:
        found = []
        for ring in self.rings:
            for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
                if (y1 > level) != (y2 > level):
                    found.append(x1 + (level - y1) * (x2 - x1) / (y2 - y1))
        return found or [self.centre[0]]


def _placed(
    outlines: Sequence[tuple[Shape, list[list[Point]]]],
    frame: tuple[int, int],
    margins: tuple[float, float],
) -> list[Drawn]:
    """The areas as large as the frame allows, with margins left and right of them."""
    points = [point for _shape, found in outlines for ring in found for point in ring]
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    across, up = max((east - west) * squeeze, 1e-9), max(north - south, 1e-9)
    scale = min((frame[0] - 2 * MARGIN - sum(margins)) / across, (frame[1] - 2 * MARGIN) / up)
    middle = margins[0] + MARGIN + across * scale / 2

    def placed(point: Point) -> Point:
        return (
            margins[0] + MARGIN + (point[0] - west) * squeeze * scale,
            MARGIN + (north - point[1]) * scale,
        )

    drawn = []
    for shape, found in outlines:
        inside = [[placed(point) for point in ring] for ring in found]
        _extent, centre = max((_centre(ring) for ring in inside), key=lambda found: found[0])
        drawn.append(Drawn(shape, inside, centre, centre[0] < middle))
    return drawn


def _fits(one: Drawn, em: float) -> bool:
    """Whether an area has room for its name and its share, one above the other."""
    words = max(text_width(one.shape.name, em), text_width(one.shape.words, em))
    return words <= one.room(2, em)


def _laid_out(
    outlines: Sequence[tuple[Shape, list[list[Point]]]], frame: tuple[int, int], em: float
) -> tuple[list[Drawn], list[Drawn]]:
    """All areas, and those of them whose words stand beside the map.

    Words beside make the map smaller. Where other names would then be lost, and where too many
    lack room, only areas without room for their share get them.
    """
    drawn = _placed(outlines, frame, (0, 0))
    lacking = [one for one in drawn if not _fits(one, em)]
    if lacking and len(lacking) <= MOST_BESIDE:
        smaller, beside = _with_words_beside(outlines, frame, em, lacking)
        if all(_fits(one, em) for one in smaller if one not in beside):
            return smaller, beside
    tiny = [one for one in lacking if text_width(one.shape.words, em) > one.room(1, em)]
    if tiny:
        return _with_words_beside(outlines, frame, em, tiny[:MOST_BESIDE])
    return drawn, []


def _with_words_beside(
    outlines: Sequence[tuple[Shape, list[list[Point]]]],
    frame: tuple[int, int],
    em: float,
    chosen: Sequence[Drawn],
) -> tuple[list[Drawn], list[Drawn]]:
    margins = tuple(
        max(
            (text_width(one.words_beside, em) + 2 * em for one in chosen if one.is_left is left),
            default=0.0,
        )
        for left in (True, False)
    )
    drawn = _placed(outlines, frame, margins)
    names = {one.shape.name for one in chosen}
    return drawn, [one for one in drawn if one.shape.name in names]


def _inside(one: Drawn, em: float) -> list[tuple[str, float, float, str]]:
    """The words on an area as (class, x, y, text), as much as there is room for."""
    if _fits(one, em):
        words = [one.shape.name, one.shape.words]
    elif text_width(one.shape.words, em) <= one.room(1, em):
        words = [one.shape.words]
    else:
        return []
    cls, (x, y) = "w" if one.shape.tone in DARK_TONES else "k", one.centre
    return [
        (cls, x, y + em * (0.36 + 1.25 * (line - (len(words) - 1) / 2)), text)
        for line, text in enumerate(words)
    ]


def _apart(heights: Sequence[float], gap: float, least: float, most: float) -> list[float]:
    """Heights in order, moved as little as need be so that two lines never meet."""
    placed: list[float] = []
    for height in sorted(heights):
        placed.append(max(height, placed[-1] + gap if placed else least))
    for index in range(len(placed) - 1, -1, -1):
        below = placed[index + 1] - gap if index + 1 < len(placed) else most
        placed[index] = min(placed[index], below)
    return placed
