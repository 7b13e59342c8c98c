"""The demonstration's processes live and end together."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from governance.foundation import supervisor

SLEEPER = (
    "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep({seconds});"
    "sys.exit({code})"
)


def start(tmp_path, *sleeps):
    """A supervisor over one sleeper for each (seconds, exit code); waits until all are there."""
    files = [tmp_path / f"{index}" for index in range(len(sleeps))]
    commands = {
        path.name: [sys.executable, "-c", SLEEPER.format(seconds=seconds, code=code), str(path)]
        for path, (seconds, code) in zip(files, sleeps, strict=True)
    }
    process = subprocess.Popen(
        [sys.executable, "-P", supervisor.__file__, json.dumps(commands)],
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 20
    while not all(path.exists() and path.read_text() for path in files):
        assert time.monotonic() < until, "the sleepers never started"
        time.sleep(0.05)
    return process, [int(path.read_text()) for path in files]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asking_it_to_stop_ends_all_children(tmp_path, number):
    process, pids = start(tmp_path, (60, 0), (60, 0))
    process.send_signal(number)
    assert process.wait(15) == 0
    assert not any(is_alive(pid) for pid in pids)


def test_if_one_child_ends_the_others_end_too(tmp_path):
    process, pids = start(tmp_path, (60, 0), (1, 3))
    _out, told = process.communicate(timeout=15)
    assert process.returncode == 3
    assert told == "1: 3\n"
    assert not any(is_alive(pid) for pid in pids)


def test_a_command_that_cannot_start_ends_the_rest(tmp_path):
    pid_file = tmp_path / "pid"
    commands = {
        "good": [sys.executable, "-c", SLEEPER.format(seconds=60, code=0), str(pid_file)],
        "bad": [str(tmp_path / "nothing")],
    }
    done = subprocess.run(
        [sys.executable, "-P", supervisor.__file__, json.dumps(commands)],
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert done.returncode != 0
    assert not pid_file.exists() or not is_alive(int(pid_file.read_text() or 0) or 2**22)
