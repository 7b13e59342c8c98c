"""The sheets of providers and of invitations."""

import datetime as dt
from decimal import Decimal

import pytest

from compounds.providers.importing import INVITATIONS, PROVIDERS
from compounds.providers.models import Invitation, Provider, ProviderBase
from compounds.registry.importing import returning
from compounds.registry.models import ImportRow
from compounds.registry.services import import_undoing, imports
from governance.foundation import spreadsheets
from governance.foundation.spreadsheets import OutColumn, OutSheet
from governance.organisation.scope import Role
from tests.factories import credit_code, make_compound, make_invitation, make_provider, make_user


@pytest.fixture
def officer(district):
    return make_user(role=Role.DISTRICT_OFFICER, area=district.area)


def write(path, name, rows):
    headers = list(dict.fromkeys(key for row in rows for key in row))
    values = [[row.get(header) for header in headers] for row in rows]
    columns = [OutColumn(header) for header in headers]
    spreadsheets.write_xlsx(path, [OutSheet(name, columns, values)])
    return path


def provider_row(serial=1, **changes):
    return {"企业名称": "样例物业", "统一社会信用代码": credit_code(serial), **changes}


def test_a_provider_comes_with_its_base(officer, tmp_path):
    row = provider_row(类型="社区公司", 基地名称="东站", 经度=112.5, 纬度=37.8)
    row["承接能力(㎡)"] = "15万"
    path = write(tmp_path / "a.xlsx", "物业企业备案表", [row])
    with pytest.raises(imports.ImportRefused):
        imports.import_file(by=officer, path=path)
    row["承接能力(㎡)"] = 150000
    path = write(tmp_path / "a.xlsx", "物业企业备案表", [row])
    batch = imports.import_file(by=officer, path=path)
    provider = Provider.objects.get()
    assert provider.kind == "COMMUNITY_COMPANY"
    assert provider.capacity_m2 == Decimal("150000.00")
    assert provider.bases.get().name == "东站"
    import_undoing.undo_import(by=officer, batch=batch)
    assert not Provider.objects.exists()
    assert not ProviderBase.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"统一社会信用代码": "91140105MA0000001X"},
        {"统一社会信用代码": 9.1140105e17},
        {"统一社会信用代码": ""},
        {"企业名称": ""},
        {"信用等级": "AAAA"},
        {"经度": 112.5},
        {"经度": 112.5, "纬度": 37.8},
        {"备案日期": "2099-01-01"},
    ],
)
def test_providers_that_cannot_be_are_refused(officer, tmp_path, changes):
    path = write(tmp_path / "a.xlsx", "物业企业备案表", [provider_row(**{"类型": "", **changes})])
    with pytest.raises(imports.ImportRefused):
        imports.import_file(by=officer, path=path)
    assert not Provider.objects.exists()


def test_a_street_clerk_cannot_enter_providers(district, tmp_path):
    clerk = make_user(role=Role.STREET_CLERK, area=district.street)
    path = write(tmp_path / "a.xlsx", "物业企业备案表", [provider_row()])
    with pytest.raises(imports.ImportRefused):
        imports.import_file(by=clerk, path=path)


def test_a_changed_base_is_changed_and_restored(district, officer, tmp_path):
    provider = make_provider(district.area)
    ProviderBase.objects.create(provider=provider, name="东站", longitude=112.5, latitude=37.8)
    row = {
        "企业名称": provider.name,
        "统一社会信用代码": provider.credit_code,
        "基地名称": "西站",
        "从业人数": 9,
    }
    batch = imports.import_file(
        by=officer, path=write(tmp_path / "a.xlsx", "物业企业备案表", [row])
    )
    assert provider.bases.get().name == "西站"
    import_undoing.undo_import(by=officer, batch=batch)
    assert provider.bases.get().name == "东站"
    assert Provider.objects.get().staff_count is None


def invitation_row(compound, provider, **changes):
    return {
        "轮次": 1,
        "小区编码": compound.code,
        "小区名称": compound.name,
        "企业名称": provider.name,
        "统一社会信用代码": provider.credit_code,
        "邀约日期": dt.date(2026, 5, 25),
        "答复": "补贴下同意",
        "答复日期": dt.date(2026, 6, 1),
        **changes,
    }


def test_invitations_find_compound_and_provider(district, officer, tmp_path):
    compound, provider = make_compound(district.community), make_provider(district.area)
    rows = [
        invitation_row(compound, provider),
        invitation_row(compound, provider, 轮次=2, 答复="拒绝"),
    ]
    path = write(tmp_path / "a.xlsx", "邀约记录表", rows)
    imports.import_file(by=officer, path=path)
    assert list(Invitation.objects.order_by("round").values_list("answer", "street_id")) == [
        ("AGREED_WITH_SUBSIDY", district.street.pk),
        ("REFUSED", district.street.pk),
    ]
    again = imports.import_file(by=officer, path=path)
    assert again.count(ImportRow.State.UNCHANGED) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"轮次": 0},
        {"轮次": ""},
        {"小区编码": "140105001001-9999"},
        {"小区名称": "别的小区"},
        {"企业名称": "别的企业"},
        {"统一社会信用代码": credit_code(999_999)},
        {"答复": "再说"},
        {"答复": "待答复"},
        {"答复": ""},
        {"答复日期": dt.date(2026, 5, 1)},
        {"邀约日期": dt.date(2099, 5, 1)},
    ],
)
def test_invitations_that_cannot_be_are_refused(district, officer, tmp_path, changes):
    compound, provider = make_compound(district.community), make_provider(district.area)
    rows = [invitation_row(compound, provider, **changes)]
    with pytest.raises(imports.ImportRefused):
        imports.import_file(by=officer, path=write(tmp_path / "a.xlsx", "邀约记录表", rows))
    assert not Invitation.objects.exists()


def test_a_clerk_invites_for_compounds_of_her_street_only(district, tmp_path):
    clerk = make_user(role=Role.STREET_CLERK, area=district.street)
    provider = make_provider(district.area)
    theirs = make_compound(district.other_community)
    path = write(tmp_path / "a.xlsx", "邀约记录表", [invitation_row(theirs, provider)])
    with pytest.raises(imports.ImportRefused):
        imports.import_file(by=clerk, path=path)


def test_the_export_of_providers_and_invitations_imports_without_a_change(
    district, officer, tmp_path
):
    for _n in range(3):
        provider = make_provider(district.area, rating="", filed_on=dt.date(2025, 1, 1))
        ProviderBase.objects.create(provider=provider, name="东站", longitude=112.5, latitude=37.8)
        make_invitation(make_compound(district.community), provider)
    path = tmp_path / "a.xlsx"
    spreadsheets.write_xlsx(
        path,
        [
            OutSheet(s.titles[0], s.export_columns(), s.export_rows(s.model.objects.order_by("pk")))
            for s in (PROVIDERS, INVITATIONS)
        ],
    )
    batch = imports.import_file(by=officer, path=path)
    assert batch.counts == {"providers": {"UNCHANGED": 3}, "invitations": {"UNCHANGED": 3}}


@pytest.mark.parametrize("sheet", [PROVIDERS, INVITATIONS])
def test_templates_import_cleanly(district, officer, tmp_path, sheet):
    if sheet is INVITATIONS:
        make_compound(district.community)
        make_provider(district.area)
    path = tmp_path / "a.xlsx"
    returning.write_template(sheet, district.area, path)
    batch = imports.import_file(by=officer, path=path)
    assert batch.counts == {sheet.key: {"NEW": 1}}
