"""The sheet of past progress: cases, their steps and what hangs on them, and back again."""

import datetime as dt
import time
from types import SimpleNamespace

import pytest
from django.utils import translation

from compounds.assignment.models import Assignment, AssignmentStep
from compounds.clearing import checks
from compounds.clearing.importing import PROGRESS
from compounds.clearing.models import Acceptance, Case, Consultation, Transition
from compounds.clearing.services import open_cases
from compounds.fees.models import ServiceStage
from compounds.registry import checks as register_checks
from compounds.registry.models import Compound, Import
from compounds.registry.services import imports
from compounds.registry.services.import_undoing import undo_import
from compounds.registry.services.imports import ImportRefused
from governance.foundation.spreadsheets import OutSheet, write_xlsx
from governance.organisation.scope import Role
from tests.factories import make_compound, make_provider, make_user

TITLE = "清零推进台账"
WAY = {
    "登记日期": "2026-01-05",
    "摸底核实日期": "2026-01-20",
    "定策日期": "2026-02-03",
    "策略": "补贴过渡",
    "对接完成日期": "2026-02-25",
    "征求意见公示日期": "2026-02-26",
    "征求意见完成日期": "2026-03-13",
    "签约日期": "2026-03-20",
    "进驻日期": "2026-04-01",
    "验收日期": "2026-05-06",
    "清零日期": "2026-05-08",
}
STATES = ("登记日期", "摸底核实日期", "定策日期", "对接完成日期", "签约日期", "进驻日期")


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def desk(district, tmp_path, monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: dt.date(2026, 11, 23))
    officer = make_user(role=Role.DISTRICT_OFFICER, area=district.area)
    provider = make_provider(district.area)
    compound = make_compound(district.community, surveyed_on=dt.date(2026, 1, 10))
    return SimpleNamespace(
        folder=tmp_path, by=officer, provider=provider, compound=compound, **vars(district)
    )


def bring_in(desk, *rows) -> Import:
    headers = {column.header: column for column in PROGRESS.export_columns()}
    path = desk.folder / "推进.xlsx"
    used = list(dict.fromkeys(key for row in rows for key in row))
    values = [[_day(row.get(header)) for header in used] for row in rows]
    write_xlsx(path, [OutSheet(TITLE, [headers[h] for h in used], values, title=TITLE)])
    return imports.import_file(by=desk.by, path=path)


def _day(value):
    is_day = isinstance(value, str) and len(value) == 10 and value[4] == "-"
    return dt.date.fromisoformat(value) if is_day else value


def row_of(desk, until="清零日期", compound=None, **changes) -> dict:
    way = {}
    for name, value in WAY.items():
        way[name] = value
        if name == until:
            break
    firm = {"统一社会信用代码": desk.provider.credit_code} if "对接完成日期" in way else {}
    return {"小区编码": (compound or desk.compound).code, **way, **firm, **changes}


def sound():
    found = [one for check in checks.CHECKS.values() for one in check()]
    found += [one for check in register_checks.CHECKS.values() for one in check()]
    assert found == []


@pytest.mark.parametrize(
    ("until", "state"),
    [
        ("登记日期", "SURVEYED"),
        ("摸底核实日期", "CLASSIFIED"),
        ("策略", "MATCHING"),
        ("对接完成日期", "CONSULTING"),
        ("征求意见完成日期", "CONSULTING"),
        ("签约日期", "CONTRACTED"),
        ("进驻日期", "SERVING"),
        ("验收日期", "ACCEPTED"),
        ("清零日期", "CLEARED"),
    ],
)
def test_a_case_is_as_far_as_its_days_go(desk, until, state):
    bring_in(desk, row_of(desk, until))
    case = Case.objects.get()
    desk.compound.refresh_from_db()
    assert (case.state, desk.compound.stage) == (state, state)
    sound()


