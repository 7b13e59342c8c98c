"""Writing a contract down, until it is signed: create, edit, sign, return, cancel."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from compounds.providers.models import Provider
from compounds.registry.models import Compound, Status
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update

from .. import rules
from ..models import Contract, ContractCompound, ContractItem, Lot
from .common import (
    EDIT,
    EDITABLE,
    ITEM_FACTS,
    Kind,
    State,
    Verb,
    assignments_for,
    is_blacklisted,
    locked,
    not_to_come,
    place_together,
    record,
    refuse,
    step,
    store,
    terms_of,
)

Covered = Sequence[tuple[Compound, Decimal | None]]


@transaction.atomic
def create_contract(
    *,
    by,
    facts: Mapping[str, Any],
    compounds: Covered,
    items: Iterable[Mapping[str, Any]] = (),
    follows: Contract | None = None,
) -> Contract:
    """Draft a contract; `compounds` are pairs of a compound and its chargeable area (m²).

    Without an area the register's chargeable area is taken. `follows`: the running contract that
    this one is to replace. Raises NotAllowed, DomainError, ValidationError, Refused.
    """
    rows = _compounds(compounds)
    contract = Contract(prepared_by=by, **_known(facts))
    place_together(contract, (compound for compound, _area in rows))
    by.scope.require(EDIT, contract)
    _check_parties(by, contract, rows)
    if follows is not None:
        contract.follows = _followed(by, follows)
    store(contract, by=by)
    _write_covers(contract, rows)
    _write_items(contract, items)
    refuse(rules.edit_refusals(terms_of(contract)))
    changes = {name: [None, value] for name, value in _known(facts).items() if value not in _EMPTY}
    changes["compounds"] = [None, _names(rows)]
    record("add", contract, by=by, changes=changes)
    return contract


_EMPTY = (None, "")


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in EDITABLE if name in facts}


def _compounds(compounds: Covered) -> list[tuple[Compound, Decimal | None]]:
    """The compounds, locked and still there, each once."""
    wanted = {compound.pk: area for compound, area in compounds}
    if not wanted:
        raise DomainError(_("Say which compounds the contract covers."), field="compounds")
    rows = list(for_update(Compound.objects).filter(pk__in=wanted).order_by("pk"))
    rows.sort(key=lambda row: row.code)
    for row in rows:
        if row.status != Status.ACTIVE:
            raise DomainError(
                _("%(name)s was merged or demolished.") % {"name": row.name}, field="compounds"
            )
    if len({row.district_id for row in rows}) > 1:
        raise DomainError(_("A contract lies within one district."), field="compounds")
    return [
        (row, wanted[row.pk] if wanted[row.pk] is not None else row.chargeable_area_m2)
        for row in rows
    ]


def _covered(contract: Contract) -> list[int]:
    return list(contract.covers.values_list("compound", flat=True))


def _hold(ids: Iterable[int]) -> None:
    """Hold compounds before their contract: who merges compounds comes to it the same way."""
    rows = for_update(Compound.objects).filter(pk__in=set(ids))
    list(rows.order_by("pk").values_list("pk"))


def _check_parties(by, contract: Contract, rows: Covered) -> None:
    """Provider and lot belong to the district of the compounds; the lot is one the person sees."""
    district = rows[0][0].district_id
    for name in ("provider", "lot"):
        other = getattr(contract, name)
        if other is not None and other.district_id != district:
            raise DomainError(
                _("%(name)s belongs to another district.") % {"name": other}, field=name
            )
    lot = contract.lot
    if lot is not None and not Lot.objects.visible_to(by).filter(pk=lot.pk).exists():
        raise DomainError(_("This lot lies outside your posts."), field="lot")
    if contract.kind == Kind.LOT and lot is None:
        raise DomainError(_("Say which lot the contract is for."), field="lot")


def _followed(by, contract: Contract) -> Contract:
    """The running contract that a new one is to replace; one successor at a time."""
    row = for_update(Contract.objects).get(pk=contract.pk)
    by.scope.require(EDIT, row)
    if row.state != State.FILED:
        raise DomainError(_("Only a running contract can be followed by another one."))
    if row.followed_by.exclude(state=State.CANCELLED).exists():
        raise DomainError(_("A contract that follows this one is already there."))
    return row


def _write_covers(contract: Contract, rows: Covered) -> None:
    found = assignments_for(contract.provider_id, [compound.pk for compound, _area in rows])
    for compound, area in rows:
        cover = ContractCompound(
            contract=contract,
            compound=compound,
            assignment=found.get(compound.pk),
            area_m2=area,
            is_main=contract.kind != Kind.SHARED,
        )
        cover.place()
        cover.clean_fields(exclude=["district", "street", "community"])
        cover.save()


def _write_items(contract: Contract, items: Iterable[Mapping[str, Any]]) -> None:
    for facts in items:
        item = ContractItem(
            contract=contract, **{name: facts[name] for name in ITEM_FACTS if name in facts}
        )
        item.clean_fields(exclude=["contract"])
        item.validate_constraints()
        item.save()


def _names(rows: Covered) -> str:
    return pgettext("between names", ", ").join(compound.name for compound, _area in rows)


@transaction.atomic
def edit_contract(
    *,
    by,
    contract: Contract,
    version: int,
    facts: Mapping[str, Any],
    compounds: Covered | None = None,
    items: Iterable[Mapping[str, Any]] | None = None,
    reason: str = "",
) -> Contract:
    """Correct a draft; compounds and items are replaced as a whole where they are given.

    Raises NotAllowed, StaleRecord, DomainError (signed already), ValidationError, Refused.
    """
    _hold([*(compound.pk for compound, _area in compounds or ()), *_covered(contract)])
    row = locked(by, contract, version)
    if row.state != State.DRAFT:
        raise DomainError(_("Only a draft can be changed: return the contract first."))
    before = {name: getattr(row, name) for name in _known(facts)}
    for name, value in _known(facts).items():
        setattr(row, name, value)
    changes = {
        name: [before[name], value]
        for name, value in _known(facts).items()
        if before[name] != value
    }
    covered = list(row.covers.select_related("compound").order_by("compound__code"))
    rows = _compounds(
        compounds
        if compounds is not None
        else [(cover.compound, cover.area_m2) for cover in covered]
    )
    _check_parties(by, row, rows)
    place_together(row, (compound for compound, _area in rows))
    by.scope.require(EDIT, row)
    old = [(cover.compound_id, cover.area_m2) for cover in covered]
    new = [(compound.pk, area) for compound, area in rows]
    if old != new:
        names = pgettext("between names", ", ").join(cover.compound.name for cover in covered)
        changes["compounds"] = [names, _names(rows)]
    is_new_items = items is not None and _replaces_items(row, items := list(items))
    if is_new_items:
        changes["items"] = [_item_names(row.items.order_by("pk")), None]
    if not changes:
        return row
    store(row, by=by, reason=reason)
    row.covers.all().delete()
    _write_covers(row, rows)
    if is_new_items:
        row.items.all().delete()
        _write_items(row, items)
        changes["items"][1] = _item_names(row.items.order_by("pk"))
    refuse(rules.edit_refusals(terms_of(row)))
    record("change", row, by=by, changes=changes, reason=reason)
    return row


def _replaces_items(contract: Contract, items: Sequence[Mapping[str, Any]]) -> bool:
    old = [
        tuple(getattr(item, name) for name in ITEM_FACTS) for item in contract.items.order_by("pk")
    ]
    blank = {name: None if name == "unit_price" else "" for name in ITEM_FACTS}
    return old != [tuple({**blank, **item}[name] for name in ITEM_FACTS) for item in items]


def _item_names(items: Iterable[ContractItem]) -> str:
    return pgettext("between names", ", ").join(str(item) for item in items)


@transaction.atomic
def sign_contract(
    *, by, contract: Contract, version: int, signed_on: dt.date, document: str = ""
) -> Contract:
    """Enter that the parties have signed: the contract holds what the law asks for.

    Raises NotAllowed, StaleRecord, DomainError (no draft, a day to come, party B blacklisted on
    that day), Refused with every reason.
    Source: Civil Code 938, 941, 944; §5.6 (no new contract while blacklisted).
    """
    row = locked(by, contract, version)
    if row.state != State.DRAFT:
        raise DomainError(_("Only a draft can be signed."))
    not_to_come(signed_on, "signed_on")
    if row.lot_id:  # before the provider, as by its award
        row.lot = for_update(Lot.objects).get(pk=row.lot_id)
    if row.provider_id:
        # Locked, so that no blacklisting slips in between.
        row.provider = for_update(Provider.objects).get(pk=row.provider_id)
        if is_blacklisted(row.provider, signed_on):
            raise DomainError(
                _("%(name)s stood on the blacklist on that day and signs no new contract.")
                % {"name": row.provider},
                field="signed_on",
            )
    refuse(rules.signing_refusals(terms_of(row)))
    row.state, row.signed_on = State.SIGNED, signed_on
    if document:
        row.document = document
    store(row, by=by)
    link_assignments(row)
    step(row, Verb.SIGNED, by=by, on=signed_on, document=document)
    changes = {"state": [State.DRAFT, State.SIGNED], "signed_on": [None, signed_on]}
    record("sign_contract", row, by=by, changes=changes)
    return row


def link_assignments(contract: Contract) -> None:
    """Tie the covers to the assignments that name the contract's provider."""
    covers = list(contract.covers.filter(is_main=True))
    found = assignments_for(contract.provider_id, [cover.compound_id for cover in covers])
    for cover in covers:
        assignment = found.get(cover.compound_id)
        if assignment is not None and cover.assignment_id != assignment.pk:
            cover.assignment = assignment
            cover.save(update_fields=["assignment"])


