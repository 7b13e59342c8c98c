"""What the end of a subsidy rests on: months paid, collection reached, what its own fees bear."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from compounds.clearing.models import Loss
from compounds.contracts import gathering as viability
from compounds.contracts.gathering import Gathered, Input
from compounds.contracts.questions import MainContract, main_contracts
from compounds.contracts.rules.viability import Key
from compounds.fees.models import BookBalance, BookEntry, CollectionReport
from compounds.fees.rules import exact_rate, month_end, month_of, months_later, rate
from compounds.registry.models import Status
from governance.foundation.bulk import in_chunks
from subsidies.accruals.models import Accrual
from subsidies.entitlements.models import Entitlement
from subsidies.entitlements.rules import due
from subsidies.ledger.models import Posting, Stage
from subsidies.ledger.models import Transaction as Voucher
from subsidies.programmes.questions import terms_of

from . import rules
from .rules import Paid

NOTHING = Decimal("0.00")
# Collection is judged by the reports of so many months at most.
MONTHS = 12


# -- what was paid ---------------------------------------------------------------------------------
def paid_of(entitlement: Entitlement, terms=None) -> list[Paid]:
    """Each month and indicator: paid, claimed back before, and the days of the term in it.

    Read from the ledger alone: what was paid less what was taken back as paid, what was claimed
    less claims that were reversed. The days are those it was paid for: an end found out later does
    not cut a month that was paid whole.
    """
    terms = terms or terms_of([entitlement.programme_id])[entitlement.programme_id]
    number, district = entitlement.number, entitlement.district_id
    rows = Posting.objects.filter(
        Q(target__stage=Stage.PAID, target__holder=number)
        | Q(source__stage=Stage.PAID, source__holder=number),
        transaction__district=district,
    ).order_by("pk")
    paid: dict[tuple, Decimal] = defaultdict(Decimal)
    claimed: dict[tuple, Decimal] = defaultdict(Decimal)
    last: dict[tuple, dt.date] = {}
    for kind, on, stage, indicator, month, amount in rows.values_list(
        "transaction__kind",
        "transaction__on",
        "target__stage",
        "source__indicator_id",
        "month",
        "amount",
    ):
        key = (month or month_of(on), indicator)
        is_in = stage == Stage.PAID
        if is_in and kind == Voucher.Kind.REVERSAL:
            claimed[key] -= amount
        elif is_in:
            paid[key] += amount
            last[key] = max(on, last.get(key, on))
        elif kind == Voucher.Kind.CLAWBACK:
            claimed[key] += amount
        else:
            paid[key] -= amount
    days = {
        one.month: (one.first, one.last)
        for one in due.periods(terms, entitlement.starts_on, entitlement.ends_on)
    }
    served = _last_days(entitlement)
    for month, (first, last_of_term) in days.items():
        days[month] = first, min(last_of_term, max(first, served.get(month, last_of_term)))
    return [
        Paid(
            month=month,
            indicator_id=indicator,
            amount=amount,
            first=days[month][0] if month in days else month,
            last=days[month][1] if month in days else month_end(month),
            claimed=claimed[month, indicator],
            paid_on=last.get((month, indicator)),
        )
        for (month, indicator), amount in sorted(paid.items())
    ]


def _last_days(entitlement: Entitlement) -> dict[dt.date, dt.date]:
    """By month: the last day of service that its line was reckoned with, where it says so."""
    rows = Accrual.objects.filter(entitlement=entitlement, state=Accrual.State.POSTED)
    found = {}
    for month, trace in rows.values_list("month", "trace"):
        _days, _source, last = ((trace or {}).get("given") or {}).get("days") or (0, "", None)
        if last:
            found[month] = dt.date.fromisoformat(last)
    return found


# -- months accrued --------------------------------------------------------------------------------
def not_accrued(entitlement: Entitlement, until: dt.date, terms=None) -> list[dt.date]:
    """Months of the term up to a day that are not accrued yet (first days)."""
    terms = terms or terms_of([entitlement.programme_id])[entitlement.programme_id]
    done = set(
        Accrual.objects.filter(entitlement=entitlement, state=Accrual.State.POSTED).values_list(
            "month", flat=True
        )
    )
    months = due.periods(terms, entitlement.starts_on, entitlement.ends_on)
    return [one.month for one in months if one.first <= until and one.month not in done]


def accrued_after(entitlement: Entitlement, day: dt.date) -> tuple[list[dt.date], Decimal]:
    """Months accrued though they begin after a day, and their sum: to be reversed or claimed."""
    rows = Accrual.objects.filter(
        entitlement=entitlement, state=Accrual.State.POSTED, month__gt=day
    ).order_by("month")
    found = list(rows.values_list("month", "due"))
    return [month for month, _due in found], sum((one for _m, one in found), NOTHING)


# -- collection ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Collection:
    """What was collected by the reports of some months: percent by money, and by month."""

    percent: Decimal | None
    months: tuple[dt.date, ...]
    rates: Mapping[dt.date, Decimal | None]

    @property
    def words(self) -> str:
        if not self.months:
            return ""
        return _("collection reports %(first)s to %(last)s, %(count)s months") % {
            "first": f"{self.months[0]:%Y-%m}",
            "last": f"{self.months[-1]:%Y-%m}",
            "count": len(self.months),
        }


def collections_of(compound_ids: Iterable[int], as_of: dt.date) -> dict[int, Collection]:
    """By compound: what was collected in the last full months that were reported.

    One query for a thousand compounds; those without a report are left out.
    """
    until = month_of(as_of)
    reports: dict[int, list[tuple]] = defaultdict(list)
    for chunk in in_chunks(sorted(set(compound_ids))):
        rows = CollectionReport.objects.filter(
            compound__among=chunk, month__gte=months_later(until, -MONTHS), month__lt=until
        ).order_by("month")
        for pk, *figures in rows.values_list(
            "compound_id", "month", "billed_amount", "paid_amount"
        ):
            reports[pk].append(tuple(figures))
    return {
        pk: Collection(
            percent=rate(
                sum((paid for _m, _b, paid in found), NOTHING),
                sum((billed for _m, billed, _p in found), NOTHING),
            ),
            months=tuple(month for month, _b, _p in found),
            rates={month: exact_rate(paid, billed) for month, billed, paid in found},
        )
        for pk, found in reports.items()
    }


def held_for(collection: Collection | None, wanted: Decimal | None, as_of: dt.date) -> int:
    """Months in a row up to the last reported at `wanted` % or more.

    The last report may be of the month before last at the earliest: older ones prove nothing.
    """
    if collection is None or wanted is None or not collection.months:
        return 0
    last = collection.months[-1]
    if last < months_later(month_of(as_of), -2):
        return 0
    return rules.held_for(collection.rates, last, wanted)


# -- what its own fees bear ------------------------------------------------------------------------
def account_of(
    entitlement: Entitlement,
    as_of: dt.date,
    typed: Mapping[str, Decimal | None] | None = None,
    who: str = "",
) -> Gathered:
    """The viability of a compound without the subsidy, at the collection it has reached.

    Register, contract and norms as in the viability sheet; collection from the reports, net public
    revenue from the compound's own book. What nobody knows stays unknown until it is typed.
    """
    compound = entitlement.compound
    gathered = viability.of_compound(compound, as_of=as_of, provider_id=entitlement.provider_id)
    known = {Key.SUBSIDY: _no_subsidy(as_of)}
    collection = collections_of([compound.pk], as_of).get(compound.pk)
    if collection is not None and collection.percent is not None:
        known[Key.COLLECTION] = Input(
            Key.COLLECTION,
            collection.percent,
            "FEES",
            collection.words,
            month_end(collection.months[-1]),
        )
    revenue = _public_revenue(compound, as_of)
    if revenue is not None:
        known[Key.PUBLIC_REVENUE] = revenue
    inputs = tuple(known.get(one.key, one) for one in gathered.inputs)
    found = replace(gathered, inputs=inputs)
    if typed:
        asked = {one.key for one in found.inputs if one.value is None}
        given = {key: value for key, value in typed.items() if key in asked}
        found = found.with_typed(given, who)
    return found


def _no_subsidy(as_of: dt.date) -> Input:
    return Input(Key.SUBSIDY, NOTHING, "POLICY", _("the subsidy has ended"), as_of)


def _public_revenue(compound, as_of: dt.date) -> Input | None:
    """Income less reasonable cost of the compound's book within a year; None without a book."""
    if not BookBalance.objects.filter(compound=compound).exists():
        return None
    first = rules.months_later(as_of, -MONTHS)
    found = BookEntry.objects.filter(compound=compound, on__gt=first, on__lte=as_of).aggregate(
        come=Sum("amount", filter=Q(kind=BookEntry.Kind.INCOME)),
        gone=Sum("amount", filter=Q(kind=BookEntry.Kind.COST)),
    )
    net = (found["come"] or NOTHING) - (found["gone"] or NOTHING)
    words = _("the compound's own book, the last twelve months")
    return Input(Key.PUBLIC_REVENUE, max(net, NOTHING), "BOOK", words, as_of)


