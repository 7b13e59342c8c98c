"""Pages of fees: what they say, that figures equal their lists, and what they cost."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.fees import figures
from compounds.fees.models import (
    Assessment,
    AssessmentRound,
    BookEntry,
    CollectionReport,
    ComplaintCount,
    Inspection,
    ServiceStage,
)
from compounds.fees.services import add_entry
from governance.audit.models import AuditEntry
from governance.organisation.scope import Role
from tests.compounds.fees.serving import (
    CONSULTED,
    SERVES_FROM,
    make_assessment,
    make_assignment,
    make_charging,
    make_report,
    make_round,
    make_stages,
)
from tests.factories import make_compound, make_provider, make_user

TODAY = dt.date(2026, 6, 10)
MAY = dt.date(2026, 5, 1)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: TODAY)


@pytest.fixture
def login(client, district):
    def enter(role=Role.STREET_CLERK, area=None):
        user = make_user(role=role, area=area or district.street)
        client.force_login(user, BACKEND)
        client.cookies["django_language"] = "en"
        return user

    return enter


@pytest.fixture
def officer(login, district):
    return login(Role.DISTRICT_OFFICER, district.area)


def page(client, name, *args, status=200, **query) -> str:
    answer = client.get(reverse(f"fees:{name}", args=args), query)
    assert answer.status_code == status
    return answer.content.decode()


def grid(client, compounds, rows, **query):
    """Type rows into the grid as it was opened."""
    address = (
        reverse("fees:month_grid")
        + "?month=2026-05&"
        + "&".join(f"{name}={value}" for name, value in query.items())
    )
    text = client.get(address).content.decode()
    sent = dict(re.findall(r'name="(c\d+-opened)" value="([^"]*)"', text))
    sent |= dict(re.findall(r'<input name="(c\d+-\w+)" value="([^"]*)"', text))
    for compound, values in zip(compounds, rows, strict=True):
        for name, value in values.items():
            sent[f"c{compound.pk}-{name}"] = value
    return address, sent


FULL = {
    "billed_households": "８0",
    "billed_amount": "2,800",
    "paid_households": "66",
    "paid_amount": "2310.5",
}


def test_a_month_is_typed_in_and_what_is_wrong_stays_typed(client, login, district):
    login()
    compounds = [make_compound(district.community) for _one in range(2)]
    for one in compounds:
        make_charging(one)
    bad = {**FULL, "paid_households": "８1", "complaints": "x"}
    address, sent = grid(client, compounds, [{**FULL, "complaints": "2"}, bad])
    answer = client.post(address, sent)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="８1"' in text
    assert not CollectionReport.objects.exists()
    sent[f"c{compounds[1].pk}-complaints"] = ""
    text = client.post(address, sent).content.decode()
    assert "More households paid than were billed." in text
    assert not CollectionReport.objects.exists()
    sent[f"c{compounds[1].pk}-paid_households"] = "79"
    assert client.post(address, sent).status_code == 302
    assert CollectionReport.objects.count() == 2
    assert ComplaintCount.objects.get().count == 2
    assert CollectionReport.objects.get(compound=compounds[0]).paid_amount == Decimal("2310.50")


def test_a_line_left_alone_is_not_saved_over_what_came_meanwhile(client, login, district):
    login()
    compounds = [make_compound(district.community) for _one in range(2)]
    for one in compounds:
        make_charging(one)
    make_report(compounds[0], MAY)
    address, sent = grid(client, compounds, [{}, FULL])
    CollectionReport.objects.filter(compound=compounds[0]).update(paid_amount=2400, version=2)
    assert client.post(address, sent).status_code == 302
    report = CollectionReport.objects.get(compound=compounds[0])
    assert (report.paid_amount, report.version) == (Decimal("2400.00"), 2)
    address, sent = grid(client, compounds, [{"paid_amount": "1"}, {}])
    CollectionReport.objects.filter(compound=compounds[0]).update(paid_amount=2500, version=3)
    # A slip elsewhere first: the page keeps what the typist had seen.
    answer = client.post(address, {**sent, f"c{compounds[1].pk}-paid_amount": "x"})
    assert answer.status_code == 200
    again = dict(re.findall(r'name="(c\d+-opened)" value="([^"]*)"', answer.content.decode()))
    assert again[f"c{compounds[0].pk}-opened"].startswith("2|")
    text = client.post(address, {**sent, **again}).content.decode()
    assert "2500.00" in text
    assert CollectionReport.objects.get(compound=compounds[0]).paid_amount == 2500


def test_who_is_not_charging_cannot_be_billed_in_the_grid(client, login, district):
    login()
    compound = make_compound(district.community)
    make_stages(make_assignment(compound), SERVES_FROM, CONSULTED)
    address, sent = grid(client, [compound], [FULL])
    assert "Charging has not begun here" in client.post(address, sent).content.decode()
    assert not CollectionReport.objects.exists()


def test_the_officer_chooses_a_street_first(client, officer, district):
    make_charging(make_compound(district.other_community))
    assert district.other_street.code in page(client, "month_grid")
    assert page(client, "month_grid", street="nonsense", status=404)


def test_rates_are_shown_both_ways_and_labelled(client, officer, district):
    for amount, paid in (("100", "90"), ("10000", "4000")):
        make_report(make_compound(district.community), MAY, (10, amount), (9, paid))
    text = page(client, "report_list")
    assert "By money, weighted by what was billed" in text
    assert "By money, simple mean of the compounds" in text
    for rate in ("40.5", "65.0", "90.0"):
        assert f'<span class="figure">{rate}<small>%</small>' in text
    assert "simple mean" not in page(client, "report_list", month="ALL")


def test_421_of_446_is_shown_as_94_4(client, officer, district):
    make_report(make_compound(district.community), MAY, (446, "22300"), (421, "21050"))
    assert "94.4%" in page(client, "report_list")


def test_a_change_is_shown_in_points_and_relative(client, officer, district):
    one = make_compound(district.community)
    make_report(one, dt.date(2025, 5, 1), (10, "100"), (5, "55"))
    make_report(one, MAY, (10, "100"), (7, "75"))
    text = page(client, "overview")
    assert "+20.0 percentage points" in text
    assert "relative +36.4%" in text


def test_figures_open_lists_of_just_these_rows(client, officer, district):
    for _one in range(3):
        make_charging(make_compound(district.community))
    reported = make_compound(district.other_community)
    make_charging(reported)
    make_report(reported, MAY)
    Inspection.objects.create(
        compound=reported,
        on=MAY,
        passed=False,
        findings="x",
        order_due_on=MAY,
        inspected_by=officer,
    )
    for area in (district.area, district.street, district.other_community):
        for one in figures.figures(officer, area):
            if one.key in ("missing", "orders"):
                text = client.get(one.url).content.decode()
                assert text.count('<td class="name') == one.value, (area, one.key)
    add_entry(
        by=officer, compound=reported, kind="INCOME", source="SITE", on=MAY, amount=Decimal("77.7")
    )
    balance = next(f for f in figures.figures(officer, district.other_street) if f.key == "balance")
    assert balance.value == Decimal("77.70")
    assert "77.70" in client.get(balance.url).content.decode()
    elsewhere = next(f for f in figures.figures(officer, district.street) if f.key == "balance")
    assert elsewhere.value == 0


def test_a_compound_goes_through_its_stages_on_its_page(client, login, district):
    login()
    compound = make_compound(district.community)
    make_assignment(compound)
    address = reverse("fees:stage_begin", args=[compound.code])
    for number, day in enumerate((SERVES_FROM, CONSULTED, dt.date(2026, 3, 1)), 1):
        sent = {"began_on": day.isoformat()}
        if number == 3:
            assert client.post(address, sent).status_code == 200
            sent |= {"note": "同意", "document": "决议1号"}
        assert client.post(address, sent).status_code == 302
        assert ServiceStage.objects.count() == number
    assert client.get(address).status_code == 302
    text = page(client, "compound_fees", compound.code)
    assert text.count('<li class="done') == 3
    assert "决议1号" in text


def test_a_report_is_entered_corrected_and_refused_on_its_form(client, login, district):
    login()
    compound = make_compound(district.community)
    make_charging(compound)
    address = reverse("fees:report_add", args=[compound.code])
    sent = {**FULL, "month": "2026年5月", "version": "0", "note": ""}
    assert client.post(address, {**sent, "month": "2026-02"}).status_code == 200
    assert client.post(address, {**sent, "paid_households": "99"}).status_code == 200
    assert client.post(address, sent).status_code == 302
    report = CollectionReport.objects.get()
    edit = reverse("fees:report_edit", args=[report.pk])
    assert client.get(f"{address}?month=2026-05").status_code == 302
    changed = {**sent, "paid_amount": "2400", "version": "1", "complaints": "3"}
    assert client.post(edit, changed).status_code == 302
    assert client.post(edit, changed).status_code == 302  # stale: told, and opened anew
    report.refresh_from_db()
    assert (report.paid_amount, report.version) == (Decimal(2400), 2)
    assert ComplaintCount.objects.get().count == 3


def test_a_book_is_kept_reversed_published_and_printed(client, login, district):
    login()
    compound = make_compound(district.community)
    add = reverse("fees:entry_add", args=[compound.code])
    line = {"kind": "INCOME", "source": "PARKING", "on": "2026-05-20", "amount": "1,000"}
    assert client.post(add, line).status_code == 302
    spent = {**line, "kind": "SPENT", "amount": "1000.01", "purpose": "门禁", "document": "1"}
    assert "cannot give 1,000.01" in client.post(add, spent).content.decode()
    assert client.post(add, {**spent, "amount": "300"}).status_code == 302
    text = page(client, "book", compound.code)
    assert '<span class="figure">700.00</span>' in text
    printed = page(client, "book_print", compound.code)
    assert printed.count("700.00") == 2
    assert "门禁" in printed
    publish = reverse("fees:book_publish", args=[compound.code])
    day = {"until": "2026-06-01", "published_on": "2026-06-02"}
    assert client.post(publish, day).status_code == 302
    assert client.post(publish, day).status_code == 200
    entry = BookEntry.objects.get(kind="SPENT")
    back = reverse("fees:entry_reverse", args=[entry.pk])
    assert client.post(back, {"on": "2026-06-03", "reason": ""}).status_code == 200
    assert client.post(back, {"on": "2026-06-03", "reason": "重复"}).status_code == 302
    assert "1,000.00" in page(client, "book", compound.code)
    assert page(client, "book_list", published="waiting").count('<td class="name') == 1
    printed = page(client, "book_print", compound.code)  # what waits: the reversal alone
    assert "-300.00" in printed
    assert "<dt>Carried over</dt><dd>700.00</dd>" in printed


def test_a_round_is_run_on_its_pages(client, officer, district):
    compound = make_compound(district.community, household_count=100)
    make_report(compound, MAY, (100, "1000"), (80, "820"))
    rule = {
        "name": "2026年度双评",
        "starts_on": "2026-01-01",
        "ends_on": "2026-05-31",
        "satisfaction_weight": "60",
        "sample_percent": "10",
        "sample_minimum": "20",
        "excellent_from": "90",
        "good_from": "95",
        "passed_from": "60",
        "document": "",
    }
    add = reverse("fees:round_add")
    assert client.post(add, rule).status_code == 200
    assert client.post(add, {**rule, "good_from": "80"}).status_code == 302
    round_ = AssessmentRound.objects.get()
    assess = reverse("fees:assessment_add", args=[round_.pk])
    assert client.get(assess, {"q": compound.name}).status_code == 302
    nobody = client.get(assess, {"q": "没有的"}).content.decode()
    assert "There is no compound of this code or name in your area." in nobody
    text = page(client, "assessment_add", round_.pk, compound=compound.code)
    assert "82.00" in text
    sent = {
        "sampled_households": "20",
        "satisfaction_score": "90",
        "collection_score": "",
        "reward": "",
        "assessed_on": "2026-06-01",
        "version": "0",
    }
    there = f"{assess}?compound={compound.code}"
    assert client.post(there, {**sent, "satisfaction_score": "101"}).status_code == 200
    assert client.post(there, sent).status_code == 302
    one = Assessment.objects.get()
    assert (one.total, one.grade) == (Decimal("86.80"), "GOOD")
    edit = reverse("fees:assessment_edit", args=[one.pk])
    assert (
        client.post(edit, {**sent, "satisfaction_score": "95", "version": "1"}).status_code == 302
    )
    close = reverse("fees:round_close", args=[round_.pk])
    assert client.post(close, {"version": "1"}).status_code == 302
    assert client.get(edit).status_code == client.get(assess).status_code == 302
    one.refresh_from_db()
    assert one.total == Decimal("89.80")
    assert page(client, "round_detail", round_.pk, grade="GOOD").count(one.compound.name) == 1


def test_an_inspection_is_entered_and_mended(client, login, district):
    login()
    compound = make_compound(district.community)
    add = reverse("fees:inspection_add", args=[compound.code])
    assert client.post(add, {"on": "2026-06-01", "passed": "false"}).status_code == 200
    sent = {"on": "2026-06-01", "passed": "false", "findings": "无人值守", "staff_absent": "on"}
    assert client.post(add, sent).status_code == 302
    one = Inspection.objects.get()
    assert one.order_due_on == dt.date(2026, 6, 15)
    assert page(client, "inspection_list", state="open").count('<td class="name') == 1
    assert page(client, "inspection_list", state="late").count('<td class="name') == 0
    mend = reverse("fees:inspection_mend", args=[one.pk])
    assert client.post(mend, {"mended_on": "2026-06-09", "version": "1"}).status_code == 302
    assert page(client, "inspection_list", state="open").count('<td class="name') == 0


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("overview", {}),
        ("report_list", {}),
        ("missing_list", {"month": "2026-04"}),
        ("month_grid", {"month": "2026-05"}),
        ("book_list", {}),
        ("inspection_list", {}),
        ("round_list", {}),
    ],
)
def test_pages_cost_the_same_for_few_rows_and_for_many(
    client, login, district, name, query, django_assert_num_queries
):
    user = login()
    provider = make_provider(district.area)
    round_ = make_round(district.area)

    def add(count):
        for _one in range(count):
            compound = make_compound(district.community)
            make_charging(compound, provider)
            make_report(compound, MAY)
            make_report(compound, dt.date(2026, 3, 1))
            add_entry(
                by=user,
                compound=compound,
                kind="INCOME",
                source="SITE",
                on=MAY,
                amount=Decimal(5),
            )
            Inspection.objects.create(compound=compound, on=MAY, passed=True, inspected_by=user)
            make_assessment(compound, round_)

    def ask():
        return client.get(reverse(f"fees:{name}"), query)

    add(2)
    ask()
    with CaptureQueriesContext(connection) as few:
        assert ask().status_code == 200
    add(8)
    with django_assert_num_queries(len(few)):
        assert ask().status_code == 200
    assert len(few) <= 26


def test_sheets_leave_as_they_come_and_the_log_says_so(client, officer, district):
    compound = make_compound(district.community)
    make_report(compound, MAY)
    round_ = make_round(district.area)
    make_assessment(compound, round_)
    add_entry(
        by=officer, compound=compound, kind="INCOME", source="SITE", on=MAY, amount=Decimal(5)
    )
    for name, args in (
        ("report_export", []),
        ("book_export", []),
        ("assessment_export", [round_.pk]),
    ):
        answer = client.get(reverse(f"fees:{name}", args=args))
        assert b"".join(answer.streaming_content)[:2] == b"PK"
    assert AuditEntry.objects.filter(verb="export").count() == 3
