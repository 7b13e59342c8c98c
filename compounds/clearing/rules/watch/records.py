"""The stored record of a score: it alone replays to the same points and band."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from .bands import CompiledPolicy, Policy, Scored, compile_policy
from .signals import SIGNALS, Reading, Test

_DATED = {key for key, signal in SIGNALS.items() if signal.test in {Test.DAYS_LEFT, Test.SINCE}}


class Read(NamedTuple):
    """A record made ready to be judged again."""

    compiled: CompiledPolicy
    readings: dict[str, Reading]
    as_of: dt.date


def written_readings(keys: tuple[str, ...], readings: Mapping[str, Reading]) -> dict[str, list]:
    """Readings as plain JSON: [value, day, detail], and False at the end where not applicable."""
    found = {}
    for key in keys:
        reading = readings.get(key)
        if reading is None:
            continue
        value, on, detail, applies = reading
        row = [
            value.isoformat() if key in _DATED and value is not None else value,
            on.isoformat() if on is not None else None,
            detail,
        ]
        found[key] = row if applies else [*row, False]
    return found


def as_record(
    compiled: CompiledPolicy, readings: Mapping[str, Reading], as_of: dt.date, scored: Scored
) -> dict[str, Any]:
    return {
        "as_of": as_of.isoformat(),
        "score": scored.score,
        "band": scored.band,
        "signs": scored.signs,
        "readings": written_readings(compiled.keys, readings),
        "policy": compiled.json,
    }


def read_record(record: Mapping[str, Any]) -> Read:
    """Raises KeyError or ValueError for what was never a record."""
    readings = {}
    for key, (value, on, detail, *rest) in record["readings"].items():
        if key in _DATED and value is not None:
            value = dt.date.fromisoformat(value)
        day = dt.date.fromisoformat(on) if on else None
        readings[key] = Reading(value, day, detail, *rest)
    return Read(
        compile_policy(Policy.from_json(record["policy"])),
        readings,
        dt.date.fromisoformat(record["as_of"]),
    )


def replay(record: Mapping[str, Any]) -> Scored:
    """Judge the stored readings again, by the stored policy, on the stored day."""
    compiled, readings, as_of = read_record(record)
    return compiled.judge(readings, as_of)


def replays(record: Mapping[str, Any]) -> bool:
    """Whether a record yields what it says."""
    scored = replay(record)
    return (scored.score, scored.band, scored.signs) == (
        record["score"],
        record["band"],
        record["signs"],
    )
