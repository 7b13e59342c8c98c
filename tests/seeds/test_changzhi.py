"""Changzhi: a whole city as rows, its firms and their party work after a real load."""

import io
import json
import re
from collections import Counter, defaultdict

import pytest
from django.core.management import call_command
from django.db.models import Count, F
from stdnum.cn import uscc

from compounds.assignment.models import Assignment
from compounds.clearing.models import Case
from compounds.contracts.models import Lot, LotMember
from compounds.providers.models import FirmOrganisation, Provider
from compounds.registry.management.commands import check_register
from compounds.registry.models import Compound, Import

from .conftest import ROOT, figures_of, loaded_scenario, rows_of

# Xiaodian is loaded on both databases; what another load costs is spent once.
pytestmark = pytest.mark.database("sqlite")

FOLDER = ROOT / "seeds" / "changzhi"
SHEETS = (
    ("register.xlsx", "小区摸底台账"),
    ("register.xlsx", "楼栋表"),
    ("providers.xlsx", "物业企业备案表"),
    ("invitations.xlsx", "邀约记录表"),
    ("progress.xlsx", "清零推进台账"),
    ("contracts.xlsx", "合同备案表"),
)


@pytest.fixture(scope="module")
def figures():
    return figures_of(FOLDER)


@pytest.fixture(scope="module")
def register():
    return rows_of("register.xlsx", "小区摸底台账", FOLDER)


@pytest.fixture(scope="module")
def providers():
    return rows_of("providers.xlsx", "物业企业备案表", FOLDER)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    with loaded_scenario("changzhi", django_db_blocker):
        yield


