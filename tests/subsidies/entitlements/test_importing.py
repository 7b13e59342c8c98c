"""The sheet 补贴申请表: from a clerk's workbook to drafts, and back."""

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from compounds.registry.services import import_undoing, imports
from governance.foundation import dates, spreadsheets
from governance.foundation.spreadsheets import OutColumn, OutSheet
from subsidies.entitlements.checks import CHECKS
from subsidies.entitlements.importing import APPLICATIONS
from subsidies.entitlements.models import Entitlement
from subsidies.payees.models import PayeeAccount
from tests.factories import make_provider
from tests.subsidies.entitlements.walking import PROOF, fresh, step, walked
from tests.subsidies.factories import make_served

TODAY = dt.date(2026, 4, 8)
NUMBER = "6200123456789012345"


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture
def load(world, tmp_path):
    def load(*rows, by=None, **more):
        headers = list(dict.fromkeys(key for one in rows for key in one))
        values = [[one.get(header) for header in headers] for one in rows]
        path = tmp_path / "k.xlsx"
        sheet = OutSheet("补贴申请表", [OutColumn(h) for h in headers], values)
        spreadsheets.write_xlsx(path, [sheet])
        return imports.import_file(by=by or world.people.clerk, path=path, **more)

    return load


def row(world, compound=None, **changes):
    compound = compound or world.compound
    return {
        "企业名称": world.provider.name,
        "小区": compound.name,
        "面积(㎡)": "5500",
        "标准(元/㎡·月)": "0.5",
        "起始月": "2026-04",
        "补贴月数": 6,
        "申请金额(元)": "16500",
        "面积证明": PROOF,
        **changes,
    }


def test_rows_become_numbered_drafts(world, load):
    second = make_served(world.people, world.district.community, world.provider)
    load(row(world), row(world, second.compound))
    drafts = list(Entitlement.objects.order_by("pk"))
    assert [one.state for one in drafts] == ["DRAFT", "DRAFT"]
    assert [one.number[-4:] for one in drafts] == ["0001", "0002"]
    assert drafts[0].amount == Decimal("16500.00")
    assert drafts[0].area_proof == PROOF
    assert [found for check in CHECKS.values() for found in check()] == []


def test_a_hundred_and_fifty_come_in_at_once(world, load):
    served = [
        make_served(world.people, world.district.community, world.provider) for _n in range(150)
    ]
    load(*(row(world, one.compound) for one in served))
    assert Entitlement.objects.filter(state="DRAFT").count() == 150


@pytest.mark.parametrize(
    ("changes", "header"),
    [
        ({"面积(㎡)": "5000"}, "面积(㎡)"),
        ({"企业名称": "别的企业"}, "企业名称"),
        ({"补贴项目": "没有的项目"}, "补贴项目"),
        ({"小区": "没有的小区"}, "小区"),
    ],
)
def test_what_contradicts_register_or_firm_is_refused(world, load, changes, header):
    with pytest.raises(imports.ImportRefused) as caught:
        load(row(world, **changes))
    assert [(one["row"], one["header"]) for one in caught.value.problems] == [(2, header)]
    assert not Entitlement.objects.exists()


@pytest.mark.parametrize("changes", [{"申请金额(元)": "20000"}, {"补贴月数": 12}])
def test_figures_that_follow_from_elsewhere_are_warned_of(world, load, changes):
    batch = load(row(world, **changes))
    assert batch.rows.get().problems
    one = Entitlement.objects.get()
    assert (one.amount, one.months) == (Decimal("16500.00"), 6)


def test_an_undone_import_takes_its_drafts_away(world, load):
    batch = load(row(world))
    import_undoing.undo_import(by=world.people.clerk, batch=batch)
    assert not Entitlement.objects.exists()


def test_what_was_handed_in_since_is_not_undone(world, load):
    batch = load(row(world))
    step(world, "submit", list(Entitlement.objects.all()))
    with pytest.raises(import_undoing.LaterEdits):
        import_undoing.undo_import(by=world.people.clerk, batch=batch)
    assert [found for check in CHECKS.values() for found in check()] == []


def test_a_draft_is_completed_by_its_row_and_a_submitted_one_is_not(world, load):
    load(row(world))
    load(row(world, 面积证明="房产证 样例-2"))
    one = Entitlement.objects.get()
    assert one.area_proof == "房产证 样例-2"
    step(world, "submit", [one])
    with pytest.raises(imports.ImportRefused):
        load(row(world, 面积证明="再改"))
    assert fresh(one).area_proof == "房产证 样例-2"


def test_the_sheet_goes_out_with_its_way_and_a_masked_account(client, world, load):
    account = PayeeAccount(
        district=world.district.area,
        provider=world.provider,
        holder=world.provider.name,
        bank="样例银行小店支行",
        state="CONFIRMED",
        prepared_by=world.people.finance,
        confirmed_by=world.people.cashier,
        confirmed_at=timezone.now(),
    )
    account.set_number(NUMBER)
    account.save()
    one = walked(world, "publicise")
    client.force_login(world.people.officer)
    answer = client.get(reverse("entitlements:sheet_export"))
    content = b"".join(answer.streaming_content)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    cells = [[cell.value for cell in line] for line in sheet.iter_rows()]
    head = next(line for line in cells if "统一社会信用代码" in line)
    found = dict(zip(head, cells[cells.index(head) + 1], strict=True))
    assert found["账号"].endswith(NUMBER[-4:])
    assert NUMBER not in str(cells)
    assert found["开户行"] == "样例银行小店支行"
    assert found["社区意见"].startswith("同意 2026-03-23")
    assert found["公示起止"] == "2026-03-26至2026-04-02"
    assert found["申领编号"] == one.number
    assert found["财政意见"] is None


def test_importing_the_sheet_again_changes_nothing(client, world, load, tmp_path):
    walked(world, "check")
    make_served(world.people, world.district.community, make_provider(world.district.area))
    client.force_login(world.people.clerk)
    answer = client.get(reverse("entitlements:sheet_export"))
    path = tmp_path / "again.xlsx"
    path.write_bytes(b"".join(answer.streaming_content))
    batch = imports.import_file(by=world.people.clerk, path=path)
    assert {one.state for one in batch.rows.all()} == {"UNCHANGED"}


def test_the_template_of_a_street_imports_cleanly(world):
    rows = APPLICATIONS.sample_rows(world.district.street)
    assert rows[0][5] == world.compound.name
