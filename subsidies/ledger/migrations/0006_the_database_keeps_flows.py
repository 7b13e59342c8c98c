"""Flows of a month follow from postings by trigger, as balances do; those posted before are added.

Source of each figure remain the postings: `check_ledger` adds them up anew.
"""

from django.db import migrations

FRESH = """INSERT INTO ledger_flow (indicator_id, month, source, target, amount, count)
    SELECT s.indicator_id, {month}, s.stage, g.stage, {sums}
    FROM {rows} n JOIN ledger_account s ON s.id = n.source_id
        JOIN ledger_account g ON g.id = n.target_id
        JOIN ledger_transaction t ON t.id = n.transaction_id"""
GROUPED = " GROUP BY 1, 2, 3, 4"
SUMS = "SUM(n.amount), COUNT(*)"
ADDED = """ ON CONFLICT (indicator_id, month, source, target) DO UPDATE
    SET amount = ledger_flow.amount + excluded.amount, count = ledger_flow.count + excluded.count"""
MONTH = {
    "sqlite": """date(t."on", 'start of month')""",
    "postgresql": """date_trunc('month', t."on")::date""",
}
SQLITE = f"""CREATE TRIGGER ledger_flow AFTER INSERT ON ledger_posting BEGIN
    INSERT INTO ledger_flow (indicator_id, month, source, target, amount, count)
    SELECT s.indicator_id, {MONTH["sqlite"]}, s.stage, g.stage, NEW.amount, 1
    FROM ledger_account s, ledger_account g, ledger_transaction t
    WHERE s.id = NEW.source_id AND g.id = NEW.target_id AND t.id = NEW.transaction_id{ADDED};
END"""
POSTGRESQL = [
    "CREATE FUNCTION ledger_flow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    + FRESH.format(month=MONTH["postgresql"], sums=SUMS, rows="fresh")
    + GROUPED
    + ADDED
    + "; RETURN NULL; END $$",
    """CREATE TRIGGER ledger_flow AFTER INSERT ON ledger_posting
        REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_flow()""",
]


def add(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    schema_editor.execute(
        FRESH.format(month=MONTH[vendor], sums=SUMS, rows="ledger_posting") + GROUPED
    )
    for statement in [SQLITE] if vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER ledger_flow")
    else:
        schema_editor.execute("DROP TRIGGER ledger_flow ON ledger_posting")
        schema_editor.execute("DROP FUNCTION ledger_flow()")
    schema_editor.execute("DELETE FROM ledger_flow")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_flows_by_month")]
    operations = [migrations.RunPython(add, drop)]
