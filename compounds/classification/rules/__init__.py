"""Pure classification: a closed vocabulary, decisions with traces, what would change them."""

from compounds.classification.rules.counterfactual import (
    Change,
    Counterfactual,
    Move,
    counterfactual,
)
from compounds.classification.rules.decide import CompiledPolicy, compile_policy, decide
from compounds.classification.rules.decisions import ConditionTrace, Decision, RuleTrace
from compounds.classification.rules.money import subsidy_of
from compounds.classification.rules.policy_check import Problem, check_policy
from compounds.classification.rules.replaying import read_record, replay, replays
from compounds.classification.rules.terms import Standing, Term, succession, term_fault
from compounds.classification.rules.values import (
    Condition,
    Rule,
    ThresholdError,
    as_json,
    from_json,
    read_threshold,
    written,
)
from compounds.classification.rules.vocabulary import (
    DECIDED,
    FACTS,
    FALLBACK,
    INCOMPLETE,
    OPERATORS,
    OUTCOMES,
    RED_TAKEOVER,
    STRATEGIES,
    SUBSIDY_TRANSITION,
    UNIT_COBUILD,
    UNMATCHED,
    Fact,
    Operator,
)

__all__ = [
    "DECIDED",
    "FACTS",
    "FALLBACK",
    "INCOMPLETE",
    "OPERATORS",
    "OUTCOMES",
    "RED_TAKEOVER",
    "STRATEGIES",
    "SUBSIDY_TRANSITION",
    "UNIT_COBUILD",
    "UNMATCHED",
    "Change",
    "CompiledPolicy",
    "Condition",
    "ConditionTrace",
    "Counterfactual",
    "Decision",
    "Fact",
    "Move",
    "Operator",
    "Problem",
    "Rule",
    "RuleTrace",
    "Standing",
    "Term",
    "ThresholdError",
    "as_json",
    "check_policy",
    "compile_policy",
    "counterfactual",
    "decide",
    "from_json",
    "read_record",
    "read_threshold",
    "replay",
    "replays",
    "subsidy_of",
    "succession",
    "term_fault",
    "written",
]
