"""Payee accounts: typed by one, confirmed by another, masked, revealed for a reason."""

import datetime as dt
import io
import logging

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from compounds.registry import checks as register_checks
from compounds.registry.importing import returning
from compounds.registry.importing.sheets import sheet_of
from compounds.registry.models import Import, ImportRow
from compounds.registry.services import import_files, imports
from governance.audit.models import AuditEntry
from governance.foundation import sweeping
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.notices.models import Notice
from subsidies.payees import checks, rules, services
from subsidies.payees.models import PayeeAccount
from subsidies.payees.questions import confirmed_of
from subsidies.payees.worklist import work_of
from tests.factories import make_provider

NUMBER = "6222020200112233445"
OTHER = "1401058800112233"


def propose(world, provider=None, number=NUMBER, by=None, **changes):
    provider = provider or world.provider
    facts = {"holder": provider.name, "bank": "样例银行小店支行", "number_again": number, **changes}
    return services.propose_account(
        by=by or world.people.finance, provider=provider, number=number, **facts
    )


def confirm(world, account, by=None, **more):
    return services.confirm_account(
        by=by or world.people.cashier, account=account, version=account.version, **more
    )


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("6222 0202 0011 2233 445", NUMBER),
        ("６２２２０２０２００１１２２３３４４５", NUMBER),
        ("　622202 0200112233445 ", NUMBER),
        ("000123", "000123"),
        ("1" * 30, "1" * 30),
    ],
)
def test_a_number_is_its_digits(typed, digits):
    assert rules.clean_number(typed) == digits


@pytest.mark.parametrize(
    "typed",
    ["", "12345", "1" * 31, "62220202x0011", "**** 3445", "6.2E+18", "-123456", "一二三四五六"],
)
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(rules.NumberError):
        rules.clean_number(typed)


def test_a_holder_is_the_firm_however_its_brackets_are_typed():
    assert rules.is_same_holder("样例物业（太原）有限公司", "样例物业(太原) 有限公司")
    assert not rules.is_same_holder("样例物业", "样例物业有限公司")


def test_accounts_that_a_bank_repeats_are_cut_down():
    said = rules.without_accounts("账号6222 0202 0011 2233 445户名不符")
    assert said == "账号****45户名不符"
    assert rules.without_accounts("退汇 2025-06-01") == "退汇 2025-06-01"


def test_one_types_and_another_confirms(world):
    account = propose(
        world, number="6222 0202 0011 2233 445", number_again="６２２２0202 00112233445"
    )
    assert (account.state, account.number_masked) == ("PROPOSED", "**** 3445")
    assert NUMBER not in account.number_sealed
    told = Notice.objects.get(kind=services.WAITING)
    assert told.user == world.people.cashier
    with pytest.raises(DomainError, match="cannot confirm"):
        confirm(world, account, by=world.people.finance)
    row = confirm(world, account, number=NUMBER)
    assert (row.state, row.confirmed_by, row.number()) == (
        "CONFIRMED",
        world.people.cashier,
        NUMBER,
    )
    assert confirmed_of([world.provider.pk]) == {world.provider.pk: row}
    told.refresh_from_db()
    assert told.read_at is not None
    entries = AuditEntry.objects.filter(object_type="payees.payeeaccount")
    assert [entry.verb for entry in entries.order_by("pk")] == ["propose", "confirm"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number_again": "6222020200112233446"}, "number_again"),
        ({"number": "12345", "number_again": "12345"}, "number"),
        ({"holder": "别家公司"}, "reason"),
        ({"bank": ""}, "bank"),
        ({"bank": f"样例银行{NUMBER}"}, "bank"),
        ({"holder": "别家公司", "reason": f"见{NUMBER}"}, "reason"),
    ],
)
def test_a_wrong_account_is_refused_beside_its_field(world, changes, field):
    with pytest.raises(DomainError) as refused:
        propose(world, **changes)
    assert refused.value.field == field
    assert not PayeeAccount.objects.exists()


def test_another_holder_needs_a_reason(world):
    account = propose(world, holder="样例集团结算中心", reason="集团统一结算，见函")
    assert account.reason == "集团统一结算，见函"


def test_an_account_of_another_firm_needs_a_reason(world):
    confirm(world, propose(world))
    other = make_provider(world.district.area, name="样例物业乙")
    with pytest.raises(DomainError, match="样例物业甲"):
        propose(world, other)
    assert propose(world, other, reason="同一控制人，见函").state == "PROPOSED"


