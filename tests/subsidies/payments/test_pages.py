"""Pages of disbursements: the way of a batch in the browser, files, prints, query counts."""

import datetime as dt
import io
import itertools
import logging

import openpyxl
import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.notices.sources import work_of
from subsidies.ledger.models import Posting
from subsidies.payees.models import PayeeAccount
from subsidies.payments import services
from subsidies.payments.models import BankResult, Disbursement
from tests.subsidies.payments.owing import (
    MARCH,
    PAID,
    TODAY,
    D,
    balances,
    draft,
    orders_of,
    owe,
    owe_three,
    released,
    result_rows,
    workbook,
)

_token = itertools.count(1)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture
def web(client, world):
    client.force_login(world.people.finance)
    return client


def url(name, *args):
    return reverse(f"payments:{name}", args=args)


def send(client, address, **said):
    return client.post(address, {"once": f"{next(_token):032x}", **said})


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def numbers() -> list[str]:
    return [account.number() for account in PayeeAccount.objects.all()]


def test_a_batch_goes_its_whole_way_in_the_browser(web, world):
    owe_three(world)
    owe(world, "样例物业丁", account=False)
    offers = web.get(url("disbursement_new")).content.decode()
    assert world.indicator.number in offers
    new = f"{url('disbursement_new')}?indicator={world.indicator.pk}"
    page = web.get(new)
    assert [one["name"] for one in page.context["firms"]] == [
        "样例物业丙",
        "样例物业乙",
        "样例物业甲",
    ]
    assert [one["name"] for one in page.context["left_out"]] == ["样例物业丁"]
    firms = [one["pk"] for one in page.context["firms"]]
    answer = send(web, new, firms=firms[1:], title="三四月补贴")
    batch = Disbursement.objects.get()
    assert answer["Location"] == url("disbursement_detail", batch.pk)
    assert (batch.title, batch.total) == ("三四月补贴", D("7501.00"))
    again = web.post(new, {"once": f"{next(_token):032x}", "firms": firms[1:]})
    assert again.status_code == 200
    assert again.context["form"].errors
    send(web, url("disbursement_submit", batch.pk), version=1, document="小财付1号")
    assert not [act for act in web.get(url("disbursement_detail", batch.pk)).context["acts"]
                if act["is_first"]]  # fmt: skip
    web.force_login(world.people.cashier)
    page = web.get(url("disbursement_detail", batch.pk))
    assert page.context["acts"][0]["url"] == url("disbursement_release", batch.pk)
    said = {"version": 2, "on": "2026-08-03", "document": "小财付1号"}
    assert send(web, url("disbursement_release", batch.pk), **said).status_code == 302
    batch.refresh_from_db()
    assert (batch.state, batch.document) == ("RELEASED", "小财付1号")
    result = SimpleUploadedFile("结果.xlsx", workbook(*result_rows(batch)))
    shown = web.post(url("result_read", batch.pk), {"file": result})
    assert len(shown.context["paid"]) == 2
    assert "IN_PAYMENT" in balances(world)
    answer = send(web, url("result_confirm", batch.pk), payload=shown.context["payload"])
    assert answer["Location"] == url("disbursement_detail", batch.pk)
    batch.refresh_from_db()
    assert batch.state == "RECONCILED"
    assert balances(world)["PAID"] == D("7501.00")


def test_a_double_click_drafts_releases_and_settles_once(web, world):
    owe_three(world)
    new = f"{url('disbursement_new')}?indicator={world.indicator.pk}"
    firms = [one["pk"] for one in web.get(new).context["firms"]]
    token = {"once": "a" * 32, "firms": firms}
    first, second = web.post(new, token), web.post(new, token)
    assert first["Location"] == second["Location"]
    batch = Disbursement.objects.get()
    send(web, url("disbursement_submit", batch.pk), version=1)
    web.force_login(world.people.cashier)
    said = {"once": "b" * 32, "version": 2, "on": "2026-08-03", "document": ""}
    for _ in range(2):
        assert web.post(url("disbursement_release", batch.pk), said).status_code == 302
    assert send(web, url("disbursement_release", batch.pk), **said | {"once": "c" * 32}).status_code
    assert Posting.objects.filter(transaction__kind="DISBURSEMENT").count() == 5
    shown = web.post(
        url("result_read", batch.pk),
        {"file": SimpleUploadedFile("a.xlsx", workbook(*result_rows(batch)))},
    )
    payload = shown.context["payload"]
    for _ in range(3):
        send(web, url("result_confirm", batch.pk), payload=payload)
    assert BankResult.objects.count() == 1
    assert balances(world)["PAID"] == D("7501.07")


