"""Budgets: lines, indicators, movements by two people, standings and statements."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from subsidies.ledger import questions, services
from subsidies.ledger.models import (
    Account,
    BudgetIndicator,
    Closing,
    Movement,
    Posting,
    Transaction,
)
from subsidies.ledger.services import BooksClosed, Overdrawn
from tests.subsidies.factories import commit, make_indicator, make_line

DAY = dt.date(2026, 4, 7)


@pytest.fixture(autouse=True)
def _later(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2027, 1, 12))


def prepare(world, kind, amount, **changes):
    facts = {
        "by": world.people.finance,
        "indicator": world.indicator,
        "kind": kind,
        "amount": Decimal(amount),
        "on": DAY,
        "document": "小财预〔2026〕7号",
        **changes,
    }
    return services.prepare_movement(**facts)


def confirm(world, movement, by=None):
    return services.confirm_movement(
        by=by or world.people.cashier, movement=movement, version=movement.version
    )


def moved(world, kind, amount, **changes):
    return confirm(world, prepare(world, kind, amount, **changes))


def standing(world, indicator=None):
    indicator = indicator or world.indicator
    return questions.left([indicator.pk])[indicator.pk]


def test_a_line_and_an_indicator_are_entered_and_mended(world):
    by, area = world.people.finance, world.district.area
    line = services.add_line(
        by=by, district=area, facts={"year": 2026, "code": "2120501", "name": "城乡社区公共设施"}
    )
    indicator = services.add_indicator(
        by=by,
        line=line,
        facts={
            "number": "并财指〔2026〕88号",
            "name": "老旧小区",
            "payer": "DISTRICT",
            "document": "小财预〔2026〕88号",
            "document_on": dt.date(2026, 2, 1),
        },
    )
    assert standing(world, indicator).granted == 0
    with pytest.raises(ValidationError):
        services.add_line(
            by=by, district=area, facts={"year": 2026, "code": "2120501", "name": "x"}
        )
    with pytest.raises(StaleRecord):
        services.edit_line(by=by, line=line, version=7, facts={"name": "y"})
    assert services.edit_line(by=by, line=line, version=1, facts={"name": "y"}).version == 2
    with pytest.raises(DomainError):
        services.edit_line(by=by, line=line, version=2, facts={"year": 2027})


def test_number_and_payer_of_an_indicator_with_money_stay(world):
    with pytest.raises(DomainError):
        services.edit_indicator(
            by=world.people.finance,
            indicator=world.indicator,
            version=1,
            facts={"number": "另一号"},
        )
    services.edit_indicator(
        by=world.people.finance, indicator=world.indicator, version=1, facts={"note": "样例"}
    )
    assert BudgetIndicator.objects.get(pk=world.indicator.pk).note == "样例"


def test_a_movement_is_posted_by_another_than_who_prepared_it(world):
    row = prepare(world, "INCREASE", "500.00")
    assert standing(world).granted == Decimal("1000000.00")
    with pytest.raises(DomainError):
        confirm(world, row, by=world.people.finance)
    with pytest.raises(NotAllowed):
        confirm(world, row, by=world.people.officer)
    confirm(world, row)
    assert standing(world).available == Decimal("1000500.00")
    voucher = Transaction.objects.get(key=f"movement:{row.pk}")
    assert voucher.document == "小财预〔2026〕7号"
    assert AuditEntry.objects.filter(verb="confirm", object_id=str(row.pk)).count() == 1
    with pytest.raises(StaleRecord):
        confirm(world, row)


def test_a_refused_movement_posts_nothing(world):
    row = prepare(world, "DECREASE", "500.00")
    services.refuse_movement(by=world.people.cashier, movement=row, version=1, reason="文号有误")
    assert Movement.objects.get(pk=row.pk).state == "REFUSED"
    assert Posting.objects.count() == 1


def test_nobody_without_the_right_prepares(world):
    for name in ("officer", "approver", "auditor", "clerk"):
        with pytest.raises(NotAllowed):
            prepare(world, "INCREASE", "1.00", by=getattr(world.people, name))


def test_money_is_frozen_released_and_taken_back(world):
    moved(world, "FREEZE", "300000.00")
    assert standing(world).frozen == Decimal("300000.00")
    with pytest.raises(Overdrawn):
        commit(world.people, world, "E1", "700000.01")
    moved(world, "RELEASE", "100000.00")
    moved(world, "DECREASE", "50000.00")
    now = standing(world)
    assert (now.granted, now.available, now.frozen) == (
        Decimal("950000.00"),
        Decimal("750000.00"),
        Decimal("200000.00"),
    )
    assert now.is_whole


@pytest.mark.parametrize(
    ("kind", "amount"),
    [("DECREASE", "1000000.01"), ("FREEZE", "1000000.01"), ("RELEASE", "0.01")],
)
def test_what_is_not_there_is_not_even_prepared(world, kind, amount):
    with pytest.raises(DomainError, match=world.indicator.number) as refusal:
        prepare(world, kind, amount)
    assert refusal.value.field == "amount"
    assert not Movement.objects.filter(kind=kind).exists()


def test_no_more_is_taken_back_than_is_still_available(world):
    row = prepare(world, "DECREASE", "1000000.00")
    moved(world, "FREEZE", "0.01")
    with pytest.raises(Overdrawn):
        confirm(world, row)
    assert Movement.objects.get(pk=row.pk).state == "PREPARED"


def test_a_transfer_moves_money_within_the_year(world):
    other = make_indicator(world.line)
    moved(world, "TRANSFER", "400000.00", to_indicator=other)
    here, there = standing(world), standing(world, other)
    assert (here.granted, here.available) == (Decimal("600000.00"), Decimal("600000.00"))
    assert (there.granted, there.available) == (Decimal("400000.00"), Decimal("400000.00"))
    later = make_indicator(make_line(world.district.area, year=2027))
    with pytest.raises(DomainError):
        prepare(world, "TRANSFER", "1.00", to_indicator=later)


def test_rests_lapse_or_are_carried_over_to_a_later_year(world):
    later = make_indicator(make_line(world.district.area, year=2027))
    end = dt.date(2026, 12, 31)
    moved(world, "CARRY_OVER", "900000.00", to_indicator=later, on=end)
    moved(world, "LAPSE", "100000.00", on=end)
    here = standing(world)
    assert (here.granted, here.available, here.lapsed) == (
        Decimal("100000.00"),
        Decimal("0.00"),
        Decimal("100000.00"),
    )
    assert standing(world, later).available == Decimal("900000.00")
    sister = make_indicator(world.line)
    with pytest.raises(DomainError):
        prepare(world, "CARRY_OVER", "1.00", to_indicator=sister, on=end)


def test_a_year_that_is_over_gets_no_more_money(world):
    with pytest.raises(DomainError):
        prepare(world, "INCREASE", "1.00", on=dt.date(2027, 1, 4))
    with pytest.raises(DomainError):
        prepare(world, "LAPSE", "1.00", on=dt.date(2025, 12, 31))


def test_nothing_is_prepared_for_a_day_to_come(world):
    with pytest.raises(DomainError):
        prepare(world, "INCREASE", "1.00", on=dt.date(2027, 1, 13))


@pytest.mark.parametrize("amount", ["0.00", "-1.00"])
def test_nothing_is_no_amount(world, amount):
    with pytest.raises(DomainError):
        prepare(world, "INCREASE", amount)


def test_a_movement_is_reversed_by_another_than_who_confirmed_it(world):
    row = moved(world, "FREEZE", "300000.00")
    facts = {"movement": row, "on": DAY, "document": "小财预〔2026〕8号", "reason": "冻结有误"}
    with pytest.raises(DomainError):
        services.reverse_movement(by=world.people.cashier, **facts)
    services.reverse_movement(by=world.people.finance, **facts)
    assert standing(world).frozen == 0


def test_a_statement_ends_in_the_balance(world):
    commit(world.people, world, "E1", "16500.00")
    moved(world, "FREEZE", "1000.00")
    moved(world, "RELEASE", "400.00")
    for account in Account.objects.all():
        rows = list(questions.statement(Account.objects.filter(pk=account.pk)))
        assert rows[-1].left == account.balance
        assert sum(row.moved for row in rows) == account.balance
    rows = list(questions.history_of(indicator_id=world.indicator.pk, stage="AVAILABLE"))
    assert [row.left for row in rows] == [
        Decimal("1000000.00"),
        Decimal("983500.00"),
        Decimal("982500.00"),
        Decimal("982900.00"),
    ]


def test_money_that_stays_within_the_accounts_asked_for_adds_nothing(world):
    commit(world.people, world, "E1", "16500.00")
    rows = questions.history_of(indicator_id=world.indicator.pk)
    assert {row.left for row in rows} == {Decimal("0.00")}


def test_standings_of_holders(world):
    commit(world.people, world, "E1", "16500.00")
    found = questions.of_holders(["E1", "E2"])
    assert found == {"E1": {(world.indicator.pk, "COMMITTED"): Decimal("16500.00")}, "E2": {}}
    assert questions.standing_of_holders(["E1"])["E1"].committed == Decimal("16500.00")


def test_a_movement_of_a_closed_month_is_refused(world):
    row = prepare(world, "FREEZE", "1.00", on=dt.date(2026, 1, 20))
    Closing.objects.create(
        district=world.district.area,
        until=dt.date(2026, 1, 31),
        last_number=1,
        digest="0" * 64,
        closed_by=world.people.finance,
    )
    with pytest.raises(BooksClosed):
        confirm(world, row)


def test_nothing_is_reversed_on_a_day_to_come(world):
    row = moved(world, "FREEZE", "300000.00")
    with pytest.raises(DomainError) as refusal:
        services.reverse_movement(
            by=world.people.finance,
            movement=row,
            on=dt.date(2031, 1, 1),
            document="小财预〔2026〕8号",
            reason="冻结有误",
        )
    assert refusal.value.field == "on"
    assert standing(world).frozen == 300000


def test_money_does_not_change_its_payer(world):
    line = world.indicator.line
    other = make_indicator(line, number="Z-9", payer="CITY")
    with pytest.raises(DomainError) as refusal:
        prepare(world, "TRANSFER", "1.00", to_indicator=other)
    assert refusal.value.field == "to_indicator"


def test_the_document_of_an_indicator_stays_once_money_was_posted(world):
    for name, value in (("document", "另一号"), ("document_on", dt.date(2026, 3, 1))):
        with pytest.raises(DomainError) as refusal:
            services.edit_indicator(
                by=world.people.finance,
                indicator=world.indicator,
                version=world.indicator.version,
                facts={name: value},
            )
        assert refusal.value.field == name
