"""The map of bases: streets as outlines, bases as points with the distance they go. No scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from governance.foundation.area_map import rings
from governance.foundation.drawing import data_table

from .rules import METRES_PER_DEGREE

WIDTH, HEIGHT, MARGIN = 640, 420, 14


@dataclass(frozen=True)
class Base:
    """A base: what it is called, where it lies, how far it goes, and its page."""

    name: str
    longitude: float
    latitude: float
    limit_m: int | None
    href: str


def base_map(
    title: str, areas: Sequence[tuple[str, dict[str, Any]]], bases: Sequence[Base]
) -> SafeString | str:
    """The map as a figure with its table; nothing where there is neither outline nor base."""
    outlines = [ring for _name, geometry in areas for ring in rings(geometry or {})]
    points = [point for ring in outlines for point in ring]
    points += [(base.longitude, base.latitude) for base in bases]
    if not points:
        return ""
    plane = Plane(points)
    table = data_table(
        title,
        [_("Base"), _("Longitude, latitude")],
        [
            [(base.name, base.href), (f"{base.longitude:.6f}, {base.latitude:.6f}", "")]
            for base in bases
        ],
    )
    return format_html(
        '<figure class="chart"><svg class="ch area-map base-map" role="group" aria-label="{}"'
        ' viewBox="0 0 {} {}"><g aria-hidden="true">{}{}</g>{}</svg>{}</figure>',
        title,
        WIDTH,
        round(plane.height),
        format_html_join(
            "", '<path class="outline" d="{}"/>', ((plane.path(ring),) for ring in outlines)
        ),
        format_html_join(
            "",
            '<circle class="reach" cx="{}" cy="{}" r="{}"/>',
            (
                (*plane.at(base.longitude, base.latitude), plane.metres(base.limit_m))
                for base in bases
                if base.limit_m
            ),
        ),
        format_html_join("", "{}", ((_point(plane, base),) for base in bases)),
        table,
    )


def _point(plane: Plane, base: Base) -> SafeString:
    dot = format_html(
        '<circle class="base" cx="{}" cy="{}" r="5"><title>{}</title></circle>',
        *plane.at(base.longitude, base.latitude),
        base.name,
    )
    if not base.href:
        return dot
    return format_html('<a href="{}" aria-label="{}">{}</a>', base.href, base.name, dot)


class Plane:
    """Degrees on a sheet: a plane projection at the middle latitude."""

    def __init__(self, points: Sequence[tuple[float, float]], height: float = HEIGHT):
        self.west = min(x for x, _y in points)
        self.north = max(y for _x, y in points)
        east, south = max(x for x, _y in points), min(y for _x, y in points)
        self.squeeze = cos(radians((self.north + south) / 2))
        wide = max((east - self.west) * self.squeeze, 1e-3)
        high = max(self.north - south, 1e-3)
        self.scale = min((WIDTH - 2 * MARGIN) / wide, (height - 2 * MARGIN) / high)
        self.height = high * self.scale + 2 * MARGIN
        self.left = (WIDTH - wide * self.scale) / 2

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (
            round(self.left + (x - self.west) * self.squeeze * self.scale, 1),
            round(MARGIN + (self.north - y) * self.scale, 1),
        )

    def metres(self, metres: float) -> float:
        return round(metres / METRES_PER_DEGREE * self.scale, 1)

    def path(self, ring) -> str:
        return "M" + "L".join(" ".join(map(str, self.at(x, y))) for x, y in ring) + "Z"
