"""Working days of mainland China: weekends, public holidays and the days worked in exchange."""

from datetime import date, timedelta

import holidays

_CHINA = holidays.CN(years=range(2019, 2027))


def is_working(day: date) -> bool:
    return _CHINA.is_working_day(day)


def workday(day: date) -> date:
    """The day itself if people work on it, or the next one on which they do."""
    while not is_working(day):
        day += timedelta(days=1)
    return day


def after(day: date, number: int) -> date:
    """The working day on or next after so many calendar days."""
    return workday(day + timedelta(days=number))


def working_days_after(day: date, number: int) -> date:
    """The so-many-th working day after a day."""
    for _ in range(number):
        day = workday(day + timedelta(days=1))
    return day
