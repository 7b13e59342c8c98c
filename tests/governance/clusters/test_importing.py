"""The sheet 片区五有清单: from a clerk's file to the register, and back."""

import datetime as dt

import pytest

from compounds.registry.importing import returning
from compounds.registry.models import ImportRow
from compounds.registry.services import import_undoing, imports
from governance.clusters.importing import CLUSTERS
from governance.clusters.models import Cluster, FiveHave
from governance.foundation import dates, spreadsheets
from governance.foundation.spreadsheets import OutColumn, OutSheet
from tests.governance.clusters.world import make_cluster, make_passing, make_world

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture
def world(district):
    return make_world(district)


def write(path, rows):
    headers = list(dict.fromkeys(key for one in rows for key in one))
    values = [[one.get(header) for header in headers] for one in rows]
    sheet = OutSheet("片区五有清单", [OutColumn(h) for h in headers], values)
    spreadsheets.write_xlsx(path, [sheet])
    return path


@pytest.fixture
def load(world, tmp_path):
    def load(*rows, by=None, **more):
        path = write(tmp_path / "a.xlsx", rows)
        return imports.import_file(by=by or world.officer, path=path, **more)

    return load


def row(world, code="P01", compounds=None, **changes):
    compounds = world.compounds[:2] if compounds is None else compounds
    return {
        "片区编码": code,
        "片区名称": f"样例{code}片区",
        "区划代码": world.district.community.code,
        "小区编码": "、".join(one.code for one in compounds),
        "党组织": "样例片区党支部",
        "有党组织": "是",
        "党组织依据": "样例批复",
        "有活动阵地": "是",
        "活动阵地依据": "1号楼一层",
        "阵地来源": "闲置物业用房",
        "阵地达标": "是",
        "有党员台账": "是",
        "党员台账依据": "登记2名",
        "有联系机制": "是",
        "联系机制依据": "连心卡",
        "有应急预案": "是",
        "应急预案依据": "2026年修订",
        "核查日期": "2026-04-27",
        **changes,
    }


def refusals(load, *rows, **more):
    """Rows and columns of what an import refuses."""
    with pytest.raises(imports.ImportRefused) as error:
        load(*rows, **more)
    return [(p["row"], p["header"]) for p in error.value.problems]


def state():
    """Everything the register says of clusters."""
    return sorted(
        (
            one.code,
            one.name,
            one.organisation_id,
            tuple(one.members.order_by("compound").values_list("compound", "has_no_members")),
            tuple(
                one.five_haves.order_by("item").values_list(
                    "item", "is_met", "evidence", "premises", "meets_standard", "checked_on"
                )
            ),
        )
        for one in Cluster.objects.all()
    )


def test_a_row_is_a_cluster_with_all_that_belongs_to_it(load, world):
    load(row(world))
    cluster = Cluster.objects.get()
    assert (cluster.code, cluster.organisation) == ("P01", world.branch)
    assert cluster.community == world.district.community
    assert cluster.members.count() == 2
    assert list(Cluster.objects.passing()) == [cluster]
    venue = cluster.five_haves.get(item="VENUE")
    assert (venue.premises, venue.meets_standard) == ("PROPERTY_ROOM", True)
    assert (venue.checked_on, venue.checked_by) == (dt.date(2026, 4, 27), world.officer)


def test_other_headers_are_understood(load, world):
    load(
        {
            "片区编码": "P01",
            "片区名称": "样例片区",
            "区划代码": world.district.community.code,
            "党组织": "样例片区党支部",
            "小区名称": "样例1院、样例2院",
            "党组织(有无)": "有",
            "活动阵地": "有",
            "场所来源": "改造",
            "156N": "是",
            "党员台账": "有",
            "联系机制": "有",
            "应急预案": "无",
            "证明材料": "样例卷宗",
            "核查日期": "2026-04-27",
        }
    )
    cluster = Cluster.objects.get()
    assert cluster.members.count() == 2
    found = dict(cluster.five_haves.values_list("item", "is_met"))
    assert found == {item: item != "EMERGENCY_PLAN" for item in FiveHave.Item.values}
    assert cluster.five_haves.get(item="VENUE").evidence == "样例卷宗"


