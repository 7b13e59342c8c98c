"""Visits and orders of the watch: their days, and the result by which a person closes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from compounds.classification.errors import NotOpen
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.calendar import CALENDAR, WORKING, WorkCalendar, calendar

from ..models import WatchPolicy, WatchTask
from ..rules import watch as rules

WORK = "watch.work"
NOTED = ("assigned_to", "plan")


def due_days(policy: WatchPolicy, as_of: dt.date) -> dict[str, dt.date]:
    """The last day of a visit (working days) and of an order's plan (days) opened on a day."""
    days = calendar()
    return {
        rules.VISIT: days.due_on(as_of, policy.visit_working_days, WORKING),
        rules.ORDER: days.due_on(as_of, policy.order_days, CALENDAR),
    }


def follow_calendar(
    *, by, days: Sequence[dt.date], known: WorkCalendar, batch: str
) -> list[WatchTask]:
    """Days of rest or work have changed (the calendar is `known`): open visits are due anew.

    Called by the calendar inside its transaction. Orders are reckoned in days of the calendar.
    """
    wanted = WatchTask.objects.open().filter(
        kind=WatchTask.Kind.VISIT, due_on__gte=min(days), opened_on__lt=max(days)
    )
    rows = list(
        for_update(wanted)
        .filter(score__isnull=False)
        .select_related("score__policy", "case__compound")
        .order_by("pk")
    )
    acts, moved = [], []
    for row in rows:
        due = known.due_on(row.opened_on, row.score.policy.visit_working_days, WORKING)
        if due == row.due_on:
            continue
        acts.append(audit.act_on("reckon", row, {"due_on": [row.due_on, due]}))
        row.due_on, row.version, row.updated_at = due, row.version + 1, timezone.now()
        moved.append(row)
    WatchTask.objects.bulk_update(moved, ["due_on", "version", "updated_at"], batch_size=500)
    if acts:
        audit.record_many(acts, by=by, batch=batch)
    return moved


def works_of(cases: Sequence[int]) -> dict[int, rules.Work]:
    """Open tasks and the last done ones by case: one statement."""
    rows = (
        WatchTask.objects.filter(case__among=cases)
        .order_by()
        .values_list("case_id", "kind")
        .annotate(last=Max("done_on"), still=Count("pk", filter=Q(done_on=None)))
    )
    found: dict[int, dict[str, dt.date | None]] = {}
    open_kinds: dict[int, str] = {}
    for case, kind, last, still in rows:
        found.setdefault(case, {})[kind] = last
        if still:
            open_kinds[case] = kind
    return {
        case: rules.Work(open_kinds.get(case, ""), done.get(rules.VISIT), done.get(rules.ORDER))
        for case, done in found.items()
    }


@transaction.atomic
def note_task(*, by, task: WatchTask, version: int, assigned_to: str, plan: str) -> WatchTask:
    """Write down who handles a task and what is planned.

    Raises NotAllowed, StaleRecord, NotOpen.
    """
    row = _locked(by, task, version)
    before = {name: getattr(row, name) for name in NOTED}
    row.assigned_to, row.plan = assigned_to, plan
    row.version += 1
    row.full_clean(exclude=["case", "score"])
    row.save()
    changes = audit.changes_between(before, {name: getattr(row, name) for name in NOTED})
    audit.record("change", row, by=by, changes=changes)
    return row


@transaction.atomic
def close_task(
    *,
    by,
    task: WatchTask,
    version: int,
    done_on: dt.date,
    result: str,
    assigned_to: str | None = None,
    plan: str | None = None,
) -> WatchTask:
    """Close a task by its result; an order needs its plan too.

    Raises NotAllowed, StaleRecord, NotOpen, DomainError (no result, no plan, a day to come).
    """
    row = _locked(by, task, version)
    if assigned_to is not None:
        row.assigned_to = assigned_to
    if plan is not None:
        row.plan = plan
    if not result.strip():
        raise DomainError(_("Write down what was found and done."), field="result")
    if row.kind == WatchTask.Kind.ORDER and not row.plan.strip():
        raise DomainError(_("An order is closed with its plan: write it down first."), field="plan")
    if done_on > dates.today():
        raise DomainError(_("This day has not come yet."), field="done_on")
    if done_on < row.opened_on:
        raise DomainError(
            _("It cannot have been done before it was opened, on %(day)s.")
            % {"day": row.opened_on.isoformat()},
            field="done_on",
        )
    row.done_on, row.result, row.done_by = done_on, result.strip(), by
    row.version += 1
    row.full_clean(exclude=["case", "score", "done_by"])
    row.save()
    audit.record(
        "close", row, by=by, changes={"done_on": [None, done_on], "result": [None, row.result]}
    )
    return row


def _locked(by, task: WatchTask, version: int) -> WatchTask:
    by.scope.require(WORK, task)
    row = for_update(WatchTask.objects).get(pk=task.pk)
    if row.done_on is not None:
        raise NotOpen(_("This task is already closed."))
    if row.version != version:
        raise StaleRecord(current=row)
    return row
