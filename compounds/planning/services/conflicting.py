"""Which locks and limits forbid every plan: found by the worker, kept as codes and row numbers.

What is kept names compounds, firms and streets by their keys in the register; pages say it in
words (`conflicts.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core import proving
from ..core.errors import LocksError, NoPlanError, PlanningError
from ..core.inputs import NOBODY, Dials
from ..gathering import Gathered

SECONDS = 40.0  # of processor time, for the search of a minimal set


def conflict_of(
    gathered: Gathered,
    dials: Dials,
    error: PlanningError,
    *,
    stop: Callable[[], bool],
    clock: Callable[[], float],
) -> dict[str, Any]:
    """What cannot hold together, as few as the time allows; else what the error itself names."""
    book = _Book(gathered)
    found = proving.conflict(gathered.inputs, dials, seconds=SECONDS, stop=stop, clock=clock)
    items = [book.told(one) for one in found.elements] if found else book.said_by(error)
    return {
        "items": items,
        "is_minimal": bool(found and found.is_minimal),
        "is_proven": found is not None,
        "unserved": [book.compound(at) for at in proving.lonely(gathered.inputs, dials)[:50]],
    }


class _Book:
    """Row numbers of the arrays as keys of the register."""

    def __init__(self, gathered: Gathered) -> None:
        self.gathered, self.inputs = gathered, gathered.inputs

    def compound(self, at: int) -> int:
        return self.gathered.compounds[at].pk

    def provider(self, at: int) -> dict[str, Any]:
        """A firm, or the street whose centre it is."""
        firm = self.gathered.firms[at]
        if firm is not None:
            return {"provider": firm.pk}
        base = self.inputs.bases.provider.tolist().index(at)
        return {"street": self.gathered.bases[base][1]}

    def told(self, one: proving.Element) -> dict[str, Any]:
        found: dict[str, Any] = {"kind": one.kind}
        if one.compound != NOBODY:
            found["compound"] = self.compound(one.compound)
            found["said"] = float(self.inputs.compounds.area[one.compound])
        if one.kind == "size":
            found |= self.provider(int(self.inputs.bases.provider[one.row]))
            found["said"] = int(self.inputs.bases.most[one.row])
        elif one.row != NOBODY:
            found |= self.provider(one.row)
        if one.kind == "capacity":
            found["said"] = float(self.inputs.providers.capacity[one.row])
        return found

    def said_by(self, error: PlanningError) -> list[dict[str, Any]]:
        """What an error names where no proof was reached in time."""
        if isinstance(error, LocksError):
            return [
                {"kind": one.cause, "compound": self.compound(at), **self.provider(one.provider)}
                for one in error.conflicts
                for at in one.compounds[:20]
            ]
        if isinstance(error, NoPlanError) and error.cause == "street_fallback":
            return [{"kind": error.cause, "street": self.gathered.streets[at]} for at in error.rows]
        return []
