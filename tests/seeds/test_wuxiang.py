"""Wuxiang: one yuan per m² and year over three years, of which the first is in the budget."""

import datetime as dt
import io
import re
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db.models import Sum
from stdnum.cn import uscc

from compounds.clearing.models import Case
from compounds.registry.management.commands import check_register
from compounds.registry.models import Compound, Import
from subsidies.entitlements import obligations
from subsidies.entitlements.models import Entitlement, YearShare
from subsidies.ledger.models import Account, BudgetIndicator, Posting
from subsidies.ledger.proofs import PROOFS
from subsidies.programmes import questions
from subsidies.programmes.models import Programme
from subsidies.reports.rules import whatif
from subsidies.reports.trying import Register

from .conftest import ROOT, figures_of, loaded_scenario, rows_of

# Xiaodian is loaded on both databases; what another load costs is spent once.
pytestmark = pytest.mark.database("sqlite")

FOLDER = ROOT / "seeds" / "wuxiang"
SHEETS = (
    ("register.xlsx", "小区摸底台账"),
    ("register.xlsx", "楼栋表"),
    ("providers.xlsx", "物业企业备案表"),
    ("invitations.xlsx", "邀约记录表"),
    ("progress.xlsx", "清零推进台账"),
    ("contracts.xlsx", "合同备案表"),
    ("payees.xlsx", "企业收款账户表"),
)
TODAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def figures():
    return figures_of(FOLDER)


@pytest.fixture(scope="module")
def register():
    return rows_of("register.xlsx", "小区摸底台账", FOLDER)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("governance.foundation.dates.today", lambda: TODAY)
        with loaded_scenario("wuxiang", django_db_blocker):
            yield


def _yuan(figures, key) -> Decimal:
    return Decimal(str(figures[key])).quantize(Decimal("0.01"))


# --- rows ---------------------------------------------------------------------------------------
def test_making_it_again_gives_the_committed_files(generate, tmp_path):
    generate.write_campaign(generate.make_campaign("wuxiang"), tmp_path, "wuxiang")
    for name in ("areas.json", "areas.geojson", "expected.toml"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name
    for name, sheet in SHEETS:
        assert rows_of(name, sheet, tmp_path) == rows_of(name, sheet, FOLDER), sheet


def test_areas_add_up_to_what_the_budget_of_a_year_pays_at_one_yuan(register, figures):
    """S4-12: 1,613,398 yuan at 1 yuan per m²."""
    areas = [row["应收费面积(㎡)"] for row in register]
    assert sum(areas) == figures["area_m2"] == figures["budget_yuan"] == 1_613_398
    assert all(0 < area < row["建筑面积(㎡)"] for area, row in zip(areas, register, strict=True))
    assert len(register) == figures["compounds"]
    assert {row["现管理方式"] for row in register} == {"无人管理", "弃管"}
    assert _yuan(figures, "total_yuan") == 3 * _yuan(figures, "first_year_yuan")


def test_codes_lie_in_the_county_and_all_that_is_invented_says_so(register):
    for row in register:
        assert re.fullmatch(r"14042910[01]\d{3}-\d{4}", row["小区编码"])
        assert "样例" in row["摸底人"]
    assert len({row["小区名称"] for row in register}) == len(register)
    for row in rows_of("providers.xlsx", "物业企业备案表", FOLDER):
        uscc.validate(row["统一社会信用代码"])
        assert "样例" in row["企业名称"]


# --- the database -------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.django_db
def test_all_are_served_and_under_the_subsidy(loaded, figures):
    assert Compound.objects.unmanaged().count() == figures["unmanaged"]
    assert Case.objects.net_cleared().count() == figures["cleared"]
    rows = Entitlement.objects.select_related("compound")
    assert {row.compound_id for row in rows} == set(
        Compound.objects.active().values_list("pk", flat=True)
    )
    for row in rows:
        assert row.state == "APPROVED"
        assert row.area_m2 == row.compound.chargeable_area_m2
        assert (row.starts_on, row.ends_on) == (dt.date(2026, 1, 1), dt.date(2028, 12, 31))
        assert row.amount == 3 * row.area_m2
    for batch in Import.objects.all():
        assert batch.state == "DONE"
        assert not batch.rows.filter(has_warnings=True).exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_the_first_year_is_committed_and_the_others_are_obligations(loaded, figures):
    """S4-12: the budget is of a year; the other two years are of budgets to come."""
    by_year = dict(YearShare.objects.order_by().values_list("year").annotate(Sum("amount")))
    year = _yuan(figures, "first_year_yuan")
    assert by_year == {2026: year, 2027: year, 2028: year}
    committed = Posting.objects.filter(transaction__kind="COMMITMENT")
    assert committed.aggregate(s=Sum("amount"))["s"] == year == figures["budget_yuan"]
    needs = obligations.needs(Entitlement.objects.all())
    assert [(one.year, one.amount, one.count) for one in needs] == [
        (2027, year, figures["compounds"]), (2028, year, figures["compounds"]),
    ]  # fmt: skip
    assert sum(one.amount for one in needs) == _yuan(figures, "later_years_yuan")
    total = Entitlement.objects.aggregate(s=Sum("amount"))["s"]
    assert total == _yuan(figures, "total_yuan") == sum(by_year.values())


@pytest.mark.slow
@pytest.mark.django_db
def test_what_is_accrued_and_paid_is_that_of_the_areas(loaded, figures):
    accrued = Posting.objects.filter(transaction__kind="ACCRUAL")
    assert accrued.aggregate(s=Sum("amount"))["s"] == _yuan(figures, "accrued_yuan")
    paid = Account.objects.filter(stage="PAID").aggregate(s=Sum("balance"))["s"]
    assert paid == _yuan(figures, "paid_yuan")
    (indicator,) = BudgetIndicator.objects.all()
    stages = dict(indicator.accounts.order_by().values_list("stage").annotate(Sum("balance")))
    assert -stages.pop("GRANTED") == sum(stages.values()) == figures["budget_yuan"]
    assert stages["AVAILABLE"] == 0


@pytest.mark.slow
@pytest.mark.django_db
def test_the_forecast_by_year_equals_what_was_committed_by_year(loaded, figures):
    programme = Programme.objects.get()
    terms = questions.terms_of([programme.pk])[programme.pk]
    officer = programme.prepared_by
    register = Register(officer, programme, (terms,), TODAY)
    result = whatif.run(terms, register.subjects)
    assert result.by_year == dict(
        YearShare.objects.order_by("year").values_list("year").annotate(Sum("amount"))
    )
    assert result.total == _yuan(figures, "total_yuan")


@pytest.mark.slow
@pytest.mark.django_db
def test_the_loaded_county_passes_every_check(loaded):
    names = [name for name in check_register.all_checks() if name != "registry.attachments"]
    call_command("check_register", only=names, stdout=io.StringIO())
    assert [one for proof in PROOFS.values() for one in proof()] == []
