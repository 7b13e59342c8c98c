"""Entitlements with their money: one line each, summed from the ledger's accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from compounds.providers.models import Provider
from compounds.registry.places import places_of
from subsidies.ledger.models import Stage
from subsidies.programmes.models import Programme

from . import postings
from .rules.flows import ZERO

OWED = (Stage.PAYABLE, Stage.IN_PAYMENT)
COLUMNS = {
    "committed": (Stage.COMMITTED,),
    "owed": OWED,
    "paid": (Stage.PAID,),
    "to_recover": (Stage.TO_RECOVER,),
}
READ = (
    "holder",
    "compound__code",
    "compound__name",
    "street__name",
    "provider",
    "provider__name",
    "programme__name",
)
# What `stage` in an address asks for: payable and under way to the bank are one figure.
ASKED = {**{stage: (stage,) for stage in postings.HELD}, Stage.PAYABLE: OWED}


def _sums() -> dict[str, Sum]:
    return {name: Sum("balance", filter=Q(stage__in=stages)) for name, stages in COLUMNS.items()}


@dataclass(frozen=True, slots=True)
class Line:
    """An entitlement's money by stage, in yuan."""

    number: str
    code: str
    compound: str
    street: str
    provider: int | None
    firm: str
    programme: str
    committed: Decimal
    owed: Decimal
    paid: Decimal
    to_recover: Decimal


@dataclass(frozen=True)
class Holders:
    """Entitlements that hold money, in the reader's places, as some parameters ask for."""

    user: Any
    asked: Mapping[str, str]

    def _number(self, name: str) -> int | None:
        text = self.asked.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    @cached_property
    def places(self):
        return places_of(self.user)

    @cached_property
    def _filters(self) -> list[tuple[Q, str, str]]:
        found = []
        for name, label in (("street", _("street")), ("community", _("community"))):
            place = self.places.by_code.get(self.asked.get(name, ""))
            if place is not None:
                found.append((Q(**{name: place.id}), label, place.name))
        if (year := self._number("year")) is not None:
            found.append((Q(indicator__line__year=year), _("budget year"), str(year)))
        districts = self.user.scope.in_districts()
        if (pk := self._number("provider")) is not None:
            row = Provider.objects.filter(pk=pk, district__in=districts).first()
            found.append((Q(provider=pk), _("provider"), str(row or pk)))
        if (pk := self._number("programme")) is not None:
            row = Programme.objects.filter(pk=pk, district__in=districts).first()
            found.append((Q(programme=pk), _("programme"), str(row or pk)))
        return found

    @property
    def stage(self) -> str:
        found = self.asked.get("stage", "")
        return found if found in ASKED else ""

    @property
    def applied(self) -> list[tuple[str, str]]:
        """What is asked for, in words."""
        found = [(name, value) for _condition, name, value in self._filters]
        if self.stage:
            found.append((_("stage of money"), str(Stage(self.stage).label)))
        return found

    @cached_property
    def accounts(self) -> QuerySet:
        rows = postings.accounts_of(self.user)
        for condition, _name, _value in self._filters:
            rows = rows.filter(condition)
        return rows

    @cached_property
    def rows(self) -> QuerySet:
        """A row for each entitlement, most money first; of a stage those that hold some in it."""
        rows = self.accounts.order_by().values_list(*READ).annotate(**_sums())
        stages = ASKED.get(self.stage, postings.HELD)
        rows = rows.annotate(held=Sum("balance", filter=Q(stage__in=stages))).filter(held__gt=0)
        return rows.order_by("-held", "holder")

    @staticmethod
    def line(row: tuple) -> Line:
        return Line(*row[:7], *(amount or ZERO for amount in row[7:11]))

    @cached_property
    def totals(self) -> dict[str, Decimal]:
        """The sums of all lines of the filters, whatever stage is asked for."""
        found = self.accounts.aggregate(**_sums())
        return {name: amount or ZERO for name, amount in found.items()}
