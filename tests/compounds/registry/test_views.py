"""Forms of the register: who may open them, what they refuse, what they keep, once."""

import datetime as dt
import io
import itertools
import json
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from compounds.registry.models import Adjacency, Building, Compound
from compounds.registry.services import compounds, imports
from compounds.registry.views import bulk as views
from governance.audit.models import AuditEntry
from governance.foundation import dates
from tests.factories import make_building, make_compound, make_user

_token = itertools.count(1)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 11, 23))


@pytest.fixture
def clerk(district):
    return make_user("clerk", "street_clerk", district.street)


@pytest.fixture
def web(client, clerk):
    client.force_login(clerk)
    return client


def post(web, url, data, **kwargs):
    return web.post(url, {"once": f"{next(_token):032x}", **data}, **kwargs)


def form_data(form):
    """What a browser would send for an untouched form."""
    found = {}
    for field in form:
        value = field.value()
        if value is None:
            continue
        if isinstance(value, bool):
            value = "true" if value else "false"
        found[field.name] = value
    return found


# -- access ----------------------------------------------------------------------------------------
WITH_CODE = (
    "compound_edit",
    "compound_merge",
    "compound_demolish",
    "adjacency_edit",
    "attachment_add",
    "building_add",
)


@pytest.mark.parametrize("name", WITH_CODE)
def test_outside_the_scope_there_is_no_such_page_and_without_the_right_it_is_refused(
    client, district, name
):
    outside = make_compound(district.other_community)
    inside = make_compound(district.community)
    client.force_login(make_user("clerk", "street_clerk", district.street))
    assert client.get(reverse(f"registry:{name}", args=[outside.code])).status_code == 404
    assert client.get(reverse(f"registry:{name}", args=[inside.code])).status_code == 200
    client.force_login(make_user("leader", "leader", district.street))
    assert client.get(reverse(f"registry:{name}", args=[inside.code])).status_code == 403


@pytest.mark.parametrize("name", ["bulk_edit", "verify"])
def test_picked_rows_outside_the_scope_do_not_exist(client, district, name):
    outside = make_compound(district.other_community)
    inside = make_compound(district.community)
    url = reverse(f"registry:{name}")
    client.force_login(make_user("clerk", "street_clerk", district.street))
    assert client.get(f"{url}?ids={inside.pk}&ids={outside.pk}").status_code == 404
    assert client.post(url, {"ids": outside.pk}).status_code == 404
    client.force_login(make_user("leader", "leader", district.street))
    assert client.get(f"{url}?ids={inside.pk}").status_code == 403


@pytest.mark.parametrize("name", ["compound_add", "export"])
def test_pages_without_an_object_need_their_right(client, district, name):
    client.force_login(make_user("leader", "leader", district.street))
    assert client.get(reverse(f"registry:{name}")).status_code == 403


# -- adding and correcting -------------------------------------------------------------------------
def test_a_compound_is_added_with_full_width_digits_and_lands_on_its_dossier(web, district):
    answer = post(
        web,
        reverse("registry:compound_add"),
        {
            "community": district.community.pk,
            "name": "  新登记院 ",
            "kind": "COURTYARD",
            "household_count": "２９６",
            "floor_area_m2": "5,934.2０",
            "is_enclosed": "true",
            "problem_tags": ["DIRTY", "NO_MONEY"],
            "source": "survey",
        },
    )
    row = Compound.objects.get()
    assert answer["Location"] == f"/compounds/{row.code}/"
    assert (row.name, row.household_count) == ("新登记院", 296)
    assert (row.floor_area_m2, row.is_enclosed, row.check_gate) == (Decimal("5934.20"), True, None)
    assert row.problem_tags == " DIRTY NO_MONEY "


def test_the_same_page_sent_twice_adds_one_compound(web, district):
    data = {
        "community": district.community.pk,
        "name": "新院",
        "kind": "COMPOUND",
        "source": "site",
        "once": "a" * 32,
    }
    url = reverse("registry:compound_add")
    first, second = web.post(url, data), web.post(url, data)
    assert first["Location"] == second["Location"]
    assert Compound.objects.count() == 1


