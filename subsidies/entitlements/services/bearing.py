"""Which indicators bear which years of which entitlements: chosen, judged, written and posted.

What the approval and the act of a budget year have in common; nothing is decided here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from governance.foundation import bulk
from governance.foundation.errors import DomainError
from subsidies.ledger import questions as ledger_questions
from subsidies.ledger import services as ledger
from subsidies.ledger.models import BudgetIndicator, Stage
from subsidies.ledger.models import Transaction as Voucher

from ..errors import Refused, RowsRefused
from ..models import AnnualAct, Entitlement, Funding, YearShare
from .common import name_of

STREET = "STREET"


class Bearing(NamedTuple):
    """What an indicator bears of a year of an entitlement."""

    share: YearShare
    indicator: BudgetIndicator


# By entitlement: what is committed now.
Shares = dict[int, list[Bearing]]


class Purse:
    """The indicators chosen for an act: which one bears a payer's months of a year."""

    def __init__(self, fundings: Iterable[BudgetIndicator], districts: set[int]):
        """Raises DomainError: another district's, or two for the same payer and year."""
        chosen = list(
            BudgetIndicator.objects.filter(pk__in=[one.pk for one in fundings]).select_related(
                "line"
            )
        )
        borne = ledger_questions.years_borne([one.pk for one in chosen])
        self._of_year: dict[tuple[str, int | None, int], BudgetIndicator] = {}
        self._carried: dict[tuple[str, int | None, int], BudgetIndicator] = {}
        for one in sorted(chosen, key=lambda one: (one.line.year, one.number)):
            if {one.district_id} != districts:
                raise DomainError(
                    _("Indicator %(number)s is another district's.") % {"number": one.number},
                    field="fundings",
                )
            key = (one.payer, one.street_id, one.line.year)
            if key in self._of_year:
                raise DomainError(
                    _("Choose one indicator for each payer and year: %(first)s or %(second)s.")
                    % {"first": self._of_year[key].number, "second": one.number},
                    field="fundings",
                )
            self._of_year[key] = one
            for year in borne[one.pk] - {one.line.year}:
                self._carried.setdefault((one.payer, one.street_id, year), one)

    def of(self, payer: str, street_id: int, year: int) -> BudgetIndicator | None:
        """The year's own indicator, else one to which that year's money was carried over."""
        key = (payer, street_id if payer == STREET else None, year)
        return self._of_year.get(key) or self._carried.get(key)


def bearings(
    row: Entitlement,
    shares: Iterable[YearShare],
    purse: Purse,
    needed: int,
) -> list[Bearing]:
    """Shares of years with the indicators that bear them.

    Raises DomainError where a share of the year `needed` has none.
    """
    found = []
    for share in shares:
        one = purse.of(share.payer, row.street_id, share.year)
        if one is not None:
            found.append(Bearing(share, one))
        elif share.year == needed:
            raise DomainError(
                _("Choose the indicator of %(year)s by which its share is paid: %(payer)s.")
                % {"year": share.year, "payer": share.get_payer_display()}
            )
    return found


def refuse_what_does_not_fit(rows: Sequence[Entitlement], shares: Shares) -> None:
    """Refuse the batch with the rows that do not fit and what is left. The book is held."""
    indicators = {one.indicator.pk: one.indicator for own in shares.values() for one in own}
    standing = ledger_questions.left(list(indicators))
    left = {pk: standing[pk].available if pk in standing else Decimal(0) for pk in indicators}
    refused = []
    for row in rows:
        asked: Mapping[int, Decimal] = _by_indicator(shares[row.pk])
        short = [pk for pk, amount in asked.items() if amount > left[pk]]
        if short:
            words = [
                _("%(amount)s yuan asked, %(left)s yuan left of %(indicator)s.")
                % {
                    "amount": f"{asked[pk]:.2f}",
                    "left": f"{left[pk]:.2f}",
                    "indicator": indicators[pk].number,
                }
                for pk in short
            ]
            refused.append(Refused(row.pk, name_of(row), " ".join(words)))
            continue
        for pk, amount in asked.items():
            left[pk] -= amount
    if refused:
        said = "; ".join(
            _("%(indicator)s: %(available)s yuan available, %(left)s yuan after what fits")
            % {
                "indicator": one.number,
                "available": f"{standing[pk].available if pk in standing else 0:.2f}",
                "left": f"{left[pk]:.2f}",
            }
            for pk, one in indicators.items()
        )
        before = _("The indicators do not bear all of it (%(said)s).") % {"said": said}
        raise RowsRefused(refused, before)


def _by_indicator(own: Iterable[Bearing]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for one in own:
        sums[one.indicator.pk] += one.share.amount
    return sums


def raise_refused(rows: Sequence[Entitlement], refused: Sequence[Refused]) -> None:
    if refused and len(rows) == 1:
        raise DomainError(refused[0].message)
    if refused:
        raise RowsRefused(refused)


def by_district(rows: Iterable[Entitlement]) -> dict[int, list[Entitlement]]:
    found: dict[int, list[Entitlement]] = defaultdict(list)
    for row in rows:
        found[row.district_id].append(row)
    return found


def write_fundings(
    rows: Iterable[Entitlement], terms, shares: Shares, annual_act: AnnualAct | None = None
) -> None:
    """The indicators that bear the years from now on, each from the first month of its year."""
    percents = {
        pk: {str(share.payer): share.percent for share in known.shares}
        for pk, known in terms.items()
    }
    bulk.insert_many(
        Funding,
        [
            Funding(
                entitlement=row,
                payer=one.share.payer,
                percent=percents[row.programme_id][one.share.payer],
                indicator=one.indicator,
                from_month=one.share.from_month,
                annual_act=annual_act,
            )
            for row in rows
            for one in shares[row.pk]
        ],
    )


def post_commitment(
    rows: Sequence[Entitlement],
    shares: Shares,
    *,
    by,
    district: int,
    day: dt.date,
    key: str,
    document: str,
    reason: str = "",
) -> None:
    """One voucher of the act for all rows: available → committed, a line for payer and year."""
    lines = [
        ledger.Line(
            source=ledger.Place(one.indicator.pk, Stage.AVAILABLE),
            target=ledger.Place(one.indicator.pk, Stage.COMMITTED, row.number),
            amount=one.share.amount,
            key=f"commit:{row.number}:{one.share.payer}:{one.share.year}",
        )
        for row in rows
        for one in shares[row.pk]
        if one.share.amount
    ]
    if lines:
        ledger.post(
            by=by,
            district_id=district,
            kind=Voucher.Kind.COMMITMENT,
            on=day,
            key=key,
            document=document[:150],
            reason=reason[:300],
            lines=lines,
            holders=holders_of(rows),
        )


def holders_of(rows: Iterable[Entitlement]) -> dict[str, ledger.Holder]:
    """Whose accounts they are, as the ledger asks."""
    return {
        row.number: ledger.Holder(row.programme_id, row.provider_id, row.compound) for row in rows
    }
