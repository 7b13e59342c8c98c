"""Reckoning the curves of a plan from what the plan was made of. Loaded by the worker alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from compounds.classification.services import background
from governance.foundation.errors import DomainError

from ..core import checking, curves, keeping
from ..core.curves import Findings, Outcome, Price
from ..core.district import derive
from ..core.inputs import CENTRE, NOBODY, Dials, Inputs
from ..core.plan import Plan, plan_of, split_of
from ..models import PlanBundle, PlanCurve, PlanPlace, PlanRun
from .reckoning import MOVES_A_SECOND
from .running import dials_of
from .storing import versions

TELLING = 1.0  # seconds between two signs of life
SAME_PLACE = 1.0  # m: ways are kept in whole metres


def execute(curve: PlanCurve, progress: Callable[[int, int], None] | None = None) -> None:
    """Search under other dials and without each rule; a cancelled or failed run keeps nothing."""
    background.execute(curve, partial(_steps, curve), progress)


def _steps(curve: PlanCurve, report: Callable[[int], None]) -> None:
    run = curve.run
    inputs, dials = keeping.unpack(run.inputs), dials_of(run)
    findings = curves.explore(
        inputs,
        dials,
        kept_plan(run, inputs, dials),
        seed=curve.seed,
        moves=curve.seconds * MOVES_A_SECOND,
        tell=_telling(curve, report),
    )
    _refuse_breaches(findings, partial(report, curve.total))
    curve.versions = versions()
    curve.points = _points(findings, inputs)


def _telling(curve: PlanCurve, report: Callable[[int], None]) -> Callable[[int, int], None]:
    """Progress once a second; a request to stop comes out of telling."""
    told = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= TELLING:
            told, curve.total = time.monotonic(), total
            report(done)

    return tell


def _refuse_breaches(findings: Findings, tell: Callable[[], None]) -> None:
    """No figure is shown of a plan that breaks a rule it was made under."""
    outcomes = {(id(one.variant), one.plan.bundle.tobytes()): one for one in findings.outcomes}
    for one in outcomes.values():
        tell()
        found = checking.breaches(one.variant.inputs, one.variant.dials, one.plan)
        if found:
            raise DomainError(
                _(
                    "The curves were thrown away: the independent check found a plan that breaks "
                    "“%(rule)s”."
                )
                % {"rule": found[0].rule}
            )


# The plan as arrays again


def kept_plan(run: PlanRun, inputs: Inputs, dials: Dials) -> Plan:
    """A finished run's plan, from its rows; its arrays were made of the same inputs.

    Raises DomainError where the rows no longer give the figures of the run.
    """
    number = {pk: at for at, pk in enumerate(inputs.compounds.ids.tolist())}
    members: dict[int, list[tuple[int, int]]] = {}
    rows = PlanPlace.objects.filter(run=run, bundle__isnull=False).order_by("pk")
    for compound, bundle, metres in rows.values_list("compound_id", "bundle_id", "metres"):
        members.setdefault(bundle, []).append((number[compound], metres))
    bundle = np.full(len(number), NOBODY, dtype=np.int32)
    for row in PlanBundle.objects.filter(run=run).order_by("number"):
        at, metres = np.array(members[row.pk]).T
        bundle[at] = _base_of(inputs, row, at, metres, bundle)
    district = derive(inputs, dials)
    try:
        plan = plan_of(district, bundle)
        objective = split_of(district, plan).objective
    except KeyError:
        objective = np.inf
    if abs(objective - run.figures["plan"]["objective"]) > 1:
        raise DomainError(_("The rows of this plan are no longer whole. Make a new plan."))
    return plan


def _base_of(inputs: Inputs, row: PlanBundle, at: np.ndarray, metres: np.ndarray, used) -> int:
    """The base of a bundle: one of its provider, as far from each member as is written down."""
    bases, compounds = inputs.bases, inputs.compounds
    if row.provider_id is None:
        is_centre = inputs.providers.kind[bases.provider] == CENTRE
        ours = is_centre & (bases.street == compounds.street[at[0]])
    else:
        ours = inputs.providers.ids[bases.provider] == row.provider_id
    options = np.setdiff1d(np.flatnonzero(ours), used)
    ways = np.hypot(
        compounds.x[at, None] - bases.x[options], compounds.y[at, None] - bases.y[options]
    )
    off = np.abs(ways - metres[:, None]).max(axis=0)
    if not len(off) or off.min() > SAME_PLACE:
        raise DomainError(_("The rows of this plan are no longer whole. Make a new plan."))
    return int(options[off.argmin()])


# As plain numbers


def _points(findings: Findings, inputs: Inputs) -> dict[str, Any]:
    return {
        "plan": _side(findings.plan),
        "base": _side(findings.base),
        "noise": findings.noise,
        "curves": {
            name: [
                {"at": one.at, "side": None if one.outcome is None else _side(one.outcome)}
                for one in points
            ]
            for name, points in findings.curves.items()
        },
        "prices": [_price(one, inputs) for one in findings.prices],
    }


def _side(outcome: Outcome) -> dict[str, Any]:
    return {
        **asdict(outcome.split),
        "public": outcome.split.public,
        "objective": outcome.objective,
        "left": outcome.plan.left,
        "left_households": outcome.left_households,
        "moved": outcome.moved,
    }


def _price(price: Price, inputs: Inputs) -> dict[str, Any]:
    """What lifting a rule changes; whom it concerns by the keys of the register."""
    rule, found = price.rule, {"kind": price.rule.kind}
    if rule.kind == "lock":
        found["compound"] = int(inputs.compounds.ids[rule.rows[0]])
        found["provider"] = _firm(inputs, rule.rows[1])
    elif rule.kind == "refusals":
        found |= {"provider": _firm(inputs, rule.rows[0]), "count": rule.rows[1]}
    elif rule.rows:
        found["count"] = rule.rows[0]
    return {
        **found,
        "saving": price.saving,
        "before": _side(price.before),
        "after": _side(price.after),
    }


def _firm(inputs: Inputs, provider: int) -> int | None:
    """The key of a provider; None for fallback, and for a centre that does not exist yet."""
    pk = NOBODY if provider == NOBODY else int(inputs.providers.ids[provider])
    return None if pk == NOBODY else pk