@transaction.atomic
def return_contract(*, by, contract: Contract, version: int, reason: str) -> Contract:
    """Take a signed contract back to the draft, to correct what was typed wrong.

    Raises NotAllowed, StaleRecord, DomainError (filed already, no reason).
    """
    row = locked(by, contract, version)
    if row.state != State.SIGNED:
        raise DomainError(_("Only a contract that is signed and not filed can be returned."))
    if not reason:
        raise DomainError(_("Give the reason."), field="reason")
    before, row.state, row.signed_on = row.signed_on, State.DRAFT, None
    store(row, by=by, reason=reason)
    step(row, Verb.RETURNED, by=by, on=dates.today(), reason=reason)
    changes = {"state": [State.SIGNED, State.DRAFT], "signed_on": [before, None]}
    record("return", row, by=by, changes=changes, reason=reason)
    return row


@transaction.atomic
def cancel_contract(*, by, contract: Contract, version: int, reason: str) -> Contract:
    """Drop a contract that was never filed; its number stays taken.

    Raises NotAllowed, StaleRecord, DomainError.
    """
    row = locked(by, contract, version)
    if row.state not in (State.DRAFT, State.SIGNED):
        raise DomainError(_("Only a contract that is not filed can be cancelled: end it instead."))
    if not reason:
        raise DomainError(_("Give the reason."), field="reason")
    before, row.state = row.state, State.CANCELLED
    store(row, by=by, reason=reason)
    step(row, Verb.CANCELLED, by=by, on=dates.today(), reason=reason)
    record("cancel", row, by=by, changes={"state": [before, State.CANCELLED]}, reason=reason)
    return row
