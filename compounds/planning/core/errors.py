"""Why no plan can be made: each refusal names its cause by a code, and the rows concerned.

Codes, not sentences: the room above says them in the reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass


class PlanningError(ValueError):
    """Something a person must put right before a plan can be made."""


class InputsError(PlanningError):
    """An array of the wrong length, a value that is no number, or a row nobody has."""

    def __init__(self, where: str, cause: str, rows: tuple[int, ...] = ()) -> None:
        self.where, self.cause, self.rows = where, cause, rows
        super().__init__(f"{where}: {cause} {list(rows[:10])}" if rows else f"{where}: {cause}")


@dataclass(frozen=True)
class LockConflict:
    """Locks that cannot be kept: the compounds, the provider asked for, and why not.

    Causes: `two_providers`, `refused`, `not_willing`, `out_of_reach`, `no_stepping_stone`,
    `too_large`, `capacity`, `size`, `street_fallback`, `not_found` (no plan keeping it was found).
    """

    cause: str
    compounds: tuple[int, ...]
    provider: int


class LocksError(PlanningError):
    """Locks contradict each other or a rule; `conflicts` names every one that was found."""

    def __init__(self, conflicts: list[LockConflict]) -> None:
        self.conflicts = conflicts
        said = "; ".join(f"{c.cause}: compounds {list(c.compounds[:10])}" for c in conflicts[:5])
        super().__init__(f"{len(conflicts)} locks cannot be kept: {said}")


class NoPlanError(PlanningError):
    """No plan keeps every rule, or none was found; `rows` are streets or compounds."""

    def __init__(self, cause: str, rows: tuple[int, ...] = ()) -> None:
        self.cause, self.rows = cause, rows
        super().__init__(f"{cause} {list(rows[:10])}")
