"""The chain holds, and every tampering from below is found and named."""
# ruff: noqa: S608 - tampering is done by SQL

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from governance.audit import services, verify
from governance.audit.models import AuditEntry, ChainCheck, ChainHead
from tests.factories import make_user
from tests.flushing import without_triggers

LENGTH = 12


@pytest.fixture
def chain(db):
    """Twelve entries, numbered 0 to 11 in `ids`."""
    by = make_user("someone")
    for number in range(LENGTH):
        with transaction.atomic():
            services.record(
                f"act{number}", by, by=by, changes={"name": [number, "样例"]}, reason="令"
            )
    return list(AuditEntry.objects.order_by("id").values_list("pk", flat=True))


def tamper(*statements):
    """Run SQL as somebody with the database in hand would: triggers dropped first."""
    lift = [one for one in without_triggers([]) if one.startswith("DROP")]
    if connection.vendor == "postgresql":
        lift = ["DROP TRIGGER audit_append_only ON audit_auditentry"]
    with transaction.atomic(), connection.cursor() as cursor:
        for sql in [*lift, *statements]:
            cursor.execute(sql)


def first_breach() -> str:
    return next(verify.breaches(), "")


def test_an_untouched_chain_holds(chain):
    assert first_breach() == ""
    out = io.StringIO()
    call_command("verify_audit", stdout=out)
    assert f"holds: {LENGTH} entries" in out.getvalue()


def test_an_empty_chain_holds(db):
    assert first_breach() == ""


CHANGES = {
    "time": "at = '2020-01-01 00:00:00+00'",
    "actor": "actor_id = NULL",
    "name of the actor": "actor_name = 'other'",
    "post": "post = 'other'",
    "verb": "verb = 'other'",
    "kind": "object_type = 'other'",
    "object": "object_id = '999'",
    "label": "object_label = 'other'",
    "district": "district_id = 999",
    "street": "street_id = 999",
    "community": "community_id = 999",
    "changes": """changes = '{"name": [1, 2]}'""",
    "reason": "reason = 'other'",
    "request": "request_id = 'other'",
    "batch": "batch = 'other'",
    "digest": "digest = 'abc'",
    "previous": "previous = 'abc'",
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("where", [0, 5, LENGTH - 1])
def test_a_changed_column_is_found_at_its_entry(chain, what, where):
    tamper(f"UPDATE audit_auditentry SET {CHANGES[what]} WHERE id = {chain[where]}")
    assert f"entry {chain[where]} " in first_breach()


@pytest.mark.parametrize("where", range(LENGTH - 1))
def test_a_deleted_entry_is_found_at_the_next(chain, where):
    tamper(f"DELETE FROM audit_auditentry WHERE id = {chain[where]}")
    assert f"entry {chain[where + 1]} does not follow" in first_breach()


def test_a_cut_tail_is_found(chain):
    tamper(f"DELETE FROM audit_auditentry WHERE id > {chain[-4]}")
    assert f"ends at {LENGTH - 3} entries but {LENGTH} were recorded" in first_breach()


def test_an_emptied_log_is_found(chain):
    tamper("DELETE FROM audit_auditentry")
    assert "ends at 0 entries" in first_breach()


def test_a_log_emptied_together_with_its_end_is_found_if_it_was_ever_verified(chain):
    verify.verify()
    tamper("DELETE FROM audit_auditentry", "DELETE FROM audit_chainhead")
    assert f"but {LENGTH} were verified" in first_breach()


def test_swapped_entries_are_found(chain):
    a, b = chain[3], chain[7]
    tamper(
        f"UPDATE audit_auditentry SET id = -1 WHERE id = {a}",
        f"UPDATE audit_auditentry SET id = {a} WHERE id = {b}",
        f"UPDATE audit_auditentry SET id = {b} WHERE id = -1",
    )
    assert f"entry {a} does not follow" in first_breach()


COLUMNS = (
    "at, actor_id, actor_name, post, verb, object_type, object_id, object_label, district_id,"
    " street_id, community_id, changes, reason, request_id, batch"
)


@pytest.mark.parametrize("place", ["before", "after"])
def test_an_inserted_entry_is_found(chain, place):
    new = 0 if place == "before" else chain[-1] + 1000
    source = chain[0] if place == "before" else chain[-1]
    tamper(
        f"INSERT INTO audit_auditentry (id, {COLUMNS}, previous, digest)"
        f" SELECT {new}, {COLUMNS}, digest, 'made up' FROM audit_auditentry WHERE id = {source}"
    )
    assert f"entry {new} " in first_breach() or "were recorded" in first_breach()


def test_a_well_forged_entry_at_the_end_is_found_by_the_head(chain):
    last = AuditEntry.objects.get(pk=chain[-1])
    forged = services.digest_of(last.digest, services.content_of(last))
    tamper(
        f"INSERT INTO audit_auditentry (id, {COLUMNS}, previous, digest)"
        f" SELECT {chain[-1] + 1}, {COLUMNS}, digest, '{forged}' FROM audit_auditentry"
        f" WHERE id = {chain[-1]}"
    )
    assert f"has {LENGTH + 1} entries but {LENGTH} were recorded" in first_breach()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_chainhead SET length = length + 1",
        "UPDATE audit_chainhead SET length = 3",
        "UPDATE audit_chainhead SET length = 0",
        "UPDATE audit_chainhead SET digest = 'abc'",
        "DELETE FROM audit_chainhead",
    ],
)
def test_a_changed_end_is_found(chain, sql):
    tamper(sql)
    assert first_breach()


