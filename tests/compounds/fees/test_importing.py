"""The sheets 收费月报, 公共收益收支表 and 双评打分表."""

import datetime as dt
from decimal import Decimal

import pytest

from compounds.fees.importing import BOOKS, POINTS, REPORTS
from compounds.fees.models import (
    Assessment,
    AssessmentRound,
    BookBalance,
    BookEntry,
    CollectionReport,
    ComplaintCount,
)
from compounds.fees.services import assessing, books
from compounds.registry.models import ImportRow
from compounds.registry.services import import_undoing, imports
from governance.foundation import spreadsheets
from governance.foundation.errors import DomainError
from governance.foundation.spreadsheets import OutColumn, OutSheet
from governance.organisation.scope import Role
from tests.compounds.fees.serving import make_charging, make_report
from tests.factories import make_compound, make_user

MAY = dt.date(2026, 5, 1)


@pytest.fixture
def officer(district):
    return make_user(role=Role.DISTRICT_OFFICER, area=district.area)


@pytest.fixture
def compound(district):
    return make_compound(district.community, name="样例路1号院", household_count=446)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: dt.date(2026, 6, 10))


def write(path, name, rows):
    headers = list(dict.fromkeys(key for row in rows for key in row))
    columns = [OutColumn(header) for header in headers]
    spreadsheets.write_xlsx(
        path, [OutSheet(name, columns, [[row.get(h) for h in headers] for row in rows])]
    )
    return path


def reported(compound, **changes):
    return {
        "小区编码": compound.code,
        "小区": compound.name,
        "年月": "2026-05",
        "应收户数": 446,
        "应收金额": 22300,
        "实收户数": 421,
        "实收金额": 21050.5,
        **changes,
    }


def line(compound, **changes):
    return {
        "小区编码": compound.code,
        "小区": compound.name,
        "日期": "2026-05-20",
        "收支类别": "收入",
        "项目": "停车",
        "金额": 1200,
        **changes,
    }


def run(officer, tmp_path, name, rows):
    return imports.import_file(by=officer, path=write(tmp_path / "a.xlsx", name, rows))


def refused(officer, tmp_path, name, rows) -> list[str]:
    with pytest.raises(imports.ImportRefused):
        run(officer, tmp_path, name, rows)
    found = ImportRow.objects.filter(state=ImportRow.State.REFUSED)
    return [problem["message"] for row in found for problem in row.problems]


def again(officer, tmp_path, sheet, rows) -> dict:
    """Import what was exported."""
    path = tmp_path / "again.xlsx"
    spreadsheets.write_xlsx(path, [OutSheet(sheet.titles[0], sheet.export_columns(), rows)])
    batch = imports.import_file(by=officer, path=path)
    return batch.counts[sheet.key]


# -- M ---------------------------------------------------------------------------------------------
def test_a_month_comes_in_and_goes_back(officer, compound, tmp_path):
    make_charging(compound)
    batch = run(officer, tmp_path, "收费月报", [reported(compound, 投诉件数=3)])
    report = CollectionReport.objects.get()
    assert (report.month, report.paid_amount) == (MAY, Decimal("21050.50"))
    assert report.provider == compound.assignments.get().provider
    assert ComplaintCount.objects.get().count == 3
    import_undoing.undo_import(by=officer, batch=batch)
    assert not CollectionReport.objects.exists()
    assert not ComplaintCount.objects.exists()


def test_an_export_of_months_changes_nothing(officer, compound, tmp_path):
    make_charging(compound)
    make_report(compound, dt.date(2025, 5, 1), (446, "22300"), (300, "12265"))
    run(officer, tmp_path, "收费月报", [reported(compound, 投诉件数=0)])
    rows = list(REPORTS.export_rows(CollectionReport.objects.filter(month=MAY)))
    assert rows[0][5:14] == [
        446,
        Decimal("22300.00"),
        421,
        Decimal("21050.50"),
        Decimal("94.4"),
        Decimal("94.4"),
        Decimal("55.0"),
        25,
        0,
    ]
    assert again(officer, tmp_path, REPORTS, rows) == {"UNCHANGED": 1}


