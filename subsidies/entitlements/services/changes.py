"""Changes of an approved subsidy by document: extension, new basis, another indicator.

The district's officer proposes, the approver approves: then the difference is committed on the
ledger or released. Months that are accrued are never touched.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.errors import DomainError, StaleRecord
from governance.notices.services import settle, tell_holders
from subsidies.ledger import services as ledger
from subsidies.ledger.models import BudgetIndicator, Posting, Stage
from subsidies.ledger.models import Transaction as Voucher
from subsidies.ledger.services import Holder, Line, Place
from subsidies.programmes.questions import terms_of

from .. import gathering, rules
from ..errors import NotOpen, SamePerson
from ..models import APPROVE, ASSESS, Entitlement, EntitlementStep, Funding, TermChange
from ..rules import changing
from .common import business_day, locked, need, step_of

Kind, State = TermChange.Kind, TermChange.State
CHANGEABLE = (Entitlement.State.APPROVED, Entitlement.State.SUSPENDED)
NO_MONEY = Decimal("0.00")
LONGEST = 120  # months of a term, as a programme's own


# -- questions of other rooms ----------------------------------------------------------------------
def basis_at(
    entitlements: Iterable[Entitlement], month: dt.date
) -> dict[int, tuple[Decimal | None, int | None]]:
    """By id: area (m²) and households that hold in a month, after approved changes. One query."""
    rows = list(entitlements)
    found = {row.pk: (row.area_m2, row.household_count) for row in rows}
    changes = TermChange.objects.filter(
        entitlement__in=found, kind=Kind.BASIS, state=State.APPROVED, from_month__lte=month
    ).order_by("from_month", "pk")
    for pk, area, households in changes.values_list("entitlement_id", "area_m2", "household_count"):
        old_area, old_households = found[pk]
        found[pk] = (
            old_area if area is None else area,
            old_households if households is None else households,
        )
    return found


def fundings_at(entitlement_ids: Iterable[int], month: dt.date) -> dict[int, list[Funding]]:
    """By entitlement: the funding of each payer that bears a month. One query."""
    latest: dict[int, dict[str, Funding]] = defaultdict(dict)
    rows = Funding.objects.filter(entitlement__in=list(entitlement_ids)).order_by("-from_month")
    for row in rows:
        own = latest[row.entitlement_id]
        # Before its first month the first one of a payer holds all the same.
        if row.payer not in own or own[row.payer].from_month > month:
            own[row.payer] = row
    return {pk: sorted(own.values(), key=lambda one: one.payer) for pk, own in latest.items()}


def accrued_months(number: str, district_id: int) -> frozenset[dt.date]:
    """Months of an entitlement that are accrued on the ledger and not reversed."""
    rows = Posting.objects.filter(
        transaction__kind=Voucher.Kind.ACCRUAL,
        transaction__district=district_id,
        source__stage=Stage.COMMITTED,
        source__holder=number,
        reversed_by=None,
    )
    return frozenset(rows.exclude(month=None).values_list("month", flat=True))


# -- what a change costs ---------------------------------------------------------------------------
def course_of(row: Entitlement) -> changing.Course:
    """The term as it stands, with approved changes."""
    start = rules.first_of(row.starts_on)
    quantities = [changing.Quantity(start, row.area_m2, row.household_count)]
    approved = row.changes.filter(kind=Kind.BASIS, state=State.APPROVED)
    for one in approved.order_by("from_month", "pk"):
        last = quantities[-1]
        quantities.append(
            changing.Quantity(
                one.from_month,
                last.area_m2 if one.area_m2 is None else one.area_m2,
                last.household_count if one.household_count is None else one.household_count,
            )
        )
    payers = [
        changing.Payer(one.from_month, one.payer, one.indicator_id)
        for one in row.fundings.order_by("from_month", "pk")
    ]
    fee = row.contract.fee_per_m2 if row.contract_id else None
    return changing.Course(row.starts_on, row.ends_on, tuple(quantities), tuple(payers), fee)


def changed(row: Entitlement, change: TermChange, terms) -> changing.Course:
    """The term as it would stand after a change."""
    now = course_of(row)
    if change.kind == Kind.EXTENSION:
        ends_on = rules.end_of(terms, row.starts_on, row.months + change.months)
        return changing.Course(now.starts_on, ends_on, now.quantities, now.payers, now.fee_per_m2)
    if change.kind == Kind.BASIS:
        last = changing.latest(now.quantities, change.from_month)
        new = changing.Quantity(
            change.from_month,
            last.area_m2 if change.area_m2 is None else change.area_m2,
            last.household_count if change.household_count is None else change.household_count,
        )
        kept = tuple(one for one in now.quantities if one.from_month < change.from_month)
        return changing.Course(now.starts_on, now.ends_on, (*kept, new), now.payers, now.fee_per_m2)
    new = changing.Payer(change.from_month, change.payer, change.indicator_id)
    kept = tuple(
        one for one in now.payers if one.payer != change.payer or one.from_month < change.from_month
    )
    return changing.Course(now.starts_on, now.ends_on, now.quantities, (*kept, new), now.fee_per_m2)


def differences(row: Entitlement, change: TermChange, terms=None) -> dict[int, Decimal]:
    """By indicator (id): how much more or less is committed by a change (yuan).

    Raises DomainError where a month cannot be reckoned.
    """
    terms = terms or terms_of([row.programme_id])[row.programme_id]
    accrued = accrued_months(row.number, row.district_id)
    others = gathering.Ceilings([row], {row.programme_id: terms}).of(row)
    try:
        before = changing.costs(terms, course_of(row), accrued, **others)
        after = changing.costs(terms, changed(row, change, terms), accrued, **others)
    except changing.Uncomputable as error:
        raise DomainError(
            _("The amount cannot be computed: area, households, fee or indicator is missing.")
        ) from error
    return changing.differences(before, after)


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
    _check(row, change, terms)
    change.amount = sum(differences(row, change, terms).values(), NO_MONEY)
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

    Raises NotAllowed, SamePerson, StaleRecord, NotOpen, Overdrawn (the indicator lacks money),
    DomainError (the month has been accrued meanwhile).
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
    _check(row, held, terms)
    found = differences(row, held, terms)
    _post(row, held, found, by=by, on=on)
    before = {"ends_on": row.ends_on, "months": row.months, "amount": row.amount}
    held.amount = sum(found.values(), NO_MONEY)
    _apply(row, held, terms)
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
    held = TermChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    if held.version != version:
        raise StaleRecord(current=held)
    return row, held


def _decidable(by, held: TermChange) -> None:
    if held.state != State.PREPARED:
        raise NotOpen(_("This change has been decided already."))
    if held.prepared_by_id == by.pk:
        raise SamePerson


def _check(row: Entitlement, change: TermChange, terms) -> None:
    if change.kind == Kind.EXTENSION:
        if not change.months:
            raise DomainError(_("Say how many months more."), field="months")
        if row.months + change.months > LONGEST:
            raise DomainError(
                _("A term has %(most)s months at most.") % {"most": LONGEST}, field="months"
            )
        if change.from_month != rules.add_months(rules.first_of(row.ends_on), 1):
            raise DomainError(_("The term has been changed meanwhile: propose it anew."))
        return
    first, last = rules.first_of(row.starts_on), rules.first_of(row.ends_on)
    if not first <= change.from_month <= last:
        raise DomainError(_("This month is not within the term."), field="from_month")
    accrued = accrued_months(row.number, row.district_id)
    if any(month >= change.from_month for month in accrued):
        raise DomainError(
            _("The month %(month)s is accrued already; a change begins after it.")
            % {"month": f"{max(accrued):%Y-%m}"},
            field="from_month",
        )
    later = row.changes.filter(
        kind=change.kind, state=State.APPROVED, from_month__gte=change.from_month
    ).exclude(pk=change.pk)
    if change.kind == Kind.FUNDING:
        later = later.filter(payer=change.payer)
    if later.exists():
        raise DomainError(
            _("A later change of this kind is approved already: begin after it."),
            field="from_month",
        )
    (_check_basis if change.kind == Kind.BASIS else _check_funding)(row, change, terms)


def _check_basis(row: Entitlement, change: TermChange, terms) -> None:
    if change.area_m2 is None and change.household_count is None:
        raise DomainError(_("Give the new area or number of households."), field="area_m2")
    area, households = basis_at([row], change.from_month)[row.pk]
    if change.area_m2 in (None, area) and change.household_count in (None, households):
        raise DomainError(_("Nothing changes: this basis holds already."), field="area_m2")


def _check_funding(row: Entitlement, change: TermChange, terms) -> None:
    indicator = change.indicator
    if indicator is None or indicator.district_id != row.district_id:
        raise DomainError(_("Name the indicator that pays from then on."), field="indicator")
    if change.payer not in {share.payer for share in terms.shares}:
        raise DomainError(_("By the programme this payer bears no share of it."), field="payer")
    if indicator.payer != change.payer:
        raise DomainError(
            _("The indicator %(number)s is money of another payer.") % {"number": indicator.number},
            field="indicator",
        )
    if indicator.street_id is not None and indicator.street_id != row.street_id:
        raise DomainError(
            _("The indicator %(number)s is money of another street.")
            % {"number": indicator.number},
            field="indicator",
        )
    now = {one.payer: one for one in fundings_at([row.pk], change.from_month).get(row.pk, ())}
    if change.payer in now and now[change.payer].indicator_id == indicator.pk:
        raise DomainError(_("This indicator pays for it already."), field="indicator")


def _apply(row: Entitlement, change: TermChange, terms) -> None:
    """The term, the amount and the fundings as they stand from now on."""
    row.amount += change.amount
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
