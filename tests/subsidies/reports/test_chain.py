"""What was forecast is what the ledger holds after the chain was really run."""

import datetime as dt
from decimal import Decimal

import pytest

from subsidies.programmes.questions import terms_of
from subsidies.reports import figures, postings, statements
from subsidies.reports.compounds import CompoundMoney
from subsidies.reports.rules import whatif
from subsidies.reports.rules.periods import Period, year_of
from subsidies.reports.trying import Register
from tests.subsidies.reports import chain

pytestmark = pytest.mark.django_db
D = Decimal
BEFORE = dt.date(2026, 3, 20)
YEAR = year_of(2026)


def forecast(world):
    terms = terms_of([world.programme.pk])[world.programme.pk]
    register = Register(world.people.officer, world.programme, (terms,), BEFORE)
    return whatif.run(terms, register.subjects)


def posted(world, *columns):
    accounts = postings.accounts_of(world.people.officer)
    found = postings.sums_by(accounts, YEAR, *columns)
    return {key: inside for key, (_before, inside) in found.items()}


def test_the_forecast_of_the_published_programme_equals_the_ledger(world):
    served = chain.serve(world)
    expected = forecast(world)
    assert expected.by_answer["IN"] == 4
    entitlements = chain.approve(world, served)
    chain.accrue(world)

    by_month = {month: sums.accrued for (month,), sums in posted(world, "month").items() if month}
    assert by_month == expected.by_month
    by_firm = {pk: sums.accrued for (pk,), sums in posted(world, "provider").items()}
    assert by_firm == {pk: amount for pk, (_n, amount) in expected.by("firm").items()}
    by_street = {pk: sums.accrued for (pk,), sums in posted(world, "street").items()}
    assert by_street == {pk: amount for pk, (_n, amount) in expected.by("street").items()}
    assert sum(row.amount for row in entitlements) == expected.total
    assert forecast(world).total == expected.total  # and it is still the same afterwards


def test_a_statement_ends_where_the_accounts_stand(world):
    chain.whole(world)
    officer = world.people.officer
    for provider in (world.provider, world.other_provider):
        found = statements.Statement(officer, provider, YEAR)
        assert found.sums.accrued > 0
        assert found.sums.paid == found.sums.due
        assert found.closing == 0
    (line, other) = statements.firms(officer, YEAR)
    assert (line.sums + other.sums).entitled == forecast(world).total


def test_a_statement_carries_its_balance_from_one_period_to_the_next(world):
    chain.whole(world)
    officer = world.people.officer
    first = statements.Statement(
        officer, world.provider, Period(dt.date(2026, 1, 1), dt.date(2026, 8, 31))
    )
    second = statements.Statement(
        officer, world.provider, Period(dt.date(2026, 9, 1), dt.date(2026, 12, 31))
    )
    assert first.closing > 0
    assert second.opening == first.closing
    assert second.closing == 0
    both = statements.Statement(officer, world.provider, YEAR)
    assert first.sums + second.sums == both.sums


def test_a_failed_payment_stays_owed(world):
    chain.serve(world)
    world_provider = world.provider
    entitlements = chain.approve(world, [])
    chain.accrue(world, chain.MONTHS[:1])
    chain.make_account(world, world_provider)
    chain.pay(world, failed={world_provider.pk})
    (row,) = entitlements
    found = statements.Statement(world.people.officer, world_provider, YEAR)
    assert found.closing == found.sums.due > 0
    money = CompoundMoney(world.people.officer, row.compound)
    assert money.entitlements[0].owed == found.closing


def test_the_money_of_a_compound_says_when_each_month_was_paid(world, django_assert_num_queries):
    chain.whole(world)
    money = CompoundMoney(world.people.leader, world.compound)
    with django_assert_num_queries(5):
        (one,) = money.entitlements
    assert [month.accrual.month for month in one.months] == chain.MONTHS
    for month in one.months:
        assert month.is_paid
        assert month.payments[0].on == chain.PAID
        assert month.payments[0].voucher.startswith("V")
        assert month.why
    assert one.paid == one.due == one.entitlement.amount
    assert (one.committed, one.owed, one.to_recover) == (0, 0, 0)


def test_the_money_of_an_area_is_the_sum_of_its_streets(world):
    chain.whole(world, months=chain.MONTHS[:4])
    officer = world.people.officer
    district = figures.money_of(officer, world.district.area, 2026)
    by_street = figures.money_by(officer, "street", 2026)
    assert figures.total(by_street.values(), 2026) == district
    assert len(by_street) == 2
    one = world.district.street
    assert figures.money_of(officer, one, 2026) == by_street[one.pk]
    assert district.paid > 0
    assert district.committed > 0
    assert not figures.money_of(officer, world.district.area, 2025)


def test_a_street_sees_its_own_money_alone(world):
    chain.whole(world)
    of_leader = figures.money_of(world.people.leader, None, 2026)
    of_officer = figures.money_of(world.people.officer, world.district.street, 2026)
    assert of_leader == of_officer
    assert of_leader.paid < figures.money_of(world.people.officer, None, 2026).paid
