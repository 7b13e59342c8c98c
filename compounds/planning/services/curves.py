"""Having the curves of a plan reckoned in the background."""

from __future__ import annotations

from functools import partial
from importlib import import_module

from django.db import transaction
from django.utils.translation import gettext as _
from django_tasks import task

from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update

from ..models import RUN, PlanCurve, PlanRun
from ..paying import rolled_on
from .running import WHO, dials_of, paying_of, start_plan


@transaction.atomic
def start_curves(*, by, run: PlanRun, seconds: int) -> PlanCurve:
    """Prepare the curves of a finished plan and leave them to the worker.

    Each search takes so many seconds. Raises NotAllowed, DomainError where the plan is not
    finished or its curves are being reckoned already.
    """
    by.scope.require(RUN, run)
    row = for_update(PlanRun.objects).defer("inputs").get(pk=run.pk)
    if row.state != PlanRun.State.DONE:
        raise DomainError(_("Only a finished plan has curves."))
    waiting = (PlanCurve.State.QUEUED, PlanCurve.State.RUNNING)
    if row.curves.filter(state__in=waiting).exists():
        raise DomainError(_("The curves of this plan are being reckoned already."))
    curve = PlanCurve(
        run=row, area=row.area, by=by, as_of=row.as_of, seed=row.seed, seconds=seconds
    )
    curve.save()
    transaction.on_commit(partial(carry_out.enqueue, curve.pk))
    audit.record("draw_curves", curve, by=by, changes={"seconds": [None, seconds]})
    return curve


def take_over(*, by, curve: PlanCurve) -> PlanRun:
    """Begin a new plan at the better one the searches found, under the same dials.

    It is reckoned from the data of today. Raises NotAllowed, DomainError where no better plan
    was kept or a run waits already.
    """
    if not (curve.better_by and curve.points.get("better")):
        raise DomainError(_("These curves keep no better plan. Have them reckoned anew."))
    run = curve.run
    return start_plan(
        by=by,
        area=run.area,
        dials=dials_of(run),
        who=run.dials[WHO],
        paying=rolled_on(paying_of(run), dates.today()),
        seed=run.seed,
        seconds=run.seconds,
        title=_("%(plan)s, searched further") % {"plan": run},
        begun_from=curve,
    )


@task()
def carry_out(curve_id: int) -> None:
    # The solvers are loaded by the worker alone: no page needs them.
    exploring = import_module("compounds.planning.services.exploring")
    exploring.execute(PlanCurve.objects.select_related("run").get(pk=curve_id))