def test_a_community_of_another_street_is_refused_beside_its_field(web, district):
    answer = post(
        web,
        reverse("registry:compound_add"),
        {
            "community": district.other_community.pk,
            "name": "外",
            "kind": "COMPOUND",
            "source": "site",
        },
    )
    assert "community" in answer.context["form"].errors
    assert not Compound.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("floor_area_m2", "-1"),
        ("floor_area_m2", "NaN"),
        ("floor_area_m2", "1e400"),
        ("built_year", "2999"),
        ("household_count", "9" * 30),
        ("household_count", "很多"),
        ("longitude", "Infinity"),
        ("surveyed_on", "2026-02-30"),
        ("name", "a\0b"),
        ("name", "反\u202e转"),
        ("name", ""),
        ("kind", "CASTLE"),
        ("is_enclosed", "perhaps"),
        ("problem_tags", "NOPE"),
        ("source", "rumour"),
    ],
)
def test_bad_values_are_refused_beside_their_field_and_the_draft_is_kept(
    web, district, field, value
):
    data = {
        "community": district.community.pk,
        "name": "新院",
        "kind": "COMPOUND",
        "source": "site",
        "address": "草稿路1号",
        field: value,
    }
    answer = post(web, reverse("registry:compound_add"), data)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert "草稿路1号" in answer.content.decode()
    assert f'href="#id_{field}"' in answer.content.decode()
    assert not Compound.objects.exists()


def test_a_correction_asks_for_source_and_date(web, district):
    row = make_compound(district.community)
    url = reverse("registry:compound_edit", args=[row.code])
    data = form_data(web.get(url).context["form"])
    data |= {"household_count": "86", "source": "mapping", "dated_on": "2026-10-15"}
    assert post(web, url, data).status_code == 302
    row.refresh_from_db()
    assert row.household_count == 86
    assert row.provenance == {"household_count": ["mapping", "2026-10-15"]}


def test_an_untouched_form_changes_nothing(web, district):
    row = make_compound(
        district.community, problem_tags=" DIRTY ", unit_distance_m=0, has_committee=False
    )
    url = reverse("registry:compound_edit", args=[row.code])
    post(web, url, form_data(web.get(url).context["form"]))
    row.refresh_from_db()
    assert row.version == 1


def test_only_missing_facts_are_asked_for_on_request(web, district):
    row = make_compound(district.community, built_year=None, longitude=None, latitude=None)
    url = reverse("registry:compound_edit", args=[row.code]) + "?missing=1"
    form = web.get(url).context["form"]
    assert set(form.fields) == {
        "built_year",
        "longitude",
        "latitude",
        "source",
        "dated_on",
        "reason",
        "version",
    }
    data = form_data(form) | {"built_year": "1992"}
    assert post(web, url, data).status_code == 302
    row.refresh_from_db()
    assert (row.built_year, row.household_count) == (1992, 80)


def test_of_two_clerks_the_second_sees_both_versions_and_loses_nothing(web, district, clerk):
    row = make_compound(district.community)
    url = reverse("registry:compound_edit", args=[row.code])
    draft = form_data(web.get(url).context["form"])
    draft |= {"household_count": "90", "lift_count": "2"}
    compounds.change_compound(
        by=clerk,
        compound=row,
        version=1,
        changes={"household_count": 85, "built_year": 1990, "name": "改名院"},
    )
    answer = post(web, url, draft)
    assert answer.status_code == 200
    row.refresh_from_db()
    assert row.household_count == 85
    lines = {line["name"]: line for line in answer.context["conflict"]}
    assert (lines["household_count"]["mine"], lines["household_count"]["theirs"]) == ("90", "85")
    assert lines["household_count"]["is_both"]
    assert not lines["built_year"]["is_both"]
    again = form_data(answer.context["form"])
    assert again["name"] == "改名院"
    assert post(web, url, again).status_code == 302
    row.refresh_from_db()
    assert (row.household_count, row.lift_count) == (90, 2)
    assert (row.built_year, row.name) == (1990, "改名院")


