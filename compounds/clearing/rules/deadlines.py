"""How long a case may stay in a state, when it is due, and what a pause does to it (§5.1)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from . import states

WORKING, CALENDAR = "WORKING", "CALENDAR"
# Least times: a notice to residents hangs so long; a service is accepted after so long.
NOTICE_DAYS = 15
SERVICE_DAYS = 30
# A cleared compound is watched so long (§5.7).
WATCH_MONTHS = 24
SOON_DAYS = 7
SOON = dt.timedelta(days=SOON_DAYS)


@dataclass(frozen=True)
class Term:
    """Days a case may stay in a state; none where `days` is None.

    `origin`: V where a law or published rule gives it, G where it is ours.
    """

    days: int | None
    unit: str = WORKING
    origin: str = "G"


DEADLINES: Mapping[str, Term] = MappingProxyType(
    {
        states.REGISTERED: Term(None),
        states.SURVEYED: Term(10),
        states.CLASSIFIED: Term(10),
        states.MATCHING: Term(30, CALENDAR),
        states.CONSULTING: Term(30, CALENDAR),
        # Contracts are filed within 15 days (Beijing, Henan: verified; Shanxi: to be checked).
        states.CONTRACTED: Term(15, CALENDAR, "V"),
        states.SERVING: Term(None),
        states.ACCEPTED: Term(None),
    }
)
SETTABLE = tuple(DEADLINES)


class Days(Protocol):
    """What is asked of the calendar."""

    def due_on(self, start: dt.date, days: int, unit: str) -> dt.date: ...
    def add_working_days(self, start: dt.date, days: int) -> dt.date: ...
    def working_days_between(self, first: dt.date, last: dt.date) -> int: ...
    def rolled(self, day: dt.date) -> dt.date: ...


@dataclass(frozen=True)
class Pause:
    """Days on which a case was suspended: the deadline stands still."""

    since: dt.date
    until: dt.date


def due_on(
    state: str,
    entered_on: dt.date,
    terms: Mapping[str, Term],
    calendar: Days,
    pauses: Iterable[Pause] = (),
) -> dt.date | None:
    """The last day of a case in a state; None without a deadline.

    A pause moves the day on by its own length: in working days where the deadline is counted in
    them, else in days, ending on a working day (Civil Code 203).
    """
    term = terms.get(state)
    if term is None or term.days is None:
        return None
    if term.unit == WORKING:
        stood = sum(calendar.working_days_between(p.since, p.until) for p in pauses)
        return calendar.add_working_days(entered_on, term.days + stood)
    stood = sum((p.until - p.since).days for p in pauses)
    return calendar.due_on(entered_on, term.days + stood, term.unit)


def days_late(due: dt.date | None, on: dt.date) -> int:
    """Days after the deadline on which something happened; 0 in time or without a deadline."""
    return max((on - due).days, 0) if due else 0


@dataclass(frozen=True)
class Past:
    """A recorded step as spans are reckoned from."""

    kind: str
    from_state: str
    to_state: str
    on: dt.date


@dataclass(frozen=True)
class Span:
    """The time a case was in a state: from, until (None: still), pauses within."""

    state: str
    since: dt.date
    until: dt.date | None
    pauses: tuple[Pause, ...] = ()

    def days(self, as_of: dt.date) -> int:
        """Days used so far, pauses not counted."""
        end = self.until or as_of
        stood = sum((min(p.until, end) - p.since).days for p in self.pauses)
        return max((end - self.since).days - stood, 0)


def spans(steps: Sequence[Past], as_of: dt.date) -> list[Span]:
    """The times in each state, from recorded steps in their order; pauses belong to their state."""
    found: list[Span] = []
    state, since, paused = "", None, None
    pauses: list[Pause] = []
    for one in steps:
        if one.kind == states.SUSPEND:
            paused = one.on
            continue
        if one.kind == states.RESUME:
            if paused is not None:
                pauses.append(Pause(paused, one.on))
            paused = None
            continue
        if one.to_state == state:  # confirmed, or unconfirmed: still there
            continue
        if since is not None:
            if paused is not None:
                pauses.append(Pause(paused, one.on))
            found.append(Span(state, since, one.on, tuple(pauses)))
        state, since, paused, pauses = one.to_state, one.on, None, []
    if since is not None:
        if paused is not None:
            pauses.append(Pause(paused, as_of))
        found.append(Span(state, since, None, tuple(pauses)))
    return found


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day some months on; the last of the month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month, min(day.day, last))
