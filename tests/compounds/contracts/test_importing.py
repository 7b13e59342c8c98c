"""The sheet 合同备案表: from a clerk's file to contracts, and back."""

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest

from compounds.contracts import services
from compounds.contracts.importing import CONTRACTS
from compounds.contracts.importing.columns import _term
from compounds.contracts.models import Contract, ContractCompound, ContractItem, ContractStep
from compounds.registry.services import import_undoing, imports
from governance.foundation import checking, dates, spreadsheets
from governance.foundation.spreadsheets import OutColumn, OutSheet
from tests.compounds.contracts.world import TODAY, draft, filed, make_world
from tests.factories import make_compound


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture
def world(district):
    return make_world(district)


@pytest.fixture
def load(world, tmp_path):
    def load(*rows, by=None, **more):
        headers = list(dict.fromkeys(key for one in rows for key in one))
        values = [[one.get(header) for header in headers] for one in rows]
        path = tmp_path / "q.xlsx"
        sheet = OutSheet("合同备案表", [OutColumn(h) for h in headers], values)
        spreadsheets.write_xlsx(path, [sheet])
        return imports.import_file(by=by or world.clerk, path=path, **more)

    return load


def row(world, compound=None, number="样例-1", **changes):
    compound = compound or world.compound
    return {
        "合同编号": number,
        "小区编码": compound.code,
        "小区名称": compound.name,
        "合同类型": "过渡补贴",
        "甲方": f"{compound.name}物管会",
        "乙方": world.provider.name,
        "统一社会信用代码": world.provider.credit_code,
        "服务内容": "保洁、垃圾清运、设施维护",
        "收费方式": "包干制",
        "收费标准(元/㎡·月)": "0.5元/㎡·月",
        "起止日期": "2025-12-01至2028-11-30",
        "签订日期": "2025-11-20",
        "备案日期": "2025-11-28",
        "备案编号": "样例备-1",
        "建筑/收费面积(㎡)": "5500",
        "附件": "样例合同文本",
        **changes,
    }


def refusals(load, *rows, **more):
    with pytest.raises(imports.ImportRefused) as error:
        load(*rows, **more)
    return [(p["row"], p["header"]) for p in error.value.problems]


def breaches():
    found = checking.all_checks()
    return [line for name in found if name.startswith("contracts.") for line in found[name]()]


def test_a_row_is_a_filed_contract_with_its_steps(load, world):
    load(row(world))
    contract = Contract.objects.get()
    assert (contract.kind, contract.state, contract.fee_per_m2) == (
        "TRANSITION",
        "FILED",
        Decimal("0.5"),
    )
    assert (contract.party_a, contract.provider) == ("MANAGEMENT_COMMITTEE", world.provider)
    assert (contract.starts_on, contract.ends_on) == (dt.date(2025, 12, 1), dt.date(2028, 11, 30))
    assert contract.due_on == dt.date(2028, 9, 1)
    assert contract.community == world.district.community
    cover = contract.covers.get()
    assert (cover.is_main, cover.is_running, cover.area_m2) == (True, True, Decimal("5500"))
    assert cover.assignment == world.assignment
    steps = list(contract.steps.values_list("verb", "on", "document"))
    assert steps == [
        ("SIGNED", dt.date(2025, 11, 20), "样例合同文本"),
        ("FILED", dt.date(2025, 11, 28), "样例备-1"),
    ]
    assert set(contract.items.values_list("kind", flat=True)) == {
        "CLEANING",
        "REFUSE",
        "FACILITIES",
    }
    assert contract.history.count() == 1


def test_rows_of_one_number_are_one_contract(load, world):
    second = {"合同编号": "样例-1", "小区编码": world.sister.code, "建筑/收费面积(㎡)": "4000"}
    load(row(world), second)
    contract = Contract.objects.get()
    assert contract.covers.count() == 2
    assert (contract.community, contract.street) == (None, world.district.street)
    assert breaches() == []


def test_rows_that_disagree_about_their_contract_are_refused(load, world):
    other = row(world, world.second, 签订日期="2025-11-21", 甲方="样例一院物管会")
    assert refusals(load, row(world), other) == [(3, "签订日期")]


def test_what_is_missing_or_wrong_is_said_all_at_once(load, world):
    others = [make_compound(world.district.community, name=f"样例{n}号院") for n in range(3)]
    found = refusals(
        load,
        row(world, number="样例-1", 签订日期=None),
        row(world, world.second, "样例-2", 乙方="无此物业", 统一社会信用代码=None),
        row(world, world.sister, "样例-3", 备案日期="2025-11-01"),
        row(world, world.far, "样例-4"),
        row(world, world.second, "样例-5", 起止日期="明年"),
        row(world, world.second, "样例-6", 实际终止日期="2026-05-01"),
        row(world, others[0], "样例-7", 收费约定="欠费的停水停电"),
        row(world, others[1], "样例-8", 合同类型="应急物业"),
        row(world, others[2], "样例-9", 签订日期="2027-01-01"),
    )
    assert found == [
        (2, "签订日期"),
        (3, "乙方"),
        (4, "备案日期"),
        (5, "小区编码"),
        (6, "起止日期"),
        (7, ""),  # the column is not in this file
        (8, "收费约定"),
        (9, ""),
        (10, "签订日期"),
        (10, "备案日期"),
    ]


