"""What of budgets and the ledger waits for a person: movements, and months to be closed."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.foundation import dates
from governance.notices import sources
from governance.notices.sources import Work

from . import questions
from .models import CLOSE, CONFIRM, Movement, Transaction
from .rules import month_end

# A month that is over for so long should be closed.
DAYS_TO_CLOSE = 15


def work_of(user) -> Iterator[Work]:
    """Movements that somebody else has prepared; months over and not closed."""
    scope = user.scope
    if scope.has(CONFIRM):
        count = (
            Movement.objects.filter(
                district__in=scope.in_districts(CONFIRM), state=Movement.State.PREPARED
            )
            .exclude(prepared_by=user)
            .count()
        )
        if count:
            yield Work(
                _("Movements of indicators to be confirmed"),
                count,
                False,
                f"{reverse('ledger:movement_list')}?state=PREPARED",
                "",
                pgettext("duty", "confirm or refuse"),
            )
    if scope.has(CLOSE):
        yield from _months(scope.in_districts(CLOSE))


def _months(districts) -> Iterator[Work]:
    today = dates.today()
    rows = (
        Transaction.objects.filter(district__in=districts)
        .order_by()
        .values_list("district")
        .annotate(first=Min("on"))
    )
    count, is_late = 0, False
    for district, first in rows:
        until = questions.closed_until(district)
        end = month_end(until + dt.timedelta(days=1) if until else first)
        while end < today.replace(day=1):
            count += 1
            is_late |= (today - end).days > DAYS_TO_CLOSE
            end = month_end(end + dt.timedelta(days=1))
    if count:
        yield Work(
            _("Months of the ledger to be closed"),
            count,
            is_late,
            reverse("ledger:closing_list"),
            "",
            pgettext("duty", "close the month"),
        )


def connect() -> None:
    sources.register("ledger", work_of)
