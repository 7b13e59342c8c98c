"""What is wrong with one condition of eligibility, and which conditions exclude each other."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from compounds.classification.rules import OPERATORS, Condition, ThresholdError, read_threshold
from compounds.classification.rules.policy_check import EXAMPLES

from . import vocabulary as v


def condition_fault(condition: Condition) -> tuple[str, str] | None:
    """(code, sentence) of a condition that cannot be read; None for a sound one."""
    fact = v.FACTS.get(condition.fact)
    if fact is None:
        return "unknown_fact", _("Choose a fact.")
    operator = OPERATORS.get(condition.operator)
    if operator is None or fact.kind not in operator.kinds:
        return (
            "wrong_operator",
            _("“%(fact)s” cannot be compared in this way. Choose another comparison.")
            % {"fact": fact.label},
        )
    try:
        value = read_threshold(fact, condition.value)
    except (ThresholdError, TypeError, ValueError):
        value = None
    if value is None or type(value) is not type(condition.value):
        return (
            "wrong_value",
            _("The value for “%(fact)s” must be %(wanted)s.")
            % {"fact": fact.label, "wanted": EXAMPLES[fact.kind]},
        )
    if fact.is_number and (
        value < fact.minimum or (fact.maximum is not None and value > fact.maximum)
    ):
        return (
            "out_of_range",
            _("“%(fact)s” is never %(value)s: it lies between %(low)s and %(high)s.")
            % {
                "fact": fact.label,
                "value": value,
                "low": fact.minimum,
                "high": "∞" if fact.maximum is None else fact.maximum,
            },
        )
    return None


def can_hold(conditions: Sequence[Condition]) -> bool:
    """Whether some value of the one fact meets all of these at once."""
    fact = v.FACTS[conditions[0].fact]
    if not fact.is_number:
        options = {True, False} if fact.kind == "bool" else {code for code, _l in fact.choices}
        for condition in conditions:
            value = condition.value
            wanted = {value} if condition.operator == "is" else set(value)
            options = options - wanted if condition.operator == "not_in" else options & wanted
        return bool(options)
    low, high, excluded = fact.minimum, fact.maximum, set()
    for condition in conditions:
        value, step = condition.value, fact.step
        if condition.operator in ("ge", "eq"):
            low = max(low, value)
        if condition.operator == "gt":
            low = max(low, value + step)
        if condition.operator in ("le", "eq"):
            high = value if high is None else min(high, value)
        if condition.operator == "lt":
            high = value - step if high is None else min(high, value - step)
        if condition.operator == "ne":
            excluded.add(value)
    if high is None:
        return True
    while low in excluded:
        low += fact.step
    return low <= high
