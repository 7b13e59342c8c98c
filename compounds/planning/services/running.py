"""Running the optimiser in the background, and keeping all of what it found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict, fields
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _
from django_tasks import task

from compounds.classification.services import background
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.organisation.models import Area, Level

from .. import gathering, telling
from ..core import annealing, bounding, checking, district, offices
from ..core.errors import PlanningError
from ..core.inputs import Dials
from ..core.plan import Plan
from ..figures import Results
from ..models import RUN, Norms, PlanRun
from .storing import store

# The optimiser's own dials, and who may be planned with.
DIALS = tuple(one.name for one in fields(Dials))
WHO = "who"
TOTAL = 100  # progress is told in percent
GATHERED, PLANNED_BY_HAND, SEARCHED, BOUNDED = 3, 8, 55, 90


@transaction.atomic
def start_plan(
    *,
    by,
    area: Area,
    dials: Dials,
    who: str = gathering.NOT_REFUSED,
    seed: int = 1,
    seconds: int = 20,
    title: str = "",
    as_of: dt.date | None = None,
) -> PlanRun:
    """Prepare a run for a district or a street and leave it to the worker.

    Raises NotAllowed, DomainError where the district has no planning norms or a run waits already.
    """
    by.scope.require(RUN, area)
    if area.level not in (Level.DISTRICT, Level.STREET):
        raise DomainError(_("A plan is made for a district or a street."), field="area")
    day = as_of or dates.today()
    norms = Norms.objects.in_force(area.district_id, day)
    if norms is None:
        raise DomainError(_("Enter the planning norms of the district first."), field="norms")
    open_states = (PlanRun.State.QUEUED, PlanRun.State.RUNNING)
    if PlanRun.objects.filter(area=area, by=by, state__in=open_states).exists():
        raise DomainError(_("A plan of yours for this area is being reckoned already."))
    run = PlanRun(
        area=area,
        by=by,
        as_of=day,
        norms=norms,
        title=title.strip()[:100],
        dials={**asdict(dials), WHO: who},
        seed=seed,
        seconds=seconds,
        total=TOTAL,
    )
    run.save()
    transaction.on_commit(partial(carry_out.enqueue, run.pk))
    audit.record("plan", run, by=by, changes={"dials": [None, run.dials]})
    return run


@task()
def carry_out(run_id: int) -> None:
    execute(PlanRun.objects.get(pk=run_id))


def execute(run: PlanRun, progress: Callable[[int, int], None] | None = None) -> None:
    """Gather, plan, check, bound, explain and keep; a cancelled or failed run keeps nothing."""
    background.execute(run, partial(_steps, run), progress)


def dials_of(run: PlanRun) -> Dials:
    return Dials(**{name: run.dials[name] for name in DIALS})


def _steps(run: PlanRun, report: Callable[[int], None]) -> None:
    run.total = TOTAL
    try:
        results = _reckon(run, report)
    except PlanningError as error:
        raise DomainError(telling.sentence(error)) from error
    store(run, results)


def _reckon(run: PlanRun, report: Callable[[int], None]) -> Results:
    """Everything a run finds, checked by the independent checker before anybody sees it."""
    dials = dials_of(run)
    gathered = gathering.gather_inputs(
        run.area, run.norms, run.as_of, who=run.dials[WHO], centres=dials.centres
    )
    report(GATHERED)
    known = district.derive(gathered.inputs, dials)
    by_hand = offices.gap_careful(known)
    report(PLANNED_BY_HAND)
    plan = annealing.anneal(
        known,
        seed=run.seed,
        seconds=run.seconds,
        progress=_between(report, PLANNED_BY_HAND, SEARCHED),
    )
    for one in (plan, by_hand):
        _refuse_breaches(gathered, dials, one)
    report(SEARCHED)
    bound = bounding.bound(
        known, seconds=2 * run.seconds, progress=_between(report, SEARCHED, BOUNDED)
    )
    report(BOUNDED)
    return Results(gathered, dials, known, plan, by_hand, bound)


def _between(report: Callable[[int], None], first: int, last: int) -> Callable[..., None]:
    """Progress of a part (0 to 1, then whatever else it tells) as progress of the whole."""
    return lambda share, *_best: report(first + int((last - first) * min(max(share, 0.0), 1.0)))


def _refuse_breaches(gathered: gathering.Gathered, dials: Dials, plan: Plan) -> None:
    """No plan is shown that breaks a rule, whoever made it."""
    found = checking.breaches(gathered.inputs, dials, plan)
    if found:
        raise DomainError(
            _("The plan was thrown away: the independent check found that it breaks “%(rule)s”.")
            % {"rule": found[0].rule}
        )
