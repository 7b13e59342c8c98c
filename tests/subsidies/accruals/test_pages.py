"""Pages of accruals: what each person sees and may do; statements do not grow with the rows."""

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from governance.foundation import dates
from governance.foundation.checking import all_checks
from subsidies.accruals import checks, hooks, services
from subsidies.accruals.models import Accrual, AccrualRun
from subsidies.accruals.worklist import work_of
from subsidies.ledger.models import Posting
from tests.subsidies.accruals.accruing import (
    APRIL,
    MAY,
    computed,
    make_entitlement,
    make_more,
    posted,
    submitted,
)
from tests.subsidies.factories import make_served

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def entitlement(world):
    world.compound.chargeable_area_m2 = D("5600.00")
    world.compound.save()
    return make_entitlement(world)


@pytest.fixture
def enter(client):
    def log_in(user):
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        return client

    return log_in


def page(name, *args):
    return reverse(f"accruals:{name}", args=args)


# -- the way through the pages ---------------------------------------------------------------------
def test_a_month_goes_through_its_pages(
    world, entitlement, enter, django_capture_on_commit_callbacks, monkeypatch
):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 5, 4))
    client = enter(world.people.officer)
    answer = client.get(page("run_list"))
    assert "2026-04" in answer.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(page("run_start"), {"month": "2026-04-01"})
    run = AccrualRun.objects.get()
    assert answer["Location"] == page("run_detail", run.pk)
    text = client.get(page("run_detail", run.pk)).content.decode()
    assert "样例一院" in text
    assert "2,800.00" in text
    client = enter(world.people.clerk)
    assert client.post(page("run_confirm", run.pk), {"all": "1"}).status_code == 302
    client = enter(world.people.officer)
    version = AccrualRun.objects.get().version
    client.post(page("run_submit", run.pk), {"version": version})
    run.refresh_from_db()
    assert run.state == "SUBMITTED"
    client = enter(world.people.finance)
    client.post(
        page("run_approve", run.pk),
        {"version": run.version, "document": "小财社〔2026〕12号", "on": "2026-05-04"},
    )
    run.refresh_from_db()
    assert run.state == "POSTED"
    line = run.lines.get()
    text = client.get(page("accrual_detail", line.pk)).content.decode()
    assert "5600.00 × 0.5" in text
    posting = Posting.objects.get(transaction__kind="ACCRUAL")
    assert f"{posting.transaction.number} " in text


def test_the_picked_rows_are_confirmed_and_no_others(world, entitlement, enter):
    (other,) = make_more(world, 1)
    run = computed(world)
    picked = run.lines.get(entitlement=other)
    enter(world.people.clerk).post(page("run_confirm", run.pk), {"ids": [picked.pk]})
    assert [line.pk for line in run.lines.filter(confirmed_at__isnull=False)] == [picked.pk]


def test_broken_picks_and_queries_are_no_error(world, entitlement, enter):
    run = computed(world)
    client = enter(world.people.clerk)
    answer = client.post(
        page("run_confirm", run.pk),
        {"ids": ["9" * 40, "x", "１"], "list": "days=open\r\nX: y&street=%ff"},
    )
    assert answer.status_code == 302
    assert answer["Location"].startswith(page("run_detail", run.pk))
    assert not run.lines.filter(confirmed_at__isnull=False).exists()


def test_days_other_than_computed_ask_for_a_reason_beside_the_field(world, entitlement, enter):
    line = computed(world).lines.get()
    client = enter(world.people.clerk)
    url = page("accrual_days", line.pk)
    answer = client.post(url, {"version": line.version, "days": "１５", "reason": ""})
    assert answer.status_code == 200
    assert "reason" in answer.context["form"].errors
    answer = client.post(url, {"version": line.version, "days": "15", "reason": "停摆半月"})
    assert answer.status_code == 302
    line.refresh_from_db()
    assert line.due == D("1400.00")


def test_a_clerk_sees_his_places_alone_in_a_run(world, entitlement, enter):
    far = make_served(
        world.people, world.district.other_community, world.provider, name="远处样例院"
    )
    row = make_entitlement(world, far)
    run = computed(world)
    client = enter(world.people.clerk)
    text = client.get(page("run_detail", run.pk)).content.decode()
    assert "样例一院" in text
    assert "远处样例院" not in text
    line = run.lines.get(entitlement=row)
    assert client.get(page("accrual_detail", line.pk)).status_code == 404
    assert client.get(page("accrual_days", line.pk)).status_code == 404
    for name in ("run_export", "run_print"):
        assert client.get(page(name, run.pk)).status_code == 200


def test_problems_are_listed_and_filtered_by_what_they_are(world, entitlement, enter):
    lacking = make_served(world.people, world.district.community, world.provider, name="样例缺院")
    make_entitlement(world, lacking, area_m2=None)
    run = computed(world)
    client = enter(world.people.officer)
    text = client.get(page("run_detail", run.pk), {"problem": "AREA_UNKNOWN"}).content.decode()
    assert "样例缺院" in text
    assert "样例一院" not in text
    with translation.override("en"):
        text = client.get(page("run_detail", run.pk), {"problem": "NO_CONTRACT"}).content.decode()
    assert "样例缺院" not in text