def test_a_tail_cut_with_its_end_rewritten_is_found_by_an_earlier_verification(chain):
    verify.verify()
    kept = AuditEntry.objects.get(pk=chain[-4])
    tamper(
        f"DELETE FROM audit_auditentry WHERE id > {chain[-4]}",
        f"UPDATE audit_chainhead SET digest = '{kept.digest}', length = {LENGTH - 3}",
    )
    assert f"but {LENGTH} were verified" in first_breach()


def rewrite_from(chain, where):
    """Change an entry and compute every later link anew: a forger with the code in hand."""
    previous = AuditEntry.objects.get(pk=chain[where]).previous
    statements = []
    for pk in chain[where:]:
        entry = AuditEntry.objects.get(pk=pk)
        if pk == chain[where]:
            entry.actor_name = "other"
        digest = services.digest_of(previous, services.content_of(entry))
        statements.append(
            f"UPDATE audit_auditentry SET actor_name = '{entry.actor_name}',"
            f" previous = '{previous}', digest = '{digest}' WHERE id = {pk}"
        )
        previous = digest
    tamper(*statements, f"UPDATE audit_chainhead SET digest = '{previous}'")


def test_a_chain_rewritten_to_its_end_is_found_by_an_earlier_verification(chain):
    verify.verify()
    rewrite_from(chain, 4)
    assert f"entry {chain[-1]} is not the one verified before" in first_breach()


def test_a_chain_rewritten_to_its_end_is_found_by_a_digest_noted_on_paper(chain):
    out = io.StringIO()
    call_command("verify_audit", stdout=out)
    noted = out.getvalue().split("note for later: ")[1].strip()
    ChainCheck.objects.all().delete()
    rewrite_from(chain, 4)
    call_command("verify_audit", stdout=io.StringIO())
    with pytest.raises(CommandError, match="verified before"):
        call_command("verify_audit", "--expect", noted, stdout=io.StringIO())


def test_the_command_fails_and_keeps_the_breach(chain):
    tamper(f"UPDATE audit_auditentry SET reason = 'other' WHERE id = {chain[2]}")
    with pytest.raises(CommandError, match=f"entry {chain[2]} was changed"):
        call_command("verify_audit", stdout=io.StringIO())
    assert ChainCheck.objects.get().breach.startswith(f"entry {chain[2]}")


def test_entries_added_after_a_verification_keep_the_chain_whole(chain):
    verify.verify()
    with transaction.atomic():
        services.record("later", by=None)
    assert verify.verify().length == LENGTH + 1
    assert first_breach() == ""


def test_entries_in_bulk_are_one_chain(db):
    acts = [services.Act(f"act{i}", "x.y", str(i)) for i in range(2500)]
    with transaction.atomic():
        assert services.record_many(acts, by=None, batch="b") == 2500
    assert first_breach() == ""
    assert ChainHead.objects.get().length == 2500


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.decimals()
    | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=())), inner, max_size=3)
    ),
    max_leaves=6,
)


class AnyChanges(TestCase):
    """Whatever a service writes down reads back the same from the database."""

    @given(changes=st.dictionaries(st.text(max_size=20), json_values, max_size=3))
    @settings(max_examples=60, deadline=None)
    def test_the_chain_holds_over_any_values(self, changes):
        with transaction.atomic():
            services.record("change", by=None, changes=changes)
        assert first_breach() == ""


def test_the_note_of_an_empty_log_holds_for_every_later_one(db):
    said = io.StringIO()
    call_command("verify_audit", stdout=said)
    noted = said.getvalue().split("note for later: ")[1].strip()
    with transaction.atomic():
        services.record("note", by=None)
    call_command("verify_audit", "--expect", noted, stdout=io.StringIO())
