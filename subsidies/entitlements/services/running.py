"""While it runs and when it ends: suspended, resumed, ended with the rest released, closed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.errors import DomainError
from subsidies.ledger import questions as ledger_questions
from subsidies.ledger import services as ledger
from subsidies.ledger.models import Stage
from subsidies.ledger.models import Transaction as Voucher

from ..errors import NotOpen
from ..models import ASSESS, Entitlement
from ..rules import first_of
from . import telling
from .bearing import holders_of
from .common import Act, State, all_or_none, business_day, check_move, locked, move, need
from .courses import accrued_months


@transaction.atomic
def suspend(
    *, by, entitlement: Entitlement, reason: str, document: str = "", on: dt.date | None = None
) -> Entitlement:
    """Halt a running subsidy, with a reason: nothing is accrued until it is resumed.

    Raises NotAllowed, StaleRecord, NotOpen, DomainError (no reason).
    """
    day, reason = business_day(on), need(reason)

    def may(row: Entitlement) -> None:
        by.scope.require(ASSESS, row)
        check_move(row, State.SUSPENDED)
        accrued = accrued_months(row.number, row.district_id)
        if accrued and max(accrued) >= first_of(day):
            raise DomainError(
                _("The month %(month)s is accrued already: reverse it first, or halt it later.")
                % {"month": f"{max(accrued):%Y-%m}"},
                field="on",
            )

    (row,) = all_or_none([entitlement], may)
    acts = move(
        [row], State.SUSPENDED, by=by, verb="suspend", on=day, act=Act.SUSPEND, right=ASSESS,
        document=document.strip(), reason=reason,
    )  # fmt: skip
    telling.told([row], telling.SUSPENDED, by=by)
    audit.record_many(acts, by=by, reason=reason)
    return row


@transaction.atomic
def resume(
    *, by, entitlement: Entitlement, reason: str = "", document: str = "",
    on: dt.date | None = None,
) -> Entitlement:  # fmt: skip
    """Let a suspended subsidy run again. Raises NotAllowed, StaleRecord, NotOpen."""
    day = business_day(on)

    def may(row: Entitlement) -> None:
        by.scope.require(ASSESS, row)
        if row.state != State.SUSPENDED:
            raise NotOpen(_("Only a suspended subsidy is resumed."))

    (row,) = all_or_none([entitlement], may)
    acts = move(
        [row], State.APPROVED, by=by, verb="resume", on=day, act=Act.RESUME, right=ASSESS,
        document=document.strip(), reason=reason.strip(),
    )  # fmt: skip
    audit.record_many(acts, by=by, reason=reason.strip())
    return row


@transaction.atomic
def end(
    *, by, entitlement: Entitlement, on: dt.date, exit_reason: str, document: str = "",
    reason: str = "", posted_on: dt.date | None = None,
) -> Entitlement:  # fmt: skip
    """End a running or suspended subsidy on a day and release what is committed and not accrued.

    Called by the review of exits, which checks rights and that all months are accrued. `on` is
    the last day of the subsidy; it is posted and recorded on `posted_on` (today).
    Raises NotOpen, DomainError, BooksClosed.
    """
    day = business_day(posted_on)
    if exit_reason not in Entitlement.ExitReason.values:
        raise DomainError(_("Give the reason of the end."), field="exit_reason")
    ledger.lock_book(entitlement.district_id)
    (row,) = locked([entitlement])
    check_move(row, State.EXITED)
    if on < row.approved_on and on < row.starts_on:
        raise DomainError(_("It cannot end before it began."), field="on")
    row.exited_on, row.exit_reason, row.due_on = on, exit_reason, None
    acts = move(
        [row], State.EXITED, by=by, verb="end", on=day, act=Act.EXIT, document=document.strip(),
        reason=reason.strip(), fields=("exited_on", "exit_reason", "due_on"),
        tell=("exited_on", "exit_reason"),
    )  # fmt: skip
    _release(row, by=by, day=day, document=document)
    audit.record_many(acts, by=by, reason=reason.strip())
    return row


def _release(row: Entitlement, *, by, day: dt.date, document: str) -> Decimal:
    """Give back what is committed still: committed → available. Answers how much it was."""
    held = ledger_questions.of_holders([row.number]).get(row.number, {})
    rest = {
        indicator: balance
        for (indicator, stage), balance in held.items()
        if stage == Stage.COMMITTED and balance
    }
    if rest:
        ledger.post(
            by=by,
            district_id=row.district_id,
            kind=Voucher.Kind.RELEASE,
            on=day,
            key=f"end:{row.number}",
            document=document[:150],
            lines=[
                ledger.Line(
                    source=ledger.Place(indicator, Stage.COMMITTED, row.number),
                    target=ledger.Place(indicator, Stage.AVAILABLE),
                    amount=balance,
                    key=f"release:{row.number}:{indicator}",
                )
                for indicator, balance in sorted(rest.items())
            ],
            holders=holders_of([row]),
        )
    return sum(rest.values(), Decimal(0))


@transaction.atomic
def close(*, by, entitlement: Entitlement, on: dt.date | None = None, document: str = ""):
    """Close an ended subsidy once it is reported on (§5.2 绩效). Callers check rights.

    Raises NotOpen, DomainError.
    """
    day = business_day(on)
    (row,) = locked([entitlement])
    check_move(row, State.CLOSED)
    acts = move([row], State.CLOSED, by=by, verb="close", on=day, document=document.strip())
    audit.record_many(acts, by=by)
    return row
