"""The budget of a scenario: one person prepares its movements, another confirms them."""

import datetime as dt
import tomllib
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext as _

from compounds.classification.seeding import holder_of
from governance.organisation.models import Area

from .models import CONFIRM, PREPARE, BudgetIndicator, BudgetLine
from .services.budgets import add_indicator, add_line, confirm_movement, prepare_movement


def load(folder: Path, *, by, report) -> int:
    """Enter `budget.toml`; indicators that are there already are left alone."""
    path = folder / "budget.toml"
    if by is None or not path.is_file():
        return 0
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    district = Area.objects.get(code=written["district"])
    one = holder_of(PREPARE, district, besides=by.pk)
    other = one and holder_of(CONFIRM, district, besides=one.pk)
    if other is None:
        report(_("A budget is prepared by one finance officer and confirmed by another."))
        return 0
    count = 0
    for record in written["lines"]:
        indicators = record.pop("indicators", [])
        line = BudgetLine.objects.filter(
            district=district, year=record["year"], code=record["code"]
        ).first()
        if line is None:
            line = add_line(by=one, district=district, facts=record)
            count += 1
        for facts in indicators:
            if not BudgetIndicator.objects.filter(
                district=district, number=facts["number"]
            ).exists():
                count += _enter(line, facts, one, other)
    return count


def _enter(line: BudgetLine, facts: dict, one, other) -> int:
    movements = facts.pop("movements", [])
    facts["document_on"] = dt.date.fromisoformat(facts["document_on"])
    indicator = add_indicator(by=one, line=line, facts=facts)
    for told in movements:
        row = prepare_movement(
            by=one,
            indicator=indicator,
            kind=told["kind"],
            amount=Decimal(told["amount"]),
            on=dt.date.fromisoformat(told["on"]),
            document=told["document"],
            reason=told.get("reason", ""),
        )
        confirm_movement(by=other, movement=row, version=row.version)
    return 1 + len(movements)
