"""A variant of a programme as a query string says it: which numbers of its terms are others.

Everything is read leniently into `Variant` and back into the same address, so that a what-if is
shared by its link. What cannot be read is named, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from compounds.classification.rules import ThresholdError, read_threshold, written
from subsidies.programmes.rules import FACTS, Step, Terms
from subsidies.programmes.rules.vocabulary import BASES, CHARGEABLE_AREA

MOST_MONTHS = 120
MOST = Decimal(10) ** 12


@dataclass(frozen=True)
class Variant:
    """What is changed, each as it was asked for; empty: as the programme has it."""

    prefix: str
    asked: Mapping[str, str] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()
    budget: Decimal | None = None
    terms: Terms | None = None

    @property
    def is_changed(self) -> bool:
        return any(name != "budget" for name in self.asked)

    def query(self) -> Iterator[tuple[str, str]]:
        """Parameters of the address."""
        for name, value in self.asked.items():
            yield f"{self.prefix}_{name}", value


def fields_of(terms: Terms) -> tuple[str, ...]:
    """What may be changed of some terms: rates by step, months, basis, thresholds."""
    rates = tuple(f"rate{number}" for number in range(1, len(terms.steps) + 1))
    thresholds = tuple(
        f"limit{number}"
        for number, condition in enumerate(terms.conditions, start=1)
        if condition.fact in FACTS and FACTS[condition.fact].is_number
    )
    return (*rates, "months", "basis", *thresholds, "budget")


def present(terms: Terms, name: str) -> str:
    """What a field is in the programme itself, as it is typed."""
    if name.startswith("rate"):
        return plain(terms.steps[int(name[4:]) - 1].rate)
    if name.startswith("limit"):
        return str(written(terms.conditions[int(name[5:]) - 1].value))
    if name == "months":
        return str(terms.months)
    if name == "basis":
        return terms.steps[0].basis if terms.steps else CHARGEABLE_AREA
    return ""


def plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exact(text: str) -> Decimal:
    value = Decimal(text.strip().replace(",", ""))
    if not value.is_finite() or not 0 <= value < MOST:
        raise InvalidOperation
    return value


def read(prefix: str, terms: Terms, given: Mapping[str, Any]) -> Variant:
    """The variant of an address: parameters begin with its prefix (`a_rate1=0.4`)."""
    asked: dict[str, str] = {}
    wrong: list[str] = []
    budget = None
    for name in fields_of(terms):
        text = str(given.get(f"{prefix}_{name}", "")).strip()
        if not text or text == present(terms, name):
            continue
        try:
            if name == "budget":
                budget = _exact(text).quantize(Decimal("0.01"))
            else:
                terms = _changed(terms, name, text)
        except (InvalidOperation, ThresholdError, ValueError):
            wrong.append(name)
        else:
            asked[name] = text
    return Variant(prefix, asked, tuple(wrong), budget, terms)


def _changed(terms: Terms, name: str, text: str) -> Terms:
    if name.startswith("rate"):
        at = int(name[4:]) - 1
        rate = _exact(text).quantize(Decimal("0.0001"))
        return replace(terms, steps=_with(terms.steps, at, replace(terms.steps[at], rate=rate)))
    if name.startswith("limit"):
        at = int(name[5:]) - 1
        old = terms.conditions[at]
        value = read_threshold(FACTS[old.fact], text)
        new = type(old)(old.fact, old.operator, value, old.alternative)
        return replace(terms, conditions=_with(terms.conditions, at, new))
    if name == "months":
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_MONTHS):
            raise ValueError(text)
        return _shortened(replace(terms, steps=stretched(terms.steps, int(text))), int(text))
    if text not in BASES:
        raise ValueError(text)
    return replace(terms, steps=tuple(replace(step, basis=text) for step in terms.steps))


def _shortened(terms: Terms, months: int) -> Terms:
    """Terms of another length; an early exit stays within them, or there is none."""
    if months == 1:
        return replace(terms, months=months, exit_collection_percent=None)
    return replace(terms, months=months, exit_months=min(terms.exit_months, months - 1))


def _with(rows: tuple, at: int, row: Any) -> tuple:
    return (*rows[:at], row, *rows[at + 1 :])


def stretched(steps: tuple[Step, ...], months: int) -> tuple[Step, ...]:
    """Steps over a term of another length: cut at its end, or the last one goes on."""
    kept = [step for step in steps if step.from_month <= months]
    if kept:
        kept[-1] = replace(kept[-1], to_month=months)
    return tuple(kept)
