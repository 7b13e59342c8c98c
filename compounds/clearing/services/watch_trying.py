"""What a draft would do: present readings judged by it, beside the present bands."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from governance.foundation import dates

from ..models import WatchPolicy
from ..rules import watch as rules
from .watch_policies import EDIT, PUBLISH
from .watch_reading import Reader, watched

BANDS = (rules.GREEN, rules.YELLOW, rules.RED)
NEVER = ""
MOST_MOVES = 200


@dataclass(frozen=True)
class Moved:
    """A compound that would stand elsewhere."""

    case: int
    name: str
    before: str
    after: str
    score: int
    hits: tuple[str, ...]


@dataclass(frozen=True)
class Trying:
    """How many compounds go from which band to which; the first of those that move."""

    matrix: dict[str, dict[str, int]]
    total: int
    moved: int
    moves: tuple[Moved, ...]
    hits: dict[str, int]

    @property
    def rows(self) -> list[tuple[str, list[tuple[str, int]], int]]:
        """(band before, [(band after, how many)], sum) in the order of the bands."""
        return [
            (before, [(after, self.matrix[before][after]) for after in BANDS], sum(counts))
            for before in (NEVER, *BANDS)
            if any(counts := [self.matrix[before][after] for after in BANDS])
        ]

    @property
    def sums(self) -> list[tuple[str, int]]:
        return [(b, sum(self.matrix[a][b] for a in (NEVER, *BANDS))) for b in BANDS]


def try_watch_policy(*, by, policy: WatchPolicy, as_of: dt.date | None = None) -> Trying:
    """Judge all compounds under watch of the policy's district by it, beside their present bands.

    Published and run on the same day, it yields exactly this.  Raises NotAllowed.
    """
    if not by.scope.can(EDIT, policy.district):
        by.scope.require(PUBLISH, policy.district)
    as_of = as_of or dates.today()
    compiled = rules.compile_policy(policy.as_rule())
    cases = watched(Q(district=policy.district), as_of, policy.months)
    reader = Reader(district=policy.district_id, as_of=as_of, keys=compiled.keys)
    readings = reader.read([case.compound for case in cases])
    matrix: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    hits: dict[str, int] = dict.fromkeys(compiled.keys, 0)
    moves, moved = [], 0
    for case in cases:
        scored = compiled.judge(readings[case.compound], as_of)
        matrix[case.band][scored.band] += 1
        hit = compiled.hits(scored)
        for key in hit:
            hits[key] += 1
        if case.band != scored.band and case.band:
            moved += 1
            if len(moves) < MOST_MOVES:
                moves.append(Moved(case.pk, case.name, case.band, scored.band, scored.score, hit))
    return Trying(matrix, len(cases), moved, tuple(moves), hits)
