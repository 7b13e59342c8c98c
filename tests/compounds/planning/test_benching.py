"""The bench plans, checks and judges; a table of targets says what was reached and what missed."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from compounds.planning.core import benching
from compounds.planning.core.benching import Rerun, Trial, carry_out, rerun, spread, targets
from compounds.planning.core.inputs import Dials

SHORT = Trial(name="district", size=40, seconds=0.05)


@pytest.fixture(scope="module")
def outcome():
    return carry_out(
        replace(SHORT, bound_seconds=1.0), lambda _district, plan, *_asked: (plan, 1_000.0)
    )


def test_an_outcome_compares_with_the_careful_office(outcome):
    assert outcome.breaches == 0
    assert outcome.saved == 1 - outcome.plan.public / outcome.office.public
    assert outcome.gap == 1 - 1_000 / outcome.plan.objective
    assert 0 < outcome.share < 1


def test_without_a_bound_nothing_is_certified():
    outcome = carry_out(replace(SHORT, dials=Dials(centres=False)))
    assert (outcome.gap, outcome.share) == (None, None)


def test_targets_are_judged_by_the_worst_value(outcome):
    better = replace(outcome, plan=replace(outcome.office, subsidy=0.0, fallback=0.0, setup=0.0))
    said = {t.said: t for t in targets([better, outcome], [Rerun(0.02, 0.2, 0)])}
    assert said["public money less, carry 0.25"].value == min(better.saved, outcome.saved)
    assert said["moved after 5 % noise"].reached
    assert not said["objective above the best known, after noise"].reached
    assert spread([better, outcome])[1] > 0


def test_a_broken_rule_misses_its_target(outcome):
    lines = targets([replace(outcome, breaches=1)], [])
    assert not lines[-1].reached


def test_after_noise_few_move():
    again = rerun(replace(SHORT, size=120, seconds=1.0))
    assert again.breaches == 0
    assert again.moved <= 0.1


def test_the_command_prints_a_table_and_verdicts():
    out = StringIO()
    options = {"sizes": [30], "seeds": 1, "runs": 1, "seconds": 0.05}
    call_command("bench_planner", stdout=out, stderr=StringIO(), **options)
    assert "public money less, carry 0.25" in out.getvalue()
    assert "reached" in out.getvalue()


def test_the_command_fails_when_a_plan_breaks_a_rule(monkeypatch):
    monkeypatch.setattr(benching, "breaches", lambda *given: ["broken"])
    with pytest.raises(CommandError):
        call_command(
            "bench_planner",
            stdout=StringIO(),
            stderr=StringIO(),
            sizes=[30],
            seconds=0.05,
            only=["district"],
            seeds=1,
        )
