"""The clocks of a contract: filing, renewal, notice, end; what is due next and on which day.

Days are counted exactly; only the last day for filing may fall on a rest day and then moves to
the next working day, which is the calendar's business and not known here.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

# Civil Code 947: a provider who does not renew says so this long before the end.
NON_RENEWAL_DAYS = 90
# Civil Code 946 and 948: dismissal by the owners; either side where there is no fixed term.
DISMISSAL_DAYS = 60
# §5.6: renewal is put on the agenda half a year before the end.
REMINDER_MONTHS = 6
# Tendering and Bidding Law 46: the contract follows the award within this time.
TENDER_CONTRACT_DAYS = 30


class Duty(StrEnum):
    """What is to be done next about a contract."""

    NONE = ""
    SIGN = "SIGN"  # a draft
    FILE = "FILE"
    RENEWAL = "RENEWAL"  # decide before the provider's notice would come too late
    FOLLOW_UP = "FOLLOW_UP"  # the next contract is to be signed before the end
    HAND_OVER = "HAND_OVER"  # notice was given: the day service ends
    INDEFINITE = "INDEFINITE"  # no fixed term any more (948)


@dataclass(frozen=True)
class Course:
    """How far a contract has come: its state and the days that its clocks count from."""

    state: str
    signed_on: dt.date | None = None
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    renewal: str = "OPEN"
    notice_on: dt.date | None = None
    notice_by_provider: bool | None = None
    ended_on: dt.date | None = None


@dataclass(frozen=True)
class Clock:
    """A deadline of the law: its key, its day and its source."""

    key: str
    on: dt.date
    law: str


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of another month, or its last day: 31 August + 6 months is 28 February."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def reminder_on(ends_on: dt.date) -> dt.date:
    """The day from which renewal is on the agenda."""
    return add_months(ends_on, -REMINDER_MONTHS)


def last_end_reminded(as_of: dt.date) -> dt.date:
    """The latest end whose reminder has come by a day: what `reminder_on` is, turned round."""
    end = add_months(as_of, REMINDER_MONTHS)
    while reminder_on(end + dt.timedelta(days=1)) <= as_of:
        end += dt.timedelta(days=1)
    return end


def is_indefinite(course: Course, as_of: dt.date) -> bool:
    """Whether service goes on without a fixed term: run out, nothing decided (948)."""
    if course.state != "FILED":
        return False
    if course.ends_on is None:
        return True
    return course.ends_on < as_of and course.renewal == "OPEN" and course.notice_on is None


def duty_of(course: Course, as_of: dt.date) -> Duty:
    """What is to be done next."""
    if course.state == "DRAFT":
        return Duty.SIGN
    if course.state == "SIGNED":
        return Duty.FILE
    if course.state != "FILED":
        return Duty.NONE
    if course.notice_on is not None or course.renewal == "LEAVE":
        return Duty.HAND_OVER
    if course.renewal in ("RENEW", "CHANGE"):
        return Duty.FOLLOW_UP
    if is_indefinite(course, as_of):
        return Duty.INDEFINITE
    return Duty.RENEWAL


def due_day(course: Course, filing_days: int) -> dt.date | None:
    """The day by which the next duty is due; None for a draft, an end, and no fixed term.

    It follows from the course alone and is stored with the contract. Of a contract that has run
    out undecided the day has passed; `is_indefinite` then says that nothing is due any more.
    """
    if course.state == "SIGNED":
        return course.signed_on + dt.timedelta(days=filing_days)
    if course.state != "FILED":
        return None
    if course.notice_on is not None:
        return _end_after_notice(course)
    if course.ends_on is None:
        return None
    if course.renewal == "OPEN":
        return course.ends_on - dt.timedelta(days=NON_RENEWAL_DAYS)
    return course.ends_on


def _end_after_notice(course: Course) -> dt.date:
    """A term that has not run out yet ends it; beyond it, or by dismissal, sixty days do."""
    earliest = course.notice_on + dt.timedelta(days=DISMISSAL_DAYS)
    if course.ends_on is None or course.ends_on < course.notice_on:
        return earliest
    return course.ends_on if course.notice_by_provider else min(course.ends_on, earliest)


def notice_clocks(ends_on: dt.date) -> tuple[Clock, ...]:
    """The days that a fixed term sets: reminder, last notice of either side, end."""
    return (
        Clock("REMINDER", reminder_on(ends_on), ""),
        Clock("PROVIDER_NOTICE", ends_on - dt.timedelta(days=NON_RENEWAL_DAYS), "947"),
        Clock("OWNERS_NOTICE", ends_on - dt.timedelta(days=DISMISSAL_DAYS), "946"),
        Clock("END", ends_on, "947"),
    )
