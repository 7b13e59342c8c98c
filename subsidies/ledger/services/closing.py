"""Closing months and years, and reopening them: by another person, by document alone."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from ..models import CLOSE, REOPEN, Account, Closing, Movement, Stage
from ..questions import closed_until
from ..rules import month_end
from .posting import lock_book

# At the end of a year nothing may rest here …
TO_SETTLE = (Stage.AVAILABLE, Stage.FROZEN, Stage.IN_PAYMENT)
# … and what firms have been promised or are owed goes over with its document.
PROMISED = (Stage.COMMITTED, Stage.PAYABLE)


@dataclass(frozen=True)
class Rest:
    """Money of a year that stands at a stage of an indicator, in yuan."""

    indicator: str
    stage: str
    amount: Decimal

    def __str__(self) -> str:
        return _("%(indicator)s: %(amount)s yuan %(stage)s") % {
            "indicator": self.indicator,
            "amount": f"{self.amount:,.2f}",
            "stage": Stage(self.stage).label,
        }


class NotClosed(DomainError):  # noqa: N818 - names of refusals read as sentences
    """What keeps the books from being closed, one sentence each."""

    def __init__(self, problems):
        super().__init__(" ".join(problems))
        self.problems = list(problems)


def rests(district_id: int, year: int, stages) -> list[Rest]:
    """What the indicators of a year, and of those before it, still hold at some stages."""
    rows = (
        Account.objects.filter(
            district=district_id, indicator__line__year__lte=year, stage__in=stages
        )
        .order_by("indicator__line__year", "indicator__number", "stage")
        .values_list("indicator__number", "stage")
        .annotate(n=Sum("balance"))
    )
    return [Rest(number, stage, amount) for number, stage, amount in rows if amount]


def ends_a_year(until: dt.date) -> bool:
    """Whether the last of December is closed: with it, always, the year."""
    return (until.month, until.day) == (12, 31)


def hindrances(district: Area, until: dt.date, *, document: str = "") -> list[str]:
    """Why the books cannot be closed until a day, one sentence each."""
    found = []
    if until != month_end(until):
        found.append(_("The books are closed at the end of a month."))
    if until > dates.today():
        found.append(_("This month is not over yet."))
    last = closed_until(district.pk)
    if last is not None and until <= last:
        found.append(_("The books are closed until %(until)s already.") % {"until": last})
    waiting = Movement.objects.filter(
        district=district, state=Movement.State.PREPARED, on__lte=until
    ).select_related("indicator")
    for one in waiting[:5]:
        found.append(_("A movement waits to be confirmed: %(movement)s.") % {"movement": one})
    if not ends_a_year(until):
        return found
    for rest in rests(district.pk, until.year, TO_SETTLE):
        found.append(
            _("Still there, to be paid, to lapse or to be carried over: %(rest)s.") % {"rest": rest}
        )
    promised = rests(district.pk, until.year, PROMISED)
    if promised and not document.strip():
        found += [
            _("Name the document by which this goes over into the next year: %(rest)s.")
            % {"rest": rest}
            for rest in promised
        ]
    return found


@transaction.atomic
def close(*, by, district: Area, until: dt.date, document: str = "") -> Closing:
    """Close the books until the end of a month: nothing is posted there any more.

    The last of December closes the year: every rest must have lapsed or gone over by document.

    Raises NotAllowed, NotClosed (everything that is still in the way).
    """
    by.scope.require(CLOSE, district)
    book = lock_book(district.pk)
    problems = hindrances(district, until, document=document)
    if problems:
        raise NotClosed(problems)
    row = Closing.objects.create(
        district=district,
        until=until,
        is_year=ends_a_year(until),
        document=document.strip(),
        last_number=book.last_number,
        digest=book.digest,
        closed_by=by,
    )
    changes = {"until": [None, until], "last_number": [None, row.last_number]}
    if row.is_year:
        carried = rests(district.pk, until.year, PROMISED)
        changes["carried"] = [None, [str(rest) for rest in carried]]
    audit.record("close_books", row, by=by, changes=changes, reason=row.document)
    return row


@transaction.atomic
def reopen(*, by, closing: Closing, version: int, document: str, reason: str) -> Closing:
    """Open the last closed time again: by another person than closed it, by document.

    Raises NotAllowed, StaleRecord, DomainError.
    """
    lock_book(closing.district_id)
    row = for_update(Closing.objects).get(pk=closing.pk)
    by.scope.require(REOPEN, row.district)
    if row.version != version or row.reopened_at is not None:
        raise StaleRecord(current=row)
    if row.closed_by_id == by.pk:
        raise DomainError(_("Another person reopens a month, by a document."))
    for name, value in (("document", document), ("reason", reason)):
        if not value.strip():
            raise DomainError(_("Name the document and the reason."), field=name)
    if closed_until(row.district_id) != row.until:
        raise DomainError(_("Reopen the later months first."))
    row.reopened_by, row.reopened_at = by, timezone.now()
    row.reopening_document, row.reopening_reason = document.strip(), reason.strip()
    row.version += 1
    row.save()
    changes = {"until": [row.until, None], "document": [None, row.reopening_document]}
    audit.record("reopen_books", row, by=by, changes=changes, reason=row.reopening_reason)
    return row
