"""Pages of budgets and the ledger: figures open their postings, acts need two people."""

import datetime as dt
import io
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from governance.foundation import dates
from subsidies.ledger import questions, services, worklist
from subsidies.ledger.models import Account, BudgetIndicator, Closing, Movement, Transaction
from subsidies.ledger.views.common import SHOWN
from tests.factories import make_district, make_user
from tests.subsidies.factories import commit, grant, make_indicator, make_line, make_served

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


def client_of(user) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def finance(world):
    return client_of(world.people.finance)


@pytest.fixture
def cashier(world):
    return client_of(world.people.cashier)


def prepared(world, kind="FREEZE", amount="1000.00"):
    return services.prepare_movement(
        by=world.people.finance,
        indicator=world.indicator,
        kind=kind,
        amount=Decimal(amount),
        on=dt.date(2026, 5, 6),
        document="小财预〔2026〕7号",
    )


def test_the_budget_shows_each_line_with_its_indicators(world, finance):
    commit(world.people, world, "E1", "250000.00")
    page = finance.get(reverse("ledger:budget")).content.decode()
    assert world.indicator.number in page
    assert "750,000.00" in page
    assert "25.0%" in page
    earlier = finance.get(reverse("ledger:budget"), {"year": "2020"}).content.decode()
    assert "No budget line was entered for 2020" in earlier


def test_every_figure_equals_the_postings_it_opens(world, finance):
    commit(world.people, world, "E1", "250000.00")
    movement = prepared(world)
    services.confirm_movement(by=world.people.cashier, movement=movement, version=1)
    context = finance.get(reverse("ledger:indicator_detail", args=[world.indicator.pk])).context
    for name, _stage in SHOWN:
        one = context["figures"][name]
        parts = urlsplit(one["url"])
        page = finance.get(parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()})
        net = page.context["net"]
        assert abs(net) == one["amount"], name
    whole = finance.get(reverse("ledger:budget")).context["whole"]["available"]
    assert finance.get(whole["url"]).context["net"] == whole["amount"]


def test_queries_of_the_pages_do_not_grow(world, finance, django_assert_max_num_queries):
    rows = [make_served(world.people, world.district.community, world.provider) for _ in range(4)]
    urls = [
        reverse("ledger:budget"),
        reverse("ledger:transaction_list"),
        reverse("ledger:posting_list") + "?stage=COMMITTED",
        reverse("ledger:indicator_detail", args=[world.indicator.pk]),
        reverse("ledger:indicator_statement", args=[world.indicator.pk]),
        reverse("ledger:movement_list"),
        reverse("ledger:closing_list"),
    ]
    for number, served in enumerate(rows):
        commit(world.people, world, f"E{number}", "100.00", served=served)
        grant(world.people, make_indicator(make_line(world.district.area)), "10.00")
        for url in urls:
            with django_assert_max_num_queries(24):
                assert finance.get(url).status_code == 200


def test_a_movement_goes_through_two_people(world, finance, cashier):
    url = reverse("ledger:movement_add", args=[world.indicator.pk])
    assert finance.get(url).status_code == 200
    sent = {
        "kind": "INCREASE",
        "amount": "１，２３４.50",
        "on": "2026-05-06",
        "document": "小财预〔2026〕11号",
        "once": "a" * 32,
    }
    answer = finance.post(url, sent)
    row = Movement.objects.get(kind="INCREASE")
    assert answer["Location"] == reverse("ledger:movement_detail", args=[row.pk])
    confirm = reverse("ledger:movement_confirm", args=[row.pk])
    finance.post(confirm, {"version": row.version, "once": "b" * 32})
    assert Movement.objects.get(pk=row.pk).state == "PREPARED"
    assert b"Confirm and post" not in finance.get(answer["Location"]).content
    assert b"Confirm and post" in cashier.get(answer["Location"]).content
    cashier.post(confirm, {"version": row.version, "once": "c" * 32})
    assert Movement.objects.get(pk=row.pk).state == "POSTED"
    assert questions.left([world.indicator.pk])[world.indicator.pk].available == Decimal(
        "1001234.50"
    )


def test_more_than_there_is_is_refused_beside_the_amount(world, finance):
    url = reverse("ledger:movement_add", args=[world.indicator.pk])
    sent = {
        "kind": "FREEZE",
        "amount": "1000000.01",
        "on": "2026-05-06",
        "document": "小财〔2026〕9号",
    }
    page = finance.post(url, {**sent, "once": "a" * 32})
    assert "1,000,000.00" in page.context["form"].errors["amount"][0]
    assert not Movement.objects.filter(kind="FREEZE").exists()


