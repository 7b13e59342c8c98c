"""What the verbs of this room share: the locked batch, its lines for the ledger, its day."""

import datetime as dt
from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.locks import for_update
from subsidies.accruals.models import Accrual
from subsidies.ledger.models import Stage
from subsidies.ledger.services import Line, Place

from ..models import Disbursement, PaymentLine, PaymentOrder

State, OrderState, LineState = Disbursement.State, PaymentOrder.State, PaymentLine.State
WAITING, SENT, FAILED = "disbursement.waiting", "disbursement.sent", "disbursement.failed"
BACK = "disbursement.back"


def occasion(what: str, pk: int) -> str:
    """The batch of notices under which people are told of a disbursement."""
    return f"{what}-{pk}"


def require(by, right: str, district_id: int) -> None:
    """Raise NotAllowed unless a post of the district carries the right."""
    if district_id not in by.scope.in_districts(right):
        raise NotAllowed


def locked(by, disbursement: Disbursement, version: int | None, *rights: str) -> Disbursement:
    """The batch, held until the end of the transaction.  Raises NotAllowed, StaleRecord."""
    row = (
        for_update(Disbursement.objects)
        # Nothing that the one we waited for may have set: what is joined is read before the wait.
        .select_related("indicator", "district")
        .get(pk=disbursement.pk)
    )
    if not any(row.district_id in by.scope.in_districts(right) for right in rights):
        raise NotAllowed
    if version is not None and row.version != version:
        raise StaleRecord(current=row)
    return row


def store(row: Disbursement) -> None:
    row.version += 1
    row.save()


def business_day(on: dt.date | None, field: str = "on") -> dt.date:
    """The day of an act, today if none is given.  Raises DomainError for a day to come."""
    if on is not None and on > dates.today():
        raise DomainError(_("This date lies in the future."), field=field)
    return on or dates.today()


def hold_accruals(lines) -> list[Accrual]:
    """The accruals of payment lines, held in their order: nobody reverses them meanwhile."""
    return list(
        for_update(Accrual.objects)
        .filter(pk__in=lines.values("accrual"))
        .select_related("entitlement__compound")
        .order_by("pk")
    )


def postings(
    orders: Iterable[int],
    key: Callable[[int], str],
    source: Stage,
    target: Stage,
    state: str = LineState.OPEN,
) -> list[Line]:
    """The lines of orders (those in a state) as postings from one stage to another."""
    rows = PaymentLine.objects.filter(order__in=list(orders), state=state).order_by("pk")
    return [
        Line(
            source=Place(indicator, source, number),
            target=Place(indicator, target, number),
            amount=amount,
            key=key(pk),
            month=month,
        )
        for pk, indicator, number, amount, month in rows.values_list(
            "pk", "indicator_id", "accrual__entitlement__number", "amount", "accrual__month"
        )
    ]
