"""The organisation tree of a community, drawn: committee, branches, groups, from left to right.

Sheets of a height that fits A4 landscape. A vacant post has a dashed frame, an empty ring and the
words; colour only repeats it. Nothing is read here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from governance.foundation.drawing import cut, text_width

from .trees import CommunityTree, Organ

WIDTH = 1040
ROW = 28
ROWS = 22  # of a sheet: 22 lines and a title on A4 landscape
BRANCH_ROWS = 2  # a branch has two lines of words
EM = 13
SMALL = 12
# Left edge and width of the three columns.
COMMITTEE, BRANCH, GROUP = (0, 168), (216, 372), (636, 404)


@dataclass(frozen=True)
class _Part:
    """A branch with those of its groups that fit one sheet."""

    branch: Organ
    groups: tuple[Organ, ...]
    is_rest: bool = False

    @property
    def rows(self) -> int:
        return max(BRANCH_ROWS, len(self.groups))


def drawings(place: CommunityTree) -> list[SafeString]:
    """The community's tree as drawings of at most `ROWS` lines."""
    sheets = list(_sheets(place.branches))
    return [_sheet(place, parts, number, len(sheets)) for number, parts in enumerate(sheets, 1)]


def _parts(branches: Iterable[Organ]) -> Iterator[_Part]:
    for branch in branches:
        groups = tuple(branch.children)
        for start in range(0, max(1, len(groups)), ROWS):
            yield _Part(branch, groups[start : start + ROWS], is_rest=start > 0)


def _sheets(branches: Iterable[Organ]) -> Iterator[list[_Part]]:
    sheet: list[_Part] = []
    for part in _parts(branches):
        if sheet and sum(one.rows for one in sheet) + part.rows > ROWS:
            yield sheet
            sheet = []
        sheet.append(part)
    if sheet:
        yield sheet


def _sheet(place: CommunityTree, parts: list[_Part], number: int, count: int) -> SafeString:
    height = sum(part.rows for part in parts) * ROW + len(parts) * 6
    body, y, middles = [], 0.0, []
    for part in parts:
        tall = part.rows * ROW
        middle = y + tall / 2
        middles.append(middle)
        body.append(_branch(part, y, middle))
        y += tall + 6
    name = _("Organisation tree of %(community)s, sheet %(number)s of %(count)s") % {
        "community": place.area.name,
        "number": number,
        "count": count,
    }
    left, width = COMMITTEE
    trunk = left + width + 24
    top = min(max(height / 2, middles[0]), middles[-1])
    lines = [(left + width, top, trunk, top), (trunk, middles[0], trunk, middles[-1])]
    lines += [(trunk, middle, BRANCH[0], middle) for middle in middles]
    return format_html(
        '<svg class="org-tree" viewBox="-1 -1 {} {}" role="group" aria-label="{}">{}{}{}</svg>',
        WIDTH + 2,
        round(height + 2),
        name,
        _strokes(lines),
        _committee(place, top),
        format_html_join("", "{}", ((one,) for one in body)),
    )


def _strokes(lines: Iterable[tuple[float, float, float, float]]) -> SafeString:
    path = " ".join(f"M{x1:g} {y1:g}L{x2:g} {y2:g}" for x1, y1, x2, y2 in lines)
    return format_html('<path class="stem" d="{}"/>', path)


def _committee(place: CommunityTree, middle: float) -> SafeString:
    left, width = COMMITTEE
    organ = place.committee
    if organ is None:
        words = [(place.area.name, "v"), (_("committee not on record"), "")]
        return _box(left, middle - 26, width, 52, "vacant", words, "", place.area.name)
    tone = "committee" if organ.is_held else "committee vacant"
    words = [(organ.name, "v"), (_marked(organ), "")]
    return _box(left, middle - 26, width, 52, tone, words, _url(organ), _title(organ))


def _branch(part: _Part, top: float, middle: float) -> SafeString:
    organ = part.branch
    left, width = BRANCH
    name = _("%(name)s (continued)") % {"name": organ.name} if part.is_rest else organ.name
    if organ.is_group:  # without a branch above it
        words = [(name, "v"), (_("group without a branch"), "")]
    else:
        words = [(name, "v"), (_figures(organ), "")]
    tone = "branch" if organ.is_held else "branch vacant"
    parts = [_box(left, middle - 24, width, 48, tone, words, _url(organ), _title(organ))]
    if part.groups:
        joint = left + width + 24
        first = middle - (len(part.groups) - 1) * ROW / 2
        middles = [first + number * ROW for number in range(len(part.groups))]
        lines = [(left + width, middle, joint, middle), (joint, first, joint, middles[-1])]
        lines += [(joint, one, GROUP[0], one) for one in middles]
        parts.append(_strokes(lines))
        parts += [_group(group, one) for group, one in zip(part.groups, middles, strict=True)]
    return format_html_join("", "{}", ((one,) for one in parts))


def _group(organ: Organ, middle: float) -> SafeString:
    left, width = GROUP
    tone = "group" if organ.is_held else "group vacant"
    post = cut(_marked(organ), 140, SMALL)
    room = width - 36 - text_width(post, SMALL)
    body = format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="3"/>'
        '<text x="{}" y="{}" class="v">{}</text>'
        '<text x="{}" y="{}" text-anchor="end">{}</text>',
        left, f"{middle - 12:g}", width, 24,
        left + 10, f"{middle + 4.5:g}", cut(organ.name, room, EM),
        left + width - 10, f"{middle + 4.5:g}", post,
    )  # fmt: skip
    return _linked(tone, _url(organ), _title(organ), body)


def _box(left, top, width, height, tone, words, url, title) -> SafeString:
    lines = format_html_join(
        "",
        '<text x="{}" y="{}" class="{}">{}</text>',
        (
            (
                left + 10,
                f"{top + height / 2 - 5 + number * 19:g}",
                cls,
                cut(text, width - 20, EM if cls else SMALL),
            )
            for number, (text, cls) in enumerate(words)
        ),
    )
    body = format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="3"/>{}',
        left, f"{top:g}", width, height, lines,
    )  # fmt: skip
    return _linked(tone, url, title, body)


def _linked(tone: str, url: str, title: str, body: SafeString) -> SafeString:
    if not url:
        return format_html('<g class="{}"><title>{}</title>{}</g>', tone, title, body)
    return format_html(
        '<a class="{}" href="{}" aria-label="{}"><title>{}</title>{}</a>',
        tone, url, title, title, body,
    )  # fmt: skip


def _marked(organ: Organ) -> str:
    """A full ring where the post is held, an empty one where it is vacant, and the words."""
    return f"{'●' if organ.is_held else '○'} {organ.post}"


def _figures(organ: Organ) -> str:
    said = [_marked(organ)]
    if organ.members is not None:
        said.append(_("%(n)s full members") % {"n": organ.members})
    if organ.warning:
        said.append(f"▲{organ.warning}")
    said.append(
        _("centre households %(have)s/%(want)s")
        % {"have": organ.households, "want": organ.seats or "—"}
    )
    return " · ".join(said)


def _title(organ: Organ) -> str:
    return f"{organ.name} · {_figures(organ) if organ.kind == 4 else _marked(organ)}"


def _url(organ: Organ) -> str:
    return reverse("party_grid:organisation_detail", args=[organ.pk])
