"""批复: many entitlements approved at once, and their money committed on the indicators."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import bulk
from governance.foundation.errors import DomainError
from subsidies.ledger import questions as ledger_questions
from subsidies.ledger import services as ledger
from subsidies.ledger.models import BudgetIndicator, Stage
from subsidies.ledger.models import Transaction as Voucher
from subsidies.programmes import questions as programmes

from .. import gathering
from ..errors import NotOpen, Refused, RowsRefused
from ..models import APPROVE, Entitlement, Funding, Objection
from ..rules import first_of
from . import telling
from .common import (
    State,
    all_or_none,
    business_day,
    check_move,
    check_person,
    move,
    name_of,
    need,
)

STREET = "STREET"


@transaction.atomic
def approve(
    *, by, entitlements: Iterable[Entitlement], document: str,
    fundings: Iterable[BudgetIndicator], on: dt.date | None = None, batch: str = "",
) -> list[Entitlement]:  # fmt: skip
    """Approve entitlements whose notice is over and commit the forecast of their terms (S0-11).

    `fundings` are indicators: for each payer of a programme one, and where streets pay, one for
    each street. All or none: refused rows are named; if an indicator does not bear all of them,
    those that do not fit are named with what is left.
    Raises NotAllowed, SamePerson, StaleRecord, NotOpen, DomainError, RowsRefused, BooksClosed.
    """
    day = business_day(on)
    document = need(document, _("Give the number of the approval document."), "document")
    given = list(entitlements)
    for district in sorted({row.district_id for row in given}):
        ledger.lock_book(district)
    open_objections: set[int] = set()

    def prepare(found: Sequence[Entitlement]) -> None:
        open_objections.update(
            Objection.objects.filter(
                entitlement__in=[row.pk for row in found], state=Objection.State.OPEN
            ).values_list("entitlement_id", flat=True)
        )

    def may(row: Entitlement) -> None:
        by.scope.require(APPROVE, row)
        if row.state == State.APPROVED:
            raise NotOpen(
                _("%(compound)s was approved already, by %(who)s on %(day)s.")
                % {
                    "compound": row.compound.name,
                    "who": row.approved_by,
                    "day": row.approved_on,
                }
            )
        check_move(row, State.APPROVED)
        if row.state != State.PUBLICISED:
            check_move(row, State.PUBLICISED)
        check_person(row, by)
        if day <= row.notice.ends_on:
            raise NotOpen(
                _("The notice hangs until %(day)s: it can be approved after that.")
                % {"day": row.notice.ends_on}
            )
        if row.pk in open_objections:
            raise NotOpen(_("An objection is not settled yet."))

    rows = all_or_none(given, may, prepare)
    terms = programmes.terms_of({row.programme_id for row in rows})
    indicators = _indicators(fundings, {row.district_id for row in rows})
    shares = _shares(rows, terms, indicators)
    _refuse_what_does_not_fit(rows, shares)
    for row in rows:
        row.approved_by, row.approved_on, row.document = by, day, document[:150]
        row.due_on = None
    acts = move(
        rows, State.APPROVED, by=by, verb="approve", on=day, right=APPROVE, document=document,
        fields=("approved_by", "approved_on", "document", "due_on", "amount"), tell=("amount",),
    )  # fmt: skip
    bulk.insert_many(
        Funding,
        [
            Funding(
                entitlement=row,
                payer=share.payer,
                percent=share.percent,
                indicator=shares[row.pk][share.payer][0],
                from_month=first_of(row.starts_on),
            )
            for row in rows
            for share in terms[row.programme_id].shares
        ],
    )
    _commit(rows, shares, by=by, day=day, document=document)
    telling.done(rows)
    telling.told(rows, telling.APPROVED, by=by, batch=batch)
    audit.record_many(acts, by=by, batch=batch)
    return rows


Shares = dict[int, dict[str, tuple[BudgetIndicator, Decimal]]]


def _indicators(
    fundings: Iterable[BudgetIndicator], districts: set[int]
) -> dict[tuple[str, int | None], BudgetIndicator]:
    """By payer, and by street where streets pay. Raises DomainError."""
    found: dict[tuple[str, int | None], BudgetIndicator] = {}
    for one in fundings:
        if {one.district_id} != districts:
            raise DomainError(
                _("Indicator %(number)s is another district's.") % {"number": one.number},
                field="fundings",
            )
        key = (one.payer, one.street_id)
        if key in found and found[key].pk != one.pk:
            raise DomainError(
                _("Choose one indicator for each payer: %(first)s or %(second)s.")
                % {"first": found[key].number, "second": one.number},
                field="fundings",
            )
        found[key] = one
    return found


def _shares(rows, terms, indicators) -> Shares:
    """By entitlement and payer: the indicator and what it bears. Raises RowsRefused."""
    fees = gathering.fees_of(rows, terms)
    ceilings = gathering.Ceilings(rows, terms)
    found: Shares = {}
    refused = []
    for row in rows:
        known = terms[row.programme_id]
        forecast = gathering.forecast_of(row, known, fees.get(row.pk), **ceilings.of(row))
        ceilings.take(row, forecast)
        try:
            total = gathering.total_of(forecast)
            if total != row.amount:
                raise DomainError(
                    _(
                        "%(published)s yuan were under notice, %(total)s yuan follow now from"
                        " programme and ceilings: return it."
                    )
                    % {"published": f"{row.amount:.2f}", "total": f"{total:.2f}"}
                )
            found[row.pk] = {
                payer: (_indicator_for(payer, row, indicators), amount)
                for payer, amount in forecast.shares.items()
            }
            if not total or not found[row.pk]:
                raise DomainError(_("Nothing would be paid over the term."))
        except DomainError as error:
            refused.append(Refused(row.pk, name_of(row), str(error)))
    _raise(rows, refused)
    return found


def _indicator_for(payer: str, row: Entitlement, indicators) -> BudgetIndicator:
    one = indicators.get((payer, row.street_id if payer == STREET else None))
    if one is None:
        raise DomainError(
            _("Choose the indicator by which its share is paid: %(payer)s.")
            % {"payer": dict(BudgetIndicator._meta.get_field("payer").choices)[payer]}
        )
    return one


def _refuse_what_does_not_fit(rows: Sequence[Entitlement], shares: Shares) -> None:
    """Refuse the batch with the rows that do not fit and what is left. The book is held."""
    indicators = {one.pk: one for by_payer in shares.values() for one, _sum in by_payer.values()}
    standing = ledger_questions.left(list(indicators))
    left = {pk: standing[pk].available if pk in standing else Decimal(0) for pk in indicators}
    refused = []
    for row in rows:
        asked: Mapping[int, Decimal] = _by_indicator(shares[row.pk])
        short = [pk for pk, amount in asked.items() if amount > left[pk]]
        if short:
            words = [
                _("%(amount)s yuan asked, %(left)s yuan left of %(indicator)s.")
                % {
                    "amount": f"{asked[pk]:.2f}",
                    "left": f"{left[pk]:.2f}",
                    "indicator": indicators[pk].number,
                }
                for pk in short
            ]
            refused.append(Refused(row.pk, name_of(row), " ".join(words)))
            continue
        for pk, amount in asked.items():
            left[pk] -= amount
    if refused:
        said = "; ".join(
            _("%(indicator)s: %(available)s yuan available, %(left)s yuan after what fits")
            % {
                "indicator": one.number,
                "available": f"{standing[pk].available if pk in standing else 0:.2f}",
                "left": f"{left[pk]:.2f}",
            }
            for pk, one in indicators.items()
        )
        before = _("The indicators do not bear all of it (%(said)s).") % {"said": said}
        raise RowsRefused(refused, before)


def _by_indicator(by_payer) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for indicator, amount in by_payer.values():
        sums[indicator.pk] += amount
    return sums


def _raise(rows: Sequence[Entitlement], refused: Sequence[Refused]) -> None:
    if refused and len(rows) == 1:
        raise DomainError(refused[0].message)
    if refused:
        raise RowsRefused(refused)


def _commit(rows, shares: Shares, *, by, day: dt.date, document: str) -> None:
    """One voucher of the act for all rows: available → committed, a line for each share."""
    by_district: dict[int, list[Entitlement]] = defaultdict(list)
    for row in rows:
        by_district[row.district_id].append(row)
    for district, own in by_district.items():
        ledger.post(
            by=by,
            district_id=district,
            kind=Voucher.Kind.COMMITMENT,
            on=day,
            key=_key(own),
            document=document[:150],
            lines=[
                ledger.Line(
                    source=ledger.Place(indicator.pk, Stage.AVAILABLE),
                    target=ledger.Place(indicator.pk, Stage.COMMITTED, row.number),
                    amount=amount,
                    key=f"commit:{row.number}:{payer}",
                )
                for row in own
                for payer, (indicator, amount) in shares[row.pk].items()
                if amount
            ],
            holders=holders_of(own),
        )


def holders_of(rows: Iterable[Entitlement]) -> dict[str, ledger.Holder]:
    """Whose accounts they are, as the ledger asks."""
    return {
        row.number: ledger.Holder(row.programme_id, row.provider_id, row.compound) for row in rows
    }


def _key(rows: Sequence[Entitlement]) -> str:
    if len(rows) == 1:
        return f"approve:{rows[0].number}"
    numbers = ",".join(sorted(row.number for row in rows))
    return f"approve:{rows[0].number}+{hashlib.sha256(numbers.encode()).hexdigest()[:24]}"
