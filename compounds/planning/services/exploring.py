"""Reckoning the curves of a plan from what the plan was made of. Loaded by the worker alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from compounds.classification.services import background
from governance.foundation.errors import DomainError

from ..core import checking, curves, keeping
from ..core.curves import Findings, Outcome, Price
from ..core.district import derive
from ..core.inputs import NOBODY, Dials, Inputs
from ..core.plan import Plan, plan_of, split_of
from ..models import PlanCurve, PlanRun
from . import rebuilding
from .reckoning import MOVES_A_SECOND
from .running import dials_of
from .storing import versions

TELLING = 1.0  # seconds between two signs of life


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


def kept_plan(run: PlanRun, inputs: Inputs, dials: Dials) -> Plan:
    """A finished run's plan, from its rows; its arrays were made of the same inputs.

    Raises DomainError where the rows no longer give the figures of the run.
    """
    district = derive(inputs, dials)
    try:
        plan = plan_of(district, rebuilding.kept_plan(run, inputs).bundle)
    except KeyError as error:
        raise rebuilding.not_whole() from error
    objective = split_of(district, plan).objective
    if abs(objective - run.figures["plan"]["objective"]) > 1:
        raise rebuilding.not_whole()
    return plan


# As plain numbers


def _points(findings: Findings, inputs: Inputs) -> dict[str, Any]:
    is_better = findings.plan.objective - findings.base.objective > PlanCurve.BETTER
    found = findings.base.plan.bundle
    return {
        "better": rebuilding.as_rows(inputs, found) if is_better else [],
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
