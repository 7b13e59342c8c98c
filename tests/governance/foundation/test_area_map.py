"""The small map of areas: every share is told, in the area or beside it."""

import itertools
import re

from governance.foundation.area_map import Shape, map_drawing


def square(name: str, west: float, south: float, width: float, height: float) -> Shape:
    ring = [(west, south), (west + width, south), (west + width, south + height)]
    ring += [(west, south + height), (west, south)]
    return Shape(name, {"type": "Polygon", "coordinates": [ring]}, 41, "41%")


def texts(drawing: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawing)


def test_a_small_area_is_named_beside_the_map_with_a_line_to_it():
    shapes = [square("小店街道", 0, 0, 4, 4), square("营盘街道", 0, 4, 0.2, 0.2)]
    drawing = map_drawing("Map", shapes, (400, 400), "wide")
    assert texts(drawing) == ["小店街道", "41%", "营盘街道 41%"]
    assert drawing.count("l-lead") == 1


def test_words_that_fit_stay_in_their_area():
    shapes = [square("甲街道", 0, 0, 2, 2), square("乙街道", 2, 0, 2, 2)]
    drawing = map_drawing("Map", shapes, (400, 400), "wide")
    assert texts(drawing) == ["甲街道", "41%", "乙街道", "41%"]
    assert "l-lead" not in drawing


def test_names_beside_the_map_never_meet():
    small = [square(f"第{n}街道", 0.01 * n, 4 + 0.01 * n, 0.01, 0.01) for n in range(5)]
    drawing = map_drawing("Map", [square("大街道", 0, 0, 4, 4), *small], (560, 400), "wide")
    heights = sorted(
        float(y) for y in re.findall(r'class="b (?:end|start)" x="[^"]*" y="([^"]*)"', drawing)
    )
    assert len(heights) == 5
    assert all(below - above > 12 for above, below in itertools.pairwise(heights))


def test_nothing_is_drawn_without_boundaries():
    assert map_drawing("Map", [Shape("甲", {}, 41, "41%")], (400, 400), "wide") == ""
