"""Decisions and policies in a clerk's words.

Pure: takes traces and counterfactuals and gives text in the reader's language.  Knows no row, no
clock and no markup.
"""

from .reasons import Explanation, explain
from .tables import ConditionRow, RuleRow, evidence, in_regulation
from .values import (
    condition_in_words,
    difference,
    in_words,
    money,
    percent_in_words,
    policy_name,
    requirement,
    result_name,
    strategy_name,
    trigger,
)

__all__ = [
    "ConditionRow",
    "Explanation",
    "RuleRow",
    "condition_in_words",
    "difference",
    "evidence",
    "explain",
    "in_regulation",
    "in_words",
    "money",
    "percent_in_words",
    "policy_name",
    "requirement",
    "result_name",
    "strategy_name",
    "trigger",
]
