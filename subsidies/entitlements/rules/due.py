"""What an entitlement is due for a month, line by line, and what it may cost over its term.

Pure: no register, no clock, no language. Amounts are exact `Decimal` yuan, rounded half up to the
fen once per line (domain.md §4.4). What is missing is a `Problem`, never zero. A line says by its
code what it is; `subsidies.accruals.wording` puts it into words.

Order of the arithmetic: quantity × rate × part of the month; less public revenue counted against
it; cut by the caps of compound, firm and programme = gross. Less what the assessment and the
findings of the month take off (never more than the gross) = due, shared among who pays it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple

from governance.foundation.money import CENT, split, to_fen

ZERO = Decimal(0)
NOTHING_DUE = Decimal("0.00")
HUNDRED = Decimal(100)

CALENDAR, SERVICE = "CALENDAR", "SERVICE"
DAYS, WHOLE, COMPLETE = "DAYS", "WHOLE", "COMPLETE"
MONTH, YEAR, ONCE = "MONTH", "YEAR", "ONCE"
CHARGEABLE_AREA, FLOOR_AREA, HOUSEHOLDS = "CHARGEABLE_AREA", "FLOOR_AREA", "HOUSEHOLDS"
FEE_SHARE, COLLECTED_AREA = "FEE_SHARE", "COLLECTED_AREA"
FULL, PRO_RATA, PERCENT, NOTHING = "FULL", "PRO_RATA", "PERCENT", "NOTHING"

# Lines of the arithmetic.
L_QUANTITY, L_FEE, L_COLLECTION, L_RATE, L_DAYS, L_AMOUNT = (
    "QUANTITY",
    "FEE",
    "COLLECTION",
    "RATE",
    "DAYS",
    "AMOUNT",
)
L_OFFSET, L_CAP_COMPOUND, L_CAP_FIRM, L_CAP_YEAR, L_CAP_COMMITTED, L_GROSS = (
    "OFFSET",
    "CAP_COMPOUND",
    "CAP_FIRM",
    "CAP_YEAR",
    "CAP_COMMITTED",
    "GROSS",
)
L_SCORE, L_BAND, L_FINDING, L_LIMIT, L_DUE, L_SHARE = (
    "SCORE",
    "BAND",
    "FINDING",
    "LIMIT",
    "DUE",
    "SHARE",
)


# -- months ----------------------------------------------------------------------------------------
class Period(NamedTuple):
    """A month of the term: `days` of it lie within the term, of `days_in_month` altogether.

    `month` is the first day of the calendar month in which it is accrued: the month itself, or
    the one in which a month of service is over.
    """

    index: int
    month: dt.date
    first: dt.date
    last: dt.date
    days: int
    days_in_month: int


def months_after(day: dt.date, count: int) -> dt.date:
    """The same day so many months later; the last of the month where that has no such day."""
    number = day.year * 12 + day.month - 1 + count
    year, month = divmod(number, 12)
    following = dt.date(year + month // 11, (month + 1) % 12 + 1, 1)
    return dt.date(year, month + 1, min(day.day, (following - dt.timedelta(1)).day))


def month_of(day: dt.date) -> dt.date:
    return day.replace(day=1)


def month_end(day: dt.date) -> dt.date:
    return months_after(day.replace(day=1), 1) - dt.timedelta(1)


@lru_cache(maxsize=4096)
def _periods(counting: str, starts_on: dt.date, ends_on: dt.date) -> tuple[Period, ...]:
    found: list[Period] = []
    first = starts_on
    while first <= ends_on:
        index = len(found) + 1
        if counting == SERVICE:
            end = months_after(starts_on, index) - dt.timedelta(1)
            begin = first
        else:
            begin, end = month_of(first), month_end(first)
        last = min(end, ends_on)
        found.append(
            Period(
                index, month_of(end), first, last, (last - first).days + 1, (end - begin).days + 1
            )
        )
        first = end + dt.timedelta(1)
    return tuple(found)


def periods(terms: Any, starts_on: dt.date, ends_on: dt.date) -> tuple[Period, ...]:
    """The months of a term, in order; one for each calendar month at most."""
    return _periods(str(terms.counting), starts_on, ends_on)


# -- what goes in ----------------------------------------------------------------------------------
class Given(NamedTuple):
    """A value with where it comes from and of which day it is; None: not known."""

    value: Any = None
    source: str = ""
    on: dt.date | None = None


class Finding(NamedTuple):
    """Something found in the month that the programme takes money off for."""

    trigger: str
    source: str = ""
    on: dt.date | None = None


class Problem(NamedTuple):
    """Why a month cannot be computed or must not be paid without a decision."""

    code: str
    values: tuple[tuple[str, str], ...] = ()


UNKNOWN = Given()


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that the amount of one month rests on."""

    period: Period
    days: Given = UNKNOWN  # days served in it
    area_m2: Given = UNKNOWN  # as approved
    household_count: Given = UNKNOWN  # as approved
    fee_per_m2: Given = UNKNOWN  # of the contract, yuan a m² and month
    paid_households: Given = UNKNOWN
    billed_households: Given = UNKNOWN
    public_revenue: Given = UNKNOWN  # net, yuan in the month
    score: Given = UNKNOWN  # points of the assessment, with its day
    findings: tuple[Finding, ...] = ()
    # Gross accrued before: for this entitlement, for its firm and its programme in the year.
    accrued: Decimal = ZERO
    firm_year: Decimal = ZERO
    programme_year: Decimal = ZERO
    # What each payer was committed for and has not been accrued, in their order; None: not asked.
    committed: tuple[Decimal, ...] | None = None
    # What others found: problems to be mended or decided, and remarks that change nothing.
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Basis:
    """What the forecast over a term rests on: as approved, with what the caps already bear."""

    starts_on: dt.date
    ends_on: dt.date
    area_m2: Given = UNKNOWN
    household_count: Given = UNKNOWN
    fee_per_m2: Given = UNKNOWN
    firm_years: Mapping[int, Decimal] | None = None
    programme_years: Mapping[int, Decimal] | None = None
    accrued: Decimal = ZERO