def test_merge_and_demolition_need_a_reason(web, district):
    row, into = make_compound(district.community), make_compound(district.community)
    url = reverse("registry:compound_merge", args=[row.code])
    assert post(web, url, {"into": into.code, "version": 1}).status_code == 200
    assert post(web, url, {"into": "140105", "version": 1, "reason": "重复"}).status_code == 200
    answer = post(web, url, {"into": into.code, "version": 1, "reason": "重复登记"})
    assert answer["Location"] == f"/compounds/{into.code}/"
    url = reverse("registry:compound_demolish", args=[into.code])
    assert post(web, url, {"version": 9, "reason": "征收"}).status_code == 200
    assert post(web, url, {"version": 1, "reason": "征收"}).status_code == 302
    into.refresh_from_db()
    assert into.status == "DEMOLISHED"


def test_a_merge_target_outside_the_scope_is_unknown(web, district):
    row, outside = make_compound(district.community), make_compound(district.other_community)
    url = reverse("registry:compound_merge", args=[row.code])
    answer = post(web, url, {"into": outside.code, "version": 1, "reason": "重复"})
    assert "into" in answer.context["form"].errors


def test_adjacency_is_corrected_turned_round_and_taken_back(web, district):
    one, other = make_compound(district.community), make_compound(district.sister_community)
    url = reverse("registry:adjacency_edit", args=[other.code])
    post(web, url, {"other": one.code, "is_adjacent": "false", "reason": "隔河"})
    found = Adjacency.objects.get()
    assert (found.compound, found.other, found.is_adjacent) == (one, other, False)
    post(web, url, {"other": one.code, "is_adjacent": "true", "reason": "已架桥"})
    assert Adjacency.objects.get().is_adjacent
    post(web, url, {"other": one.code, "is_adjacent": "", "reason": "按坐标"})
    assert not Adjacency.objects.exists()
    post(web, url, {"other": other.code, "is_adjacent": "true", "reason": "自己"})
    assert not Adjacency.objects.exists()
    assert AuditEntry.objects.filter(verb="correct_adjacency").count() == 6


# -- buildings -------------------------------------------------------------------------------------
def test_a_building_is_added_corrected_and_deleted_with_its_entrances(web, district):
    row = make_compound(district.community)
    url = reverse("registry:building_add", args=[row.code])
    post(web, url, {"number": "1号楼", "floors": "６", "entrances": "1单元 12\n2单元 １０户\n东门"})
    building = Building.objects.get()
    listed = list(building.entrances.values_list("number", "household_count"))
    assert (building.floors, listed) == (6, [("1单元", 12), ("2单元", 10), ("东门", None)])
    url = reverse("registry:building_edit", args=[row.code, building.pk])
    kept = building.entrances.get(number="1单元").pk
    data = {"number": "1号楼", "floors": "7", "version": 1, "entrances": "1单元 13"}
    assert post(web, url, data).status_code == 302
    assert post(web, url, data).status_code == 200
    building.refresh_from_db()
    assert (building.floors, building.entrances.get().pk) == (7, kept)
    url = reverse("registry:building_delete", args=[row.code, building.pk])
    assert post(web, url, {"version": 2, "reason": ""}).status_code == 200
    assert post(web, url, {"version": 2, "reason": "重复"}).status_code == 302
    assert not Building.objects.exists()
    assert Building.history.filter(history_type="-").exists()


@pytest.mark.parametrize(
    "data",
    [
        {"number": "1号楼"},
        {"number": "2号楼", "floor_area_m2": "-5"},
        {"number": "2号楼", "entrances": "1单元\n1单元"},
        {"number": "2号楼", "floors": "9" * 9},
    ],
)
def test_a_building_that_cannot_be_is_refused(web, district, data):
    row = make_compound(district.community)
    make_building(row, "1号楼")
    answer = post(web, reverse("registry:building_add", args=[row.code]), data)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert Building.objects.count() == 1


def test_a_building_of_another_compound_is_not_found(web, district):
    row, other = make_compound(district.community), make_compound(district.community)
    building = make_building(other)
    url = reverse("registry:building_edit", args=[row.code, building.pk])
    assert web.get(url).status_code == 404


