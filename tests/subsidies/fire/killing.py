"""A real process that is killed (SIGKILL) at a chosen statement or commit of an act.

The child is forked, opens a connection of its own and does the act; nothing of it survives but
what it committed. Which instants an act has is found by a rehearsal that is rolled back.
"""

import contextlib
import json
import os
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection, connections, transaction

from governance.foundation.errors import DomainError

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Instant:
    """Before or after the n-th statement of an act, or (n = 0) its commit."""

    when: str
    statement: int


class _Failpoint:
    def __init__(self, instant: Instant | None):
        self.instant, self.seen = instant, 0

    def _meet(self, when: str, statement: int) -> None:
        if self.instant == Instant(when, statement):
            os.kill(os.getpid(), signal.SIGKILL)

    def __call__(self, execute, sql, params, many, context):
        self.seen += 1
        number = self.seen
        self._meet(BEFORE, number)
        result = execute(sql, params, many, context)
        self._meet(AFTER, number)
        return result

    @contextlib.contextmanager
    def set(self):
        commit = connection._commit

        def watched():
            self._meet(BEFORE, 0)
            commit()
            self._meet(AFTER, 0)

        connection._commit = watched
        with connection.execute_wrapper(self):
            yield
        del connection._commit


def in_a_child(act: Callable, instant: Instant | None = None, *, rehearsed: bool = False) -> dict:
    """What a process of its own made of an act: {"killed", "statements", "refused"}."""
    connections.close_all()  # a connection is nobody's to share
    reads, writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reads)
        told: dict = {"refused": "", "statements": 0}
        try:
            point = _Failpoint(instant)
            with point.set():
                try:
                    if rehearsed:
                        with transaction.atomic():
                            act()
                            transaction.set_rollback(True)
                    else:
                        act()
                except DomainError as refusal:
                    told["refused"] = str(refusal)
            told["statements"] = point.seen
        except BaseException as error:
            told["error"] = repr(error)
        finally:
            with os.fdopen(writes, "w") as pipe:
                json.dump(told, pipe)
            os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        said = pipe.read()
    _pid, status = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    found = {"killed": killed, **(json.loads(said) if said else {})}
    assert "error" not in found, found
    return found


def instants(statements: int, seed: random.Random, count: int) -> Iterator[Instant]:
    """Some statements of an act, and its commit from both sides: the answer is lost then."""
    for number in sorted(seed.sample(range(1, statements + 1), min(count, statements))):
        yield Instant(seed.choice((BEFORE, AFTER)), number)
    yield Instant(BEFORE, 0)
    yield Instant(AFTER, 0)


def under_fire(act: Callable, seed: random.Random, count: int = 3) -> int:
    """Kill an act at several instants, then do it until it is done, and once more; how often."""
    rehearsal = in_a_child(act, rehearsed=True)
    assert not rehearsal["refused"], rehearsal
    kills = 0
    for instant in instants(rehearsal["statements"], seed, count):
        kills += in_a_child(act, instant)["killed"]
    for _ in range(2):
        in_a_child(act)
    return kills
