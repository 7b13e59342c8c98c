"""The chain of one compound, drawn: district, street, community, branch, groups, centre households.

Committees stand one above the other; what covers the compound branches off to the right.
"""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from . import drawing
from .rules import OrganisationKind
from .trees import Chain, Organ

COMMITTEE, BRANCH, LEAF = (0, 300), (348, 320), (716, 324)
STEP = 64  # from one committee to the next
TALL = 48
LINE = 30  # a group, or the centre households


def chain_drawing(chain: Chain, name: str) -> SafeString:
    """The chain as one drawing; levels nobody has entered say so."""
    levels = {link.kind: link.organs for link in chain.links}
    branches, groups = levels[OrganisationKind.BRANCH], levels[OrganisationKind.GROUP]
    leaves = len(groups) + 1
    height = max(3 * STEP - 16, len(branches) * STEP, leaves * LINE)
    parts: list[SafeString] = []
    lines: list[tuple[float, float, float, float]] = []
    for number, kind in enumerate(list(levels)[:3]):
        middle = TALL / 2 + number * STEP
        parts.append(_committee(levels[kind], str(chain.links[number].label), middle))
        if number:
            centre = COMMITTEE[1] / 2
            lines.append((centre, middle - STEP + TALL / 2, centre, middle - TALL / 2))
    last = TALL / 2 + 2 * STEP
    middles = _spread(len(branches) or 1, STEP, height)
    trunk = COMMITTEE[1] + 24
    lines += [(COMMITTEE[1], last, trunk, last), (trunk, min(middles[0], last), trunk, last)]
    for middle, organ in zip(middles, branches or [None], strict=True):
        lines.append((trunk, middle, BRANCH[0], middle))
        parts.append(_branch(organ, middle))
    joint = BRANCH[0] + BRANCH[1] + 24
    rows = _spread(leaves, LINE, height)
    lines += [(BRANCH[0] + BRANCH[1], middle, joint, middle) for middle in middles]
    ends = [*middles, *rows]
    lines.append((joint, min(ends), joint, max(ends)))
    lines += [(joint, row, LEAF[0], row) for row in rows]
    parts += [_leaf(organ, row) for organ, row in zip(groups, rows, strict=False)]
    parts.append(_households(chain, rows[-1]))
    return format_html(
        '<svg class="org-tree org-chain" viewBox="-1 -1 {} {}" role="group" '
        'aria-label="{}">{}{}</svg>',
        drawing.WIDTH + 2,
        round(height + 2),
        _("Party organisations of %(compound)s") % {"compound": name},
        drawing.strokes(lines),
        format_html_join("", "{}", ((part,) for part in parts)),
    )


def _spread(count: int, step: float, height: float) -> list[float]:
    """Middles of so many boxes, centred in the height."""
    first = height / 2 - (count - 1) * step / 2
    return [first + number * step for number in range(count)]


def _committee(organs: list[Organ], label: str, middle: float) -> SafeString:
    left, width = COMMITTEE
    top = middle - TALL / 2
    if not organs:
        words = [(label, "v"), (_("none on record"), "")]
        return drawing.box(left, top, width, TALL, "vacant", words, "", label)
    organ = organs[0]
    tone = "committee" if organ.is_held else "committee vacant"
    words = [(organ.name, "v"), (drawing.marked(organ), "")]
    return drawing.box(
        left, top, width, TALL, tone, words, drawing.url_of(organ), drawing.title_of(organ)
    )


def _branch(organ: Organ | None, middle: float) -> SafeString:
    left, width = BRANCH
    top = middle - TALL / 2
    if organ is None:
        words = [(_("Branch"), "v"), (_("no branch or group covers this compound"), "")]
        return drawing.box(left, top, width, TALL, "vacant", words, "", words[1][0])
    tone = "branch" if organ.is_held else "branch vacant"
    words = [(organ.name, "v"), (drawing.marked(organ), "")]
    return drawing.box(
        left, top, width, TALL, tone, words, drawing.url_of(organ), drawing.title_of(organ)
    )


def _leaf(organ: Organ, middle: float) -> SafeString:
    tone = "group" if organ.is_held else "group vacant"
    return drawing.line(
        LEAF,
        middle,
        tone,
        organ.name,
        drawing.marked(organ),
        drawing.url_of(organ),
        drawing.title_of(organ),
    )


def _households(chain: Chain, middle: float) -> SafeString:
    label = _("Centre households")
    said = f"{chain.household_count} / {chain.seats}" if chain.seats else f"{chain.household_count}"
    is_short = chain.household_count < chain.seats
    mark = f"{'○' if is_short else '●'} {said}"
    return drawing.line(
        LEAF, middle, "group vacant" if is_short else "group", label, mark, "", f"{label} {said}"
    )
