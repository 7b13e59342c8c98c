"""Pages of contracts, clocks, lots and viability."""

import io
import itertools
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.contracts import services
from compounds.contracts.models import Contract, Lot, ViabilitySheet
from compounds.contracts.worklist import work_of
from governance.audit.models import AuditEntry
from governance.foundation import dates
from tests.compounds.contracts.test_services import KNOWN, PDF, D, award, gate, make_lot, upload
from tests.compounds.contracts.world import (
    TODAY,
    draft,
    filed,
    make_assignment,
    make_world,
    signed,
)
from tests.factories import make_compound

_token = itertools.count(1)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture
def world(district):
    return make_world(district)


@pytest.fixture
def web(client, world):
    client.force_login(world.clerk)
    return client


def url(name, *args, **query):
    address = reverse(f"contracts:{name}", args=args)
    return address + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")


def send(web, address, **said):
    return web.post(address, {"once": f"{next(_token):032x}", **said})


def rows(prefix, *given):
    """A formset as a browser sends it."""
    found = {f"{prefix}-TOTAL_FORMS": len(given), f"{prefix}-INITIAL_FORMS": 0}
    for i, row in enumerate(given):
        found |= {f"{prefix}-{i}-{name}": value for name, value in row.items()}
    return found


TYPED = {
    "number": "样例-网-1",
    "party_a": "MANAGEMENT_COMMITTEE",
    "party_a_name": "样例一院物管会",
    "starts_on": "2026-12-01",
    "ends_on": "2029-11-30",
    "fee_mode": "LUMP_SUM",
    "fee_per_m2": "0．5",
    "fee_note": "按季度收取",
    "quality": "丁级",
    "repair_fund": "未建立",
    "service_rooms": "门房",
    "handover_terms": "十日内",
    "dunning": ["REMINDER", "VISIT"],
}
ITEMS = ({"kind": "CLEANING"}, {"kind": "REFUSE"}, {"kind": ""})


def test_a_contract_is_drafted_signed_and_filed_in_the_browser(web, world):
    assert "TRANSITION" in web.get(url("contract_add")).content.decode()
    address = url("contract_add", kind="TRANSITION", compound=world.compound.code)
    page = web.get(address).content.decode()
    assert world.compound.code in page
    said = {
        **TYPED,
        "provider": world.provider.pk,
        **rows("covers", {"compound": world.compound.code}, {"compound": ""}),
        **rows("items", *ITEMS),
    }
    answer = send(web, address, **said)
    assert answer.status_code == 302, answer.context["form"].errors
    contract = Contract.objects.get()
    assert answer["Location"] == url("contract_detail", contract.pk)
    assert (contract.fee_per_m2, contract.dunning) == (Decimal("0.5"), " REMINDER VISIT ")
    send(web, url("contract_sign", contract.pk), version=1, signed_on="2026-11-09")
    said = {"version": 2, "filed_on": "2026-11-20", "filing_number": "样例备1"}
    send(web, url("contract_file", contract.pk), **said)
    contract.refresh_from_db()
    assert contract.state == "FILED"
    for name in ("contract_detail", "contract_print", "filing_receipt"):
        assert "样例备1" in web.get(url(name, contract.pk)).content.decode()


@pytest.mark.parametrize(
    ("kind", "shown", "hidden"),
    [
        ("TRANSITION", ["fee_per_m2", "provider", "repair_fund"], ["yearly_price", "lot"]),
        ("SHARED", ["provider", "lot", "unit_price"], ["fee_per_m2", "subcontractor"]),
        ("PURCHASE", ["yearly_price", "subcontractor"], ["fee_per_m2", "dunning"]),
        ("SELF", ["fee_per_m2"], ["provider", "subcontractor", "yearly_price"]),
        ("LOT", ["lot", "fee_per_m2"], ["yearly_price"]),
        ("EMERGENCY", ["ends_on"], ["lot"]),
    ],
)
def test_the_form_asks_only_for_what_the_kind_needs(web, kind, shown, hidden):
    page = web.get(url("contract_add", kind=kind)).content.decode()
    for name in shown:
        assert f'name="{name}"' in page or f"-{name}" in page, name
    for name in hidden:
        assert f'name="{name}"' not in page, name
        assert f"-0-{name}" not in page, name


