"""Undoing an import: what a classification leaves possible, and the background work."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation

from compounds.classification import checks as decision_checks
from compounds.classification import services as classification
from compounds.classification.models import Decision
from compounds.registry import checks as register_checks
from compounds.registry.importing import COMPOUNDS, progress
from compounds.registry.models import Adjacency, Compound, Import
from compounds.registry.services import import_undoing, imports
from compounds.registry.services.compounds import change_compound
from compounds.registry.services.import_undoing import LaterEdits, start_undoing, undo, undo_import
from governance.audit.models import AuditEntry
from governance.audit.verify import breaches as broken_links
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.spreadsheets import OutColumn, OutSheet, write_xlsx
from tests.compounds.classification.policies import make_people, make_policy
from tests.factories import make_compound, make_invitation, make_provider

STATE = Import.State
TITLE = "小区摸底台账"
UNMANAGED = {"现管理方式": "无人管理"}


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def desk(district, tmp_path, monkeypatch):
    """A district with a policy in force, its officer, and a place for files."""
    monkeypatch.setattr("governance.foundation.dates.today", lambda: dt.date(2026, 6, 1))
    people = make_people(district)
    make_policy(district, people)
    return SimpleNamespace(folder=tmp_path, by=people.officer, people=people, **vars(district))


def bring_in(desk, *rows) -> Import:
    """Import rows of the desk's community."""
    rows = [{"区划代码": desk.community.code, **row} for row in rows]
    headers = list(dict.fromkeys(key for row in rows for key in row))
    path = desk.folder / "台账.xlsx"
    values = [[row.get(header) for header in headers] for row in rows]
    columns = [OutColumn(header) for header in headers]
    write_xlsx(path, [OutSheet(TITLE, columns, values, title=TITLE)])
    return imports.import_file(by=desk.by, path=path)


def classify(desk):
    return classification.run_classification(by=desk.by)


def breaches() -> list[str]:
    """What the checks of register, decisions and audit log find wrong."""
    if connection.vendor == "postgresql":
        connection.check_constraints()
    kinds = (*register_checks.CHECKS.values(), *decision_checks.CHECKS.values())
    return [*(line for check in kinds for line in check()), *broken_links()]


def facts() -> list[tuple]:
    columns = ("code", "name", "household_count", "management_mode", "is_unmanaged", "status")
    return list(Compound.objects.order_by("code").values_list(*columns))


# -- a classification is no edit ---------------------------------------------------------------


def test_changed_rows_are_put_back_after_a_classification(desk):
    firm = make_provider(desk.area)
    compound = make_compound(desk.community, name="甲院", household_count=80)
    make_invitation(compound, firm)
    make_compound(desk.community, name="乙院", management_mode="FIRM")
    before = facts()
    batch = bring_in(
        desk, {"小区名称": "甲院", "户数": 90}, {"小区名称": "乙院", "户数": 7} | UNMANAGED
    )
    classify(desk)
    compound.refresh_from_db()
    assert compound.decision
    assert import_undoing.obstacles_to(batch) == []
    undo_import(by=desk.by, batch=batch, reason="错文件")
    assert batch.state == STATE.UNDONE
    assert facts() == before
    # What stays unmanaged keeps its decision until the next run; what has a manager again has none.
    compound.refresh_from_db()
    assert compound.decision
    assert Compound.objects.get(name="乙院").decision == ""
    assert not Decision.objects.current().filter(compound__name="乙院").exists()
    assert breaches() == []


def test_added_rows_that_were_decided_on_are_listed_with_the_cause(desk):
    make_compound(desk.community, name="甲院", household_count=80)
    batch = bring_in(
        desk,
        {"小区名称": "甲院", "户数": 90},
        {"小区名称": "乙院"} | UNMANAGED,
        {"小区名称": "丙院", "现管理方式": "物业企业服务"},
    )
    classify(desk)
    before, decided = facts(), list(Decision.objects.values())
    with pytest.raises(LaterEdits, match="decided on since") as refusal:
        undo_import(by=desk.by, batch=batch)
    (only,) = refusal.value.obstacles
    assert only.row.label == "乙院"
    assert only.is_evidence
    assert "Decisions" in only.cause
    batch.refresh_from_db()
    assert batch.state == STATE.DONE
    assert facts() == before
    assert list(Decision.objects.values()) == decided
    assert not AuditEntry.objects.filter(verb="undo").exists()
    assert breaches() == []