def test_a_month_before_charging_is_refused(officer, compound, tmp_path):
    make_charging(compound)
    told = refused(officer, tmp_path, "收费月报", [reported(compound, 年月="2026-02")])
    assert told == [
        "Charging has not begun here in this month: serve, consult, then charge. "
        "Nothing can have been billed."
    ]
    free = {"应收金额": 0, "实收金额": 0, "年月": "2026.2"}
    run(officer, tmp_path, "收费月报", [reported(compound, **free)])
    assert CollectionReport.objects.get().month == dt.date(2026, 2, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"实收户数": 447},
        {"年月": "2026-07"},
        {"应收金额": -1},
        {"应收金额": None},
        {"年月": "五月"},
        {"小区编码": "140105001001-9999"},
        {"企业": "没有的物业"},
        {"应收金额": 0},
    ],
)
def test_months_that_cannot_be_are_refused(officer, compound, tmp_path, changes):
    refused(officer, tmp_path, "收费月报", [reported(compound, **changes)])
    assert not CollectionReport.objects.exists()


def test_rates_that_contradict_their_row_are_marked(officer, compound, tmp_path):
    row = reported(compound, **{"户收费率": "94.4%", "金额收费率(%)": 80, "欠费户数": 25})
    run(officer, tmp_path, "收费月报", [row])
    problems = ImportRow.objects.get().problems
    assert [one["header"] for one in problems] == ["金额收费率(%)"]


def test_ten_thousand_yuan_stand_in_the_header(officer, compound, tmp_path):
    row = reported(compound, **{"应收金额": None})
    row |= {"应收金额(万元)": 2.23}
    del row["应收金额"]
    run(officer, tmp_path, "收费月报", [row])
    assert CollectionReport.objects.get().billed_amount == Decimal("22300.00")


def test_a_clerk_imports_for_the_own_street_only(district, compound, tmp_path):
    clerk = make_user(role=Role.STREET_CLERK, area=district.other_street)
    refused(clerk, tmp_path, "收费月报", [reported(compound)])


# -- N ---------------------------------------------------------------------------------------------
def test_lines_of_a_book_come_in_once(officer, compound, tmp_path):
    rows = [
        line(compound, 收支类别="支出", 项目=None, 金额=800, 支出用途="更换门禁", 凭证号="A1"),
        line(compound),
        line(compound),
        line(compound, 收支类别="合理成本", 金额=100, 凭证号="A2"),
    ]
    batch = run(officer, tmp_path, "公共收益收支表", rows)
    assert batch.counts["book"] == {"NEW": 4}
    assert BookBalance.objects.get().amount == Decimal("1500.00")
    assert run(officer, tmp_path, "公共收益收支表", rows).counts["book"] == {"UNCHANGED": 4}
    third = [*rows, line(compound)]
    assert run(officer, tmp_path, "公共收益收支表", third).counts["book"] == {
        "UNCHANGED": 4,
        "NEW": 1,
    }
    assert BookEntry.objects.net() == BookBalance.objects.get().amount == Decimal("2700.00")
    with pytest.raises(DomainError):
        import_undoing.undo_import(by=officer, batch=batch)
    assert BookEntry.objects.count() == 5


def test_an_export_of_books_with_reversals_changes_nothing(officer, compound, tmp_path):
    run(officer, tmp_path, "公共收益收支表", [line(compound), line(compound, 金额=500)])
    books.reverse_entry(by=officer, entry=BookEntry.objects.get(amount=500), reason="重复")
    rows = list(BOOKS.export_rows(BookEntry.objects.all()))
    assert [row[6] for row in rows] == [Decimal("1200.00"), Decimal("500.00"), Decimal("-500.00")]
    assert again(officer, tmp_path, BOOKS, rows) == {"UNCHANGED": 3}


