"""Contracts that were signed elsewhere, taken over as they stand: set-based, for imports."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from compounds.assignment.models import Assignment
from governance.foundation import history
from governance.foundation.bulk import in_chunks, insert_many, update_many

from ..models import Contract, ContractCompound, ContractItem, ContractStep
from .common import PLACE, Kind, State, Verb, place_together, settle


@dataclass(frozen=True)
class PastContract:
    """A contract as a sheet tells it: facts by the names of the model's columns.

    `place`: ids of district, street and community in which its first compound lies.
    """

    number: str
    place: tuple[int, int, int]
    facts: Mapping[str, Any] = field(default_factory=dict)
    items: Sequence[str] = ()


def state_of(contract: Contract) -> str:
    """The state that a contract's days speak of."""
    if contract.ended_on is not None:
        return State.ENDED
    return State.FILED if contract.filed_on is not None else State.SIGNED


def record_past(*, by, rows: Sequence[PastContract], batch: str) -> dict[str, int]:
    """Enter contracts that were signed, filed or ended before, with their steps on those days.

    Covers are written by the caller, and `place_contracts` afterwards. Returns ids by number.
    The right is the caller's business.
    """
    contracts = []
    for row in rows:
        contract = Contract(number=row.number, prepared_by=by, **row.facts)
        for name, pk in zip(PLACE, row.place, strict=True):
            setattr(contract, name, pk)
        contract.state = state_of(contract)
        if contract.filed_on is not None:
            contract.filed_by = by
        settle(contract)
        contracts.append(contract)
    insert_many(Contract, contracts)
    history.record_versions(
        Contract, [one.pk for one in contracts], kind=history.CREATED, by=by, reason=batch
    )
    insert_many(
        ContractItem,
        [
            ContractItem(contract=contract, kind=kind)
            for contract, row in zip(contracts, rows, strict=True)
            for kind in row.items
        ],
    )
    insert_many(
        ContractStep, [one for contract in contracts for one in steps_of(contract, by, batch)]
    )
    return {contract.number: contract.pk for contract in contracts}


def steps_of(contract: Contract, by, batch: str, known: Iterable[str] = ()) -> list[ContractStep]:
    """Steps of the days that a contract tells and that are not among `known` verbs."""
    told: list[tuple[str, dt.date | None, str]] = [
        (Verb.SIGNED, contract.signed_on, contract.document),
        (Verb.FILED, contract.filed_on, contract.filing_number),
        (Verb.ENDED, contract.ended_on, ""),
    ]
    if contract.renewal != Contract.Renewal.OPEN:
        told.insert(2, (contract.renewal, contract.renewal_on, ""))
    at = timezone.now()
    return [
        ContractStep(
            contract=contract, verb=verb, on=on, at=at, by=by, document=document[:150], batch=batch
        )
        for verb, on, document in told
        if on is not None and verb not in known
    ]


def new_covers(
    covers: Sequence[tuple[Contract, Any, Any]],
) -> list[ContractCompound]:
    """Unsaved covers of (contract, compound, area), tied to assignments of the same provider."""
    found = _assignments([compound.pk for _contract, compound, _area in covers])
    made = []
    for contract, compound, area in covers:
        is_main = contract.kind != Kind.SHARED
        cover = ContractCompound(
            contract=contract,
            area_m2=area,
            is_main=is_main,
            is_running=contract.state == State.FILED,
            assignment_id=found.get((compound.pk, contract.provider_id)) if is_main else None,
        )
        cover.compound_id = compound.pk
        for name in PLACE:
            setattr(cover, name, getattr(compound, name))
        made.append(cover)
    return made


def _assignments(compound_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """The latest assignment of each compound and provider that was not withdrawn."""
    found = {}
    for chunk in in_chunks(sorted(set(compound_ids))):
        rows = Assignment.objects.filter(compound__among=chunk).exclude(state="WITHDRAWN")
        for compound, provider, pk in rows.order_by("pk").values_list(
            "compound_id", "provider_id", "pk"
        ):
            found[compound, provider] = pk
    return found


def link_to_assignments(compound_ids: Iterable[int]) -> int:
    """Tie covers without an assignment to that of the same provider; returns how many.

    For imports that enter assignments after the contracts.
    """
    ids = sorted(set(compound_ids))
    found = _assignments(ids)
    changed = []
    for chunk in in_chunks(ids):
        rows = ContractCompound.objects.filter(
            compound__among=chunk, is_main=True, assignment=None
        ).select_related("contract")
        for cover in rows:
            pk = found.get((cover.compound_id, cover.contract.provider_id))
            if pk is not None:
                cover.assignment_id = pk
                changed.append(cover)
    update_many(ContractCompound, changed, ["assignment"])
    return len(changed)


def place_contracts(ids: Iterable[int], *, by, reason: str = "") -> list[Contract]:
    """Put contracts (and their files) where all their compounds lie; returns those moved."""
    moved = []
    for chunk in in_chunks(sorted(set(ids))):
        covers: dict[int, list] = defaultdict(list)
        for cover in ContractCompound.objects.filter(contract__among=chunk):
            covers[cover.contract_id].append(cover)
        for contract in Contract.objects.filter(pk__among=chunk).order_by("pk"):
            if contract.pk not in covers:
                continue
            before = [getattr(contract, name) for name in PLACE]
            place_together(contract, covers[contract.pk])
            if [getattr(contract, name) for name in PLACE] != before:
                moved.append(contract)
    update_many(Contract, moved, ["district", "street", "community"])
    ids = [contract.pk for contract in moved]
    history.record_versions(Contract, ids, kind=history.CHANGED, by=by, reason=reason)
    for contract in moved:
        contract.files.update(**{name: getattr(contract, name) for name in PLACE})
    return moved
