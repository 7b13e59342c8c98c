"""What-if: a policy tried on the present register, compared with the present decisions."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from compounds.registry.models import DecisionState, Strategy
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.bulk import insert_many
from governance.foundation.errors import NotAllowed
from governance.organisation.models import Area

from .. import rules
from ..errors import PolicyNotSound
from ..models import Decision, Policy, Trial, TrialMove
from . import background
from .background import Progress
from .facts import CHUNK, FactGatherer, Gathered
from .judging import NOTHING, Judge, Judgement, overrides_of

RIGHT = Trial.RIGHT
# Strategies under which somebody signs a contract, and those that need a firm from the market.
CONTRACTED = frozenset({Strategy.UNIT_COBUILD, Strategy.RED_TAKEOVER, Strategy.SUBSIDY_TRANSITION})
NEEDS_FIRM = frozenset({Strategy.RED_TAKEOVER, Strategy.SUBSIDY_TRANSITION})
NEVER = "NONE"


@transaction.atomic
def prepare_trial(
    *,
    by,
    policy: Policy,
    policy_rules: Iterable[rules.Rule] | None = None,
    subsidy_rate: Decimal | None = None,
    subsidy_months: int | None = None,
    area_basis: str | None = None,
    area: Area | None = None,
    as_of: dt.date | None = None,
) -> Trial:
    """Enter a what-if to be carried out by `execute_trial`; what is not given is the policy's.

    Raises NotAllowed, PolicyNotSound.
    """
    area = background.area_for(by, RIGHT, area)
    if area.district_id != policy.district_id:
        raise NotAllowed()
    tried = policy.as_rules() if policy_rules is None else tuple(policy_rules)
    # A draft without a fallback rule may still be tried: that is how one learns what is left.
    problems = [p for p in rules.check_policy(tried) if p.code != "no_fallback"]
    if problems:
        raise PolicyNotSound(problems)
    trial = Trial.objects.create(
        by=by,
        area=area,
        as_of=as_of or dates.today(),
        policy=policy,
        rules=rules.as_json(tried),
        subsidy_rate=policy.subsidy_rate if subsidy_rate is None else subsidy_rate,
        subsidy_months=policy.subsidy_months if subsidy_months is None else subsidy_months,
        area_basis=area_basis or policy.area_basis,
    )
    audit.record("try", trial, by=by)
    return trial


def try_policy(*, by, progress: Progress | None = None, **terms: Any) -> Trial:
    """Try a policy (see `prepare_trial`) at once and return the finished what-if.

    Nothing of the register changes.  Published and run on the same register, the policy yields
    exactly this result.  Raises NotAllowed, PolicyNotSound.
    """
    return execute_trial(prepare_trial(by=by, **terms), progress=progress)


def execute_trial(trial: Trial, *, progress: Progress | None = None) -> Trial:
    """Carry out a prepared what-if.  Raises NotOpen if it was already started."""
    background.execute(trial, _Steps(trial).take, progress)
    return trial


class _Sums:
    """Totals of one street (or all) on one side, before or after."""

    def __init__(self) -> None:
        self.strategies: dict[str, int] = defaultdict(int)
        self.subsidy = NOTHING
        self.unknown_area = 0
        self.fallback_households = 0
        self.contracts = 0
        self.packages: set[int] = set()

    def add(self, row: Gathered, state: str, subsidy: Decimal | None) -> None:
        self.strategies[state] += 1
        if subsidy is None:
            self.unknown_area += 1
        else:
            self.subsidy += subsidy
        if state == Strategy.FALLBACK:
            self.fallback_households += row.values["households"] or 0
        if state in CONTRACTED:
            self.contracts += 1
        if state in NEEDS_FIRM:
            self.packages.add(row.cluster)

    def as_json(self) -> dict[str, Any]:
        """Counts by state; subsidy in yuan as text; the work that follows.

        `firms_needed` counts packages: compounds that lie together need one firm.
        """
        return {
            "strategies": dict(sorted(self.strategies.items())),
            "subsidy": str(self.subsidy),
            "without_area": self.unknown_area,
            "fallback_households": self.fallback_households,
            "contracts": self.contracts,
            "firms_needed": len(self.packages),
        }


class _Steps:
    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.rules = rules.from_json(trial.rules)
        self.matrix: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.before, self.after = defaultdict(_Sums), defaultdict(_Sums)

    def take(self, report) -> None:
        trial = self.trial
        column, posts = background.within(trial.by, RIGHT, trial.area)
        self.inside = Q(**column) & posts
        ids = background.compound_ids(trial.by, RIGHT, trial.area)
        trial.total = len(ids)
        report(0)
        self.judge = Judge(
            self.rules,
            rate=trial.subsidy_rate,
            months=trial.subsidy_months,
            area_basis=trial.area_basis,
            key=None,
        )
        self.gatherer = FactGatherer(districts=[trial.district_id], as_of=trial.as_of)
        done = 0
        for chunk in background.chunks(ids, CHUNK):
            self._compare(chunk)
            done += len(chunk)
            report(done)
        trial.result = self._result()

    @transaction.atomic
    def _compare(self, ids: Sequence[int]) -> None:
        present = {
            compound: rest
            for compound, *rest in Decision.objects.filter(
                compound_id__in=ids, is_current=True
            ).values_list("compound_id", "outcome", "strategy", "subsidy")
        }
        overrides = overrides_of(ids, self.trial.as_of)
        moves = []
        for row in self.gatherer.gather(ids, within=self.inside):
            judged = self.judge.judge(row, overrides.get(row.pk))
            outcome, strategy, subsidy = present.get(row.pk, ("", "", NOTHING))
            before, after = _state(outcome, strategy), _state(judged.outcome, judged.strategy)
            self.matrix[before][after] += 1
            for street in (0, row.street):
                self.before[street].add(row, before, subsidy)
                self.after[street].add(row, after, judged.subsidy)
            if before != after or subsidy != judged.subsidy:
                moves.append(self._move(row, (outcome, strategy, subsidy), judged))
        insert_many(TrialMove, moves)
        self.trial.moved += len(moves)

    def _move(self, row: Gathered, present: tuple, judged: Judgement) -> TrialMove:
        outcome, strategy, subsidy = present
        return TrialMove(
            trial_id=self.trial.pk,
            compound_id=row.pk,
            district_id=row.district,
            street_id=row.street,
            community_id=row.community,
            outcome_before=outcome,
            strategy_before=strategy,
            outcome_after=judged.outcome,
            strategy_after=judged.strategy,
            subsidy_before=subsidy,
            subsidy_after=judged.subsidy,
            subsidy_change=(judged.subsidy or NOTHING) - (subsidy or NOTHING),
            why=why(judged.decision, strategy),
        )

    def _result(self) -> dict[str, Any]:
        streets = dict(
            Area.objects.filter(pk__in=[pk for pk in self.after if pk]).values_list("pk", "name")
        )
        return {
            "matrix": {before: dict(row) for before, row in sorted(self.matrix.items())},
            "before": self.before[0].as_json(),
            "after": self.after[0].as_json(),
            "streets": [
                {
                    "id": pk,
                    "name": streets[pk],
                    "before": self.before[pk].as_json(),
                    "after": self.after[pk].as_json(),
                }
                for pk in sorted(streets)
            ],
        }


def why(decision: rules.Decision, strategy_before: str) -> dict[str, Any]:
    """What speaks: conditions on which the present strategy fails, those that decide, and gaps.

    A condition is [fact, value, operator, threshold].
    """
    trace = decision.trace()
    lost: list[list] = []
    for row in trace:
        if row.strategy == strategy_before and row.result is not True:
            lost = [_condition(c) for c in row.conditions if c.result is False]
            break
    won = [_condition(c) for row in trace if row.is_hit for c in row.conditions if c.result is True]
    return {"lost": lost, "won": won, "missing": list(decision.missing)}


def _condition(condition: rules.ConditionTrace) -> list:
    return [
        condition.fact,
        rules.written(condition.value),
        condition.operator,
        rules.written(condition.threshold),
    ]


def _state(outcome: str, strategy: str) -> str:
    """Row or column of the matrix: a strategy, INCOMPLETE, UNMATCHED, or NONE (never decided)."""
    if outcome in {DecisionState.INCOMPLETE, DecisionState.UNMATCHED}:
        return str(outcome)
    return str(strategy) or NEVER
