"""The parts charts are drawn from: measured text, marks that are links, tables, tiny bars.

Text is measured by East Asian width, so a long name is cut with its full form in the title and
two labels never meet. Nothing here knows a chart, nor what is counted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

Number = int | float | Decimal

# Fills on which white text reads (contrast 4.5 or more); all other fills take ink.
DARK_TONES = frozenset({"unit", "red", "fallback", "st3", "done", "bad", "q4", "q5"})


@dataclass(frozen=True)
class Size:
    """A drawing's least width and type size in pixels, and the class that shows it."""

    name: str
    width: int
    em: int
    names_beside: bool = True


WIDE = Size("wide", 560, 12)
MID = Size("mid", 400, 12)
NARROW = Size("narrow", 290, 13, names_beside=False)
WALL = Size("wall", 520, 24)


@dataclass(frozen=True)
class Mark:
    """One counted thing: its word, its number, its colour's class and the rows behind it.

    A quiet mark keeps its number to its title and the table: it is the rest of a bar.
    """

    label: str
    value: Number
    tone: str = "rest"
    href: str = ""
    text: str = ""
    is_quiet: bool = False

    @property
    def shown(self) -> str:
        return self.text or grouped(self.value)

    @property
    def name(self) -> str:
        return f"{self.label} {self.shown}"


@dataclass(frozen=True)
class Bar:
    """A named row of marks; `text` replaces the sum at the end of the bar."""

    name: str
    marks: Sequence[Mark]
    href: str = ""
    text: str = ""

    @property
    def total(self) -> Number:
        return sum(mark.value for mark in self.marks)

    @property
    def shown(self) -> str:
        return self.text or grouped(self.total)


# ---------------------------------------------------------------- text and numbers


def grouped(value: Number) -> str:
    """A number with thousands separators and no needless decimals."""
    if isinstance(value, int):
        return f"{value:,}"
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".")


def text_width(text: str, em: float) -> float:
    """Pixels the text needs at most: a Chinese character is one em wide, Latin about half."""
    width = 0.0
    for char in text:
        if unicodedata.east_asian_width(char) in "WFA":
            width += 1.0
        elif char.isupper() or char in "mw%@&":
            width += 0.78
        elif char in " .,:;|il'":
            width += 0.32
        else:
            width += 0.6
    return width * em


def cut(text: str, room: float, em: float) -> str:
    """The text, shortened with an ellipsis when it does not fit into `room` pixels."""
    if text_width(text, em) <= room:
        return text
    while text and text_width(text, em) + em > room:
        text = text[:-1]
    return text.rstrip() + "…"


def spread(values: Sequence[Number], least: float = 0.0) -> list[float]:
    """Each value's percentage of the sum; a value above zero gets `least` at the least.

    What the small ones gain the large ones give, so the result still adds up to 100.
    """
    total = float(sum(values))
    if total <= 0:
        return [0.0 for _value in values]
    shares = [float(value) / total * 100 for value in values]
    least = min(least, 100 / max(1, sum(share > 0 for share in shares)))
    small = [0 < share < least for share in shares]
    free = 100 - least * sum(small)
    kept = sum(share for share, is_small in zip(shares, small, strict=True) if not is_small)
    return [
        least if is_small else (share * free / kept if kept else share)
        for share, is_small in zip(shares, small, strict=True)
    ]


def place_labels(
    centres: Sequence[float], widths: Sequence[float], room: float, gap: float
) -> list[tuple[int, float]]:
    """(line, centre) of each label in pixels: near its mark, in order, never touching."""
    lines: list[list[int]] = [[]]
    used = 0.0
    for index, width in enumerate(widths):
        if lines[-1] and used + gap + width > room:
            lines.append([])
            used = 0.0
        used += width + (gap if lines[-1] else 0)
        lines[-1].append(index)
    placed: dict[int, tuple[int, float]] = {}
    for number, line in enumerate(lines):
        left: list[float] = []
        edge = 0.0
        for index in line:
            start = max(edge, centres[index] - widths[index] / 2)
            left.append(start)
            edge = start + widths[index] + gap
        edge = room
        for position in range(len(line) - 1, -1, -1):
            width = widths[line[position]]
            left[position] = max(0.0, min(left[position], edge - width))
            edge = left[position] - gap
            placed[line[position]] = (number, left[position] + width / 2)
    return [placed[index] for index in range(len(widths))]


# ---------------------------------------------------------------- elements


