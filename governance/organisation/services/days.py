"""Writing special days: rest and work against the weekday, each with its document.

Rooms that store deadlines name a function once at start; it is called inside the transaction in
which days were entered or corrected, and before that is recorded: callers record last.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.foundation import journal
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update

from .. import calendar
from ..models import SpecialDay
from ..scope import CALENDAR_EDIT

# The longest holiday so far had nine days.
LONGEST_STRETCH = 31
_followers: list[Callable[..., None]] = []


def register(follower: Callable[..., None]) -> None:
    """Name a function, called as `follower(by=, days=, known=, batch=)`.

    `days` are the dates that changed, `known` is the calendar with them.
    """
    if follower not in _followers:
        _followers.append(follower)


@transaction.atomic
def add_days(
    *, by, first: dt.date, last: dt.date, is_working: bool, name: str, document: str
) -> list[SpecialDay]:
    """Enter a day, or every day of a stretch. Days entered already are refused, all of them.

    Raises NotAllowed, DomainError, ValidationError.
    """
    by.scope.require(CALENDAR_EDIT)
    if last < first:
        raise DomainError(_("The last day lies before the first."), field="until")
    if (last - first).days >= LONGEST_STRETCH:
        raise DomainError(_("A stretch has at most 31 days."), field="until")
    wanted = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    taken = (
        SpecialDay.objects.filter(date__in=wanted).order_by("date").values_list("date", flat=True)
    )
    if taken:
        days = _(", ").join(f"{day:%Y-%m-%d}" for day in taken)
        raise DomainError(_("Entered already: %(days)s.") % {"days": days}, field="date")
    rows = []
    for day in wanted:
        row = SpecialDay(date=day, is_working=is_working, name=name, document=document)
        row.full_clean()
        row.save(force_insert=True)
        rows.append(row)
    batch = _tell(wanted, by=by)
    for row in rows:
        journal.record("add", row, by=by, changes=_noted({}, row), batch=batch)
    return rows


@transaction.atomic
def change_day(*, by, day: SpecialDay, version: int, changes: dict[str, Any]) -> SpecialDay:
    """Correct a special day; stored deadlines of open work follow it.

    Raises NotAllowed, StaleRecord, ValidationError.
    """
    row = for_update(SpecialDay.objects).get(pk=day.pk)
    by.scope.require(CALENDAR_EDIT)
    if row.version != version:
        raise StaleRecord(current=row)
    before = {name: getattr(row, name) for name in changes}
    if before == changes:
        return row
    was_on = row.date
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    try:
        row.full_clean()
    except ValidationError as error:
        raise ValidationError(error.message_dict) from error
    row.save()
    batch = _tell({was_on, row.date}, by=by)
    journal.record("change", row, by=by, changes=_noted(before, row), batch=batch)
    return row


def _noted(before: dict[str, Any], row: SpecialDay) -> dict[str, list]:
    after = {name: getattr(row, name) for name in ("date", "is_working", "name", "document")}
    return {
        name: [before.get(name), value]
        for name, value in after.items()
        if (name in before or not before) and before.get(name) != value
    }


def _tell(changed: Iterable[dt.date], *, by) -> str:
    """Have the calendar read anew and stored deadlines follow; returns the word of the batch."""
    calendar.forget()
    transaction.on_commit(calendar.forget)
    batch, known = uuid.uuid4().hex, calendar.calendar_now()
    for follower in _followers:
        follower(by=by, days=sorted(changed), known=known, batch=batch)
    return batch