def test_a_whole_way_makes_everything_it_tells_of(desk):
    batch = bring_in(
        desk, row_of(desk, 包联领导="样例乙", 计划完成时间="2026-06-30", 文号="样例发〔2026〕3号")
    )
    case = Case.objects.get()
    desk.compound.refresh_from_db()
    assert (case.cleared_on, case.first_cleared_on) == (dt.date(2026, 5, 8), dt.date(2026, 5, 8))
    assert case.watched_until == dt.date(2028, 5, 8)
    assert (case.provider, case.leader) == (desk.provider, "样例乙")
    assert desk.compound.management_mode == "FIRM"
    assert desk.compound.is_unmanaged is True
    assignment = Assignment.objects.get()
    assert (assignment.state, assignment.starts_on) == ("ACTIVE", dt.date(2026, 4, 1))
    assert ServiceStage.objects.get().began_on == dt.date(2026, 4, 1)
    assert Consultation.objects.get().closed_on == dt.date(2026, 3, 13)
    assert Acceptance.objects.get().is_passed
    days = Transition.objects.filter(kind="ADVANCE").values_list("to_state", "on")
    assert dict(days)["SERVING"] == dt.date(2026, 4, 1)
    assert set(Transition.objects.values_list("batch", flat=True)) == {batch.batch}
    assert Transition.objects.get(to_state="MATCHING").document == "样例发〔2026〕3号"
    sound()


def test_days_late_are_reckoned_by_the_calendar(desk):
    # Verified on Tuesday 2026-01-20: ten working days end on 2026-02-03; 30 days from then on
    # 2026-03-05.
    bring_in(desk, row_of(desk, "对接完成日期", 对接完成日期="2026-03-09"))
    late = dict(Transition.objects.values_list("to_state", "days_late"))
    assert (late["MATCHING"], late["CONSULTING"]) == (0, 4)


def test_bringing_the_same_in_again_changes_nothing(desk):
    bring_in(desk, row_of(desk))
    again = bring_in(desk, row_of(desk))
    assert again.count("UNCHANGED") == 1
    assert Transition.objects.count() == 10


def test_a_later_sheet_goes_on_where_the_first_one_ended(desk):
    bring_in(desk, row_of(desk, "策略"))
    bring_in(desk, row_of(desk, "签约日期"))
    bring_in(desk, row_of(desk))
    case = Case.objects.get()
    assert case.state == "CLEARED"
    assert Transition.objects.count() == 10
    assert Assignment.objects.get().state == "ACTIVE"
    sound()


def test_days_once_taken_over_are_not_changed(desk):
    bring_in(desk, row_of(desk, "策略"))
    with pytest.raises(ImportRefused, match="2026-02-03"):
        bring_in(desk, row_of(desk, "策略", 定策日期="2026-02-04"))


def test_a_case_that_people_moved_on_is_left_to_them(desk):
    open_cases(by=desk.by, compounds=[desk.compound.pk], on=dt.date(2026, 1, 5))
    with pytest.raises(ImportRefused, match="by hand"):
        bring_in(desk, row_of(desk))


REBOUND = {"首次清零日期": "2026-05-08", "反弹日期": "2026-09-01", "反弹原因": "企业撤场"}


def test_a_rebound_goes_back_to_the_choice_of_a_strategy(desk):
    bring_in(desk, row_of(desk, **REBOUND))
    case = Case.objects.get()
    desk.compound.refresh_from_db()
    assert (case.state, case.rebound_count, case.cleared_on) == ("CLASSIFIED", 1, None)
    assert case.first_cleared_on == desk.compound.first_cleared_on == dt.date(2026, 5, 8)
    assert (desk.compound.management_mode, desk.compound.stage) == ("ABANDONED", "CLASSIFIED")
    assignment = Assignment.objects.get()
    assert (assignment.state, assignment.end_reason) == ("ENDED", "LOST")
    sound()
    assert bring_in(desk, row_of(desk, **REBOUND)).count("UNCHANGED") == 1


def test_days_after_a_rebound_are_those_of_the_second_round(desk):
    second = {
        "定策日期": "2026-09-10",
        "对接完成日期": "2026-09-20",
        "征求意见公示日期": "2026-09-21",
        "征求意见完成日期": "2026-10-08",
        "签约日期": "2026-10-09",
        "进驻日期": "2026-10-12",
    }
    row = {**row_of(desk, "进驻日期"), **second, **REBOUND}
    bring_in(desk, row)
    case = Case.objects.get()
    assert (case.state, case.rebound_count) == ("SERVING", 1)
    assert case.first_cleared_on == dt.date(2026, 5, 8)
    assert Assignment.objects.get().starts_on == dt.date(2026, 10, 12)
    sound()
    assert bring_in(desk, row).count("UNCHANGED") == 1