def pc(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") + "%"


def rect(x: float, y: float, width: float, height: float, tone: str) -> SafeString:
    return format_html(
        '<rect class="f-{}" x="{}" y="{}" width="{}" height="{}"/>',
        tone, pc(x), round(y, 1), pc(width), round(height, 1),
    )  # fmt: skip


def zero_line(y: float, height: float) -> SafeString:
    return format_html(
        '<line class="l-axis" x1="0" x2="0" y1="{}" y2="{}"/>', round(y, 1), round(y + height, 1)
    )


def words_at(
    x: str, y: float, words: str, *, cls: str = "", anchor: str = "start", dx: float = 0
) -> SafeString:
    return format_html(
        '<text x="{}" y="{}" dx="{}" text-anchor="{}" class="{}">{}</text>',
        x, round(y, 1), round(dx, 1), anchor, cls, words,
    )  # fmt: skip


def linked(href: str, name: str, body: SafeString) -> SafeString:
    """The mark inside a link that says its name; without a local address, only the name."""
    if href.startswith(("/", "?")) and not href.startswith("//"):
        return format_html(
            '<a href="{}" aria-label="{}"><title>{}</title>{}</a>',
            href,
            name,
            name,
            body,
        )
    return format_html("<g><title>{}</title>{}</g>", name, body)


def svg(
    title: str, size: Size, height: float, parts: Iterable[SafeString], *, margin: int = 0,
    links: bool = True,
) -> SafeString:  # fmt: skip
    # Links inside role="img" are hidden from assistive software, so a linked drawing is a group.
    return format_html(
        '<svg class="ch ch-{} ch-m{}" role="{}" aria-label="{}" width="100%" height="{}">{}</svg>',
        size.name, margin, "group" if links else "img", title, round(height),
        format_html_join("", "{}", ((part,) for part in parts)),
    )  # fmt: skip


def has_links(marks: Iterable[Mark]) -> bool:
    return any(mark.href for mark in marks)


def data_table(
    title: str, head: Sequence[str], rows: Iterable[Sequence[tuple[str, str]]]
) -> SafeString:
    """The chart's numbers as a table behind a summary line; cells are (text, address)."""
    body = format_html_join(
        "",
        "<tr>{}</tr>",
        (
            (
                format_html_join(
                    "",
                    "{}",
                    (
                        (
                            format_html(
                                '<th scope="row">{}</th>' if not column else
                                '<td class="num">{}</td>',
                                format_html('<a href="{}">{}</a>', href, text) if href else text,
                            ),
                        )
                        for column, (text, href) in enumerate(row)
                    ),
                ),
            )
            for row in rows
        ),
    )  # fmt: skip
    return format_html(
        '<details class="chart-data"><summary>{}</summary><table><caption>{}</caption>'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></details>",
        _("Figures as a table"), title,
        format_html_join(
            "", '<th scope="col" class="{}">{}</th>',
            (("num" if column else "", name) for column, name in enumerate(head)),
        ),
        body,
    )  # fmt: skip


# ---------------------------------------------------------------- small drawings


def share_bar(percent: Number, name: str, href: str = "", tone: str = "st3") -> SafeString:
    """A table cell's bar from 0 to 100; the number stands beside it in the table."""
    width = max(0.0, min(100.0, float(percent)))
    body = rect(0, 0, 100, 8, "rest") + rect(0, 0, width, 8, tone)
    return format_html(
        '<svg class="cell-bar" role="{}" aria-label="{}" width="100%" height="8">{}</svg>',
        "group" if href else "img", name, linked(href, name, body),
    )  # fmt: skip


def spark(values: Sequence[Number], name: str) -> SafeString:
    """A line of the last values, 96 by 22 pixels, zero-based; the words say the rest."""
    if len(values) < 2:
        return SafeString("")
    top = float(max(values)) or 1.0
    step = 90 / (len(values) - 1)
    spots = [(3 + index * step, 19 - float(value) / top * 16) for index, value in enumerate(values)]
    return format_html(
        '<svg class="spark" role="img" aria-label="{}" viewBox="0 0 96 22" width="96" height="22">'
        '<title>{}</title><polyline class="l-ink" points="{}"/>'
        '<circle class="f-bad" cx="{}" cy="{}" r="2.5"/></svg>',
        name, name, " ".join(f"{x:.1f},{y:.1f}" for x, y in spots),
        f"{spots[-1][0]:.1f}", f"{spots[-1][1]:.1f}",
    )  # fmt: skip