def test_an_overdrawn_movement_is_told(world, cashier):
    row = prepared(world, "DECREASE", "1000000.00")
    freeze = prepared(world, "FREEZE", "0.01")
    services.confirm_movement(by=world.people.cashier, movement=freeze, version=1)
    url = reverse("ledger:movement_confirm", args=[row.pk])
    page = cashier.post(url, {"version": 1, "once": "a" * 32}, follow=True)
    assert "999,999.99 yuan are left" in page.content.decode()


def test_a_movement_is_refused_with_its_reason(world, cashier):
    row = prepared(world)
    url = reverse("ledger:movement_refuse", args=[row.pk])
    assert cashier.post(url, {"version": 1, "once": "a" * 32}).status_code == 200
    cashier.post(url, {"version": 1, "reason": "文号有误", "once": "b" * 32})
    assert Movement.objects.get(pk=row.pk).refusal == "文号有误"


def test_a_posted_movement_is_reversed_by_document(world, finance):
    row = services.confirm_movement(by=world.people.cashier, movement=prepared(world), version=1)
    url = reverse("ledger:movement_reverse", args=[row.pk])
    sent = {
        "on": "2026-05-07",
        "document": "小财预〔2026〕12号",
        "reason": "有误",
        "once": "a" * 32,
    }
    page = finance.post(url, sent, follow=True).content.decode()
    assert "Reversed by voucher 3" in page


def test_lines_and_indicators_are_entered_on_their_forms(world, finance):
    sent = {"year": "2027", "code": "2120501", "name": "公共设施", "once": "a" * 32}
    finance.post(reverse("ledger:line_add"), sent)
    line = world.line.__class__.objects.get(code="2120501")
    url = reverse("ledger:indicator_add", args=[line.pk])
    sent = {
        "number": "并财指〔2027〕1号",
        "name": "过渡期补贴",
        "payer": "STREET",
        "street": "",
        "document": "小财预〔2027〕1号",
        "document_on": "2027-01-04",
        "once": "b" * 32,
    }
    assert "Name the street" in finance.post(url, sent).content.decode()
    sent |= {"street": str(world.district.street.pk), "once": "c" * 32}
    finance.post(url, sent)
    row = BudgetIndicator.objects.get(number="并财指〔2027〕1号")
    edit = reverse("ledger:indicator_edit", args=[row.pk])
    finance.post(edit, sent | {"name": "改名", "version": "1", "once": "d" * 32})
    assert BudgetIndicator.objects.get(pk=row.pk).name == "改名"
    stale = finance.post(edit, sent | {"name": "再改", "version": "1", "once": "e" * 32})
    assert stale.status_code == 200
    edit = reverse("ledger:line_edit", args=[line.pk])
    sent = {"year": "2027", "code": "2120501", "name": "新名", "version": "1", "once": "f" * 32}
    finance.post(edit, sent)
    line.refresh_from_db()
    assert line.name == "新名"


def test_the_same_code_twice_is_said_on_the_form(world, finance):
    sent = {"year": world.line.year, "code": world.line.code, "name": "x", "once": "a" * 32}
    page = finance.post(reverse("ledger:line_add"), sent).content.decode()
    assert "already in the budget" in page


def test_a_voucher_shows_its_postings_and_its_link(world, finance):
    act = commit(world.people, world, "E1", "250000.00")
    page = finance.get(reverse("ledger:transaction_detail", args=[act.pk])).content.decode()
    assert act.digest in page
    assert act.previous in page
    assert world.compound.name in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("kind=COMMITMENT", 1),
        ("month=2026-03", 1),
        ("month=2026-01", 1),
        ("month=nonsense", 2),
        ("firm=物业甲", 1),
        ("firm=无此", 0),
        ("since=2026-02-01", 1),
        ("until=2026-02-01", 1),
        ("q=approve", 1),
        ("stage=ACCRUED", 0),
        ("holder=E1", 1),
    ],
)
def test_vouchers_are_filtered(world, finance, query, count):
    commit(world.people, world, "E1", "250000.00")
    page = finance.get(f"{reverse('ledger:transaction_list')}?{query}")
    assert page.context["listing"].counted == count


def test_vouchers_of_an_indicator_and_of_a_compound(world, finance):
    commit(world.people, world, "E1", "250000.00")
    other = make_indicator(world.line)
    grant(world.people, other, "10.00")
    url = reverse("ledger:transaction_list")
    assert finance.get(url, {"indicator": other.pk}).context["listing"].counted == 1
    assert finance.get(url, {"compound": world.compound.code}).context["listing"].counted == 1


