"""How far a term has come, when its end is warned of, and when it may end early. No clock.

Days are local dates, both ends of a term included. Source: domain.md §5.2 (exit in month 6–7).
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

# So many days before its last month begins, the end of a subsidy comes on the agenda.
WARN_DAYS = 15
DAY = dt.timedelta(days=1)


def months_later(day: dt.date, count: int) -> dt.date:
    """The same day some months later; the last of the month where there is no such day."""
    number = day.year * 12 + day.month - 1 + count
    year, month = number // 12, number % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def last_month_from(ends_on: dt.date) -> dt.date:
    """The first day of the last month of a term: a month before the day after its end."""
    return months_later(ends_on + DAY, -1)


def warns_from(ends_on: dt.date) -> dt.date:
    """From when the end is on the work list: before the last month begins."""
    return last_month_from(ends_on) - WARN_DAYS * DAY


def latest_end_warned(as_of: dt.date) -> dt.date:
    """The latest end of a term that is warned of on a day: `ends_on <=` it is the condition."""
    day = months_later(as_of + WARN_DAYS * DAY, 1) + 3 * DAY
    while warns_from(day) > as_of:
        day -= DAY
    return day


@dataclass(frozen=True, slots=True)
class Months:
    """Where a term stands: `used` months of it have begun, `left` have not."""

    used: int
    left: int

    @property
    def total(self) -> int:
        return self.used + self.left


def months_of(
    starts_on: dt.date, ends_on: dt.date, months: int, counting: str, as_of: dt.date
) -> Months:
    """Months begun and to come on a day; by calendar, or from the day service began."""
    if as_of < starts_on:
        return Months(0, months)
    if as_of > ends_on:
        return Months(months, 0)
    begun = (as_of.year - starts_on.year) * 12 + as_of.month - starts_on.month
    if counting == "SERVICE" and as_of < months_later(starts_on, begun):
        begun -= 1
    used = min(months, begun + 1)
    return Months(used, months - used)


def held_for(rates: Mapping[dt.date, Decimal | None], last: dt.date, wanted: Decimal) -> int:
    """How many months up to `last` (first days) in a row were collected at `wanted` % or more.

    A month without a report breaks the row: unknown is not reached.
    """
    count, month = 0, last
    while (rate := rates.get(month)) is not None and rate >= wanted:
        count += 1
        month = months_later(month, -1)
    return count


def end_refusal(
    *, reason: str, ends_on: dt.date, starts_on: dt.date, exit_on: dt.date, as_of: dt.date
) -> str:
    """Why a subsidy cannot end on a day for a reason: a code, empty if it can.

    The end of the term is its last day and is reviewed when its last month is near; every other
    end lies within the term.
    """
    if reason == "TERM":
        if exit_on != ends_on:
            return "NOT_THE_LAST_DAY"
        return "TOO_EARLY" if as_of < warns_from(ends_on) else ""
    if exit_on < starts_on:
        return "BEFORE_THE_TERM"
    return "AFTER_THE_TERM" if exit_on > ends_on else ""
