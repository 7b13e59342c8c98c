"""Keeps a few processes running together: if one ends, or Ctrl-C comes, all end.

Run as a script, `supervisor.py NAME=COMMAND…` would be hard to quote, so it reads one JSON
object {name: [command, argument, …]} from its only argument. It imports nothing but the standard
library and stays small, because it stays.
"""

import json
import signal
import subprocess
import sys
import time

PATIENCE_SECONDS = 10


class _Asked(Exception):  # noqa: N818 - not an error: somebody asked to stop
    pass


def _ask(signum, frame):
    raise _Asked


def run(commands: dict[str, list[str]]) -> int:
    """Start every command and wait; returns 0 when asked to stop, else the first exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ask)
    children: dict[str, subprocess.Popen] = {}
    try:
        for name, command in commands.items():
            # A session of their own: Ctrl-C reaches them through us alone, once.
            children[name] = subprocess.Popen(command, start_new_session=True)  # noqa: S603
        while True:
            for name, child in children.items():
                if child.poll() is not None:
                    print(f"{name}: {child.returncode}", file=sys.stderr, flush=True)
                    return child.returncode or 1
            time.sleep(0.5)
    except _Asked:
        return 0
    finally:
        _stop(list(children.values()))


def _stop(children: list[subprocess.Popen]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + PATIENCE_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


if __name__ == "__main__":
    sys.exit(run(json.loads(sys.argv[1])))
