"""The party grid of the sample district, as rows: what the topology makes of it, by itself."""

import re
import sys
from collections import Counter, defaultdict

import pytest

from governance.party_grid.rules import Cell, Courtyard, Layout, Norms, OrganisationKind, wanted_for

from .conftest import rows_of


@pytest.fixture(scope="module")
def grids():
    return rows_of("grids.xlsx", "微网格台账")


@pytest.fixture(scope="module")
def members():
    return rows_of("members.xlsx", "党员台账")


@pytest.fixture(scope="module")
def heads():
    return rows_of("duties.xlsx", "两长四员花名册")


@pytest.fixture(scope="module")
def pairings():
    found = defaultdict(list)
    for row in rows_of("pairings.xlsx", "包联表"):
        found[row["类型"]].append(row)
    return found


@pytest.fixture(scope="module")
def wanted(sheets, grids, members):
    """What the rule calls for in every community, read from the committed rows alone."""
    full = Counter(row["小区编码"] for row in members if row["政治面貌"] == "中共党员")
    compounds = {row["小区编码"]: row for row in sheets.register}
    by_community = defaultdict(list)
    for row in grids:
        if not row["微网格编码"]:
            by_community[row["网格编码"][:12]].append(row)
    found = []
    for community, rows in enumerate(by_community.values()):
        codes = sorted({code for row in rows for code in row["小区编码"].split("、")})
        cells = tuple(Cell(n, row["网格编码"], row["名称"]) for n, row in enumerate(rows))
        courtyards = tuple(
            Courtyard(
                n,
                code,
                compounds[code]["小区名称"],
                compounds[code]["楼栋数"],
                compounds[code]["单元数"],
                full[code] or None,
            )
            for n, code in enumerate(codes)
        )
        covers = frozenset(
            (n, codes.index(code))
            for n, row in enumerate(rows)
            for code in row["小区编码"].split("、")
        )
        nodes, uncovered = wanted_for(Layout(community, cells, courtyards, covers), Norms())
        assert not uncovered
        found += nodes
    return found


def test_the_topology_founds_the_published_branches_and_groups(wanted, figures):
    kinds = Counter(node.kind for node in wanted)
    assert kinds[OrganisationKind.BRANCH] == figures["branches"] == 104
    assert kinds[OrganisationKind.GROUP] == figures["groups"] == 192
    reasons = Counter(reason.code for node in wanted for reason in node.reasons)
    assert reasons["MANY_GRIDS"] == 26
    assert reasons["GROUP_PER_GRID"] == 78
    assert reasons["OWN_GROUP"] + reasons["SHARED_GROUP"] == 114


def test_no_branch_is_joint_and_each_has_three_to_fifty_members(wanted):
    branches = [node for node in wanted if node.kind == OrganisationKind.BRANCH]
    assert not any(branch.is_joint for branch in branches)
    assert all(3 <= branch.full_members <= 50 for branch in branches)
    assert max(branch.full_members for branch in branches) > 40


def test_leaders_are_named_for_every_organisation_the_topology_founds(wanted):
    rows = rows_of("leaders.xlsx", "党组织台账")
    assert Counter(row["组织名称"] for row in rows) == Counter(node.name for node in wanted)
    assert all(row["书记"] and row["联系电话"] for row in rows)


def test_leaders_are_full_members_of_what_their_branch_covers(members, grids):
    homes = {row["联系电话"]: row["小区编码"] for row in members if row["政治面貌"] == "中共党员"}
    covers = {
        row["网格编码"]: row["小区编码"].split("、") for row in grids if not row["微网格编码"]
    }
    inside = []
    for row in rows_of("leaders.xlsx", "党组织台账"):  # a branch, then its groups
        if row["类型"] in ("小区", "网格"):
            inside = covers.get(row["小区/网格"], [row["小区/网格"]])
        assert homes[row["联系电话"]] in inside, row["组织名称"]


