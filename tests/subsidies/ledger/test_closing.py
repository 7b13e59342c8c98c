"""Months and years are closed by finance, and reopened by another person with a document."""

import datetime as dt
from decimal import Decimal

import pytest

from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from subsidies.ledger import questions, services
from subsidies.ledger.models import Book, Transaction
from subsidies.ledger.services import BooksClosed, Line, NotClosed, Place, post
from tests.subsidies.factories import commit, make_indicator, make_line

JANUARY = dt.date(2026, 1, 31)
YEAR_END = dt.date(2026, 12, 31)


@pytest.fixture(autouse=True)
def _later(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2027, 1, 12))


def close(world, until=JANUARY, by=None, **changes):
    return services.close(
        by=by or world.people.finance, district=world.district.area, until=until, **changes
    )


def reopen(world, closing, by=None, **changes):
    facts = {"version": closing.version, "document": "小财〔2026〕9号", "reason": "漏记一笔"}
    return services.reopen(by=by or world.people.approver, closing=closing, **{**facts, **changes})


def moved(world, kind, amount, on=YEAR_END, **changes):
    row = services.prepare_movement(
        by=world.people.finance,
        indicator=world.indicator,
        kind=kind,
        amount=Decimal(amount),
        on=on,
        document="小财预〔2026〕99号",
        **changes,
    )
    return services.confirm_movement(by=world.people.cashier, movement=row, version=1)


def test_a_closed_month_takes_no_posting_and_says_where_the_book_stood(world):
    closing = close(world)
    book = Book.objects.get()
    assert (closing.last_number, closing.digest) == (book.last_number, book.digest)
    assert questions.closed_until(world.district.area.pk) == JANUARY
    assert questions.is_closed(world.district.area.pk, JANUARY)
    assert not questions.is_closed(world.district.area.pk, dt.date(2026, 2, 1))
    with pytest.raises(BooksClosed):
        commit(world.people, world, "E1", "1.00", on=JANUARY)
    assert commit(world.people, world, "E1", "1.00", on=dt.date(2026, 2, 1))


def test_only_finance_closes(world):
    for name in ("officer", "approver", "auditor", "clerk"):
        with pytest.raises(NotAllowed):
            close(world, by=getattr(world.people, name))


@pytest.mark.parametrize(
    "until", [dt.date(2026, 1, 30), dt.date(2027, 1, 31)], ids=["mid-month", "not over"]
)
def test_a_month_is_closed_on_its_last_day_once_it_is_over(world, until):
    with pytest.raises(NotClosed):
        close(world, until)


def test_a_closed_month_is_not_closed_again(world):
    close(world, dt.date(2026, 2, 28))
    with pytest.raises(NotClosed):
        close(world)


def test_a_movement_that_waits_keeps_the_month_open(world):
    services.prepare_movement(
        by=world.people.finance,
        indicator=world.indicator,
        kind="FREEZE",
        amount=Decimal(1),
        on=dt.date(2026, 1, 20),
        document="小财预〔2026〕7号",
    )
    with pytest.raises(NotClosed) as refusal:
        close(world)
    assert world.indicator.number in str(refusal.value)


def test_another_person_reopens_by_a_document(world):
    closing = close(world)
    with pytest.raises(NotAllowed):
        reopen(world, closing, by=world.people.finance)
    for name in ("document", "reason"):
        with pytest.raises(DomainError):
            reopen(world, closing, **{name: " "})
    reopen(world, closing)
    assert questions.closed_until(world.district.area.pk) is None
    assert commit(world.people, world, "E1", "1.00", on=JANUARY)
    with pytest.raises(StaleRecord):
        reopen(world, closing)
    assert close(world).last_number == 2


def test_later_months_are_reopened_first(world):
    first = close(world)
    second = close(world, dt.date(2026, 2, 28))
    with pytest.raises(DomainError):
        reopen(world, first)
    reopen(world, second)
    reopen(world, first)


def test_a_year_is_closed_when_every_rest_has_lapsed_or_gone_over(world):
    with pytest.raises(NotClosed) as refusal:
        close(world, YEAR_END)
    assert "1,000,000.00" in str(refusal.value)
    assert world.indicator.number in str(refusal.value)
    later = make_indicator(make_line(world.district.area, year=2027))
    moved(world, "CARRY_OVER", "600000.00", to_indicator=later)
    moved(world, "LAPSE", "400000.00")
    closing = close(world, YEAR_END)
    assert closing.is_year
    # The next year goes on.
    world.indicator = later
    moved(world, "FREEZE", "1.00", on=dt.date(2027, 1, 5))


def test_a_year_is_not_closed_with_money_on_its_way_to_a_bank(world):
    commit(world.people, world, "E1", "1000000.00")
    places = [Place(world.indicator.pk, s, "E1") for s in ("COMMITTED", "PAYABLE", "IN_PAYMENT")]
    post(
        by=world.people.finance,
        district_id=world.district.area.pk,
        kind=Transaction.Kind.ACCRUAL,
        on=dt.date(2026, 5, 6),
        key="run1",
        lines=[
            Line(places[0], places[1], Decimal("1000000.00"), "a"),
            Line(places[1], places[2], Decimal("1.00"), "b"),
        ],
    )
    with pytest.raises(NotClosed, match=r"1\.00"):
        close(world, YEAR_END, document="小财〔2026〕99号")


def test_what_firms_were_promised_goes_over_by_a_document_only(world):
    commit(world.people, world, "E1", "1000000.00")
    with pytest.raises(NotClosed, match=r"1,000,000\.00"):
        close(world, YEAR_END)
    assert close(world, YEAR_END, document="小财〔2026〕99号").document


def test_the_last_of_december_always_closes_the_year(world):
    with pytest.raises(NotClosed, match=r"1,000,000\.00"):
        close(world, YEAR_END)
    assert not close(world, dt.date(2026, 11, 30)).is_year