def test_the_difference_from_last_month_says_why(world, entitlement, enter):
    posted(world)
    world.assignment.state, world.assignment.end_reason = "ENDED", "RESIGNED"
    world.assignment.ended_on = dt.date(2026, 5, 17)
    world.assignment.save()
    (new,) = make_more(world, 1, starts_on=MAY)
    run = computed(world, MAY)
    client = enter(world.people.officer)
    client.cookies["django_language"] = "en"
    text = client.get(page("run_detail", run.pk)).content.decode()
    assert "-1,264.52" in text
    assert "30/30 → 17/31" in text
    line = run.lines.get(entitlement=new)
    text = client.get(page("accrual_detail", line.pk)).content.decode()
    assert "against last month" in text or "较上月" in text


def test_the_page_of_a_run_costs_the_same_statements_for_one_row_as_for_thirty(
    world, entitlement, enter
):
    run = computed(world)
    client = enter(world.people.officer)
    url = page("run_detail", run.pk)

    def statements():
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    statements()
    one = statements()
    services.cancel_run(by=world.people.officer, run=run, reason="重做")
    make_more(world, 30)
    url = page("run_detail", computed(world).pk)
    assert statements() == one <= 32


# -- on paper --------------------------------------------------------------------------------------
def test_the_sheet_has_the_columns_of_the_district_and_what_was_paid(
    world, entitlement, enter, monkeypatch
):
    run = posted(world)
    line = run.lines.get()
    paid = hooks.Paid(D("2800.00"), "支付〔2026〕77号", dt.date(2026, 5, 20))
    monkeypatch.setattr(hooks, "_paid", [lambda ids: dict.fromkeys(ids, paid)])
    answer = enter(world.people.finance).get(page("run_export", run.pk))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    at = next(i for i, row in enumerate(rows) if row[0] == "年月")
    assert rows[at] == [
        "年月", "小区", "企业", "面积", "标准", "服务天数", "应计金额", "考核得分", "扣减", "应拨",
        "指标文号", "已拨", "凭证号", "拨付日期", "结余",
    ]  # fmt: skip
    assert rows[at + 1] == [
        "2026-04", "样例一院", "样例物业甲", 5600, "0.5", 30, 2800, None, 0, 2800,
        world.indicator.document, 2800, "支付〔2026〕77号", "2026-05-20", 14000,
    ]  # fmt: skip
    text = enter(world.people.finance).get(page("run_print", run.pk)).content.decode()
    assert "支付〔2026〕77号" in text
    assert "14,000.00" in text
    text = enter(world.people.finance).get(page("accrual_detail", line.pk)).content.decode()
    assert "支付〔2026〕77号" in text


# -- work lines ------------------------------------------------------------------------------------
def lines_for(user):
    with translation.override("en"):
        return [(one.title, one.count, one.is_late) for one in work_of(user)]


def test_work_lines_say_who_is_to_act_by_the_fifth(world, entitlement, monkeypatch):
    people = world.people
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 5, 4))
    assert lines_for(people.officer) == [
        ("Entitlements whose month 2026-04 is not accrued yet", 1, False)
    ]
    # 5 May is a day of rest: the day after is the last.
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 5, 7))
    assert lines_for(people.officer)[0][2] is True
    run = computed(world)
    assert lines_for(people.clerk) == [("Days of service to be confirmed for 2026-04", 1, True)]
    assert lines_for(people.far_clerk) == []
    services.confirm_all(by=people.clerk, run=run)
    assert lines_for(people.clerk) == []
    assert lines_for(people.officer) == [("Accrual of 2026-04 to be handed to finance", 1, True)]
    services.submit_run(by=people.officer, run=run)
    assert lines_for(people.finance) == [("Accrual of 2026-04 to be approved", 1, True)]
    assert lines_for(people.auditor) == []


# -- what must hold --------------------------------------------------------------------------------
def broken() -> dict[str, list[str]]:
    return {name: found for name, check in checks.CHECKS.items() if (found := list(check()))}


def test_checks_hold_and_notice_every_tampering(world, entitlement):
    posted(world)
    submitted(world, MAY)
    assert broken() == {}
    assert any(name.endswith("replay") for name in dict(all_checks()))
    line = Accrual.objects.get(month=APRIL)
    for changes, name in (
        ({"gross": D("2801.00"), "due": D("2801.00")}, "replay"),
        ({"gross": D("2801.00"), "due": D("2801.00")}, "postings"),
        ({"state": "COMPUTED"}, "runs"),
        ({"confirmed_at": None}, "runs"),
        ({"street_id": world.district.other_street.pk}, "places"),
        ({"trace": {}}, "replay"),
    ):
        before = {key: getattr(line, key) for key in changes}
        Accrual.objects.filter(pk=line.pk).update(**changes)
        assert name in broken(), changes
        Accrual.objects.filter(pk=line.pk).update(**before)
    assert broken() == {}
