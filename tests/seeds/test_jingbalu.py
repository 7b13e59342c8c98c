"""Jingba Road: courtyards without a supervising unit, as rows and after a real load."""

import datetime as dt
import io
import re
import tomllib
from collections import Counter

import pytest
from django.core.management import call_command
from stdnum.cn import uscc

from compounds.clearing.models import Case
from compounds.fees import rules
from compounds.fees.models import BookBalance, CollectionReport
from compounds.providers.models import Provider
from compounds.registry.management.commands import check_register
from compounds.registry.models import Compound, Import

from .conftest import ROOT, figures_of, loaded_scenario, rows_of

# Xiaodian is loaded on both databases; what another load costs is spent once.
pytestmark = pytest.mark.database("sqlite")

FOLDER = ROOT / "seeds" / "jingbalu"
SHEETS = (
    ("register.xlsx", "小区摸底台账"),
    ("register.xlsx", "楼栋表"),
    ("providers.xlsx", "物业企业备案表"),
    ("invitations.xlsx", "邀约记录表"),
    ("progress.xlsx", "清零推进台账"),
    ("contracts.xlsx", "合同备案表"),
    ("collections.xlsx", "收费月报"),
    ("book.xlsx", "公共收益收支表"),
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
    with loaded_scenario("jingbalu", django_db_blocker):
        yield


# --- rows ---------------------------------------------------------------------------------------
def test_making_it_again_gives_the_committed_files(generate, tmp_path):
    generate.write_campaign(generate.make_campaign("jingbalu"), tmp_path, "jingbalu")
    for name in ("areas.json", "areas.geojson", "expected.toml", "staff.toml"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name
    for name, sheet in SHEETS:
        assert rows_of(name, sheet, tmp_path) == rows_of(name, sheet, FOLDER), sheet


def test_unsupervised_is_not_unmanaged(register, figures):
    lacking = [row for row in register if row["无主管单位"] == "是"]
    modes = Counter(row["现管理方式"] for row in lacking)
    assert (len(register), len(lacking)) == (213, 54)
    assert modes == {"物业企业服务": 9, "居民自管": 29, "无人管理": 16}
    assert (figures["compounds"], figures["unsupervised"]) == (213, 54)
    assert figures["unsupervised_share_percent"] == 25.4
    assert {row["无主管单位"] for row in register} == {"是", "否"}
    served = [row for row in register if row["无主管单位"] == "否"]
    assert not [row for row in served if row["现管理方式"] in ("无人管理", "弃管")]
    assert all(row["原产权单位"] and row["单位状态"] == "存续" for row in served)
    assert {row["小区类型"] for row in register} == {"楼院"}


def test_the_smallest_courtyard_is_one_building_of_36_households(register, figures):
    smallest = min(register, key=lambda row: row["户数"])
    assert (smallest["楼栋数"], smallest["户数"]) == (1, 36)
    assert figures["smallest_households"] == 36


def test_the_tower_of_446_households_has_two_lifts(register, figures):
    (tower,) = [row for row in register if row["小区名称"] == "都市A座"]
    assert (tower["户数"], tower["电梯数"], tower["楼栋数"]) == (446, 2, 1)
    assert tower["建筑面积(㎡)"] / tower["户数"] < 50  # small flats
    assert (figures["tower_households"], figures["tower_lifts"]) == (446, 2)


def test_the_non_profit_has_forty_people_in_five_groups(providers, figures):
    (centre,) = [row for row in providers if row["类型"] == "民办非企业"]
    code = centre["统一社会信用代码"]
    assert code.startswith("52410105")
    uscc.validate(code)
    assert centre["从业人数"] == figures["staff"] == 40
    written = tomllib.loads((FOLDER / "staff.toml").read_text(encoding="utf-8"))
    (firm,) = written["firms"]
    assert firm.pop("credit_code") == code
    assert (len(firm), sum(firm.values())) == (5, 40)


def test_codes_lie_in_the_street_and_all_that_is_invented_says_so(register, providers):
    for row in register:
        assert re.fullmatch(r"410105001\d{3}-\d{4}", row["小区编码"])
        assert row["小区编码"].startswith(row["区划代码"])
        assert "样例" in row["摸底人"]
        if row["原产权单位"]:
            assert "样例" in row["小区名称"]
    assert len({row["小区名称"] for row in register}) == 213
    for row in providers:
        uscc.validate(row["统一社会信用代码"])
        assert "样例" in row["企业名称"]


# --- the database -------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.django_db
def test_the_sixteen_are_unmanaged_and_fall_to_the_fallback(loaded, figures):
    assert Compound.objects.active().count() == 213
    assert Compound.objects.filter(lacks_unit=True).count() == figures["unsupervised"]
    unmanaged = Compound.objects.unmanaged()
    assert unmanaged.count() == figures["unmanaged"] == 16
    assert set(unmanaged.values_list("strategy", "decision")) == {("FALLBACK", "DECIDED")}
    for batch in Import.objects.all():
        assert batch.state == "DONE"
        assert not batch.rows.filter(has_warnings=True).exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_the_non_profit_stands_there_with_its_groups(loaded):
    centre = Provider.objects.get(kind="NON_PROFIT")
    groups = dict(centre.staff_groups.values_list("group", "count"))
    assert (len(groups), sum(groups.values()), centre.staff_count) == (5, 40, 40)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_sixteen_were_cleared_by_the_non_profit_and_keep_books_of_their_own(loaded, figures):
    cases = Case.objects.filter(state="CLEARED", provider__kind="NON_PROFIT")
    assert cases.count() == figures["cleared"] == 16
    assert BookBalance.objects.filter(amount__gt=0).count() == figures["books"]
    month = dt.date.fromisoformat(f"{figures['collection_month']}-01")
    reports = CollectionReport.objects.filter(month=month)
    money = list(reports.values_list("paid_amount", "billed_amount"))
    assert float(rules.simple_mean(money)) == figures["mean_rate_by_money_percent"] == 82.0
    assert float(rules.weighted_mean(money)) == figures["weighted_rate_by_money_percent"]


@pytest.mark.slow
@pytest.mark.django_db
def test_the_loaded_street_passes_every_check(loaded):
    names = [name for name in check_register.all_checks() if name != "registry.attachments"]
    call_command("check_register", only=names, stdout=io.StringIO())
