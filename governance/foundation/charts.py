"""Charts drawn on the server as SVG: every mark a link, every text at its own size.

Widths are percentages and heights pixels, so bars stretch with the page while type never
shrinks. Each drawing is laid out for the least width it may be given (`Size.width`); from
there upwards labels cannot meet. A figure carries two drawings, wide and narrow, and the
style sheet shows the one that fits. Knows nothing of what is counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from governance.foundation.drawing import (
    DARK_TONES,
    MID,
    NARROW,
    WALL,
    WIDE,
    Bar,
    Mark,
    Number,
    Size,
    cut,
    data_table,
    has_links,
    linked,
    pc,
    place_labels,
    rect,
    spread,
    svg,
    text_width,
    words_at,
    zero_line,
)

# Pixels a mark above zero gets at the least, so that it can be seen and clicked.
THINNEST = 4


@dataclass(frozen=True)
class Chart:
    """A titled drawing with its table. Subclasses say how to draw and what the table holds."""

    title: str
    empty: str = ""
    sizes: Sequence[Size] = (WIDE, NARROW)

    def is_empty(self) -> bool:
        raise NotImplementedError

    def draw(self, size: Size) -> SafeString:
        raise NotImplementedError

    def table(self) -> SafeString:
        raise NotImplementedError

    def key(self) -> SafeString:
        return SafeString("")

    def for_wall(self) -> Chart:
        return replace(self, sizes=(WALL,))

    def for_half(self) -> Chart:
        """The same for a narrow column."""
        return replace(self, sizes=(MID, NARROW))

    def __html__(self) -> str:
        if self.is_empty():
            return format_html(
                '<figure class="chart"><p class="chart-empty">{}</p></figure>',
                self.empty or _("There is nothing to show yet."),
            )
        return format_html(
            '<figure class="chart">{}{}{}</figure>',
            self.key(),
            format_html_join("", "{}", ((self.draw(size),) for size in self.sizes)),
            self.table() if self.sizes != (WALL,) else "",
        )

    __str__ = __html__


@dataclass(frozen=True)
class Strip(Chart):
    """One bar divided into the stages of a whole; words inside where they fit, else below."""

    marks: Sequence[Mark] = ()

    def is_empty(self) -> bool:
        return not any(mark.value for mark in self.marks)

    def draw(self, size: Size) -> SafeString:
        em, thick = size.em, size.em * 2.3
        marks = [mark for mark in self.marks if mark.value]
        widths = spread([mark.value for mark in marks], 100 * THINNEST / size.width)
        below: list[tuple[Mark, float]] = []
        parts = []
        x = 0.0
        for mark, width in zip(marks, widths, strict=True):
            room = width / 100 * size.width - em
            fits = text_width(mark.name, em) <= room
            words = mark.name if fits else mark.shown
            body = rect(x, 0, width, thick, mark.tone)
            if fits or text_width(words, em) <= room:
                cls = "w" if mark.tone in DARK_TONES else "k"
                body += words_at(pc(x), thick / 2 + em * 0.36, words, cls=cls, dx=em * 0.6)
            if not fits:
                below.append((mark, (x + width / 2) / 100 * size.width))
            parts.append(linked(mark.href, mark.name, body))
            x += width
        height = thick
        if below:
            spots = place_labels(
                [centre for _mark, centre in below],
                [text_width(mark.name, em) for mark, _centre in below],
                size.width, em * 0.9,
            )  # fmt: skip
            for (mark, _centre), (line, centre) in zip(below, spots, strict=True):
                y = thick + em * (1.55 + 1.6 * line)
                words = words_at(pc(centre / size.width * 100), y, mark.name, anchor="middle")
                parts.append(linked(mark.href, mark.name, words))
                height = max(height, y + em * 0.5)
        return svg(self.title, size, height, parts, links=has_links(marks))

    def table(self) -> SafeString:
        shares = spread([mark.value for mark in self.marks])
        rows = (
            [(mark.label, ""), (mark.shown, mark.href), (f"{share:.1f}%", "")]
            for mark, share in zip(self.marks, shares, strict=True)
        )
        return data_table(self.title, [_("Stage"), _("Number"), _("Share")], rows)


@dataclass(frozen=True)
class StackedBars(Chart):
    """Horizontal bars on one zero-based scale, divided by category in a fixed order."""

    bars: Sequence[Bar] = ()
    row_title: str = ""
    scale_to: Number = 0
    key_marks: Sequence[Mark] = ()
    has_key: bool = True

    def is_empty(self) -> bool:
        return not any(bar.total for bar in self.bars)

    def _label_ems(self, size: Size) -> int:
        longest = max((text_width(bar.name, 1) for bar in self.bars), default=4)
        return max(4, min(round(longest + 1.4), int(size.width * 0.34 / size.em), 14))

    def draw(self, size: Size) -> SafeString:
        em = size.em
        margin = self._label_ems(size) if size.names_beside else 0
        thick = em * 1.45
        head = 0.0 if size.names_beside else em * 1.6
        step = head + thick + em * 0.75
        track = size.width - margin * em
        top = float(max([self.scale_to, *(bar.total for bar in self.bars)], default=0)) or 1.0
        tail = max((text_width(bar.shown, em) for bar in self.bars), default=0) + em
        reach = 100 * (track - tail) / track if size.names_beside else 100.0
        parts: list[SafeString] = []
        for row, bar in enumerate(self.bars):
            y = row * step
            parts += self._names(bar, size, y, margin, em)
            pieces = [mark for mark in bar.marks if mark.value]
            thin = 100 * THINNEST / track
            full = max(float(bar.total) / top * reach, thin * len(pieces))
            x = 0.0
            parts.append(zero_line(y + head, thick))
            least = 100 * thin / full if full else 0
            for mark, share in zip(
                pieces, spread([mark.value for mark in pieces], least), strict=True
            ):
                width = share * full / 100
                body = rect(x, y + head, width, thick, mark.tone)
                room = width / 100 * track
                if not mark.is_quiet and text_width(mark.shown, em) + em * 0.7 <= room:
                    cls = "w" if mark.tone in DARK_TONES else "k"
                    body += words_at(
                        pc(x + width / 2), y + head + thick / 2 + em * 0.36, mark.shown,
                        cls=cls, anchor="middle",
                    )  # fmt: skip
                parts.append(linked(mark.href, f"{bar.name} {mark.name}", body))
                x += width
            spot = (pc(x), y + thick / 2 + em * 0.36) if size.names_beside else ("100%", y + em)
            total = words_at(
                *spot, bar.shown, cls="v", dx=em * 0.6 if size.names_beside else 0,
                anchor="start" if size.names_beside else "end",
            )  # fmt: skip
            parts.append(linked(bar.href, f"{bar.name} {bar.shown}", total))
        return svg(self.title, size, len(self.bars) * step, parts, margin=margin)

    def _names(self, bar: Bar, size: Size, y: float, margin: int, em: int) -> list[SafeString]:
        if size.names_beside:
            words = cut(bar.name, margin * em - em * 0.8, em)
            label = words_at("0", y + em * 1.45 / 2 + em * 0.36, words, anchor="end", dx=-em * 0.7)
        else:
            words = cut(bar.name, size.width - text_width(bar.shown, em) - em, em)
            label = words_at("0", y + em, words)
        return [linked(bar.href, bar.name, label)]

    def _columns(self) -> list[Mark]:
        seen: dict[str, Mark] = {}
        for bar in self.bars:
            for mark in bar.marks:
                before = seen.get(mark.label)
                seen[mark.label] = replace(
                    mark,
                    value=mark.value + (before.value if before else 0),
                    href="",
                    text="",
                )
        return list(seen.values())

    def key(self) -> SafeString:
        if not self.has_key:
            return SafeString("")
        marks = self.key_marks or self._columns()
        return format_html(
            '<ul class="chart-key">{}</ul>',
            format_html_join(
                "",
                '<li><svg class="swatch" width="10" height="10" aria-hidden="true">'
                '<rect class="f-{}" width="10" height="10"/></svg>{}</li>',
                (
                    (
                        mark.tone,
                        format_html('<a href="{}">{}</a>', mark.href, mark.name)
                        if mark.href
                        else mark.name,
                    )
                    for mark in marks
                ),
            ),
        )

    def table(self) -> SafeString:
        columns = [mark.label for mark in self._columns()]
        rows = []
        for bar in self.bars:
            cells = {
                mark.label: (mark.shown, mark.href if mark.value else "") for mark in bar.marks
            }
            rows.append(
                [
                    (bar.name, ""),
                    *(cells.get(label, ("0", "")) for label in columns),
                    (bar.shown, bar.href),
                ]
            )
        return data_table(self.title, [self.row_title or _("Name"), *columns, _("Total")], rows)


@dataclass(frozen=True)
class Trend(Chart):
    """Columns over time on a zero-based scale; the last and the highest carry their number."""

    marks: Sequence[Mark] = ()
    column_title: str = ""

    def is_empty(self) -> bool:
        return not any(mark.value for mark in self.marks)

    def draw(self, size: Size) -> SafeString:
        em = size.em
        count = len(self.marks)
        high, base = em * 8.0, em * 9.5
        top = float(max(mark.value for mark in self.marks)) or 1.0
        slot = 100 / count
        slot_px = size.width / count
        widest = max(text_width(mark.label, em) for mark in self.marks)
        every = max(1, math.ceil(widest * 1.5 / slot_px))
        value_fits = max(text_width(mark.shown, em) for mark in self.marks) <= slot_px * 0.96
        peak = max(range(count), key=lambda index: self.marks[index].value)
        parts = []
        for index, mark in enumerate(self.marks):
            tall = float(mark.value) / top * high
            middle = (index + 0.5) * slot
            body = rect(index * slot + slot * 0.14, base - tall, slot * 0.72, tall, mark.tone)
            lone = index == count - 1 or (
                index == peak and (count - 1 - peak) * slot_px > text_width(mark.shown, em) * 1.2
            )
            if value_fits or lone:
                anchor = "middle" if value_fits else ("end" if index > count / 2 else "start")
                spot = middle if value_fits else (100 if anchor == "end" else 0)
                if not value_fits and index == peak != count - 1:
                    spot, anchor = middle, "middle" if 0 < peak < count - 1 else "start"
                body += words_at(
                    pc(spot), base - tall - em * 0.4, mark.shown, cls="v", anchor=anchor
                )
            parts.append(linked(mark.href, mark.name, body))
            if (count - 1 - index) % every == 0:
                anchor = "middle"
                spot = middle
                if text_width(mark.label, em) > slot_px and index == count - 1:
                    anchor, spot = "end", 100.0
                parts.append(words_at(pc(spot), base + em * 1.4, mark.label, anchor=anchor))
        parts.append(
            format_html(
                '<line class="l-axis" x1="0" x2="100%" y1="{}" y2="{}"/>',
                base + 0.5,
                base + 0.5,
            )
        )
        return svg(self.title, size, base + em * 2, parts, links=has_links(self.marks))

    def table(self) -> SafeString:
        rows = ([(mark.label, ""), (mark.shown, mark.href)] for mark in self.marks)
        return data_table(self.title, [_("Date"), self.column_title or _("Number")], rows)


@dataclass(frozen=True)
class Dots(Chart):
    """Rows with a dot on one scale from 0 to 100 and a line at the whole's own value."""

    bars: Sequence[Bar] = ()
    row_title: str = ""
    column_title: str = ""
    reference: float | None = None
    reference_name: str = ""

    def is_empty(self) -> bool:
        return not self.bars

    def draw(self, size: Size) -> SafeString:
        em = size.em
        margin = min(14, max(4, round(max(text_width(bar.name, 1) for bar in self.bars) + 1.4)))
        margin = min(margin, int(size.width * 0.42 / em))
        tail = max(text_width(bar.shown, em) for bar in self.bars) + em * 1.4
        track = size.width - margin * em
        reach = (track - tail) / track
        step, top = em * 2.0, em * (1.9 if self.reference is not None else 0.2)
        bottom = top + len(self.bars) * step
        parts = []
        if self.reference is not None:
            x = self.reference * reach
            anchor = "end" if x > 60 else "start"
            parts.append(
                format_html(
                    '<line class="l-ref" x1="{}" x2="{}" y1="{}" y2="{}"/>',
                    pc(x),
                    pc(x),
                    em * 1.5,
                    round(bottom, 1),
                )
                + words_at(pc(x), em, self.reference_name, anchor=anchor)
            )
        for row, bar in enumerate(self.bars):
            y = top + row * step + step / 2
            value = max(0.0, min(100.0, float(bar.total))) * reach
            tone = bar.marks[0].tone if bar.marks else "rest"
            name = cut(bar.name, margin * em - em * 0.8, em)
            body = (
                words_at("0", y + em * 0.36, name, anchor="end", dx=-em * 0.7)
                + format_html(
                    '<line class="l-dot" x1="0" x2="{}" y1="{}" y2="{}"/>'
                    '<circle class="f-{}" cx="{}" cy="{}" r="{}"/>',
                    pc(value),
                    round(y, 1),
                    round(y, 1),
                    tone,
                    pc(value),
                    round(y, 1),
                    round(em * 0.45, 1),
                )
                + words_at(pc(value), y + em * 0.36, bar.shown, cls="v", dx=em * 0.9)
            )
            parts.append(linked(bar.href, f"{bar.name} {bar.shown}", body))
        return svg(self.title, size, bottom + em * 0.3, parts, margin=margin)

    def table(self) -> SafeString:
        rows = ([(bar.name, ""), (bar.shown, bar.href)] for bar in self.bars)
        head = [self.row_title or _("Name"), self.column_title or _("Share")]
        return data_table(self.title, head, rows)
