"""Writing special days: rest and work against the weekday, each with its document."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.foundation import journal
from governance.foundation.errors import DomainError, StaleRecord

from .. import calendar
from ..models import SpecialDay
from ..scope import CALENDAR_EDIT

# The longest holiday so far had nine days.
LONGEST_STRETCH = 31


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
        journal.record("add", row, by=by, changes=_noted({}, row))
        rows.append(row)
    _tell_calendar()
    return rows


@transaction.atomic
def change_day(*, by, day: SpecialDay, version: int, changes: dict[str, Any]) -> SpecialDay:
    """Correct a special day. Deadlines already stored stay as they are.

    Raises NotAllowed, StaleRecord, ValidationError.
    """
    row = SpecialDay.objects.select_for_update().get(pk=day.pk)
    by.scope.require(CALENDAR_EDIT)
    if row.version != version:
        raise StaleRecord(current=row)
    before = {name: getattr(row, name) for name in changes}
    if before == changes:
        return row
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    try:
        row.full_clean()
    except ValidationError as error:
        raise ValidationError(error.message_dict) from error
    row.save()
    journal.record("change", row, by=by, changes=_noted(before, row))
    _tell_calendar()
    return row


def _noted(before: dict[str, Any], row: SpecialDay) -> dict[str, list]:
    after = {name: getattr(row, name) for name in ("date", "is_working", "name", "document")}
    return {
        name: [before.get(name), value]
        for name, value in after.items()
        if (name in before or not before) and before.get(name) != value
    }


def _tell_calendar() -> None:
    calendar.forget()
    transaction.on_commit(calendar.forget)