# --- rows ---------------------------------------------------------------------------------------
def test_making_it_again_gives_the_committed_files(generate, tmp_path):
    generate.write_campaign(generate.make_campaign("changzhi"), tmp_path, "changzhi")
    for name in ("areas.json", "areas.geojson", "expected.toml", "lots.toml"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name
    for name, sheet in SHEETS:
        assert rows_of(name, sheet, tmp_path) == rows_of(name, sheet, FOLDER), sheet


def test_the_register_has_the_published_numbers(register, figures):
    unmanaged = [row for row in register if row["现管理方式"] in ("无人管理", "弃管")]
    assert (len(register), len(unmanaged)) == (2318, 503)
    assert (figures["compounds"], figures["unmanaged"]) == (2318, 503)
    three_none = [row for row in register if row["是否三无"] == "是"]
    assert len(three_none) == figures["three_none"] == 127
    gaps = ("无主管单位", "无物业服务", "无人防物防技防")
    for row in register:
        if row["是否三无"]:
            assert (row["是否三无"] == "是") == all(row[gap] == "是" for gap in gaps)
    assert all(row in unmanaged for row in three_none)


def test_party_work_reaches_the_firms_exactly_as_published(providers, figures):
    forms = Counter(row["党组织形式"].removesuffix("+指导员") for row in providers)
    assert len(providers) == figures["providers"] == 461
    assert forms == {"单独": 92, "联合": 199, "指导员": 170}
    shared = defaultdict(set)
    for row in providers:
        if row["党组织名称"]:
            shared[row["党组织名称"]].add(row["统一社会信用代码"])
    sizes = Counter(len(firms) == 1 for firms in shared.values())
    assert sizes == {True: 92, False: 74}
    assert len(shared) == figures["organisations"] == 166
    instructed = [row for row in providers if row["党建指导员"] == "是"]
    assert len(instructed) == figures["firms_with_instructor"] == 205
    assert sum(bool(row["党组织名称"]) for row in instructed) == figures["firms_with_both"] == 35
    assert not [row for row in providers if not row["党组织名称"] and row["党建指导员"] != "是"]


def test_one_firm_was_promised_sixty_of_the_three_none_compounds(register, figures):
    three_none = {row["小区编码"] for row in register if row["是否三无"] == "是"}
    invitations = rows_of("invitations.xlsx", "邀约记录表", FOLDER)
    agreed = Counter(
        row["企业名称"]
        for row in invitations
        if row["答复"] == "同意" and row["小区编码"] in three_none
    )
    ((_firm, number),) = agreed.most_common(1)
    assert number == figures["three_none_of_one_firm"] == 60
    assert sum(agreed.values()) == 127
    assert figures["three_none_share_percent"] == 47.2


def test_credit_codes_are_those_of_the_counties(providers):
    assert len({row["统一社会信用代码"] for row in providers}) == 461
    assert len({row["企业名称"] for row in providers}) == 461
    for row in providers:
        uscc.validate(row["统一社会信用代码"])
        assert re.match(r"911404(03|04|05|06|23|25|26|27|28|29|30|31)", row["统一社会信用代码"])
        assert "样例" in row["企业名称"]


def test_the_true_code_of_a_place_can_be_read_off_its_own():
    rows = json.loads((FOLDER / "areas.json").read_text("utf-8"))["areas"]
    names = {row["code"]: row["name"] for row in rows}
    assert names["140400"] == "长治市"
    assert names["140400403"] == "潞州区"  # truly 140403
    assert names["140400403004"] == "英雄中路街道"  # truly 140403004
    assert names["140400429100"] == "丰州镇"  # truly 140429100
    levels = Counter(row["level"] for row in rows)
    assert levels == {"DISTRICT": 1, "STREET": 12, "COMMUNITY": 128}


# --- the database -------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.django_db
def test_the_engine_decides_every_unmanaged_compound(loaded, figures):
    unmanaged = Compound.objects.unmanaged()
    assert unmanaged.exclude(decision="DECIDED").count() == 0
    assert dict(unmanaged.order_by().values_list("strategy").annotate(Count("pk"))) == {
        key.removeprefix("decided_").upper(): value
        for key, value in figures.items()
        if key.startswith("decided_")
    }
    for batch in Import.objects.all():
        assert batch.state == "DONE"
        assert not batch.rows.filter(has_warnings=True).exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_organisations_and_instructors_came_in_whole(loaded):
    forms = FirmOrganisation.objects.order_by().values_list("form").annotate(Count("pk"))
    assert dict(forms) == {"OWN": 92, "JOINT": 74}
    assert Provider.objects.filter(party_organisation__isnull=False).count() == 291
    assert Provider.objects.filter(has_instructor=True).count() == 205
    assert Provider.objects.covered().count() == Provider.objects.count() == 461


@pytest.mark.slow
@pytest.mark.django_db
def test_all_503_are_cleared_and_one_firm_has_sixty_three_none_compounds(loaded, figures):
    assert Case.objects.net_cleared().count() == figures["cleared"] == 503
    served = Assignment.objects.active().filter(compound__is_three_none=True)
    assert served.count() == figures["three_none"] == 127
    (most,) = served.values("provider").annotate(n=Count("pk")).order_by("-n")[:1]
    assert most["n"] == figures["three_none_of_one_firm"] == 60


@pytest.mark.slow
@pytest.mark.django_db
def test_bundles_have_gone_through_their_gates_in_order(loaded, figures):
    lots = Lot.objects.filter(taken_on__gt=F("renovated_on"), provider__isnull=False)
    assert lots.count() == figures["lots"]
    kept = lots.filter(kept_on__gt=F("taken_on"))
    assert 0 < kept.count() <= lots.count()
    assert not LotMember.objects.exclude(compound__is_three_none=True).exists()
    for lot in lots:
        (carrier,) = lot.members.filter(is_carrier=True)
        largest = max(member.compound.household_count for member in lot.members.all())
        assert carrier.compound.household_count == largest
        firms = set(lot.contracts.values_list("provider", flat=True))
        assert firms == {lot.provider_id}


@pytest.mark.slow
@pytest.mark.django_db
def test_the_loaded_city_passes_every_check(loaded):
    names = [name for name in check_register.all_checks() if name != "registry.attachments"]
    call_command("check_register", only=names, stdout=io.StringIO())
