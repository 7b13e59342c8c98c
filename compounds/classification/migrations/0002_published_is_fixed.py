"""A published policy, its rules and its decisions' evidence stay as they are, in the database too."""

from django.db import migrations

POLICY, RULE, CONDITION = (
    "classification_policy",
    "classification_rule",
    "classification_condition",
)
# Everything a published policy says; its state may still become RETIRED.
FIXED = (
    "district_id",
    "title",
    "document_number",
    "edition",
    "effective_from",
    "effective_until",
    "subsidy_rate",
    "subsidy_months",
    "area_basis",
    "copied_from_id",
    "prepared_by_id",
    "published_by_id",
    "published_at",
)
DECISION = "classification_decision"
EVIDENCE = (
    "compound_id",
    "run_id",
    "policy_id",
    "rule_id",
    "override_id",
    "outcome",
    "strategy",
    "subsidy",
    "decided_at",
    "digest",
)
WORDS = "a published policy cannot be changed"
DECIDED = "a decision cannot be changed"


def _differs(columns, sign):
    return " OR ".join(f"NEW.{column} {sign} OLD.{column}" for column in columns)


def _published(rule_id):
    return (
        f"EXISTS (SELECT 1 FROM {RULE} r JOIN {POLICY} p ON p.id = r.policy_id "
        f"WHERE r.id = {rule_id} AND p.state <> 'DRAFT')"
    )


def _policy_published(policy_id):
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
        rules = " OR ".join(_policy_published(f"{row}.policy_id") for row in rows)
        conditions = " OR ".join(_published(f"{row}.rule_id") for row in rows)
        yield f"rule_{verb.lower()}", f"BEFORE {verb} ON {RULE} WHEN {rules} {stop}"
        yield f"condition_{verb.lower()}", f"BEFORE {verb} ON {CONDITION} WHEN {conditions} {stop}"
    yield "decision_fixed", (
        f"BEFORE UPDATE ON {DECISION} WHEN {_differs(EVIDENCE, 'IS NOT')} "
        f"OR NEW.record IS NOT OLD.record "
        f"BEGIN SELECT RAISE(ABORT, '{DECIDED}'); END"
    )


POSTGRESQL = [
    f"""CREATE FUNCTION classification_policy_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
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
    f"""CREATE FUNCTION classification_rule_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'INSERT' AND {_policy_published("OLD.policy_id")}
        THEN RAISE EXCEPTION '{WORDS}'; END IF;
      IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
      IF {_policy_published("NEW.policy_id")} THEN RAISE EXCEPTION '{WORDS}'; END IF;
      RETURN NEW;
    END $$""",
    f"""CREATE FUNCTION classification_condition_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'INSERT' AND {_published("OLD.rule_id")}
        THEN RAISE EXCEPTION '{WORDS}'; END IF;
      IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
      IF {_published("NEW.rule_id")} THEN RAISE EXCEPTION '{WORDS}'; END IF;
      RETURN NEW;
    END $$""",
    f"""CREATE FUNCTION classification_decision_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF {_differs(EVIDENCE, "IS DISTINCT FROM")} OR NEW.record IS DISTINCT FROM OLD.record
        THEN RAISE EXCEPTION '{DECIDED}'; END IF;
      RETURN NEW;
    END $$""",
    f"""CREATE TRIGGER classification_policy_fixed BEFORE UPDATE OR DELETE ON {POLICY}
        FOR EACH ROW EXECUTE FUNCTION classification_policy_fixed()""",
    f"""CREATE TRIGGER classification_rule_fixed BEFORE INSERT OR UPDATE OR DELETE ON {RULE}
        FOR EACH ROW EXECUTE FUNCTION classification_rule_fixed()""",
    f"""CREATE TRIGGER classification_condition_fixed BEFORE INSERT OR UPDATE OR DELETE
        ON {CONDITION} FOR EACH ROW EXECUTE FUNCTION classification_condition_fixed()""",
    f"""CREATE TRIGGER classification_decision_fixed BEFORE UPDATE ON {DECISION}
        FOR EACH ROW EXECUTE FUNCTION classification_decision_fixed()""",
]
TABLES = {"policy": POLICY, "rule": RULE, "condition": CONDITION, "decision": DECISION}


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name, body in _sqlite():
            schema_editor.execute(f"CREATE TRIGGER classification_{name} {body}")
    else:
        for statement in POSTGRESQL:
            # Literal text, nothing to interpolate.
            schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name, _body in _sqlite():
            schema_editor.execute(f"DROP TRIGGER classification_{name}")
    else:
        for name, table in TABLES.items():
            schema_editor.execute(f"DROP TRIGGER classification_{name}_fixed ON {table}")
            schema_editor.execute(f"DROP FUNCTION classification_{name}_fixed()")


class Migration(migrations.Migration):
    dependencies = [("classification", "0001_policies_and_decisions")]
    operations = [migrations.RunPython(add, drop)]
