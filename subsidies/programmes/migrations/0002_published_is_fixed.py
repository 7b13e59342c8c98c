"""A published programme and all its tables stay as they are, in the database too."""

from django.db import migrations

PROGRAMME = "programmes_programme"
PARTS = {
    name: f"programmes_{name}"
    for name in (
        "ratestep",
        "eligibilitycondition",
        "assessmentband",
        "deduction",
        "fundingshare",
        "clawbackterm",
    )
}
# Everything a published programme says; its state may still become RETIRED.
FIXED = (
    "district_id",
    "name",
    "edition",
    "document_number",
    "effective_from",
    "effective_until",
    "start_rule",
    "counting",
    "part_month",
    "months",
    "cap_compound",
    "cap_firm_year",
    "cap_year",
    "offset_percent",
    "settlement",
    "needs_assessment",
    "assessment_months",
    "exit_collection_percent",
    "exit_months",
    "documents",
    "apply_days",
    "check_days",
    "review_days",
    "district_days",
    "notice_days",
    "approval_days",
    "payment_days",
    "appeal_days",
    "ban_years",
    "note",
    "copied_from_id",
    "prepared_by_id",
    "published_by_id",
    "published_at",
)
WORDS = "a published programme cannot be changed"


def _differs(sign):
    return " OR ".join(f"NEW.{column} {sign} OLD.{column}" for column in FIXED)


def _published(programme_id):
    return f"EXISTS (SELECT 1 FROM {PROGRAMME} p WHERE p.id = {programme_id} AND p.state <> 'DRAFT')"


def _sqlite():
    stop = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
    yield "programme_fixed", (
        f"BEFORE UPDATE ON {PROGRAMME} WHEN OLD.state <> 'DRAFT' AND (NEW.state = 'DRAFT' "
        f"OR (OLD.state = 'RETIRED' AND NEW.state <> 'RETIRED') OR {_differs('IS NOT')}) {stop}"
    )
    yield "programme_kept", f"BEFORE DELETE ON {PROGRAMME} WHEN OLD.state <> 'DRAFT' {stop}"
    for name, table in PARTS.items():
        for verb, rows in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",))):
            published = " OR ".join(_published(f"{row}.programme_id") for row in rows)
            yield f"{name}_{verb.lower()}", f"BEFORE {verb} ON {table} WHEN {published} {stop}"


POSTGRESQL = [
    f"""CREATE FUNCTION programmes_programme_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'DRAFT' THEN RAISE EXCEPTION '{WORDS}'; END IF;
        RETURN OLD;
      END IF;
      IF OLD.state <> 'DRAFT' AND (NEW.state = 'DRAFT'
         OR (OLD.state = 'RETIRED' AND NEW.state <> 'RETIRED')
         OR {_differs("IS DISTINCT FROM")}) THEN RAISE EXCEPTION '{WORDS}'; END IF;
      RETURN NEW;
    END $$""",
    f"""CREATE FUNCTION programmes_part_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'INSERT' AND {_published("OLD.programme_id")}
        THEN RAISE EXCEPTION '{WORDS}'; END IF;
      IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
      IF {_published("NEW.programme_id")} THEN RAISE EXCEPTION '{WORDS}'; END IF;
      RETURN NEW;
    END $$""",
    f"""CREATE TRIGGER programmes_programme_fixed BEFORE UPDATE OR DELETE ON {PROGRAMME}
        FOR EACH ROW EXECUTE FUNCTION programmes_programme_fixed()""",
    *(
        f"""CREATE TRIGGER programmes_{name}_fixed BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION programmes_part_fixed()"""
        for name, table in PARTS.items()
    ),
]


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name, body in _sqlite():
            schema_editor.execute(f"CREATE TRIGGER programmes_{name} {body}")
    else:
        for statement in POSTGRESQL:
            # Literal text, nothing to interpolate.
            schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name, _body in _sqlite():
            schema_editor.execute(f"DROP TRIGGER programmes_{name}")
    else:
        for name, table in {"programme": PROGRAMME, **PARTS}.items():
            schema_editor.execute(f"DROP TRIGGER programmes_{name}_fixed ON {table}")
        schema_editor.execute("DROP FUNCTION programmes_programme_fixed()")
        schema_editor.execute("DROP FUNCTION programmes_part_fixed()")


class Migration(migrations.Migration):
    dependencies = [("programmes", "0001_programmes")]
    operations = [migrations.RunPython(add, drop)]
