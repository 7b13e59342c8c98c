"""The sample district: what was committed is what the generator makes, and it holds together."""

import json
import re
from collections import Counter, defaultdict
from decimal import Decimal

import pytest
from stdnum.cn import uscc

from .conftest import FOLDER, rows_of
from .facts import decisions

CELLS = {
    "unit_plain": 57, "unit_large": 5, "red": 26, "scattered": 128, "unit_gone": 12,
    "large_apart": 6, "large_poor": 4, "refused": 48, "large_refused": 3, "unit_refuses": 7,
}  # fmt: skip
STRATEGIES = {  # compounds, buildings, entrances: domain.md S0
    "UNIT_COBUILD": (62, 531, 1593),
    "RED_TAKEOVER": (26, 520, 1560),
    "SUBSIDY_TRANSITION": (150, 343, 978),
    "FALLBACK": (58, 72, 144),
}


# --- what is committed --------------------------------------------------------------------------
def test_making_it_again_gives_the_committed_files(generate, made, tmp_path):
    generate.write(made, tmp_path, "xiaodian", generate.XIAODIAN_SEED)
    texts = ("rounds.toml", "inspections.toml", "watch.toml")
    for name in ("areas.json", "areas.geojson", "grids.geojson", "expected.toml", *texts):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name
    for name, sheet in (
        ("register.xlsx", "小区摸底台账"),
        ("register.xlsx", "楼栋表"),
        ("providers.xlsx", "物业企业备案表"),
        ("invitations.xlsx", "邀约记录表"),
        ("members.xlsx", "党员台账"),
        ("organisations.xlsx", "党组织台账"),
        ("duties.xlsx", "两长四员花名册"),
        ("grids.xlsx", "微网格台账"),
        ("leaders.xlsx", "党组织台账"),
        ("pairings.xlsx", "包联表"),
        ("progress.xlsx", "清零推进台账"),
        ("contracts.xlsx", "合同备案表"),
        ("collections.xlsx", "收费月报"),
        ("book.xlsx", "公共收益收支表"),
        ("assessments.xlsx", "双评打分表"),
        ("payees.xlsx", "企业收款账户表"),
    ):
        assert rows_of(name, sheet, tmp_path) == rows_of(name, sheet), sheet


def test_workbooks_are_the_same_to_the_byte(generate, tmp_path):
    for folder in ("one", "two"):
        generate.write(generate.make("other", 7, 60), tmp_path / folder, "other", 7)
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


# --- published figures --------------------------------------------------------------------------
def test_register_has_the_published_numbers_of_compounds(sheets, figures):
    modes = Counter(row["现管理方式"] for row in sheets.register)
    unmanaged = modes["无人管理"] + modes["弃管"]
    assert (len(sheets.register), unmanaged, len(sheets.register) - unmanaged) == (1157, 296, 861)
    assert (figures["compounds"], figures["unmanaged"], figures["managed"]) == (1157, 296, 861)
    assert figures["unmanaged_share_percent"] == 26


def test_every_cell_has_its_number_of_compounds(expected):
    assert {cell["key"]: cell["count"] for cell in expected["cells"]} == CELLS
    assert {cell["key"]: len(cell["codes"]) for cell in expected["cells"]} == CELLS


def test_engine_decides_all_as_the_scenario_needs(sheets, expected):
    decided = decisions(sheets.register, sheets.providers, sheets.invitations)
    wanted = {code: cell["strategy"] for cell in expected["cells"] for code in cell["codes"]}
    assert decided == wanted
    assert Counter(decided.values()) == {key: sums[0] for key, sums in STRATEGIES.items()}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_buildings_and_entrances_of_a_strategy(sheets, expected, strategy):
    codes = {c for cell in expected["cells"] if cell["strategy"] == strategy for c in cell["codes"]}
    rows = [row for row in sheets.register if row["小区编码"] in codes]
    sums = tuple(sum(row[name] for row in rows) for name in ("楼栋数", "单元数"))
    assert (len(rows), *sums) == STRATEGIES[strategy]
    written = next(s for s in expected["strategies"] if s["key"] == strategy)
    assert (written["compounds"], written["buildings"], written["entrances"]) == (len(rows), *sums)
    assert written["households"] == sum(row["户数"] for row in rows)
    assert Decimal(written["floor_area_m2"]) == sum(row["建筑面积(㎡)"] for row in rows)


def test_buildings_and_entrances_of_all_unmanaged(sheets, figures):
    rows = [row for row in sheets.register if row["现管理方式"] in ("无人管理", "弃管")]
    assert sum(row["楼栋数"] for row in rows) == figures["unmanaged_buildings"] == 1466
    assert sum(row["单元数"] for row in rows) == figures["unmanaged_entrances"] == 4275
    assert sum(row["户数"] for row in rows) == figures["unmanaged_households"]


