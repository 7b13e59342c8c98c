"""Pages of budget years: what later years owe, papers, their decision; years before signing."""

import datetime as dt
from io import BytesIO
from unittest import mock

import pytest
import python_calamine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from governance.foundation import dates
from governance.notices.models import Notice
from subsidies.entitlements import worklist
from subsidies.entitlements.models import AnnualAct, Entitlement
from subsidies.entitlements.services import annual
from tests.subsidies.entitlements.test_years import (
    NOW,
    OF_2026,
    OF_2027,
    approved,
    committed,
    later_indicator,
    long,  # noqa: F401 - a fixture
    prepare,
)
from tests.subsidies.entitlements.walking import draft, walk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def client_of(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def text(answer) -> str:
    return answer.content.decode()


def test_the_page_names_what_later_years_owe(long):  # noqa: F811
    approved(long)
    page = client_of(long.people.officer).get(reverse("entitlements:annual_list"))
    assert page.status_code == 200
    (one,) = page.context["needs"]
    assert (one.need.year, one.need.amount, one.has_indicator) == (2027, OF_2027, False)
    assert "24,750.00" in text(page)
    later_indicator(long)
    page = client_of(long.people.officer).get(reverse("entitlements:annual_list"))
    assert page.context["needs"][0].has_indicator
    assert "?year=2027" in text(page)


def test_a_year_is_prepared_approved_and_exported_on_its_pages(long):  # noqa: F811
    approved(long)
    later = later_indicator(long)
    officer = client_of(long.people.officer)
    address = reverse("entitlements:annual_add")
    page = officer.get(f"{address}?year=2027")
    assert page.context["count"] == 1
    assert page.context["total"] == OF_2027
    assert not page.context["problem"]
    sent = {
        "kind": "COMMIT", "year": "2027", "programme": "", "street": "", "document": "小指1号",
        "reason": "", "key": "k1", "funding_DISTRICT_0_2027": later.pk, "once": "a" * 32,
    }  # fmt: skip
    answer = officer.post(address, sent)
    act = AnnualAct.objects.get()
    assert answer.url == reverse("entitlements:annual_detail", args=[act.pk])
    assert Notice.objects.filter(user=long.people.approver, kind="annual.waiting").exists()
    page = officer.get(answer.url)
    assert page.context["is_own"] is False  # the officer has no right to approve anyway
    approver = client_of(long.people.approver)
    page = approver.get(answer.url)
    assert page.context["may_decide"]
    with mock.patch.object(dates, "today", return_value=NOW):
        done = approver.post(
            reverse("entitlements:annual_approve", args=[act.pk]),
            {"version": 1, "on": "", "once": "b" * 32},
        )
    assert done.status_code == 302
    assert committed(later) == OF_2027
    page = approver.get(answer.url)
    assert [line.amount for line in page.context["lines"]] == [OF_2027]
    file = officer.get(reverse("entitlements:annual_export", args=[act.pk]))
    sheet = python_calamine.CalamineWorkbook.from_filelike(BytesIO(file.getvalue()))
    rows = sheet.get_sheet_by_index(0).to_python()
    assert [row[6] for row in rows if row[0] == "Total"] == [24750.0]


def test_a_year_without_an_indicator_cannot_be_prepared(long):  # noqa: F811
    approved(long)
    page = client_of(long.people.officer).get(reverse("entitlements:annual_add") + "?year=2027")
    assert page.context["blocked"]
    assert "Prepare the paper" not in text(page)


def test_a_paper_is_refused_with_its_reason(long):  # noqa: F811
    approved(long)
    act = prepare(long, later_indicator(long))
    approver = client_of(long.people.approver)
    address = reverse("entitlements:annual_refuse", args=[act.pk])
    answer = approver.post(address, {"version": 1, "reason": "", "once": "c" * 32})
    assert answer.status_code == 200
    approver.post(address, {"version": 1, "reason": "另行安排", "once": "d" * 32})
    act.refresh_from_db()
    assert (act.state, act.refusal) == ("REFUSED", "另行安排")


def test_years_are_shown_before_the_approval_is_signed(long):  # noqa: F811
    (row,) = walk(long, [draft(long)], "publicise")
    approver = client_of(long.people.approver)
    page = approver.get(f"{reverse('entitlements:bulk_step')}?act=approve&ids={row.pk}")
    assert [(one.year, one.amount, one.is_first) for one in page.context["years"]] == [
        (2026, OF_2026, True), (2027, OF_2027, False),
    ]  # fmt: skip
    assert "obligation of that year" in text(page)
    page = approver.get(reverse("entitlements:entitlement_detail", args=[row.pk]))
    assert [one.amount for one in page.context["years"]] == [OF_2026, OF_2027]
    assert page.context["is_planned"]


def test_page_list_and_letter_of_an_approved_one_show_the_obligation(long):  # noqa: F811
    row = approved(long)
    officer = client_of(long.people.officer)
    page = officer.get(reverse("entitlements:entitlement_detail", args=[row.pk]))
    assert page.context["obligation"] == OF_2027
    assert "obligation of a later year" in text(page)
    page = officer.get(reverse("entitlements:entitlement_list"))
    assert page.context["later"] == OF_2027
    page = officer.get(reverse("entitlements:approval_letter", args=[row.pk]))
    assert page.context["years"] == [(2026, OF_2026, True), (2027, OF_2027, False)]
    page = client_of(long.people.finance).get(reverse("reports:outlook_detail") + "?year=2026")
    assert [one.amount for one in page.context["outlook"].obligations] == [OF_2027]


def test_a_draft_has_no_letter(world):
    row = draft(world)
    page = client_of(world.people.officer).get(
        reverse("entitlements:approval_letter", args=[row.pk])
    )
    assert page.status_code == 404


@pytest.mark.parametrize(
    ("day", "asked"), [(dt.date(2026, 10, 31), False), (dt.date(2026, 11, 1), True)]
)
def test_near_the_end_of_the_year_finance_is_told_of_the_next(long, day, asked):  # noqa: F811
    approved(long)
    with mock.patch.object(dates, "today", return_value=day):
        titles = [str(one.title) for one in worklist.work_of(long.people.finance)]
    assert any("2027" in title for title in titles) == asked


def test_with_an_indicator_the_officer_commits_and_the_approver_decides(long):  # noqa: F811
    approved(long)
    later = later_indicator(long)
    with mock.patch.object(dates, "today", return_value=dt.date(2026, 12, 20)):
        (work,) = [one for one in worklist.work_of(long.people.officer) if "2027" in str(one.title)]
        assert (work.count, work.is_late) == (1, False)
        assert work.url.endswith("?year=2027")
        assert not [one for one in worklist.work_of(long.people.finance) if "2027" in one.title]
    prepare(long, later)
    assert annual.waiting_for(long.people.approver).count() == 1
    assert [one for one in worklist.work_of(long.people.approver) if "Papers" in one.title]


def test_pages_ask_no_more_for_many(long, django_assert_max_num_queries):  # noqa: F811
    approved(long)
    officer = client_of(long.people.officer)
    officer.get(reverse("entitlements:annual_list"))
    with django_assert_max_num_queries(25):
        officer.get(reverse("entitlements:annual_list"))
    assert Entitlement.objects.count() == 1
