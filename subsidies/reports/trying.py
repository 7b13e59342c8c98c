"""The register as a what-if reads it: once, set-based, for all variants of a programme.

Compounds in service are counted from the day they are served; those that have applied or are
approved under the programme by what was proved; on request those too that are only decided,
as if a firm with a filed contract began on a day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from compounds.assignment.models import Assignment
from compounds.contracts.models import Contract
from compounds.contracts.questions import contracts_with
from compounds.providers.models import Provider
from compounds.registry.models import Compound, Strategy
from governance.organisation.models import Area
from subsidies.entitlements.models import Entitlement
from subsidies.entitlements.rules import due
from subsidies.programmes.facts import facts_of
from subsidies.programmes.models import Programme
from subsidies.programmes.rules import Terms

from .rules.whatif import Subject

SERVED, DECIDED = "served", "decided"
# What is taken for granted of a compound that nobody serves yet.
ASSUMED = {
    "contract_is_filed": True,
    "contract_kind": "TRANSITION",
    "firm_is_blacklisted": False,
    "firm_is_banned": False,
    "months_served": 0,
}
GONE = (Entitlement.State.REJECTED, Entitlement.State.WITHDRAWN)


@dataclass(frozen=True)
class Register:
    """The compounds a programme may reach, in the reader's scope."""

    user: Any
    programme: Programme
    terms: tuple[Terms, ...]
    as_of: dt.date
    whom: str = SERVED
    begins_on: dt.date | None = None

    @cached_property
    def _keys(self) -> set[str]:
        return {condition.fact for terms in self.terms for condition in terms.conditions}

    @cached_property
    def _needs_fee(self) -> bool:
        return any(step.basis == due.FEE_SHARE for terms in self.terms for step in terms.steps)

    @cached_property
    def _applied(self) -> dict[int, tuple]:
        """The last entitlement of each compound under any edition of the programme."""
        rows = Entitlement.objects.visible_to(self.user).filter(
            programme__name=self.programme.name, programme__district=self.programme.district_id
        )
        return {
            row.compound: row
            for row in rows.exclude(state__in=GONE)
            .order_by("pk")
            .values_list(
                "compound", "provider", "starts_on", "area_m2", "household_count", named=True
            )
        }

    @cached_property
    def _served(self) -> dict[int, tuple]:
        rows = Assignment.objects.active().filter(self.user.scope.seen())
        rows = rows.filter(district=self.programme.district_id).order_by("starts_on", "pk")
        return {
            row.compound: row
            for row in rows.values_list("compound", "provider", "starts_on", named=True)
        }

    def _compounds(self) -> QuerySet:
        rows = Compound.objects.visible_to(self.user).filter(district=self.programme.district_id)
        if self.whom == DECIDED:
            decided = rows.active().filter(is_unmanaged=True, strategy__in=Strategy.values)
            return rows.filter(pk__in=decided.order_by().values("pk")) | rows.filter(
                pk__among=sorted({*self._served, *self._applied})
            )
        return rows.filter(pk__among=sorted({*self._served, *self._applied}))

    @cached_property
    def subjects(self) -> list[Subject]:
        """All of them by code: the same handful of statements for any number."""
        rows = list(
            self._compounds()
            .order_by("code")
            .values_list(
                "pk", "street", "chargeable_area_m2", "floor_area_m2", "household_count", named=True
            )
        )
        firms = {pk: row.provider for pk, row in self._served.items()}
        firms |= {pk: row.provider for pk, row in self._applied.items()}
        facts = facts_of([row.pk for row in rows], self.as_of, providers=firms, keys=self._keys)
        contracts = contracts_with(firms, self.as_of)
        fees = self._fees(one.contract_id for one in contracts.values())
        found = []
        for row in rows:
            values = facts[row.pk][0]
            served, applied = self._served.get(row.pk), self._applied.get(row.pk)
            contract = contracts.get(row.pk)
            entry_on = served.starts_on if served else None
            contract_on = contract.starts_on if contract else None
            area, floor = row.chargeable_area_m2, row.floor_area_m2
            households = row.household_count
            if applied:
                area = area if applied.area_m2 is None else applied.area_m2
                floor = floor if applied.area_m2 is None else applied.area_m2
                if applied.household_count is not None:
                    households = applied.household_count
            elif served is None:
                values = {**values, **ASSUMED}
                entry_on = contract_on = self.begins_on
            found.append(
                Subject(
                    row.pk,
                    row.street,
                    firms.get(row.pk),
                    values,
                    entry_on,
                    contract_on,
                    applied.starts_on if applied else None,
                    area,
                    floor,
                    households,
                    fees.get(contract.contract_id) if contract else None,
                )
            )
        return found

    def _fees(self, contracts: Iterable[int]) -> dict[int, Decimal]:
        if not self._needs_fee:
            return {}
        rows = Contract.objects.filter(pk__among=sorted(set(contracts)))
        return dict(rows.values_list("pk", "fee_per_m2"))

    # -- names ---------------------------------------------------------------------------------
    def streets(self, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
        rows = Area.objects.filter(pk__in=sorted(set(ids)))
        return {pk: (name, code) for pk, name, code in rows.values_list("pk", "name", "code")}

    def firms(self, ids: Iterable[int | None]) -> dict[int, str]:
        rows = Provider.objects.filter(pk__among=sorted({pk for pk in ids if pk}))
        return dict(rows.values_list("pk", "name"))

    def compounds(self, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
        rows = Compound.objects.filter(pk__among=sorted(set(ids)))
        return {pk: (name, code) for pk, name, code in rows.values_list("pk", "name", "code")}
