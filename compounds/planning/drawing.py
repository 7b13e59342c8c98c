"""The map of a plan: bases with their bundles, and the way each compound is joined. No scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from compounds.providers.drawing import WIDTH, Plane
from governance.foundation.area_map import rings

# More points than these are drawn without links: a page must open on an old computer.
MOST_LINKED = 1500
# A district may be taller than wide: the sheet is then, too.
MOST_HIGH = 860
# Where the number of a bundle may stand: on its base, else in rings about it.
HALF_WIDE, HALF_HIGH = 9.0, 8.0
RINGS, WAYS = (20.0, 34.0, 50.0), 12

Place = tuple[float, float]


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
    if not points:
        return ""
    shapes = [ring for geometry in outlines for ring in rings(geometry or {})]
    # What has no compound needs no room: outlines go on beyond the edge.
    plane = Plane([(one.longitude, one.latitude) for one in (*points, *anchors)], MOST_HIGH)
    is_linked = len(points) <= MOST_LINKED
    return format_html(
        '<figure class="chart"><svg class="ch area-map plan-map" role="group" aria-label="{}"'
        ' viewBox="0 0 {} {}"><g aria-hidden="true">{}</g>'
        '<g class="joins" aria-hidden="true">{}</g>{}{}</svg></figure>',
        title,
        WIDTH,
        round(plane.height),
        format_html_join(
            "", '<path class="outline" d="{}"/>', ((plane.path(ring),) for ring in shapes)
        ),
        format_html_join("", '<path d="M{} {}L{} {}"/>', _joins(plane, points)),
        format_html_join("", "{}", ((_point(plane, one, is_linked),) for one in points)),
        format_html_join("", "{}", ((_anchor(*one),) for one in _labelled(plane, anchors))),
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


def _labelled(plane: Plane, anchors: Sequence[Anchor]):
    """Each base with its place on the sheet and that of its number; None: it finds no room.

    The first come first: bundles are numbered by their size.
    """
    taken: list[Place] = []
    for one in anchors:
        at = plane.at(one.longitude, one.latitude)
        free = (spot for spot in _around(at) if _is_free(spot, taken, plane.height))
        label = next(free, None)
        if label is not None:
            taken.append(label)
        yield one, at, label


def _around(at: Place) -> Iterator[Place]:
    yield at
    for far in RINGS:
        for way in range(WAYS):
            turn = 2 * pi * way / WAYS
            yield round(at[0] + far * cos(turn), 1), round(at[1] + far * sin(turn), 1)


def _is_free(spot: Place, taken: Sequence[Place], height: float) -> bool:
    x, y = spot
    if not (HALF_WIDE <= x <= WIDTH - HALF_WIDE and HALF_HIGH <= y <= height - HALF_HIGH):
        return False
    return all(abs(x - a) >= 2 * HALF_WIDE or abs(y - b) >= 2 * HALF_HIGH for a, b in taken)


def _anchor(one: Anchor, at: Place, label: Place | None) -> SafeString:
    parts = [format_html('<circle class="anchor" cx="{}" cy="{}" r="3.5"/>', *at)]
    if label is not None:
        x, y = label
        if label != at:
            parts.append(
                format_html('<line class="lead" x1="{}" y1="{}" x2="{}" y2="{}"/>', *at, x, y)
            )
        parts.append(
            format_html(
                '<rect class="anchor" x="{}" y="{}" width="16" height="14" rx="2"/>',
                round(x - 8, 1),
                round(y - 7, 1),
            )
        )
        parts.append(
            format_html(
                '<text class="w" x="{}" y="{}" text-anchor="middle">{}</text>',
                x,
                round(y + 4, 1),
                one.number,
            )
        )
    said = f"{one.number} · {one.name}"
    return format_html(
        '<a href="{}" aria-label="{}">{}<title>{}</title></a>',
        one.href,
        said,
        format_html_join("", "{}", ((part,) for part in parts)),
        said,
    )
