"""Pages of money: figures equal the lists they open, constant statements, sheets, hidden cells."""

import datetime as dt
import html
import io
import re
from decimal import Decimal
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.audit.models import AuditEntry
from governance.foundation import dates
from subsidies.entitlements.models import Entitlement, PublicNotice
from subsidies.ledger.models import Stage
from subsidies.reports import budgets, exceptions, lines, outlook, worklist
from tests.factories import make_compound, make_district, make_provider, make_user
from tests.scenes import standing
from tests.subsidies.accruals.accruing import make_entitlement
from tests.subsidies.factories import make_money_world, make_served
from tests.subsidies.reports import chain

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = dt.date(2026, 11, 23)
YEAR = {"from": "2026-01-01", "until": "2026-12-31"}
PAGES = {
    "overview": {},
    "outlook_detail": {"year": "2026"},
    "posting_list": {"year": "2026", "stage": "PAID"},
    "exception_list": {"kind": "overdue"},
    "compound_list": {"year": "2026"},
    "statement_list": YEAR,
    "public_list": {**YEAR, "kind": "granted"},
    "performance": YEAR,
    "whatif": {"a_rate1": "0.4", "b_months": "3"},
}


@pytest.fixture(autouse=True)
def _today():
    with mock.patch.object(dates, "today", return_value=TODAY):
        yield


def make_paid():
    """Two months of four compounds accrued and paid."""
    with mock.patch.object(dates, "today", return_value=TODAY):
        world = make_money_world(make_district())
        world.run = chain.whole(world, months=chain.MONTHS[:2])
        return world


@pytest.fixture(scope="module")
def paid(django_db_setup, django_db_blocker):
    with standing(django_db_blocker, make_paid) as scene:
        yield scene


@pytest.fixture
def run(paid, db):
    return paid()


@pytest.fixture
def finance(client, run):
    client.force_login(run.people.finance)
    return client


def get(client, name, query=None, **kwargs):
    return client.get(reverse(f"reports:{name}", kwargs=kwargs), query or {})


def book(answer):
    content = b"".join(answer.streaming_content)
    return openpyxl.load_workbook(io.BytesIO(content), data_only=True)


def cells(sheet) -> list[list]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


# -- every page ------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", PAGES)
def test_a_page_costs_the_same_statements_whatever_it_shows(name, run, finance):
    assert get(finance, name, PAGES[name]).status_code == 200  # caches are warm
    with CaptureQueriesContext(connection) as few:
        assert get(finance, name, PAGES[name]).status_code == 200
    other = make_provider(run.district.area, name="样例物业丙")
    for serial in range(4):
        served = make_served(
            run.people, run.district.communities[serial % 4], other, name=f"样例多{serial}院"
        )
        make_entitlement(run, served, number=f"多{serial}")
    with CaptureQueriesContext(connection) as many:
        assert get(finance, name, PAGES[name]).status_code == 200
    assert len(many) == len(few)
    assert len(many) <= 50


@pytest.mark.parametrize(
    "name",
    [
        "overview_export",
        "posting_export",
        "exception_export",
        "compound_export",
        "statement_list_export",
        "public_export",
        "performance_export",
        "whatif_export",
    ],
)
def test_every_page_leaves_as_a_workbook_and_is_recorded(name, run, finance):
    query = PAGES.get(name.removesuffix("_export"), {})
    answer = get(finance, name, query)
    assert answer.status_code == 200
    sheets = book(answer).worksheets
    assert any(row for sheet in sheets for row in cells(sheet))
    entry = AuditEntry.objects.latest("pk")
    assert entry.verb == "export"
    assert entry.actor == run.people.finance


def test_a_leader_without_the_right_to_export_sees_but_takes_nothing_away(run, client):
    leader = make_user("chief", "leader", run.district.area)
    client.force_login(leader)
    assert get(client, "compound_list").status_code == 200
    assert get(client, "compound_export").status_code == 403
    assert get(client, "overview").status_code == 403


