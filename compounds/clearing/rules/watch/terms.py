"""Months and quarters as the watch counts them."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange

# Longest emergency service. Source: Beijing 条例 art. 75; Weifang art. 51; Ningbo art. 83.
EMERGENCY_MONTHS = 6
# A month's report may come in until so many days after its end.
GRACE_DAYS = 15


def months_later(day: dt.date, months: int) -> dt.date:
    """The corresponding day some months later, or the last of that month where there is none.

    Source: Civil Code art. 202.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def reported_months(as_of: dt.date, count: int) -> tuple[dt.date, ...]:
    """First days of the last `count` months whose reports are due on a day, earliest first."""
    last = months_later((as_of - dt.timedelta(days=GRACE_DAYS)).replace(day=1), -1)
    return tuple(months_later(last, -back) for back in reversed(range(count)))


def quarters_before(as_of: dt.date) -> tuple[dt.date, dt.date]:
    """First days of the last two quarters whose reports are due on a day, earlier first."""
    (month,) = reported_months(as_of, 1)
    after = months_later(month, 1)
    begin = after.replace(month=after.month - (after.month - 1) % 3)
    return months_later(begin, -6), months_later(begin, -3)
