"""Areas as polygons that share every border exactly.

Coordinates are WGS84 in whole micro-degrees (about 0.1 m), so that "these areas fill their
parent and do not overlap" is integer arithmetic and can be proved, not only looked at.
"""

from math import cos, hypot, radians, sin

Point = tuple[int, int]
Ring = list[Point]

MICRO = 1_000_000
METRES_PER_DEGREE = 111_320.0


def micro(longitude: float, latitude: float) -> Point:
    return round(longitude * MICRO), round(latitude * MICRO)


def double_area(ring: Ring) -> int:
    """Twice the signed area in square micro-degrees; positive when counter-clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in edges(ring))


def edges(ring: Ring) -> list[tuple[Point, Point]]:
    return list(zip(ring, ring[1:] + ring[:1], strict=True))


def counter_clockwise(ring: Ring) -> Ring:
    return ring if double_area(ring) > 0 else ring[::-1]


def metres(point: Point, origin: Point) -> tuple[float, float]:
    """Metres east and north of the origin; good to a few metres within one district."""
    scale = METRES_PER_DEGREE / MICRO
    east = (point[0] - origin[0]) * scale * cos(radians(origin[1] / MICRO))
    return east, (point[1] - origin[1]) * scale


def offset(origin: Point, east: float, north: float) -> Point:
    scale = METRES_PER_DEGREE / MICRO
    longitude = origin[0] + east / (scale * cos(radians(origin[1] / MICRO)))
    return round(longitude), round(origin[1] + north / scale)


def distance(a: Point, b: Point) -> float:
    return hypot(*metres(a, b))


def contains(ring: Ring, point: Point) -> bool:
    """True when the point lies inside the ring (ray casting)."""
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in edges(ring):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


def centroid(ring: Ring) -> Point:
    total = double_area(ring)
    x = y = 0
    for (ax, ay), (bx, by) in edges(ring):
        cross = ax * by - bx * ay
        x += (ax + bx) * cross
        y += (ay + by) * cross
    return round(x / (3 * total)), round(y / (3 * total))


def wiggled(path: list[Point], rng, memory: dict) -> list[Point]:
    """Bend the long straight edges of a closed path a little; a shared edge bends once."""
    bent = []
    for a, b in edges(path):
        key = (min(a, b), max(a, b))
        if key not in memory:
            memory[key] = _bends(*key, rng)
        between = memory[key] if key == (a, b) else memory[key][::-1]
        bent += [a, *between]
    return bent


def _bends(a: Point, b: Point, rng) -> list[Point]:
    length = distance(a, b)
    count = int(length // 1300)
    east, north = metres(b, a)
    bends = []
    for step in range(1, count + 1):
        along = step / (count + 1) + rng.uniform(-0.06, 0.06)
        aside = rng.uniform(-0.035, 0.035)
        bends.append(offset(a, east * along - north * aside, north * along + east * aside))
    return bends


def split_into(ring: Ring, weights: list[float], rng) -> list[Ring]:
    """Cut a ring by straight lines into one piece per weight, area in proportion."""
    if len(weights) == 1:
        return [ring]
    half = len(weights) // 2
    share = sum(weights[:half]) / sum(weights)
    first, second = _cut(ring, share, rng)
    return split_into(first, weights[:half], rng) + split_into(second, weights[half:], rng)


def _cut(ring: Ring, share: float, rng) -> tuple[Ring, Ring]:
    origin = centroid(ring)
    flat = [metres(point, origin) for point in ring]
    width = max(x for x, _ in flat) - min(x for x, _ in flat)
    height = max(y for _, y in flat) - min(y for _, y in flat)
    base = 0.0 if width >= height else 90.0
    for turn in (rng.uniform(-9, 9), 0, 15, -15, 30, -30, 60, -60, 90):
        angle = radians(base + turn)
        pieces = _cut_along(ring, flat, origin, (cos(angle), sin(angle)), share)
        if pieces:
            return pieces
    raise ValueError("no straight line cuts this ring in two")


def _cut_along(ring, flat, origin, normal, share):
    heights = [x * normal[0] + y * normal[1] for x, y in flat]
    low, high = min(heights), max(heights)
    whole = abs(_plane_area(flat))
    for _ in range(60):
        level = (low + high) / 2
        part = abs(_plane_area(_below(flat, heights, level)))
        low, high = (level, high) if part < share * whole else (low, level)
    crossings = [
        index
        for index in range(len(ring))
        if (heights[index] < level) != (heights[(index + 1) % len(ring)] < level)
    ]
    if len(crossings) != 2:
        return None
    first, second = crossings
    doors = [_crossing(flat, heights, level, index, origin) for index in crossings]
    one = [doors[0], *ring[first + 1 : second + 1], doors[1]]
    other = [doors[1], *ring[second + 1 :], *ring[: first + 1], doors[0]]
    below_is_one = heights[first + 1] < level
    pieces = (one, other) if below_is_one else (other, one)
    return tuple(_tidy(piece) for piece in pieces)


def _plane_area(flat) -> float:
    pairs = zip(flat, flat[1:] + flat[:1], strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs) / 2


def _below(flat, heights, level):
    kept = []
    for index in range(len(flat)):
        after = (index + 1) % len(flat)
        if heights[index] < level:
            kept.append(flat[index])
        if (heights[index] < level) != (heights[after] < level):
            kept.append(_between(flat, heights, level, index))
    return kept or [(0.0, 0.0)]


def _between(flat, heights, level, index):
    after = (index + 1) % len(flat)
    t = (level - heights[index]) / (heights[after] - heights[index])
    (ax, ay), (bx, by) = flat[index], flat[after]
    return ax + (bx - ax) * t, ay + (by - ay) * t


def _crossing(flat, heights, level, index, origin) -> Point:
    return offset(origin, *_between(flat, heights, level, index))


def _tidy(ring: Ring) -> Ring:
    return [point for index, point in enumerate(ring) if point != ring[index - 1]]


def share_borders(rings: dict[str, Ring]) -> dict[str, Ring]:
    """Give every ring the corners of its neighbours that lie on its own edges."""
    rings = _welded(rings)
    corners = sorted({point for ring in rings.values() for point in ring})
    return {
        name: [point for a, b in edges(ring) for point in [a, *_corners_between(a, b, corners)]]
        for name, ring in rings.items()
    }


def _welded(rings: dict[str, Ring], reach: int = 6) -> dict[str, Ring]:
    """Make corners less than a metre apart one corner."""
    kept: dict[Point, Point] = {}
    for point in sorted({point for ring in rings.values() for point in ring}):
        near = [
            old
            for old in kept.values()
            if abs(old[0] - point[0]) <= reach and abs(old[1] - point[1]) <= reach
        ]
        kept[point] = near[0] if near else point
    return {name: _tidy([kept[point] for point in ring]) for name, ring in rings.items()}


def _corners_between(a: Point, b: Point, corners: list[Point], tolerance: float = 8.0):
    length = hypot(b[0] - a[0], b[1] - a[1])
    found = []
    for point in corners:
        if not (
            min(a[0], b[0]) - 9 <= point[0] <= max(a[0], b[0]) + 9
            and min(a[1], b[1]) - 9 <= point[1] <= max(a[1], b[1]) + 9
        ):
            continue
        dx, dy = point[0] - a[0], point[1] - a[1]
        along = (dx * (b[0] - a[0]) + dy * (b[1] - a[1])) / length
        aside = abs(dx * (b[1] - a[1]) - dy * (b[0] - a[0])) / length
        if aside <= tolerance and tolerance < along < length - tolerance:
            found.append((along, point))
    return [point for _, point in sorted(found)]


def random_point(ring: Ring, rng, towards_centre: float = 0.0) -> Point:
    """A random point inside; `towards_centre` 0…1 draws it to where people live."""
    west, east = min(x for x, _ in ring), max(x for x, _ in ring)
    south, north = min(y for _, y in ring), max(y for _, y in ring)
    middle = centroid(ring)
    for _ in range(2000):
        x, y = rng.randint(west, east), rng.randint(south, north)
        x = round(x + (middle[0] - x) * towards_centre)
        y = round(y + (middle[1] - y) * towards_centre)
        if contains(ring, (x, y)):
            return x, y
    raise ValueError("no point found inside this ring")
