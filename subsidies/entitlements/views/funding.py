"""Choosing indicators: for each payer, street that pays, and year those that may bear it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from subsidies.ledger import questions as ledger_questions
from subsidies.ledger.models import BudgetIndicator
from subsidies.programmes import questions as programmes

from .. import gathering, rules
from ..models import Entitlement

PAYERS = dict(BudgetIndicator._meta.get_field("payer").choices)


class Asked(NamedTuple):
    """A payer's months of a year for which an indicator is to be chosen."""

    payer: str
    street_id: int | None
    year: int
    is_needed: bool

    @property
    def field(self) -> str:
        return f"funding_{self.payer}_{self.street_id or 0}_{self.year}"


class Choice(NamedTuple):
    """A field of the form: its label, its indicators with what is available, whether one must."""

    label: str
    indicators: list[tuple[BudgetIndicator, str]]
    is_needed: bool


def asked_at_approval(rows: Sequence[Entitlement]) -> list[Asked]:
    """Every year of the terms; the first one of a term needs its indicator."""
    terms = programmes.terms_of({row.programme_id for row in rows})
    found: dict[tuple[str, int | None, int], bool] = {}
    for row in rows:
        known = terms[row.programme_id]
        years = gathering.years_of(row, known)
        for share in known.shares:
            street = row.street_id if share.payer == "STREET" else None
            for year in years:
                key = (str(share.payer), street, year)
                found[key] = found.get(key, False) or year == years[0]
    return [Asked(*key, needed) for key, needed in sorted(found.items(), key=_order)]


def _order(item):
    (payer, street, year), _needed = item
    return year, payer, street or 0


def choices_of(asked: Iterable[Asked], districts: Iterable[int]) -> dict[str, Choice]:
    """By field: the indicators that may bear it, the year's own first, the fullest first."""
    asked = list(asked)
    indicators = list(
        BudgetIndicator.objects.filter(
            district__in=list(districts), payer__in={one.payer for one in asked}
        )
        .select_related("line", "street")
        .order_by("number")
    )
    ids = [one.pk for one in indicators]
    standing, borne = ledger_questions.left(ids), ledger_questions.years_borne(ids)

    def available(one: BudgetIndicator) -> Decimal:
        return standing[one.pk].available if one.pk in standing else Decimal(0)

    found = {}
    for want in asked:
        own = [
            one
            for one in indicators
            if (one.payer, one.street_id) == (want.payer, want.street_id)
            and want.year in borne[one.pk]
        ]
        own.sort(key=lambda one: (one.line.year != want.year, -available(one), one.number))
        words = _("indicator of %(year)s: share of the %(payer)s") % {
            "year": want.year,
            "payer": PAYERS[want.payer],
        }
        if want.street_id and own:
            words = f"{words} ({own[0].street})"
        found[want.field] = Choice(
            words,
            [
                (
                    one,
                    _("%(number)s %(name)s: %(left)s yuan available")
                    % {
                        "number": one.number,
                        "name": one.name,
                        "left": f"{available(one):,.2f}",
                    },
                )
                for one in own
            ],
            want.is_needed,
        )
    return found


class YearSum(NamedTuple):
    """What the rows of an approval cost in a year; later years may be obligations."""

    year: int
    amount: Decimal
    count: int
    is_first: bool


def by_year(rows: Sequence[Entitlement]) -> list[YearSum]:
    """What is to be signed, by budget year."""
    terms = programmes.terms_of({row.programme_id for row in rows})
    fees = gathering.fees_of(rows, terms)
    ceilings = gathering.Ceilings(rows, terms)
    sums: dict[int, Decimal] = {}
    counts: dict[int, int] = {}
    firsts = set()
    for row in rows:
        forecast = gathering.forecast_of(
            row, terms[row.programme_id], fees.get(row.pk), **ceilings.of(row)
        )
        ceilings.take(row, forecast)
        own = rules.sums_of(rules.by_year(forecast))
        for year, amount in own.items():
            sums[year] = sums.get(year, Decimal(0)) + amount
            counts[year] = counts.get(year, 0) + 1
        firsts |= {min(own)} if own else set()
    return [YearSum(year, sums[year], counts[year], year in firsts) for year in sorted(sums)]