def test_what_is_confirmed_is_what_was_read(web, world):
    owe_three(world)
    batch = released(world)
    content = signing.dumps({"batch": batch.pk, "rows": []}, salt="another")
    for payload in ("", "nonsense", content):
        answer = send(web, url("result_confirm", batch.pk), payload=payload)
        assert answer["Location"] == url("result_read", batch.pk)
    assert balances(world)["IN_PAYMENT"] == D("7501.07")


def test_faults_are_shown_all_at_once_and_offer_no_button(web, world):
    owe_three(world)
    batch = released(world)
    rows = result_rows(batch)
    rows[0][2], rows[1][1] = D("0.01"), None
    rows.append(["BF9", "V", 1, "成功", PAID])
    shown = web.post(
        url("result_read", batch.pk), {"file": SimpleUploadedFile("a.xlsx", workbook(*rows))}
    )
    assert [number for number, *_rest in shown.context["faults"]] == [2, 3, 5]
    assert not shown.context["payload"]
    assert url("result_confirm", batch.pk) not in shown.content.decode()


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04 broken"])
def test_a_file_of_another_kind_is_refused_beside_its_field(web, world, content):
    owe_three(world)
    batch = released(world)
    answer = web.post(url("result_read", batch.pk), {"file": SimpleUploadedFile("a.xlsx", content)})
    assert answer.status_code == 200
    assert answer.context["form"].errors["file"]


def test_one_result_is_entered_by_hand(web, world):
    owe_three(world)
    batch = released(world)
    order = orders_of(batch)[0]
    address = url("order_result", order.pk)
    bad = send(web, address, version=2, outcome="PAID", on="2026-08-05", voucher="")
    assert "voucher" in bad.context["form"].errors
    part = send(
        web, address, version=2, outcome="PAID", on="2026-08-05", voucher="V1", amount="0.01"
    )
    assert "amount" in part.context["form"].errors
    answer = send(web, address, version=2, outcome="PAID", on="2026-08-05", voucher="Ｖ1")
    assert answer["Location"] == url("order_detail", order.pk)
    order.refresh_from_db()
    assert (order.state, order.voucher) == ("PAID", "V1")


def test_accounts_stand_in_full_in_the_banks_file_alone(web, world, caplog):
    caplog.set_level(logging.DEBUG)
    owe_three(world)
    batch = draft(world)
    web.force_login(world.people.cashier)
    assert web.get(url("bank_file", batch.pk, "csv")).status_code in (400, 409)
    services.submit_disbursement(by=world.people.finance, disbursement=batch, version=1)
    batch = services.release_disbursement(
        by=world.people.cashier, disbursement=batch, version=2, on=dt.date(2026, 8, 3)
    )
    book = openpyxl.load_workbook(io.BytesIO(body(web.get(url("bank_file", batch.pk, "xlsx")))))
    rows = list(book.active.values)
    assert rows[0] == ("参考号", "收款人", "开户行", "账号", "金额", "用途")
    assert sorted(row[3] for row in rows[1:]) == sorted(numbers())
    assert sum(D(str(row[4])) for row in rows[1:]) == batch.total
    text = body(web.get(url("bank_file", batch.pk, "csv"))).decode("utf-8-sig")
    assert all(number in text for number in numbers())
    assert web.get(url("bank_file", batch.pk, "exe")).status_code == 404
    order = orders_of(batch)[0]
    for address in (
        url("disbursement_list"),
        url("disbursement_detail", batch.pk),
        url("payment_notice", batch.pk),
        url("order_detail", order.pk),
        url("payable_list"),
        url("result_read", batch.pk),
    ):
        page = web.get(address)
        assert page.status_code == 200
        assert not any(number in page.content.decode() for number in numbers()), address
    for address in (url("disbursement_export", batch.pk), url("payable_export")):
        book = openpyxl.load_workbook(io.BytesIO(body(web.get(address))))
        said = str([list(sheet.values) for sheet in book])
        assert not any(number in said for number in numbers())
    kept = str(list(AuditEntry.objects.values()))
    assert not any(number in kept for number in numbers())
    assert not any(number in caplog.text for number in numbers())
    assert AuditEntry.objects.filter(verb="export").count() == 4


def test_what_looks_like_a_formula_is_text_in_the_banks_file(web, world):
    owe(world, "=cmd()样例物业")
    batch = draft(world, title="+用途")
    services.submit_disbursement(by=world.people.finance, disbursement=batch, version=1)
    services.release_disbursement(by=world.people.cashier, disbursement=batch, version=2)
    content = body(web.get(url("bank_file", batch.pk, "xlsx")))
    row = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)[1]
    assert (row[1], row[5]) == ("'=cmd()样例物业", "'+用途")
    text = body(web.get(url("bank_file", batch.pk, "csv"))).decode("utf-8-sig")
    assert "'=cmd()" in text


