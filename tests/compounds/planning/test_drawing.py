"""The map of a plan: numbers do not cover each other, and the view fits where compounds lie."""

from itertools import combinations

from compounds.planning.drawing import (
    HALF_HIGH,
    HALF_WIDE,
    MOST_HIGH,
    Anchor,
    Point,
    _labelled,
    plan_map,
)
from compounds.providers.drawing import Plane

FAR_SOUTH = {"type": "Polygon", "coordinates": [[[112.5, 30.0], [112.6, 30.0], [112.6, 37.9]]]}


def anchors(count, step=0.0):
    return [Anchor(at, f"样例{at}", 112.55 + step * at, 37.78, f"/{at}/") for at in range(count)]


def points(*places):
    return [Point("样例小区", east, north, 80, "KEPT", "/", None) for east, north in places]


def test_numbers_of_bundles_near_each_other_do_not_collide():
    near = anchors(20, step=0.0001)
    plane = Plane([(112.5, 37.7), (112.6, 37.9)], MOST_HIGH)
    labels = [label for _one, _at, label in _labelled(plane, near) if label]
    assert len(labels) == 20
    for (a, b), (c, d) in combinations(labels, 2):
        assert abs(a - c) >= 2 * HALF_WIDE or abs(b - d) >= 2 * HALF_HIGH


def test_the_largest_bundles_keep_their_number_where_there_is_no_room_for_all():
    plane = Plane([(112.5, 37.7), (112.6, 37.9)], MOST_HIGH)
    labels = [label for _one, _at, label in _labelled(plane, anchors(90))]
    assert None not in labels[:10]
    assert labels[0] == plane.at(112.55, 37.78)
    assert None in labels
    drawn = str(plan_map("样例", [], points((112.5, 37.7), (112.6, 37.9)), anchors(90)))
    assert drawn.count('<a href="/89/"') == 1


def test_the_view_is_that_of_the_compounds_and_as_tall_as_they_lie():
    tall = points((112.50, 37.60), (112.58, 37.80))
    drawn = str(plan_map("样例", [FAR_SOUTH], tall, []))
    height = int(drawn.split('viewBox="0 0 640 ')[1].split('"')[0])
    assert height == MOST_HIGH
    wide = str(plan_map("样例", [], points((112.3, 37.78), (112.7, 37.80)), []))
    assert int(wide.split('viewBox="0 0 640 ')[1].split('"')[0]) < 100
