"""The command that solves a published instance: what it prints, writes and refuses."""

import json
import signal
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper

from compounds.planning.management.commands.solve_cflp import _Bar, _stopped_by_hand

INSTANCE = """3 5
10 30
12 25
9 20
4 5 3 6 2
10 20 30 40 9
22 11 15 18 9
31 25 12 14 9
"""


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("solve_cflp", *arguments, stdout=out)
    return out.getvalue()


def test_an_instance_is_solved_and_its_assignment_written(tmp_path):
    path, written = tmp_path / "p0", tmp_path / "answer.txt"
    path.write_text(INSTANCE + "160.4\n")
    said = run(str(path), "--seconds", "20", "--out", str(written))
    answer = json.loads(run(str(path), "--seconds", "20", "--json"))
    assert answer["proven"] is True
    assert answer["layout"] == "holmberg"
    assert "p0: 3 facilities, 5 customers, layout holmberg\n" in said
    assert f"objective {answer['objective']}\n" in said
    assert "gap       0.0000% (proven best)" in said
    assert f"open      {len(set(answer['assignment']))}\n" in said
    assert f"published 160.4 ({float(answer['objective']) - 160.4:+.1f})" in said
    pairs = [tuple(map(int, line.split())) for line in written.read_text().splitlines()]
    assert pairs == list(enumerate(answer["assignment"], start=1))


def test_refusals_name_file_and_line(tmp_path):
    path = tmp_path / "p0"
    path.write_text(INSTANCE.replace("4 5 3 6", "4 5 x 6"))
    with pytest.raises(CommandError, match="p0: line 5: expected the demand of cust") as refusal:
        run(str(path))
    assert refusal.value.returncode == 2
    path.write_text(INSTANCE.replace("4 5 3 6", "4 5 3 60"))
    with pytest.raises(CommandError, match="p0: the customers need 74 in all, the fac") as refusal:
        run(str(path))
    assert refusal.value.returncode == 3
    with pytest.raises(CommandError, match="seconds"):
        run(str(path), "--seconds", "0")


def test_refusals_speak_chinese_where_the_terminal_does(tmp_path, monkeypatch):
    path = tmp_path / "p0"
    path.write_text(INSTANCE.replace("4 5 3 6", "4 5 x 6"))
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    with pytest.raises(CommandError, match=r"p0: 第 5 行：.*客户 3 的需求量"):
        run(str(path))


@pytest.fixture
def interruptible():
    """Ctrl-C as at a terminal: what runs in the background of a shell is deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_with_the_best_so_far(tmp_path, interruptible):
    path = tmp_path / "p0"
    path.write_text(INSTANCE)
    before = signal.getsignal(signal.SIGINT)
    bar = _Bar(StringIO(), 60)
    with _stopped_by_hand(bar):
        assert not bar.ask()
        signal.raise_signal(signal.SIGINT)
        assert bar.ask()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_bar_is_drawn_on_a_terminal_alone():
    screen = StringIO()
    bar = _Bar(OutputWrapper(screen), 10)
    bar.drawn -= 1
    bar.hear(Decimal("12.50"), Decimal(7))
    assert screen.getvalue() == ""
    bar.is_shown = True
    bar.begun -= 5
    bar.ask()
    assert "[############............] 5/10 s  objective 12.5, bound 7" in screen.getvalue()