def test_subsidy_is_half_a_yuan_for_six_months(sheets, expected):
    written = next(s for s in expected["strategies"] if s["key"] == "SUBSIDY_TRANSITION")
    codes = {
        c
        for cell in expected["cells"]
        if cell["strategy"] == "SUBSIDY_TRANSITION"
        for c in cell["codes"]
    }
    rows = [row for row in sheets.register if row["小区编码"] in codes]
    for basis, header in (("floor", "建筑面积(㎡)"), ("chargeable", "应收费面积(㎡)")):
        areas = [row[header] for row in rows]
        assert Decimal(written[f"{basis}_area_basis_m2"]) == sum(areas)
        assert Decimal(written[f"subsidy_by_{basis}_area"]) == sum(areas) * 3


# --- rows that agree with each other ------------------------------------------------------------
def test_buildings_sheet_adds_up_to_the_register(sheets):
    sums = defaultdict(lambda: defaultdict(lambda: [0, True]))
    for row in sheets.buildings:
        for name in ("单元数", "户数", "电梯数", "建筑面积(㎡)"):
            total = sums[row["小区编码"]][name]
            if row[name] is None:
                total[1] = False
            else:
                total[0] += row[name]
        sums[row["小区编码"]]["楼栋数"][0] += 1
    assert len(sums) == 1157
    for row in sheets.register:
        for name in ("楼栋数", "单元数", "户数", "电梯数", "建筑面积(㎡)"):
            total, is_whole = sums[row["小区编码"]][name]
            if row[name] is not None:
                assert is_whole, (row["小区编码"], name)
                assert total == row[name], (row["小区编码"], name)


def test_codes_names_and_places_are_well_formed(sheets, expected):
    names, codes = set(), set()
    areas = {a["code"]: a for a in json.loads((FOLDER / "areas.json").read_text("utf-8"))["areas"]}
    for row in sheets.register:
        assert re.fullmatch(rf"{row['区划代码']}-\d{{4}}", row["小区编码"])
        community = areas[row["区划代码"]]
        assert community["name"] == row["社区"]
        assert areas[community["parent"]]["name"] == row["街道"]
        assert len(row["小区名称"]) <= 24
        names.add(row["小区名称"])
        codes.add(row["小区编码"])
    assert len(names) == len(codes) == 1157


def test_area_codes_are_prefixes_of_each_other():
    rows = json.loads((FOLDER / "areas.json").read_text("utf-8"))["areas"]
    lengths = {"DISTRICT": 6, "STREET": 9, "COMMUNITY": 12}
    for row in rows:
        assert re.fullmatch(rf"\d{{{lengths[row['level']]}}}", row["code"])
        assert row["code"].startswith(row["parent"] or "140105")
    assert Counter(row["level"] for row in rows) == {"DISTRICT": 1, "STREET": 10, "COMMUNITY": 120}
    assert len({row["code"] for row in rows}) == len({row["name"] for row in rows}) == 131


def test_credit_codes_are_valid_and_everything_invented_is_marked(sheets):
    codes = [row["统一社会信用代码"] for row in sheets.providers]
    assert len(set(codes)) == len(codes) >= 40
    for row in sheets.providers:
        uscc.validate(row["统一社会信用代码"])
        assert "样例" in row["企业名称"]
    for row in sheets.register:
        assert "样例" in row["摸底人"]
        if row["原产权单位"]:
            assert "样例" in row["小区名称"]


def test_facts_that_decide_are_known_for_every_unmanaged_compound(sheets):
    needed = (
        "户数",
        "建筑面积(㎡)",
        "楼栋数",
        "单元数",
        "建成年份",
        "产权性质",
        "单位状态",
        "是否改造",
    )
    for row in sheets.register:
        if row["现管理方式"] in ("无人管理", "弃管"):
            assert all(row[name] is not None for name in needed), row["小区编码"]
            assert 1965 <= row["建成年份"] <= 2012
            assert 50 < row["建筑面积(㎡)"] / row["户数"] < 92
            assert row["与原单位距离(m)"] is not None or not row["原产权单位"]
        if row["应收费面积(㎡)"]:
            assert row["应收费面积(㎡)"] < row["建筑面积(㎡)"]
        three = [row[name] for name in ("无主管单位", "无物业服务", "无人防物防技防")]
        if row["是否三无"]:
            assert row["是否三无"] == ("是" if three == ["是"] * 3 else "否")


def test_managed_compounds_show_gaps_in_their_facts(sheets):
    managed = [r for r in sheets.register if r["现管理方式"] not in ("无人管理", "弃管")]
    for name in ("户数", "建成年份", "应收费面积(㎡)", "常住人口", "经度"):
        missing = sum(row[name] is None for row in managed)
        assert 0 < missing < len(managed) / 4, name


