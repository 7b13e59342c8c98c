"""The conditions of eligibility as rows of fields: kept as typed until they are right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from compounds.classification.forms.rules import ConditionFields

from .. import rules

MOST_ROWS = 40
ALTERNATIVES = (1, 2, 3)


class ConditionRow(ConditionFields):
    """A condition of eligibility: as in the policies, with the facts of service besides."""

    @property
    def known(self) -> rules.Fact | None:
        return rules.FACTS.get(self.fact)


class Conditions:
    """The conditions of eligibility of the form."""

    name = "conditions"

    def __init__(self, rows: Iterable[ConditionRow] = ()) -> None:
        self.rows = list(rows)
        self.errors: list[str] = []
        self.focus = ""

    def add(self) -> None:
        if len(self.rows) < MOST_ROWS:
            self.rows.append(ConditionRow(fact="contract_is_filed", operator="is", value="true"))
            self.focus = f"conditions-{len(self.rows) - 1}-fact"

    def drop(self, number: int) -> None:
        if number < len(self.rows):
            del self.rows[number]

    def settle(self) -> None:
        for row in self.rows:
            row.settle()

    def read(self) -> tuple[rules.Condition, ...]:
        return tuple(part for part in (row.read() for row in self.rows) if part is not None)

    @classmethod
    def of(cls, conditions: Iterable[rules.Condition]) -> Conditions:
        return cls(ConditionRow.of(condition) for condition in conditions)

    @classmethod
    def posted(cls, data: Any) -> Conditions:
        rows = []
        for at in range(count(data.get("conditions"), MOST_ROWS)):
            name = f"conditions-{at}"
            rows.append(
                ConditionRow(
                    data.get(f"{name}-fact", "")[:40],
                    data.get(f"{name}-operator", "")[:10],
                    data.get(f"{name}-value", "").replace("\0", "").strip()[:40],
                    [code[:20] for code in data.getlist(f"{name}-options")][:20],
                    count(data.get(f"{name}-alternative"), max(ALTERNATIVES)),
                )
            )
        return cls(rows)

    @property
    def error_count(self) -> int:
        return len(self.errors) + sum(len(row.errors) for row in self.rows)


def count(value: Any, most: int) -> int:
    """How many rows a form says it has; 0 for what is no number, at most `most`."""
    text = str(value or "")
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