# -- many at once ----------------------------------------------------------------------------------
def test_bulk_edit_asks_for_fields_shows_what_changes_and_saves_once(web, district):
    rows = [
        make_compound(district.community, ownership=nature)
        for nature in ("REFORMED", "UNIT", "COMMODITY")
    ]
    url = reverse("registry:bulk_edit")
    ids = [row.pk for row in rows]
    assert b'name="fields"' in web.get(url, {"ids": ids}).content
    data = {
        "ids": ids,
        "fields": ["ownership", "surveyor", "is_enclosed"],
        "ownership": "UNIT",
        "unknown_surveyor": "on",
        "source": "site",
    }
    shown = post(web, url, {**data, "act": "preview"})
    assert shown.context["changing"]["count"] == 3
    assert Compound.objects.filter(ownership="UNIT").count() == 1
    saved = {**data, "act": "save", "once": "b" * 32}
    assert web.post(url, saved).status_code == web.post(url, saved).status_code == 302
    for row in rows:
        row.refresh_from_db()
        assert (row.ownership, row.surveyor, row.is_enclosed, row.version) == ("UNIT", "", True, 2)


def test_bulk_edit_with_empty_fields_changes_nothing(web, district):
    row = make_compound(district.community)
    data = {
        "ids": row.pk,
        "fields": ["ownership"],
        "ownership": "",
        "source": "site",
        "act": "save",
    }
    assert post(web, reverse("registry:bulk_edit"), data).context["form"].errors
    row.refresh_from_db()
    assert row.version == 1


def test_surveys_are_verified_from_the_list(web, district):
    rows = [make_compound(district.community), make_compound(district.community, surveyed_on=None)]
    url = reverse("registry:verify")
    page = web.get(url, {"ids": [row.pk for row in rows]})
    assert [row.pk for row in page.context["ready"]] == [rows[0].pk]
    assert post(web, url, {"ids": [rows[0].pk]}).status_code == 302
    rows[0].refresh_from_db()
    assert rows[0].verified_on == dt.date(2026, 11, 23)


# -- files -----------------------------------------------------------------------------------------
def sheet_of(answer):
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    header = next(i for i, row in enumerate(rows) if "小区名称" in row)
    return rows[:header], rows[header], rows[header + 1 :], book.worksheets[0]


def test_an_export_is_exactly_what_is_shown_and_is_recorded(web, district):
    make_compound(district.community, name="乙院", household_count=12)
    make_compound(district.community, name="甲院", household_count=90)
    make_compound(district.community, name="丙院", management_mode="FIRM")
    make_compound(district.other_community, name="外院")
    query = "?is_unmanaged=true&sort=-household_count&columns=household_count&columns=built_year"
    _title, header, rows, _sheet = sheet_of(web.get(f"/register/export/{query}&format=xlsx"))
    assert header == ["小区名称", "户数", "建成年份", "小区编码"]
    assert [row[:3] for row in rows] == [["甲院", 90, 1986], ["乙院", 12, 1986]]
    entry = AuditEntry.objects.get(verb="export")
    assert entry.changes["rows"] == [None, 2]
    assert "is_unmanaged=true" in entry.changes["filters"][1]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_export_holds_no_live_formula(web, district, kind):
    for n, name in enumerate(("=1+1", "+86", "-x", "@cmd", "\t=2")):
        make_compound(
            district.community, name=name.strip() or "x", address=f"{name}", refresh=False
        )
        assert n < 5
    answer = web.get(f"/register/export/?format={kind}&columns=address")
    if kind == "csv":
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        cells = [cell.strip('"') for line in text.splitlines()[1:] for cell in line.split(",")]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
        return
    *_rest, sheet = sheet_of(answer)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_a_whole_export_has_the_columns_of_the_survey(web, district):
    make_compound(district.community)
    _title, header, rows, _sheet = sheet_of(web.get("/register/export/?whole=1"))
    assert header[:3] == ["街道", "社区", "区划代码"]
    assert "摸底日期" in header
    assert rows[0][2] == district.community.code