def test_a_cluster_of_a_street_reaches_its_communities(load, world):
    said = row(world, compounds=[world.compounds[3], world.sister], 有党员台账=None)
    load(said | {"区划代码": world.district.street.code})
    cluster = Cluster.objects.get()
    assert (cluster.community, cluster.street) == (None, world.district.street)
    assert cluster.members.count() == 2


def test_all_errors_come_at_once(load, world):
    found = refusals(
        load,
        row(world, 党组织依据=None),  # in place without evidence
        row(world, "P02", compounds=world.compounds[2:3]),  # no members in the ledger
        row(world, "P03", compounds=[world.far], 有党员台账="否"),  # another place
        row(world, "P04", compounds=world.compounds[:1]),  # stands in the first row
        row(world, "P05", compounds=[], 党组织="样例无此支部", 有党员台账="否"),
        row(world, "P06", compounds=[], 有党员台账="否", 区划代码="140105009009"),
        row(world, "P07", compounds=[], 有党员台账="否", 核查日期="2027-01-01"),
    )
    assert {number for number, _header in found} == set(range(2, 9))
    assert ("党组织依据") in {header for number, header in found if number == 2}
    assert Cluster.objects.count() == 0


def test_a_compound_of_another_cluster_is_refused_with_its_name(load, world):
    make_cluster(world, "P09", compounds=world.compounds[:1])
    with pytest.raises(imports.ImportRefused, match="样例P09片区"):
        load(row(world))


def test_compounds_named_without_members_pass(load, world):
    load(row(world, compounds=world.compounds[:3], 无党员小区="样例3院"))
    assert Cluster.objects.passing().count() == 1
    assert Cluster.objects.get().members.filter(has_no_members=True).count() == 1


def test_rows_outside_the_area_are_refused(load, world):
    said = row(world, compounds=[], 有党员台账="否") | {
        "区划代码": world.district.other_community.code
    }
    assert refusals(load, said, by=world.clerk, area=world.district.street)


def test_importing_an_export_changes_nothing(load, world, tmp_path):
    load(row(world), row(world, "P02", compounds=world.compounds[2:], 有党员台账="否"))
    load(
        {
            **row(world, "P03", compounds=[]),
            "有党员台账": None,
            "党员台账依据": None,
            "党组织": None,
            "有党组织": "否",
        }
    )
    path = tmp_path / "out.xlsx"
    sheet = OutSheet(
        "片区五有清单", CLUSTERS.export_columns(), CLUSTERS.export_rows(Cluster.objects)
    )
    spreadsheets.write_xlsx(path, [sheet])
    before = state()
    batch = imports.import_file(by=world.officer, path=path)
    assert batch.count(ImportRow.State.UNCHANGED) == 3
    assert state() == before


def test_a_changed_row_is_written_and_undone(load, world):
    load(row(world))
    before = state()
    other = row(
        world,
        compounds=world.compounds[1:3],
        有党员台账="否",
        活动阵地依据="2号楼二层",
        党组织=None,
    )
    batch = load(other)
    assert batch.count(ImportRow.State.CHANGED) == 1
    cluster = Cluster.objects.get()
    assert {one.compound for one in cluster.members.all()} == set(world.compounds[1:3])
    assert cluster.five_haves.get(item="VENUE").evidence == "2号楼二层"
    assert cluster.five_haves.get(item="LEDGER").is_met is False
    import_undoing.undo_import(by=world.officer, batch=batch)
    assert state() == before


def test_undoing_takes_new_clusters_away(load, world):
    make_passing(world, "P09", compounds=[world.compounds[0]])
    before = state()
    batch = load(row(world, compounds=world.compounds[1:2]))
    import_undoing.undo_import(by=world.officer, batch=batch)
    assert state() == before


def test_the_template_imports_cleanly(world, tmp_path):
    path = tmp_path / "template.xlsx"
    returning.write_template(CLUSTERS, world.district.area, path)
    batch = imports.import_file(by=world.officer, path=path)
    assert batch.count(ImportRow.State.NEW) == 1
