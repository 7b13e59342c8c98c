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

from .rules import OrganisationKind
from .trees import CommunityTree, Organ

WIDTH = 1040
ROW = 28
ROWS = 22  # of a sheet: what A4 landscape holds
ROWS_FIRST = 17  # of the first, which has the head of the page above it
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
        for start in range(0, max(1, len(groups)), ROWS_FIRST):
            yield _Part(branch, groups[start : start + ROWS_FIRST], is_rest=start > 0)


def _sheets(branches: Iterable[Organ]) -> Iterator[list[_Part]]:
    sheet: list[_Part] = []
    most = ROWS_FIRST
    for part in _parts(branches):
        if sheet and sum(one.rows for one in sheet) + part.rows > most:
            yield sheet
            sheet, most = [], ROWS
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
        strokes(lines),
        _committee(place, top),
        format_html_join("", "{}", ((one,) for one in body)),
    )


def strokes(lines: Iterable[tuple[float, float, float, float]]) -> SafeString:
    path = " ".join(f"M{x1:g} {y1:g}L{x2:g} {y2:g}" for x1, y1, x2, y2 in lines)
    return format_html('<path class="stem" d="{}"/>', path)


def _committee(place: CommunityTree, middle: float) -> SafeString:
    left, width = COMMITTEE
    organ = place.committee
    if organ is None:
        words = [(place.area.name, "v"), (_("committee not on record"), "")]
        return box(left, middle - 26, width, 52, "vacant", words, "", place.area.name)
    tone = "committee" if organ.is_held else "committee vacant"
    words = [(organ.name, "v"), (marked(organ), "")]
    return box(left, middle - 26, width, 52, tone, words, url_of(organ), title_of(organ))


def _branch(part: _Part, top: float, middle: float) -> SafeString:
    organ = part.branch
    left, width = BRANCH
    name = _("%(name)s (continued)") % {"name": organ.name} if part.is_rest else organ.name
    if organ.is_group:  # without a branch above it
        words = [(name, "v"), (_("group without a branch"), "")]
    else:
        words = [(name, "v"), (_figures(organ), "")]
    tone = "branch" if organ.is_held else "branch vacant"
    parts = [box(left, middle - 24, width, 48, tone, words, url_of(organ), title_of(organ))]
    if part.groups:
        joint = left + width + 24
        first = middle - (len(part.groups) - 1) * ROW / 2
        middles = [first + number * ROW for number in range(len(part.groups))]
        lines = [(left + width, middle, joint, middle), (joint, first, joint, middles[-1])]
        lines += [(joint, one, GROUP[0], one) for one in middles]
        parts.append(strokes(lines))
        parts += [_group(group, one) for group, one in zip(part.groups, middles, strict=True)]
    return format_html_join("", "{}", ((one,) for one in parts))


def _group(organ: Organ, middle: float) -> SafeString:
    tone = "group" if organ.is_held else "group vacant"
    return line(GROUP, middle, tone, organ.name, marked(organ), url_of(organ), title_of(organ))


def line(column, middle, tone, name, post, url, title) -> SafeString:
    """A box of one line: a name, and at its right what is said of it."""
    left, width = column
    post = cut(post, 140, SMALL)
    room = width - 36 - text_width(post, SMALL)
    body = format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="3"/>'
        '<text x="{}" y="{}" class="v">{}</text>'
        '<text x="{}" y="{}" text-anchor="end">{}</text>',
        left, f"{middle - 12:g}", width, 24,
        left + 10, f"{middle + 4.5:g}", cut(name, room, EM),
        left + width - 10, f"{middle + 4.5:g}", post,
    )  # fmt: skip
    return _linked(tone, url, title, body)


def box(left, top, width, height, tone, words, url, title) -> SafeString:
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


def marked(organ: Organ) -> str:
    """A full ring where the post is held, an empty one where it is vacant, and the words."""
    return f"{'●' if organ.is_held else '○'} {organ.post}"


def _figures(organ: Organ) -> str:
    said = [marked(organ)]
    if organ.members is not None:
        said.append(_("%(n)s full members") % {"n": organ.members})
    if organ.warning:
        said.append(f"▲{organ.warning}")
    if organ.seats:
        said.append(
            _("centre households %(have)s/%(want)s")
            % {"have": organ.households, "want": organ.seats}
        )
    return " · ".join(said)


def title_of(organ: Organ) -> str:
    said = _figures(organ) if organ.kind == OrganisationKind.BRANCH else marked(organ)
    return f"{organ.name} · {said}"


def url_of(organ: Organ) -> str:
    return reverse("party_grid:organisation_detail", args=[organ.pk])
