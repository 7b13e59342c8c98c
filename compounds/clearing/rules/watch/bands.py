"""Readings and a policy → points and a band, with the trace of every signal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .signals import SIGNALS, Reading, Result

GREEN, YELLOW, RED = "GREEN", "YELLOW", "RED"
UNREAD = Reading(None)


class Weight(NamedTuple):
    """A signal of a policy: its threshold and how many points it gives."""

    key: str
    threshold: int | None
    points: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Bands and weighted signals; signals without points are not looked at."""

    yellow_from: int
    red_from: int
    weights: tuple[Weight, ...]

    def as_json(self) -> list[Any]:
        return [self.yellow_from, self.red_from, [list(weight) for weight in self.weights]]

    @classmethod
    def from_json(cls, content: list[Any]) -> Policy:
        yellow, red, weights = content
        return cls(yellow, red, tuple(Weight(*weight) for weight in weights))


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of one signal."""

    weight: Weight
    reading: Reading
    result: Result

    @property
    def key(self) -> str:
        return self.weight.key

    @property
    def points(self) -> int:
        """Points it gave."""
        return self.weight.points if self.result is Result.HIT else 0


@dataclass(frozen=True, slots=True)
class Scored:
    """Points, band, and which signals were hit: one sign for each weight, as in `Result`."""

    score: int
    band: str
    signs: str


_SIGNS = {Result.HIT: "+", Result.CLEAR: "-", Result.UNKNOWN: "?", Result.NOT_APPLICABLE: "."}
_RESULTS = {sign: result for result, sign in _SIGNS.items()}


class CompiledPolicy:
    """A policy made ready to judge many compounds; build with `compile_policy`."""

    __slots__ = ("_day", "_tests", "json", "keys", "policy")

    def __init__(self, policy: Policy) -> None:
        weights = tuple(w for w in policy.weights if w.points)
        self.policy = Policy(policy.yellow_from, policy.red_from, weights)
        self.json = self.policy.as_json()
        self.keys = tuple(weight.key for weight in weights)
        self._day: dt.date | None = None
        self._tests: tuple = ()

    def band_of(self, score: int) -> str:
        if score >= self.policy.red_from:
            return RED
        return YELLOW if score >= self.policy.yellow_from else GREEN

    def judge(self, readings: Mapping[str, Reading], as_of: dt.date) -> Scored:
        """Points and band; a signal that was not read is unknown."""
        if as_of != self._day:
            self._ready(as_of)
        score, signs, get = 0, "", readings.get
        for key, is_hit, points in self._tests:
            reading = get(key, UNREAD)
            value = reading[0]
            if value is None:
                signs += "?" if reading[3] else "."
            elif not reading[3]:
                signs += "."
            elif is_hit(value):
                score += points
                signs += "+"
            else:
                signs += "-"
        return Scored(score, self.band_of(score), signs)

    def _ready(self, as_of: dt.date) -> None:
        """Make the tests ready for a day: a run judges thousands on the same one."""
        self._tests = tuple(
            (w.key, SIGNALS[w.key].test_on(w.threshold, as_of), w.points)
            for w in self.policy.weights
        )
        self._day = as_of

    def hits(self, scored: Scored) -> tuple[str, ...]:
        """Keys of the signals that counted."""
        return tuple(k for k, s in zip(self.keys, scored.signs, strict=True) if s == "+")

    def trace(self, readings: Mapping[str, Reading], as_of: dt.date) -> tuple[Trace, ...]:
        """What became of each signal, in the order of the policy."""
        scored = self.judge(readings, as_of)
        return tuple(
            Trace(weight, readings.get(weight.key, UNREAD), _RESULTS[sign])
            for weight, sign in zip(self.policy.weights, scored.signs, strict=True)
        )


def compile_policy(policy: Policy) -> CompiledPolicy:
    return CompiledPolicy(policy)
