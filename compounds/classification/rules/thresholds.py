"""A condition's threshold: how a value compares to it, and the nearest value beyond it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from compounds.classification.rules.values import Condition
from compounds.classification.rules.vocabulary import FACTS, Fact


def comparison(operator: str, threshold: Any) -> Callable[[Any], bool]:
    if operator == "ge":
        return lambda value: value >= threshold
    if operator == "gt":
        return lambda value: value > threshold
    if operator == "le":
        return lambda value: value <= threshold
    if operator == "lt":
        return lambda value: value < threshold
    if operator == "eq":
        return lambda value: value == threshold
    if operator == "ne":
        return lambda value: value != threshold
    if operator == "is":
        return lambda value: value is threshold
    options = frozenset(threshold)
    if operator == "in":
        return lambda value: value in options
    return lambda value: value not in options


def on_grid(fact: Fact, value: Any, *, up: bool) -> Any:
    """The nearest value the fact can take at or above (below) `value`."""
    steps, rest = divmod(value - fact.minimum, fact.step)
    if rest and up:
        steps += 1
    number = fact.minimum + steps * fact.step
    return int(number) if fact.kind == "int" else number


def flips(condition: Condition, state: bool) -> tuple[Any, ...]:
    """The nearest values at which a numeric condition that is `state` becomes the opposite."""
    fact, t = FACTS[condition.fact], condition.value
    above = on_grid(fact, t, up=True)
    below = on_grid(fact, t, up=False)
    higher = on_grid(fact, t + fact.step, up=False)
    lower = on_grid(fact, t - fact.step, up=True)
    found = {
        ("ge", False): (above,),
        ("ge", True): (lower,),
        ("gt", False): (higher,),
        ("gt", True): (below,),
        ("le", False): (below,),
        ("le", True): (higher,),
        ("lt", False): (lower,),
        ("lt", True): (above,),
        ("eq", False): (above,) if above == t else (),
        ("eq", True): (lower, higher),
        ("ne", False): (lower, higher),
        ("ne", True): (above,) if above == t else (),
    }[condition.operator, state]
    return tuple(
        value
        for value in found
        if value >= fact.minimum and (fact.maximum is None or value <= fact.maximum)
    )


def scale_of(condition: Condition) -> Decimal:
    """What distances to this threshold are measured by: the threshold, or one step at zero."""
    return Decimal(max(abs(condition.value), FACTS[condition.fact].step))
