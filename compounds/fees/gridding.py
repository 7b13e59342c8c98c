"""A month of many compounds as one table to type in: what stands, what was typed, what is wrong.

What was typed is kept as it was typed until all of it can be saved. Knows forms, not requests.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from compounds.registry.models import Compound
from governance.foundation.forms import LARGEST, ExactNumber, WholeNumber

from . import questions, rules
from .models import CollectionReport, ComplaintCount
from .services.collecting import FIGURES, Refused, Typed

COMPLAINTS = "complaints"
BAR = "|"
NAMES = (*FIGURES, COMPLAINTS)
CLEAN = {
    "billed_households": WholeNumber(min_value=0, max_value=1_000_000, required=False),
    "billed_amount": ExactNumber(
        min_value=0, max_value=LARGEST, max_digits=16, decimal_places=2, required=False
    ),
    "paid_households": WholeNumber(min_value=0, max_value=1_000_000, required=False),
    "paid_amount": ExactNumber(
        min_value=0, max_value=LARGEST, max_digits=16, decimal_places=2, required=False
    ),
    COMPLAINTS: WholeNumber(min_value=0, max_value=100_000, required=False),
}


@dataclass
class Cell:
    """One cell: its name in the form, the text in it, and what is wrong with it."""

    name: str
    key: str
    text: str = ""
    errors: list[str] = field(default_factory=list)
    is_money: bool = False


@dataclass
class Line:
    """One compound of the month."""

    compound: Compound
    cells: list[Cell]
    version: int
    complaints: int | None
    report: CollectionReport | None
    before: CollectionReport | None
    may_bill: bool
    errors: list[str] = field(default_factory=list)
    sent: str | None = None  # what the page held when it was opened, while it is typed in again

    @property
    def money_rate(self) -> Decimal | None:
        if self.report is None:
            return None
        return rules.rate(self.report.paid_amount, self.report.billed_amount)

    @property
    def household_rate(self) -> Decimal | None:
        if self.report is None:
            return None
        return rules.rate(self.report.paid_households, self.report.billed_households)

    @property
    def standing(self) -> list[str]:
        """The cells as they stand in the register."""
        held = [getattr(self.report, name) if self.report else None for name in FIGURES]
        return ["" if value is None else str(value) for value in (*held, self.complaints)]

    @property
    def opened(self) -> str:
        """The version and the cells that whoever types has seen."""
        return self.sent or BAR.join([str(self.version), *self.standing])


class Sheet:
    """The table of a month."""

    def __init__(self, month: dt.date, compounds: Sequence[Compound]):
        self.month = month
        ids = [one.pk for one in compounds]
        earlier = rules.months_later(month, -1)
        rows = CollectionReport.objects.filter(compound__in=ids, month__in=[month, earlier])
        reports = {(row.compound_id, row.month): row for row in rows}
        counts = dict(
            ComplaintCount.objects.filter(compound__in=ids, month=month).values_list(
                "compound_id", "count"
            )
        )
        services = questions.services_of(ids)
        self.lines = [
            self._line(
                one,
                reports.get((one.pk, month)),
                reports.get((one.pk, earlier)),
                counts.get(one.pk),
                rules.may_bill(services.get(one.pk, ()), month),
            )
            for one in compounds
        ]
        # Those that do not charge yet come last: there is nothing to type in but complaints.
        self.lines.sort(key=lambda line: not line.may_bill)

    def _line(self, compound, report, before, complaints, may_bill) -> Line:
        version = report.version if report else 0
        line = Line(compound, [], version, complaints, report, before, may_bill)
        line.cells = [
            Cell(name, f"c{compound.pk}-{name}", text, is_money=name.endswith("amount"))
            for name, text in zip(NAMES, line.standing, strict=True)
        ]
        return line

    @property
    def has_errors(self) -> bool:
        return any(line.errors or any(c.errors for c in line.cells) for line in self.lines)

    @property
    def error_count(self) -> int:
        return sum(len(line.errors) + sum(len(c.errors) for c in line.cells) for line in self.lines)

    @property
    def has_counts(self) -> bool:
        return self._counted

    _counted = False

    @property
    def reported(self) -> int:
        return sum(line.report is not None for line in self.lines)

    @property
    def sums(self) -> dict[str, Any]:
        """What stands, added up."""
        reports = [line.report for line in self.lines if line.report]
        found = {name: sum((getattr(r, name) for r in reports), start=0) for name in FIGURES}
        found["household_rate"] = rules.rate(found["paid_households"], found["billed_households"])
        found["money_rate"] = rules.rate(found["paid_amount"], found["billed_amount"])
        found["mean"] = rules.simple_mean((r.paid_amount, r.billed_amount) for r in reports)
        found["complaints"] = sum(line.complaints or 0 for line in self.lines)
        return found

    def read(self, sent: Mapping[str, str]) -> list[Typed]:
        """What was typed, as lines to be saved; notes what is wrong in the cells.

        A line that was left as it was opened is not saved, whatever others did to it meanwhile.
        """
        return [self._read(line, sent) for line in self.lines]

    def _read(self, line: Line, sent: Mapping[str, str]) -> Typed:
        values = {cell.name: self._clean(cell, sent) for cell in line.cells}
        version, seen = self._opened(line, sent)
        figures = [values[name] for name in FIGURES]
        count = values[COMPLAINTS]
        bad = any(cell.errors for cell in line.cells)
        blank = [value is None for value in figures]
        is_same = not bad and figures == [seen[name] for name in FIGURES]
        if is_same and count == seen[COMPLAINTS]:
            for cell, text in zip(line.cells, line.standing, strict=True):
                cell.text = text
            line.sent = None
        elif not bad and any(blank) and not all(blank):
            for cell in line.cells:
                if cell.name in FIGURES and values[cell.name] is None:
                    cell.errors.append(_("still missing"))
        elif not bad and all(blank) and not is_same:
            line.errors.append(_("A report cannot be emptied: enter 0, or correct it."))
        if count is None and seen[COMPLAINTS] is not None and not bad:
            line.cells[-1].errors.append(_("A count cannot be emptied: enter 0."))
        if count is not None and count != seen[COMPLAINTS]:
            self._counted = True
        return Typed(
            line.compound.pk,
            version,
            None if is_same or any(blank) else tuple(figures),
            None if count == seen[COMPLAINTS] else count,
            seen[COMPLAINTS],
        )

    def _opened(self, line: Line, sent: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """The version and the values that stood on the page when it was opened."""
        text = str(sent.get(f"c{line.compound.pk}-opened", ""))[:100]
        parts = text.split(BAR)
        blank = dict.fromkeys(NAMES)
        if len(parts) != 1 + len(NAMES) or not (parts[0].isascii() and parts[0].isdigit()):
            return 0, blank
        try:
            seen = {
                name: CLEAN[name].clean(one) for name, one in zip(NAMES, parts[1:], strict=True)
            }
        except ValidationError:
            return 0, blank
        line.sent = text
        return int(parts[0]), seen

    def _clean(self, cell: Cell, sent: Mapping[str, str]) -> Any:
        cell.text = str(sent.get(cell.key, ""))[:30]
        try:
            return CLEAN[cell.name].clean(cell.text)
        except ValidationError as error:
            cell.errors += error.messages
            return None

    def refuse(self, refused: Sequence[Refused]) -> None:
        """Put what the service refused beside its cell."""
        lines = {line.compound.pk: line for line in self.lines}
        for one in refused:
            line = lines[one.compound]
            line.sent = None  # the words show what stands: who saves again has seen it
            cell = next((c for c in line.cells if c.name == one.field), None)
            (cell.errors if cell else line.errors).append(one.message)
