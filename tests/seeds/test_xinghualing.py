"""Xinghualing: its published figures in the rows, and in the database after a real load."""

import io
import re
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.core.management import call_command
from django.db.models import Count, Q

from compounds.registry.models import Compound, Import
from governance.clusters.models import Cluster, ClusterCompound, FiveHave
from governance.organisation.models import Area
from governance.party_grid.layout import read_places
from governance.party_grid.models import OrganisationCover, PartyOrganisation
from governance.party_grid.rules import OrganisationKind
from governance.people.models import Person

from .conftest import ROOT, figures_of, loaded_scenario, rows_of

# Xiaodian is loaded on both databases; what another load costs is spent once.
pytestmark = pytest.mark.database("sqlite")

FOLDER = ROOT / "seeds" / "xinghualing"
HAVES = ("党组织", "活动阵地", "党员台账", "联系机制", "应急预案")


@pytest.fixture(scope="module")
def figures():
    return figures_of(FOLDER)


@pytest.fixture(scope="module")
def register():
    return rows_of("register.xlsx", "小区摸底台账", FOLDER)


@pytest.fixture(scope="module")
def clusters():
    return rows_of("clusters.xlsx", "片区五有清单", FOLDER)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    with loaded_scenario("xinghualing", django_db_blocker):
        yield


def share(part: int, whole: int) -> float:
    percent = Decimal(100 * part) / whole
    return float(percent.quantize(Decimal("0.1"), ROUND_HALF_UP))


# --- rows ---------------------------------------------------------------------------------------
def test_making_it_again_gives_the_committed_files(generate, tmp_path):
    seed = generate.XINGHUALING_SEED
    generate.write_xinghualing(generate.xinghualing.make(seed), tmp_path, seed)
    for name in ("areas.json", "areas.geojson", "grids.geojson", "expected.toml"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name
    for name, sheet in (
        ("register.xlsx", "小区摸底台账"),
        ("register.xlsx", "楼栋表"),
        ("members.xlsx", "党员台账"),
        ("organisations.xlsx", "党组织台账"),
        ("grids.xlsx", "微网格台账"),
        ("leaders.xlsx", "党组织台账"),
        ("clusters.xlsx", "片区五有清单"),
    ):
        assert rows_of(name, sheet, tmp_path) == rows_of(name, sheet, FOLDER), sheet


def test_old_compounds_are_the_published_share(register, figures):
    old = sum(row["建成年份"] <= 2000 for row in register)
    assert (len(register), old) == (figures["compounds"], figures["old_compounds"]) == (1430, 983)
    assert share(old, len(register)) == figures["old_share_percent"] == 68.7


def test_a_hundred_households_are_not_under_a_hundred(register, figures):
    sanqiao = [row["户数"] for row in register if row["街道"] == "三桥街道"]
    small = sum(households < 100 for households in sanqiao)
    assert (len(sanqiao), small) == (286, 220)
    assert (figures["sanqiao_compounds"], figures["sanqiao_under_100"]) == (286, 220)
    assert share(small, len(sanqiao)) == figures["sanqiao_under_100_percent"] == 76.9
    assert sanqiao.count(100) == 3


def test_every_old_compound_lies_in_exactly_one_cluster(register, clusters, figures):
    times = Counter(code for row in clusters for code in row["小区编码"].split("、"))
    assert set(times) == {row["小区编码"] for row in register if row["建成年份"] <= 2000}
    assert set(times.values()) == {1}
    assert len(clusters) == figures["clusters"] == 270
    assert len(times) == figures["clustered_compounds"] == 983
    names = {row["小区编码"]: row["小区名称"] for row in register}
    for row in clusters:
        assert re.fullmatch(rf"{row['区划代码']}-P\d\d", row["片区编码"])
        codes = row["小区编码"].split("、")
        assert [names[code] for code in codes] == row["小区名称"].split("、")
        assert all(code.startswith(row["区划代码"]) for code in codes)


def test_every_cluster_has_all_five_with_evidence(clusters, figures):
    whole = [
        row
        for row in clusters
        if all(row[f"有{have}"] == "是" and row[f"{have}依据"] for have in HAVES)
    ]
    assert len(whole) == figures["clusters_with_five_haves"] == 270


def test_members_and_posts_are_more_than_published(figures):
    rows = rows_of("members.xlsx", "党员台账", FOLDER)
    assert len(rows) == figures["members"] > 18_000
    posts = [row for row in rows if row["认领岗位"]]
    assert len(posts) == figures["posts_claimed"] > 4_200
    assert all(row["党员类别"] == "在职报到党员" and row["报到日期"] for row in posts)
    assert len({row["联系电话"] for row in rows}) == len(rows)
    assert all(re.fullmatch(r"15407\d{6}", row["联系电话"]) for row in rows)


# --- the database -------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.django_db
def test_register_and_ledger_came_in_whole(loaded, figures):
    assert Compound.objects.active().count() == figures["compounds"]
    assert Compound.objects.filter(built_year__lte=2000).count() == figures["old_compounds"]
    sanqiao = Compound.objects.filter(street__code="140107002")
    assert sanqiao.filter(household_count__lt=100).count() == figures["sanqiao_under_100"]
    members = Person.objects.exclude(member_class=None)
    assert members.count() == figures["members"]
    assert members.exclude(post_claimed="").count() == figures["posts_claimed"]
    for batch in Import.objects.all():
        assert batch.state == "DONE"
        assert not batch.rows.filter(has_warnings=True).exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_the_topology_founds_one_branch_for_every_cluster(loaded, figures, clusters):
    branches = PartyOrganisation.objects.standing().filter(kind=OrganisationKind.BRANCH)
    assert branches.count() == figures["branches"] == 270
    covers = defaultdict(set)
    pairs = OrganisationCover.objects.filter(organisation__in=branches)
    for name, community, code in pairs.values_list(
        "organisation__name", "organisation__community__code", "compound__code"
    ):
        covers[community, name].add(code)
    assert covers == {
        (row["区划代码"], row["党组织"]): set(row["小区编码"].split("、")) for row in clusters
    }
    places = read_places(Area.objects.get(code="140107"))
    assert not [step for place in places for step in place.steps]


@pytest.mark.slow
@pytest.mark.django_db
def test_every_cluster_has_its_branch_and_passes_with_all_five(loaded, figures):
    rows = Cluster.objects.annotate(
        met=Count("five_haves", filter=Q(five_haves__is_met=True), distinct=True)
    )
    assert rows.count() == figures["clusters"]
    assert rows.filter(met=5).exclude(organisation=None).count() == 270
    assert ClusterCompound.objects.count() == figures["clustered_compounds"]
    venues = FiveHave.objects.filter(item="VENUE", is_met=True, meets_standard=True)
    assert venues.exclude(premises="").count() == figures["venues"]


@pytest.mark.slow
@pytest.mark.django_db
def test_its_accounts_stand_beside_those_of_another_district(loaded):
    assert set(Area.objects.filter(level=1).values_list("code", flat=True)) == {"140107"}
    out = io.StringIO()
    call_command("load_seeds", "xinghualing", stdout=out)
    assert "nothing changed" in out.getvalue() or "没有任何变动" in out.getvalue()
