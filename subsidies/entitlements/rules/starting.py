"""When the term of a subsidy begins and ends, by the rules of its programme. Knows no row."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from governance.foundation.errors import DomainError

ENTRY, NEXT_MONTH, CONTRACT, STATED = "ENTRY", "NEXT_MONTH", "CONTRACT", "STATED"
SERVICE, COMPLETE = "SERVICE", "COMPLETE"
DAY = dt.timedelta(days=1)
# A day of another century is a slip of the pen.
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class StartFacts:
    """The days a term may begin by: of service, of the contract, or as the application states."""

    entry_on: dt.date | None = None
    contract_on: dt.date | None = None
    stated_on: dt.date | None = None


def first_of(day: dt.date) -> dt.date:
    """The first day of a day's month."""
    return day.replace(day=1)


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day some months later; the last of a month that is too short."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def start_of(terms, facts: StartFacts) -> dt.date:
    """The first day of the term. Raises DomainError where the day it follows is not known."""
    if terms.start_rule in (ENTRY, NEXT_MONTH):
        day, words = facts.entry_on, _("The day on which service begins is not known.")
    elif terms.start_rule == CONTRACT:
        day, words = facts.contract_on, _("The term begins with the contract: there is none yet.")
    else:
        day, words = facts.stated_on, _("State the day on which the term begins, and prove it.")
    if day is None:
        raise DomainError(words, field="starts_on")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DomainError(_("This day cannot be meant: look at its year."), field="starts_on")
    is_begun = day.day > 1
    if terms.start_rule == NEXT_MONTH:
        return add_months(first_of(day), 1)
    if terms.counting != SERVICE and terms.part_month == COMPLETE and is_begun:
        return add_months(first_of(day), 1)  # a part of a month counts for nothing
    return day


def end_of(terms, starts_on: dt.date, months: int) -> dt.date:
    """The last day of so many months: of the calendar, or counted from the day it began."""
    if terms.counting == SERVICE:
        return add_months(starts_on, months) - DAY
    return add_months(first_of(starts_on), months) - DAY


def term_of(terms, facts: StartFacts) -> tuple[dt.date, dt.date, int]:
    """First day, last day and months of a term.

    Calendar months: the month in which the term begins is the first, whole or not. Months of
    service begin on the day of the month on which it began. Raises DomainError.
    Source: S0-11 (the first 6 months), domain.md §4.4.
    """
    starts_on = start_of(terms, facts)
    return starts_on, end_of(terms, starts_on, terms.months), terms.months