def test_grids_hold_every_unmanaged_compound(sheets, grids):
    unmanaged = {r["小区编码"] for r in sheets.register if r["现管理方式"] in ("无人管理", "弃管")}
    times = Counter(
        c for row in grids if not row["微网格编码"] for c in row["小区编码"].split("、")
    )
    assert set(times) == unmanaged
    assert Counter(times.values()) == {1: 270, 3: 26}
    shared = [
        len(row["小区编码"].split("、"))
        for row in grids
        if not row["微网格编码"] and not row["楼栋"]
    ]
    assert (len(shared), sum(shared)) == (78, 270)
    assert 2 <= min(shared) <= max(shared) <= 6


def test_micro_grids_cover_every_entrance_once(sheets, grids, figures):
    micros = [row for row in grids if row["微网格编码"]]
    assert len(micros) == figures["micro_grids"] == 674
    entrances = {(b["小区编码"], b["楼栋"]): b["单元数"] for b in sheets.buildings}
    buildings = defaultdict(list)
    for code, building in entrances:
        buildings[code].append(building)
    names = {row["小区编码"]: row["小区名称"] for row in sheets.register}
    times = Counter()
    for row in micros:
        for door in _doors(row, entrances, buildings, names):
            times[door] += 1
    assert set(times.values()) == {1}
    assert len(times) == 4275
    mean = sum(row["户数"] for row in micros) / len(micros)
    assert 70 < mean < 80


def _doors(row, entrances, buildings, names):
    """Every (compound, building, entrance) that a row of the sheet covers."""
    codes = row["小区编码"].split("、")
    inside = defaultdict(list)
    for written in filter(None, (row["楼栋"] or "").split("、")):
        inside[_of(written, codes, buildings, names)].append(written.split("/")[-1])
    parts = defaultdict(list)
    for written in filter(None, (row["单元"] or "").split("、")):
        front, _, number = written.rpartition("/")
        building = front or row["楼栋"]
        code = _of(building, codes, buildings, names)
        parts[code, building.split("/")[-1]].append(int(number.removesuffix("单元")))
    for code in codes:
        for building in inside[code] or buildings[code]:
            numbers = parts[code, building] or range(1, entrances[code, building] + 1)
            yield from ((code, building, number) for number in numbers)


def _of(written, codes, buildings, names):
    """The compound of a building; it is named where the row has several."""
    front, _, name = written.rpartition("/")
    (code,) = [c for c in codes if name in buildings[c] and front in ("", names[c])]
    return code


def test_every_building_and_entrance_has_one_head(heads, figures):
    posts = Counter(
        (row["职务"], row["小区编码"], row["楼栋"], row["单元"])
        for row in heads
        if row["职务"] in ("楼栋长", "单元长")
    )
    assert set(posts.values()) == {1}
    kinds = Counter(post[0] for post in posts)
    assert kinds["楼栋长"] == figures["building_heads"] == 1466
    assert kinds["单元长"] == figures["entrance_heads"] == 4275


def test_every_micro_grid_has_two_or_three_assistants(grids, figures):
    counts = Counter(
        sum(row[f"辅助员{n}"] is not None for n in (1, 2, 3)) for row in grids if row["微网格编码"]
    )
    assert counts == {2: 674 - 53, 3: 53}
    assert 2 * counts[2] + 3 * counts[3] == figures["assistants"] == 1401


def test_nobody_can_be_called_and_nobody_is_two_people(members, heads):
    people = defaultdict(set)
    for row in [*members, *heads]:
        assert re.fullmatch(r"15405\d{6}", row["联系电话"])
        people[row["联系电话"]].add((row["姓名"], row["性别"], row["出生年份"], row["政治面貌"]))
    assert all(len(known) == 1 for known in people.values())
    here = defaultdict(set)
    for row in [*members, *heads]:
        here[row["小区编码"][:12], row["姓名"]].add(row["联系电话"])
    assert all(len(phones) == 1 for phones in here.values())


def test_a_party_member_among_the_heads_stands_in_the_ledger(members, heads):
    known = {row["联系电话"] for row in members}
    for row in heads:
        if row["政治面貌"].startswith("中共"):
            assert row["联系电话"] in known
    assert all(row["政治面貌"] == "中共党员" for row in heads if row["职务"] == "党员中心户")


