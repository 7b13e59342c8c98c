"""The map of a plan: bases with their bundles, and the way each compound is joined. No scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from compounds.providers.drawing import HEIGHT, WIDTH, Plane
from governance.foundation.area_map import rings

# More points than these are drawn without links: a page must open on an old computer.
MOST_LINKED = 1500


@dataclass(frozen=True)
class Point:
    """A compound: where it lies, how large, what became of it, and what it is joined to."""

    name: str
    longitude: float
    latitude: float
    households: int
    outcome: str
    href: str
    joined: tuple[float, float] | None  # its stepping stone, else its base; None: fallback


@dataclass(frozen=True)
class Anchor:
    """A base or centre that carries a bundle."""

    number: int
    name: str
    longitude: float
    latitude: float
    href: str


def plan_map(
    title: str,
    outlines: Sequence[dict[str, Any]],
    points: Sequence[Point],
    anchors: Sequence[Anchor],
) -> SafeString | str:
    """The map as a figure; nothing where there is nothing to draw."""
    shapes = [ring for geometry in outlines for ring in rings(geometry or {})]
    places = [point for ring in shapes for point in ring]
    places += [(one.longitude, one.latitude) for one in (*points, *anchors)]
    if not points:
        return ""
    plane = Plane(places)
    is_linked = len(points) <= MOST_LINKED
    return format_html(
        '<figure class="chart"><svg class="ch area-map plan-map" role="group" aria-label="{}"'
        ' viewBox="0 0 {} {}"><g aria-hidden="true">{}</g>'
        '<g class="joins" aria-hidden="true">{}</g>{}{}</svg></figure>',
        title,
        WIDTH,
        round(min(plane.height, HEIGHT)),
        format_html_join(
            "", '<path class="outline" d="{}"/>', ((plane.path(ring),) for ring in shapes)
        ),
        format_html_join("", '<path d="M{} {}L{} {}"/>', _joins(plane, points)),
        format_html_join("", "{}", ((_point(plane, one, is_linked),) for one in points)),
        format_html_join("", "{}", ((_anchor(plane, one),) for one in anchors)),
    )


def _joins(plane: Plane, points: Sequence[Point]):
    for one in points:
        if one.joined is not None:
            yield (*plane.at(one.longitude, one.latitude), *plane.at(*one.joined))


def _radius(households: int) -> float:
    """Larger compounds are larger points, within what can be told apart."""
    return round(min(2.2 + (households / 100) ** 0.5, 6.5), 1)


def _point(plane: Plane, one: Point, is_linked: bool) -> SafeString:
    x, y = plane.at(one.longitude, one.latitude)
    dot = format_html(
        '<circle class="{}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>',
        one.outcome.lower(),
        x,
        y,
        _radius(one.households),
        _("%(name)s, %(households)s households") % {"name": one.name, "households": one.households},
    )
    if not is_linked:
        return dot
    return format_html('<a href="{}" aria-label="{}" tabindex="-1">{}</a>', one.href, one.name, dot)


def _anchor(plane: Plane, one: Anchor) -> SafeString:
    x, y = plane.at(one.longitude, one.latitude)
    box = format_html(
        '<rect class="anchor" x="{}" y="{}" width="16" height="14" rx="2"/>',
        round(x - 8, 1),
        round(y - 7, 1),
    )
    number = format_html(
        '<text class="w" x="{}" y="{}" text-anchor="middle">{}</text>',
        x,
        round(y + 4, 1),
        one.number,
    )
    return format_html(
        '<a href="{}" aria-label="{}">{}{}<title>{}</title></a>',
        one.href,
        one.name,
        box,
        number,
        one.name,
    )
