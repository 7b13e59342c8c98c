"""What verbs of this room share: the lock on a run, and the row of a computed month."""

import contextlib
import datetime as dt
import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from governance.foundation import bulk, dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from subsidies.entitlements.rules import due as rule
from subsidies.entitlements.rules.due import Due, Inputs, Problem

from ..errors import NotOpen
from ..models import Accrual, AccrualRun

State = AccrualRun.State
COMPUTED, POSTED, PROBLEM = Accrual.State.COMPUTED, Accrual.State.POSTED, Accrual.State.PROBLEM
DROPPED, REVERSED = Accrual.State.DROPPED, Accrual.State.REVERSED
# Lines that hold their month: nothing else may be accrued for it.
ACTIVE = (PROBLEM, COMPUTED, POSTED)
# Written whenever a month is computed.
AMOUNTS = (
    "days_served",
    "basis",
    "basis_value",
    "rate",
    "gross",
    "score",
    "deduction",
    "due",
    "shares",
    "problems",
    "trace",
    "state",
)
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def locked_run(run: AccrualRun, *states: str, version: int | None = None) -> AccrualRun:
    """The run, held; in one of the states and computed. Raises NotOpen, StaleRecord."""
    row = for_update(AccrualRun.objects).get(pk=run.pk)
    if row.state not in states:
        raise NotOpen(_("This accrual is no longer open for that."))
    if version is not None and row.version != version:
        raise StaleRecord(current=row)
    return row


def computed_run(run: AccrualRun, *states: str, version: int | None = None) -> AccrualRun:
    """As `locked_run`, and fully computed."""
    row = locked_run(run, *states, version=version)
    if row.computed_at is None:
        raise NotOpen(_("This accrual is still being computed."))
    return row


@contextlib.contextmanager
def in_bulk() -> Iterator[None]:
    """For a step of thousands of rows: pages kept at hand, no pauses to look for garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        with bulk.roomy_cache():
            yield
    finally:
        if was_on:
            gc.enable()


def shares_of(due: Due, indicators: Mapping[str, int]) -> list[list]:
    """What each payer bears, with the indicator it is posted to."""
    return [
        [one.payer, indicators[one.payer], str(one.gross), str(one.deduction)] for one in due.shares
    ]


def amounts_of(
    inputs: Inputs,
    due: Due,
    *,
    record: dict,
    indicators: Mapping[str, int],
    stated: str = "",
) -> dict[str, Any]:
    """Values of a line from what was computed; `record` is its trace.

    `stated`: the terms of the record as JSON, where the caller has written them down already.
    """
    is_problem = bool(due.problems)
    if stated:
        del record["terms"]
        trace = f'{{"terms":{stated},{encode(record)[1:]}'
    else:
        trace = encode(record)
    return {
        "days_served": inputs.days.value,
        "basis": due.basis,
        "basis_value": due.quantity,
        "rate": due.rate,
        "gross": due.gross,
        "score": inputs.score.value,
        "deduction": due.deduction,
        "due": due.due,
        "shares": [] if is_problem else shares_of(due, indicators),
        "problems": rule.problems_json(due.problems),
        "trace": bulk.Encoded(trace),
        "state": str(PROBLEM if is_problem else COMPUTED),
    }


def total_up(run: AccrualRun) -> None:
    """Count the run's lines and their due anew (the caller saves)."""
    found = run.lines.order_by().aggregate(
        lines=Count("pk", filter=Q(state__in=[COMPUTED, POSTED])),
        problems=Count("pk", filter=Q(state=PROBLEM)),
        total=Sum("due", filter=Q(state__in=[COMPUTED, POSTED])),
    )
    run.line_count, run.problem_count = found["lines"], found["problems"]
    run.total = found["total"] or Decimal(0)


def business_day(on: dt.date | None) -> dt.date:
    """The day an act is posted on: today unless stated, never later. Raises DomainError."""
    today = dates.today()
    if on is not None and on > today:
        raise DomainError(_("The day lies in the future."), field="on")
    return on or today


def is_over(month: dt.date, on: dt.date) -> bool:
    return rule.month_end(month) < on


def problems_of(accrual: Accrual) -> tuple[Problem, ...]:
    return rule.problems_of(accrual.problems)


def codes(problems: Sequence) -> set[str]:
    return {code for code, _values in problems}
