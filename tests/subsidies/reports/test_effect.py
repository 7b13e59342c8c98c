"""Cost, output and effect: what counts once, what is divided by what, before and after."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from subsidies.reports.rules.effect import Collected, Served, before_and_after, effect

D = Decimal
STARTS = dt.date(2026, 4, 1)
LAST = dt.date(2026, 12, 31)
NONE = Collected()
ROW = Served(
    1, 10, (1, 1, 1), 100, D("5600.00"), 6, D("16800.00"), D("16800.00"), NONE, NONE, "CHARGE"
)


def month(number, billed, paid, year=2026):
    return dt.date(year, number, 1), D(billed), D(paid)


def test_a_household_and_month_cost_what_was_due_for_them():
    """16,800 yuan for 100 households in six months: 28.00 each."""
    assert effect([ROW]).per_household_month == D("28.00")
    assert effect([replace(ROW, households=None)]).per_household_month is None
    assert effect([replace(ROW, months=0)]).per_household_month is None


def test_a_compound_with_two_subsidies_in_the_period_counts_once():
    found = effect([ROW, replace(ROW, pk=2, months=2, due=D("100.00"))])
    assert (found.entitlements, found.compounds, found.households) == (2, 1, 100)
    assert (found.months, found.due) == (8, D("16900.00"))


def test_collection_is_compared_over_the_last_three_months_on_either_side():
    reports = [
        month(12, 100, 0, 2025), *(month(number, 100, 20) for number in (1, 2, 3)),
        month(4, 100, 90), *(month(number, 100, 60) for number in (10, 11, 12)),
    ]  # fmt: skip
    before, after = before_and_after(reports, STARTS, LAST)
    assert (before.rate, after.rate) == (D("20.0"), D("60.0"))
    assert (before.months, after.months) == (3, 3)


def test_only_compounds_that_reported_both_are_compared():
    both = replace(ROW, before=Collected(D(100), D(10), 1), after=Collected(D(100), D(50), 1))
    late = replace(ROW, pk=2, compound=11, after=Collected(D(900), D(900), 1))
    found = effect([both, late])
    assert (found.before, found.after, found.change) == (D("10.0"), D("50.0"), D("40.0"))


def test_where_nobody_reported_before_what_is_collected_now_still_shows():
    found = effect([replace(ROW, after=Collected(D(200), D(150), 3))])
    assert (found.before, found.after, found.change) == (None, D("75.0"), None)


def test_who_goes_on_by_his_own_fees_is_a_share_of_those_that_ended():
    over = replace(ROW, pk=2, compound=11, is_over=True, continues=True)
    left = replace(ROW, pk=3, compound=12, is_over=True, rebounded=True)
    found = effect([ROW, over, left])
    assert (found.exits, found.continuing, found.continuing_percent) == (2, 1, D("50.0"))
    assert found.rebounds == 1
    assert found.charging == 3