# -- the year --------------------------------------------------------------------------------------
def test_every_figure_of_the_year_is_the_sum_of_the_postings_it_opens(run):
    user = run.people.finance
    budget = budgets.Budget(user, 2026)
    for one in [budget.total, *budget.indicators, *(line for line, _inside in budget.lines)]:
        for stage in budgets.COLUMNS:
            _count, total = lines.Postings(user, _query(one.href(stage))).totals
            assert total == one.at(stage), stage
        _count, total = lines.Postings(user, _query(one.accrued_href)).totals
        assert total == one.accrued


def _query(address: str) -> dict:
    return dict(pair.split("=") for pair in address.partition("?")[2].split("&") if pair)


def test_what_was_granted_is_all_there_is(run):
    one = budgets.Budget(run.people.finance, 2026).total
    rest = sum(one.at(stage) for stage in Stage if stage != Stage.GRANTED)
    assert one.granted == rest == D("1000000.00")
    assert one.accrued == one.paid > 0


def test_the_page_shows_the_sums(run, finance):
    text = get(finance, "overview").content.decode()
    one = budgets.Budget(run.people.finance, 2026).total
    for amount in (one.granted, one.available, one.committed, one.paid):
        assert f"{amount:,.2f}" in text


def test_another_district_has_its_own_money(run, client):
    other = make_district("140106", "迎泽区")
    client.force_login(make_user("stranger", "finance_officer", other.area))
    text = get(client, "overview", {"year": "2026"}).content.decode()
    assert run.indicator.name not in text
    query = {"indicator": run.indicator.pk}
    assert run.indicator.number not in get(client, "posting_list", query).content.decode()
    statement = reverse("reports:statement_detail", args=[run.provider.pk])
    assert client.get(statement).status_code == 404


def test_what_is_still_to_come_is_what_is_committed(run, finance):
    """Four months of each of four subsidies are left: just what their approval holds."""
    answer = get(finance, "outlook_detail", {"year": "2026"})
    (one,) = answer.context["outlook"].indicators
    assert one.needed == one.money.committed > 0
    assert list(one.months) == chain.MONTHS[2:]
    assert one.runs_out is None
    assert one.left == one.money.available


def test_an_indicator_that_does_not_bear_the_rest_says_when(run):
    """More is needed than is committed and available, once the area has grown unseen."""
    (before,) = get_outlook(run).indicators
    assert before.runs_out is None
    Entitlement.objects.filter(pk=run.run.entitlements[0].pk).update(area_m2=D("9000000.00"))
    again = get_outlook(run)
    assert again.indicators[0].runs_out == chain.MONTHS[2]
    assert again.indicators[0].left < 0


def get_outlook(world):
    return outlook.outlook(world.people.finance, 2026)


# -- exceptions ------------------------------------------------------------------------------------
def counted(world) -> dict[str, int]:
    found = exceptions.counts(world.people.finance, TODAY)
    return {kind.key: count for kind, count in found if count}


def test_without_exceptions_all_lists_are_empty(run):
    assert counted(run) == {}


def test_a_changed_area_an_ended_contract_and_a_blacklisted_firm_are_named(run):
    row = run.run.entitlements[0]
    row.compound.chargeable_area_m2 += 1
    row.compound.save()
    row.contract.ends_on = TODAY - dt.timedelta(days=1)
    row.contract.save()
    run.other_provider.blacklisted_until = TODAY
    run.other_provider.save()
    Entitlement.objects.filter(pk=row.pk).update(ends_on=TODAY + dt.timedelta(days=9))
    assert counted(run) == {"changed": 1, "contract": 1, "blacklisted": 2}


def test_whoever_reviews_exits_is_told_of_them_in_one_statement(run, django_assert_num_queries):
    run.other_provider.blacklisted_until = TODAY
    run.other_provider.save()
    officer, finance_officer = run.people.officer, run.people.finance
    assert officer.scope
    assert finance_officer.scope
    with django_assert_num_queries(1):
        (line,) = worklist.work_of(officer)
    assert line.count == counted(run)["blacklisted"] == 2
    assert not list(worklist.work_of(finance_officer))


