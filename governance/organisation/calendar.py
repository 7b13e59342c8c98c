"""Working days: the State Council's yearly arrangement, and what the district entered besides.

The library `holidays` knows the arrangements that were published when it was released. Days of a
later notice, or of a place of its own, are `SpecialDay` rows, and they win. A year of which no
arrangement is known yet has its statutory holidays and no make-up days: `is_arranged` says so, and
deadlines that fall into it are provisional.

Source: Measures for Holidays of Festivals and Memorial Days (State Council Order 795), arts. 2, 6;
notices 国办发明电〔2023〕7号 (2024), 〔2024〕12号 (2025), 〔2025〕7号 (2026).
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import holidays
from django.core.cache import cache
from django.utils.translation import get_language, gettext_lazy

from .models import SpecialDay

WORKING = "WORKING"
CALENDAR = "CALENDAR"
UNITS = ((WORKING, gettext_lazy("working days")), (CALENDAR, gettext_lazy("calendar days")))

CACHE_KEY = "special-days"
CACHE_SECONDS = 60
_DAY = dt.timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class Arranged:
    """What is known of one day besides its weekday."""

    is_working: bool
    name: str = ""


@dataclass(frozen=True)
class _Year:
    """One year as the library knows it."""

    rest: Mapping[dt.date, str]
    working: frozenset[dt.date]
    is_arranged: bool


@lru_cache(maxsize=64)
def _published(year: int, language: str) -> _Year:
    """Holidays and make-up days of a year; a year with make-up or swapped days is arranged."""
    known = holidays.country_holidays("CN", language=language, years=year)
    # The library gives make-up days of other years along.
    working = frozenset(day for day in known.weekend_workdays if day.year == year)
    return _Year(dict(known.items()), working, bool(working))


def _library_language() -> str:
    return "en_US" if (get_language() or "").startswith("en") else "zh_CN"


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are worked, and deadlines counted by them. `special` wins over the library."""

    special: tuple[tuple[dt.date, Arranged], ...] = ()
    _years: dict[int, tuple[int, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )

    @cached_property
    def _special(self) -> dict[dt.date, Arranged]:
        return dict(self.special)

    @cached_property
    def _arranged_years(self) -> frozenset[int]:
        return frozenset(day.year for day, _known in self.special)

    def is_working(self, day: dt.date) -> bool:
        """Whether offices are open on a day."""
        known = self._special.get(day)
        if known is not None:
            return known.is_working
        year = _published(day.year, "zh_CN")
        if day in year.working:
            return True
        return day.weekday() < _SATURDAY and day not in year.rest

    def is_arranged(self, year: int) -> bool:
        """Whether the rest days of a year are settled; otherwise its deadlines are provisional."""
        return year in self._arranged_years or _published(year, "zh_CN").is_arranged

    def name_of(self, day: dt.date) -> str:
        """The holiday (in the reader's language), or why a day is worked; "" for plain days."""
        known = self._special.get(day)
        if known is not None:
            return known.name
        return _published(day.year, _library_language()).rest.get(day, "")

    def rolled(self, day: dt.date) -> dt.date:
        """The last day of a period: on a rest day it moves to the next working day.

        Source: Civil Code art. 203 (end of a period on a statutory rest day).
        """
        while not self.is_working(day):
            day += _DAY
        return day

    def add_working_days(self, start: dt.date, days: int) -> dt.date:
        """The n-th working day after `start`, which is not counted; `start` itself for 0.

        Source: Civil Code art. 201 (the day a period begins is not counted). Raises ValueError
        for a negative number.
        """
        if days < 0:
            raise ValueError("working days are counted forwards")
        if not days:
            return start
        year = start.year
        index = bisect_right(self._worked(year), start.toordinal()) + days - 1
        while index >= len(self._worked(year)):
            index -= len(self._worked(year))
            year += 1
        return dt.date.fromordinal(self._worked(year)[index])

    def working_days_between(self, first: dt.date, last: dt.date) -> int:
        """Working days after `first` up to and with `last`; negative if `last` lies before."""
        if last < first:
            return -self.working_days_between(last, first)
        until = bisect_right(self._worked(last.year), last.toordinal())
        before = bisect_right(self._worked(first.year), first.toordinal())
        whole = sum(len(self._worked(year)) for year in range(first.year, last.year))
        return whole + until - before

    def due_on(self, start: dt.date, days: int, unit: str) -> dt.date:
        """The last day of a period of `days`, the day it begins not counted.

        Periods in calendar days that would end on a rest day end on the next working day.
        """
        if unit == WORKING:
            return self.add_working_days(start, days)
        if unit == CALENDAR:
            return self.rolled(start + dt.timedelta(days=days))
        raise ValueError(f"no unit of deadlines: {unit!r}")

    def latest_notice(self, end: dt.date, days: int) -> dt.date:
        """The last day to give notice `days` before `end`: exact, since later would be too late."""
        return end - dt.timedelta(days=days)

    def _worked(self, year: int) -> tuple[int, ...]:
        """The working days of a year as ordinals, counted once."""
        found = self._years.get(year)
        if found is None:
            first = dt.date(year, 1, 1).toordinal()
            last = dt.date(year, 12, 31).toordinal()
            days = range(first, last + 1)
            found = tuple(one for one in days if self.is_working(dt.date.fromordinal(one)))
            self._years[year] = found
        return found


@lru_cache(maxsize=8)
def _calendar_with(special: tuple[tuple[dt.date, Arranged], ...]) -> WorkCalendar:
    return WorkCalendar(special)


def calendar() -> WorkCalendar:
    """The calendar in force: at most one query, read again after a minute or an entry."""
    special = cache.get(CACHE_KEY)
    if special is None:
        special = _entered()
        cache.set(CACHE_KEY, special, CACHE_SECONDS)
    return _calendar_with(special)


def calendar_now() -> WorkCalendar:
    """The calendar as this transaction sees it; what may yet be undone is kept for nobody else."""
    return _calendar_with(_entered())


def _entered() -> tuple[tuple[dt.date, Arranged], ...]:
    rows = SpecialDay.objects.order_by("date").values_list("date", "is_working", "name")
    return tuple((day, Arranged(is_working, name)) for day, is_working, name in rows)


def forget() -> None:
    """Read the special days again when next asked (other processes do so within a minute)."""
    cache.delete(CACHE_KEY)