def record_of(
    entitlement: Entitlement, gathered: Gathered, contract: MainContract | None, as_of: dt.date
) -> dict[str, Any]:
    """The account as it is kept with the review: the viability record and the contract's end."""
    record = viability.record_of(gathered, as_of)
    if contract is not None:
        record["contract"] = {
            "number": contract.number,
            "ends_on": contract.ends_on.isoformat() if contract.ends_on else None,
            "state": contract.state,
        }
    return record


def contract_of(entitlement: Entitlement, as_of: dt.date) -> MainContract | None:
    """The main contract that runs, or is signed, on a day."""
    return main_contracts([entitlement.compound_id], as_of).get(entitlement.compound_id)


# -- service that has ended ------------------------------------------------------------------------
@dataclass(frozen=True)
class Evidence:
    """Something that shows that service has ended: since when, and what says so."""

    on: dt.date
    words: str
    kind: str


def evidence_of(entitlement: Entitlement) -> list[Evidence]:
    """What shows that service has ended within the term: assignment, contract, a lost service."""
    found = []
    assignment, contract = entitlement.assignment, entitlement.contract
    if assignment.ended_on is not None:
        found.append(Evidence(assignment.ended_on, _("the assignment has ended"), "ASSIGNMENT"))
    if contract is not None and contract.ended_on is not None:
        words = _("the contract %(number)s has ended") % {"number": contract.number}
        found.append(Evidence(contract.ended_on, words, "CONTRACT"))
    losses = Loss.objects.filter(
        case__compound=entitlement.compound_id,
        state=Loss.State.CONFIRMED,
        lost_on__gte=entitlement.starts_on,
    )
    found.extend(
        Evidence(on, _("the loss of service is confirmed"), "LOSS")
        for on in losses.order_by("lost_on").values_list("lost_on", flat=True)
    )
    if entitlement.compound.status != Status.ACTIVE:
        on = max((one.on for one in found), default=entitlement.ends_on)
        words = _("the compound is no longer in the register: %(status)s") % {
            "status": entitlement.compound.get_status_display()
        }
        found.append(Evidence(on, words, "GONE"))
    return sorted(found, key=lambda one: one.on)