def test_what_changed_is_put_back_while_decided_additions_stay(desk):
    make_compound(desk.community, name="甲院", household_count=80)
    batch = bring_in(desk, {"小区名称": "甲院", "户数": 90}, {"小区名称": "乙院"} | UNMANAGED)
    classify(desk)
    undo_import(by=desk.by, batch=batch, changed_only=True)
    assert (batch.state, batch.mode) == (STATE.DONE, Import.Mode.CREATE)
    assert Compound.objects.get(name="甲院").household_count == 80
    assert Compound.objects.filter(name="乙院").exists()
    entry = AuditEntry.objects.get(verb="undo")
    assert entry.changes == {"mode": ["BOTH", "CREATE"]}
    assert breaches() == []
    with pytest.raises(DomainError, match="nothing of this import"):
        undo_import(by=desk.by, batch=batch, changed_only=True)


def test_a_corrected_row_is_not_put_back_even_alone(desk):
    compound = make_compound(desk.community, name="甲院", household_count=80)
    batch = bring_in(desk, {"小区名称": "甲院", "户数": 90}, {"小区名称": "乙院"} | UNMANAGED)
    compound.refresh_from_db()
    change_compound(
        by=desk.by,
        compound=compound,
        version=compound.version,
        changes={"lift_count": 3},
    )
    classify(desk)
    with pytest.raises(LaterEdits, match="Later changes") as refusal:
        undo_import(by=desk.by, batch=batch)
    causes = {one.row.label: one.cause for one in refusal.value.obstacles}
    assert causes == {"甲院": "changed since", "乙院": "in use: Decisions"}
    with pytest.raises(LaterEdits) as refusal:
        undo_import(by=desk.by, batch=batch, changed_only=True)
    assert [row.label for row in refusal.value.rows] == ["甲院"]
    assert Compound.objects.get(pk=compound.pk).household_count == 90


def test_a_decision_between_looking_and_undoing_is_not_lost(desk, monkeypatch):
    batch = bring_in(desk, {"小区名称": "乙院"} | UNMANAGED)
    classify(desk)
    monkeypatch.setattr(import_undoing, "obstacles_to", lambda batch, changed_only: [])
    with pytest.raises(LaterEdits):
        undo_import(by=desk.by, batch=batch)
    assert Compound.objects.filter(name="乙院").exists()


def test_a_corrected_adjacency_stands_in_the_way_though_nothing_leads_back_to_it(desk):
    old = make_compound(desk.community)
    batch = bring_in(desk, {"小区名称": "乙院"})
    new = Compound.objects.get(name="乙院")
    Adjacency.objects.create(compound=old, other=new, is_adjacent=False, reason="河")
    with pytest.raises(LaterEdits) as refusal:
        undo_import(by=desk.by, batch=batch)
    (only,) = refusal.value.obstacles
    assert (only.cause, only.is_evidence) == ("in use: Adjacency corrections", False)


# -- in the background -------------------------------------------------------------------------


@pytest.fixture
def many(desk):
    """An import of added and changed rows, and the register before it."""
    for number in range(6):
        make_compound(desk.community, name=f"旧{number}院", household_count=number)
    before = facts()
    old = [{"小区名称": f"旧{number}院", "户数": 100} for number in range(6)]
    new = [{"小区名称": f"新{number}院"} for number in range(6)]
    return SimpleNamespace(batch=bring_in(desk, *old, *new), before=before)


def begun(desk, batch) -> Import:
    start_undoing(by=desk.by, batch=batch)
    assert batch.state == STATE.UNDOING
    return batch


