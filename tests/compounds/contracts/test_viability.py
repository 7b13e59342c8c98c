"""Income against cost: exact, with nothing unknown taken for zero."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from compounds.contracts.rules import viability as v
from compounds.contracts.rules.viability import Key, Verdict
from compounds.providers.rules import DEFAULTS
from governance.foundation.money import half_up

N = Decimal


def cost(amount, item="FIXED", measure="COMPOUNDS"):
    return SimpleNamespace(
        item=item, name=item, kind="COST", measure=measure, quantity=None, monthly_wage=None,
        amount=N(amount), percent=None, source="",
    )  # fmt: skip


def values(**changes):
    known = {
        Key.HOUSEHOLDS: N(100),
        Key.AREA: N(10000),
        Key.FLOOR_AREA: N(10000),
        Key.FEE: N("0.5"),
        Key.COLLECTION: N(100),
        Key.PARKING_SPACES: N(0),
        Key.PARKING_FEE: None,
        Key.PUBLIC_REVENUE: N(0),
        Key.PUBLIC_SHARE: None,
        Key.SUBSIDY: N(0),
        Key.COMPOUNDS: N(1),
    }
    return known | {Key(name): value for name, value in changes.items()}


def test_a_hundred_households_yield_sixty_thousand():
    """S1-3: 100 households × 100 m² × 0.5 × 12 months, all of it collected."""
    assert v.fee_income(N(100) * 100, N("0.5")) == N("60000.00")
    assert str(v.reckon(values(), []).income.amount) == "60000.00"


TABLE = [
    # annual cost, then households at (0.5, 100 %, 100 m²), (0.5, 82 %, 70), (0.6, 82 %, 70),
    # (0.8, 75 %, 70): domain.md §4.3
    (60_000, (100, 174, 145, 119)),
    (84_000, (140, 244, 203, 167)),
    (108_000, (180, 314, 261, 214)),
    (168_000, (280, 488, 407, 333)),
]
TERMS = (("0.5", 100, 100), ("0.5", 82, 70), ("0.6", 82, 70), ("0.8", 75, 70))


@pytest.mark.parametrize(("annual", "row"), TABLE)
def test_break_even_of_the_table(annual, row):
    """The table rounds; the whole households that are needed are never fewer than the exact."""
    for cell, (fee, rate, m2) in zip(row, TERMS, strict=True):
        exact = v.households_exact(N(annual), N(fee), N(rate), N(m2))
        assert half_up(exact) == cell
        needed = v.households_needed(N(annual), N(fee), N(rate), N(m2))
        assert v.fee_income(N(needed) * m2, N(fee), N(rate)) >= annual
        assert v.fee_income(N(needed - 1) * m2, N(fee), N(rate)) < annual


@pytest.mark.parametrize(
    ("amount", "verdict"),
    [("60000.00", "VIABLE"), ("59999.99", "VIABLE"), ("60000.01", "NOT_VIABLE")],
)
def test_viable_iff_income_covers_cost(amount, verdict):
    assert v.reckon(values(), [cost(amount)]).verdict == verdict


def test_sensitivity_is_reckoned_at_four_rates():
    found = v.reckon(values(), [cost("49200")])
    assert [(str(at.rate), str(at.income), str(at.verdict)) for at in found.sensitivity] == [
        ("55", "33000.00", "NOT_VIABLE"),
        ("75", "45000.00", "NOT_VIABLE"),
        ("82", "49200.00", "VIABLE"),
        ("94.4", "56640.00", "VIABLE"),
    ]
    assert [at.households for at in found.sensitivity] == [150, 110, 100, 87]
    assert found.sensitivity[1].balance == N("-4200.00")


def test_what_is_unknown_is_asked_for_and_never_zero():
    found = v.reckon(values(parking_spaces=N(10), collection=None), [cost("1", measure="LIFTS")])
    assert found.income.amount is None
    assert found.cost.amount is None
    assert found.balance is None
    assert found.verdict == Verdict.UNKNOWN
    assert set(found.missing) == {"collection", "parking_fee", "lifts"}


def test_what_is_certain_all_the_same_is_said():
    """No line is below zero: known income may be enough, known cost may be too much."""
    enough = values(parking_spaces=N(10))
    assert v.reckon(enough, [cost("60000")]).verdict == Verdict.VIABLE
    too_much = [cost("60001"), cost("1", item="LIFT", measure="LIFTS")]
    assert v.reckon(values(), too_much).verdict == Verdict.NOT_VIABLE


def test_parking_public_revenue_and_subsidy_come_on_top():
    more = values(
        parking_spaces=N(20), parking_fee=N(40), public_revenue=N("5000"), public_share=N(30),
        subsidy=N("3000"),
    )  # fmt: skip
    found = v.reckon(more, [cost("75000")])
    assert {line.key: str(line.amount) for line in found.income.lines} == {
        "fees": "60000.00",
        "parking": "9600.00",
        "public": "1500.00",
        "subsidy": "3000.00",
    }
    assert found.balance == N("-900.00")
    assert found.households == 102  # (75,000 - 14,100) / 600 = 101.5


def test_the_norms_of_the_reference_table():
    known = values(green_area_m2=N(0), lifts=N(0), households=N(750), floor_area_m2=N(15000))
    found = v.reckon(known, DEFAULTS)
    lines = {line.key: line for line in found.cost.lines}
    assert lines["CUSTOMER_SERVICE"].amount == lines["CLEANING"].amount == N("33600.00")
    assert lines["CLEANING"].posts == N("1.00")
    assert lines["REFUSE"].amount == N("27000.00")
    wages = sum(line.amount for key, line in lines.items() if line.posts is not None)
    assert lines["OVERHEAD"].amount == half_up(wages * 20 / 100, 2)
    assert found.cost.amount == sum(line.amount for line in lines.values())
    unknown = v.reckon(values(floor_area_m2=None), DEFAULTS)
    overhead = next(line for line in unknown.cost.lines if line.key == "OVERHEAD")
    assert overhead.amount is None
    assert "floor_area_m2" in overhead.missing
