"""What an application rests on, read for many compounds at once: firm, contract, area, ceilings.

Nothing is decided here and nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from compounds.assignment.models import Assignment
from compounds.contracts.models import Contract
from compounds.contracts.questions import MainContract, contracts_with
from governance.foundation.bulk import in_chunks
from governance.foundation.errors import DomainError
from subsidies.payees.models import PayeeAccount
from subsidies.programmes import facts as programme_facts
from subsidies.programmes import questions as programmes
from subsidies.programmes.models import Programme
from subsidies.programmes.rules import Terms

from . import rules
from .models import Entitlement, YearShare
from .rules import due

HOUSEHOLDS, FLOOR_AREA = due.HOUSEHOLDS, due.FLOOR_AREA
# What an approved entitlement has or had: counted against the ceilings of firms and programmes.
RUNNING = ("APPROVED", "SUSPENDED", "EXITED", "CLOSED")


@dataclass(frozen=True)
class Basis:
    """What a programme pays by, as the register has it; None: not known."""

    area_m2: Decimal | None
    household_count: int | None
    needs_area: bool
    needs_households: bool

    @property
    def is_known(self) -> bool:
        return not (
            (self.needs_area and not self.area_m2)
            or (self.needs_households and not self.household_count)
        )


def basis_of(terms: Terms, compound) -> Basis:
    """Area and households of a compound by the basis of a programme (§4.4)."""
    kinds = {str(step.basis) for step in terms.steps}
    by_floor = kinds <= {FLOOR_AREA, HOUSEHOLDS}
    # The one that the programme pays by, or none: never the other instead.
    area = compound.floor_area_m2 if by_floor else compound.chargeable_area_m2
    return Basis(
        area_m2=area if kinds - {HOUSEHOLDS} else None,
        household_count=compound.household_count if HOUSEHOLDS in kinds else None,
        needs_area=bool(kinds - {HOUSEHOLDS}),
        needs_households=HOUSEHOLDS in kinds,
    )


def active_assignments(compound_ids: Iterable[int]) -> dict[int, Assignment]:
    """By compound: who serves it."""
    found = {}
    for chunk in in_chunks(sorted(set(compound_ids))):
        rows = Assignment.objects.active().filter(compound__in=chunk)
        found |= {row.compound_id: row for row in rows.select_related("provider")}
    return found


class Had(NamedTuple):
    """A term that a compound was approved for: months in common are never paid twice."""

    pk: int
    number: str
    first: dt.date
    last: dt.date


def terms_had(compound_ids: Iterable[int]) -> dict[int, list[Had]]:
    """By compound: the terms it was approved for, to the day they ended."""
    found: dict[int, list[Had]] = defaultdict(list)
    for chunk in in_chunks(sorted(set(compound_ids))):
        rows = Entitlement.objects.filter(compound__in=chunk, state__in=RUNNING).order_by("pk")
        for compound, pk, number, first, last, ended in rows.values_list(
            "compound_id", "pk", "number", "starts_on", "ends_on", "exited_on"
        ):
            found[compound].append(Had(pk, number, first, ended or last))
    return dict(found)


def refuse_twice(row: Entitlement, had: Mapping[int, Sequence[Had]]) -> None:
    """Raise DomainError where a term has days in common with one that was approved before."""
    for one in had.get(row.compound_id, ()):
        if one.pk != row.pk and one.first <= row.ends_on and row.starts_on <= one.last:
            raise DomainError(
                _(
                    "Subsidy %(number)s was approved for %(first)s to %(last)s: no day is paid for"
                    " twice."
                )
                % {"number": one.number, "first": one.first, "last": one.last}
            )


@dataclass
class Facts:
    """All that is asked of applications on a day; see `gather`."""

    as_of: dt.date
    terms: dict[int, Terms]
    assignments: dict[int, Assignment]
    contracts: dict[int, MainContract]
    barred: dict[int, dt.date]
    with_account: set[int]
    open_programmes: set[int]  # those that take applications on the day
    fees: dict[int, Decimal | None]  # of contracts, where a programme pays a share of the fee
    had: dict[int, list[Had]]  # by compound: terms that it was approved for

    def contract_of(self, row: Entitlement) -> MainContract | None:
        return self.contracts.get(row.compound_id)

    def term(self, terms: Terms, assignment: Assignment, contract, stated_on=None):
        """First and last day and months by the programme's rule. Raises DomainError."""
        return rules.term_of(
            terms,
            rules.StartFacts(
                entry_on=assignment.starts_on,
                contract_on=contract.starts_on if contract else None,
                stated_on=stated_on,
            ),
        )


