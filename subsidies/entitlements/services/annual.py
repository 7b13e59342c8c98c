"""列支与收回: a budget year of many subsidies at once; the officer prepares, the approver approves.

COMMIT writes the `Funding` rows of a year, from the first month of each term in it, and commits
what the year costs on that year's indicators. RELEASE gives back what is left of a year whose
months are all accrued, so that the indicator's money may lapse or be carried over (`Movement`).
All or none: what is refused is named.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import bulk
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.notices.services import settle, tell_holders
from governance.organisation.models import Area
from subsidies.ledger import services as ledger
from subsidies.ledger.models import Account, BudgetIndicator, Stage
from subsidies.ledger.models import Transaction as Voucher
from subsidies.programmes import questions as programmes
from subsidies.programmes.models import Programme

from ..errors import NotOpen, Refused, SamePerson
from ..models import (
    APPROVE,
    ASSESS,
    AnnualAct,
    Entitlement,
    EntitlementStep,
    Funding,
    YearShare,
)
from .bearing import (
    Bearing,
    Purse,
    bearings,
    holders_of,
    post_commitment,
    raise_refused,
    refuse_what_does_not_fit,
    write_fundings,
)
from .common import Act, business_day, locked, name_of, need, step_of

Kind, State = AnnualAct.Kind, AnnualAct.State
VERBS = {Kind.COMMIT: "commit_year", Kind.RELEASE: "release_year"}
ZERO = Decimal("0.00")

# A later room knows which months are accrued: (ids, until) → the first month that is not, by id.
_accruals: list[Callable[[Iterable[int], dt.date], Mapping[int, dt.date]]] = []


def register_accruals(function: Callable[[Iterable[int], dt.date], Mapping[int, dt.date]]) -> None:
    _accruals.append(function)


class Covered(NamedTuple):
    """What an act is about: entitlements in order, and what of each."""

    rows: list[Entitlement]
    shares: dict[int, list[Bearing]]  # COMMIT
    rests: dict[int, dict[int, Decimal]]  # RELEASE: by entitlement and indicator

    @property
    def amount(self) -> Decimal:
        committed = (one.share.amount for own in self.shares.values() for one in own)
        released = (rest for own in self.rests.values() for rest in own.values())
        return sum(committed, ZERO) + sum(released, ZERO)


def running(
    district_id: int, programme: Programme | None = None, street_id: int | None = None
) -> QuerySet[Entitlement]:
    """Running subsidies of a district, a street of it, a programme (all its editions)."""
    rows = Entitlement.objects.filter(district=district_id, state__in=Entitlement.RUNNING)
    if street_id is not None:
        rows = rows.filter(street=street_id)
    if programme is not None:
        rows = rows.filter(programme__name=programme.name)
    return rows


# -- verbs -----------------------------------------------------------------------------------------
@transaction.atomic
def prepare_annual(
    *,
    by,
    district: Area,
    year: int,
    document: str,
    kind: str = Kind.COMMIT,
    fundings: Iterable[BudgetIndicator] = (),
    programme: Programme | None = None,
    street: Area | None = None,
    reason: str = "",
    key: str = "",
    on: dt.date | None = None,
) -> AnnualAct:
    """Prepare to commit a year of many subsidies, or to release what is left of it.

    `fundings`: the year's indicators, one for each payer (and street that pays). The same `key`
    again finds the paper that is there. Raises NotAllowed, DomainError (nothing to do, another
    year's indicator), RowsRefused (an earlier year is open, a month is not accrued, short).
    """
    place = street or district
    by.scope.require(ASSESS, place)
    business_day(on)
    key = key or uuid.uuid4().hex
    there = AnnualAct.objects.filter(district=district, key=key).first()
    if there is not None:
        return there
    found = AnnualAct(
        kind=kind,
        year=year,
        programme=programme,
        document=need(document, _("Give the document."), "document"),
        reason=reason.strip()[:300],
        key=key,
        prepared_by=by,
    )
    found.place_in(place)
    chosen = list(fundings)
    covered = cover(found, chosen, locks=False)
    found.count, found.amount = len(covered.rows), covered.amount
    found.full_clean(exclude=["district", "street", "community", "prepared_by"])
    found.save()
    found.indicators.set(chosen)
    changes = {
        "kind": [None, found.kind],
        "year": [None, year],
        "count": [None, found.count],
        "amount": [None, found.amount],
        "document": [None, found.document],
    }
    audit.record("prepare", found, by=by, changes=changes, reason=found.reason)
    tell_holders(
        APPROVE,
        found,
        by=by,
        kind="annual.waiting",
        batch=_occasion(found),
        url=reverse("entitlements:annual_detail", args=[found.pk]),
        count=found.count,
    )
    return found


@transaction.atomic
def approve_annual(*, by, act: AnnualAct, version: int, on: dt.date | None = None) -> AnnualAct:
    """Approve it: fundings are written and the year is committed, or its rest is released.

    Raises NotAllowed, SamePerson, StaleRecord, NotOpen, DomainError (another sum than prepared),
    RowsRefused (the indicators do not bear all of it), BooksClosed.
    """
    day = business_day(on)
    ledger.lock_book(act.district_id)
    held = _decidable(by, act, version)
    chosen = list(held.indicators.all())
    covered = cover(held, chosen, locks=True)
    if (len(covered.rows), covered.amount) != (held.count, held.amount):
        raise DomainError(
            _(
                "%(count)s subsidies with %(amount)s yuan were prepared, %(now)s with %(sum)s yuan"
                " it would be now: refuse it and prepare it anew."
            )
            % {
                "count": held.count,
                "amount": f"{held.amount:.2f}",
                "now": len(covered.rows),
                "sum": f"{covered.amount:.2f}",
            }
        )
    if held.kind == Kind.COMMIT:
        _commit(held, covered, by=by, day=day)
    else:
        _release(held, covered, by=by, day=day)
    _tell_steps(held, covered, by=by, day=day)
    held.state, held.approved_by, held.approved_on = State.APPROVED, by, day
    held.version += 1
    held.save()
    settle(_occasion(held))
    changes = {"state": [State.PREPARED, State.APPROVED], "amount": [None, held.amount]}
    audit.record("approve", held, by=by, changes=changes, reason=held.reason)
    return held


@transaction.atomic
def refuse_annual(*, by, act: AnnualAct, version: int, reason: str) -> AnnualAct:
    """Refuse it with a reason: nothing is posted. Raises as `approve_annual`."""
    held = _decidable(by, act, version)
    held.refusal = need(reason)[:300]
    held.state, held.approved_by, held.approved_on = State.REFUSED, by, business_day(None)
    held.version += 1
    held.save()
    settle(_occasion(held))
    changes = {"state": [State.PREPARED, State.REFUSED]}
    audit.record("reject", held, by=by, changes=changes, reason=held.refusal)
    return held


# -- what it covers --------------------------------------------------------------------------------
def cover(act: AnnualAct, fundings: Sequence[BudgetIndicator], *, locks: bool) -> Covered:
    """The subsidies an act is about and what of each. Raises DomainError, RowsRefused.

    `locks`: rows are held, as for writing; callers hold the book.
    """
    return (_to_commit if act.kind == Kind.COMMIT else _to_release)(act, fundings, locks)


def _rows_of(ids: Iterable[int], locks: bool) -> list[Entitlement]:
    if locks:
        return locked([Entitlement(pk=pk) for pk in ids])
    rows = Entitlement.objects.select_related("compound", "provider", "programme")
    return list(rows.filter(pk__among=sorted(ids)).order_by("pk"))


def _to_commit(act: AnnualAct, fundings, locks: bool) -> Covered:
    asked = running(act.district_id, act.programme, act.street_id)
    shares: dict[int, list[YearShare]] = defaultdict(list)
    earlier: dict[int, int] = {}
    open_shares = YearShare.objects.obligations().filter(entitlement__in=asked.order_by())
    for one in open_shares.filter(year__lte=act.year).order_by("entitlement", "year", "payer"):
        if one.year == act.year:
            shares[one.entitlement_id].append(one)
        else:
            earlier.setdefault(one.entitlement_id, one.year)
    if not shares:
        raise DomainError(
            _("No subsidy waits for its months of %(year)s to be committed.") % {"year": act.year}
        )
    purse = Purse(fundings, {act.district_id})
    rows = _rows_of(shares, locks)
    found: dict[int, list[Bearing]] = {}
    refused = []
    for row in rows:
        try:
            if row.pk in earlier:
                raise DomainError(
                    _("The year %(year)s is not committed yet: commit that one first.")
                    % {"year": earlier[row.pk]}
                )
            found[row.pk] = bearings(row, shares[row.pk], purse, needed=act.year)
        except DomainError as error:
            refused.append(Refused(row.pk, name_of(row), str(error)))
    raise_refused(rows, refused)
    refuse_what_does_not_fit(rows, found)
    return Covered(rows, found, {})


def _to_release(act: AnnualAct, fundings, locks: bool) -> Covered:
    if act.year >= business_day(None).year:
        raise DomainError(
            _("The year %(year)s is not over: what is left of it is released afterwards.")
            % {"year": act.year},
            field="year",
        )
    rests = rests_of(act)
    if not rests:
        raise DomainError(
            _("Nothing that was committed for %(year)s is left over.") % {"year": act.year}
        )
    rows = _rows_of(rests, locks)
    missing: dict[int, dt.date] = {}
    for function in _accruals:
        missing |= function([row.pk for row in rows], dt.date(act.year, 12, 31))
    raise_refused(
        rows,
        [
            Refused(
                row.pk,
                name_of(row),
                _("The month %(month)s is not accrued yet.")
                % {"month": f"{missing[row.pk]:%Y-%m}"},
            )
            for row in rows
            if row.pk in missing
        ],
    )
    return Covered(rows, {}, rests)


def rests_of(act: AnnualAct) -> dict[int, dict[int, Decimal]]:
    """By entitlement and indicator: what is committed still for a year, and for no other."""
    asked = running(act.district_id, act.programme, act.street_id)
    numbers = dict(asked.values_list("number", "pk"))
    bearing: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for pk, indicator, month in Funding.objects.filter(
        entitlement__in=asked.order_by()
    ).values_list("entitlement_id", "indicator_id", "from_month"):
        bearing[pk][indicator].add(month.year)
    rests: dict[int, dict[int, Decimal]] = defaultdict(dict)
    held = Account.objects.filter(
        district=act.district_id, stage=Stage.COMMITTED, balance__gt=0
    ).exclude(holder="")
    for number, indicator, balance in held.values_list("holder", "indicator_id", "balance"):
        pk = numbers.get(number)
        # What bears another year of it too is left: its rest is that of the later year.
        if pk is not None and bearing[pk].get(indicator) == {act.year}:
            rests[pk][indicator] = balance
    return dict(rests)


# -- inside ----------------------------------------------------------------------------------------
def _decidable(by, act: AnnualAct, version: int) -> AnnualAct:
    held = for_update(AnnualAct.objects).get(pk=act.pk)
    by.scope.require(APPROVE, held)
    if held.version != version:
        raise StaleRecord(current=held)
    if held.state != State.PREPARED:
        raise NotOpen(_("This paper has been decided already."))
    if held.prepared_by_id == by.pk:
        raise SamePerson
    return held


def _commit(act: AnnualAct, covered: Covered, *, by, day: dt.date) -> None:
    terms = programmes.terms_of({row.programme_id for row in covered.rows})
    write_fundings(covered.rows, terms, covered.shares, act)
    post_commitment(
        covered.rows,
        covered.shares,
        by=by,
        district=act.district_id,
        day=day,
        key=f"annual:{act.pk}",
        document=act.document,
        reason=act.reason,
    )


def _release(act: AnnualAct, covered: Covered, *, by, day: dt.date) -> None:
    ledger.post(
        by=by,
        district_id=act.district_id,
        kind=Voucher.Kind.RELEASE,
        on=day,
        key=f"annual:{act.pk}",
        document=act.document,
        reason=act.reason,
        lines=[
            ledger.Line(
                source=ledger.Place(indicator, Stage.COMMITTED, row.number),
                target=ledger.Place(indicator, Stage.AVAILABLE),
                amount=rest,
                key=f"annual:{act.pk}:{row.number}:{indicator}",
            )
            for row in covered.rows
            for indicator, rest in sorted(covered.rests[row.pk].items())
        ],
        holders=holders_of(covered.rows),
    )


def _tell_steps(act: AnnualAct, covered: Covered, *, by, day: dt.date) -> None:
    """Each subsidy keeps the act among its steps, and the log what it was about."""
    acts, steps = [], []
    words = f"{act.year} {act.get_kind_display()}"
    for row in covered.rows:
        own = [one.share.amount for one in covered.shares.get(row.pk, ())]
        own += list(covered.rests.get(row.pk, {}).values())
        row.version += 1
        changes = {"year": [None, act.year], "amount": [None, sum(own, ZERO)]}
        changes["document"] = [None, act.document]
        acts.append(audit.act_on(VERBS[Kind(act.kind)], row, changes))
        steps.append(
            step_of(
                row, Act.CHANGE, row.state, row.state, by=by, on=day, right=APPROVE,
                document=act.document, reason=words,
            )
        )  # fmt: skip
    bulk.update_many(Entitlement, covered.rows, ("version", "updated_at"))
    bulk.insert_many(EntitlementStep, steps)
    audit.record_many(acts, by=by, batch=_occasion(act))


def _occasion(act: AnnualAct) -> str:
    return f"annual.waiting-{act.pk}"


def waiting_for(user) -> QuerySet[AnnualAct]:
    """Papers that a person may decide now."""
    rows = AnnualAct.objects.filter(state=State.PREPARED).filter(user.scope.granted(APPROVE))
    return rows.exclude(prepared_by=user)
