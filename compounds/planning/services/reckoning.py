"""Reckoning a plan: gather, plan, check, bound, keep. Loaded by the worker alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

import numpy as np
from django.utils.translation import gettext as _

from compounds.classification.services import background
from governance.foundation.errors import DomainError

from .. import gathering, telling
from ..core import annealing, checking, district, finishing, offices, shaking
from ..core.errors import NoPlanError, PlanningError
from ..core.inputs import NOBODY, Dials
from ..core.plan import Plan, plan_of
from ..figures import Results
from ..models import Adoption, PlanRun
from . import conflicting, rebuilding
from .running import TOTAL, WHO, dials_of
from .storing import store

# A search of so many moves is the same everywhere, one of so many seconds is not.
MOVES_A_SECOND = 1_000_000
GATHERED, PLANNED_BY_HAND, SEARCHED, BOUNDED = 3, 8, 55, 90
SHAKEN = 10  # the search after noise has a tenth of the moves


def execute(run: PlanRun, progress: Callable[[int, int], None] | None = None) -> None:
    """Gather, plan, check, bound, explain and keep; a cancelled or failed run keeps nothing."""
    background.execute(run, partial(_steps, run), progress)


def _steps(run: PlanRun, report: Callable[[int], None]) -> None:
    run.total, began = TOTAL, time.monotonic()
    dials = dials_of(run)
    gathered = gathering.gather_inputs(run.area, run.norms, run.as_of, who=run.dials[WHO])
    report(GATHERED)
    try:
        results = _reckon(run, gathered, dials, report)
    except PlanningError as error:
        run.figures = {"conflict": _conflict(gathered, dials, error, report)}
        names = [row.name for row in gathered.compounds]
        raise DomainError(telling.sentence(error, names)) from error
    run.stability = _stability(run, results, report)
    store(run, results, began)


def _conflict(gathered, dials: Dials, error: PlanningError, report) -> dict:
    """What forbids every plan; the search can be cancelled like any other part."""
    stop = _ticking(_between(report, SEARCHED, BOUNDED), conflicting.SECONDS)
    return conflicting.conflict_of(gathered, dials, error, stop=stop, clock=time.thread_time)


def _reckon(run: PlanRun, gathered, dials: Dials, report: Callable[[int], None]) -> Results:
    """Everything a run finds, checked by the independent checker before anybody sees it."""
    known = district.derive(gathered.inputs, dials)
    by_hand = _by_hand(known)
    report(PLANNED_BY_HAND)
    better = _better(run, gathered, known)
    followed = None if better else approved(run, gathered, known)
    plan = annealing.anneal(
        known,
        seed=run.seed,
        moves=run.seconds * MOVES_A_SECOND,
        start=better or followed or official(known),
        stay=followed is not None,
        progress=_between(report, PLANNED_BY_HAND, SEARCHED),
    )
    report(SEARCHED)
    seconds = 2 * run.seconds
    plan, bound = finishing.bound_and_better(
        known,
        plan,
        seed=run.seed,
        seconds=seconds,
        moves=seconds * MOVES_A_SECOND,
        stays=followed is not None,
        stop=_ticking(_between(report, SEARCHED, BOUNDED), seconds),
        clock=time.thread_time,
    )
    for one in (plan, by_hand):
        if one is not None:
            _refuse_breaches(gathered, dials, one)
    report(BOUNDED)
    return Results(gathered, dials, known, plan, by_hand, bound)


def _stability(run: PlanRun, results: Results, report: Callable[[int], None]) -> dict:
    """Who moves when the data err a little, found with a small part of the search."""
    found = shaking.shake(
        results.gathered.inputs,
        results.dials,
        results.plan,
        seed=run.seed,
        moves=run.seconds * MOVES_A_SECOND // SHAKEN,
        progress=_between(report, BOUNDED, TOTAL),
    )
    return {**asdict(found), "noise": shaking.NOISE} if found else {}


def _by_hand(known: district.District) -> Plan | None:
    """What a careful office comes to; None where it finds no plan that keeps the rules."""
    try:
        return offices.gap_careful(known)
    except NoPlanError:
        return None


def _between(report: Callable[[int], None], first: int, last: int) -> Callable[..., None]:
    """Progress of a part (0 to 1, then whatever else it tells) as progress of the whole."""
    return lambda share, *_best: report(first + int((last - first) * min(max(share, 0.0), 1.0)))


def _ticking(tell: Callable[[float], None], seconds: float) -> Callable[[], bool]:
    """Progress by processor time, told once a second; a request to stop comes out of telling.

    A second of the clock: this thread may be waiting for others at work.
    """
    begun, told = time.thread_time(), time.monotonic()

    def never() -> bool:
        nonlocal told
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            tell((time.thread_time() - begun) / seconds)
        return False

    return never


def official(known: district.District) -> Plan | None:
    """Today's plan as far as the optimiser knows its firms: each compound at their nearest base.

    None where nobody serves anything yet.
    """
    bundle = np.full(known.n, NOBODY, dtype=np.int32)
    theirs = known.bundle_provider[known.arc_bundle] == known.today[known.arc_compound]
    # Arcs of a compound are sorted by distance: written backwards, the nearest stays.
    for arc in np.flatnonzero(theirs)[::-1]:
        bundle[known.arc_compound[arc]] = known.arc_bundle[arc]
    return plan_of(known, bundle) if (bundle != NOBODY).any() else None


def approved(run: PlanRun, gathered, known: district.District) -> Plan | None:
    """The plan of this area that was approved last, by the bases and streets there still are.

    Its proposals may still be on their way: another plan begins where it left off.
    """
    adoptions = Adoption.objects.filter(
        state=Adoption.State.APPROVED, run__area=run.area_id, run__as_of__lte=run.as_of
    )
    last = adoptions.order_by("-decided_on", "-pk").values_list("run", flat=True).first()
    if last is None:
        return None
    return _possible(known, rebuilding.carried_over(last, gathered))


def _better(run: PlanRun, gathered, known: district.District) -> Plan | None:
    """The plan that the curves it is begun from found, as far as it is still possible."""
    if run.begun_from is None:
        return None
    rows = run.begun_from.points["better"]
    return _possible(known, rebuilding.from_rows(gathered.inputs, rows))


def _possible(known: district.District, bundle: np.ndarray) -> Plan | None:
    """Those of the bundles that still have an arc; the others are left. None where none has."""
    kept = np.full(known.n, NOBODY, dtype=np.int32)
    arcs = np.flatnonzero(bundle[known.arc_compound] == known.arc_bundle)
    kept[known.arc_compound[arcs]] = known.arc_bundle[arcs]
    return plan_of(known, kept) if (kept != NOBODY).any() else None


def _refuse_breaches(gathered: gathering.Gathered, dials: Dials, plan: Plan) -> None:
    """No plan is shown that breaks a rule, whoever made it."""
    found = checking.breaches(gathered.inputs, dials, plan)
    if found:
        raise DomainError(
            _("The plan was thrown away: the independent check found that it breaks “%(rule)s”.")
            % {"rule": found[0].rule}
        )
