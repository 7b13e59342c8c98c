"""check_ledger holds for a sound ledger and notices every tampering, each by its own proof.

Whoever tampers has lifted the triggers and checks of the database first.
"""

import datetime as dt
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from subsidies.ledger import services
from subsidies.ledger.models import Account, Posting, Transaction
from subsidies.ledger.proofs import PROOFS
from subsidies.ledger.services import Line, Place, post
from tests.factories import make_provider
from tests.subsidies.factories import commit

DAY = dt.date(2026, 5, 6)
CHECKED = ("transaction", "posting", "account", "movement", "closing")


def act(world, kind, source, target, amount, on=DAY):
    places = [
        Place(world.indicator.pk, stage, "" if stage == "AVAILABLE" else "E1")
        for stage in (source, target)
    ]
    key = f"{kind}:{on}:{amount}"
    line = Line(*places, Decimal(amount), key, dt.date(2026, 4, 1))
    return post(
        by=world.people.finance,
        district_id=world.district.area.pk,
        kind=kind,
        on=on,
        key=key,
        lines=[line],
    )


@pytest.fixture
def sound(world):
    """A ledger in which everything has happened once: closed, paid, reversed, recovered."""
    commit(world.people, world, "E1", "16500.00")
    wrong = commit(world.people, world, "E2", "900.00")
    services.reverse(
        by=world.people.approver, postings=wrong.postings.all(), on=DAY, key="r", reason="有误"
    )
    act(world, "ACCRUAL", "COMMITTED", "PAYABLE", "2750.00")
    act(world, "DEDUCTION", "PAYABLE", "AVAILABLE", "50.00")
    act(world, "DISBURSEMENT", "PAYABLE", "IN_PAYMENT", "2700.00")
    act(world, "FAILURE", "IN_PAYMENT", "PAYABLE", "700.00")
    act(world, "PAYMENT", "IN_PAYMENT", "PAID", "2000.00")
    act(world, "CLAWBACK", "PAID", "TO_RECOVER", "500.00")
    act(world, "RECOVERY", "TO_RECOVER", "AVAILABLE", "200.00")
    act(world, "RECOVERY", "TO_RECOVER", "RETURNED", "300.00")
    act(world, "RELEASE", "COMMITTED", "AVAILABLE", "13750.00")
    world.closing = services.close(
        by=world.people.finance, district=world.district.area, until=dt.date(2026, 5, 31)
    )
    return world