def test_a_line_is_published_by_the_sheet_once(officer, compound, tmp_path):
    run(officer, tmp_path, "公共收益收支表", [line(compound)])
    run(officer, tmp_path, "公共收益收支表", [line(compound, 公示日期="2026-06-01")])
    assert BookEntry.objects.get().published_on == dt.date(2026, 6, 1)
    refused(officer, tmp_path, "公共收益收支表", [line(compound, 公示日期="2026-06-02")])


@pytest.mark.parametrize(
    "changes",
    [
        {"收支类别": "支出", "支出用途": "门禁", "金额": 1200.01},
        {"收支类别": "支出", "金额": 1},
        {"金额": -5},
        {"金额": 0},
        {"项目": None},
        {"项目": "彩票"},
        {"日期": "2026-07-01"},
        {"公示日期": "2026-05-01"},
    ],
)
def test_lines_that_cannot_be_are_refused(officer, compound, tmp_path, changes):
    rows = [line(compound), line(compound, **{"凭证号": "A1", **changes})]
    refused(officer, tmp_path, "公共收益收支表", rows)
    assert not BookEntry.objects.exists()


# -- P ---------------------------------------------------------------------------------------------
@pytest.fixture
def round_(district):
    return AssessmentRound.objects.create(
        district=district.area,
        name="2026年上半年",
        starts_on=dt.date(2026, 1, 1),
        ends_on=dt.date(2026, 6, 30),
    )


def scored(compound, **changes):
    return {
        "轮次": "2026年上半年",
        "小区编码": compound.code,
        "小区": compound.name,
        "抽样户数": 45,
        "满意度得分": 88,
        "收费率得分": 82,
        **changes,
    }


def test_points_come_in_and_are_added_up_by_the_round(officer, compound, round_, tmp_path):
    batch = run(officer, tmp_path, "双评打分表", [scored(compound, 总分=85.6, 等次="良好")])
    one = Assessment.objects.get()
    assert (one.total, one.grade, one.collection_source) == (Decimal("85.60"), "GOOD", "TYPED")
    assert not ImportRow.objects.get().problems
    rows = list(POINTS.export_rows(Assessment.objects.all()))
    assert again(officer, tmp_path, POINTS, rows) == {"UNCHANGED": 1}
    import_undoing.undo_import(by=officer, batch=batch)
    assert not Assessment.objects.exists()


def test_points_of_collection_come_from_the_reports(officer, compound, round_, tmp_path):
    make_report(compound, MAY, (446, "22300"), (421, "18286"))
    run(officer, tmp_path, "双评打分表", [scored(compound, 收费率得分=None)])
    one = Assessment.objects.get()
    assert (one.collection_score, one.collection_source) == (Decimal("82.00"), "REPORTS")


def test_a_closed_round_takes_nothing_and_gives_nothing_back(officer, compound, round_, tmp_path):
    batch = run(officer, tmp_path, "双评打分表", [scored(compound)])
    assessing.close_round(by=officer, round_=round_, version=1)
    refused(officer, tmp_path, "双评打分表", [scored(compound, 满意度得分=90)])
    assert run(officer, tmp_path, "双评打分表", [scored(compound)]).counts["assessments"] == {
        "UNCHANGED": 1
    }
    with pytest.raises(DomainError):
        import_undoing.undo_import(by=officer, batch=batch)
    assert Assessment.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"轮次": "2030年"},
        {"满意度得分": 100.01},
        {"抽样户数": 447},
        {"收费率得分": None},
        {"评定日期": "2025-12-31"},
        {"评定日期": "2026-06-11"},
    ],
)
def test_points_that_cannot_be_are_refused(officer, compound, round_, tmp_path, changes):
    refused(officer, tmp_path, "双评打分表", [scored(compound, **changes)])
    assert not Assessment.objects.exists()