def test_self_management_shared_use_and_purchase_are_entered(web, world):
    base = {k: TYPED[k] for k in ("party_a", "party_a_name", "starts_on", "ends_on", "quality")}
    cover = rows("covers", {"compound": world.compound.name, "area_m2": "5,600"})
    kinds = {
        "SELF": ({"fee_mode": "FREE", **rows("items", {"kind": "GREENING"})}, 0),
        "SHARED": (
            {
                "provider": world.provider.pk,
                "fee_note": "按次结算",
                **rows("items", {"kind": "SEWERS", "unit_price": "120"}),
            },
            120,
        ),
        "PURCHASE": (
            {
                "provider": world.provider.pk,
                "yearly_price": "8000",
                **rows("items", {"kind": "REFUSE"}, {"kind": "FACILITIES"}),
            },
            8000,
        ),
    }
    for kind, (more, _price) in kinds.items():
        said = {**base, **cover, **more, "number": f"样例-{kind}"}
        answer = send(web, url("contract_add", kind=kind), **said)
        assert answer.status_code == 302, (kind, answer.context["form"].errors)
    modes = dict(Contract.objects.values_list("kind", "fee_mode"))
    assert modes == {"SELF": "FREE", "SHARED": "PER_USE", "PURCHASE": "PURCHASED"}
    assert Contract.objects.get(kind="SHARED").items.get().unit_price == 120
    assert Contract.objects.get(kind="SELF").covers.get().area_m2 == 5600


def test_more_rows_keep_what_was_typed(web, world):
    said = {
        **TYPED,
        "fee_per_m2": "",
        "more_items": "1",
        **rows("covers", {"compound": "样例一院"}),
        **rows("items", {"kind": "CLEANING", "description": "每日"}),
    }
    page = send(web, url("contract_add", kind="TRANSITION"), **said).content.decode()
    assert page.count('-frequency"') >= 4
    assert 'value="每日"' in page
    assert "errorlist" not in page
    assert not Contract.objects.exists()


def test_refusals_stand_in_the_form(web, world):
    said = {
        **TYPED,
        "provider": world.provider.pk,
        "fee_note": "欠费的停水停电",
        **rows("covers", {"compound": world.compound.code}),
        **rows("items", *ITEMS),
    }
    answer = send(web, url("contract_add", kind="TRANSITION"), **said)
    assert "fee_note" in answer.context["form"].errors
    said |= {"fee_note": "按季", **rows("covers", {"compound": world.far.code})}
    answer = send(web, url("contract_add", kind="TRANSITION"), **said)
    assert answer.context["covers"].errors[0]
    contract = draft(world, quality="", items=())
    page = web.get(url("contract_detail", contract.pk)).content.decode()
    assert "938" in page
    answer = send(web, url("contract_sign", contract.pk), version=1, signed_on="2026-11-09")
    assert len(answer.context["form"].non_field_errors()) == 2


def test_an_unchanged_row_of_a_draft_stays(web, world):
    contract = draft(world, compounds=[world.compound, world.second])
    address = url("contract_edit", contract.pk)
    page = web.get(address)
    said = {
        **TYPED,
        "number": contract.number,
        "quality": "丙级",
        "provider": world.provider.pk,
        "version": contract.version,
        **rows("covers", *[form.initial for form in page.context["covers"].initial_forms]),
        **rows(
            "items",
            *[
                {name: value for name, value in form.initial.items() if value is not None}
                for form in page.context["items"].initial_forms
            ],
        ),
        "covers-INITIAL_FORMS": 2,
        "items-INITIAL_FORMS": 3,
    }
    assert send(web, address, **said).status_code == 302
    contract.refresh_from_db()
    assert (contract.quality, contract.covers.count(), contract.items.count()) == ("丙级", 2, 3)