def test_the_number_of_a_kind_is_the_length_of_its_list(run, finance):
    run.other_provider.blacklisted_until = TODAY
    run.other_provider.save()
    answer = get(finance, "exception_list", {"kind": "blacklisted"})
    assert answer.context["count"] == counted(run)["blacklisted"] == 2


# -- firms, compounds, the public ------------------------------------------------------------------
def test_a_statement_in_the_workbook_adds_up(run, finance):
    answer = get(finance, "statement_export", YEAR, pk=run.other_provider.pk)
    rows = cells(book(answer).worksheets[0])
    head = next(row for row in rows if row[0] == "街道")
    body = rows[rows.index(head) + 1 :]
    total = next(row for row in body if row[0] == "合计")
    months = [row for row in body if row[2] and row[0] != "合计"]
    for at in range(4, 10):
        assert total[at] == pytest.approx(
            sum(row[at] for row in body if row[1] and str(row[1]).endswith("小计"))
        )
        assert total[at] == pytest.approx(
            sum(row[at] for row in body if row[1] and row[0] and not str(row[1]).endswith("小计"))
        )
    assert len(months) == 4
    assert total[3] == total[10] == 0


def test_the_list_of_compounds_sums_to_the_year(run, finance):
    answer = get(finance, "compound_list", {"year": "2026"})
    one = budgets.Budget(run.people.finance, 2026).total
    assert answer.context["totals"] == {
        "committed": one.committed,
        "owed": one.owed,
        "paid": one.paid,
        "to_recover": one.to_recover,
    }
    assert sum(line.paid for line in answer.context["lines"]) == one.paid
    assert len(answer.context["lines"]) == 4


def test_a_street_sees_its_compounds_only(run, client):
    client.force_login(run.people.far_clerk)
    lines_ = get(client, "compound_list").context["lines"]
    assert [line.compound for line in lines_] == ["样例四院"]
    text = get(client, "public_list", {**YEAR, "kind": "granted"}).content.decode()
    assert "样例四院" in text
    assert "样例一院" not in text


def test_the_public_list_names_neither_accounts_nor_people(run, finance):
    text = get(finance, "public_list", {**YEAR, "kind": "granted"}).content.decode()
    main = text.partition("<section")[2]
    assert "样例一院" in main
    assert not re.search(r"\d{16,}", main)
    for person in (run.people.clerk, run.people.worker, run.people.officer):
        assert str(person) not in main


def test_a_notice_is_listed_while_it_hangs(run, finance):
    notice = PublicNotice.objects.first()
    hangs = {"from": notice.starts_on.isoformat(), "until": notice.starts_on.isoformat()}
    assert len(get(finance, "public_list", hangs).context["lines"]) == 3
    before = (notice.starts_on - dt.timedelta(days=1)).isoformat()
    gone = {"from": "2026-01-01", "until": before}
    assert get(finance, "public_list", gone).context["lines"] == []


def test_numbers_of_a_few_households_are_hidden_with_the_sum_that_gives_them_away(run, finance):
    rows = run.run.entitlements
    query = {**YEAR, "kind": "granted"}
    Entitlement.objects.filter(pk=rows[0].pk).update(household_count=4)
    one = get(finance, "public_list", query)
    hidden = [line for line in one.context["lines"] if line.is_hidden]
    assert [(line.quantity, line.amount) for line in hidden] == [(None, None)]
    assert one.context["found"].total is None
    assert f"{rows[0].amount:,.2f}" not in one.content.decode()
    Entitlement.objects.filter(pk=rows[1].pk).update(household_count=1)
    two = get(finance, "public_list", query)
    assert two.context["found"].total == sum(row.amount for row in rows)
    sheet = cells(book(get(finance, "public_export", query)).worksheets[0])
    assert not any(row[11] == f"{rows[0].amount:,.2f}" for row in sheet)


# -- effect and what-if ----------------------------------------------------------------------------
def test_programmes_streets_and_firms_each_sum_to_the_whole(run, finance):
    found = get(finance, "performance", YEAR).context["found"]
    assert found.total.compounds == 4
    assert found.total.due == found.total.paid > 0
    for _key, _name, group in found.groups:
        for name in ("due", "paid", "months", "households", "household_months"):
            assert sum(getattr(line.effect, name) for line in group) == getattr(found.total, name)
    assert found.total.months == 8
    cost = found.total.due / found.total.household_months
    assert abs(found.total.per_household_month - cost) <= D("0.005")