# -- what comes out --------------------------------------------------------------------------------
class Line(NamedTuple):
    """One line of the arithmetic; `about` is what it speaks of (basis, trigger, payer, effect)."""

    code: str
    value: Decimal
    expression: str = ""
    source: str = ""
    on: dt.date | None = None
    about: str = ""


class Share(NamedTuple):
    """What one payer bears."""

    payer: str
    gross: Decimal
    deduction: Decimal
    due: Decimal


@dataclass(frozen=True, slots=True)
class Due:
    """The amounts of a month and how they came about; None where there is a problem."""

    lines: tuple[Line, ...]
    gross: Decimal | None
    deduction: Decimal | None
    due: Decimal | None
    shares: tuple[Share, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    basis: str = ""
    quantity: Decimal | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What an approval commits: the months in full, within the caps; by payer and in all."""

    total: Decimal | None
    dues: tuple[Due, ...]
    periods: tuple[Period, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(dict.fromkeys(one for due in self.dues for one in due.problems))

    @property
    def shares(self) -> dict[str, Decimal]:
        """By payer: the sum of its shares of the months, which is what it will be asked for."""
        found: dict[str, Decimal] = {}
        for due in self.dues:
            for share in due.shares:
                found[share.payer] = found.get(share.payer, NOTHING_DUE) + share.gross
        return found


# -- the rule --------------------------------------------------------------------------------------
def step_of(terms: Any, index: int) -> Any | None:
    """The rate step of a month of the term; after the last one that goes on (an extension)."""
    last = None
    for step in terms.steps:
        if step.from_month <= index <= step.to_month:
            return step
        if last is None or step.to_month > last.to_month:
            last = step
    if last is not None and index > last.to_month and last.per != ONCE:
        return last
    return None


def _quantity(
    step: Any, inputs: Inputs, lines: list[Line], problems: list[Problem]
) -> tuple[Decimal, Decimal, str] | None:
    """What the rate is multiplied with, as numerator, denominator and expression."""
    basis = step.basis
    if basis == HOUSEHOLDS:
        given = inputs.household_count
        if given.value is None:
            problems.append(Problem("HOUSEHOLDS_UNKNOWN"))
            return None
        lines.append(Line(L_QUANTITY, Decimal(given.value), "", given.source, given.on, basis))
        return Decimal(given.value), Decimal(1), str(given.value)
    given = inputs.area_m2
    if given.value is None:
        problems.append(Problem("AREA_UNKNOWN"))
        return None
    area = given.value
    lines.append(Line(L_QUANTITY, area, "", given.source, given.on, basis))
    if basis == FEE_SHARE:
        fee = inputs.fee_per_m2
        if fee.value is None:
            problems.append(Problem("FEE_UNKNOWN"))
            return None
        lines.append(Line(L_FEE, fee.value, "", fee.source, fee.on))
        return area * fee.value, HUNDRED, f"{area} × {plain(fee.value)}"
    if basis == COLLECTED_AREA:
        paid, billed = inputs.paid_households, inputs.billed_households
        if paid.value is None or billed.value is None:
            problems.append(Problem("COLLECTION_MISSING"))
            return None
        if not billed.value:
            problems.append(Problem("NOTHING_BILLED"))
            return None
        share = f"{paid.value} / {billed.value}"
        lines.append(Line(L_COLLECTION, Decimal(paid.value), share, paid.source, paid.on))
        return area * paid.value, Decimal(billed.value), f"{area} × {share}"
    return area, Decimal(1), f"{area}"


def plain(value: Decimal) -> str:
    """A number without the zeros that say nothing: 0.5000 → 0.5, 1.0000 → 1."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _part(terms: Any, inputs: Inputs) -> tuple[int, int]:
    """The part of the month that counts, as numerator and denominator."""
    served, whole = inputs.days.value, inputs.period.days_in_month
    rule = terms.part_month
    if rule == WHOLE:
        return (1, 1) if served else (0, 1)
    if rule == COMPLETE:
        return (1, 1) if served == whole else (0, 1)
    return (1, 1) if served == whole else (served, whole)


def _amount(terms: Any, step: Any, inputs: Inputs, quantity) -> tuple[Decimal, str]:
    """Quantity × rate × part of the month, rounded once; yearly and single rates cumulatively."""
    numerator, denominator, words = quantity
    served, whole = _part(terms, inputs)
    sign = " %" if step.basis == FEE_SHARE else ""
    words = f"{words} × {plain(step.rate)}{sign}"
    days = f" × {served}/{whole}" if (served, whole) != (1, 1) else ""
    if step.per == MONTH:
        value = numerator * step.rate
        if whole == 1 and denominator == 1:
            return to_fen(value * served), words + days
        return to_fen(value * served / (denominator * whole)), words + days
    months = 12 if step.per == YEAR else step.to_month - step.from_month + 1
    at = inputs.period.index - step.from_month + 1
    whole_sum = numerator * step.rate
    until = to_fen(whole_sum * at / (denominator * months))
    before = to_fen(whole_sum * (at - 1) / (denominator * months))
    value = until - before
    if (served, whole) != (1, 1):
        value = to_fen(value * served / whole)
    return value, f"{words} × ({at}/{months} − {at - 1}/{months}){days}"


def _band(terms: Any, inputs: Inputs, problems: list[Problem]) -> Any | None:
    """The band the assessment lies in; a problem where one is asked for and missing or too old."""
    if not terms.bands and not terms.needs_assessment:
        return None
    score = inputs.score
    if score.value is None:
        if terms.needs_assessment:
            problems.append(Problem("ASSESSMENT_MISSING"))
        return None
    if score.on is not None and months_after(score.on, terms.assessment_months) < (
        inputs.period.first
    ):
        if terms.needs_assessment:
            problems.append(Problem("ASSESSMENT_OLD", (("on", score.on.isoformat()),)))
        return None
    reached = [band for band in terms.bands if band.from_score <= score.value]
    if reached:
        return max(reached, key=lambda band: band.from_score)
    if terms.bands:
        problems.append(Problem("BAND_MISSING", (("score", str(score.value)),)))
    return None


def _cut(lines: list[Line], code: str, amount: Decimal, cap: Decimal | None, used: Decimal):
    if cap is None:
        return amount
    left = max(ZERO, cap - used)
    if amount <= left:
        return amount
    lines.append(Line(code, left - amount, f"{plain(cap)} − {plain(used)} = {plain(left)}"))
    return to_fen(left)


def _borne(amount: Decimal, shares: Sequence[Any], left: Sequence[Decimal]) -> Decimal:
    """The amount, or the most of it whose share no payer is asked for beyond what is left."""

    def fits(asked: Decimal) -> bool:
        parts = shares_of(shares, asked, NOTHING_DUE)
        return all(part.gross <= room for part, room in zip(parts, left, strict=True))

    if fits(amount):
        return amount
    rooms = [
        room * HUNDRED / share.percent
        for share, room in zip(shares, left, strict=True)
        if share.percent
    ]
    found = to_fen(max(ZERO, min(amount, *rooms)))
    while found > 0 and not fits(found):  # a fen of the split
        found -= CENT
    return found


def _taken_off(terms: Any, inputs: Inputs, band: Any, gross: Decimal, lines: list[Line]) -> Decimal:
    """What assessment and findings take off, each line rounded once; never more than the gross."""
    taken = NOTHING_DUE
    if band is not None:
        score = inputs.score
        lines.append(Line(L_SCORE, score.value, f"≥ {band.from_score}", score.source, score.on))
        if band.effect == NOTHING:
            percent = ZERO
        elif band.effect == PRO_RATA:
            percent = min(HUNDRED, score.value)
        elif band.effect == PERCENT:
            percent = band.percent
        else:
            percent = HUNDRED
        cut = gross - to_fen(gross * percent / HUNDRED)
        if cut:
            words = f"{gross} − {gross} × {plain(percent)} %"
            lines.append(Line(L_BAND, -cut, words, score.source, score.on, band.effect))
            taken += cut
    if terms.deductions:
        by_trigger: dict[str, list[Any]] = {}
        for deduction in terms.deductions:
            by_trigger.setdefault(deduction.trigger, []).append(deduction)
        for finding in inputs.findings:
            for deduction in by_trigger.get(finding.trigger, ()):
                if deduction.percent is not None:
                    cut = to_fen(gross * deduction.percent / HUNDRED)
                    words = f"{gross} × {plain(deduction.percent)} %"
                else:
                    cut, words = to_fen(deduction.amount), ""
                lines.append(
                    Line(L_FINDING, -cut, words, finding.source, finding.on, finding.trigger)
                )
                taken += cut
    if taken > gross:
        lines.append(Line(L_LIMIT, taken - gross, f"{taken} > {gross}"))
        taken = gross
    return taken


def shares_of(shares: Sequence[Any], gross: Decimal, deduction: Decimal) -> tuple[Share, ...]:
    """Gross, deduction and due by payer; no fen is lost and no payer's due is below zero."""
    if not shares:
        return ()
    if len(shares) == 1:
        return (Share(str(shares[0].payer), gross, deduction, gross - deduction),)
    parts = split(gross, [share.percent for share in shares])
    if deduction:
        cuts = split(deduction, parts)
    else:
        cuts = [NOTHING_DUE] * len(parts)
    return tuple(
        Share(str(share.payer), part, cut, part - cut)
        for share, part, cut in zip(shares, parts, cuts, strict=True)
    )


def due_for(terms: Any, inputs: Inputs) -> Due:
    """What a month is due, with every line that led to it. Source: S0-11, domain.md §4.4, §5.2.

    `terms` is `subsidies.programmes.rules.Terms`. Where anything needed is missing the amounts
    are None and `problems` says what; a problem is never paid as zero.
    """
    lines: list[Line] = []
    problems = list(inputs.problems)
    period = inputs.period
    step = step_of(terms, period.index)
    if step is None:
        problems.append(Problem("RATE_MISSING", (("month", str(period.index)),)))
        return Due((), None, None, None, (), tuple(problems), inputs.notes)
    quantity = _quantity(step, inputs, lines, problems)
    lines.append(Line(L_RATE, step.rate, f"{step.from_month}–{step.to_month}", about=f"{step.per}"))
    days = inputs.days
    if days.value is None:
        problems.append(Problem("DAYS_UNKNOWN"))
    else:
        words = f"{days.value}/{period.days_in_month}"
        lines.append(Line(L_DAYS, Decimal(days.value), words, days.source, days.on))
    revenue = inputs.public_revenue
    if terms.offset_percent and revenue.value is None:
        problems.append(Problem("REVENUE_UNKNOWN"))
    band = _band(terms, inputs, problems)
    basis = str(step.basis)
    if problems:
        return Due(
            tuple(lines),
            None,
            None,
            None,
            (),
            tuple(problems),
            inputs.notes,
            basis,
            None,
            step.rate,
        )
    amount, words = _amount(terms, step, inputs, quantity)
    lines.append(Line(L_AMOUNT, amount, words))
    if terms.offset_percent and revenue.value > 0:
        off = min(amount, to_fen(revenue.value * terms.offset_percent / HUNDRED))
        if off:
            words = f"{revenue.value} × {plain(terms.offset_percent)} %"
            lines.append(Line(L_OFFSET, -off, words, revenue.source, revenue.on))
            amount -= off
    amount = _cut(lines, L_CAP_COMPOUND, amount, terms.cap_compound, inputs.accrued)
    amount = _cut(lines, L_CAP_FIRM, amount, terms.cap_firm_year, inputs.firm_year)
    gross = _cut(lines, L_CAP_YEAR, amount, terms.cap_year, inputs.programme_year)
    if inputs.committed is not None:
        borne = _borne(gross, terms.shares, inputs.committed)
        if borne < gross:
            words = " + ".join(plain(one) for one in inputs.committed)
            lines.append(Line(L_CAP_COMMITTED, borne - gross, words))
            gross = borne
    lines.append(Line(L_GROSS, gross))
    deduction = _taken_off(terms, inputs, band, gross, lines)
    due = gross - deduction
    lines.append(Line(L_DUE, due, f"{gross} − {deduction}" if deduction else ""))
    shares = shares_of(terms.shares, gross, deduction)
    if len(shares) > 1:
        for share, stated in zip(shares, terms.shares, strict=True):
            lines.append(Line(L_SHARE, share.due, f"{plain(stated.percent)} %", about=share.payer))
    return Due(
        tuple(lines),
        gross,
        deduction,
        due,
        shares,
        (),
        inputs.notes,
        basis,
        Decimal(quantity[0]) / quantity[1],
        step.rate,
    )


def forecast(terms: Any, inputs: Basis) -> Forecast:
    """What the whole term costs at most: every day served, every household paying, nothing off.

    An approval commits `total`, by payer `shares`; no month can be accrued beyond it. `total` is
    None where a month cannot be computed.
    """
    firm = dict(inputs.firm_years or {})
    programme = dict(inputs.programme_years or {})
    accrued = inputs.accrued
    total = NOTHING_DUE
    dues: list[Due] = []
    open_terms = _without_gates(terms)
    months = periods(terms, inputs.starts_on, inputs.ends_on)
    for period in months:
        year = period.month.year
        due = due_for(
            open_terms,
            Inputs(
                period,
                Given(period.days),
                inputs.area_m2,
                inputs.household_count,
                inputs.fee_per_m2,
                Given(1),
                Given(1),
                accrued=accrued,
                firm_year=firm.get(year, ZERO),
                programme_year=programme.get(year, ZERO),
            ),
        )
        dues.append(due)
        if due.gross is not None:
            total += due.gross
            accrued += due.gross
            firm[year] = firm.get(year, ZERO) + due.gross
            programme[year] = programme.get(year, ZERO) + due.gross
    if any(due.gross is None for due in dues):
        return Forecast(None, tuple(dues), months)
    return Forecast(total, tuple(dues), months)


def _without_gates(terms: Any) -> Any:
    """Terms as far as they say what a month can cost at most."""
    return SimpleNamespace(
        steps=terms.steps,
        bands=(),
        deductions=(),
        shares=terms.shares,
        part_month=terms.part_month,
        needs_assessment=False,
        assessment_months=terms.assessment_months,
        offset_percent=ZERO,
        cap_compound=terms.cap_compound,
        cap_firm_year=terms.cap_firm_year,
        cap_year=terms.cap_year,
    )


# -- the stored record -----------------------------------------------------------------------------
TRACE = 1  # the form of the record
_GIVEN = (
    "days",
    "area_m2",
    "household_count",
    "fee_per_m2",
    "paid_households",
    "billed_households",
    "public_revenue",
    "score",
)
_SUMS = ("accrued", "firm_year", "programme_year")
_WHOLE = frozenset({"days", "household_count", "paid_households", "billed_households"})


def _text(value: Any) -> Any:
    return None if value is None else str(value)


def _day(value: dt.date | None) -> str | None:
    return value.isoformat() if value else None


def terms_json(terms: Any, index: int) -> dict:
    """The part of the terms that a month rests on."""
    step = step_of(terms, index)
    record = {
        "part_month": str(terms.part_month),
        "shares": [[str(one.payer), str(one.percent)] for one in terms.shares],
    }
    if step is not None:
        record["step"] = [
            step.from_month,
            step.to_month,
            str(step.basis),
            str(step.rate),
            str(step.per),
        ]
    if terms.bands or terms.needs_assessment:
        record["bands"] = [
            [str(one.from_score), str(one.effect), _text(one.percent)] for one in terms.bands
        ]
        record["asked"] = [bool(terms.needs_assessment), terms.assessment_months]
    if terms.deductions:
        record["deductions"] = [
            [str(one.trigger), _text(one.percent), _text(one.amount)] for one in terms.deductions
        ]
    if terms.offset_percent:
        record["offset"] = str(terms.offset_percent)
    caps = [_text(terms.cap_compound), _text(terms.cap_firm_year), _text(terms.cap_year)]
    if any(one is not None for one in caps):
        record["caps"] = caps
    return record


def trace(terms: Any, inputs: Inputs, due: Due, *, stated: Mapping | None = None) -> dict:
    """The record of a month, as JSON: terms, inputs, lines. It alone replays to the amounts.

    `stated` is `terms_json` where the caller has it already.
    """
    period = inputs.period
    given = {}
    for name in _GIVEN:
        one = getattr(inputs, name)
        if one is not UNKNOWN and one != UNKNOWN:
            value = one.value
            given[name] = [
                value if value is None or name in _WHOLE else str(value),
                one.source,
                _day(one.on),
            ]
    record = {
        "form": TRACE,
        "terms": stated if stated is not None else terms_json(terms, period.index),
        "period": [
            period.index,
            period.month.isoformat(),
            period.first.isoformat(),
            period.last.isoformat(),
            period.days,
            period.days_in_month,
        ],
        "given": given,
        "lines": [
            [line.code, str(line.value), line.expression, line.source, _day(line.on), line.about]
            for line in due.lines
        ],
    }
    sums = {name: str(value) for name in _SUMS if (value := getattr(inputs, name))}
    if sums:
        record["sums"] = sums
    if inputs.committed is not None and any(one.code == L_CAP_COMMITTED for one in due.lines):
        record["committed"] = [str(one) for one in inputs.committed]
    if inputs.findings:
        record["findings"] = [[one.trigger, one.source, _day(one.on)] for one in inputs.findings]
    if inputs.problems:
        record["problems"] = problems_json(inputs.problems)
    if inputs.notes:
        record["notes"] = problems_json(inputs.notes)
    if len(due.shares) > 1:
        record["shares"] = [[one.payer, str(one.gross), str(one.deduction)] for one in due.shares]
    return record


def problems_json(problems: Iterable[Problem]) -> list:
    return [[one.code, dict(one.values)] for one in problems]


def problems_of(record: Iterable) -> tuple[Problem, ...]:
    return tuple(Problem(code, tuple(values.items())) for code, values in record)


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def lines_of(record: Mapping) -> tuple[Line, ...]:
    """The lines as they were stored."""
    return tuple(
        Line(code, Decimal(value), expression, source, _date(on), about)
        for code, value, expression, source, on, about in record.get("lines", ())
    )


def terms_of(record: Mapping) -> Any:
    """Terms as far as the record keeps them."""
    kept = record["terms"]
    caps = kept.get("caps", [None, None, None])
    asked = kept.get("asked", [False, 12])
    steps = ()
    if "step" in kept:
        first, last, basis, rate, per = kept["step"]
        steps = (
            SimpleNamespace(
                from_month=first, to_month=last, basis=basis, rate=Decimal(rate), per=per
            ),
        )
    return SimpleNamespace(
        steps=steps,
        bands=tuple(
            SimpleNamespace(from_score=Decimal(score), effect=effect, percent=_decimal(percent))
            for score, effect, percent in kept.get("bands", ())
        ),
        deductions=tuple(
            SimpleNamespace(trigger=trigger, percent=_decimal(percent), amount=_decimal(amount))
            for trigger, percent, amount in kept.get("deductions", ())
        ),
        shares=tuple(
            SimpleNamespace(payer=payer, percent=Decimal(percent))
            for payer, percent in kept["shares"]
        ),
        part_month=kept["part_month"],
        needs_assessment=asked[0],
        assessment_months=asked[1],
        offset_percent=Decimal(kept.get("offset", "0")),
        cap_compound=_decimal(caps[0]),
        cap_firm_year=_decimal(caps[1]),
        cap_year=_decimal(caps[2]),
    )


def inputs_of(record: Mapping) -> Inputs:
    """The inputs as they were stored."""
    index, month, first, last, days, whole = record["period"]
    inputs = Inputs(
        Period(index, _date(month), _date(first), _date(last), days, whole),
        findings=tuple(
            Finding(trigger, source, _date(on))
            for trigger, source, on in record.get("findings", ())
        ),
        problems=problems_of(record.get("problems", ())),
        notes=problems_of(record.get("notes", ())),
        committed=tuple(map(Decimal, record["committed"])) if "committed" in record else None,
        **{name: Decimal(value) for name, value in record.get("sums", {}).items()},
    )
    given = {
        name: Given(value if name in _WHOLE else _decimal(value), source, _date(on))
        for name, (value, source, on) in record["given"].items()
    }
    return replace(inputs, **given)


def replay(record: Mapping) -> Due:
    """Compute a month again from its record alone."""
    return due_for(terms_of(record), inputs_of(record))