def test_a_stale_form_is_sent_back(web, world):
    contract = draft(world)
    services.edit_contract(
        by=world.officer, contract=contract, version=1, facts={"quality": "丙级"}
    )
    answer = send(web, url("contract_sign", contract.pk), version=1, signed_on="2026-11-09")
    assert answer.status_code == 302
    contract.refresh_from_db()
    assert contract.state == "DRAFT"


def test_figures_equal_the_lists_they_open(web, world):
    signed(world)
    for i, ends in enumerate((D(2026, 12, 2), D(2027, 2, 20), D(2027, 5, 1), D(2029, 1, 1))):
        compound = make_compound(world.district.community)
        make_assignment(world, compound)
        filed(
            world,
            number=f"F{i}",
            compounds=[compound],
            ends_on=ends,
            starts_on=D(2026, 11, 9),
            filing_number=f"备{i}",
        )
    shown = {}
    for user in (world.clerk, world.officer, world.auditor):
        web.force_login(user)
        for page in ("contract_list", "clocks"):
            for one in web.get(url(page)).context["figures"]:
                listing = web.get(reverse(one["page"]) + "?" + one["query"]).context["listing"]
                assert listing.counted == one["count"], one["key"]
                shown[one["key"]] = one["count"]
    assert shown == {
        "overdue": 2,
        "15": 1,
        "90": 2,
        "to_file": 1,
        "indefinite": 0,
        "running": 4,
    }
    text = web.get(url("clocks")).content.decode()
    assert text.index("F0") < text.index("样例-2026-001")


def test_open_work_equals_the_lists_it_opens(web, world):
    signed(world)
    make_assignment(world, world.second)
    make_assignment(world, world.far)
    filed(world, number="F1", compounds=[world.second], ends_on=D(2027, 2, 1))
    signed(world, number="F2", compounds=[world.second, world.far], by=world.officer)
    for user, count in ((world.clerk, 2), (world.officer, 2), (world.leader, 0)):
        web.force_login(user)
        lines = list(work_of(user))
        assert len(lines) == count
        for line in lines:
            assert web.get(line.url).context["listing"].counted == line.count, line.url
    assert [line.is_late for line in work_of(world.clerk)] == [False, True]


def test_pages_take_a_constant_number_of_queries(web, world):
    def count(address):
        web.get(address)
        with CaptureQueriesContext(connection) as found:
            assert web.get(address).status_code == 200
        return len(found)

    make_assignment(world, world.sister)
    contract = filed(world, compounds=[world.compound, world.sister])
    lot = make_lot(world)
    pages = [
        url("contract_list"),
        url("clocks"),
        url("contract_detail", contract.pk),
        url("lot_list"),
        url("lot_detail", lot.pk),
        url("lot_viability", lot.pk),
        url("viability", world.compound.code),
    ]
    before = [count(page) for page in pages]
    assert max(before[:2]) <= 14
    for i in range(4):
        compound = make_compound(world.district.community)
        make_assignment(world, compound)
        filed(world, number=f"Q{i}", compounds=[compound], filing_number=f"备Q{i}")
        contract.covers.create(compound=compound, area_m2=1)
        contract.items.create(kind="OTHER", description=str(i))
        lot.members.create(compound=compound)
        services.create_lot(by=world.officer, area=world.district.street, name=f"L{i}")
    assert [count(page) for page in pages] == before


def test_the_workbook_holds_what_the_list_shows(web, world):
    filed(world)
    draft(world, number="草稿")
    answer = web.get(url("contract_export", kind="TRANSITION"))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    text = list(book["合同备案表"].iter_rows(values_only=True))
    assert any("样例-2026-001" in row for row in text)
    assert not any("草稿" in row for row in text)
    assert AuditEntry.objects.filter(verb="export").count() == 1


