"""The database keeps the balances, and lets nobody change what was posted.

Balances follow postings by trigger, so that no route can post past them; below zero the check of
the account refuses. What was posted is reversed only: exactly the other way, once. Nothing is
posted on a day that is closed. On PostgreSQL balances follow each statement as a whole.
"""

from django.db import migrations

KEPT = "what is posted is reversed, never changed or deleted"
CLOSED = "the books are closed on this day"
UNLIKE = "a reversal is exactly the other way of what it reverses"
PLACES = "postings move money within a district"
TABLES = ("ledger_transaction", "ledger_posting")
IS_CLOSED = """EXISTS (SELECT 1 FROM ledger_closing c
    WHERE c.district_id = NEW.district_id AND c.reopened_at IS NULL AND c.until >= NEW."on")"""
IS_UNLIKE = """NEW.reverses_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ledger_posting p
    WHERE p.id = NEW.reverses_id AND p.reverses_id IS NULL AND p.source_id = NEW.target_id
    AND p.target_id = NEW.source_id AND p.amount = NEW.amount)"""
IS_ELSEWHERE = """(SELECT COUNT(DISTINCT d) FROM (
    SELECT a.district_id AS d FROM ledger_account a WHERE a.id IN (NEW.source_id, NEW.target_id)
    UNION ALL SELECT t.district_id FROM ledger_transaction t WHERE t.id = NEW.transaction_id
    ) places) <> 1"""

SQLITE = [
    *(
        f"""CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"""
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ),
    f"""CREATE TRIGGER ledger_closed BEFORE INSERT ON ledger_transaction WHEN {IS_CLOSED}
        BEGIN SELECT RAISE(ABORT, '{CLOSED}'); END""",
    f"""CREATE TRIGGER ledger_reversal BEFORE INSERT ON ledger_posting WHEN {IS_UNLIKE}
        BEGIN SELECT RAISE(ABORT, '{UNLIKE}'); END""",
    f"""CREATE TRIGGER ledger_places BEFORE INSERT ON ledger_posting WHEN {IS_ELSEWHERE}
        BEGIN SELECT RAISE(ABORT, '{PLACES}'); END""",
    """CREATE TRIGGER ledger_balance AFTER INSERT ON ledger_posting BEGIN
        UPDATE ledger_account SET balance = balance - NEW.amount WHERE id = NEW.source_id;
        UPDATE ledger_account SET balance = balance + NEW.amount WHERE id = NEW.target_id;
    END""",
]
SQLITE_NAMES = [
    *(f"{table}_no_{verb}" for table in TABLES for verb in ("update", "delete")),
    "ledger_closed",
    "ledger_reversal",
    "ledger_places",
    "ledger_balance",
]
_FUNCTION = """CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    {body}
END $$"""
_REFUSE = """IF {when} THEN
        RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;"""
POSTGRESQL = [
    _FUNCTION.format(
        name="ledger_append_only",
        body=f"RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'integrity_constraint_violation';",
    ),
    *(
        f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"""
        for table in TABLES
    ),
    _FUNCTION.format(
        name="ledger_closed",
        body=_REFUSE.format(when=IS_CLOSED, words=CLOSED) + " RETURN NEW;",
    ),
    """CREATE TRIGGER ledger_closed BEFORE INSERT ON ledger_transaction
        FOR EACH ROW EXECUTE FUNCTION ledger_closed()""",
    # One statement's postings are judged and added up together: 20,000 cost two passes.
    _FUNCTION.format(
        name="ledger_balance",
        body=_REFUSE.format(
            when="""EXISTS (SELECT 1 FROM fresh n WHERE n.reverses_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM ledger_posting p WHERE p.id = n.reverses_id AND p.reverses_id IS NULL
            AND p.source_id = n.target_id AND p.target_id = n.source_id
            AND p.amount = n.amount))""",
            words=UNLIKE,
        )
        + _REFUSE.format(
            when="""EXISTS (SELECT 1 FROM fresh n
            JOIN ledger_account s ON s.id = n.source_id JOIN ledger_account g ON g.id = n.target_id
            JOIN ledger_transaction t ON t.id = n.transaction_id
            WHERE s.district_id <> g.district_id OR s.district_id <> t.district_id)""",
            words=PLACES,
        )
        + """UPDATE ledger_account a SET balance = a.balance + d.delta FROM (
            SELECT id, SUM(amount) AS delta FROM (
                SELECT source_id AS id, -amount AS amount FROM fresh
                UNION ALL SELECT target_id, amount FROM fresh) moves GROUP BY id
        ) d WHERE a.id = d.id AND d.delta <> 0;
        RETURN NULL;""",
    ),
    """CREATE TRIGGER ledger_balance AFTER INSERT ON ledger_posting
        REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_balance()""",
]
POSTGRESQL_DROP = [
    "DROP TRIGGER ledger_balance ON ledger_posting",
    "DROP FUNCTION ledger_balance()",
    "DROP TRIGGER ledger_closed ON ledger_transaction",
    "DROP FUNCTION ledger_closed()",
    *(f"DROP TRIGGER {table}_append_only ON {table}" for table in TABLES),
    "DROP FUNCTION ledger_append_only()",
]


def add(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRESQL:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name in SQLITE_NAMES:
            schema_editor.execute(f"DROP TRIGGER {name}")
    else:
        for statement in POSTGRESQL_DROP:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_budgets_and_ledger")]
    operations = [migrations.RunPython(add, drop)]
