"""Handing long work to the background worker once its row is committed."""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.db import transaction
from django_tasks import task

from governance.organisation.models import Area

from ..models import Run, Trial
from .classify import execute_run, prepare_run
from .trials import execute_trial, prepare_trial


@task()
def classify(run_id: int) -> None:
    execute_run(Run.objects.get(pk=run_id))


@task()
def try_out(trial_id: int) -> None:
    execute_trial(Trial.objects.get(pk=trial_id))


@transaction.atomic
def start_run(*, by, area: Area | None = None, as_of: dt.date | None = None) -> Run:
    """Prepare a run and leave it to the worker (at once where tasks are immediate).

    Raises NotAllowed, NoPolicyInForce.
    """
    run = prepare_run(by=by, area=area, as_of=as_of)
    transaction.on_commit(partial(classify.enqueue, run.pk))
    return run


@transaction.atomic
def start_trial(*, by, **terms) -> Trial:
    """Prepare a what-if (see `prepare_trial`) and leave it to the worker."""
    trial = prepare_trial(by=by, **terms)
    transaction.on_commit(partial(try_out.enqueue, trial.pk))
    return trial
