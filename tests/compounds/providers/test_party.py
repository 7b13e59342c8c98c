"""Party work among firms comes out as S4-2 has it, through the sheet, and every figure opens its
list."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.providers import entry, figures
from compounds.providers.importing import PROVIDERS
from compounds.providers.models import FirmOrganisation, Provider
from compounds.registry.services import import_undoing, imports
from governance.foundation import dates, spreadsheets
from governance.foundation.errors import DomainError
from governance.foundation.spreadsheets import OutColumn, OutSheet
from tests.factories import credit_code, make_district, make_provider, make_user

HEADERS = (
    "企业名称",
    "统一社会信用代码",
    "党组织形式",
    "党组织名称",
    "党建指导员",
    "电话",
    "能力标签",
)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 11, 23))


@pytest.fixture
def officer(district):
    return make_user("officer", "district_officer", district.area)


@pytest.fixture
def web(client, officer):
    client.force_login(officer)
    return client


def sheet(path, rows):
    cells = [[row.get(header) for header in HEADERS] for row in rows]
    columns = [OutColumn(header) for header in HEADERS]
    spreadsheets.write_xlsx(path, [OutSheet("物业企业备案表", columns, cells)])
    return path


def row(serial, form, organisation=None, **changes):
    return {
        "企业名称": f"样例物业{serial}",
        "统一社会信用代码": credit_code(serial),
        "党组织形式": form,
        "党组织名称": organisation,
        **changes,
    }


def bring_in(by, tmp_path, rows):
    return imports.import_file(by=by, path=sheet(tmp_path / "firms.xlsx", rows))


def changzhi():
    """461 firms: 92 alone, 199 jointly in 74 organisations, 170 in none; 205 with an instructor."""
    for serial in range(1, 93):
        yield row(serial, "单独", f"样例物业{serial}党支部")
    for serial in range(93, 292):
        form = "联合+指导员" if serial < 128 else "联合"
        yield row(serial, form, f"第{serial % 74 + 1}联合党支部")
    for serial in range(292, 462):
        yield row(serial, "指导员")


def test_461_firms_166_organisations_and_205_instructors_come_out_exactly(web, officer, tmp_path):
    district = officer.posts.get().area
    bring_in(officer, tmp_path, changzhi())
    work = figures.party_work(officer, district.pk)
    counts = {name: getattr(work, name).count for name in work.__slots__}
    assert counts == {
        "firms": 461,
        "covered": 461,
        "uncovered": 0,
        "inside": 291,
        "alone": 92,
        "joint": 199,
        "outside": 170,
        "instructed": 205,
        "both": 35,
        "unknown": 0,
        "unnamed": 0,
        "organisations": 166,
        "own_organisations": 92,
        "joint_organisations": 74,
        "red": 0,
    }
    for name in work.__slots__:
        figure = getattr(work, name)
        assert web.get(figure.url).context["listing"].queryset.count() == figure.count, figure.url
    page = web.get(reverse("providers:party_coverage")).content.decode()
    assert ">461</a>" in page
    assert ">166</a>" in page


def test_the_coverage_page_costs_the_same_for_2_and_60_firms(web, district):
    page = reverse("providers:party_coverage")

    def cost():
        with CaptureQueriesContext(connection) as seen:
            web.get(page)
        return len(seen)

    def add(count):
        for _ in range(count):
            firm = make_provider(district.area)
            organisation = FirmOrganisation.objects.create(
                district=district.area, name=f"{firm.name}支部", form="OWN"
            )
            Provider.objects.filter(pk=firm.pk).update(party_organisation=organisation)

    add(2)
    cost()
    few = cost()
    add(58)
    assert cost() == few <= 12
    lists = reverse("providers:organisation_list")
    with CaptureQueriesContext(connection) as seen:
        assert len(web.get(lists).context["listing"].ids) == 50
    assert len(seen) <= 12


@pytest.mark.parametrize(
    ("form", "instructor", "expected"),
    [
        ("单独", None, ("OWN", None)),
        ("联合", "是", ("JOINT", True)),
        ("联合＋指导员", None, ("JOINT", True)),
        ("指导员、单独组建", None, ("OWN", True)),
        ("党建指导员", None, ("NONE", True)),
        ("无", "否", ("NONE", False)),
        ("无", "是", ("NONE", True)),
        (None, "是", ("", True)),
    ],
)
def test_the_cell_of_the_form_says_one_or_two_things(officer, tmp_path, form, instructor, expected):
    bring_in(officer, tmp_path, [row(1, form, 党建指导员=instructor)])
    firm = Provider.objects.get()
    assert (firm.party_form, firm.has_instructor) == expected


@pytest.mark.parametrize(
    "rows",
    [
        [row(1, "单独、联合")],
        [row(1, "联合+指导员", 党建指导员="否")],
        [row(1, "无", "样例支部")],
        [row(1, None, "样例支部")],
        [row(1, "单独", "样例支部"), row(2, "单独", "样例支部")],
        [row(1, "联合", "样例支部"), row(2, "单独", "样例支部")],
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused(officer, tmp_path, rows):
    with pytest.raises(imports.ImportRefused):
        bring_in(officer, tmp_path, rows)
    assert not FirmOrganisation.objects.exists()


def test_what_was_exported_comes_back_unchanged(web, officer, tmp_path):
    rows = [
        row(1, "单独+指导员", "甲支部", 电话="0351-7000000", 能力标签="智慧物业、流动服务"),
        row(2, "联合", "乙支部"),
        row(3, "指导员"),
        row(4, "无"),
        row(5, None),
    ]
    bring_in(officer, tmp_path, rows)
    answer = web.get(reverse("providers:provider_export"))
    path = tmp_path / "again.xlsx"
    path.write_bytes(b"".join(answer.streaming_content))
    batch = imports.import_file(by=officer, path=path)
    assert batch.counts[PROVIDERS.key] == {"UNCHANGED": 5}
    firm = Provider.objects.get(credit_code=credit_code(1))
    assert (firm.phone, firm.tags) == ("0351-7000000", " MOBILE SMART ")


def test_undoing_takes_the_organisations_away_that_the_sheet_brought(district, officer, tmp_path):
    old = FirmOrganisation.objects.create(district=district.area, name="老支部", form="JOINT")
    rows = [row(1, "联合", "老支部"), row(2, "联合", "新支部")]
    batch = bring_in(officer, tmp_path, rows)
    assert {firm.name for firm in FirmOrganisation.objects.all()} == {"老支部", "新支部"}
    import_undoing.undo_import(by=officer, batch=batch)
    assert list(FirmOrganisation.objects.all()) == [old]
    assert not Provider.objects.exists()


def test_a_changed_form_leaves_the_organisation_and_undoing_returns_to_it(officer, tmp_path):
    bring_in(officer, tmp_path, [row(1, "联合", "甲支部")])
    batch = bring_in(officer, tmp_path, [row(1, "单独", "乙支部")])
    firm = Provider.objects.get()
    assert (firm.party_form, firm.party_organisation.name) == ("OWN", "乙支部")
    import_undoing.undo_import(by=officer, batch=batch)
    firm.refresh_from_db()
    assert (firm.party_form, firm.party_organisation.name) == ("JOINT", "甲支部")
    assert [one.name for one in FirmOrganisation.objects.all()] == ["甲支部"]
    newest = firm.history.first()
    assert newest.party_organisation_id == firm.party_organisation_id
    batch = bring_in(officer, tmp_path, [row(1, "无")])
    firm.refresh_from_db()
    assert firm.party_organisation is None
    import_undoing.undo_import(by=officer, batch=batch)
    firm.refresh_from_db()
    assert (firm.party_form, firm.party_organisation.name) == ("JOINT", "甲支部")


def test_an_organisation_of_its_own_belongs_to_one_firm_alone(district, officer):
    own = entry.add_organisation(
        by=officer, facts={"district": district.area, "name": "甲支部", "form": "OWN"}
    )
    first, second = (make_provider(district.area, party_form="OWN") for _ in range(2))
    entry.change_provider(
        by=officer, provider=first, version=1, changes={"party_organisation": own}
    )
    with pytest.raises(ValidationError):
        entry.change_provider(
            by=officer, provider=second, version=1, changes={"party_organisation": own}
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Provider.objects.filter(pk=second.pk).update(party_organisation=own)
    with pytest.raises(DomainError):
        entry.change_organisation(
            by=officer, organisation=own, version=1, changes={"form": "JOINT"}
        )


def test_form_and_district_of_firm_and_organisation_agree(district, officer):
    joint = FirmOrganisation.objects.create(district=district.area, name="联合支部", form="JOINT")
    far = FirmOrganisation.objects.create(
        district=make_district("140106", "外区").area, name="外支部", form="OWN"
    )
    firm = make_provider(district.area, party_form="OWN")
    for wrong in (joint, far):
        with pytest.raises(ValidationError):
            entry.change_provider(
                by=officer, provider=firm, version=1, changes={"party_organisation": wrong}
            )
    changes = {"party_form": "JOINT", "party_organisation": joint}
    entry.change_provider(by=officer, provider=firm, version=1, changes=changes)
    row = entry.change_provider(
        by=officer, provider=firm, version=2, changes={"party_form": "NONE"}
    )
    assert row.party_organisation is None


def test_the_organisation_page_takes_and_corrects(web, district):
    url = reverse("providers:organisation_add")
    sent = {"name": "甲支部", "form": "JOINT", "founded_on": "2025-07-01", "secretary": "样例甲"}
    assert web.post(url, {**sent, "once": "a" * 32}).status_code == 302
    twice = web.post(url, {**sent, "once": "b" * 32})
    assert twice.status_code == 200
    assert twice.context["form"].errors
    row = FirmOrganisation.objects.get()
    edit = reverse("providers:organisation_edit", args=[row.pk])
    assert (
        web.post(edit, {**sent, "name": "乙支部", "version": 1, "once": "c" * 32}).status_code
        == 302
    )
    assert FirmOrganisation.objects.get().name == "乙支部"
