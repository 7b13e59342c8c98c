"""Measuring: medians of repeated work, statements sent, and the peak memory of a child process."""

import json
import os
import resource
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter, process_time
from typing import Any

from django.db import connection, connections


@dataclass
class Cost:
    """What one piece of work took: milliseconds, statements, and how many rows it handled."""

    cpu_ms: float
    wall_ms: float
    statements: int
    rows: int = 0


@dataclass
class Line:
    """One line of the report: our work, the bare work beneath it, and what is aimed at.

    `bare` names what `floor` did; `limit` is the largest ratio of CPU time that is aimed at.
    """

    part: str
    case: str
    cost: Cost
    floor: Cost | None = None
    bare: str = ""
    limit: float | None = None
    most_statements: int | None = None

    @property
    def ratio(self) -> float | None:
        return self.cost.cpu_ms / self.floor.cpu_ms if self.floor and self.floor.cpu_ms else None

    @property
    def is_missed(self) -> bool:
        return bool(
            (self.limit and self.ratio and self.ratio > self.limit)
            or (self.most_statements and self.cost.statements > self.most_statements)
        )


class _Counter:
    def __init__(self):
        self.count = 0

    def __call__(self, execute, sql, params, many, context):
        self.count += 1
        return execute(sql, params, many, context)


@contextmanager
def counted() -> Iterator[_Counter]:
    """Count the statements sent meanwhile."""
    counter = _Counter()
    with connection.execute_wrapper(counter):
        yield counter


def measured(work: Callable[[], Any], *, rounds: int, warm: int = 1, rows: int = 0) -> Cost:
    """The median of several rounds of the same work."""
    for _round in range(warm):
        work()
    cpu, wall = [], []
    for _round in range(rounds):
        with counted() as counter:
            began, began_cpu = perf_counter(), process_time()
            work()
            wall.append(perf_counter() - began)
            cpu.append(process_time() - began_cpu)
    return Cost(1000 * median(cpu), 1000 * median(wall), counter.count, rows)


def once(work: Callable[[], Any], *, rows: int = 0) -> Cost:
    """One run of work that changes what it works on."""
    return measured(work, rounds=1, warm=0, rows=rows)


def plus(*costs: Cost) -> Cost:
    """Several costs, one after the other."""
    return Cost(
        sum(cost.cpu_ms for cost in costs),
        sum(cost.wall_ms for cost in costs),
        sum(cost.statements for cost in costs),
        max(cost.rows for cost in costs),
    )


def in_child(work: Callable[[], list[Line]]) -> tuple[list[Line], float, str]:
    """Run a part in a process of its own; its lines, its growth in MB at the peak, its failure."""
    connections.close_all()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        before = _peak_mb()
        answer = {"lines": [], "failure": ""}
        try:
            answer["lines"] = [asdict(line) for line in work()]
        except Exception:
            answer["failure"] = traceback.format_exc()
        answer["growth"] = _peak_mb() - before
        with os.fdopen(writing, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    if not text:
        return [], 0.0, "the process of this part was ended from outside"
    answer = json.loads(text)
    return [_line(raw) for raw in answer["lines"]], answer["growth"], answer["failure"]


def _line(raw: dict) -> Line:
    raw["cost"] = Cost(**raw["cost"])
    raw["floor"] = Cost(**raw["floor"]) if raw["floor"] else None
    return Line(**raw)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