def test_serving_members_have_reported_with_one_post(members):
    serving = [row for row in members if row["党员类别"] == "在职报到党员"]
    assert serving
    assert all(row["认领岗位"] and row["报到日期"] for row in serving)
    assert {row["党员类别"] for row in members} == {
        "居民党员", "在职报到党员", "离退休党员", "流动党员",
    }  # fmt: skip


def test_pairings_are_as_many_as_expected(pairings, figures, sheets):
    unmanaged = {r["小区编码"] for r in sheets.register if r["现管理方式"] in ("无人管理", "弃管")}
    assert {row["小区编码"] for rows in pairings.values() for row in rows} <= unmanaged
    assert {kind: len(rows) for kind, rows in pairings.items()} == {
        "县干": figures["pairings_of_county_cadres"],
        "街社": figures["pairings_of_street_cadres"],
        "在职党员": figures["pairings_of_serving_members"],
        "中心户": figures["pairings_of_centre_households"],
    }


def test_a_county_level_cadre_has_two_or_three_compounds_that_no_other_has(pairings, figures):
    counts = Counter(row["联系电话"] for row in pairings["县干"])
    assert len(counts) == figures["county_cadres"] == 12
    assert set(counts.values()) == {2, 3}
    assert len({row["小区编码"] for row in pairings["县干"]}) == len(pairings["县干"])
    assert all(row["对象"] == row["小区名称"] for row in pairings["县干"] + pairings["街社"])


def test_cadres_in_real_posts_are_marked_and_those_of_communities_head_its_grid(pairings, grids):
    heads = {row["联系电话"]: row for row in grids if not row["微网格编码"]}
    for row in pairings["街社"]:
        if row["单位职务"].endswith("网格专干"):
            assert row["小区编码"] in heads[row["联系电话"]]["小区编码"].split("、")
        else:
            assert row["包联人"].endswith("（样例）")
    assert all(row["包联人"].endswith("（样例）") for row in pairings["县干"])
    compounds = [row["小区编码"] for row in pairings["街社"]]
    assert len(set(compounds)) == len(compounds)


def test_members_and_centre_households_are_paired_with_doors_that_exist(
    pairings, members, heads, sheets
):
    serving = {(r["小区编码"], r["联系电话"]) for r in members if r["身份"] == "在职"}
    hosts = {(r["小区编码"], r["联系电话"]) for r in heads if r["职务"] == "党员中心户"}
    assert all((r["小区编码"], r["联系电话"]) in serving for r in pairings["在职党员"])
    assert all((r["小区编码"], r["联系电话"]) in hosts for r in pairings["中心户"])
    buildings = {(b["小区编码"], b["楼栋"]): b for b in sheets.buildings}
    rows = pairings["在职党员"] + pairings["中心户"]
    for row in rows:
        building, entrance, storey = re.fullmatch(
            r"(\d+号楼)(\d+)单元(\d+)\d\d", row["对象"]
        ).groups()
        about = buildings[row["小区编码"], building]
        assert int(entrance) <= about["单元数"]
        assert int(storey) <= about["层数"]
    assert len({(r["小区编码"], r["对象"]) for r in rows}) == len(rows)
    assert len({r["联系电话"] for r in pairings["在职党员"]}) == len(pairings["在职党员"])


def test_grids_fill_their_community_and_hold_their_compounds(generate, made):
    geometry = sys.modules["maker.geometry"]
    polygons = generate.outline(made.grids)
    sizes = defaultdict(int)
    for grid in made.grids:
        rings = [ring for polygon in polygons[grid.code] for ring in polygon]
        sizes[grid.community.code] += sum(geometry.double_area(ring) for ring in rings)
        if not grid.is_own:
            for compound in grid.compounds:
                assert any(geometry.contains(ring, compound.place) for ring in rings), compound.name
    whole = {g.community.code: geometry.double_area(g.community.ring) for g in made.grids}
    for code, size in sizes.items():
        assert abs(size / whole[code] - 1) < 0.001, code