def test_notice_renewal_and_end_are_entered(web, world):
    contract = filed(world, ends_on=D(2026, 12, 31))
    said = {"version": 3, "decided_on": "2026-11-20", "renewal": "CHANGE", "document": "决议1"}
    assert send(web, url("contract_renewal", contract.pk), **said).status_code == 302
    page = web.get(url("contract_add", kind="TRANSITION", follows=contract.pk)).content.decode()
    assert "2027-01-01" in page
    said = {"version": 4, "by_provider": "no", "notice_on": "2026-11-20", "document": "通知1"}
    assert send(web, url("contract_notice", contract.pk), **said).status_code == 302
    said = {"version": 5, "end_reason": "DISMISSED", "ended_on": "2026-11-22"}
    assert send(web, url("contract_end", contract.pk), **said).status_code == 200
    said |= {"without_notice": "on", "reason": "合同约定提前"}
    assert send(web, url("contract_end", contract.pk), **said).status_code == 302
    contract.refresh_from_db()
    assert contract.state == "ENDED"


def test_files_are_shown_without_guessing(web, world):
    contract = draft(world)
    address = url("file_add", contract.pk)
    assert send(web, address, file=upload(PDF), note="扫描件").status_code == 302
    file = contract.files.get()
    answer = web.get(url("file_show", file.pk))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    web.force_login(world.far_clerk)
    assert web.get(url("file_show", file.pk)).status_code == 404
    web.force_login(world.clerk)
    assert send(web, url("file_remove", file.pk), reason="错传").status_code == 302
    assert web.get(url("file_show", file.pk)).status_code == 404


def test_a_lot_is_opened_filled_and_awarded(web, world):
    web.force_login(world.officer)
    said = {"name": "样例一包", "kind": "BUNDLE", "area": world.district.street.pk}
    answer = send(web, url("lot_add"), **said)
    lot = Lot.objects.get()
    assert answer["Location"] == url("lot_members", lot.pk)
    said = {"version": 1, **rows("members", {"compound": "样例一院"}, {"compound": "样例邻院"})}
    answer = send(web, url("lot_members", lot.pk), **said)
    assert "以大带小" in answer.content.decode() or answer.context["form"].errors
    said["members-0-is_carrier"] = "on"
    assert send(web, url("lot_members", lot.pk), **said).status_code == 302
    said = {"version": 2, "on": "2026-09-30", "document": "验收1"}
    assert send(web, url("lot_gate", lot.pk, "renovated"), **said).status_code == 302
    said = {
        "version": 3, "provider": world.provider.pk, "bidders": 4, "on": "2026-10-30",
        "document": "中标1",
    }  # fmt: skip
    assert send(web, url("lot_award", lot.pk), **said).status_code == 302
    page = web.get(url("lot_detail", lot.pk)).content.decode()
    assert "2026-11-29" in page  # the contract follows within 30 days
    assert web.get(url("lot_gate", lot.pk, "taken")).status_code == 404
    form = web.get(url("contract_add", kind="LOT", lot=lot.pk)).content.decode()
    assert world.compound.code in form
    assert world.sister.code in form


def test_the_viability_page_asks_and_answers(web, world):
    address = url("viability", world.compound.code)
    page = web.get(address)
    assert page.context["found"].verdict == "UNKNOWN"
    assert page.context["asked"]
    known = {**{one.key: one.value for one in page.context["gathered"].inputs}, **KNOWN}
    said = {"reckon": 1, **{name: value for name, value in known.items() if value is not None}}
    page = web.get(address, said)
    assert page.context["asked"] == []
    assert page.context["found"].income.amount == Decimal("27060.00")
    assert "clerk" in page.content.decode()  # who typed it
    blank = web.get(address, {**said, "households": ""})
    assert "households" in blank.context["found"].missing
    answer = send(web, address, **said, note="第一次")
    sheet = ViabilitySheet.objects.get()
    assert answer["Location"] == url("viability_sheet", sheet.pk)
    assert "27,060.00" in web.get(answer["Location"]).content.decode()
    web.force_login(world.worker)
    assert web.get(address).status_code == 200
    assert send(web, address, **said).status_code == 403


def test_a_lot_says_whether_the_large_one_carries_the_small_ones(web, world):
    lot = award(world, gate(world, make_lot(world), "renovated", D(2026, 9, 30)))
    page = web.get(url("lot_viability", lot.pk))
    values = page.context["gathered"].values
    assert (values["households"], values["compounds"]) == (160, 2)
    assert str(page.context["form"].initial["provider"]) == str(world.provider.pk)
