"""What a programme would cost under other terms: a pure function over facts read once.

Who is eligible is answered by the programme's own examination, what a month costs by the rule
that an approval commits and an accrual follows, so that a forecast of the published terms equals
the ledger when the same compounds are applied for, approved and accrued in full.
Amounts are yuan, exact to the fen; a month is its first day.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from governance.foundation.errors import DomainError
from subsidies.entitlements.rules import due
from subsidies.entitlements.rules.starting import StartFacts, end_of, start_of
from subsidies.programmes.rules import Line as Evidence
from subsidies.programmes.rules import Terms, examine

ZERO = Decimal(0)
IN, OUT, UNKNOWN, UNCOUNTED = "IN", "OUT", "UNKNOWN", "UNCOUNTED"


@dataclass(frozen=True, slots=True)
class Subject:
    """A compound as it would be applied for: its facts, its quantities, when service began."""

    compound: int
    street: int
    firm: int | None
    values: Mapping[str, Any]
    entry_on: dt.date | None
    contract_on: dt.date | None = None
    begins_on: dt.date | None = None  # of a term that is applied for or approved already
    chargeable_area_m2: Decimal | None = None
    floor_area_m2: Decimal | None = None
    household_count: int | None = None
    fee_per_m2: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a variant says of a compound: in, out, unknown, or in and not to be computed.

    `why` is the condition that decided against it (or is unknown); `months` holds what each month
    of the term costs.
    """

    subject: Subject
    answer: str
    why: Evidence | None = None
    problem: str = ""
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    months: tuple[tuple[dt.date, Decimal], ...] = ()

    @property
    def total(self) -> Decimal:
        return sum((amount for _month, amount in self.months), ZERO)


@dataclass(frozen=True)
class Result:
    """All compounds under one variant, with its sums."""

    terms: Terms
    outcomes: Sequence[Outcome]
    budget: Decimal | None = None
    # The budget's year: it bears the months of that year alone; None where it bears all of them.
    year: int | None = None

    @cached_property
    def by_answer(self) -> dict[str, int]:
        found = dict.fromkeys((IN, OUT, UNKNOWN, UNCOUNTED), 0)
        for one in self.outcomes:
            found[one.answer] += 1
        return found

    @cached_property
    def total(self) -> Decimal:
        return sum(self.by_month.values(), ZERO)

    @cached_property
    def by_month(self) -> dict[dt.date, Decimal]:
        found: dict[dt.date, Decimal] = defaultdict(Decimal)
        for one in self.outcomes:
            for month, amount in one.months:
                found[month] += amount
        return dict(sorted(found.items()))

    @cached_property
    def by_year(self) -> dict[int, Decimal]:
        """Cost of each calendar year: what its budget has to bear."""
        found: dict[int, Decimal] = defaultdict(Decimal)
        for month, amount in self.by_month.items():
            found[month.year] += amount
        return dict(found)

    @cached_property
    def borne(self) -> dict[dt.date, Decimal]:
        """The months that the budget is asked for."""
        return {
            month: amount
            for month, amount in self.by_month.items()
            if self.year is None or month.year == self.year
        }

    def by(self, name: str) -> dict[Any, tuple[int, Decimal]]:
        """Compounds and yuan by street or firm."""
        found: dict[Any, list] = defaultdict(lambda: [0, ZERO])
        for one in self.outcomes:
            if one.answer == IN:
                held = found[getattr(one.subject, name)]
                held[0] += 1
                held[1] += one.total
        return {key: (count, amount) for key, (count, amount) in found.items()}

    @cached_property
    def runs_out(self) -> dt.date | None:
        """The first month that the budget does not bear any more; None where it lasts."""
        return runs_out(self.borne, self.budget)

    @property
    def left(self) -> Decimal | None:
        return None if self.budget is None else self.budget - sum(self.borne.values(), ZERO)


def runs_out(by_month: Mapping[dt.date, Decimal], money: Decimal | None) -> dt.date | None:
    """The first month in which what was needed so far is more than there is."""
    if money is None:
        return None
    needed = ZERO
    for month in sorted(by_month):
        needed += by_month[month]
        if needed > money:
            return month
    return None


# -- one compound ----------------------------------------------------------------------------------
def _decider(lines: Iterable[Evidence], *, result: bool | None) -> Evidence | None:
    """The condition that decides: the first with a result for which no alternative holds."""
    lines = tuple(lines)
    held = {line.alternative for line in lines if line.alternative and line.result}
    for line in lines:
        if line.result is result and line.alternative not in held:
            return line
    return None


def _months_alike(terms: Terms) -> bool:
    """Whether full months of a step all cost the same: nothing is counted across months."""
    return (
        terms.cap_compound is None
        and terms.cap_firm_year is None
        and terms.cap_year is None
        and all(step.per == due.MONTH for step in terms.steps)
    )


