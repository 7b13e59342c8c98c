"""Drafting, publishing and retiring programmes on the real database."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from governance.audit.models import AuditEntry
from governance.foundation.errors import NotAllowed, StaleRecord
from subsidies.programmes import rules, services
from subsidies.programmes.errors import NotOpen, SamePerson, TermsNotSound
from subsidies.programmes.models import Programme, ProgrammeIsPublished, RateStep
from subsidies.programmes.questions import ROWS, terms_of
from subsidies.programmes.services import TYPED
from tests.factories import make_post

from .editions import TODAY, XIAODIAN, C, D, make_draft, make_people, make_published, revised

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: TODAY)


@pytest.fixture
def people(district):
    return make_people(district)


def read(programme) -> rules.Terms:
    return terms_of([programme.pk])[programme.pk]


def test_a_draft_is_read_back_as_it_was_written(district, people):
    terms = revised(
        documents=("AREA", "CONTRACT"),
        bands=(
            rules.Band(D("80.00"), "FULL"),
            rules.Band(D("60.00"), "PRO_RATA"),
            rules.Band(D("0.00"), "NOTHING"),
        ),
        deductions=(
            rules.Deduction("CARD", percent=D("10.00")),
            rules.Deduction("NOT_POSTED", amount=D("200.00")),
        ),
        cap_year=D("90000.00"),
        conditions=(
            *XIAODIAN.conditions,
            C("fee_per_m2", "ge", D("0.56"), 1),
            C("households", "lt", 300, 1),
        ),
    )
    draft = make_draft(district, people, terms)
    assert read(draft) == rules.revised(terms, edition=1)
    assert (draft.state, draft.prepared_by) == ("DRAFT", people.officer)
    assert AuditEntry.objects.filter(verb="draft", object_id=str(draft.pk)).exists()


def test_every_field_of_the_terms_is_a_column_that_is_fixed_on_publication():
    fields = {field.name for field in Programme._meta.get_fields() if hasattr(field, "attname")}
    assert set(TYPED) <= fields
    migration = __import__(
        "subsidies.programmes.migrations.0002_published_is_fixed", fromlist=["FIXED"]
    )
    free = {"id", "version", "created_at", "updated_at"} | Programme.RETIRING
    columns = {f.column for f in Programme._meta.fields if f.name not in free}
    assert set(migration.FIXED) == columns
    assert set(migration.PARTS.values()) == {model._meta.db_table for model, *_x in ROWS.values()}


def test_terms_of_many_editions_cost_the_same_statements(district, people):
    ids = [make_draft(district, people, name=f"项目{n}").pk for n in range(5)]
    with CaptureQueriesContext(connection) as one:
        terms_of(ids[:1])
    with CaptureQueriesContext(connection) as all_of_them:
        found = terms_of(ids)
    assert len(one) == len(all_of_them) == 7
    assert len(found) == 5


def test_a_draft_is_edited_as_a_whole(district, people):
    draft = make_draft(district, people)
    terms = revised(
        months=12,
        steps=(
            rules.Step(1, 6, "FLOOR_AREA", D("0.3000")),
            rules.Step(7, 12, "HOUSEHOLDS", D("2.5000")),
        ),
    )
    row = services.edit_draft(
        by=people.colleague, programme=draft, version=draft.version, terms=terms, note="试行"
    )
    assert read(row) == terms
    assert (row.version, row.prepared_by, row.note) == (2, people.colleague, "试行")
    entry = AuditEntry.objects.filter(verb="change", object_id=str(row.pk)).get()
    assert set(entry.changes) == {"months", "steps", "note"}


def test_a_stale_version_is_refused(district, people):
    draft = make_draft(district, people)
    services.edit_draft(by=people.officer, programme=draft, version=1, terms=revised(months=6))
    with pytest.raises(StaleRecord):
        services.edit_draft(by=people.officer, programme=draft, version=1, terms=XIAODIAN)
    with pytest.raises(StaleRecord):
        services.publish(by=people.approver, programme=draft, version=1)


def test_a_draft_may_be_incomplete_but_is_not_published(district, people):
    draft = make_draft(district, people, steps=(), shares=())
    with pytest.raises(TermsNotSound) as refused:
        services.publish(by=people.approver, programme=draft, version=draft.version)
    assert {fault.place for fault in refused.value.faults} == {"steps", "shares"}


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": (rules.Step(6, 1, "CHARGEABLE_AREA", D("0.5")),)},
        {"deductions": (rules.Deduction("CARD"),)},
        {"bands": (rules.Band(D(0), "PERCENT"),)},
        {"shares": (rules.Share("CITY", D(50)), rules.Share("CITY", D(50)))},
        {"conditions": (C("weather", "ge", 1),)},
    ],
)
def test_what_the_tables_cannot_hold_is_refused_even_in_a_draft(district, people, changes):
    with pytest.raises(TermsNotSound):
        make_draft(district, people, **changes)
    assert not Programme.objects.exists()


def test_somebody_else_publishes(district, people):
    draft = make_draft(district, people)
    with pytest.raises(NotAllowed):
        services.publish(by=people.officer, programme=draft, version=1)
    row = services.publish(by=people.approver, programme=draft, version=1)
    assert (row.state, row.published_by) == ("PUBLISHED", people.approver)
    assert AuditEntry.objects.filter(verb="publish", object_id=str(draft.pk)).exists()


def test_whoever_prepared_it_does_not_publish_it(district, people):
    make_post(people.officer, "district_approver", district.area)
    draft = make_draft(district, people)
    people.officer.__dict__.pop("scope", None)
    with pytest.raises(SamePerson):
        services.publish(by=people.officer, programme=draft, version=1)


def test_a_document_number_is_needed(district, people):
    draft = make_draft(district, people, document_number="")
    with pytest.raises(ValidationError) as refused:
        services.publish(by=people.approver, programme=draft, version=1)
    assert set(refused.value.message_dict) == {"document_number"}


def test_what_is_published_stays_as_it_is(district, people):
    programme = make_published(district, people)
    with pytest.raises(ProgrammeIsPublished):
        services.edit_draft(
            by=people.officer, programme=programme, version=programme.version, terms=XIAODIAN
        )
    with pytest.raises(ProgrammeIsPublished):
        services.delete_draft(by=people.officer, programme=programme, version=programme.version)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE programmes_programme SET months = 12 WHERE id = %s",
        "UPDATE programmes_programme SET note = 'x' WHERE id = %s",
        "UPDATE programmes_programme SET state = 'DRAFT' WHERE id = %s",
        "DELETE FROM programmes_programme WHERE id = %s",
        "UPDATE programmes_ratestep SET rate = 9000 WHERE programme_id = %s",
        "DELETE FROM programmes_ratestep WHERE programme_id = %s",
        "DELETE FROM programmes_eligibilitycondition WHERE programme_id = %s",
        "UPDATE programmes_fundingshare SET percent = 5000 WHERE programme_id = %s",
        "UPDATE programmes_clawbackterm SET months = 1 WHERE programme_id = %s",
        "INSERT INTO programmes_deduction (programme_id, position, trigger, percent) "
        "VALUES (%s, 1, 'CARD', 1000)",
        "INSERT INTO programmes_assessmentband (programme_id, position, from_score, effect) "
        "VALUES (%s, 1, 0, 'FULL')",
    ],
)
def test_the_database_keeps_it_too(district, people, statement):
    programme = make_published(district, people)
    with (
        pytest.raises(DatabaseError, match="published programme"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [programme.pk])


def test_a_row_of_a_draft_cannot_be_moved_into_what_is_published(district, people):
    published = make_published(district, people)
    draft = services.copy_to_draft(by=people.officer, programme=published)
    step = RateStep.objects.get(programme=draft)
    with (
        pytest.raises(DatabaseError, match="published programme"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE programmes_ratestep SET programme_id = %s, position = 9 WHERE id = %s",
            [published.pk, step.pk],
        )


def test_a_copy_is_the_next_edition_and_asks_for_its_own_document(district, people):
    published = make_published(district, people)
    draft = services.copy_to_draft(by=people.officer, programme=published)
    assert (draft.edition, draft.document_number, draft.copied_from) == (2, "", published)
    assert draft.effective_from == TODAY
    assert services.differences(read(published), read(draft)).keys() == {
        "document_number",
        "effective_from",
    }
    with pytest.raises(ValidationError):
        services.copy_to_draft(by=people.officer, programme=published)  # one draft at a time


def test_a_later_edition_closes_the_one_before(district, people):
    first = make_published(district, people)
    draft = services.copy_to_draft(by=people.officer, programme=first)
    terms = rules.revised(read(draft), document_number="二号", effective_from=dt.date(2026, 7, 1))
    draft = services.edit_draft(by=people.officer, programme=draft, version=1, terms=terms)
    second = services.publish(by=people.approver, programme=draft, version=draft.version)
    june, july = dt.date(2026, 6, 30), dt.date(2026, 7, 1)
    assert list(Programme.objects.open_on(june)) == [first]
    assert list(Programme.objects.open_on(july)) == [second]
    # Retired before it began: the one before goes on.
    services.retire(by=people.approver, programme=second, version=second.version, reason="撤回")
    Programme.objects.filter(pk=second.pk).update(retired_at=dt.datetime(2026, 6, 2, tzinfo=dt.UTC))
    assert list(Programme.objects.open_on(july)) == [first]
    # Retired after it began: the one before does not come back.
    Programme.objects.filter(pk=second.pk).update(retired_at=dt.datetime(2026, 7, 2, tzinfo=dt.UTC))
    assert not Programme.objects.open_on(july).exists()


def test_an_edition_begins_after_the_one_before(district, people):
    first = make_published(district, people)
    draft = services.copy_to_draft(by=people.officer, programme=first)
    terms = rules.revised(read(draft), document_number="二号", effective_from=first.effective_from)
    draft = services.edit_draft(by=people.officer, programme=draft, version=1, terms=terms)
    with pytest.raises(ValidationError) as refused:
        services.publish(by=people.approver, programme=draft, version=draft.version)
    assert set(refused.value.message_dict) == {"effective_from"}


def test_retiring_asks_for_a_reason_and_happens_once(district, people):
    programme = make_published(district, people)
    with pytest.raises(ValidationError):
        services.retire(by=people.approver, programme=programme, version=2, reason=" ")
    row = services.retire(by=people.approver, programme=programme, version=2, reason="已到期")
    assert (row.state, row.retired_by) == ("RETIRED", people.approver)
    assert not Programme.objects.open_on(TODAY).exists()
    with pytest.raises(NotOpen):
        services.retire(by=people.approver, programme=row, version=row.version, reason="再次")


@pytest.mark.parametrize("role", ["approver", "clerk", "leader"])
def test_only_the_district_officer_drafts(district, people, role):
    with pytest.raises(NotAllowed):
        services.create_draft(by=getattr(people, role), district=district.area, terms=XIAODIAN)


def test_a_draft_can_be_thrown_away(district, people):
    draft = make_draft(district, people)
    services.delete_draft(by=people.officer, programme=draft, version=1)
    assert not Programme.objects.exists()
    assert not RateStep.objects.exists()