def test_an_export_of_a_past_day_holds_the_facts_of_that_day(web, district, clerk):
    row = make_compound(district.community, name="旧名院")
    past = row.history.get()
    past.history_date = dt.datetime(2026, 3, 1, 4, tzinfo=dt.UTC)
    past.save()
    compounds.change_compound(by=clerk, compound=row, version=1, changes={"name": "新名院"})
    _title, _header, rows, _sheet = sheet_of(web.get("/register/export/?as_of=2026-03-02"))
    assert rows[0][0] == "旧名院"


# -- map -------------------------------------------------------------------------------------------
def test_the_map_draws_points_of_the_scope_only_and_names_stay_text(web, district):
    make_compound(
        district.community, name="</script><b>院", strategy="FALLBACK", decision="DECIDED"
    )
    make_compound(district.community, longitude=None, latitude=None)
    make_compound(district.other_community, name="外院")
    district.street.boundary = {
        "type": "Polygon",
        "coordinates": [[[112, 37], [113, 37], [112, 38]]],
    }
    district.street.save()
    data = json.loads(web.get(reverse("registry:map_data")).content)
    assert [point[3] for point in data["points"]] == ["</script><b>院"]
    assert data["points"][0][4:] == [3, 1, 80]
    assert [area["name"] for area in data["areas"]] == [district.street.name]
    page = web.get(reverse("registry:compound_map"))
    assert page.status_code == 200
    assert b"<b>\xe9\x99\xa2" not in page.content


def test_the_map_needs_the_register(client, district):
    client.force_login(make_user("accounts", "account_admin", district.area))
    for name in ("compound_map", "map_data"):
        assert client.get(reverse(f"registry:{name}")).status_code == 403


# -- addresses and hidden fields of large registers ------------------------------------------------
@pytest.mark.parametrize("page", ["verify", "bulk_edit", "bulk_edit?fields=has_committee"])
def test_ids_above_a_thousand_are_sent_without_separators(web, district, page):
    make_compound(district.community, pk=1160)
    name, _, fields = page.partition("?")
    html = web.get(f"{reverse(f'registry:{name}')}?ids=1160&{fields}").content.decode()
    assert 'name="ids" value="1160"' in html


def test_the_dossier_of_compound_1160_verifies_that_compound(web, district):
    compound = make_compound(district.community, pk=1160, verified_on=None)
    page = web.get(reverse("dashboards:compound_dossier", args=[compound.code]))
    assert f"{reverse('registry:verify')}?ids=1160" in page.content.decode()


# -- words clerks type -----------------------------------------------------------------------------
def test_a_word_for_no_work_unit_typed_in_the_form_is_not_its_name(web, district):
    compound = make_compound(district.community, ownership="REFORMED", unit_name="")
    url = reverse("registry:compound_edit", args=[compound.code])
    sent = form_data(web.get(url).context["form"]) | {"unit_name": "无", "household_count": 81}
    assert post(web, url, sent).status_code == 302
    compound.refresh_from_db()
    assert (compound.household_count, compound.unit_name) == (81, "")
    assert compound.has_affiliated_unit is False


def test_rows_written_by_an_import_show_the_codes_they_got(web, clerk, tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("社区,小区名称\n坞城东社区,新院\n", encoding="utf-8")
    batch = imports.import_file(by=clerk, path=path)
    page = web.get(reverse("registry:import_detail", args=[batch.pk]), {"rows": "NEW"})
    assert [line["key"] for line in page.context["lines"]] == [Compound.objects.get().code]


def test_too_many_picked_rows_are_cut_and_the_cut_is_told(client, district, monkeypatch):
    monkeypatch.setattr(views, "MOST_PICKED", 2)
    rows = [make_compound(district.community) for _ in range(3)]
    client.force_login(make_user("picker", "street_clerk", district.street))
    for picked, is_told in ((rows[:2], False), (rows, True)):
        answer = client.get(reverse("registry:verify"), {"ids": [row.pk for row in picked]})
        assert len(answer.context["ready"]) == 2
        assert bool(list(answer.context["messages"])) == is_told
