"""What is thrown away every night: rooms name a function that deletes what has served."""

import datetime as dt
from collections.abc import Callable

_sweepers: dict[str, Callable[[dt.datetime], int]] = {}


def register(name: str, sweep: Callable[[dt.datetime], int]) -> None:
    """`sweep(now)` deletes and returns how many rows; `name` is said by the command."""
    _sweepers[name] = sweep


def sweep_all(now: dt.datetime) -> dict[str, int]:
    return {name: sweep(now) for name, sweep in _sweepers.items()}
