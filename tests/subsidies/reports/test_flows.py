"""What postings mean in a statement, and which cells a public list hides."""

from decimal import Decimal

import pytest

from subsidies.reports.rules import masking
from subsidies.reports.rules.flows import COLUMNS, Sums, column_of, summed, total

D = Decimal
MONTH = [
    ("AVAILABLE", "COMMITTED", D("16800.00")),
    ("COMMITTED", "PAYABLE", D("2800.00")),
    ("PAYABLE", "AVAILABLE", D("280.00")),
    ("PAYABLE", "IN_PAYMENT", D("2520.00")),
    ("IN_PAYMENT", "PAID", D("2520.00")),
]


def test_a_month_that_is_paid_leaves_no_balance():
    sums = summed(MONTH)
    assert sums == Sums(
        entitled=D("16800.00"), accrued=D("2800.00"), deducted=D("280.00"), paid=D("2520.00")
    )
    assert sums.due == D("2520.00")
    assert sums.balance == 0


def test_what_is_at_the_bank_is_still_owed():
    assert summed(MONTH[:-1]).balance == D("2520.00")


def test_a_failed_payment_changes_no_column():
    assert column_of("IN_PAYMENT", "PAYABLE") is None


def test_money_claimed_back_is_owed_by_the_firm_until_it_is_repaid():
    claimed = summed([*MONTH, ("PAID", "TO_RECOVER", D("1000.00"))])
    assert claimed.balance == D("-1000.00")
    assert claimed.cost == D("1520.00")
    for stage in ("AVAILABLE", "RETURNED"):
        repaid = claimed + summed([("TO_RECOVER", stage, D("1000.00"))])
        assert repaid.balance == 0


@pytest.mark.parametrize(("source", "target"), list(COLUMNS))
def test_a_reversal_takes_its_column_back(source, target):
    there = (source, target, D("12.34"))
    back = (target, source, D("12.34"))
    assert not summed([there, back])


def test_statements_add_up():
    first, second = summed(MONTH[:2]), summed(MONTH[2:])
    assert total([first, second]) == summed(MONTH)
    assert not total([])


@pytest.mark.parametrize(
    ("households", "is_hidden"), [(None, False), (0, False), (1, True), (4, True), (5, False)]
)
def test_fewer_than_five_households_are_hidden(households, is_hidden):
    assert masking.is_small(households) is is_hidden


def test_a_sum_is_hidden_only_where_it_would_give_one_cell_away():
    assert masking.hides_total([True, False, False])
    assert not masking.hides_total([True, True, False])
    assert not masking.hides_total([False, False])
