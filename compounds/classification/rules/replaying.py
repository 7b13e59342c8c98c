"""Deciding again from a stored record alone: the proof that it says what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from compounds.classification.rules.decide import CompiledPolicy, compile_policy
from compounds.classification.rules.decisions import Decision, Sources
from compounds.classification.rules.values import from_json, read_fact


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list | tuple) else value


@lru_cache(maxsize=64)
def _compiled(frozen_rules: tuple[Any, ...]) -> CompiledPolicy:
    return compile_policy(from_json(frozen_rules))


def read_record(record: Mapping[str, Any]) -> tuple[CompiledPolicy, dict[str, Any], Sources]:
    """(policy, facts, sources) of a stored record."""
    values = {key: read_fact(key, value) for key, value in record["facts"].items()}
    return _compiled(_frozen(record["rules"])), values, record.get("sources", {})


def replay(record: Mapping[str, Any]) -> Decision:
    """Decide again from a stored record alone."""
    policy, values, sources = read_record(record)
    return policy.decide(values, sources)


def replays(record: Mapping[str, Any]) -> bool:
    """Does the stored record yield the decision and the trace it states?"""
    try:
        again = replay(record)
    except (KeyError, ValueError, TypeError, ArithmeticError):
        return False
    return (
        list(record["results"]) == list(again.summary.results)
        and record["outcome"] == again.outcome
        and record["strategy"] == again.strategy
        and record["hit"] == again.hit
    )
