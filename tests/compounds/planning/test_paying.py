"""Subsidy by calendar year: months of the year, and what the year has."""

import datetime as dt
from decimal import Decimal

import pytest

from compounds.planning.paying import Paying, paying_from, rolled_on, usual


def test_half_a_year_across_new_year_is_shared_by_its_months():
    paying = Paying(dt.date(2025, 12, 1), 6)
    assert paying.shares == pytest.approx({2025: 1 / 6, 2026: 5 / 6})


def test_three_years_are_shared_over_four_calendar_years():
    paying = Paying(dt.date(2026, 7, 1), 36)
    assert paying.shares == pytest.approx({2026: 6 / 36, 2027: 1 / 3, 2028: 1 / 3, 2029: 6 / 36})


def test_years_with_a_budget_are_told_with_their_share():
    paying = Paying(dt.date(2025, 12, 1), 6, {2026: Decimal(50_000), 2028: Decimal(0)})
    assert paying.years == ((5 / 6, 50_000.0), (0.0, 0.0))


def test_payment_begins_in_the_month_after_the_day():
    assert usual(dt.date(2025, 12, 31), 6).first == dt.date(2026, 1, 1)
    assert usual(dt.date(2025, 11, 3), 6).first == dt.date(2025, 12, 1)
    assert usual(dt.date(2025, 11, 3), 0).months == 1


def test_what_is_written_is_read_again():
    paying = Paying(dt.date(2026, 1, 1), 6, {2026: Decimal("120000.50")})
    assert paying_from(paying.as_json()) == paying


def test_a_plan_of_an_earlier_year_is_paid_from_now_on_when_it_is_made_again():
    earlier = Paying(dt.date(2024, 12, 1), 18, {2024: Decimal(1), 2025: Decimal(2)})
    assert rolled_on(earlier, dt.date(2025, 3, 5)) == Paying(
        dt.date(2025, 4, 1), 18, {2025: Decimal(2)}
    )
    later = Paying(dt.date(2026, 1, 1), 6, {2026: Decimal(3)})
    assert rolled_on(later, dt.date(2025, 3, 5)) == later
