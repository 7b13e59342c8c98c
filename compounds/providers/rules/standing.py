"""Credit score and bands, cards in a row, and the steps of a blacklisting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

# A blacklisting goes this way and no other: proposed by the district, the street's opinion, the
# firm heard, decided, and perhaps lifted before its term (§5.6, S4-20).
MOVES = {
    "PROPOSED": ("OPINION",),
    "OPINION": ("HEARING",),
    "HEARING": ("IN_FORCE", "REJECTED"),
    "IN_FORCE": ("LIFTED", "ENDED"),
    "REJECTED": (),
    "LIFTED": (),
    "ENDED": (),
}


def may_move(before: str, after: str) -> bool:
    return after in MOVES[before]


def is_open(state: str) -> bool:
    """Whether a blacklisting may still move."""
    return bool(MOVES[state])


@dataclass(frozen=True)
class Scale:
    """How a credit score is made and read, and when the district is warned.

    Source: the example of Yantai in §5.6; three yellow cards in a row, Qingdao (§5.6).
    """

    base: int = 80
    good_most: int = 40
    aaa_from: int = 85
    aa_from: int = 80
    a_from: int = 70
    b_from: int = 60
    yellow_to_red: int = 3
    share_percent: int = 40


def credit_score(points: Iterable[Decimal | int], scale: Scale) -> Decimal:
    """Base + what was good (not above its most) − what was bad; signed points."""
    good = bad = Decimal(0)
    for one in points:
        if one > 0:
            good += one
        else:
            bad -= one
    return scale.base + min(Decimal(scale.good_most), good) - bad


def band_of(score: Decimal | int, scale: Scale) -> str:
    """AAA, AA, A, B or C; a bound belongs to the better band."""
    for name, least in (
        ("AAA", scale.aaa_from),
        ("AA", scale.aa_from),
        ("A", scale.a_from),
        ("B", scale.b_from),
    ):
        if score >= least:
            return name
    return "C"


def suggests_red(colours: Sequence[str], scale: Scale) -> bool:
    """Whether the newest cards are so many yellow ones in a row (oldest first) as make a red."""
    newest = colours[-scale.yellow_to_red :]
    return len(newest) == scale.yellow_to_red and set(newest) == {"YELLOW"}