def test_one_main_contract_runs_for_a_compound(load, world):
    assert refusals(load, row(world), row(world, number="样例-2", 备案编号="样例备-2")) == [
        (3, "小区名称")
    ]
    load(row(world))
    assert refusals(load, row(world, number="样例-2", 备案编号="样例备-2")) == [(2, "小区名称")]
    shared = row(world, number="样例-3", 合同类型="共享物业", 收费方式=None, 备案编号="样例备-3")
    load(shared)
    assert Contract.objects.get(number="样例-3").fee_mode == "PER_USE"
    ended = row(world, 实际终止日期="2026-10-31", 终止原因="业主解聘")
    load(ended, row(world, number="样例-2", 备案编号="样例备-2", 原合同编号="样例-1"))
    old, new = Contract.objects.get(number="样例-1"), Contract.objects.get(number="样例-2")
    assert (old.state, old.end_reason, new.state) == ("ENDED", "DISMISSED", "FILED")
    assert new.follows == old
    running = ContractCompound.objects.filter(is_running=True, is_main=True)
    assert running.get().contract == new
    assert breaches() == []


def test_a_second_sheet_files_what_the_first_one_signed(load, world):
    load(row(world, 备案日期=None, 备案编号=None))
    contract = Contract.objects.get()
    assert (contract.state, contract.due_on) == ("SIGNED", dt.date(2025, 12, 5))
    load(row(world))
    contract.refresh_from_db()
    assert (contract.state, contract.filed_by) == ("FILED", world.clerk)
    assert contract.covers.get().is_running
    assert list(contract.steps.values_list("verb", flat=True)) == ["SIGNED", "FILED"]
    assert breaches() == []


def test_an_export_changes_nothing_when_it_comes_back(load, world, tmp_path):
    load(row(world), {"合同编号": "样例-1", "小区编码": world.sister.code})
    load(row(world, world.second, "样例-2", 起止日期="2026-01-01至无固定期限", 备案编号="样例备-2"))
    path = tmp_path / "out.xlsx"
    rows = CONTRACTS.export_rows(ContractCompound.objects.all())
    spreadsheets.write_xlsx(path, [OutSheet("合同备案表", CONTRACTS.export_columns(), rows)])
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    assert book.active.max_row == 4
    batch = imports.import_file(by=world.clerk, path=path)
    assert batch.counts == {"contracts": {"UNCHANGED": 3}}


def test_an_undone_import_leaves_nothing(load, world):
    filed(world, compounds=[world.second], kind="SHARED", number="样例-手")
    before = Contract.objects.count()
    batch = load(row(world), row(world, world.second, 甲方="样例一院物管会"))
    import_undoing.undo_import(by=world.clerk, batch=batch, reason="错表")
    assert Contract.objects.count() == before
    assert ContractItem.objects.exclude(contract__number="样例-手").count() == 0
    assert ContractStep.objects.exclude(contract__number="样例-手").count() == 0
    assert breaches() == []


def test_undoing_a_change_puts_the_contract_back(load, world):
    load(row(world, 备案日期=None, 备案编号=None))
    before = Contract.objects.values().get()
    batch = load(row(world, 服务内容="保洁"))
    assert Contract.objects.get().items.count() == 1
    import_undoing.undo_import(by=world.clerk, batch=batch, reason="错表")
    after = Contract.objects.values().get()
    moved = {"version", "updated_at"}
    assert {k: v for k, v in after.items() if k not in moved} == {
        k: v for k, v in before.items() if k not in moved
    }
    assert Contract.objects.get().items.count() == 3
    assert list(ContractStep.objects.values_list("verb", flat=True)) == ["SIGNED"]
    assert not ContractCompound.objects.get().is_running
    assert breaches() == []


def test_what_was_acted_on_since_is_not_undone(load, world):
    batch = load(row(world))
    contract = Contract.objects.get()
    services.decide_renewal(
        by=world.clerk,
        contract=contract,
        version=contract.version,
        renewal="RENEW",
        decided_on=dt.date(2026, 11, 1),
        document="样例决议",
    )
    with pytest.raises(import_undoing.LaterEdits):
        import_undoing.undo_import(by=world.clerk, batch=batch, reason="错表")


def test_a_draft_of_the_same_number_is_not_overwritten(load, world):
    draft(world, number="样例-1")
    assert refusals(load, row(world)) == [(2, "合同编号")]


def test_the_template_imports_cleanly(world, tmp_path):
    path = tmp_path / "t.xlsx"
    samples = CONTRACTS.sample_rows(world.district.street)
    spreadsheets.write_xlsx(path, [OutSheet("合同备案表", CONTRACTS.export_columns(), samples)])
    imports.import_file(by=world.clerk, path=path)
    assert Contract.objects.get().state == "FILED"


@pytest.mark.parametrize(
    ("cell", "term"),
    [
        ("2025-06-01至2028-05-31", "2025-06-01至2028-05-31"),
        ("2025年6月1日—2028年5月31日", "2025-06-01至2028-05-31"),
        ("2025.6.1-2028.5.31", "2025-06-01至2028-05-31"),
        ("2025-06-01起至2028-05-31止", "2025-06-01至2028-05-31"),
        ("2025/6/1 ~ 2028/5/31", "2025-06-01至2028-05-31"),
        ("2025-06-01起", "2025-06-01至无固定期限"),
        ("2025-06-01至长期", "2025-06-01至无固定期限"),
        ("—", None),
    ],
)
def test_terms_are_read_as_clerks_write_them(cell, term):
    assert _term(cell) == term