def test_some_compounds_lie_just_short_of_a_threshold(sheets):
    unmanaged = [r for r in sheets.register if r["现管理方式"] in ("无人管理", "弃管")]
    assert any(280 <= row["户数"] < 300 and row["建筑面积(㎡)"] < 20_000 for row in unmanaged)
    assert any(row["户数"] == 300 for row in unmanaged)
    distances = {row["与原单位距离(m)"] for row in unmanaged}
    assert {185, 199, 200, 201} <= distances


def test_a_red_firm_that_lacks_a_flag_agreed_and_does_not_count(sheets, expected):
    flags = ("是否辖区内", "有能力", "有意愿", "基础好")
    lacking = {
        row["统一社会信用代码"]
        for row in sheets.providers
        if row["是否红色物业"] == "是" and any(row[flag] == "否" for flag in flags)
    }
    poor = {c for cell in expected["cells"] if cell["key"] == "large_poor" for c in cell["codes"]}
    agreed = [row for row in sheets.invitations if row["答复"] == "同意"]
    assert any(r["统一社会信用代码"] in lacking and r["小区编码"] in poor for r in agreed)


def test_invitations_have_dates_in_order_and_letters_of_their_own(sheets):
    surveyed = {row["小区编码"]: row["摸底日期"] for row in sheets.register}
    for row in sheets.invitations:
        assert surveyed[row["小区编码"]] < row["邀约日期"]
        assert row["邀约日期"].year in (2025, 2026)
        if row["答复日期"]:
            assert row["邀约日期"] < row["答复日期"]
        assert (row["答复日期"] is None) == (row["答复"] in ("未答复", "待答复"))
    assert len({row["函号"] for row in sheets.invitations}) == len(sheets.invitations)


# --- the map ------------------------------------------------------------------------------------
def _edges(ring):
    return list(zip(ring, ring[1:] + ring[:1], strict=True))


@pytest.mark.parametrize("seed", [20260525, 1, 44])
def test_areas_fill_their_parents_and_share_every_border(generate, seed):
    district = generate.make("xiaodian", seed).district
    rings = {area.code: area.ring for area in district.areas}
    for level in ("STREET", "COMMUNITY"):
        borders = Counter(
            edge for a in district.areas if a.level == level for edge in _edges(a.ring)
        )
        assert set(borders.values()) == {1}, "two areas lie on the same side of a border"
        outer = {edge for edge in borders if edge[::-1] not in borders}
        if level == "STREET":
            assert outer == set(_edges(rings["140105"]))
    for street in (a for a in district.areas if a.level == "STREET"):
        inside = [a for a in district.areas if a.parent == street.code]
        borders = {edge for a in inside for edge in _edges(a.ring)}
        outer = {edge for edge in borders if edge[::-1] not in borders}
        assert outer == set(_edges(street.ring)), street.name


def test_compounds_lie_inside_their_community(sheets):
    features = json.loads((FOLDER / "areas.geojson").read_text("utf-8"))["features"]
    rings = {f["properties"]["code"]: f["geometry"]["coordinates"][0] for f in features}
    for row in sheets.register:
        if row["经度"] is not None:
            x, y, inside = row["经度"], row["纬度"], False
            for (ax, ay), (bx, by) in _edges(rings[row["区划代码"]][:-1]):
                if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                    inside = not inside
            assert inside, row["小区编码"]
            assert 112.5 < x < 112.67
            assert 37.61 < y < 37.84


# --- other districts ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("scenario", "size", "seed"), [("other", 60, 1), ("other", 400, 2), ("xiaodian", 300, 3)]
)
def test_another_size_and_seed_gives_a_district_that_decides(
    generate, tmp_path, scenario, size, seed
):
    made = generate.make(scenario, seed, size)
    generate.write(made, tmp_path, scenario, seed)
    register = rows_of("register.xlsx", "小区摸底台账", tmp_path)
    decided = decisions(
        register,
        rows_of("providers.xlsx", "物业企业备案表", tmp_path),
        rows_of("invitations.xlsx", "邀约记录表", tmp_path),
    )
    wanted = {c.code: _strategy(made, generate, c) for c in made.compounds if c.cell}
    assert len(register) == size
    assert decided == wanted
    assert set(decided.values()) == set(STRATEGIES)


def _strategy(made, generate, compound):
    return next(cell.strategy for cell in generate.cells.CELLS if cell.key == compound.cell)


def test_a_district_too_small_for_every_cell_is_refused(generate):
    with pytest.raises(ValueError, match="at least 50"):
        generate.make("other", 1, 20)
