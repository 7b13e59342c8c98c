"""Local dates. Times are stored in UTC and shown in Asia/Shanghai; deadlines are dates."""

import datetime as dt

from django.utils import timezone


def today() -> dt.date:
    """The present date in the district (never `.date()` of an aware time)."""
    return timezone.localdate()


def end_of_day(day: dt.date) -> dt.datetime:
    """The last instant of a local day, as an aware time."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.max))


def days_left(due_on: dt.date, as_of: dt.date) -> int:
    """Days until a deadline; negative once it has passed."""
    return (due_on - as_of).days
