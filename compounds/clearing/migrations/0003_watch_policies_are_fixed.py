"""A published watch policy, its signals and what a score found stay as they are."""

from django.db import migrations

POLICY, SIGNAL, SCORE = "clearing_watchpolicy", "clearing_watchsignal", "clearing_watchscore"
# Everything a published policy says; its state may still become RETIRED.
FIXED = (
    "district_id",
    "title",
    "document",
    "valid_from",
    "months",
    "yellow_from",
    "red_from",
    "visit_working_days",
    "order_days",
    "prepared_by_id",
    "published_by_id",
    "published_at",
)
EVIDENCE = ("case_id", "run_id", "policy_id", "score", "band", "digest", "as_of")
WORDS = "a published watch policy cannot be changed"
FOUND = "a watch score cannot be changed"


def _differs(columns, sign):
    return " OR ".join(f"NEW.{column} {sign} OLD.{column}" for column in columns)


def _published(policy_id):
    return f"EXISTS (SELECT 1 FROM {POLICY} p WHERE p.id = {policy_id} AND p.state <> 'DRAFT')"


def _sqlite():
    stop = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
    yield "policy_fixed", (
        f"BEFORE UPDATE ON {POLICY} WHEN OLD.state <> 'DRAFT' AND (NEW.state = 'DRAFT' "
        f"OR (OLD.state = 'RETIRED' AND NEW.state <> 'RETIRED') OR {_differs(FIXED, 'IS NOT')}) "
        f"{stop}"
    )
    yield "policy_kept", f"BEFORE DELETE ON {POLICY} WHEN OLD.state <> 'DRAFT' {stop}"
    for verb, rows in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",))):
        fixed = " OR ".join(_published(f"{row}.policy_id") for row in rows)
        yield f"signal_{verb.lower()}", f"BEFORE {verb} ON {SIGNAL} WHEN {fixed} {stop}"
    yield "score_fixed", (
        f"BEFORE UPDATE ON {SCORE} WHEN {_differs(EVIDENCE, 'IS NOT')} "
        f"OR NEW.record IS NOT OLD.record BEGIN SELECT RAISE(ABORT, '{FOUND}'); END"
    )


POSTGRESQL = [
    f"""CREATE FUNCTION watch_policy_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'DRAFT' THEN RAISE EXCEPTION '{WORDS}'; END IF;
        RETURN OLD;
      END IF;
      IF OLD.state <> 'DRAFT' AND (NEW.state = 'DRAFT'
         OR (OLD.state = 'RETIRED' AND NEW.state <> 'RETIRED')
         OR {_differs(FIXED, "IS DISTINCT FROM")}) THEN RAISE EXCEPTION '{WORDS}'; END IF;
      RETURN NEW;
    END $$""",
    f"""CREATE FUNCTION watch_signal_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'INSERT' AND {_published("OLD.policy_id")}
        THEN RAISE EXCEPTION '{WORDS}'; END IF;
      IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
      IF {_published("NEW.policy_id")} THEN RAISE EXCEPTION '{WORDS}'; END IF;
      RETURN NEW;
    END $$""",
    f"""CREATE FUNCTION watch_score_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF {_differs(EVIDENCE, "IS DISTINCT FROM")} OR NEW.record IS DISTINCT FROM OLD.record
        THEN RAISE EXCEPTION '{FOUND}'; END IF;
      RETURN NEW;
    END $$""",
    f"""CREATE TRIGGER watch_policy_fixed BEFORE UPDATE OR DELETE ON {POLICY}
        FOR EACH ROW EXECUTE FUNCTION watch_policy_fixed()""",
    f"""CREATE TRIGGER watch_signal_fixed BEFORE INSERT OR UPDATE OR DELETE ON {SIGNAL}
        FOR EACH ROW EXECUTE FUNCTION watch_signal_fixed()""",
    f"""CREATE TRIGGER watch_score_fixed BEFORE UPDATE ON {SCORE}
        FOR EACH ROW EXECUTE FUNCTION watch_score_fixed()""",
]
TABLES = {"policy": POLICY, "signal": SIGNAL, "score": SCORE}


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name, body in _sqlite():
            schema_editor.execute(f"CREATE TRIGGER watch_{name} {body}")
    else:
        for statement in POSTGRESQL:
            # Literal text, nothing to interpolate.
            schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name, _body in _sqlite():
            schema_editor.execute(f"DROP TRIGGER watch_{name}")
    else:
        for name, table in TABLES.items():
            schema_editor.execute(f"DROP TRIGGER watch_{name}_fixed ON {table}")
            schema_editor.execute(f"DROP FUNCTION watch_{name}_fixed()")


class Migration(migrations.Migration):
    dependencies = [("clearing", "0002_watch_tasks_and_losses")]
    operations = [migrations.RunPython(add, drop)]
