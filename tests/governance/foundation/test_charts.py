"""Charts: widths add up, labels never meet, names are escaped, zero and empty are drawn."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from defusedxml import ElementTree

from governance.foundation.charts import Dots, StackedBars, Strip, Trend
from governance.foundation.drawing import (
    DARK_TONES,
    NARROW,
    WALL,
    WIDE,
    Bar,
    Mark,
    cut,
    grouped,
    place_labels,
    share_bar,
    spark,
    spread,
    text_width,
)

CSS = Path(__file__).parents[3] / "static" / "css"
STAGES = [
    Mark("净清零", 27, "done", "/a"),
    Mark("签约备案", 3, "st3", "/b"),
    Mark("征求意见", 4, "st2", "/c"),
    Mark("对接企业", 2, "st1", "/d"),
    Mark("反弹", 2, "bad", "/e"),
]
KINDS = [("单位协建", "unit"), ("红色物业", "red"), ("补贴过渡", "subsidy"), ("兜底", "fallback")]
LONG = "中国铁路太原局集团有限公司第一生活区社区居民委员会"


def bar(name, *values):
    marks = [
        Mark(label, value, tone, f"/?s={tone}")
        for (label, tone), value in zip(KINDS, values, strict=True)
    ]
    return Bar(name, marks, href="/area")


def xml(svg):
    return ElementTree.fromstring(str(svg))


def percent(element, name):
    return float(element.get(name).rstrip("%"))


def extents(svg, size, margin=0):
    """Left and right pixel of every text at the least width the drawing may have, by line."""
    track = size.width - margin * size.em
    for text in svg.iter("text"):
        x = text.get("x")
        at = percent(text, "x") / 100 * track if x.endswith("%") else float(x)
        at += float(text.get("dx", 0))
        width = text_width(text.text, size.em)
        left = at - {"start": 0, "middle": width / 2, "end": width}[text.get("text-anchor")]
        yield float(text.get("y")), left, left + width, text.text


def meet(spans):
    """Pairs of texts on the same line that overlap."""
    found = []
    spans = sorted(spans)
    for index, (y, left, right, text) in enumerate(spans):
        for y2, left2, right2, text2 in spans[index + 1 :]:
            if abs(y - y2) < 8 and left < right2 - 0.5 and left2 < right - 0.5:
                found.append((text, text2))
    return found


@pytest.mark.parametrize("values", [(1, 1, 1), (1000, 1, 1), (0, 5, 0), (7,), (1,) * 40])
def test_shares_add_up_to_a_hundred_even_when_small_ones_are_widened(values):
    assert sum(spread(values, 3)) == pytest.approx(100)
    assert all(
        share >= 2.5 for share, value in zip(spread(values, 3), values, strict=True) if value
    )


def test_nothing_counted_takes_no_width():
    assert spread([0, 0]) == [0.0, 0.0]
    assert spread([]) == []


def test_chinese_is_measured_wider_than_latin():
    assert text_width("社区", 12) == 24
    assert text_width("ab", 12) < 16


def test_a_long_name_is_cut_to_its_room_and_a_short_one_is_kept():
    assert text_width(cut(LONG, 100, 12), 12) <= 100
    assert cut(LONG, 100, 12).endswith("…")
    assert cut("坞城社区", 100, 12) == "坞城社区"


def test_numbers_are_grouped_in_thousands():
    assert [grouped(1157), grouped(2520000.5), grouped(0)] == ["1,157", "2,520,000.5", "0"]


def test_labels_keep_their_order_and_never_touch():
    spots = place_labels([10, 12, 14, 299], [60, 60, 60, 60], 300, 10)
    assert [line for line, _centre in spots] == [0, 0, 0, 0] or spots[-1][0] == 1
    by_line = {}
    for (line, centre), width in zip(spots, [60] * 4, strict=True):
        assert centre - width / 2 >= by_line.get(line, -10) + 10
        assert centre + width / 2 <= 300
        by_line[line] = centre + width / 2


@pytest.mark.parametrize("size", [WIDE, NARROW, WALL], ids=lambda size: size.name)
def test_the_segments_of_a_strip_fill_it_without_gaps(size):
    rects = list(xml(Strip("进度", marks=STAGES).draw(size)).iter("rect"))
    edge = 0
    for rect in rects:
        assert percent(rect, "x") == pytest.approx(edge, abs=0.01)
        edge += percent(rect, "width")
    assert edge == pytest.approx(100, abs=0.02)
    assert len(rects) == 5


@pytest.mark.parametrize("size", [WIDE, NARROW, WALL], ids=lambda size: size.name)
@pytest.mark.parametrize(
    "values", [(27, 3, 4, 2, 2), (1, 1, 1, 1, 1000), (0, 0, 5, 0, 0), (999999, 1, 0, 3, 8)]
)
def test_no_two_labels_of_a_strip_meet(size, values):
    marks = [Mark(m.label, v, m.tone, m.href) for m, v in zip(STAGES, values, strict=True)]
    assert meet(extents(xml(Strip("进度", marks=marks).draw(size)), size)) == []


@pytest.mark.parametrize("size", [WIDE, NARROW, WALL], ids=lambda size: size.name)
def test_bars_share_one_zero_based_scale(size):
    chart = StackedBars("策略", bars=[bar("甲", 30, 10, 50, 10), bar("乙", 15, 5, 25, 5)])
    svg = xml(chart.draw(size))
    widths = [percent(rect, "width") for rect in svg.iter("rect")]
    assert sum(widths[4:]) / sum(widths[:4]) == pytest.approx(0.5, abs=0.001)
    assert widths[0] / widths[1] == pytest.approx(3, abs=0.01)
    assert percent(next(svg.iter("rect")), "x") == 0


@pytest.mark.parametrize("size", [WIDE, NARROW, WALL], ids=lambda size: size.name)
def test_no_two_labels_of_stacked_bars_meet(size):
    chart = StackedBars(
        "策略", bars=[bar(LONG, 1, 0, 2, 0), bar("空", 0, 0, 0, 0), bar("大", 900, 30, 1450, 58)]
    )
    svg = xml(chart.draw(size))
    margin = int(svg.get("class").rsplit("ch-m", 1)[1])
    spans = list(extents(svg, size, margin))
    assert meet(spans) == []
    assert all(left >= -margin * size.em for _y, left, _right, _text in spans)
    assert all(right <= size.width - margin * size.em + 1 for _y, _left, right, _text in spans)


def test_a_cut_name_stands_whole_in_the_title_and_the_table():
    chart = StackedBars("策略", bars=[bar(LONG, 1, 0, 2, 0)])
    html = str(chart)
    assert f"<title>{LONG}</title>" in html
    assert re.search(rf'<th scope="row">{LONG}</th>', html)


@pytest.mark.parametrize("count", [1, 2, 7, 24, 90])
@pytest.mark.parametrize("size", [WIDE, NARROW, WALL], ids=lambda size: size.name)
def test_no_two_labels_of_a_trend_meet(size, count):
    marks = [Mark(f"11-{day:02d}", day * day * 37 % 1999 + 1, "st3") for day in range(count)]
    svg = xml(Trend("走势", marks=marks).draw(size))
    assert meet(extents(svg, size)) == []
    assert len(list(svg.iter("rect"))) == count


def test_columns_stand_on_the_same_base_and_are_as_tall_as_their_numbers():
    svg = xml(Trend("走势", marks=[Mark("a", 5, "st3"), Mark("b", 10, "st3")]).draw(WIDE))
    low, high = svg.iter("rect")
    assert float(high.get("height")) == pytest.approx(2 * float(low.get("height")), abs=0.2)
    assert float(low.get("y")) + float(low.get("height")) == pytest.approx(
        float(high.get("y")) + float(high.get("height")), abs=0.2
    )


@pytest.mark.parametrize(
    "chart",
    [
        Strip("a", marks=[]),
        Strip("a", marks=[Mark("x", 0)]),
        StackedBars("a", bars=[]),
        StackedBars("a", bars=[bar("甲", 0, 0, 0, 0)]),
        Trend("a", marks=[]),
        Trend("a", marks=[Mark("x", 0)]),
        Dots("a", bars=[]),
    ],
)
def test_a_chart_without_figures_says_so_in_words(chart):
    html = str(chart)
    assert "chart-empty" in html
    assert "<svg" not in html


def test_the_caller_words_the_empty_state():
    assert "Import the register." in str(Strip("a", empty="Import the register."))


@pytest.mark.parametrize(
    "make",
    [
        lambda bad: Strip(bad, marks=[Mark(bad, 2, "st1", f"/?q={bad}")]),
        lambda bad: StackedBars(bad, bars=[Bar(bad, [Mark(bad, 2, "red", "/x")], text=bad)]),
        lambda bad: Trend(bad, marks=[Mark(bad, 2, "st1", "/x", bad)]),
        lambda bad: Dots(bad, bars=[Bar(bad, [Mark(bad, 2, "st1")])], reference=3.0,
                         reference_name=bad),
    ],
)  # fmt: skip
def test_names_with_markup_are_escaped_everywhere(make):
    html = str(make("<script>\"&'</script>"))
    assert "<script" not in html
    assert '="<' not in html
    for svg in re.findall(r"<svg.*?</svg>", html, re.S):
        xml(svg)


def test_every_mark_is_a_link_with_a_name():
    svg = xml(StackedBars("策略", bars=[bar("甲", 3, 1, 5, 1)]).draw(WIDE))
    for rect_parent in [a for a in svg.iter("a") if a.find("rect") is not None]:
        assert rect_parent.get("href").startswith("/?s=")
        assert rect_parent.get("aria-label") == rect_parent.find("title").text
    assert len([a for a in svg.iter("a") if a.find("rect") is not None]) == 4


def test_only_local_addresses_become_links():
    for href in ("javascript:alert(1)", "//elsewhere", "https://elsewhere", ""):
        assert "<a" not in str(Strip("a", marks=[Mark("x", 1, "st1", href)]).draw(WIDE))


def test_links_are_not_hidden_in_an_image():
    linked = xml(Strip("a", marks=[Mark("x", 1, "st1", "/x")]).draw(WIDE))
    plain = xml(Strip("a", marks=[Mark("x", 1, "st1")]).draw(WIDE))
    assert (linked.get("role"), plain.get("role")) == ("group", "img")


def test_a_chart_keeps_to_the_content_policy():
    html = str(StackedBars("策略", bars=[bar("甲", 3, 1, 5, 1)])) + str(Strip("a", marks=STAGES))
    assert "style" not in html
    assert not re.search(r"\son\w+=", html)


def test_the_table_holds_every_number_of_the_chart():
    html = str(StackedBars("策略", bars=[bar("甲", 3, 0, 1500, 1)]))
    table = html[html.index("<table") :]
    for number in ("3", "0", "1,500", "1", "1,504"):
        assert f">{number}<" in table


def test_the_wall_drawing_is_large_and_has_no_table():
    html = str(Strip("a", marks=STAGES).for_wall())
    assert "ch-wall" in html
    assert "ch-wide" not in html
    assert "<details" not in html


def test_a_dot_stays_on_its_scale():
    svg = xml(Dots("a", bars=[Bar("甲", [Mark("x", 140, "st3")]), Bar("乙", [Mark("x", 0)])],
                   reference=96.0, reference_name="全区 96%").draw(NARROW))  # fmt: skip
    full, zero = [percent(circle, "cx") for circle in svg.iter("circle")]
    assert zero == 0
    assert full < 100


def test_small_drawings_name_their_number():
    assert 'aria-label="93% complete"' in str(share_bar(93, "93% complete"))
    assert "<svg" in str(spark([1, 2, 3], "3 weeks"))
    assert str(spark([1], "one week")) == ""


# ---------------------------------------------------------------- colours


def _fills(css):
    return dict(re.findall(r"\.f-(\w+)\{fill:([^}]+)\}", css))


def _tokens():
    text = (CSS / "tokens.css").read_text()
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,6})", text))


def _luminance(colour):
    colour = colour.lstrip("#")
    if len(colour) == 3:
        colour = "".join(char * 2 for char in colour)
    channels = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_on_every_fill_reaches_the_contrast_of_aa():
    css = (CSS / "charts.css").read_text().split("@media print")[0]
    tokens = _tokens()
    for tone, fill in _fills(css).items():
        name = re.match(r"var\(--([\w-]+)\)", fill)
        colour = tokens[name[1]] if name else fill
        text = "#ffffff" if tone in DARK_TONES else "#1d232b"
        assert _contrast(colour, text) >= 4.5, (tone, colour)


def test_on_paper_the_four_strategies_differ_in_lightness():
    paper = _fills((CSS / "charts.css").read_text().split("@media print")[1])
    light = sorted(_luminance(paper[tone]) ** (1 / 3) for _label, tone in KINDS)
    assert all(b - a > 0.12 for a, b in pairwise(light)), light
