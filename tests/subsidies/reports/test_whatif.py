"""What a programme costs under other terms: sums, moves with their reason, budgets, addresses."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from subsidies.entitlements.rules import due
from subsidies.programmes.rules import Condition, Share, Step, Terms, faults
from subsidies.reports.rules import variants, whatif
from subsidies.reports.rules.whatif import IN, OUT, UNCOUNTED, UNKNOWN, Subject

D = Decimal
TERMS = Terms(
    name="过渡期物业补贴",
    months=6,
    steps=(Step(1, 6, "CHARGEABLE_AREA", D("0.5")),),
    conditions=(
        Condition("strategy", "in", ("SUBSIDY_TRANSITION",)),
        Condition("households", "le", 300),
    ),
    shares=(Share("DISTRICT", D(100)),),
)
FACTS = {"strategy": "SUBSIDY_TRANSITION", "households": 120}
ENTRY = dt.date(2026, 3, 16)
AREA = D("5600.00")


def subject(pk=1, *, street=1, firm=1, entry_on=ENTRY, area=AREA, facts=None, **changes):
    return Subject(
        pk,
        street,
        firm,
        {**FACTS, **(facts or {})},
        entry_on,
        chargeable_area_m2=area,
        household_count=120,
        **changes,
    )


def test_the_worked_figure_of_the_source_comes_out():
    """S0-11, domain.md §5.2: 5,600 m² × 0.5 = 2,800 a month, 16,800 in six."""
    result = whatif.run(TERMS, [subject()])
    assert result.total == D("16800.00")
    assert list(result.by_month) == [dt.date(2026, month, 1) for month in range(4, 10)]
    assert set(result.by_month.values()) == {D("2800.00")}


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, IN),
        ({"facts": {"households": 301}}, OUT),
        ({"facts": {"households": None}}, UNKNOWN),
        ({"area": None}, UNCOUNTED),
        ({"area": D(0)}, UNCOUNTED),
        ({"entry_on": None}, UNCOUNTED),
    ],
)
def test_every_compound_has_one_answer(changes, answer):
    result = whatif.run(TERMS, [subject(**changes)])
    assert result.by_answer[answer] == 1
    assert sum(result.by_answer.values()) == 1


def test_what_is_missing_is_never_counted_as_nothing():
    """A compound without its area is named as such; it is not simply free of charge."""
    (outcome,) = whatif.run(TERMS, [subject(area=None)]).outcomes
    assert (outcome.problem, outcome.total) == ("AREA_UNKNOWN", 0)


def test_streets_and_firms_sum_to_the_whole():
    subjects = [
        subject(1),
        subject(2, street=2, area=D("1000.00")),
        subject(3, street=2, firm=2, area=D("333.33")),
    ]
    result = whatif.run(TERMS, subjects)
    for name in ("street", "firm"):
        found = result.by(name)
        assert sum(amount for _count, amount in found.values()) == result.total
        assert sum(count for count, _amount in found.values()) == 3
    assert result.by("street")[2] == (2, D("3000.00") + 6 * D("166.67"))


def test_the_budget_runs_out_in_the_month_that_it_does_not_bear():
    subjects = [subject()]
    assert whatif.run(TERMS, subjects, D("8400.00")).runs_out == dt.date(2026, 7, 1)
    assert whatif.run(TERMS, subjects, D("8399.99")).runs_out == dt.date(2026, 6, 1)
    assert whatif.run(TERMS, subjects, D("16800.00")).runs_out is None
    assert whatif.run(TERMS, subjects).runs_out is None


def test_another_threshold_moves_just_those_it_decides_on_and_says_why():
    subjects = [subject(1), subject(2, facts={"households": 250})]
    lower = replace(TERMS, conditions=(TERMS.conditions[0], Condition("households", "le", 200)))
    before, after = whatif.run(TERMS, subjects), whatif.run(lower, subjects)
    (move,) = whatif.moves(before, after)
    assert (move.subject.compound, move.comes_in, move.amount) == (2, False, D("16800.00"))
    assert (move.why.fact, move.why.value, move.why.threshold) == ("households", 250, 200)
    (back,) = whatif.moves(after, before)
    assert (back.comes_in, back.why.fact) == (True, "households")


def test_an_alternative_that_holds_does_not_decide():
    terms = replace(
        TERMS,
        conditions=(
            Condition("households", "ge", 500, 1),
            Condition("lift_count", "ge", 1, 1),
            Condition("strategy", "in", ("FALLBACK",)),
        ),
    )
    (outcome,) = whatif.run(terms, [subject(facts={"lift_count": 2})]).outcomes
    assert (outcome.answer, outcome.why.fact) == (OUT, "strategy")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"start_rule": "ENTRY"},
        {"start_rule": "ENTRY", "part_month": "WHOLE"},
        {"start_rule": "ENTRY", "counting": "SERVICE"},
        {"steps": (Step(1, 2, "HOUSEHOLDS", D("3")), Step(3, 6, "HOUSEHOLDS", D("1.5")))},
        {"steps": (Step(1, 6, "CHARGEABLE_AREA", D("4"), "YEAR"),)},
        {"steps": (Step(1, 6, "COLLECTED_AREA", D("0.15")),)},
        {"steps": (Step(1, 6, "FEE_SHARE", D("80")),)},
        {"cap_compound": D("10000.00")},
    ],
)
@pytest.mark.parametrize("area", [D("5600.00"), D("333.33"), D("1234.57")])
def test_months_are_those_that_an_approval_commits(changes, area):
    """The short way through alike months says the same as the rule month by month."""
    terms = replace(TERMS, **changes)
    one = subject(area=area, fee_per_m2=D("0.7500"))
    (outcome,) = whatif.run(terms, [one]).outcomes
    forecast = due.forecast(
        terms,
        due.Basis(
            outcome.starts_on,
            outcome.ends_on,
            due.Given(area),
            due.Given(120),
            due.Given(D("0.7500")),
        ),
    )
    assert outcome.total == forecast.total
    assert [amount for _month, amount in outcome.months] == [one.gross for one in forecast.dues]


def test_ceilings_of_firm_and_year_are_borne_together():
    subjects = [subject(1), subject(2), subject(3, firm=2)]
    firm = whatif.run(replace(TERMS, cap_firm_year=D("20000.00")), subjects)
    assert firm.by("firm") == {1: (2, D("20000.00")), 2: (1, D("16800.00"))}
    year = whatif.run(replace(TERMS, cap_year=D("30000.00")), subjects)
    assert year.total == D("30000.00")


def test_who_has_applied_keeps_the_day_of_his_application():
    one = subject(begins_on=dt.date(2026, 5, 1))
    (outcome,) = whatif.run(TERMS, [one]).outcomes
    assert (outcome.starts_on, outcome.ends_on) == (dt.date(2026, 5, 1), dt.date(2026, 10, 31))


# -- the address -----------------------------------------------------------------------------------
def test_an_address_says_what_is_changed_and_nothing_else():
    given = {
        "a_rate1": "0.4",
        "a_months": "12",
        "a_basis": "CHARGEABLE_AREA",
        "a_limit2": "200",
        "a_budget": "1,000,000",
    }
    variant = variants.read("a", TERMS, given)
    assert variant.wrong == ()
    assert variant.terms.steps == (Step(1, 12, "CHARGEABLE_AREA", D("0.4000")),)
    assert variant.terms.months == 12
    assert variant.terms.conditions[1].value == 200
    assert variant.budget == D("1000000.00")
    assert set(dict(variant.query())) == {"a_rate1", "a_months", "a_limit2", "a_budget"}
    assert variants.read("a", TERMS, dict(variant.query())) == variant


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rate1", "viel"),
        ("rate1", "-1"),
        ("rate1", "NaN"),
        ("rate1", "1e99"),
        ("months", "0"),
        ("months", "121"),
        ("months", "1.5"),
        ("basis", "PEOPLE"),
        ("limit2", "many"),
        ("budget", "-5"),
    ],
)
def test_what_cannot_be_read_is_named_and_not_guessed(name, text):
    variant = variants.read("b", TERMS, {f"b_{name}": text})
    assert variant.wrong == (name,)
    assert variant.terms == TERMS
    assert not variant.asked


def test_a_shorter_term_cuts_the_steps_and_a_longer_one_lets_the_last_go_on():
    steps = (Step(1, 6, "CHARGEABLE_AREA", D("0.3")), Step(7, 12, "CHARGEABLE_AREA", D("0.2")))
    assert variants.stretched(steps, 4) == (Step(1, 4, "CHARGEABLE_AREA", D("0.3")),)
    assert variants.stretched(steps, 18)[-1].to_month == 18


def test_thresholds_that_are_no_numbers_are_not_offered():
    assert variants.fields_of(TERMS) == ("rate1", "months", "basis", "limit2", "budget")


@pytest.mark.parametrize(("months", "exit_months"), [("3", 2), ("12", 3)])
def test_a_shorter_term_keeps_its_early_exit_within_it(months, exit_months):
    terms = replace(TERMS, exit_collection_percent=D(80))
    found = variants.read("a", terms, {"a_months": months}).terms
    assert found.exit_months == exit_months
    assert not faults(replace(found, document_number="样例", effective_from=ENTRY))


def test_in_a_single_month_nobody_exits_early():
    terms = replace(TERMS, exit_collection_percent=D(80))
    assert variants.read("a", terms, {"a_months": "1"}).terms.exit_collection_percent is None