def test_undoing_runs_as_a_task_and_ends_undone(desk, many, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        begun(desk, many.batch)
    many.batch.refresh_from_db()
    assert many.batch.state == STATE.UNDONE
    assert many.batch.undone_by == desk.by
    assert facts() == many.before
    assert progress.read(many.batch) == (0, 0)
    assert breaches() == []


def test_an_import_is_undone_once(desk, many):
    begun(desk, many.batch)
    again = Import.objects.get(pk=many.batch.pk)
    with pytest.raises(DomainError, match="Only a finished import"):
        start_undoing(by=desk.by, batch=again)
    undo(many.batch, desk.by)
    assert many.batch.state == STATE.UNDONE
    with pytest.raises(DomainError):
        start_undoing(by=desk.by, batch=many.batch)


def test_stopping_leaves_the_import_as_it_was(desk, many, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0)
    after = facts()
    batch, told = begun(desk, many.batch), []

    def report(done, total):
        told.append((done, total))
        if done:
            imports.cancel_import(by=desk.by, batch=Import.objects.get(pk=batch.pk))

    undo(batch, desk.by, report=report)
    assert told[0] == (0, 24)
    assert batch.state == STATE.DONE
    assert batch.failure == ""
    assert facts() == after
    assert not progress.is_cancel_asked(batch)
    assert breaches() == []


def test_an_error_in_the_middle_undoes_nothing(desk, many, monkeypatch):
    after, history = facts(), Compound.history.count()
    taken = []

    def breaks(self, objects, context):
        taken.extend(objects)
        if len(taken) > 6:
            raise RuntimeError("the power is gone")

    monkeypatch.setattr(type(COMPOUNDS), "touch", breaks)
    undo(begun(desk, many.batch), desk.by)
    assert many.batch.state == STATE.DONE
    assert "Nothing was undone" in many.batch.failure
    assert (facts(), Compound.history.count()) == (after, history)
    monkeypatch.undo()
    undo(begun(desk, many.batch), desk.by)
    assert many.batch.state == STATE.UNDONE
    assert many.batch.failure == ""


def test_a_killed_undoing_leaves_the_import_standing_and_can_be_begun_again(desk, many):
    batch = begun(desk, many.batch)
    long_ago = timezone.now() - dt.timedelta(minutes=10)
    Import.objects.filter(pk=batch.pk).update(started_at=long_ago, uploaded_at=long_ago)
    dead = Import.objects.get(pk=batch.pk)
    after = facts()
    assert imports.fail_stale() == 1
    batch.refresh_from_db()
    assert batch.state == STATE.DONE
    assert "Nothing was undone" in batch.failure
    undo(dead, desk.by)  # the dead worker wakes up: it must not undo any more
    assert dead.state == STATE.DONE
    assert facts() == after
    undo(begun(desk, batch), desk.by)
    assert facts() == many.before


def test_what_stands_in_the_way_by_then_is_told_on_the_page(desk, many, client):
    row = Compound.objects.get(name="旧1院")
    begun(desk, many.batch)
    change_compound(by=desk.by, compound=row, version=row.version, changes={"lift_count": 3})
    undo(many.batch, desk.by)
    assert many.batch.state == STATE.DONE
    client.force_login(desk.people.officer)
    shown = client.get(reverse("registry:import_detail", args=[many.batch.pk])).content.decode()
    assert "Later changes have touched rows" in many.batch.failure
    assert reverse("registry:import_undo", args=[many.batch.pk]) in shown


def test_only_the_area_of_the_import_may_undo_it(desk, many):
    with pytest.raises(NotAllowed):
        start_undoing(by=desk.people.other_clerk, batch=many.batch)


# -- the pages ---------------------------------------------------------------------------------


def test_the_page_shows_progress_while_an_import_is_taken_back(desk, many, client):
    client.force_login(desk.by)
    begun(desk, many.batch)
    shown = client.get(reverse("registry:import_detail", args=[many.batch.pk])).content.decode()
    assert "<progress" in shown
    assert reverse("registry:import_cancel", args=[many.batch.pk]) in shown


def test_the_page_names_the_decided_rows_and_offers_to_put_back_the_others(
    desk, client, django_capture_on_commit_callbacks
):
    make_compound(desk.community, name="甲院", household_count=80)
    batch = bring_in(desk, {"小区名称": "甲院", "户数": 90}, {"小区名称": "乙院"} | UNMANAGED)
    classify(desk)
    client.force_login(desk.by)
    address = reverse("registry:import_undo", args=[batch.pk])
    with translation.override(None):
        shown = client.get(address).content.decode()
    assert "乙院" in shown
    assert "甲院" not in shown
    assert 'name="part" value="changed"' in shown
    assert client.post(address).status_code == 409  # not asked for: nothing is put back
    assert Compound.objects.get(name="甲院").household_count == 90
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"part": "changed"})
    assert Compound.objects.get(name="甲院").household_count == 80
    assert client.get(reverse("registry:import_detail", args=[batch.pk])).status_code == 200