def test_a_new_account_replaces_the_old_one_which_stays(world):
    old = confirm(world, propose(world))
    with pytest.raises(DomainError, match="confirmed already"):
        propose(world)
    new = propose(world, number=OTHER, number_again=OTHER)
    with pytest.raises(DomainError, match="already waits"):
        propose(world, number="88880000111", number_again="88880000111")
    old.refresh_from_db()
    assert old.state == "CONFIRMED"
    new = confirm(world, new)
    old.refresh_from_db()
    assert (old.state, new.state) == ("REPLACED", "CONFIRMED")
    assert confirmed_of([world.provider.pk])[world.provider.pk] == new


def test_the_database_itself_keeps_maker_and_checker_apart(world):
    account = propose(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayeeAccount.objects.filter(pk=account.pk).update(
            state="CONFIRMED", confirmed_by=account.prepared_by, confirmed_at=account.created_at
        )


def test_a_stale_page_and_a_wrong_comparison_confirm_nothing(world):
    account = propose(world)
    with pytest.raises(StaleRecord):
        services.confirm_account(by=world.people.cashier, account=account, version=9)
    with pytest.raises(DomainError, match="not the number"):
        confirm(world, account, number=OTHER)
    services.refuse_account(
        by=world.people.cashier, account=account, version=1, reason="户名与证明不符"
    )
    account.refresh_from_db()
    assert account.state == "REFUSED"
    with pytest.raises(DomainError, match="Only a proposed"):
        confirm(world, account)


def test_only_finance_officers_touch_accounts(world):
    account = propose(world)
    for person in (world.people.officer, world.people.approver, world.people.clerk):
        with pytest.raises(NotAllowed):
            propose(world, by=person, number=OTHER, number_again=OTHER)
        with pytest.raises(NotAllowed):
            confirm(world, account, by=person)
        with pytest.raises(NotAllowed):
            services.reveal(by=person, account=account, reason="核对")


def test_a_reveal_needs_a_reason_and_is_recorded_without_the_number(world, caplog):
    caplog.set_level(logging.DEBUG)
    account = propose(world)
    with pytest.raises(DomainError):
        services.reveal(by=world.people.cashier, account=account, reason="")
    with pytest.raises(DomainError):
        services.reveal(by=world.people.cashier, account=account, reason=NUMBER)
    assert services.reveal(by=world.people.cashier, account=account, reason="核对") == NUMBER
    entry = AuditEntry.objects.get(verb="reveal_account")
    assert (entry.actor, entry.reason) == (world.people.cashier, "核对")
    assert NUMBER not in str(list(AuditEntry.objects.values()))
    assert NUMBER not in caplog.text


# -- pages -----------------------------------------------------------------------------------------
def send(client, name, *args, **said):
    send.token += 1
    return client.post(reverse(f"payees:{name}", args=args), {"once": f"{send.token:032x}", **said})


send.token = 0


def test_an_account_goes_its_way_in_the_browser(client, world):
    client.force_login(world.people.finance)
    said = {
        "provider": world.provider.pk,
        "holder": world.provider.name,
        "bank": "样例银行",
        "number": NUMBER,
        "number_again": NUMBER,
    }
    bad = send(client, "payee_add", **{**said, "number_again": "1234567"})
    assert bad.status_code == 200
    assert "number_again" in bad.context["form"].errors
    answer = send(client, "payee_add", **said)
    account = PayeeAccount.objects.get()
    page = reverse("payees:payee_detail", args=[account.pk])
    assert answer["Location"] == page
    assert (
        reverse("payees:payee_confirm", args=[account.pk]) not in client.get(page).content.decode()
    )
    client.force_login(world.people.cashier)
    assert [line.count for line in work_of(world.people.cashier)] == [1]
    assert reverse("payees:payee_confirm", args=[account.pk]) in client.get(page).content.decode()
    answer = send(client, "payee_confirm", account.pk, version=1, number=NUMBER)
    assert answer.status_code == 302
    account.refresh_from_db()
    assert account.state == "CONFIRMED"
    shown = client.post(reverse("payees:payee_reveal", args=[account.pk]), {"reason": "核对"})
    assert NUMBER in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    for url in (page, reverse("payees:payee_list"), reverse("payees:payee_add")):
        assert NUMBER not in client.get(url).content.decode()


def test_the_list_asks_as_much_for_many_as_for_one(client, world):
    client.force_login(world.people.finance)
    url = reverse("payees:payee_list")
    propose(world)
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert client.get(url, {"q": "样例", "state": "PROPOSED"}).status_code == 200
    for i in range(8):
        firm = make_provider(world.district.area)
        propose(world, firm, number=f"62000000000{i}", number_again=f"62000000000{i}")
    with CaptureQueriesContext(connection) as many:
        assert client.get(url, {"q": "样例", "state": "PROPOSED"}).status_code == 200
    assert len(many) == len(few) <= 14


# -- import ----------------------------------------------------------------------------------------
HEAD = ["序号", "企业名称", "统一社会信用代码", "开户名", "开户行", "账号", "户名不一致说明"]


def workbook(*rows):
    book = openpyxl.Workbook()
    book.active.title = "企业收款账户表"
    for row in (HEAD, *rows):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def upload(tmp_path, *rows):
    path = tmp_path / "accounts.xlsx"
    path.write_bytes(workbook(*rows))
    return path


def test_a_sheet_proposes_accounts_which_somebody_else_confirms(world, tmp_path):
    firm = make_provider(world.district.area, name="样例物业乙")
    path = upload(
        tmp_path,
        [1, "样例物业甲", world.provider.credit_code, "样例物业甲", "样例银行", NUMBER, None],
        [2, "样例物业乙", None, "乙集团", "样例银行", "1401 0588 0011 2233", "集团结算"],
    )
    batch = imports.import_file(by=world.people.finance, path=path, area=world.district.area)
    assert batch.state == "DONE"
    accounts = PayeeAccount.objects.order_by("pk")
    assert [(a.provider, a.state, a.number()) for a in accounts] == [
        (world.provider, "PROPOSED", NUMBER),
        (firm, "PROPOSED", OTHER),
    ]
    with pytest.raises(DomainError):
        confirm(world, accounts[0], by=world.people.finance)
    confirm(world, accounts[0])
    stored = str(list(ImportRow.objects.values())) + str(list(AuditEntry.objects.values()))
    assert NUMBER not in stored
    assert "sealed" not in stored
    assert Notice.objects.filter(user=world.people.cashier, count=2).exists()
    again = imports.import_file(by=world.people.finance, path=path, area=world.district.area)
    assert (again.state, again.count("UNCHANGED")) == ("CHECKED", 2)


def test_every_wrong_row_is_named_at_once(world, tmp_path):
    confirm(world, propose(world))
    waiting = make_provider(world.district.area, name="样例物业丙")
    propose(world, waiting, number="77770000111", number_again="77770000111")
    make_provider(world.district.area, name="样例物业乙")
    path = upload(
        tmp_path,
        [1, "样例物业乙", None, "别家", "样例银行", "123456789", None],
        [2, "没有这家", None, "没有这家", "样例银行", "123456789", None],
        [3, "样例物业乙", None, "样例物业乙", "样例银行", "12a456", None],
        [4, "样例物业丙", None, "样例物业丙", "样例银行", "123456789", None],
        [5, "样例物业乙", None, "样例物业乙", "样例银行", NUMBER, None],
        [6, "样例物业乙", None, "样例物业乙", "样例银行", 6.22e18, None],
        [7, "样例物业甲", "91140105MA00000000", "样例物业甲", "样例银行", "123456789", None],
        [8, None, None, "样例物业甲", "样例银行", "123456789", None],
    )
    with pytest.raises(imports.ImportRefused) as refused:
        imports.import_file(by=world.people.finance, path=path, area=world.district.area)
    rows = {one["row"] for one in refused.value.problems}
    assert rows == set(range(2, 10))
    assert NUMBER not in str(refused.value.problems)
    assert PayeeAccount.objects.count() == 2


def test_the_template_imports_and_only_finance_sees_such_an_import(client, world, tmp_path):
    path = tmp_path / "template.xlsx"
    with open(path, "wb") as target:
        returning.write_template(sheet_of("payees"), world.district.area, target)
    batch = imports.import_file(by=world.people.finance, path=path, area=world.district.area)
    assert batch.state == "DONE"
    detail = reverse("registry:import_detail", args=[batch.pk])
    file = reverse("registry:import_file", args=[batch.pk])
    client.force_login(world.people.officer)
    assert "**** 0001" not in client.get(detail, {"rows": "ALL"}).content.decode()
    assert client.get(file).status_code == 403
    client.force_login(world.people.finance)
    text = client.get(detail, {"rows": "ALL"}).content.decode()
    assert "**** 0001" in text
    assert file not in text
    assert client.get(file).status_code == 404


# -- the workbook itself ---------------------------------------------------------------------------
@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Within it what waits for the end of a transaction is done at its end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def uploaded(world, tmp_path, by=None) -> Import:
    """A workbook that waits for its confirmation, with a row that is refused."""
    path = upload(
        tmp_path,
        [1, "样例物业甲", None, "样例物业甲", "样例银行", NUMBER, None],
        [2, "没有这家", None, "没有这家", "样例银行", OTHER, None],
    )
    with pytest.raises(imports.ImportRefused):
        imports.import_file(by=by or world.people.finance, path=path, area=world.district.area)
    batch = Import.objects.latest("pk")
    assert batch.state == "CHECKED"
    return batch


def test_the_workbook_goes_with_its_import_and_nothing_sealed_stays(world, tmp_path, committed):
    path = upload(tmp_path, [1, "样例物业甲", None, "样例物业甲", "样例银行", NUMBER, None])
    with committed():
        batch = imports.import_file(by=world.people.finance, path=path, area=world.district.area)
    batch.refresh_from_db()
    assert (batch.state, str(batch.file)) == ("DONE", "")
    assert default_storage.listdir("imports")[1] == []
    assert list(register_checks.attachments()) == []  # what was let go is not lost
    assert PayeeAccount.objects.get().number() == NUMBER


def test_an_abandoned_workbook_goes_with_its_cancelling(client, world, tmp_path, committed):
    batch = uploaded(world, tmp_path)
    detail = reverse("registry:import_detail", args=[batch.pk])
    client.force_login(world.people.cashier)
    assert client.get(reverse("registry:import_file", args=[batch.pk])).status_code == 403
    assert client.get(reverse("registry:import_refused", args=[batch.pk])).status_code == 403
    client.force_login(world.people.finance)
    assert client.get(reverse("registry:import_file", args=[batch.pk])).status_code == 200
    shown = client.get(detail)
    assert (shown.context["is_kept"], shown.context["secret_days"]) == (False, 7)
    assert "sealed" in str(list(batch.rows.values("context")))
    with committed():
        imports.cancel_import(by=world.people.finance, batch=batch)
    assert default_storage.listdir("imports")[1] == []
    assert "sealed" not in str(list(batch.rows.values("context")))
    text = client.get(detail, {"rows": "ALL"}).content.decode()
    assert reverse("registry:import_file", args=[batch.pk]) not in text
    assert NUMBER not in text
    assert client.get(reverse("registry:import_refused", args=[batch.pk])).status_code == 404


def test_what_is_left_waiting_goes_after_its_days(world, tmp_path, committed):
    batch = uploaded(world, tmp_path)
    now = timezone.now()
    assert import_files.sweep(now + dt.timedelta(days=6)) == 0
    with committed():
        assert import_files.sweep(now + dt.timedelta(days=8)) == 1
    batch.refresh_from_db()
    assert (batch.state, str(batch.file)) == ("CANCELLED", "")
    assert default_storage.listdir("imports")[1] == []


def test_a_file_left_by_a_process_that_died_is_named_and_swept(world, tmp_path):
    batch = uploaded(world, tmp_path)
    Import.objects.filter(pk=batch.pk).update(state="CANCELLED")
    assert any("is there still" in line for line in checks.files())
    assert sweeping.sweep_all(timezone.now())["files of imports"] == 1
    assert not list(checks.files())


def test_nobody_else_can_import_accounts(world, tmp_path):
    path = upload(tmp_path, [1, "样例物业甲", None, "样例物业甲", "样例银行", NUMBER, None])
    with pytest.raises(imports.ImportRefused):
        imports.import_file(by=world.people.officer, path=path, area=world.district.area)
    assert not PayeeAccount.objects.exists()


# -- checks ----------------------------------------------------------------------------------------
def test_the_checks_find_what_was_tampered_with(world):
    account = confirm(world, propose(world))
    assert not [line for check in checks.CHECKS.values() for line in check()]
    PayeeAccount.objects.filter(pk=account.pk).update(number_masked="**** 9999")
    assert list(checks.numbers())
    PayeeAccount.objects.filter(pk=account.pk).update(number_hash="0" * 64)
    assert "fingerprint" in next(iter(checks.numbers()))
