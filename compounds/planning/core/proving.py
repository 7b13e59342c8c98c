"""Proofs for small districts, and why no plan exists: MILPs whose answers are plans or codes.

`prove` polishes a plan of a whole small district, `polish` of some of its compounds (a street)
while the others stay where they are. `conflict` names locks and limits that together forbid every
plan though each of them alone could be given up.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from . import highs
from .district import NO_LIMIT, District, derive
from .errors import NoPlanError, PlanningError
from .inputs import NOBODY, Dials, Inputs
from .model import SCALE, model_of
from .plan import Plan, is_feasible, split_of

NO_CAP = 1e6  # yuan per m²: as good as none
FAR = 1e9  # m


@dataclass(frozen=True, eq=False)
class Proof:
    """`bound` is what the solver holds for proven; `bounding` certifies by arithmetic of ours."""

    plan: Plan
    objective: float
    bound: float
    is_optimal: bool
    seconds: float


def prove(
    district: District,
    plan: Plan,
    *,
    seconds: float = 60.0,
    stop: highs.Stop | None = None,
    clock: highs.Clock = time.monotonic,
) -> Proof:
    """The best plan found from `plan` on, never a dearer one, and how far from it any could be."""
    return polish(district, plan, np.arange(district.n), seconds=seconds, stop=stop, clock=clock)


def polish(
    district: District,
    plan: Plan,
    compounds: np.ndarray,
    *,
    seconds: float = 20.0,
    stop: highs.Stop | None = None,
    clock: highs.Clock = time.monotonic,
) -> Proof:
    """The same for the given compounds alone: everybody else is served as in `plan`."""
    model = model_of(district)
    start = model.start(plan)
    is_free = np.zeros(district.n, dtype=bool)
    is_free[compounds] = True
    tied = np.flatnonzero(~is_free[district.arc_compound]) + model.arc
    tied = np.concatenate([tied, np.flatnonzero(~is_free) + model.left])
    for column in tied.tolist():
        model.rows.lower[column] = model.rows.upper[column] = start[column]
    answer = highs.solve(
        model.rows, seconds=seconds, start=start, absolute_gap=1e-3, stop=stop, clock=clock
    )
    best, objective = plan, split_of(district, plan).objective
    if answer.values is not None:
        found = model.plan(answer.values)
        cost = split_of(district, found).objective
        if cost < objective and is_feasible(district, found):
            best, objective = found, cost
    bound = answer.bound * SCALE if math.isfinite(answer.bound) else 0.0
    bound = min(objective, max(0.0, bound))
    return Proof(
        plan=best,
        objective=objective,
        bound=bound,
        is_optimal=objective - bound <= 2.0 + 1e-6 * abs(objective),
        seconds=answer.seconds,
    )


@dataclass(frozen=True, order=True)
class Element:
    """One thing that could be given up, or the rule a lock runs into.

    Kinds: `lock` (compound, provider), `capacity` (provider), `size` (row of a base), and the dials
    `must_serve`, `provider_share`, `street_fallback`, `budget`, `years`, `cap`, `reach`. Where one
    lock alone is impossible, the kind beside it is the cause of errors.LockConflict.
    """

    kind: str
    compound: int = NOBODY
    row: int = NOBODY  # provider or base


@dataclass(frozen=True)
class Conflict:
    elements: tuple[Element, ...]
    is_minimal: bool  # without any one of them a plan was found


def conflict(
    inputs: Inputs,
    dials: Dials,
    *,
    seconds: float = 30.0,
    stop: highs.Stop | None = None,
    clock: highs.Clock = time.monotonic,
) -> Conflict | None:
    """Locks and limits that cannot hold together, as few as the time allows; None if all can."""
    begun = clock()
    tests: dict[frozenset[Element], bool | None] = {}

    def is_possible(kept: list[Element]) -> bool | None:
        """Is there a plan if only these hold; None where the time did not suffice to tell."""
        key = frozenset(kept)
        if key not in tests:
            left = seconds - (clock() - begun)
            late = left <= 0 or (stop is not None and stop())
            tests[key] = None if late else _is_possible(inputs, dials, key, min(left, 10.0), clock)
        return tests[key]

    elements = _elements(inputs, dials)
    if is_possible(elements) is not False:
        return None
    alone = _impossible_lock(inputs, dials, elements, is_possible)
    if alone is not None:
        return Conflict(alone, is_minimal=True)
    needed = _smallest([], elements, is_possible)
    minimal = all(is_possible([e for e in needed if e != one]) for one in needed)
    return Conflict(tuple(sorted(needed)), is_minimal=minimal)


def _elements(inputs: Inputs, dials: Dials) -> list[Element]:
    """What could be given up; what stands earlier is sooner named in a conflict."""
    elements = [
        Element("lock", int(compound), int(provider))
        for compound, provider in np.unique(np.asarray(inputs.locked, np.int64), axis=0)
    ]
    wanted = {lock.row for lock in elements if lock.row != NOBODY}
    for kind in ("must_serve", "street_fallback", "years", "budget", "provider_share"):
        if getattr(dials, kind) not in (None, ()):
            elements.append(Element(kind))
    if dials.street_fallback is not None or dials.must_serve is not None:
        wanted = set(range(len(inputs.providers.ids)))
    elements += [Element("capacity", row=j) for j in sorted(wanted)]
    bases = enumerate(inputs.bases.provider.tolist())
    elements += [Element("size", row=k) for k, j in bases if j in wanted]
    return [*elements, Element("cap"), Element("reach")]


def lonely(inputs: Inputs, dials: Dials) -> tuple[int, ...]:
    """Compounds that must be served and that no base may serve, however many are looked at."""
    try:
        derive(inputs, replace(dials, nearest=len(inputs.bases.provider)))
    except NoPlanError as error:
        return error.rows if error.cause == "must_serve" else ()
    except PlanningError:
        pass
    return ()


def _impossible_lock(inputs, dials, elements, is_possible) -> tuple[Element, ...] | None:
    """A lock no plan can keep even if every limit is given up, with the rule against it."""
    for lock in (e for e in elements if e.kind == "lock"):
        if is_possible([lock]) is False:
            try:
                derive(replace(inputs, locked=np.array([[lock.compound, lock.row]])), dials)
            except PlanningError as error:
                causes = {found.cause for found in getattr(error, "conflicts", [])}
                return (lock, *(Element(cause) for cause in sorted(causes)))
            return (lock,)
    return None


def _smallest(
    held: list[Element], asked: list[Element], is_possible: Callable[[list[Element]], bool | None]
) -> list[Element]:
    """A part of `asked` that with `held` forbids every plan; halves are tried before single ones.

    What was not told in time counts as possible, so that more is kept, never too little.
    """
    if is_possible(held) is False:
        return []
    if len(asked) == 1:
        return asked
    middle = len(asked) // 2
    first, second = asked[:middle], asked[middle:]
    of_second = _smallest([*held, *first], second, is_possible)
    of_first = _smallest([*held, *of_second], first, is_possible)
    return [*of_first, *of_second]


def _is_possible(
    inputs: Inputs, dials: Dials, kept: frozenset[Element], seconds: float, clock
) -> bool | None:
    kinds = {element.kind for element in kept}
    rows = {kind: {e.row for e in kept if e.kind == kind} for kind in ("capacity", "size")}
    locked = [(e.compound, e.row) for e in kept if e.kind == "lock"]
    capacity = inputs.providers.capacity.astype(float).copy()
    given_up = [j not in rows["capacity"] for j in range(len(capacity))]
    capacity[given_up] = np.maximum(capacity[given_up], inputs.compounds.area.sum())
    most = inputs.bases.most.copy()
    most[[k not in rows["size"] for k in range(len(most))]] = len(inputs.compounds.ids)
    freed = replace(
        inputs,
        locked=np.array(sorted(locked), dtype=np.int64).reshape(-1, 2),
        providers=replace(inputs.providers, capacity=capacity),
        bases=replace(inputs.bases, most=most),
    )
    dials = replace(
        dials,
        cap=dials.cap if "cap" in kinds else NO_CAP,
        near=dials.near if "reach" in kinds else FAR,
        budget=dials.budget if "budget" in kinds else None,
        years=dials.years if "years" in kinds else (),
        must_serve=dials.must_serve if "must_serve" in kinds else None,
        provider_share=dials.provider_share if "provider_share" in kinds else None,
        street_fallback=dials.street_fallback if "street_fallback" in kinds else None,
    )
    begun, bases = clock(), len(inputs.bases.provider)
    found = _has_plan(freed, dials, seconds, clock)
    if found is False and dials.nearest < bases:
        # The cut to the nearest bases is no rule: what it alone forbids is no conflict.
        left = max(seconds - (clock() - begun), 0.1)
        found = _has_plan(freed, replace(dials, nearest=bases), left, clock)
    return found


def _has_plan(inputs: Inputs, dials: Dials, seconds: float, clock) -> bool | None:
    try:
        district = derive(inputs, dials)
    except PlanningError:
        return False
    limited = (district.street_fallback_most != NO_LIMIT).any()
    if not limited and not district.must.any():
        return True  # everybody to fallback
    model = model_of(district)
    rows = model.rows
    if not limited:
        # Only bundles that someone locked may join are needed.
        useful = np.zeros(district.K, dtype=bool)
        useful[district.arc_bundle[district.must[district.arc_compound] == 1]] = True
        for arc in np.flatnonzero(~useful[district.arc_bundle]).tolist():
            rows.upper[model.arc + arc] = 0
    rows.cost = [0.0] * len(rows.cost)
    answer = highs.solve(rows, seconds=seconds, clock=clock)
    if answer.status == "infeasible":
        return False
    return True if answer.values is not None else None


def street(district: District, number: int) -> np.ndarray:
    """The compounds of a street, for `polish`."""
    return np.flatnonzero(district.street == number)