@dataclass
class _Engine:
    """Counts compound after compound; what the caps of firm and programme bear is carried on."""

    terms: Terms
    firm_years: dict[int | None, dict[int, Decimal]] = field(default_factory=dict)
    programme_years: dict[int, Decimal] = field(default_factory=dict)

    def __post_init__(self):
        self.alike = _months_alike(self.terms)
        self.open = SimpleNamespace(
            steps=self.terms.steps,
            bands=(),
            deductions=(),
            shares=(),
            part_month=self.terms.part_month,
            needs_assessment=False,
            assessment_months=self.terms.assessment_months,
            offset_percent=ZERO,
            cap_compound=None,
            cap_firm_year=None,
            cap_year=None,
        )
        kinds = {str(step.basis) for step in self.terms.steps}
        self.by_floor = kinds <= {due.FLOOR_AREA, due.HOUSEHOLDS}
        self.lookups = tuple({condition.fact: None for condition in self.terms.conditions})
        self.judged: dict[tuple, tuple[str, Evidence | None]] = {}

    def judge(self, subject: Subject) -> tuple[str, Evidence | None]:
        """Whether the conditions are met; each combination of facts is examined once."""
        values = subject.values
        key = tuple(map(values.get, self.lookups))
        found = self.judged.get(key)
        if found is None:
            examined = examine(self.terms, values)
            if examined.is_met:
                found = (IN, None)
            elif examined.is_met is None:
                found = (UNKNOWN, _decider(examined.lines, result=None))
            else:
                found = (OUT, _decider(examined.lines, result=False))
            self.judged[key] = found
        return found

    def outcome(self, subject: Subject) -> Outcome:
        answer, why = self.judge(subject)
        if answer != IN:
            return Outcome(subject, answer, why)
        starts_on = subject.begins_on
        if starts_on is None:
            try:
                starts_on = start_of(self.terms, StartFacts(subject.entry_on, subject.contract_on))
            except DomainError:
                return Outcome(subject, UNCOUNTED, problem="START_UNKNOWN")
        ends_on = end_of(self.terms, starts_on, self.terms.months)
        months = self.months(subject, starts_on, ends_on)
        if isinstance(months, str):
            return Outcome(subject, UNCOUNTED, None, months, starts_on, ends_on)
        return Outcome(subject, IN, None, "", starts_on, ends_on, months)

    def area(self, subject: Subject) -> Decimal | None:
        """The area an application would prove: built if all is paid by it, else chargeable."""
        area = subject.floor_area_m2 if self.by_floor else subject.chargeable_area_m2
        return area or None

    def months(self, subject: Subject, starts_on: dt.date, ends_on: dt.date):
        """(month, yuan) of the term, or the code of the problem."""
        area = due.Given(self.area(subject))
        households, fee = due.Given(subject.household_count), due.Given(subject.fee_per_m2)
        if not self.alike:
            return self._capped(subject, starts_on, ends_on, area, households, fee)
        seen: dict[tuple, Decimal] = {}
        found = []
        for period in due.periods(self.terms, starts_on, ends_on):
            step = due.step_of(self.terms, period.index)
            full = period.days == period.days_in_month
            key = (step, True) if full else (step, period.days, period.days_in_month)
            amount = seen.get(key)
            if amount is None:
                given = due.Given(period.days)
                one = due.due_for(
                    self.open,
                    due.Inputs(period, given, area, households, fee, due.Given(1), due.Given(1)),
                )
                if one.gross is None:
                    return one.problems[0].code
                amount = seen[key] = one.gross
            found.append((period.month, amount))
        return tuple(found)

    def _capped(self, subject, starts_on, ends_on, area, households, fee):
        firm = self.firm_years.setdefault(subject.firm, {})
        forecast = due.forecast(
            self.terms,
            due.Basis(
                starts_on, ends_on, area, households, fee,
                firm_years=firm, programme_years=self.programme_years,
            ),
        )  # fmt: skip
        if forecast.total is None:
            return forecast.problems[0].code
        found = []
        for period, one in zip(forecast.periods, forecast.dues, strict=True):
            year = period.month.year
            firm[year] = firm.get(year, ZERO) + one.gross
            self.programme_years[year] = self.programme_years.get(year, ZERO) + one.gross
            found.append((period.month, one.gross))
        return tuple(found)


def run(
    terms: Terms,
    subjects: Iterable[Subject],
    budget: Decimal | None = None,
    year: int | None = None,
) -> Result:
    """All compounds under some terms, in the order given (which caps follow)."""
    engine = _Engine(terms)
    return Result(terms, [engine.outcome(one) for one in subjects], budget, year)


# -- two variants ----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Move:
    """A compound that is in under one variant and not under the other."""

    subject: Subject
    comes_in: bool
    why: Evidence | None
    problem: str
    amount: Decimal


def moves(before: Result, after: Result) -> list[Move]:
    """Compounds that drop out or come in from one result to another over the same subjects.

    `why` is the condition that keeps it out where it is out.
    """
    found = []
    for old, new in zip(before.outcomes, after.outcomes, strict=True):
        if (old.answer == IN) == (new.answer == IN):
            continue
        comes_in = new.answer == IN
        outside, inside = (old, new) if comes_in else (new, old)
        found.append(Move(new.subject, comes_in, outside.why, outside.problem, inside.total))
    return found


def months_of(
    terms: Terms, subject: Subject, starts_on: dt.date, ends_on: dt.date
) -> list[tuple[dt.date, Decimal]]:
    """What each month of an approved term costs at most; none where it cannot be computed."""
    found = _Engine(terms).months(subject, starts_on, ends_on)
    return [] if isinstance(found, str) else list(found)
