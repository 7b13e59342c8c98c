"""The pages of the campaign: what they show, whom they let act, and in how many statements."""

import datetime as dt
import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.clearing import services, worklist
from compounds.clearing.models import Acceptance, Case, Consultation, Deadline, Plan, Transition
from compounds.clearing.reports import DECISION_COLUMNS, PROGRESS_COLUMNS
from governance.audit.models import AuditEntry
from tests.compounds.clearing.cases import (
    FIRST,
    TODAY,
    bring,
    fresh,
    go,
    make_campaign,
    make_case,
    plan,
    verify,
)
from tests.factories import make_compound


@pytest.fixture
def here(district, monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: TODAY)
    return make_campaign(district)


@pytest.fixture
def signed_in(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def page(client, name, *args, **query):
    return client.get(reverse(f"clearing:{name}", args=args), query)


def text(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def count_of(answer) -> int:
    return answer.context["listing"].counted


@pytest.fixture
def mixed(here):
    """Cases in many stages of two streets."""
    cases = {state: bring(here, make_case(here), state) for state in ("REGISTERED", "SURVEYED")}
    cases["MATCHING"] = bring(here, make_case(here), "MATCHING")
    cases["SERVING"] = bring(here, make_case(here), "SERVING")
    cases["CLEARED"] = bring(here, make_case(here), "CLEARED")
    cases["LOST"] = bring(here, make_case(here), "CLEARED")
    services.reenter_campaign(
        by=here.approver, case=cases["LOST"], on=dt.date(2026, 10, 1), reason="企业撤场"
    )
    cases["FAR"] = make_case(here, community=here.other_community)
    return cases


def test_the_board_counts_what_its_links_list(here, mixed, signed_in):
    client = signed_in(here.officer)
    board = page(client, "overview")
    for lane in board.context["lanes"].values():
        assert count_of(client.get(lane.url)) == lane.count
        if lane.late:
            assert count_of(client.get(f"{lane.url}&due=late")) == lane.late
    found = board.context["found"]
    for key, query in {
        "tasks": {"state": "TASKS"},
        "cleared": {"state": "EVER"},
        "rebound": {"state": "LOST"},
        "net": {"state": "CLEARED"},
        "open": {"state": "OPEN"},
        "late": {"due": "late"},
    }.items():
        assert count_of(page(client, "case_list", **query)) == found[key], key
    assert (found["cleared"], found["rebound"], found["net"]) == (2, 1, 1)
    assert mixed["FAR"].compound.name in text(board)


def test_the_board_is_cut_by_its_filters_and_by_the_posts(here, mixed, signed_in):
    board = page(signed_in(here.clerk), "overview")
    assert mixed["FAR"].compound.name not in text(board)
    assert board.context["found"]["tasks"] == 6
    far = page(signed_in(here.officer), "overview", street=here.other_street.code)
    assert far.context["found"]["tasks"] == 1


def test_work_waiting_counts_what_its_list_shows(here, mixed, signed_in):
    for person in (here.worker, here.clerk, here.chief, here.officer, here.approver):
        client = signed_in(person)
        for line in worklist.waiting(person):
            if line.key == "open":
                continue
            answer = client.get(line.url)
            assert count_of(answer) == line.count, (person, line.key)
    keys = {line.key for line in worklist.waiting(here.clerk)}
    assert {"survey", "verify", "match", "forward"} <= keys


def test_who_prepared_or_confirmed_is_not_asked_to_go_on(here):
    case = bring(here, make_case(here), "CLASSIFIED")
    assert [line.key for line in worklist.waiting(here.worker)] == ["plan"]
    plan(here.worker, case)
    assert "confirm" in {line.key for line in worklist.waiting(here.chief)}
    go(here.chief, case, dt.date(2026, 1, 12), services.confirm_case)
    assert "approve" in {line.key for line in worklist.waiting(here.approver)}
    assert worklist.waiting(here.chief) == []


@pytest.mark.parametrize("name", ["overview", "case_list", "decision_sheet", "progress_sheet"])
def test_a_page_takes_as_many_statements_for_many_cases(here, name, signed_in):
    client = signed_in(here.officer)
    counts = []
    for n in (2, 6):
        for _ in range(n):
            make_case(here)
        page(client, name)
        with CaptureQueriesContext(connection) as found:
            text(page(client, name))
        counts.append(len(found))
    assert counts[0] == counts[1] <= 20


@pytest.mark.parametrize("state", ["REGISTERED", "CONSULTING", "CLEARED"])
def test_a_case_page_stays_within_thirty_statements(here, state, signed_in):
    case = bring(here, make_case(here), state)
    client = signed_in(here.clerk)
    page(client, "case_detail", case.compound.code)
    with CaptureQueriesContext(connection) as found:
        text(page(client, "case_detail", case.compound.code))
    assert len(found) <= 30


def test_deadlines_are_told_in_days_with_their_date(here, signed_in):
    case = bring(here, make_case(here), "MATCHING")
    Case.objects.filter(pk=case.pk).update(due_on=TODAY + dt.timedelta(days=9))
    body = text(page(signed_in(here.clerk), "case_list"))
    assert "剩 9 天" in body
    assert (TODAY + dt.timedelta(days=9)).isoformat() in body
    Case.objects.filter(pk=case.pk).update(due_on=TODAY - dt.timedelta(days=6))
    assert "超 6 天" in text(page(signed_in(here.clerk), "case_list"))


def test_a_case_is_moved_on_from_its_page(here, signed_in):
    case = make_case(here)
    client = signed_in(here.worker)
    url = reverse("clearing:case_step", args=[case.compound.code])
    sent = {"kind": "ADVANCE", "version": case.version, "on": "2026-01-07"}
    answer = client.post(url, sent)
    assert (answer.status_code, fresh(case).state) == (302, "SURVEYED")
    body = text(page(client, "case_detail", case.compound.code))
    assert "摸底表尚未核实" in body
    answer = client.post(url, {**sent, "version": fresh(case).version})
    assert answer.status_code == 403
    assert fresh(case).state == "SURVEYED"


def test_the_page_says_who_else_takes_the_step(here, signed_in):
    case = bring(here, make_case(here), "MATCHING")
    body = text(page(signed_in(here.leader), "case_detail", case.compound.code))
    assert "这一步由街道经办办理" in body
    assert "<button" in body
    assert 'name="kind" value="ADVANCE"' not in body


def test_a_refusal_stands_on_the_page_and_nothing_is_written(here, signed_in):
    case = bring(here, make_case(here), "MATCHING")
    before = Transition.objects.count()
    answer = signed_in(here.clerk).post(
        reverse("clearing:case_step", args=[case.compound.code]),
        {"kind": "ADVANCE", "version": case.version, "on": "2026-02-01"},
    )
    assert "还没有提出承接企业" in text(answer)
    assert Transition.objects.count() == before


def test_a_case_of_another_street_does_not_exist(here, signed_in):
    case = make_case(here, community=here.other_community)
    client = signed_in(here.clerk)
    for name in ("case_detail", "plan_edit", "plan_sheet", "consultation_add", "acceptance_add"):
        assert page(client, name, case.compound.code).status_code == 404


def test_a_plan_is_written_and_printed(here, signed_in):
    case = bring(here, make_case(here), "CLASSIFIED")
    client = signed_in(here.worker)
    code = case.compound.code
    answer = client.post(
        reverse("clearing:plan_edit", args=[code]),
        {
            "version": case.version,
            "situation": "门岗缺失",
            "measures": "引入企业先服务",
            "leader": "样例甲",
            "planned_on": "2026-12-31",
        },
    )
    assert answer.status_code == 302
    assert Plan.objects.get().prepared_by == here.worker
    assert fresh(case).leader == "样例甲"
    body = text(page(client, "plan_sheet", code))
    for words in ("引入企业先服务", "门岗缺失", case.compound.name, "社区意见", "街道意见"):
        assert words in body


def test_a_consultation_is_posted_and_closed(here, signed_in):
    case = bring(here, make_case(here), "CONSULTING")
    client = signed_in(here.worker)
    url = reverse("clearing:consultation_add", args=[case.compound.code])
    sent = {"method": "VISITS", "noticed_on": "2026-02-01"}
    assert client.post(url, sent).status_code == 302
    row = Consultation.objects.get()
    url = reverse("clearing:consultation_edit", args=[row.pk])
    sent |= {"version": 1, "closed_on": "2026-02-10"}
    assert "公示须满 15 天" in text(client.post(url, sent))
    sent |= {"closed_on": "2026-02-16", "households_asked": "８０", "households_answered": "60"}
    assert client.post(url, {**sent, "households_agreed": "52"}).status_code == 302
    row.refresh_from_db()
    assert (row.closed_on, row.households_asked) == (dt.date(2026, 2, 16), 80)


def test_acceptance_on_site_clears_or_says_what_is_missing(here, signed_in):
    case = bring(here, make_case(here), "ACCEPTED")
    client = signed_in(here.officer)
    url = reverse("clearing:acceptance_add", args=[case.compound.code])
    sent = {"version": case.version, "on": "2026-03-20", "staff_on_post": "on"}
    assert "请写明还缺什么" in text(client.post(url, sent))
    assert not Acceptance.objects.exists()
    assert client.post(url, {**sent, "note": "垃圾未清"}).status_code == 302
    whole = dict.fromkeys(("staff_on_post", "refuse_cleared", "board_up", "complaint_line"), "on")
    sent = {**whole, "version": fresh(case).version, "on": "2026-03-25"}
    assert client.post(url, sent).status_code == 302
    assert fresh(case).state == "CLEARED"


def test_ticked_cases_take_the_step_together_after_a_preview(here, signed_in):
    ready, lacking = make_case(here), make_case(here)
    for case in (ready, lacking):
        go(here.worker, case, dt.date(2026, 1, 7))
    verify(ready, dt.date(2026, 1, 9))
    client = signed_in(here.clerk)
    ids = [ready.pk, lacking.pk]
    preview = page(client, "bulk_step", ids=ids, kind="ADVANCE", list="state=SURVEYED")
    body = text(preview)
    assert [move.case.pk for move in preview.context["moves"]] == [ready.pk]
    assert "摸底表尚未核实" in body
    url = reverse("clearing:bulk_step")
    sent = {"kind": "ADVANCE", "on": "2026-01-09", "list": "state=SURVEYED"}
    assert "没有办理" in text(client.post(url, {**sent, "ids": ids})) or fresh(ready)
    assert fresh(ready).state == "SURVEYED"
    answer = client.post(url, {**sent, "ids": [ready.pk]})
    assert answer.headers["Location"].endswith("?state=SURVEYED")
    assert fresh(ready).state == "CLASSIFIED"


def test_cases_are_opened_from_the_page(here, signed_in):
    one, other = make_compound(here.community), make_compound(here.community)
    client = signed_in(here.clerk)
    assert one.name in text(page(client, "open_cases"))
    url = reverse("clearing:open_cases")
    client.post(url, {"on": "2026-01-05", "ids": [one.pk]})
    assert Case.objects.get().compound == one
    client.post(url, {"on": "2026-01-06", "all": "1"})
    assert set(Case.objects.values_list("compound", flat=True)) == {one.pk, other.pk}


def test_deadlines_are_set_by_the_district_officer(here, signed_in):
    client = signed_in(here.officer)
    assert "示例" in text(page(client, "deadline_list"))
    url = reverse("clearing:deadline_set", args=["MATCHING"])
    sent = {"MATCHING-version": 0, "MATCHING-days": "20", "MATCHING-unit": "WORKING"}
    assert client.post(url, sent).status_code == 302
    assert Deadline.objects.get().days == 20
    assert signed_in(here.clerk).post(url, sent).status_code == 403


# -- sheets ------------------------------------------------------------------------------------
def rows_of(answer) -> list[list]:
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    sheet = book.active
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == 9
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_the_sheet_of_decisions_has_the_district_form(here, mixed, signed_in):
    client = signed_in(here.officer)
    rows = rows_of(page(client, "decision_export"))
    assert rows[0][0] == "分类定策汇总表"
    assert "填报单位：小店区" in rows[1][0]
    assert "填报日期：2026-11-23" in rows[1][0]
    assert rows[2] == [header for header, _kind, _width in DECISION_COLUMNS]
    assert rows[2] == [
        *("序号", "街道", "小区名称", "户数", "面积", "系统建议", "触发规则", "确定策略"),
        *("承接单位", "包联领导", "计划完成时间", "审核意见", "文号"),
    ]
    assert (rows[-2][0], rows[-2][2], rows[-2][3]) == ("合计", "7个小区", 560)
    assert "填表人" in rows[-1][0]
    assert "审核人" in rows[-1][0]
    assert AuditEntry.objects.filter(verb="export").exists()
    body = text(page(client, "decision_sheet"))
    assert mixed["CLEARED"].compound.name in body
    assert "2026-01-11 确认" in body


def test_the_sheet_of_progress_adds_up_and_opens_its_lists(here, mixed, signed_in):
    client = signed_in(here.officer)
    answer = page(client, "progress_sheet")
    total, lines = answer.context["total"], answer.context["lines"]
    assert total.tasks == sum(line.tasks for line in lines) == 7
    assert sum(total.by_strategy) == 7
    assert (total.accepted, total.rebound, total.net) == (2, 1, 1)
    assert total.contracted >= total.served >= total.accepted
    for query, count in (
        ({"reached": "CONTRACTED"}, total.contracted),
        ({"reached": "SERVING"}, total.served),
        ({"state": "EVER"}, total.accepted),
        ({"state": "LOST"}, total.rebound),
        ({"state": "TASKS", "strategy": "SUBSIDY_TRANSITION"}, total.by_strategy[2]),
    ):
        assert count_of(page(client, "case_list", **query)) == count
    rows = rows_of(page(client, "progress_export"))
    assert rows[2] == [header for header, _kind, _width in PROGRESS_COLUMNS]
    assert rows[2] == [
        *("街道", "任务数", "帮建代管", "单位协建", "补贴过渡", "兜底服务"),
        *("已签约", "已进驻", "已验收", "完成率", "反弹数", "净清零数"),
    ]
    assert rows[-2][:2] == ["合计", 7]


def test_a_month_of_the_past_shows_what_it_was(here, mixed, signed_in):
    client = signed_in(here.officer)
    march = page(client, "progress_sheet", kind="month", on="2026-03-10").context
    assert (march["day"], march["total"].net) == (dt.date(2026, 3, 31), 2)
    assert march["total"].rebound == 0
    assert march["new"] == 2
    week = page(client, "progress_sheet", kind="week", on="2026-01-07").context
    assert (week["period"].first, week["period"].last) == (
        dt.date(2026, 1, 5),
        dt.date(2026, 1, 11),
    )
    assert week["total"].accepted == 0
    street = page(signed_in(here.clerk), "progress_sheet").context
    assert street["column"] == "community"


def test_the_list_is_exported_as_it_is_shown(here, mixed, signed_in):
    client = signed_in(here.officer)
    rows = rows_of(page(client, "case_export", state="OPEN", columns="name,state,due_on"))
    assert rows[2] == ["序号", "小区名称", "清零阶段", "时限"]
    assert len(rows) == 3 + count_of(page(client, "case_list", state="OPEN"))


def test_the_first_day_is_kept_on_the_page_of_a_rebound(here, mixed, signed_in):
    body = text(page(signed_in(here.clerk), "case_detail", mixed["LOST"].compound.code))
    assert (FIRST + dt.timedelta(days=75)).isoformat() in body
    assert "反弹 1 次" in body