def gather(compounds: Iterable[int], programmes_: Iterable[int], as_of: dt.date) -> Facts:
    """Terms, firms in service, their contracts, bars and accounts: a handful of queries."""
    compounds = sorted(set(compounds))
    assignments = active_assignments(compounds)
    firms = {row.provider_id for row in assignments.values()}
    terms = programmes.terms_of(programmes_)
    contracts = contracts_with({pk: row.provider_id for pk, row in assignments.items()}, as_of)
    fees: dict[int, Decimal | None] = {}
    if any(needs_fee(one) for one in terms.values()):
        asked = {one.contract_id for one in contracts.values()}
        fees = dict(Contract.objects.filter(pk__in=asked).values_list("pk", "fee_per_m2"))
    return Facts(
        as_of=as_of,
        terms=terms,
        assignments=assignments,
        contracts=contracts,
        barred=barred_firms(firms, as_of),
        with_account=set(
            PayeeAccount.objects.filter(
                provider__in=firms, state=PayeeAccount.State.CONFIRMED
            ).values_list("provider_id", flat=True)
        ),
        open_programmes=set(
            Programme.objects.filter(pk__in=terms).open_on(as_of).values_list("pk", flat=True)
        ),
        fees=fees,
        had=terms_had(compounds),
    )


def barred_firms(provider_ids: Iterable[int], as_of: dt.date) -> dict[int, dt.date]:
    """Firms that may not apply on a day, as a later room says: each with the last day of it."""
    found = programme_facts.barred(sorted(set(provider_ids)), as_of)
    return {pk: until for pk, (until, _where) in found.items()}


# -- money -----------------------------------------------------------------------------------------
def forecast_of(
    row: Entitlement,
    terms: Terms,
    fee_per_m2: Decimal | None = None,
    *,
    firm_years: Mapping[int, Decimal] | None = None,
    programme_years: Mapping[int, Decimal] | None = None,
) -> due.Forecast:
    """What the term costs at most, month by month (S0-11)."""
    said = str(_("application"))
    return due.forecast(
        terms,
        due.Basis(
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            area_m2=due.Given(row.area_m2, said),
            household_count=due.Given(row.household_count, said),
            fee_per_m2=due.Given(fee_per_m2, str(_("contract"))),
            firm_years=firm_years,
            programme_years=programme_years,
        ),
    )


def years_of(row: Entitlement, terms: Terms) -> list[int]:
    """Calendar years of the months of a term, in order."""
    months = due.periods(terms, row.starts_on, row.ends_on)
    return sorted({period.month.year for period in months})


def needs_fee(terms: Terms) -> bool:
    return any(step.basis == due.FEE_SHARE for step in terms.steps)


def fees_of(rows: Sequence[Entitlement], terms: Mapping[int, Terms]) -> dict[int, Decimal | None]:
    """By entitlement: the fee of its contract, where its programme pays a share of it."""
    asked = [row for row in rows if needs_fee(terms[row.programme_id])]
    return {row.pk: row.contract.fee_per_m2 if row.contract_id else None for row in asked}


class Ceilings:
    """What firms and programmes are approved for in each year already; grows as rows are taken.

    Read only for programmes with such a ceiling.
    """

    def __init__(self, rows: Sequence[Entitlement], terms: Mapping[int, Terms]):
        self._firms: dict[tuple[int, int], dict[int, Decimal]] = defaultdict(dict)
        self._programmes: dict[int, dict[int, Decimal]] = defaultdict(dict)
        self._capped = {
            pk for pk, one in terms.items() if one.cap_firm_year is not None or one.cap_year
        }
        if not self._capped & {row.programme_id for row in rows}:
            return
        before = (
            YearShare.objects.filter(
                entitlement__programme__in=self._capped, entitlement__state__in=RUNNING
            )
            .exclude(entitlement__in=[row.pk for row in rows])
            .order_by()
            .values_list("entitlement__programme", "entitlement__provider", "year")
            .annotate(total=Sum("amount"))
        )
        for programme, firm, year, total in before:
            for sums in (self._firms[programme, firm], self._programmes[programme]):
                sums[year] = sums.get(year, Decimal(0)) + total

    def of(self, row: Entitlement) -> dict[str, Mapping[int, Decimal]]:
        if row.programme_id not in self._capped:
            return {}
        return {
            "firm_years": self._firms[row.programme_id, row.provider_id],
            "programme_years": self._programmes[row.programme_id],
        }

    def take(self, row: Entitlement, forecast: due.Forecast) -> None:
        if row.programme_id not in self._capped:
            return
        firm = self._firms[row.programme_id, row.provider_id]
        programme = self._programmes[row.programme_id]
        for period, month in zip(forecast.periods, forecast.dues, strict=False):
            for sums in (firm, programme):
                year = period.month.year
                sums[year] = sums.get(year, Decimal(0)) + (month.gross or 0)


def told_problems(forecast: due.Forecast) -> str:
    """What is missing for a forecast, as a sentence."""
    words = {
        "AREA_UNKNOWN": _("The area is not known."),
        "HOUSEHOLDS_UNKNOWN": _("The number of households is not known."),
        "FEE_UNKNOWN": _("The fee is not known: it stands in the contract."),
        "RATE_MISSING": _("The programme has no rate for a month of the term."),
    }
    codes = dict.fromkeys(problem.code for problem in forecast.problems)
    return " ".join(str(words.get(code, code)) for code in codes)


def total_of(forecast: due.Forecast) -> Decimal:
    """The total, if it can be reckoned. Raises DomainError."""
    if forecast.total is None:
        raise DomainError(told_problems(forecast))
    return forecast.total