def test_variants_stand_side_by_side_and_the_address_keeps_them(run, finance):
    query = {"a_rate1": "0.25", "b_months": "3", "budget": "1000"}
    answer = get(finance, "whatif", query)
    base, a, b = answer.context["comparison"].columns
    assert a.result.total * 2 == pytest.approx(base.result.total, abs=D("0.24"))
    assert b.result.total * 2 == base.result.total
    assert base.result.runs_out == chain.MONTHS[0]
    again = finance.get(f"{reverse('reports:whatif')}?{answer.context['address']}")
    assert [one.result.total for one in again.context["comparison"].columns] == [
        base.result.total,
        a.result.total,
        b.result.total,
    ]


def test_numbers_that_cannot_be_read_are_marked(run, finance):
    answer = get(finance, "whatif", {"a_rate1": "viel"})
    assert answer.context["wrong"]
    assert 'aria-invalid="true"' in answer.content.decode()


def test_decided_compounds_are_counted_as_if_served_from_a_day(run, finance):
    make_compound(
        run.district.community, name="样例待入驻", strategy="SUBSIDY_TRANSITION", decision="DECIDED"
    )
    now = get(finance, "whatif").context["comparison"].columns[0].result
    query = {"whom": "decided", "begins": "2026-12-01"}
    then = get(finance, "whatif", query).context["comparison"].columns[0].result
    assert then.by_answer["IN"] == now.by_answer["IN"] + 1
    assert max(then.by_month) == dt.date(2027, 6, 1)


# -- every figure opens its postings ---------------------------------------------------------------
LINK = re.compile(
    r'<a href="(?P<href>/money/postings/[^"]*)"[^>]*>'
    r"(?:<span class=.label.>[^<]*</span><span[^>]*>)?(?P<amount>-?[\d,]+\.\d\d)</"
)
BARE = re.compile(r'<td class="num[^"]*"[^>]*>-?[\d,]+\.\d\d<')


@pytest.mark.parametrize("name", ["overview", "statement_list", "statement_detail", "performance"])
def test_every_figure_is_a_link_to_the_postings_that_sum_to_it(name, run, finance):
    run.entitlement_firm = Entitlement.objects.values_list("provider", flat=True).first()
    kwargs = {"pk": run.entitlement_firm} if name == "statement_detail" else {}
    page = get(finance, name, PAGES.get(name, YEAR), **kwargs).content.decode()
    found = LINK.findall(page)
    assert len(found) > 5
    assert any(amount != "0.00" for _href, amount in found)
    for href, amount in found:
        asked = parse_qs(urlsplit(html.unescape(href)).query)
        opened = lines.Postings(run.people.finance, {key: one[0] for key, one in asked.items()})
        shown, total = D(amount.replace(",", "")), opened.totals[1]
        assert shown in (total, round(total / 10_000, 2)), href  # charts: in ten thousand
    if name != "performance":
        assert not BARE.findall(page)


def test_months_of_no_service_are_asked_for_by_name(run):
    asked = {"month": "none", "flow": "entitled"}
    rows = lines.Postings(run.people.finance, asked)
    assert rows.totals[0] == 4
    assert not lines.Postings(run.people.finance, {"month": "none", "flow": "due"}).totals[0]


def test_a_month_beyond_all_years_is_not_asked_for(run, finance):
    assert get(finance, "posting_list", {"posted": "9999-12"}).status_code == 200
    assert get(finance, "overview", {"year": "9" * 5000}).status_code == 200


@pytest.mark.parametrize("name", ["posting", "compound"])
def test_a_workbook_is_whole_or_it_is_refused(name, run, finance, monkeypatch):
    monkeypatch.setattr("subsidies.reports.views.common.MOST_ROWS", 1)
    answer = get(finance, f"{name}_export", {"stage": "COMMITTED"})
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{reverse(f'reports:{name}_list')}?stage=COMMITTED")