def test_a_statement_is_shown_and_exported_with_its_running_balance(world, finance):
    commit(world.people, world, "E1", "250000.00")
    url = reverse("ledger:indicator_statement", args=[world.indicator.pk])
    page = finance.get(url)
    assert [row.left for row in page.context["page"]] == [
        Decimal("1000000.00"),
        Decimal("750000.00"),
    ]
    assert page.context["balance"] == Decimal("750000.00")
    answer = finance.get(url, {"as": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    values = list(sheet.iter_rows(values_only=True))
    assert values[-1][-1] == 750000
    account = Account.objects.get(stage="COMMITTED")
    page = finance.get(reverse("ledger:account_detail", args=[account.pk]))
    assert page.context["balance"] == Decimal("250000.00")


@pytest.mark.parametrize(
    "name", ["ledger:budget_export", "ledger:transaction_export", "ledger:posting_export"]
)
def test_what_is_shown_is_exported(world, finance, name):
    commit(world.people, world, "E1", "250000.00")
    answer = finance.get(reverse(name))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    numbers = {cell for row in sheet.iter_rows(values_only=True) for cell in row}
    assert 250000 in numbers


def test_the_money_of_an_entitlement_on_one_page(world, finance):
    commit(world.people, world, "E1", "250000.00")
    page = finance.get(reverse("ledger:holder_detail", args=["E1"])).content.decode()
    assert "250,000.00" in page
    assert finance.get(reverse("ledger:holder_detail", args=["E9"])).status_code == 404


def test_months_are_closed_and_reopened_on_their_pages(world, finance):
    url = reverse("ledger:closing_add")
    assert finance.get(url).context["form"].initial["until"] == dt.date(2026, 1, 31)
    finance.post(url, {"until": "2026-01-31", "document": "", "once": "a" * 32})
    row = Closing.objects.get()
    again = finance.post(url, {"until": "2026-01-31", "once": "b" * 32})
    assert "closed until 2026-01-31 already" in again.content.decode()
    approver = client_of(world.people.approver)
    url = reverse("ledger:closing_reopen", args=[row.pk])
    assert finance.get(url).status_code == 403
    approver.get(url)
    sent = {"version": 1, "document": "小财〔2026〕9号", "reason": "漏记", "once": "c" * 32}
    approver.post(url, sent)
    assert Closing.objects.get().reopened_by == world.people.approver
    page = finance.get(reverse("ledger:closing_list")).content.decode()
    assert "漏记" in page


def test_who_may_see_the_ledger_and_who_may_not(world):
    url = reverse("ledger:budget")
    for name in ("officer", "approver", "finance", "auditor"):
        assert client_of(getattr(world.people, name)).get(url).status_code == 200
    for name in ("worker", "clerk", "leader"):
        assert client_of(getattr(world.people, name)).get(url).status_code == 403


def test_another_district_sees_nothing_of_it(world):
    far = make_district("140106", "迎泽区")
    commit(world.people, world, "E1", "250000.00")
    stranger = client_of(make_user("stranger", "finance_officer", far.area))
    act, account = Transaction.objects.first(), Account.objects.first()
    for name, argument in (
        ("indicator_detail", world.indicator.pk),
        ("indicator_statement", world.indicator.pk),
        ("indicator_edit", world.indicator.pk),
        ("movement_detail", Movement.objects.first().pk),
        ("transaction_detail", act.pk),
        ("account_detail", account.pk),
        ("holder_detail", "E1"),
    ):
        assert stranger.get(reverse(f"ledger:{name}", args=[argument])).status_code == 404
    for name in ("transaction_list", "posting_list", "movement_list"):
        assert stranger.get(reverse(f"ledger:{name}")).context["listing"].counted == 0


def test_what_waits_is_told_to_who_may_see_to_it(world):
    prepared(world)
    lines = list(worklist.work_of(world.people.cashier))
    # January to October are over.
    assert [one.count for one in lines] == [1, 10]
    client = client_of(world.people.cashier)
    assert client.get(lines[0].url).context["listing"].counted == 1
    # Whoever prepared it has only the months to close.
    assert [one.count for one in worklist.work_of(world.people.finance)] == [10]
    assert list(worklist.work_of(world.people.officer)) == []


def test_every_page_of_a_statement_goes_on_where_the_one_before_ended(world, finance):
    for number in range(60):
        commit(world.people, world, f"E{number}", "10.00")
    url = reverse("ledger:indicator_statement", args=[world.indicator.pk])
    pages = [finance.get(url, {"page": n}).context["page"] for n in (1, 2)]
    lefts = [row.left for page in pages for row in page]
    assert lefts == [Decimal(1000000) - 10 * n for n in range(61)]
    whole = finance.get(url, {"all": "1"}).context["page"]
    assert [row.left for row in whole] == lefts
