"""Deadlines over many contracts: which are overdue or near, in conditions that the database knows.

A last day for filing that falls on a rest day moves on (Civil Code 203); all other days are exact.
As moving on never changes the order of days, a condition on the stored day is as exact as one on
the day that is shown.
"""

import datetime as dt

from django.db.models import Q, QuerySet

from governance.organisation.calendar import WorkCalendar, calendar

from . import rules
from .models import Contract
from .services.common import course_of

SIGNED, FILED = Contract.State.SIGNED, Contract.State.FILED
OPEN = Contract.Renewal.OPEN


def _last_worked(known: WorkCalendar, day: dt.date) -> dt.date:
    """The latest working day up to a day."""
    while not known.is_working(day):
        day -= dt.timedelta(days=1)
    return day


def ticking(as_of: dt.date) -> Q:
    """Contracts of which something is due: to be filed, or their end comes near.

    Renewal is on the agenda from six months before the end; run out undecided, nothing is due.
    """
    return (
        Q(state=SIGNED)
        | Q(state=FILED, due_on__isnull=False) & (~Q(renewal=OPEN) | Q(notice_on__isnull=False))
        | Q(
            state=FILED,
            renewal=OPEN,
            notice_on=None,
            ends_on__gte=as_of,
            ends_on__lte=rules.last_end_reminded(as_of),
        )
    )


def due_by(day: dt.date) -> Q:
    """Contracts whose next duty is due up to a day, as the day is shown."""
    last = _last_worked(calendar(), day)
    return Q(state=SIGNED, due_on__lte=last) | Q(state=FILED, due_on__lte=day)


def overdue(as_of: dt.date) -> Q:
    """Contracts whose next duty was due before a day."""
    return ticking(as_of) & due_by(as_of - dt.timedelta(days=1))


def within(as_of: dt.date, days: int) -> Q:
    """Contracts whose next duty is due within some days, not overdue."""
    return (
        ticking(as_of)
        & due_by(as_of + dt.timedelta(days=days))
        & ~due_by(as_of - dt.timedelta(days=1))
    )


def indefinite(as_of: dt.date) -> Q:
    """Contracts that go on without a fixed term (948)."""
    return Q(state=FILED) & (Q(ends_on=None) | Q(ends_on__lt=as_of, renewal=OPEN, notice_on=None))


def of_duty(rows: QuerySet, duty: str, as_of: dt.date) -> QuerySet:
    """Contracts for which a certain thing is to be done next."""
    conditions = {
        rules.Duty.SIGN: Q(state=Contract.State.DRAFT),
        rules.Duty.FILE: Q(state=SIGNED),
        rules.Duty.HAND_OVER: Q(state=FILED)
        & (Q(notice_on__isnull=False) | Q(renewal=Contract.Renewal.LEAVE)),
        rules.Duty.FOLLOW_UP: Q(state=FILED, notice_on=None, renewal__in=["RENEW", "CHANGE"]),
        rules.Duty.INDEFINITE: indefinite(as_of) & Q(notice_on=None, renewal=OPEN),
        rules.Duty.RENEWAL: Q(state=FILED, renewal=OPEN, notice_on=None, ends_on__gte=as_of),
    }
    return rows.filter(conditions[rules.Duty(duty)])


def shown_due(state: str, due_on: dt.date | None, known: WorkCalendar) -> dt.date | None:
    """The stored day as it is shown: filing rolls over rest days."""
    if due_on is None:
        return None
    return known.rolled(due_on) if state == SIGNED else due_on


def duty_of(contract: Contract, as_of: dt.date) -> rules.Duty:
    return rules.duty_of(course_of(contract), as_of)
