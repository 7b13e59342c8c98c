"""Times of reports: the first and last day, the months between."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from compounds.fees.rules import month_of, months_later


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """First days of the months from one to another, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [months_later(month_of(first), step) for step in range(count + 1)]


@dataclass(frozen=True, slots=True)
class Period:
    """A time from a day to another, both included."""

    first: dt.date
    last: dt.date

    def __str__(self) -> str:
        return f"{self.first.isoformat()} – {self.last.isoformat()}"

    @property
    def query(self) -> str:
        return f"from={self.first.isoformat()}&until={self.last.isoformat()}"


def year_of(year: int) -> Period:
    return Period(dt.date(year, 1, 1), dt.date(year, 12, 31))
