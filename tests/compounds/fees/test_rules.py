"""Order of stages, rates, samples, points and grades: tables of cases, no database."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compounds.fees import rules
from compounds.fees.rules import CHARGE, CONSULT, SERVE, Service

JAN, FEB, MAR = dt.date(2026, 1, 5), dt.date(2026, 2, 5), dt.date(2026, 3, 5)
SAID = {"outcome": "同意", "document": "样例决议1号"}


@pytest.mark.parametrize(
    ("begun", "stage", "day", "said", "codes"),
    [
        ({}, SERVE, JAN, {}, []),
        ({}, SERVE, dt.date(2026, 1, 4), {}, ["BEFORE_SERVICE"]),
        ({}, CONSULT, FEB, {}, ["SERVE_FIRST"]),
        ({}, CHARGE, MAR, SAID, ["SERVE_FIRST"]),
        ({SERVE: JAN}, CHARGE, MAR, SAID, ["CONSULT_FIRST"]),  # S0-12
        ({SERVE: JAN}, CONSULT, JAN, {}, ["NOT_AFTER"]),
        ({SERVE: JAN}, CONSULT, dt.date(2026, 1, 6), {}, []),
        ({SERVE: JAN, CONSULT: FEB}, CHARGE, FEB, SAID, ["NOT_AFTER"]),
        ({SERVE: JAN, CONSULT: FEB}, CHARGE, MAR, {}, ["OUTCOME_MISSING", "DOCUMENT_MISSING"]),
        ({SERVE: JAN, CONSULT: FEB}, CHARGE, MAR, {"outcome": "同意"}, ["DOCUMENT_MISSING"]),
        ({SERVE: JAN, CONSULT: FEB}, CHARGE, MAR, SAID, []),
        ({SERVE: JAN, CONSULT: FEB, CHARGE: MAR}, CHARGE, MAR, SAID, ["BEGUN"]),
        ({SERVE: JAN}, SERVE, JAN, {}, ["BEGUN"]),
    ],
)
def test_stages_follow_each_other_by_order_and_by_day(begun, stage, day, said, codes):
    found = rules.stage_refusals(begun, stage, day, serves_from=JAN, **said)
    assert [code for code, _field in found] == codes


@given(st.permutations([SERVE, CONSULT, CHARGE]))
def test_no_other_order_of_stages_comes_through(order):
    begun, day = {}, JAN
    for stage in order:
        day += dt.timedelta(days=1)
        if not rules.stage_refusals(begun, stage, day, serves_from=JAN, **SAID):
            begun[stage] = day
    assert list(begun) == list(rules.STAGES)[: len(begun)]


@pytest.mark.parametrize(
    ("services", "month", "may"),
    [
        ([], dt.date(2026, 1, 1), True),
        ([Service(JAN, None, False, None)], dt.date(2026, 1, 1), True),
        ([Service(JAN, None, True, None)], dt.date(2026, 5, 1), False),
        ([Service(JAN, None, True, MAR)], dt.date(2026, 2, 1), False),
        ([Service(JAN, None, True, MAR)], dt.date(2026, 3, 1), True),
        ([Service(JAN, None, True, dt.date(2026, 3, 31))], dt.date(2026, 3, 1), True),
        ([Service(JAN, None, True, dt.date(2026, 4, 1))], dt.date(2026, 3, 1), False),
        ([Service(JAN, None, True, MAR)], dt.date(2025, 12, 1), False),
        # The firm before charged; the one that follows has only begun to serve.
        ([Service(JAN, FEB, True, JAN), Service(MAR, None, True, None)], MAR.replace(day=1), False),
        ([Service(JAN, MAR, True, JAN), Service(MAR, None, True, None)], MAR.replace(day=1), True),
    ],
)
def test_nothing_is_billed_before_charging(services, month, may):
    assert rules.may_bill(services, month) is may


@pytest.mark.parametrize(
    ("paid", "billed", "rate"),
    [
        (421, 446, Decimal("94.4")),  # S2-9: 94.39
        (0, 446, Decimal("0.0")),
        (446, 446, Decimal("100.0")),
        (0, 0, None),
        (None, 5, None),
        (1, 3, Decimal("33.3")),
        (Decimal("82.05"), Decimal("100.00"), Decimal("82.1")),  # half up
    ],
)
def test_rates_to_one_decimal_half_up(paid, billed, rate):
    assert rules.rate(paid, billed) == rate


def test_the_mean_of_sixteen_courtyards_both_ways():
    """S2-12: 82 % is not said to be the one or the other."""
    small = [(Decimal(90), Decimal(100))] * 15
    large = [(Decimal(4000), Decimal(10000))]
    assert rules.simple_mean([*small, *large]) == Decimal("86.9")
    assert rules.weighted_mean([*small, *large]) == Decimal("46.5")
    even = [(Decimal(82), Decimal(100))] * 16
    assert rules.simple_mean(even) == rules.weighted_mean(even) == Decimal("82.0")
    assert rules.simple_mean([(Decimal(0), Decimal(0))]) is rules.weighted_mean([]) is None


def test_a_change_is_told_in_points_and_relative():
    """S3-8."""
    assert rules.change(Decimal(55), Decimal(75)) == rules.Change(Decimal(20), Decimal("36.4"))
    assert rules.change(Decimal(75), Decimal(55)) == rules.Change(Decimal(-20), Decimal("-26.7"))
    assert rules.change(Decimal(0), Decimal(55)) == rules.Change(Decimal(55), None)
    assert rules.change(None, Decimal(55)) is None


@pytest.mark.parametrize(
    ("households", "size"),
    [(446, 45), (200, 20), (201, 21), (199, 20), (36, 20), (20, 20), (12, 12), (0, 0), (None, 0)],
)
def test_samples_are_a_share_with_a_minimum_and_never_more_than_there_are(households, size):
    assert rules.sample_size(households, 10, 20) == size


@pytest.mark.parametrize(
    ("total", "grade"),
    [
        ("100", "EXCELLENT"),
        ("90", "EXCELLENT"),
        ("89.99", "GOOD"),
        ("80", "GOOD"),
        ("79.99", "PASSED"),
        ("60", "PASSED"),
        ("59.99", "FAILED"),
        ("0", "FAILED"),
    ],
)
def test_a_boundary_belongs_to_the_better_grade(total, grade):
    assert rules.grade(Decimal(total), excellent_from=90, good_from=80, passed_from=60) == grade


@pytest.mark.parametrize(
    ("satisfaction", "collection", "weight", "total"),
    [
        ("88", "82", 60, "85.60"),
        ("88.88", "77.77", 55, "83.88"),
        ("0.01", "0", 50, "0.01"),  # 0.005 half up
        ("100", "0", 100, "100.00"),
        ("100", "0", 0, "0.00"),
    ],
)
def test_totals_are_exact(satisfaction, collection, weight, total):
    assert rules.total_points(Decimal(satisfaction), Decimal(collection), weight) == Decimal(total)


def test_collection_gives_at_most_a_hundred_points():
    assert rules.collection_points(Decimal("94.39"), Decimal(100)) == Decimal("94.39")
    assert rules.collection_points(Decimal(120), Decimal(100)) == Decimal(100)
    assert rules.collection_points(Decimal(0), Decimal(0)) is None


@given(st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)), st.integers(-40, 40))
def test_months_go_forth_and_back(day, count):
    month = rules.month_of(day)
    assert rules.months_later(rules.months_later(month, count), -count) == month
    assert rules.month_of(rules.month_end(day)) == month
    assert rules.month_end(day) + dt.timedelta(days=1) == rules.months_later(month, 1)
    assert rules.quarter_of(day) <= month
    assert rules.quarter_of(day).month % 3 == 1