def test_the_payable_list_says_what_waits_how_long_and_why(web, world):
    owe_three(world)
    owe(world, "样例物业丁", account=False)
    page = web.get(url("payable_list"))
    counts = {one["state"]: one["count"] for one in page.context["figures"]}
    assert counts == {"ready": 5, "overdue": 6, "no_account": 1}
    for state, count in counts.items():
        assert web.get(url("payable_list"), {"state": state}).context["count"] == count
    first = page.context["rows"][0]
    assert (first["row"].month, first["row"].due_on) == (MARCH, dt.date(2026, 5, 5))
    assert first["late"] == (TODAY - dt.date(2026, 5, 5)).days
    street = web.get(url("payable_list"), {"street": world.district.other_street.pk})
    assert street.context["total"] == D("0.07")
    for bad in ("x", "-1", "9" * 30, "９"):
        query = {"street": bad, "firm": bad, "month": bad, "indicator": bad, "state": bad}
        assert web.get(url("payable_list"), query).status_code == 200
    assert web.get(url("disbursement_new"), {"indicator": "x"}).status_code == 200


def test_work_lines_say_what_is_to_be_done(world):
    owe_three(world)
    owe(world, "样例物业丁", account=False)
    lines = {line.url: line for line in work_of(world.people.finance)}
    assert (lines[url("payable_list")].count, lines[url("payable_list")].is_late) == (5, True)
    assert lines[f"{url('payable_list')}?state=no_account"].count == 1
    batch = draft(world)
    services.submit_disbursement(by=world.people.finance, disbursement=batch, version=1)
    waiting = f"{url('disbursement_list')}?state=SUBMITTED"
    assert waiting not in {line.url for line in work_of(world.people.finance)}
    assert waiting in {line.url for line in work_of(world.people.cashier)}
    services.release_disbursement(
        by=world.people.cashier, disbursement=batch, version=2, on=dt.date(2026, 8, 3)
    )
    sent = {line.url: line for line in work_of(world.people.finance)}[
        f"{url('disbursement_list')}?state=RELEASED"
    ]
    assert sent.is_late
    assert not [line for line in work_of(world.people.worker) if "/payments/" in line.url]


@pytest.mark.parametrize(
    "name", ["disbursement_list", "payable_list", "disbursement_new", "disbursement_detail"]
)
def test_pages_ask_as_much_for_many_as_for_few(web, world, name):
    owe_three(world)
    batch = draft(world, firms=[world.provider.pk])
    args = (batch.pk,) if name == "disbursement_detail" else ()
    query = {"indicator": world.indicator.pk} if name == "disbursement_new" else {}
    web.get(url(name, *args), query)
    with CaptureQueriesContext(connection) as few:
        assert web.get(url(name, *args), query).status_code == 200
    for serial in range(4):
        owe(world, f"样例物业{serial}", (MARCH,), "1.00")
    more = draft(world)
    for serial in range(4, 8):
        owe(world, f"样例物业{serial}", (MARCH,), "1.00")
    args = (more.pk,) if name == "disbursement_detail" else ()
    with CaptureQueriesContext(connection) as many:
        assert web.get(url(name, *args), query).status_code == 200
    assert len(many) <= len(few) + 1 <= 30


@pytest.mark.parametrize("who", ["officer", "approver", "auditor"])
def test_others_read_and_are_offered_no_act(client, world, who):
    owe_three(world)
    batch = released(world)
    client.force_login(getattr(world.people, who))
    page = client.get(url("disbursement_detail", batch.pk))
    assert page.status_code == 200
    assert not page.context["acts"]
    assert not page.context["may_file"]
    assert client.get(url("bank_file", batch.pk, "csv")).status_code == 403
    assert client.get(url("result_read", batch.pk)).status_code == 403
    client.force_login(world.people.worker)
    assert client.get(url("disbursement_detail", batch.pk)).status_code == 404
    assert client.get(url("disbursement_list")).status_code == 403


def test_a_firm_on_the_blacklist_is_named_wherever_it_would_be_paid(web, world):
    owe_three(world)
    type(world.provider).objects.filter(pk=world.provider.pk).update(
        blacklisted_until=dt.date(2027, 1, 1)
    )
    for address in (
        url("payable_list"),
        f"{url('disbursement_new')}?indicator={world.indicator.pk}",
    ):
        assert "2027-01-01" in web.get(address).content.decode()
    batch = draft(world)
    services.submit_disbursement(by=world.people.finance, disbursement=batch, version=1)
    web.force_login(world.people.cashier)
    page = web.get(url("disbursement_release", batch.pk))
    assert "样例物业甲" in page.context["warning"]
