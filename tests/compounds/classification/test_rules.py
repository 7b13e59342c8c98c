"""The pure rules of classification: tables of cases and properties, no database."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compounds.classification.rules import (
    DECIDED,
    FACTS,
    FALLBACK,
    INCOMPLETE,
    OPERATORS,
    RED_TAKEOVER,
    STRATEGIES,
    SUBSIDY_TRANSITION,
    UNIT_COBUILD,
    UNMATCHED,
    Condition,
    Rule,
    ThresholdError,
    as_json,
    check_policy,
    compile_policy,
    counterfactual,
    decide,
    from_json,
    read_threshold,
    replay,
    replays,
    subsidy_of,
)
from compounds.classification.rules.counterfactual import change_cost
from compounds.registry.models import Kind, Ownership, Strategy

C, D = Condition, Decimal
# domain.md §3.3 with the thresholds of the Xiaodian seed.
XIAODIAN = (
    Rule(
        UNIT_COBUILD,
        (
            C("has_affiliated_unit", "is", True),
            C("unit_is_active", "is", True),
            C("unit_distance_m", "le", 200),
            C("unit_agreed", "is", True),
        ),
    ),
    Rule(
        RED_TAKEOVER,
        (
            C("households", "ge", 300),
            C("floor_area_m2", "ge", D("20000.00")),
            C("foundation_score", "ge", 60),
            C("contiguity_size", "ge", 2, 1),
            C("contiguity_area_m2", "ge", D("40000.00"), 1),
            C("willing_red_firms", "ge", 1),
        ),
    ),
    Rule(SUBSIDY_TRANSITION, (C("willing_firms_with_subsidy", "ge", 1),)),
    Rule(FALLBACK, (C("failed_rounds", "ge", 2),)),
)
POLICY = compile_policy(XIAODIAN)

SMALL = {
    "households": 86,
    "floor_area_m2": D("5934.20"),
    "foundation_score": 80,
    "contiguity_size": 1,
    "contiguity_area_m2": D("5934.20"),
    "has_affiliated_unit": False,
    "unit_is_active": False,
    "unit_distance_m": None,
    "unit_agreed": False,
    "willing_red_firms": 0,
    "willing_firms_with_subsidy": 1,
    "failed_rounds": 0,
}
LARGE = SMALL | {
    "households": 700,
    "floor_area_m2": D("49000.00"),
    "contiguity_size": 3,
    "contiguity_area_m2": D("98000.00"),
    "willing_red_firms": 1,
}
UNIT = SMALL | {
    "has_affiliated_unit": True,
    "unit_is_active": True,
    "unit_distance_m": 120,
    "unit_agreed": True,
}


@pytest.mark.parametrize(
    ("facts", "strategy"),
    [
        # domain.md §3.4, row by row
        (UNIT, UNIT_COBUILD),
        (
            LARGE | {k: UNIT[k] for k in UNIT if k.startswith(("unit", "has_a"))},
            UNIT_COBUILD,
        ),
        (LARGE, RED_TAKEOVER),
        (SMALL, SUBSIDY_TRANSITION),
        (UNIT | {"unit_is_active": False}, SUBSIDY_TRANSITION),
        (UNIT | {"unit_distance_m": 201}, SUBSIDY_TRANSITION),
        (
            LARGE | {"contiguity_size": 1, "contiguity_area_m2": D("39999.99")},
            SUBSIDY_TRANSITION,
        ),
        (LARGE | {"foundation_score": 40}, SUBSIDY_TRANSITION),
        (SMALL | {"willing_firms_with_subsidy": 0, "failed_rounds": 2}, FALLBACK),
        (
            LARGE | {"willing_red_firms": 0, "willing_firms_with_subsidy": 0, "failed_rounds": 2},
            FALLBACK,
        ),
        (
            UNIT | {"unit_agreed": False, "willing_firms_with_subsidy": 0, "failed_rounds": 2},
            FALLBACK,
        ),
        # boundaries
        (UNIT | {"unit_distance_m": 200}, UNIT_COBUILD),
        (LARGE | {"households": 300}, RED_TAKEOVER),
        (LARGE | {"households": 299}, SUBSIDY_TRANSITION),
        (LARGE | {"floor_area_m2": D("20000.00")}, RED_TAKEOVER),
        (LARGE | {"floor_area_m2": D("19999.99")}, SUBSIDY_TRANSITION),
        (LARGE | {"foundation_score": 60}, RED_TAKEOVER),
        (LARGE | {"contiguity_size": 2, "contiguity_area_m2": D("1.00")}, RED_TAKEOVER),
        (LARGE | {"contiguity_size": 1, "contiguity_area_m2": D("40000.00")}, RED_TAKEOVER),
    ],
)
def test_first_rule_that_hits_decides(facts, strategy):
    decision = POLICY.decide(facts)
    assert (decision.outcome, decision.strategy) == (DECIDED, strategy)
    assert decision.policy.rules[decision.hit].strategy == strategy


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        (UNIT | {"unit_agreed": None}, ("unit_agreed",)),
        (LARGE | {"households": None}, ("households",)),
        (LARGE | {"floor_area_m2": None, "foundation_score": None}, None),
        # a false alternative leaves the other one decisive
        (LARGE | {"contiguity_size": 1, "contiguity_area_m2": None}, ("contiguity_area_m2",)),
        (LARGE | {"contiguity_size": None, "contiguity_area_m2": None}, None),
        (SMALL | {"willing_firms_with_subsidy": None}, ("willing_firms_with_subsidy",)),
    ],
)
def test_unknown_rule_before_the_hit_asks_for_its_facts(facts, missing):
    decision = POLICY.decide(facts)
    assert decision.outcome == INCOMPLETE
    assert decision.strategy == ""
    assert decision.hit is None
    expected = missing or tuple(
        key
        for key in POLICY.keys
        if facts[key] is None
        and key in {"floor_area_m2", "foundation_score", "contiguity_size", "contiguity_area_m2"}
    )
    assert decision.missing == expected


@pytest.mark.parametrize(
    "facts",
    [
        # unknown, but its rule has failed anyway
        SMALL | {"foundation_score": None, "willing_red_firms": None},
        # unknown only after the outcome
        SMALL | {"failed_rounds": None},
        # one alternative holds, the other does not matter
        LARGE | {"contiguity_area_m2": None},
        LARGE | {"contiguity_size": None},
    ],
)
def test_unknown_fact_that_does_not_matter_is_not_asked_for(facts):
    decision = POLICY.decide(facts)
    assert decision.outcome == DECIDED
    assert decision.missing == ()


def test_nothing_fits_is_said_and_is_never_fallback():
    decision = POLICY.decide(SMALL | {"willing_firms_with_subsidy": 0, "failed_rounds": 1})
    assert (decision.outcome, decision.strategy, decision.missing) == (UNMATCHED, "", ())


def test_every_rule_is_evaluated_even_after_the_hit():
    trace = POLICY.decide(LARGE | {"failed_rounds": 2}).trace()
    assert [rule.result for rule in trace] == [False, True, True, True]
    assert [rule.is_hit for rule in trace] == [False, True, False, False]


def test_trace_names_value_source_threshold_and_distance():
    sources = {"": ("survey", "2026-10-08"), "floor_area_m2": ("measured", "2019-05-30")}
    trace = POLICY.decide(SMALL, sources).trace()
    households, area, score, *_others = trace[1].conditions
    assert (households.value, households.operator, households.threshold) == (86, "ge", 300)
    assert (households.source, households.source_on) == ("survey", "2026-10-08")
    assert (households.result, households.distance) == (False, -214)
    assert households.relative == D(214) / 300
    assert (area.source, area.distance) == ("measured", D("-14065.80"))
    assert (score.result, score.distance) == (True, 20)
    distance = trace[0].conditions[2]
    assert (distance.value, distance.result, distance.distance) == (None, None, None)
    assert trace[0].conditions[0].distance is None


@pytest.mark.parametrize(
    ("facts", "nearest"),
    [
        (LARGE | {"households": 303}, (D(4) / 300, "households")),  # 299 would fail
        (LARGE | {"households": 297}, (D(3) / 300, "households")),
        (UNIT | {"unit_distance_m": 190}, (D(11) / 200, "unit_distance_m")),
        # two alternatives hold: neither alone changes anything
        (
            LARGE | {"contiguity_size": 2, "contiguity_area_m2": D("40000.00")},
            (D(40) / 60, "foundation_score"),
        ),
        # a second condition fails as well: households alone change nothing
        (SMALL | {"households": 299}, (D(1), "willing_firms_with_subsidy")),
    ],
)
def test_nearest_threshold_counts_only_what_alone_changes_the_outcome(facts, nearest):
    assert POLICY.decide(facts).nearest == nearest


def test_flip_of_a_fact_flips_every_condition_on_it():
    rules = (
        Rule(RED_TAKEOVER, (C("households", "ge", 300),)),
        Rule(FALLBACK, (C("households", "lt", 300),)),
    )
    decision = decide({"households": 290}, rules)
    assert decision.nearest == (D(10) / 300, "households")


def test_record_alone_replays_and_a_changed_record_does_not():
    record = json.loads(json.dumps(POLICY.decide(LARGE, {"": ("survey", "2026-10-08")}).record()))
    assert replays(record)
    assert replay(record).trace()[1].conditions[0].source_on == "2026-10-08"
    for change in (
        {"strategy": FALLBACK},
        {"hit": 2},
        {"outcome": INCOMPLETE},
        {"facts": record["facts"] | {"households": 299}},
        {"results": ["++++", *record["results"][1:]]},
        {"facts": record["facts"] | {"floor_area_m2": "many"}},
        {"rules": [["RED_TAKEOVER", [["colour", "is", True]]]]},
    ):
        assert not replays(record | change)


# --- counterfactual ---------------------------------------------------------------------------


def changes(move):
    return {change.fact: (change.before, change.after) for change in move.changes}


def test_counterfactual_of_the_drawn_dossier():
    found = counterfactual(POLICY, SMALL | {"contiguity_size": 2, "willing_red_firms": 1})
    assert changes(found.smallest[RED_TAKEOVER]) == {
        "households": (86, 300),
        "floor_area_m2": (D("5934.20"), D("20000.00")),
    }
    assert changes(found.smallest[FALLBACK]) == {
        "willing_firms_with_subsidy": (1, 0),
        "failed_rounds": (0, 2),
    }
    assert found.achievable[RED_TAKEOVER] is None  # households cannot be brought about
    assert not found.has_single_achievable
    assert found.nearest == found.smallest[RED_TAKEOVER]  # 214/300 + 14,066/20,000 < 2


def test_counterfactual_makes_an_earlier_rule_fail():
    found = counterfactual(POLICY, UNIT)
    assert changes(found.smallest[SUBSIDY_TRANSITION]) == {"unit_distance_m": (120, 201)}
    # the office cannot move houses, but the agreement may be withdrawn
    assert changes(found.achievable[SUBSIDY_TRANSITION]) == {"unit_agreed": (True, False)}
    assert found.has_single_achievable


def test_counterfactual_takes_the_nearer_alternative():
    facts = LARGE | {"contiguity_size": 1, "contiguity_area_m2": D("39000.00")}
    assert changes(counterfactual(POLICY, facts).smallest[RED_TAKEOVER]) == {
        "contiguity_area_m2": (D("39000.00"), D("40000.00"))
    }


def test_counterfactual_breaks_every_alternative_of_an_earlier_rule():
    rules = (
        Rule(RED_TAKEOVER, (C("households", "ge", 300, 1), C("lift_count", "ge", 1, 1))),
        Rule(FALLBACK, (C("failed_rounds", "ge", 0),)),
    )
    facts = {"households": 310, "lift_count": 2, "failed_rounds": 0}
    move = counterfactual(compile_policy(rules), facts).smallest[FALLBACK]
    assert changes(move) == {"households": (310, 299), "lift_count": (2, 0)}


def test_counterfactual_says_when_there_is_no_way():
    rules = (
        Rule(RED_TAKEOVER, (C("households", "ge", 0),)),
        Rule(FALLBACK, (C("households", "ge", 300),)),
    )
    found = counterfactual(compile_policy(rules), {"households": 400})
    assert found.smallest == {FALLBACK: None}
    assert found.nearest is None
    assert found.is_complete


def test_unknown_fact_is_filled_from_the_side_of_its_threshold():
    found = counterfactual(POLICY, LARGE | {"households": None})
    assert changes(found.smallest[RED_TAKEOVER]) == {"households": (None, 300)}
    assert changes(found.smallest[SUBSIDY_TRANSITION]) == {"households": (None, 299)}


# --- the policy check -------------------------------------------------------------------------


def codes(*rules):
    return [(p.code, p.rule, p.condition) for p in check_policy(rules)]


LAST = Rule(FALLBACK, (C("failed_rounds", "ge", 2),))


def test_the_seed_policy_has_no_problem():
    assert check_policy(XIAODIAN) == []


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (Rule(RED_TAKEOVER, ()), ("empty_rule", 0, None)),
        (Rule("BEST", (C("households", "ge", 1),)), ("unknown_strategy", 0, None)),
        (Rule(RED_TAKEOVER, (C("colour", "ge", 1),)), ("unknown_fact", 0, 0)),
        (Rule(RED_TAKEOVER, (C("households", "is", True),)), ("wrong_operator", 0, 0)),
        (Rule(RED_TAKEOVER, (C("households", "like", 3),)), ("wrong_operator", 0, 0)),
        (Rule(RED_TAKEOVER, (C("floor_area_m2", "eq", D("1.00")),)), ("wrong_operator", 0, 0)),
        (Rule(RED_TAKEOVER, (C("households", "ge", "many"),)), ("wrong_value", 0, 0)),
        (Rule(RED_TAKEOVER, (C("households", "ge", True),)), ("wrong_value", 0, 0)),
        (Rule(RED_TAKEOVER, (C("households", "ge", D("1.5")),)), ("wrong_value", 0, 0)),
        (Rule(RED_TAKEOVER, (C("unit_agreed", "is", 1),)), ("wrong_value", 0, 0)),
        (Rule(RED_TAKEOVER, (C("ownership", "in", ("CASTLE",)),)), ("wrong_value", 0, 0)),
        (Rule(RED_TAKEOVER, (C("ownership", "in", ()),)), ("wrong_value", 0, 0)),
        (Rule(RED_TAKEOVER, (C("foundation_score", "ge", 101),)), ("out_of_range", 0, 0)),
        (Rule(RED_TAKEOVER, (C("built_year", "lt", 300),)), ("out_of_range", 0, 0)),
        (
            Rule(RED_TAKEOVER, (C("households", "ge", 3), C("households", "ge", 3))),
            ("repeated_condition", 0, 1),
        ),
        (
            Rule(RED_TAKEOVER, (C("households", "ge", 300), C("households", "lt", 200))),
            ("contradiction", 0, 1),
        ),
        (
            Rule(RED_TAKEOVER, (C("households", "gt", 3), C("households", "lt", 4))),
            ("contradiction", 0, 1),
        ),
        (
            Rule(RED_TAKEOVER, (C("unit_agreed", "is", True), C("unit_agreed", "is", False))),
            ("contradiction", 0, 1),
        ),
        (
            Rule(
                RED_TAKEOVER,
                (C("ownership", "in", ("UNIT",)), C("ownership", "not_in", ("UNIT", "MIXED"))),
            ),
            ("contradiction", 0, 1),
        ),
        (
            Rule(
                RED_TAKEOVER,
                (
                    C("households", "ge", 300),
                    C("households", "lt", 100, 1),
                    C("households", "eq", 200, 1),
                ),
            ),
            ("contradiction", 0, 2),
        ),
        (Rule(RED_TAKEOVER, (C("foundation_score", "gt", 100),)), ("contradiction", 0, 0)),
    ],
)
def test_a_faulty_rule_is_named_with_its_condition(rule, problem):
    assert codes(rule, LAST) == [problem]


def test_every_problem_reads_as_a_sentence():
    rules = (
        Rule("BEST", (C("colour", "ge", 1), C("households", "is", True))),
        Rule(RED_TAKEOVER, (C("households", "ge", "many"), C("foundation_score", "ge", 120))),
        Rule(RED_TAKEOVER, ()),
    )
    for problem in check_policy(rules):
        assert problem.message.endswith((".", "。"))
        assert "%(" not in problem.message


def test_a_policy_needs_rules_and_a_fallback():
    assert codes() == [("no_rules", None, None)]
    assert codes(XIAODIAN[0]) == [("no_fallback", None, None)]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ([("households", "ge", 100)], [("households", "ge", 300)]),
        ([("households", "ge", 100, 1), ("lift_count", "ge", 1, 1)], [("lift_count", "ge", 2)]),
        (
            [("ownership", "not_in", ("UNIT",))],
            [("ownership", "in", ("PUBLIC", "MIXED")), ("households", "ge", 5)],
        ),
        ([("foundation_score", "gt", 40)], [("foundation_score", "ge", 50)]),
    ],
)
def test_a_rule_covered_by_an_earlier_one_is_unreachable(earlier, later):
    rules = (
        Rule(RED_TAKEOVER, tuple(C(*c) for c in earlier)),
        Rule(SUBSIDY_TRANSITION, tuple(C(*c) for c in later)),
        LAST,
    )
    (problem,) = check_policy(rules)
    assert (problem.code, problem.rule, problem.params["other"]) == ("unreachable", 1, 1)


def test_a_rule_covered_by_two_earlier_ones_together_is_unreachable():
    rules = (
        Rule(RED_TAKEOVER, (C("households", "ge", 300),)),
        Rule(UNIT_COBUILD, (C("households", "lt", 300), C("lift_count", "ge", 1))),
        Rule(SUBSIDY_TRANSITION, (C("lift_count", "ge", 2),)),
        LAST,
    )
    (problem,) = check_policy(rules)
    assert (problem.code, problem.rule, problem.params["other"]) == ("unreachable", 2, "")


def test_overlap_is_no_fault():
    rules = (
        Rule(RED_TAKEOVER, (C("households", "ge", 300), C("lift_count", "ge", 1))),
        Rule(SUBSIDY_TRANSITION, (C("households", "ge", 300),)),
        LAST,
    )
    assert check_policy(rules) == []


def test_a_duplicate_is_found_whatever_the_order_of_its_conditions():
    one = Rule(RED_TAKEOVER, (C("households", "ge", 3), C("lift_count", "ge", 1)))
    other = Rule(RED_TAKEOVER, (C("lift_count", "ge", 1), C("households", "ge", 3)))
    assert codes(one, other, LAST) == [("duplicate", 1, None)]


# --- values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("households", " 1,300 ", 1300),
        ("floor_area_m2", "20000", D("20000.00")),
        ("floor_area_m2", 12, D("12.00")),
        ("unit_agreed", "true", True),
        ("unit_agreed", False, False),
        ("ownership", "PUBLIC, UNIT", ("UNIT", "PUBLIC")),
        ("ownership", ["MIXED"], ("MIXED",)),
    ],
)
def test_a_typed_threshold_is_read_in_its_kind(key, typed, value):
    read = read_threshold(FACTS[key], typed)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("households", "3.5"),
        ("households", "NaN"),
        ("households", ""),
        ("households", None),
        ("floor_area_m2", "1.234"),
        ("floor_area_m2", "Infinity"),
        ("floor_area_m2", "1e30"),
        ("unit_agreed", "perhaps"),
        ("kind", ""),
        ("kind", 3),
    ],
)
def test_an_unreadable_threshold_is_refused(key, typed):
    with pytest.raises(ThresholdError):
        read_threshold(FACTS[key], typed)


@pytest.mark.parametrize(
    ("area", "rate", "months", "amount"),
    [
        (D("5934.20"), D("0.50"), 6, D("17802.60")),  # S0-11, the drawn dossier
        (D("70.00"), D("0.50"), 6, D("210.00")),
        (D("0.01"), D("0.50"), 1, D("0.01")),  # half a fen up
        (D("0.01"), D("0.49"), 1, D("0.00")),
        (None, D("0.50"), 6, None),
    ],
)
def test_subsidy_is_rounded_once_half_up(area, rate, months, amount):
    assert subsidy_of(area, rate, months) == amount


def test_vocabulary_has_the_codes_of_the_register():
    assert [code for code, _label in FACTS["ownership"].choices] == Ownership.values
    assert [code for code, _label in FACTS["kind"].choices] == Kind.values
    assert list(STRATEGIES) == Strategy.values


def test_every_fact_can_be_compared_somehow():
    for fact in FACTS.values():
        assert fact.operators
        assert all(operator.code in OPERATORS for operator in fact.operators)


# --- properties -------------------------------------------------------------------------------

FEW = (
    "households",
    "floor_area_m2",
    "foundation_score",
    "unit_agreed",
    "ownership",
    "contiguity_size",
    "willing_red_firms",
    "has_affiliated_unit",
)
numbers = {
    "households": st.integers(0, 12),
    "floor_area_m2": st.integers(0, 8).map(lambda n: D(n) / 2).map(lambda d: d.quantize(D("0.01"))),
    "foundation_score": st.integers(0, 5).map(lambda n: n * 20),
    "contiguity_size": st.integers(1, 5),
    "willing_red_firms": st.integers(0, 3),
    "unit_agreed": st.booleans(),
    "has_affiliated_unit": st.booleans(),
    "ownership": st.sampled_from(Ownership.values),
}
facts_strategy = st.fixed_dictionaries({key: st.none() | numbers[key] for key in FEW})
known_facts = st.fixed_dictionaries({key: numbers[key] for key in FEW})


@st.composite
def conditions(draw):
    key = draw(st.sampled_from(FEW))
    fact = FACTS[key]
    operator = draw(st.sampled_from([o.code for o in fact.operators]))
    if fact.kind == "choice":
        chosen = draw(st.sets(st.sampled_from(Ownership.values), min_size=1))
        value = read_threshold(fact, sorted(chosen))
    else:
        value = read_threshold(fact, draw(numbers[key]))
    return C(key, operator, value, draw(st.sampled_from([0, 0, 1, 2])))


rules_strategy = st.lists(
    st.builds(
        Rule,
        st.sampled_from(list(STRATEGIES)),
        st.lists(conditions(), min_size=1, max_size=4).map(tuple),
    ),
    min_size=1,
    max_size=5,
).map(tuple)


def plain_state(rule, facts):
    """Kleene logic written out a second time, slowly."""

    def holds(condition):
        value, wanted = facts.get(condition.fact), condition.value
        if value is None:
            return None
        return {
            "ge": lambda: value >= wanted,
            "gt": lambda: value > wanted,
            "le": lambda: value <= wanted,
            "lt": lambda: value < wanted,
            "eq": lambda: value == wanted,
            "ne": lambda: value != wanted,
            "is": lambda: value == wanted,
            "in": lambda: value in wanted,
            "not_in": lambda: value not in wanted,
        }[condition.operator]()

    parts = {}
    for place, condition in enumerate(rule.conditions):
        parts.setdefault(condition.alternative or f"own {place}", []).append(holds(condition))
    any_of = [
        True if True in part else (None if None in part else False) for part in parts.values()
    ]
    return False if False in any_of else (None if None in any_of else True)


def plain_decision(rules, facts):
    for rule in rules:
        state = plain_state(rule, facts)
        if state is None:
            return INCOMPLETE, ""
        if state:
            return DECIDED, rule.strategy
    return UNMATCHED, ""


@given(rules_strategy, facts_strategy)
@settings(max_examples=300, deadline=None)
def test_decision_equals_the_plain_reading_of_the_rules(rules, facts):
    decision = decide(facts, rules)
    assert (decision.outcome, decision.strategy) == plain_decision(rules, facts)
    assert [row.result for row in decision.trace()] == [plain_state(r, facts) for r in rules]
    assert bool(decision.missing) == (decision.outcome == INCOMPLETE)
    assert all(facts[key] is None for key in decision.missing)


@given(rules_strategy, facts_strategy)
@settings(max_examples=200, deadline=None)
def test_every_stored_record_replays(rules, facts):
    record = json.loads(json.dumps(decide(facts, rules).record()))
    assert replays(record)
    assert from_json(as_json(rules)) == rules


@given(rules_strategy, facts_strategy, known_facts)
@settings(max_examples=200, deadline=None)
def test_learning_facts_never_revokes_a_decision(rules, facts, more):
    before = decide(facts, rules)
    learnt = {key: more[key] if facts[key] is None else facts[key] for key in FEW}
    after = decide(learnt, rules)
    assert after.outcome != INCOMPLETE
    if before.outcome == DECIDED:
        assert (after.outcome, after.strategy) == (DECIDED, before.strategy)


@given(facts_strategy, st.integers(0, 5), st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_more_of_what_a_rule_asks_never_fails_it(facts, households, firms):
    rule = Rule(
        RED_TAKEOVER,
        (
            C("households", "ge", 5),
            C("willing_red_firms", "gt", 1, 1),
            C("floor_area_m2", "ge", D("2.00"), 1),
        ),
    )
    order = {False: 0, None: 1, True: 2}
    before = decide(facts, (rule,)).trace()[0].result
    more = dict(facts)
    if facts["households"] is not None:
        more["households"] += households
    if facts["willing_red_firms"] is not None:
        more["willing_red_firms"] += firms
    assert order[decide(more, (rule,)).trace()[0].result] >= order[before]


@given(rules_strategy, facts_strategy)
@settings(max_examples=200, deadline=None)
def test_counterfactual_really_moves_the_compound(rules, facts):
    policy = compile_policy(rules)
    found = counterfactual(policy, facts)
    for moves in (found.smallest, found.achievable):
        for strategy, move in moves.items():
            if move is None:
                continue
            changed = facts | {change.fact: change.after for change in move.changes}
            assert policy.decide(changed).strategy == strategy
            for change in move.changes:
                fact = FACTS[change.fact]
                assert change.after != change.before
                if fact.is_number:
                    assert change.after >= fact.minimum
                    assert fact.maximum is None or change.after <= fact.maximum
                # no change of the set is idle
                rest = {k: v for k, v in changed.items() if k != change.fact}
                rest[change.fact] = change.before
                assert policy.decide(rest).strategy != strategy


@given(rules_strategy, facts_strategy, known_facts, st.sets(st.sampled_from(FEW)))
@settings(max_examples=400, deadline=None)
def test_no_random_change_is_smaller_than_the_counterfactual(rules, facts, other, keys):
    policy = compile_policy(rules)
    present = policy.decide(facts).strategy
    changed = facts | {key: other[key] for key in keys}
    strategy = policy.decide(changed).strategy
    if strategy in {"", present}:
        return
    found = counterfactual(policy, facts)
    move = found.smallest[strategy]
    differing = [key for key in keys if changed[key] != facts[key]]
    cost = sum(change_cost(key, facts[key], changed[key]) for key in differing)
    assert move is not None
    assert (len(move.changes), move.cost) <= (len(differing), cost)


@given(rules_strategy, st.lists(facts_strategy, min_size=20, max_size=20))
@settings(max_examples=300, deadline=None)
def test_a_rule_called_unreachable_never_fires(rules, many):
    silent = {
        p.rule
        for p in check_policy(rules)
        if p.code in {"unreachable", "contradiction", "duplicate"}
    }
    for facts in many:
        assert decide(facts, rules).hit not in silent


@given(rules_strategy)
@settings(max_examples=150, deadline=None)
def test_a_rule_not_called_unreachable_can_fire(rules):
    policy = compile_policy(rules)
    if {p.code for p in check_policy(rules)} - {"no_fallback"}:
        return
    nothing = dict.fromkeys(FEW)
    reached = {m.strategy for m in counterfactual(policy, nothing).smallest.values() if m}
    assert reached == {rule.strategy for rule in rules}


@given(rules_strategy, known_facts)
@settings(max_examples=200, deadline=None)
def test_crossing_the_nearest_threshold_changes_the_outcome(rules, facts):
    decision = decide(facts, rules)
    for pivot in decision.summary.pivots:
        again = decide(facts | {pivot.fact: pivot.target}, rules)
        assert (again.outcome, again.strategy) != (decision.outcome, decision.strategy)
