"""The log refuses changes from below the application too, on both databases."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import TransactionTestCase

from governance.audit import services
from governance.audit.models import AppendOnlyError, AuditEntry
from tests.flushing import as_shipped


def _record(verb="note"):
    with transaction.atomic():
        services.record(verb, by=None)


def _run(sql):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_auditentry SET verb = 'other'",
        "UPDATE audit_auditentry SET id = id + 1000",
        "DELETE FROM audit_auditentry",
    ],
)
def test_the_database_refuses_to_change_or_delete_entries(db, sql):
    _record()
    with pytest.raises(DatabaseError, match="append-only"):
        _run(sql)
    assert AuditEntry.objects.get().verb == "note"


def test_the_application_refuses_too(db):
    _record()
    entry = AuditEntry.objects.get()
    for act in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(verb="other"),
    ):
        with pytest.raises(AppendOnlyError):
            act()


def test_an_entry_outside_a_transaction_is_a_mistake(transactional_db):
    with pytest.raises(RuntimeError, match="transaction"):
        services.record("note", by=None)


def test_an_entry_dies_with_the_change_it_records(transactional_db):
    with transaction.atomic():
        services.record("note", by=None)
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()


class FlushTests(TransactionTestCase):
    """`manage.py flush` cannot empty the log of a live database."""

    def test_flush_is_refused(self):
        _record()
        with as_shipped(), pytest.raises((CommandError, DatabaseError)):
            call_command("flush", interactive=False, verbosity=0)
        assert AuditEntry.objects.count() == 1


def test_real_transactions_leave_an_empty_log_behind(transactional_db):
    assert not AuditEntry.objects.exists()
    _record()


def test_and_the_triggers_are_back_in_their_place(transactional_db):
    assert not AuditEntry.objects.exists()
    _record()
    with pytest.raises(DatabaseError, match="append-only"):
        _run("DELETE FROM audit_auditentry")