def test_a_first_round_taken_over_earlier_is_followed_by_a_second_one(desk):
    bring_in(desk, row_of(desk))
    bring_in(desk, row_of(desk, **REBOUND))
    case = Case.objects.get()
    assert (case.state, case.rebound_count) == ("CLASSIFIED", 1)
    assert Assignment.objects.get().state == "ENDED"
    sound()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"定策日期": "2026-01-10"}, "before the step that comes before it"),
        ({"征求意见完成日期": "2026-03-12"}, "14 days only; 15"),
        ({"验收日期": "2026-04-30"}, "Served for 29 days"),
        ({"策略": None}, "Give the strategy"),
        ({"统一社会信用代码": None}, "Give the provider"),
        ({"签约日期": None}, "needed too"),
        ({"清零日期": "2026-11-24"}, "future"),
        ({"反弹日期": "2026-09-01"}, "reason of the loss"),
        ({**REBOUND, "首次清零日期": "2026-09-02"}, "fall back before"),
        ({"首次清零日期": "2026-05-07"}, "Without a loss"),
        ({"登记日期": None}, "must not be blank"),
        ({"统一社会信用代码": "91140105MA0000001X"}, "no provider"),
    ],
)
def test_what_cannot_be_is_refused_by_its_column(desk, changes, words):
    with pytest.raises(ImportRefused) as refused:
        bring_in(desk, row_of(desk, **changes))
    assert words in str(refused.value)
    assert not Case.objects.exists()


def test_a_managed_compound_has_no_case_unless_the_campaign_brought_the_service(desk):
    Compound.objects.filter(pk=desk.compound.pk).update(management_mode="FIRM", is_unmanaged=False)
    with pytest.raises(ImportRefused, match="is managed"):
        bring_in(desk, row_of(desk, "策略"))
    bring_in(desk, row_of(desk))
    desk.compound.refresh_from_db()
    assert (desk.compound.is_unmanaged, desk.compound.management_mode) == (True, "FIRM")


@pytest.mark.parametrize("until", ["登记日期", "对接完成日期", "进驻日期", "清零日期"])
def test_undoing_leaves_the_register_as_before(desk, until):
    before = Compound.objects.values().get(pk=desk.compound.pk)
    batch = bring_in(desk, row_of(desk, until))
    undo_import(by=desk.by, batch=batch)
    after = Compound.objects.values().get(pk=desk.compound.pk)
    for name in ("updated_at", "provenance"):
        before.pop(name), after.pop(name)
    assert after == before
    for model in (Case, Transition, Consultation, Acceptance, Assignment, AssignmentStep):
        assert not model.objects.exists()
    sound()


def test_undoing_a_later_sheet_leaves_the_earlier_one(desk):
    bring_in(desk, row_of(desk, "对接完成日期"))
    before = Case.objects.values("state", "due_on", "entered_on", "provider", "strategy").get()
    batch = bring_in(desk, row_of(desk))
    undo_import(by=desk.by, batch=batch)
    after = Case.objects.values("state", "due_on", "entered_on", "provider", "strategy").get()
    assert after == before
    assert Assignment.objects.get().state == "DISTRICT_APPROVED"
    assert not ServiceStage.objects.exists()
    sound()


def test_an_export_comes_in_again_unchanged(desk):
    other = make_compound(desk.community)
    bring_in(desk, row_of(desk, **REBOUND), row_of(desk, "签约日期", compound=other))
    path = desk.folder / "导出.xlsx"
    rows = list(PROGRESS.export_rows(Case.objects.all()))
    write_xlsx(path, [OutSheet(TITLE, PROGRESS.export_columns(), rows, title=TITLE)])
    again = imports.import_file(by=desk.by, path=path)
    assert again.count("UNCHANGED") == 2


def test_many_rows_take_seconds(desk, django_assert_max_num_queries):
    compounds = [make_compound(desk.community, refresh=False) for _ in range(296)]
    began = time.monotonic()
    bring_in(desk, *[row_of(desk, compound=compound) for compound in compounds])
    assert Case.objects.net_cleared().count() == 296
    assert time.monotonic() - began < 20
    sound()
