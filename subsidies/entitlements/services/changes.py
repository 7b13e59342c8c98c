"""Changes of an approved subsidy by document: extension, new basis, another indicator.

The district's officer proposes, the approver approves: then the difference is committed on the
ledger or released; what falls into a year without an indicator waits for that year to be committed.
Months that are accrued are never touched.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.notices.services import settle, tell_holders
from subsidies.ledger import services as ledger
from subsidies.ledger.models import BudgetIndicator, Stage
from subsidies.ledger.models import Transaction as Voucher
from subsidies.ledger.services import Holder, Line, Place
from subsidies.programmes.questions import terms_of

from .. import rules
from ..errors import NotOpen, SamePerson
from ..models import APPROVE, ASSESS, Entitlement, EntitlementStep, Funding, TermChange, YearShare
from .common import business_day, locked, need, step_of
from .courses import Effect, Kind, State, accrued_months, basis_at, effect_of, fundings_at
from .proposals import CHANGEABLE, LONGEST, check_proposal

__all__ = [
    "CHANGEABLE",
    "LONGEST",
    "Kind",
    "State",
    "accrued_months",
    "approve_change",
    "basis_at",
    "effect_of",
    "fundings_at",
    "propose_change",
    "refuse_change",
    "waiting_for",
]
NO_MONEY = Decimal("0.00")


# -- verbs -----------------------------------------------------------------------------------------
@transaction.atomic
def propose_change(
    *,
    by,
    entitlement: Entitlement,
    version: int,
    kind: str,
    document: str,
    reason: str,
    from_month: dt.date | None = None,
    months: int | None = None,
    area_m2: Decimal | None = None,
    household_count: int | None = None,
    indicator: BudgetIndicator | None = None,
    payer: str = "",
    on: dt.date | None = None,
) -> TermChange:
    """Propose an extension, a new basis or another indicator, with its document and reason.

    An extension begins after the present term. Raises NotAllowed, StaleRecord, NotOpen,
    DomainError (accrued month, nothing changes, beyond what a programme may have, a change waits).
    """
    business_day(on)
    row = _held(entitlement, version)
    by.scope.require(ASSESS, row)
    if row.state not in CHANGEABLE:
        raise NotOpen(_("Only an approved subsidy is changed."))
    if TermChange.objects.filter(entitlement=row, state=State.PREPARED).exists():
        raise DomainError(_("A change of this subsidy waits for approval already."))
    terms = terms_of([row.programme_id])[row.programme_id]
    change = TermChange(
        entitlement=row,
        kind=kind,
        document=need(document, _("Give the document."), "document"),
        reason=need(reason),
        prepared_by=by,
    )
    if kind == Kind.EXTENSION:
        change.months = months
        change.from_month = rules.add_months(rules.first_of(row.ends_on), 1)
    else:
        if from_month is None:
            raise DomainError(_("Say from which month."), field="from_month")
        change.from_month = rules.first_of(from_month)
        change.area_m2, change.household_count = (
            (area_m2, household_count) if kind == Kind.BASIS else (None, None)
        )
        change.indicator, change.payer = (indicator, payer) if kind == Kind.FUNDING else (None, "")
    check_proposal(row, change, terms)
    change.amount = effect_of(row, change, terms).amount
    change.place()
    change.full_clean(exclude=["entitlement", "district", "street", "community", "prepared_by"])
    change.save()
    audit.record("propose", change, by=by, changes=_told(change), reason=change.reason)
    tell_holders(
        APPROVE,
        row,
        by=by,
        kind="change.waiting",
        batch=_batch(change),
        url=reverse("entitlements:change_detail", args=[change.pk]),
        count=1,
        values={"place": row.compound.name},
    )
    return change


@transaction.atomic
def approve_change(
    *, by, change: TermChange, version: int, on: dt.date | None = None
) -> TermChange:
    """Approve a change: what it costs more is committed, what it costs less is released.

    Of years without an indicator the obligation alone grows or falls. Raises NotAllowed,
    SamePerson, StaleRecord, NotOpen, Overdrawn (the indicator lacks money), DomainError (the
    month has been accrued meanwhile).
    """
    on = business_day(on)
    # Held first, as by all who post: nothing is accrued between the question and the posting.
    ledger.lock_book(change.district_id)
    row, held = _both(change, version)
    by.scope.require(APPROVE, held)
    _decidable(by, held)
    if row.state not in CHANGEABLE:
        raise NotOpen(_("Only an approved subsidy is changed."))
    terms = terms_of([row.programme_id])[row.programme_id]
    check_proposal(row, held, terms)
    effect = effect_of(row, held, terms)
    _post(row, held, effect.by_indicator, by=by, on=on)
    before = {"ends_on": row.ends_on, "months": row.months, "amount": row.amount}
    held.amount = effect.amount
    _apply(row, held, terms, effect)
    row.version += 1
    row.save(update_fields=["ends_on", "months", "amount", "version", "updated_at"])
    held.state, held.approved_by, held.approved_on = State.APPROVED, by, on
    held.version += 1
    held.save()
    step_of(
        row,
        EntitlementStep.Act.CHANGE,
        row.state,
        row.state,
        by=by,
        on=on,
        right=APPROVE,
        document=held.document,
        reason=held.reason,
    ).save()
    settle(_batch(held))
    after = {name: [value, getattr(row, name)] for name, value in before.items()}
    moved = {name: pair for name, pair in after.items() if pair[0] != pair[1]}
    audit.record("approve", held, by=by, changes={**_told(held), **moved}, reason=held.reason)
    return held


@transaction.atomic
def refuse_change(
    *, by, change: TermChange, version: int, reason: str, on: dt.date | None = None
) -> TermChange:
    """Refuse a change: nothing is posted, and everything stays. Raises as `approve_change`."""
    on = business_day(on)
    _row, held = _both(change, version)
    by.scope.require(APPROVE, held)
    _decidable(by, held)
    reason = need(reason)
    held.state, held.approved_by, held.approved_on = State.REFUSED, by, on
    held.version += 1
    held.save()
    settle(_batch(held))
    changes = {"state": [State.PREPARED, State.REFUSED]}
    audit.record("reject", held, by=by, changes=changes, reason=reason)
    return held


# -- inside ----------------------------------------------------------------------------------------
def _held(entitlement: Entitlement, version: int) -> Entitlement:
    row = locked([entitlement])[0]
    if row.version != version:
        raise StaleRecord(current=row)
    return row


def _both(change: TermChange, version: int) -> tuple[Entitlement, TermChange]:
    """The entitlement and its change, locked in this order, as the caller has seen the change."""
    row = locked([Entitlement(pk=change.entitlement_id)])[0]
    held = for_update(TermChange.objects).get(pk=change.pk)
    if held.version != version:
        raise StaleRecord(current=held)
    return row, held


def _decidable(by, held: TermChange) -> None:
    if held.state != State.PREPARED:
        raise NotOpen(_("This change has been decided already."))
    if held.prepared_by_id == by.pk:
        raise SamePerson


def _apply(row: Entitlement, change: TermChange, terms, effect: Effect) -> None:
    """The term, the amounts of its years and the fundings as they stand from now on."""
    row.amount += change.amount
    firsts = {period.month.year: period.month for period in reversed(_periods(row, change, terms))}
    for (year, payer), amount in effect.by_year.items():
        # The entitlement is held, so nobody else writes its years.
        held = YearShare.objects.filter(entitlement=row, year=year, payer=payer).first()
        held = held or YearShare(
            entitlement=row, year=year, payer=payer, amount=NO_MONEY, from_month=firsts[year]
        )
        held.amount += amount
        held.save()
    if change.kind == Kind.EXTENSION:
        row.months += change.months
        row.ends_on = rules.end_of(terms, row.starts_on, row.months)
    elif change.kind == Kind.FUNDING:
        percent = next(one.percent for one in terms.shares if one.payer == change.payer)
        Funding.objects.update_or_create(
            entitlement=row,
            payer=change.payer,
            from_month=change.from_month,
            defaults={"indicator": change.indicator, "percent": percent},
        )


def _periods(row: Entitlement, change: TermChange, terms):
    """The months of the term after a change."""
    ends_on = row.ends_on
    if change.kind == Kind.EXTENSION:
        ends_on = rules.end_of(terms, row.starts_on, row.months + change.months)
    return rules.periods(terms, row.starts_on, ends_on)


def _post(
    row: Entitlement, change: TermChange, found: dict[int, Decimal], *, by, on: dt.date
) -> None:
    """The difference on the ledger: more is committed, less is available again."""
    if not found:
        return
    lines = []
    for indicator_id, amount in found.items():
        available = Place(indicator_id, Stage.AVAILABLE)
        committed = Place(indicator_id, Stage.COMMITTED, row.number)
        source, target = (available, committed) if amount > 0 else (committed, available)
        key = f"change:{change.pk}:{indicator_id}"
        lines.append(Line(source, target, abs(amount), key))
    is_less = all(amount < 0 for amount in found.values())
    ledger.post(
        by=by,
        district_id=row.district_id,
        kind=Voucher.Kind.RELEASE if is_less else Voucher.Kind.COMMITMENT,
        on=on,
        key=f"change:{change.pk}",
        lines=lines,
        document=change.document,
        reason=change.reason,
        holders={row.number: Holder(row.programme_id, row.provider_id, row.compound)},
    )


def _told(change: TermChange) -> dict[str, list]:
    names = ("months", "area_m2", "household_count", "payer", "from_month", "amount", "document")
    told = {name: [None, value] for name in names if (value := getattr(change, name))}
    if change.indicator_id:
        told["indicator"] = [None, change.indicator.number]
    return {"kind": [None, change.kind], **told}


def _batch(change: TermChange) -> str:
    return f"change.waiting-{change.pk}"


def waiting_for(user):
    """Changes that a person may decide now."""
    rows = TermChange.objects.filter(state=State.PREPARED).filter(user.scope.granted(APPROVE))
    return rows.exclude(prepared_by=user)
