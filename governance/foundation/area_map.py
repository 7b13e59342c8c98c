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
    """One drawing of the map within a frame, with type of `em` units."""
    outlines = [(shape, list(rings(shape.geometry or {}))) for shape in shapes]
    outlines = [(shape, found) for shape, found in outlines if found]
    points = [point for _shape, found in outlines for ring in found for point in ring]
    if not points:
        return SafeString("")
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    across, up = max((east - west) * squeeze, 1e-9), max(north - south, 1e-9)
    scale = min((frame[0] - 2 * MARGIN) / across, (frame[1] - 2 * MARGIN) / up)
    width, height = across * scale + 2 * MARGIN, up * scale + 2 * MARGIN

    def placed(point: Point) -> Point:
        return (
            MARGIN + (point[0] - west) * squeeze * scale,
            MARGIN + (north - point[1]) * scale,
        )

    areas, labels = [], []
    for shape, found in outlines:
        drawn = [[placed(point) for point in ring] for ring in found]
        path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in drawn)
        body = format_html('<path class="f-{}" fill-rule="evenodd" d="{}"/>', shape.tone, path)
        areas.append(linked(shape.href, f"{shape.name} {shape.words}", body))
        _extent, (x, y) = max((_centre(ring) for ring in drawn), key=lambda found: found[0])
        room = max(px for ring in drawn for px, _y in ring) - min(
            px for ring in drawn for px, _y in ring
        )
        room *= 0.8
        cls = "w" if shape.tone in DARK_TONES else "k"
        lines = [shape.name, shape.words] if text_width(shape.name, em) < room else [shape.words]
        if text_width(shape.words, em) > room:
            lines = []
        labels += [
            format_html(
                '<text class="{}" x="{}" y="{}">{}</text>',
                cls, round(x, 1),
                round(y + em * (0.36 + 1.25 * (line - (len(lines) - 1) / 2)), 1), words,
            )
            for line, words in enumerate(lines)
        ]  # fmt: skip
    return format_html(
        '<svg class="ch ch-{} area-map" role="group" aria-label="{}" viewBox="0 0 {} {}">'
        "{}{}</svg>",
        name, title, round(width), round(height),
        format_html_join("", "{}", ((area,) for area in areas)),
        format_html(
            '<g aria-hidden="true">{}</g>',
            format_html_join("", "{}", ((label,) for label in labels)),
        ),
    )  # fmt: skip
