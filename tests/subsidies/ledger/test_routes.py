"""The database itself keeps the ledger, whichever way somebody comes."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from subsidies.ledger.models import Account, Closing, Posting, Transaction
from subsidies.ledger.services import Line, Place, post
from tests.factories import make_district
from tests.flushing import as_shipped
from tests.subsidies.factories import commit, make_indicator, make_line

TABLES = ("ledger_transaction", "ledger_posting")


def run(statement, values=()):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def insert_posting(source, target, amount, key="raw", reverses=None):
    first = Transaction.objects.first()
    run(
        "INSERT INTO ledger_posting (transaction_id, source_id, target_id, amount, key,"
        " reverses_id) VALUES (%s, %s, %s, %s, %s, %s)",
        [first.pk, source.pk, target.pk, amount, key, reverses],
    )


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET id = id", "UPDATE {} SET id = id + 100 WHERE id > 0", "DELETE FROM {}"],
)
def test_raw_statements_change_nothing_that_is_posted(world, table, statement):
    with pytest.raises(DatabaseError, match="never changed"):
        run(statement.format(table))


@pytest.mark.database("postgresql")
@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_the_ledger_is_not_truncated(world, table):
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="never changed"):
        run(f"TRUNCATE {table} CASCADE")


def test_a_raw_posting_past_the_balance_is_refused(world):
    commit(world.people, world, "E1", "100.00")
    available = Account.objects.get(stage="AVAILABLE")
    committed = Account.objects.get(stage="COMMITTED")
    with pytest.raises(IntegrityError, match="account_not_overdrawn"):
        insert_posting(committed, available, 10001)
    insert_posting(committed, available, 10000)
    committed.refresh_from_db()
    assert committed.balance == 0


def test_a_raw_posting_moves_the_balances(world):
    commit(world.people, world, "E1", "100.00")
    available = Account.objects.get(stage="AVAILABLE")
    committed = Account.objects.get(stage="COMMITTED")
    insert_posting(available, committed, 5)
    committed.refresh_from_db()
    assert committed.balance == Decimal("100.05")


def test_the_source_never_holds_more_than_it_gave(world):
    granted, available = (Account.objects.get(stage=one) for one in ("GRANTED", "AVAILABLE"))
    insert_posting(available, granted, 100000000)
    with pytest.raises(IntegrityError, match="account_not_overdrawn"):
        insert_posting(available, granted, 1, key="raw2")


def test_a_raw_transaction_of_a_closed_day_is_refused(world):
    Closing.objects.create(
        district=world.district.area,
        until=dt.date(2026, 1, 31),
        last_number=1,
        digest="0" * 64,
        closed_by=world.people.finance,
    )
    insert = (
        'INSERT INTO ledger_transaction (district_id, number, kind, "on", key, document, reason,'
        " by_id, at, previous, digest) VALUES (%s, %s, 'MOVEMENT', %s, %s, '', '', %s, %s, '', '')"
    )
    district, person = world.district.area.pk, world.people.finance.pk
    with pytest.raises(DatabaseError, match="books are closed"):
        run(insert, [district, 2, "2026-01-31", "a", person, "2026-02-01 00:00:00+00:00"])
    run(insert, [district, 2, "2026-02-01", "a", person, "2026-02-01 00:00:00+00:00"])


def test_a_raw_reversal_that_does_not_mirror_is_refused(world):
    commit(world.people, world, "E1", "100.00")
    available = Account.objects.get(stage="AVAILABLE")
    committed = Account.objects.get(stage="COMMITTED")
    own = Posting.objects.get(target=committed)
    with pytest.raises(DatabaseError, match="exactly the other way"):
        insert_posting(committed, available, 9999, reverses=own.pk)
    with pytest.raises(DatabaseError, match="exactly the other way"):
        insert_posting(available, committed, 10000, reverses=own.pk)
    insert_posting(committed, available, 10000, reverses=own.pk)
    with pytest.raises(IntegrityError):
        insert_posting(committed, available, 10000, key="raw2", reverses=own.pk)


def test_postings_do_not_leave_the_district(world):
    far = make_district("140106", "迎泽区")
    indicator = make_indicator(make_line(far.area))
    with pytest.raises(ValueError, match="another district"):
        post(
            by=world.people.finance,
            district_id=world.district.area.pk,
            kind="MOVEMENT",
            on=dt.date(2026, 4, 7),
            key="far",
            lines=[
                Line(
                    Place(world.indicator.pk, "AVAILABLE"),
                    Place(indicator.pk, "AVAILABLE"),
                    Decimal(1),
                    "far",
                )
            ],
        )
    away = Account.objects.create(indicator=indicator, stage="AVAILABLE", district=far.area)
    with pytest.raises(DatabaseError, match="within a district"):
        insert_posting(Account.objects.get(indicator=world.indicator, stage="AVAILABLE"), away, 1)


@pytest.mark.django_db(transaction=True)
def test_a_shipped_flush_does_not_empty_the_ledger(world):
    with as_shipped(), pytest.raises((CommandError, DatabaseError)):
        call_command("flush", interactive=False, verbosity=0)
    assert Posting.objects.count() == 1
