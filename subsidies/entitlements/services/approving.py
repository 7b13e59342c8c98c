"""批复: many entitlements approved at once, and their money committed on the indicators."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from compounds.registry.models import Status
from governance.audit import services as audit
from governance.foundation import bulk
from governance.foundation.errors import DomainError
from subsidies.ledger import services as ledger
from subsidies.ledger.models import BudgetIndicator
from subsidies.programmes import questions as programmes

from .. import gathering, rules
from ..errors import NotOpen, Refused
from ..models import APPROVE, Entitlement, Objection, YearShare
from . import telling
from .applying import firm_bars
from .bearing import (
    Purse,
    Shares,
    bearings,
    by_district,
    post_commitment,
    raise_refused,
    refuse_what_does_not_fit,
    write_fundings,
)
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


@transaction.atomic
def approve(
    *, by, entitlements: Iterable[Entitlement], document: str,
    fundings: Iterable[BudgetIndicator], on: dt.date | None = None, batch: str = "",
) -> list[Entitlement]:  # fmt: skip
    """Approve entitlements whose notice is over and commit their months by budget year (S0-11).

    `fundings` are indicators: for each payer of a programme one of the first year, and where
    streets pay, one for each street; of later years those that are there already. Months of a year
    without one are an obligation to come. All or none: refused rows are named; if an indicator
    does not bear all of them, those that do not fit are named with what is left.
    Raises NotAllowed, SamePerson, StaleRecord, NotOpen, DomainError, RowsRefused, BooksClosed.
    """
    day = business_day(on)
    document = need(document, _("Give the number of the approval document."), "document")
    given = list(entitlements)
    for district in sorted({row.district_id for row in given}):
        ledger.lock_book(district)
    open_objections: set[int] = set()
    read: list[gathering.Facts] = []

    def prepare(found: Sequence[Entitlement]) -> None:
        open_objections.update(
            Objection.objects.filter(
                entitlement__in=[row.pk for row in found], state=Objection.State.OPEN
            ).values_list("entitlement_id", flat=True)
        )
        read.append(
            gathering.gather(
                [row.compound_id for row in found], {row.programme_id for row in found}, day
            )
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
        gathering.refuse_twice(row, read[0].had)
        _refuse_what_no_longer_holds(row, read[0], day)

    rows = all_or_none(given, may, prepare)
    terms = programmes.terms_of({row.programme_id for row in rows})
    purse = Purse(fundings, {row.district_id for row in rows})
    years = _years(rows, terms)
    shares = _shares(rows, years, purse)
    refuse_what_does_not_fit(rows, shares)
    for row in rows:
        row.approved_by, row.approved_on, row.document = by, day, document[:150]
        row.due_on = None
    acts = move(
        rows, State.APPROVED, by=by, verb="approve", on=day, right=APPROVE, document=document,
        fields=("approved_by", "approved_on", "document", "due_on", "amount"), tell=("amount",),
    )  # fmt: skip
    bulk.insert_many(YearShare, [one for row in rows for one in years[row.pk]])
    write_fundings(rows, terms, shares)
    for district, own in by_district(rows).items():
        post_commitment(
            own, shares, by=by, district=district, day=day, key=_key(own), document=document
        )
    telling.done(rows)
    telling.told(rows, telling.APPROVED, by=by, batch=batch)
    audit.record_many(acts, by=by, batch=batch)
    return rows


def _refuse_what_no_longer_holds(row: Entitlement, facts: gathering.Facts, day: dt.date) -> None:
    """What must still be so when it is signed: compound, firm in service, contract, no bar."""
    assignment = facts.assignments.get(row.compound_id)
    if row.compound.status != Status.ACTIVE:
        raise DomainError(_("The compound is no longer there."))
    if assignment is None or assignment.provider_id != row.provider_id:
        raise DomainError(_("The firm no longer serves this compound."))
    if facts.contract_of(row) is None:
        raise DomainError(_("No contract with the firm is in force."))
    for words in firm_bars(row.provider, facts, day):
        raise DomainError(words)


def _years(rows, terms) -> dict[int, list[YearShare]]:
    """By entitlement: what each year costs each payer. Raises RowsRefused."""
    fees = gathering.fees_of(rows, terms)
    ceilings = gathering.Ceilings(rows, terms)
    found: dict[int, list[YearShare]] = {}
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
            if not total:
                raise DomainError(_("Nothing would be paid over the term."))
            firsts = rules.first_months(forecast)
            found[row.pk] = [
                YearShare(
                    entitlement=row,
                    year=year,
                    payer=payer,
                    from_month=firsts[year],
                    amount=amount,
                )
                for (year, payer), amount in sorted(rules.by_year(forecast).items())
            ]
        except DomainError as error:
            refused.append(Refused(row.pk, name_of(row), str(error)))
    raise_refused(rows, refused)
    return found


def _shares(rows, years: Mapping[int, Sequence[YearShare]], purse: Purse) -> Shares:
    """What each indicator bears now; the first year has one, a later one may. RowsRefused."""
    found: Shares = {}
    refused = []
    for row in rows:
        first = min(one.year for one in years[row.pk])
        try:
            found[row.pk] = bearings(row, years[row.pk], purse, needed=first)
        except DomainError as error:
            refused.append(Refused(row.pk, name_of(row), str(error)))
    raise_refused(rows, refused)
    return found


def _key(rows: Sequence[Entitlement]) -> str:
    if len(rows) == 1:
        return f"approve:{rows[0].number}"
    numbers = ",".join(sorted(row.number for row in rows))
    return f"approve:{rows[0].number}+{hashlib.sha256(numbers.encode()).hexdigest()[:24]}"
