"""What a boundary and a code must look like. Pure: values in, reasons out."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

MOST_POINTS = 50_000


def boundary_problem(value) -> str | None:
    """Why a value is no GeoJSON Polygon or MultiPolygon in WGS 84; None if it is one.

    Source: RFC 7946 §3.1.6 (rings are closed and have four or more positions).
    """
    if not isinstance(value, Mapping) or set(value) - {"type", "coordinates", "bbox", "crs"}:
        return _("A boundary is one GeoJSON geometry with type and coordinates.")
    kind, coordinates = value.get("type"), value.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        return _("A boundary is a Polygon or a MultiPolygon.")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        return _("The boundary has no rings.")
    points = 0
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            return _("The boundary has no rings.")
        for ring in polygon:
            if not isinstance(ring, list) or len(ring) < 4:
                return _("A ring has four or more points.")
            points += len(ring)
            if points > MOST_POINTS:
                return _("The boundary has too many points; simplify it.")
            if not all(_is_position(point) for point in ring):
                return _("A point is [longitude, latitude] in degrees (WGS 84).")
            if ring[0] != ring[-1]:
                return _("A ring ends where it begins.")
    return None


def outline_of(boundary: Mapping) -> str:
    """A boundary in short: type, number of points, and the beginning of its hash (SHA-256)."""
    text = json.dumps(boundary, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{boundary.get('type')} {_points_in(boundary.get('coordinates'))} {digest}"


def _points_in(coordinates) -> int:
    if not isinstance(coordinates, list) or not coordinates:
        return 0
    if not isinstance(coordinates[0], list):
        return 1
    return sum(_points_in(one) for one in coordinates)


def _is_position(point) -> bool:
    if not isinstance(point, list) or len(point) not in (2, 3):
        return False
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in point):
        return False
    longitude, latitude = point[:2]
    return (
        all(math.isfinite(one) for one in point)
        and -180 <= longitude <= 180
        and -90 <= latitude <= 90
    )


def code_below(parent: str, old: str, taken: Iterable[str]) -> str:
    """A free code under `parent` for an area that had `old`: the same tail, else the next free.

    Raises LookupError when every tail is taken.
    """
    taken = set(taken)
    width = len(old) - len(parent)
    tail = old[-width:] if width > 0 else ""
    if f"{parent}{tail}" not in taken:
        return f"{parent}{tail}"
    for number in range(1, 10**width):
        code = f"{parent}{number:0{width}d}"
        if code not in taken:
            return code
    raise LookupError(parent)
