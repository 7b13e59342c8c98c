"""What a finished what-if shows: matrix, money, work by street, reasons of each move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import urlencode

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.foundation.spreadsheets import DECIMAL, OutColumn, OutSheet

from . import rules, wording
from .models import Trial, TrialMove
from .rules import FACTS
from .rules.values import read_fact

NEVER = "NONE"
# Rows and columns of the matrix in their order; what never occurs is left out.
STATES = (*rules.STRATEGIES, rules.INCOMPLETE, rules.UNMATCHED, NEVER)


def state_name(state: str) -> str:
    if state == NEVER:
        return _("not classified")
    return wording.result_name(state, state if state in rules.STRATEGIES else "")


@dataclass(frozen=True, slots=True)
class Cell:
    """Compounds that go from one state to another; `href` lists those that moved."""

    count: int
    href: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One quantity before and after."""

    name: str
    before: object
    after: object
    change: object
    is_money: bool = False


class Comparison:
    """The stored result of a what-if, ready to be printed."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.result = trial.result

    @cached_property
    def base(self) -> tuple[rules.Rule, ...]:
        """The rules of the policy it started from."""
        return self.trial.policy.as_rules()

    # ------------------------------------------------------------ what was changed

    @cached_property
    def changes(self) -> list[tuple[str, str, str]]:
        """(what, the policy's value, the tried value) of everything that was changed."""
        trial, policy = self.trial, self.trial.policy
        tried, stored = rules.from_json(trial.rules), self.base
        found = []
        for number, (new, old) in enumerate(zip(tried, stored, strict=False), start=1):
            for after, before in zip(new.conditions, old.conditions, strict=False):
                if after.fact == before.fact and after != before:
                    fact = FACTS[after.fact]
                    name = _("Rule %(number)s, %(fact)s") % {"number": number, "fact": fact.label}
                    found.append(
                        (
                            name,
                            wording.requirement(fact, before.operator, before.value),
                            wording.requirement(fact, after.operator, after.value),
                        )
                    )
        if trial.subsidy_rate != policy.subsidy_rate:
            found.append(
                (
                    _("Subsidy rate (yuan per m² and month)"),
                    wording.money(policy.subsidy_rate),
                    wording.money(trial.subsidy_rate),
                )
            )
        if trial.subsidy_months != policy.subsidy_months:
            found.append(
                (_("Months of subsidy"), str(policy.subsidy_months), str(trial.subsidy_months))
            )
        return found

    # ------------------------------------------------------------ the matrix

    @cached_property
    def columns(self) -> list[str]:
        used = {to for row in self.result["matrix"].values() for to in row}
        return [state for state in STATES if state in used]

    @cached_property
    def column_heads(self) -> list[tuple[str, str]]:
        return [(state, state_name(state)) for state in self.columns]

    @cached_property
    def matrix(self) -> list[tuple[str, str, list[Cell], int]]:
        """(state, its name, cells, sum) of each row that occurs."""
        rows = []
        for state in STATES:
            row = self.result["matrix"].get(state)
            if not row:
                continue
            cells = [self._cell(state, to, row.get(to, 0)) for to in self.columns]
            rows.append((state, state_name(state), cells, sum(row.values())))
        return rows

    def _cell(self, before: str, after: str, count: int) -> Cell:
        query = urlencode({"before": before, "after": after})
        return Cell(count, f"?{query}#moved", before == after)

    @cached_property
    def column_sums(self) -> list[int]:
        return [
            sum(row.get(state, 0) for row in self.result["matrix"].values())
            for state in self.columns
        ]

    @cached_property
    def total(self) -> int:
        return sum(self.column_sums)

    @cached_property
    def moved(self) -> int:
        """Compounds whose strategy or state would change (not merely their subsidy)."""
        return sum(
            count
            for before, row in self.result["matrix"].items()
            for after, count in row.items()
            if before != after
        )

    @property
    def only_money(self) -> int:
        """Compounds that keep their strategy but get another sum."""
        return self.trial.moved - self.moved

    # ------------------------------------------------------------ money and work

    @cached_property
    def money(self) -> Line:
        return _line(_("Subsidy (yuan)"), self.result["before"], self.result["after"], "subsidy")

    @cached_property
    def work(self) -> list[Line]:
        before, after = self.result["before"], self.result["after"]
        return [
            _line(_("Contracts to sign"), before, after, "contracts"),
            _line(_("Firms needed"), before, after, "firms_needed"),
            _line(_("Fallback households"), before, after, "fallback_households"),
        ]

    @property
    def without_area(self) -> int:
        """Compounds whose subsidy cannot be worked out: their area is unknown."""
        return self.result["after"]["without_area"]

    @cached_property
    def streets(self) -> list[dict]:
        return [
            {
                "name": row["name"],
                "money": _line("", row["before"], row["after"], "subsidy"),
                "contracts": _line("", row["before"], row["after"], "contracts"),
                "firms": _line("", row["before"], row["after"], "firms_needed"),
                "households": _line("", row["before"], row["after"], "fallback_households"),
            }
            for row in self.result["streets"]
        ]


def _line(name: str, before: dict, after: dict, key: str) -> Line:
    if key == "subsidy":
        old, new = Decimal(before[key]), Decimal(after[key])
        return Line(name, old, new, new - old, is_money=True)
    return Line(name, before[key], after[key], after[key] - before[key])


# ---------------------------------------------------------------- moved compounds


def why_moved(move: TrialMove, base: Sequence[rules.Rule] = ()) -> str:
    """The conditions that flip against the rules `base`, in words; all of them if none did."""
    if _same_result(move):
        return _("the same strategy, another sum")
    why = move.why
    parts = []
    if why.get("lost"):
        lost = _flipped(why["lost"], base, move.strategy_before, held=True)
        parts.append(_("no longer meets: %(conditions)s") % {"conditions": _conditions(lost)})
    if why.get("missing"):
        names = pgettext("between names", ", ").join(
            str(FACTS[key].label) for key in why["missing"] if key in FACTS
        )
        parts.append(_("to be found out: %(facts)s") % {"facts": names})
    elif why.get("won"):
        won = _flipped(why["won"], base, move.strategy_after, held=False)
        parts.append(_("now meets: %(conditions)s") % {"conditions": _conditions(won)})
    return pgettext("between reasons", "; ").join(parts)


def _same_result(move: TrialMove) -> bool:
    return (move.outcome_before, move.strategy_before) == (move.outcome_after, move.strategy_after)


def _flipped(rows: list, base: Sequence[rules.Rule], strategy: str, *, held: bool) -> list:
    """Those of the conditions whose counterpart in the base policy had the other result."""
    before = {
        (condition.fact, condition.operator): condition
        for rule in base
        if rule.strategy == strategy
        for condition in rule.conditions
    }
    found = []
    for row in rows:
        fact, value, operator, _threshold = row
        condition = before.get((fact, operator))
        if condition is None:
            continue
        alone = rules.Rule(strategy, (replace(condition, alternative=0),))
        was_met = rules.decide({fact: read_fact(fact, value)}, [alone]).strategy == strategy
        if was_met is held:
            found.append(row)
    return found or rows


def _conditions(rows: Iterable) -> str:
    said = []
    for fact, value, operator, threshold in rows:
        wanted = rules.read_threshold(FACTS[fact], threshold)
        said.append(wording.trigger(fact, read_fact(fact, value), operator, wanted))
    return pgettext("between conditions", "; ").join(said)


def moves_sheet(trial: Trial, moves: Iterable[TrialMove]) -> OutSheet:
    """The moved compounds as a sheet."""
    columns = [
        OutColumn(_("Street"), width=14),
        OutColumn(_("Community"), width=16),
        OutColumn(_("Compound code"), "code", width=20),
        OutColumn(_("Compound"), width=24),
        OutColumn(_("Now"), width=14),
        OutColumn(_("Then"), width=14),
        OutColumn(_("Subsidy now (yuan)"), DECIMAL, width=14),
        OutColumn(_("Subsidy then (yuan)"), DECIMAL, width=14),
        OutColumn(_("Difference (yuan)"), DECIMAL, width=14),
        OutColumn(_("Why"), width=60),
    ]
    base = trial.policy.as_rules()
    rows = (
        (
            move.street.name,
            move.community.name,
            move.compound.code,
            move.compound.name,
            wording.result_name(move.outcome_before, move.strategy_before),
            wording.result_name(move.outcome_after, move.strategy_after),
            move.subsidy_before,
            move.subsidy_after,
            move.subsidy_change,
            why_moved(move, base),
        )
        for move in moves
    )
    return OutSheet(
        name=_("What-if"),
        columns=columns,
        rows=rows,
        title=_("What-if: compounds that would move"),
        above=[
            (_("Policy"), wording.policy_name(trial.policy)),
            (_("Area"), trial.area.name),
            (_("As of"), trial.as_of.isoformat()),
            (_("Tried by"), str(trial.by)),
        ],
    )
