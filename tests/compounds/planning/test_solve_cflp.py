"""The command that solves a published instance: what it prints, writes and refuses."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

INSTANCE = """3 5
10 30
12 25
9 20
4 5 3 6 2
10 20 30 40 9
22 11 15 18 9
31 25 12 14 9
"""


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("solve_cflp", *arguments, stdout=out)
    return out.getvalue()


def test_an_instance_is_solved_and_its_assignment_written(tmp_path):
    path, written = tmp_path / "p0", tmp_path / "answer.json"
    path.write_text(INSTANCE)
    said = run(str(path), "--seconds", "20", "--json", str(written))
    answer = json.loads(written.read_text())
    assert answer["proven"] is True
    assert f"objective {answer['objective']}\n" in said
    assert "gap       0.0000% (proven best)" in said
    assert set(answer["assignment"]) <= {1, 2, 3}
    assert answer["layout"] == "holmberg"


def test_refusals_name_file_and_line(tmp_path):
    path = tmp_path / "p0"
    path.write_text(INSTANCE.replace("4 5 3 6", "4 5 x 6"))
    with pytest.raises(CommandError, match="p0: line 5: expected the demand of customer 3"):
        run(str(path))
    path.write_text(INSTANCE.replace("4 5 3 6", "4 5 3 60"))
    with pytest.raises(CommandError, match="no plan"):
        run(str(path))
    with pytest.raises(CommandError, match="seconds"):
        run(str(path), "--seconds", "0")
