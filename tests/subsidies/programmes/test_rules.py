"""Pure terms: faults with their places, the taper, bands, and examination in three values."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compounds.contracts.models import Contract
from subsidies.programmes import rules
from subsidies.programmes.models import (
    AssessmentBand,
    ClawbackTerm,
    Deduction,
    FundingShare,
    RateStep,
)
from subsidies.programmes.rules import vocabulary as v
from subsidies.programmes.rules.checking import unstorable

from .editions import XIAODIAN, C, D, revised

AREA = "CHARGEABLE_AREA"


def step(first, last, rate="0.5", basis=AREA, per="MONTH"):
    return rules.Step(first, last, basis, D(rate), per)


def found(**changes):
    return [(fault.code, fault.place, fault.row) for fault in rules.faults(revised(**changes))]


def test_the_terms_of_xiaodian_have_no_fault():
    assert rules.faults(XIAODIAN) == []


def test_codes_of_the_rules_are_those_of_the_tables():
    assert RateStep.Basis.values == list(v.BASES)
    assert RateStep.Per.values == list(v.PERS)
    assert AssessmentBand.Effect.values == list(v.EFFECTS)
    assert Deduction.Trigger.values == list(v.FINDINGS)
    assert FundingShare.Payer.values == list(v.PAYERS)
    assert ClawbackTerm.Trigger.values == list(v.TRIGGERS)
    assert ClawbackTerm.Takes.values == list(v.TAKES)
    assert [code for code, _l in v.CONTRACT_KINDS] == Contract.Kind.values


@pytest.mark.parametrize(
    ("steps", "months", "expected"),
    [
        ((), 6, [("no_steps", "steps", None)]),
        ((step(2, 6),), 6, [("hole", "steps", 0)]),
        ((step(1, 2), step(4, 6)), 6, [("hole", "steps", 1)]),
        ((step(1, 3), step(3, 6)), 6, [("overlap", "steps", 1)]),
        ((step(1, 6), step(1, 6)), 6, [("overlap", "steps", 1)]),
        ((step(1, 5),), 6, [("last_step", "steps", 0)]),
        ((step(1, 7),), 6, [("beyond", "steps", 0)]),
        ((step(4, 2),), 6, [("step_backwards", "steps", 0)]),
        ((step(0, 6),), 6, [("step_backwards", "steps", 0)]),
        ((step(1, 6, basis="NUMBER"),), 6, [("basis", "steps", 0)]),
        ((step(1, 6, per="WEEK"),), 6, [("per", "steps", 0)]),
        ((step(1, 6, "101", "FEE_SHARE"),), 6, [("fee_share", "steps", 0)]),
        ((step(1, 6, "80", "FEE_SHARE", "YEAR"),), 6, [("fee_share_per", "steps", 0)]),
        ((step(4, 6), step(1, 3)), 6, []),  # in whatever order
    ],
)
def test_the_taper_covers_the_term(steps, months, expected):
    assert found(steps=steps, months=months) == expected


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(-1, 15), st.integers(-1, 15)), max_size=5),
    st.integers(1, 12),
)
def test_a_taper_that_passes_covers_each_month_exactly_once(spans, months):
    terms = revised(months=months, steps=tuple(step(a, b) for a, b in spans))
    rates = [sum(a <= month <= b for a, b in spans) for month in range(1, months + 1)]
    is_exact = all(count == 1 for count in rates) and all(1 <= a <= b <= months for a, b in spans)
    assert (not [f for f in rules.faults(terms) if f.place == "steps"]) == is_exact
    if is_exact:
        for month in range(1, months + 1):
            found = terms.step_of(month)
            assert found is not None
            assert found.from_month <= month <= found.to_month
        assert terms.step_of(0) is None
        assert terms.step_of(months + 1) is None


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        ((rules.Band(D(60), "FULL"),), [("not_to_zero", "bands", 0)]),
        ((rules.Band(D(0), "FULL"), rules.Band(D(0), "NOTHING")), [("band_twice", "bands", 1)]),
        ((rules.Band(D(0), "PERCENT"),), [("no_percent", "bands", 0)]),
        ((rules.Band(D(0), "PERCENT", D(101)),), [("percent", "bands", 0)]),
        ((rules.Band(D(0), "FULL", D(50)),), [("needless_percent", "bands", 0)]),
        ((rules.Band(D(0), "HALF"),), [("effect", "bands", 0)]),
        ((rules.Band(D(101), "FULL"), rules.Band(D(0), "NOTHING")), [("score", "bands", 0)]),
        ((rules.Band(D(0), "PERCENT", D(50)), rules.Band(D(80), "FULL")), []),
    ],
)
def test_bands_reach_down_to_nothing_once_each(bands, expected):
    assert found(bands=bands) == expected


@settings(deadline=None)
@given(st.sets(st.integers(1, 100), max_size=6), st.decimals(0, 100, places=2))
def test_bands_that_pass_name_one_effect_for_every_score(scores, score):
    bands = (*(rules.Band(D(one), "FULL") for one in scores), rules.Band(D(0), "NOTHING"))
    terms = revised(bands=bands)
    assert rules.faults(terms) == []
    band = terms.band_of(score)
    assert band.from_score == max(b.from_score for b in bands if b.from_score <= score)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"shares": ()}, [("no_shares", "shares", None)]),
        ({"shares": (rules.Share("CITY", D(50)),)}, [("not_hundred", "shares", None)]),
        (
            {"shares": (rules.Share("CITY", D(50)), rules.Share("CITY", D(50)))},
            [("twice", "shares", 1)],
        ),
        ({"shares": (rules.Share("NATION", D(100)),)}, [("unknown", "shares", 0)]),
        (
            {"shares": (rules.Share("CITY", D(100)), rules.Share("STREET", D(0)))},
            [("share", "shares", 1)],
        ),
        ({"shares": (rules.Share("CITY", D("33.33")), rules.Share("STREET", D("66.67")))}, []),
        ({"deductions": (rules.Deduction("CARD"),)}, [("one_measure", "deductions", 0)]),
        (
            {"deductions": (rules.Deduction("CARD", D(5), D(5)),)},
            [("one_measure", "deductions", 0)],
        ),
        ({"deductions": (rules.Deduction("CARD", D(120)),)}, [("deduction", "deductions", 0)]),
        ({"deductions": (rules.Deduction("RAIN", D(10)),)}, [("unknown", "deductions", 0)]),
        (
            {"clawbacks": (rules.Clawback("LEFT_EARLY", "ALL"),)},
            [("no_months", "clawbacks", 0)],
        ),
        (
            {"clawbacks": (rules.Clawback("LOW_SCORE", "LAST_MONTHS"),)},
            [("no_months", "clawbacks", 0)],
        ),
        (
            {"clawbacks": (rules.Clawback("FALSE_DATA", "PERCENT"),)},
            [("no_percent", "clawbacks", 0)],
        ),
        (
            {"clawbacks": (rules.Clawback("FALSE_DATA", "ALL", months=3),)},
            [("needless_months", "clawbacks", 0)],
        ),
        (
            {"clawbacks": (rules.Clawback("FALSE_DATA", "HALF"),)},
            [("takes", "clawbacks", 0)],
        ),
        ({"cap_year": D(0)}, [("cap_zero", "cap_year", None)]),
        (
            {"cap_firm_year": D(200), "cap_year": D(100)},
            [("caps_contradict", "cap_firm_year", None)],
        ),
        # Six months touch two calendar years at most: 2 × 100 is never exceeded.
        (
            {"cap_compound": D("200.01"), "cap_year": D(100)},
            [("caps_contradict", "cap_compound", None)],
        ),
        ({"cap_compound": D("200.00"), "cap_year": D(100)}, []),
        ({"needs_assessment": True}, [("no_bands", "bands", None)]),
        (
            {"exit_collection_percent": D(90), "exit_months": 6},
            [("exit_months", "exit_months", None)],
        ),
        ({"exit_collection_percent": D(0)}, [("exit_percent", "exit_collection_percent", None)]),
        ({"offset_percent": D(101)}, [("offset", "offset_percent", None)]),
    ],
)
def test_faults_of_the_other_tables(changes, expected):
    assert found(**changes) == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ((C("weather", "ge", 1),), ["unknown_fact"]),
        ((C("households", "is", True),), ["wrong_operator"]),
        ((C("households", "near", 1),), ["wrong_operator"]),
        ((C("households", "ge", "many"),), ["wrong_value"]),
        ((C("strategy", "in", ("NOBODY",)),), ["wrong_value"]),
        ((C("collection_percent", "ge", D("100.01")),), ["out_of_range"]),
        ((C("households", "ge", 1), C("households", "ge", 1)), ["repeated"]),
        ((C("households", "gt", 299), C("households", "lt", 300)), ["contradiction"]),
        ((C("households", "ge", 299), C("households", "lt", 300)), []),
        ((C("is_charging", "is", True), C("is_charging", "is", False)), ["contradiction"]),
        (
            (C("contract_kind", "in", ("SELF",)), C("contract_kind", "not_in", ("SELF",))),
            ["contradiction"],
        ),
        # Of alternatives one is enough, so they may exclude each other.
        ((C("households", "lt", 100, 1), C("households", "gt", 300, 1)), []),
        # A group of one must hold as any other condition.
        ((C("households", "lt", 100, 1), C("households", "gt", 300)), ["contradiction"]),
    ],
)
def test_faults_of_conditions(conditions, expected):
    faults = rules.faults(revised(conditions=conditions))
    assert [fault.code for fault in faults] == expected
    assert all(fault.place == "conditions" for fault in faults)


def test_a_draft_is_kept_from_what_the_tables_could_not_hold_only():
    incomplete = revised(steps=(step(2, 4),), shares=(), bands=(rules.Band(D(60), "FULL"),))
    assert rules.faults(incomplete)
    assert unstorable(incomplete) == []
    broken = revised(steps=(step(4, 2),), bands=(rules.Band(D(0), "PERCENT"),))
    assert {fault.place for fault in unstorable(broken)} == {"steps", "bands"}


def test_terms_are_read_back_from_plain_json():
    terms = revised(
        bands=(rules.Band(D("60.00"), "PERCENT", D("50.00")),),
        deductions=(rules.Deduction("CARD", amount=D("200.00")),),
        cap_year=D("90000.00"),
    )
    written = json.loads(json.dumps(terms.as_json()))
    assert rules.Terms.from_json(written) == terms
    # What a record leaves out is as usual.
    assert rules.Terms.from_json({"months": 3}) == rules.Terms(months=3)


# -- examination -----------------------------------------------------------------------------------
TWO_OR = (
    C("households", "lt", 300, 1),
    C("floor_area_m2", "lt", D(20000), 1),
    C("contract_is_filed", "is", True),
)


@pytest.mark.parametrize(
    ("values", "is_met", "missing"),
    [
        ({"households": 80, "contract_is_filed": True}, True, ()),
        ({"households": 299, "contract_is_filed": True}, True, ()),
        ({"households": 300, "floor_area_m2": D(20000), "contract_is_filed": True}, False, ()),
        ({"households": 300, "contract_is_filed": True}, None, ("floor_area_m2",)),
        ({"households": 80}, None, ("contract_is_filed",)),
        ({"contract_is_filed": False}, False, ()),
        ({}, None, ("households", "floor_area_m2", "contract_is_filed")),
    ],
)
def test_an_unknown_fact_neither_passes_nor_fails(values, is_met, missing):
    examination = rules.examine(revised(conditions=TWO_OR), values)
    assert examination.is_met is is_met
    assert examination.missing == missing


def test_everybody_is_eligible_where_nothing_is_asked():
    assert rules.examine(revised(conditions=()), {}).is_met is True


def test_an_examination_carries_value_source_and_distance():
    terms = revised(conditions=(C("collection_percent", "ge", D("70.00")),))
    sources = {"collection_percent": ("collection", "2026-07-01"), "": ("survey", "2026-01-01")}
    examination = rules.examine(terms, {"collection_percent": D("68.5")}, sources)
    line = examination.lines[0]
    assert (line.source, line.source_on) == ("collection", "2026-07-01")
    assert (line.result, line.distance) == (False, D("-1.5"))
    assert examination.failed == (line,)


def test_a_record_replays_and_a_forged_one_does_not():
    terms = revised(conditions=TWO_OR)
    values = {"households": 300, "floor_area_m2": D("19999.99"), "contract_is_filed": True}
    examination = rules.examine(terms, values, {"households": ("survey", "2026-05-01")})
    record = json.loads(json.dumps(examination.as_json()))
    assert rules.replays(record)
    assert rules.from_record(record).lines == examination.lines
    forged = {**record, "facts": {**record["facts"], "floor_area_m2": "20000.00"}}
    assert not rules.replays(forged)
    assert not rules.replays({**record, "is_met": False})
    assert not rules.replays({})


def test_a_condition_not_met_is_no_failure_where_its_alternative_holds():
    terms = revised(conditions=TWO_OR)
    values = {"households": 80, "floor_area_m2": D(30000), "contract_is_filed": True}
    assert rules.examine(terms, values).failed == ()
