"""Running the optimiser in the background, and keeping all of what it found."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, fields, replace
from functools import partial
from importlib import import_module
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_tasks import task

from compounds.classification.services import background
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.organisation.models import Area, Level

from .. import gathering
from ..core.inputs import Dials
from ..models import RUN, Norms, PlanCurve, PlanRun
from ..paying import Paying, paying_from, usual

# The optimiser's own dials, who may be planned with, and when the subsidy is paid.
DIALS = tuple(one.name for one in fields(Dials))
WHO, PAYING = "who", "paying"
TOTAL = 100  # progress is told in percent


@transaction.atomic
def start_plan(
    *,
    by,
    area: Area,
    dials: Dials,
    who: str = gathering.NOT_REFUSED,
    paying: Paying | None = None,
    seed: int = 1,
    seconds: int = 20,
    title: str = "",
    as_of: dt.date | None = None,
    begun_from: PlanCurve | None = None,
) -> PlanRun:
    """Prepare a run for a district or a street and leave it to the worker.

    `paying` says when the subsidy is paid and what the years have; None: as is usual, without
    limits. The search begins at the better plan of `begun_from`, if given. Raises NotAllowed,
    DomainError where the district has no planning norms or a run waits already.
    """
    by.scope.require(RUN, area)
    if area.level not in (Level.DISTRICT, Level.STREET):
        raise DomainError(_("A plan is made for a district or a street."), field="area")
    day = as_of or dates.today()
    norms = Norms.objects.in_force(area.district_id, day)
    if norms is None:
        raise DomainError(_("Enter the planning norms of the district first."), field="norms")
    background.fail_stale(PlanRun)  # a run whose worker was killed keeps nobody waiting
    paying = paying or usual(day, norms.ramp_months)
    run = PlanRun(
        area=area,
        by=by,
        as_of=day,
        norms=norms,
        title=title.strip()[:100],
        dials={**_plain(replace(dials, years=paying.years)), WHO: who, PAYING: paying.as_json()},
        seed=seed,
        seconds=seconds,
        total=TOTAL,
        begun_from=begun_from,
    )
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError as error:
        raise DomainError(_("A plan of yours for this area is being reckoned already.")) from error
    transaction.on_commit(partial(carry_out.enqueue, run.pk))
    audit.record("plan", run, by=by, changes={"dials": [None, run.dials]})
    return run


@task()
def carry_out(run_id: int) -> None:
    # The solvers are loaded by the worker alone: no page needs them.
    reckoning = import_module("compounds.planning.services.reckoning")
    reckoning.execute(PlanRun.objects.get(pk=run_id))


def _plain(dials: Dials) -> dict[str, Any]:
    """Dials as they are kept."""
    return {**asdict(dials), "years": [list(year) for year in dials.years]}


def dials_of(run: PlanRun) -> Dials:
    """A run's dials; one that came later stands where it changes nothing."""
    kept = {name: run.dials[name] for name in DIALS if name in run.dials}
    return Dials(**{**kept, "years": tuple((share, yuan) for share, yuan in kept.get("years", ()))})


def paying_of(run: PlanRun) -> Paying:
    """When a run's subsidy is paid, and what its years have."""
    if PAYING in run.dials:
        return paying_from(run.dials[PAYING])
    return usual(run.as_of, run.norms.ramp_months)