def run(statement, values=()):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def lifted(sound):
    """The same, with nothing left that keeps it."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            names = [row[0] for row in cursor.fetchall() if row[0].startswith("ledger_")]
        for name in names:
            run(f'DROP TRIGGER "{name}"')
        run("PRAGMA ignore_check_constraints = ON")
        yield sound
        run("PRAGMA ignore_check_constraints = OFF")
        return
    run("SET CONSTRAINTS ALL IMMEDIATE")
    for table in CHECKED:
        run(f"ALTER TABLE ledger_{table} DISABLE TRIGGER USER")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass, conname FROM pg_constraint"
            " WHERE contype = 'c' AND conrelid::regclass::text LIKE 'ledger_%'"
        )
        found = cursor.fetchall()
    for table, name in found:
        run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    yield sound


def breaches(name):
    return list(PROOFS[name]())


def first(model, **where):
    return model.objects.filter(**where).order_by("pk").first()


def test_a_sound_ledger_holds_and_is_noted(sound):
    out = StringIO()
    call_command("check_ledger", stdout=out)
    text = out.getvalue()
    assert "BREACH" not in text
    assert text.count("holds") == len(PROOFS)
    assert sound.closing.digest in text


def test_an_empty_ledger_holds(db):
    call_command("check_ledger", stdout=StringIO())


def change_posting(values, **where):
    pk = first(Posting, **where).pk
    run(f"UPDATE ledger_posting SET {values} WHERE id = %s", [pk])  # noqa: S608


def change_voucher(values, **where):
    pk = first(Transaction, **where).pk
    run(f"UPDATE ledger_transaction SET {values} WHERE id = %s", [pk])  # noqa: S608


def change_account(values, **where):
    pk = first(Account, **where).pk
    run(f"UPDATE ledger_account SET {values} WHERE id = %s", [pk])  # noqa: S608


def _insert(world, source, target, fen, kind="PAYMENT"):
    run(
        'INSERT INTO ledger_transaction (district_id, number, kind, "on", "key", document, reason,'
        " by_id, at, previous, digest)"
        " SELECT district_id, number + 1, %s, '2026-06-02', 'raw', '', '', by_id, at, digest,"
        " digest FROM ledger_transaction ORDER BY number DESC LIMIT 1",
        [kind],
    )
    ids = [first(Account, stage=stage, holder=h).pk for stage, h in (source, target)]
    run(
        'INSERT INTO ledger_posting (transaction_id, source_id, target_id, amount, "key")'
        " SELECT MAX(id), %s, %s, %s, 'raw' FROM ledger_transaction",
        [*ids, fen],
    )


def _other_provider(world):
    provider = make_provider(world.district.area)
    change_account(f"provider_id = {provider.pk}", stage="PAID", holder="E1")


def _other_place(world):
    area = world.district.other_community
    change_account(f"community_id = {area.pk}", stage="PAID")


TAMPERINGS = {
    "a balance was raised": ("balances", lambda w: change_account("balance = 1", stage="PAID")),
    "an amount was changed": (
        "balances",
        lambda w: change_posting("amount = amount + 1", transaction__kind="PAYMENT"),
    ),
    "an account is overdrawn": (
        "overdrafts",
        lambda w: change_account("balance = -1", stage="PAID"),
    ),
    "an account was overdrawn in between": (
        "overdrafts",
        lambda w: change_posting("amount = 400000", transaction__kind="DISBURSEMENT"),
    ),
    "an indicator does not add up": (
        "indicators",
        lambda w: change_account("balance = balance + 1", stage="AVAILABLE"),
    ),
    "a voucher is missing": (
        "numbers",
        lambda w: change_voucher("number = 900", kind="ACCRUAL"),
    ),
    "the book counts on": ("numbers", lambda w: run("UPDATE ledger_book SET last_number = 77")),
    "the book is gone": ("numbers", lambda w: run("DELETE FROM ledger_book")),
    "a voucher posts nothing": (
        "numbers",
        lambda w: run(
            "DELETE FROM ledger_posting WHERE id = %s",
            [first(Posting, transaction__kind="RELEASE").pk],
        ),
    ),
    "a document was changed": (
        "chain",
        lambda w: change_voucher("document = '改'", kind="COMMITMENT"),
    ),
    "a day was changed": (
        "chain",
        lambda w: change_voucher("\"on\" = '2026-05-07'", kind="COMMITMENT"),
    ),
    "a line was changed": (
        "chain",
        lambda w: change_posting("amount = amount + 1", transaction__kind="PAYMENT"),
    ),
    "an account was given another stage": (
        "chain",
        lambda w: change_account("stage = 'LAPSED'", stage="PAID"),
    ),
    "a link was changed": (
        "chain",
        lambda w: change_voucher("previous = digest", kind="ACCRUAL"),
    ),
    "the close ended with another": (
        "chain",
        lambda w: run("UPDATE ledger_closing SET digest = %s", ["0" * 64]),
    ),
    "a reversal takes back another amount": (
        "reversals",
        lambda w: change_posting("amount = amount + 1", reverses__isnull=False),
    ),
    "a reversal points nowhere": (
        "reversals",
        lambda w: change_posting("reverses_id = NULL", reverses__isnull=False),
    ),
    "money took a way of no kind": (
        "ways",
        lambda w: _insert(w, ("AVAILABLE", ""), ("PAID", "E1"), 100),
    ),
    "money went to another entitlement": (
        "ways",
        lambda w: _insert(w, ("COMMITTED", "E1"), ("COMMITTED", "E2"), 100, "COMMITMENT"),
    ),
    "a key was taken off": ("keys", lambda w: change_posting("\"key\" = ''")),
    "a movement says another amount": (
        "keys",
        lambda w: run("UPDATE ledger_movement SET amount = amount + 1"),
    ),
    "a movement is gone": ("keys", lambda w: run("DELETE FROM ledger_movement")),
    "a posting came after the close": (
        "closings",
        lambda w: run("UPDATE ledger_closing SET last_number = last_number - 1"),
    ),
    "a posting came before the reopening": (
        "closings",
        lambda w: run(
            "UPDATE ledger_closing SET last_number = 3, reopened_at = '2999-01-01 00:00:00+00:00',"
            " reopened_by_id = %s",
            [w.people.approver.pk],
        ),
    ),
    "whoever closed reopened": (
        "closings",
        lambda w: run(
            "UPDATE ledger_closing SET reopened_at = closed_at, reopened_by_id = closed_by_id"
        ),
    ),
    "an account lies elsewhere": ("places", _other_place),
    "an account names another firm": ("places", _other_provider),
    "an entitlement was paid beyond what was owed": (
        "ceilings",
        lambda w: change_posting("amount = 2000000", transaction__kind="PAYMENT"),
    ),
    "an entitlement was owed beyond what was committed": (
        "ceilings",
        lambda w: change_posting("amount = 2000000", transaction__kind="ACCRUAL"),
    ),
    "a month is paid by another year's budget": (
        "years",
        lambda w: run("UPDATE ledger_budgetline SET year = year + 1"),
    ),
    "a flow says more than its postings": (
        "flows",
        lambda w: run("UPDATE ledger_flow SET amount = amount + 1 WHERE source = 'COMMITTED'"),
    ),
    "a flow is gone": ("flows", lambda w: run("DELETE FROM ledger_flow WHERE target = 'PAID'")),
    "an account is nobody's": (
        "stages",
        lambda w: change_account("holder = ''", stage="PAID"),
    ),
}


@pytest.mark.parametrize(("name", "tamper"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_tampering_is_noticed(lifted, name, tamper):
    assert breaches(name) == []
    tamper(lifted)
    assert breaches(name)
    with pytest.raises(CommandError, match=r"\w+: \w+"):
        call_command("check_ledger", stdout=StringIO())


def test_every_proof_was_put_to_the_test():
    assert {name for name, _tamper in TAMPERINGS.values()} == set(PROOFS)


def test_one_proof_alone_can_be_made(sound):
    out = StringIO()
    call_command("check_ledger", "--only", "balances", stdout=out)
    assert "chain" not in out.getvalue()
