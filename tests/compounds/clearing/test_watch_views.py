"""Pages of the watch: what they show, to whom, at which cost."""

import datetime as dt
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.clearing.models import WatchPolicy, WatchRun, WatchScore, WatchTask
from compounds.clearing.rules.watch import SIGNALS
from compounds.clearing.services import watch_policies, watch_runs
from governance.foundation import dates
from tests.compounds.clearing import watching as w
from tests.factories import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(district):
    return w.make_people(district)


@pytest.fixture
def policy(district, people):
    return w.make_watch_policy(district, people)


@pytest.fixture
def judged(district, people, policy):
    """A green compound, a yellow and a red one."""
    green = w.make_sound(w.make_cleared(district.community, people), people)
    yellow = w.make_sound(w.make_cleared(district.community, people), people)
    w.inspect(yellow, people, dt.date(2026, 5, 20), staff_absent=True)
    red = w.make_cleared(district.sister_community, people)
    watch_runs.run_watch(by=people.officer, as_of=DAY)
    return green, yellow, red


def visit(client, user, name, *args, **query):
    client.force_login(user)
    return client.get(reverse(f"clearing:{name}", args=args), query)


def send(client, user, name, *args, **sent):
    client.force_login(user)
    return client.post(reverse(f"clearing:{name}", args=args), sent)


def text(answer) -> str:
    return answer.content.decode()


def test_the_list_begins_with_red_and_leaves_the_green_ones_out(client, people, judged):
    green, yellow, red = judged
    page = text(visit(client, people.officer, "watch_list"))
    assert page.index(red.compound.name) < page.index(yellow.compound.name)
    assert green.compound.name not in page
    assert green.compound.name in text(visit(client, people.officer, "watch_list", band="ALL"))


def test_the_list_is_filtered_by_signal_and_by_task(client, people, judged):
    _green, yellow, red = judged
    page = text(visit(client, people.officer, "watch_list", signal="staff_absent"))
    assert yellow.compound.name in page
    assert red.compound.name not in page
    page = text(visit(client, people.officer, "watch_list", task="NONE"))
    assert yellow.compound.name not in page


def test_figures_show_cleared_net_and_rebounds_together(client, people, judged):
    figures = visit(client, people.officer, "watch_list").context["figures"]
    assert (figures.cleared, figures.net, figures.rebound) == (3, 3, 0)
    assert (figures.green, figures.yellow, figures.red, figures.open_tasks) == (1, 1, 1, 2)


def test_a_clerk_sees_the_own_street_alone(client, people, judged):
    page = text(visit(client, people.other_clerk, "watch_list", band="ALL"))
    assert not any(case.compound.name in page for case in judged)
    assert visit(client, people.other_clerk, "watch_detail", judged[0].pk).status_code == 404


def test_one_compound_shows_every_signal_with_value_source_and_points(client, people, judged):
    _green, yellow, _red = judged
    answer = visit(client, people.worker, "watch_detail", yellow.pk)
    why = answer.context["why"]
    first = why.lines[0]
    assert (first.is_hit, first.points, first.on) == (True, 25, dt.date(2026, 5, 20))
    assert len(why.lines) == 13
    assert why.relief
    assert why.risk
    assert (why.unknown, why.replays) == (1, True)
    page = text(answer)
    assert "2025Q4 90.00% · 2026Q1 90.00%" in page
    assert "<svg" in page


def test_a_compound_that_was_not_judged_says_so(client, district, people, policy):
    case = w.make_cleared(district.community, people)
    answer = visit(client, people.worker, "watch_detail", case.pk)
    assert answer.context["why"] is None
    assert answer.status_code == 200


def test_the_sheet_is_the_districts_own(client, people, judged):
    answer = visit(client, people.officer, "watch_export")
    book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
    sheet = book["反弹预警表"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(i for i, row in enumerate(rows) if "小区" in row)
    assert rows[head] == [
        "序号", "街道", "社区", "小区", "清零日期",
        "预警级别", "触发指标", "处置人", "处置时限", "结果",
    ]  # fmt: skip
    assert [row[3] for row in rows[head + 1 : head + 3]] == [
        judged[2].compound.name,
        judged[1].compound.name,
    ]
    assert rows[head + 1][5] in ("红色", "红")


def test_a_visit_is_noted_and_closed_on_one_page(client, people, judged):
    task = WatchTask.objects.get(case=judged[1])
    sent = {"version": task.version, "assigned_to": "样例甲", "plan": "", "result": ""}
    answer = send(
        client, people.worker, "watch_task_detail", task.pk, **sent, do="note", done_on=""
    )
    assert answer.status_code == 302
    task.refresh_from_db()
    assert (task.assigned_to, task.done_on) == ("样例甲", None)
    sent |= {"version": task.version, "done_on": "2026-05-26"}
    answer = send(client, people.worker, "watch_task_detail", task.pk, **sent, do="close")
    assert answer.context["form"].errors["result"]
    sent["result"] = "人员已到岗"
    send(client, people.worker, "watch_task_detail", task.pk, **sent, do="close")
    task.refresh_from_db()
    assert (task.done_on, task.done_by) == (dt.date(2026, 5, 26), people.worker)


def test_an_order_needs_its_plan(client, people, judged):
    task = WatchTask.objects.get(case=judged[2])
    assert task.kind == "ORDER"
    sent = {"version": 1, "done_on": "2026-05-26", "result": "已签新合同", "do": "close"}
    answer = send(client, people.clerk, "watch_task_detail", task.pk, **sent)
    assert answer.context["form"].errors["plan"]
    send(client, people.clerk, "watch_task_detail", task.pk, **sent, plan="一周内签约")
    task.refresh_from_db()
    assert task.done_on == dt.date(2026, 5, 26)


def test_of_two_who_close_a_task_the_second_is_told(client, people, judged):
    task = WatchTask.objects.get(case=judged[1])
    sent = {"version": 1, "assigned_to": "样例甲", "do": "note"}
    send(client, people.worker, "watch_task_detail", task.pk, **sent)
    answer = send(client, people.clerk, "watch_task_detail", task.pk, **{**sent, "plan": "另一人"})
    assert answer.status_code == 302
    task.refresh_from_db()
    assert (task.assigned_to, task.plan) == ("样例甲", "")


def test_who_only_looks_gets_no_form(client, people, judged):
    task = WatchTask.objects.get(case=judged[1])
    answer = visit(client, people.leader, "watch_task_detail", task.pk)
    assert not answer.context["may_work"]
    assert send(client, people.leader, "watch_task_detail", task.pk, do="note").status_code == 403


# -- runs ------------------------------------------------------------------------------------------
def test_a_run_is_started_from_the_list_and_keeps_its_page(
    client, district, people, policy, django_capture_on_commit_callbacks
):
    w.make_cleared(district.community, people)
    with django_capture_on_commit_callbacks(execute=True):
        answer = send(client, people.clerk, "watch_run_start")
    run = WatchRun.objects.get()
    assert answer.url == reverse("clearing:watch_run_detail", args=[run.pk])
    answer = visit(client, people.clerk, "watch_run_detail", run.pk)
    assert answer.status_code == 200
    assert run.area == district.street
    assert visit(client, people.other_clerk, "watch_run_detail", run.pk).status_code == 404
    assert visit(client, people.clerk, "watch_run_list").status_code == 200


def test_a_run_that_waits_shows_progress_and_can_be_cancelled(client, people, policy, district):
    run = watch_runs.prepare_watch_run(by=people.officer, as_of=DAY)
    assert "progress" in text(visit(client, people.officer, "watch_run_detail", run.pk))
    assert send(client, people.officer, "watch_run_cancel", run.pk).status_code == 302
    run.refresh_from_db()
    assert run.state == "CANCELLED"


# -- policies --------------------------------------------------------------------------------------
def policy_form(**changes):
    sent = {
        "title": "反弹预警办法",
        "document": "样例〔2026〕9号",
        "valid_from": "2026-06-01",
        "months": "24",
        "yellow_from": "20",
        "red_from": "50",
        "visit_working_days": "10",
        "order_days": "30",
    }
    for key, signal in SIGNALS.items():
        sent[f"{key}-points"] = str(signal.points)
        if signal.has_threshold:
            sent[f"{key}-threshold"] = str(signal.threshold)
    return {**sent, **changes}


def test_a_policy_is_drafted_as_a_table_and_published_by_another(client, people):
    answer = send(client, people.officer, "watch_policy_add", **policy_form())
    draft = WatchPolicy.objects.get()
    assert answer.url == reverse("clearing:watch_policy_detail", args=[draft.pk])
    send(
        client,
        people.officer,
        "watch_policy_edit",
        draft.pk,
        **policy_form(version="1", **{"collection_low-threshold": "５５"}),
    )
    assert draft.signals.get(key="collection_low").threshold == 55
    assert send(client, people.officer, "watch_policy_publish", draft.pk).status_code == 403
    send(client, people.approver, "watch_policy_publish", draft.pk, version="2")
    draft.refresh_from_db()
    assert (draft.state, draft.published_by) == ("PUBLISHED", people.approver)
    answer = send(client, people.officer, "watch_policy_edit", draft.pk, **policy_form(version=3))
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.signals.get(key="collection_low").threshold == 55


def test_what_was_typed_wrong_stands_beside_its_field(client, people):
    answer = send(
        client,
        people.officer,
        "watch_policy_add",
        **policy_form(red_from="10", **{"satisfaction_low-threshold": "700"}),
    )
    assert "red_from" in answer.context["form"].errors
    assert "satisfaction_low-threshold" in answer.context["signals"].errors
    assert not WatchPolicy.objects.exists()


def test_a_draft_is_tried_on_what_is_known_and_writes_nothing(client, people, judged, policy):
    draft = watch_policies.copy_policy(by=people.officer, policy=policy)
    watch_policies.save_policy(
        by=people.officer, policy=draft, version=1, terms={"yellow_from": 30}
    )
    answer = visit(client, people.officer, "watch_policy_try", draft.pk)
    trying = answer.context["trying"]
    assert trying.total == 3
    assert WatchScore.objects.filter(is_current=True).count() == 3
    assert visit(client, people.clerk, "watch_policy_try", draft.pk).status_code == 403


@pytest.mark.parametrize(
    "name",
    ["watch_list", "watch_task_list", "loss_list", "watch_policy_list", "watch_run_list"],
)
def test_lists_cost_the_same_for_any_number_of_rows(client, district, people, policy, name):
    client.force_login(people.officer)

    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(f"clearing:{name}")).status_code == 200
        return len(captured)

    def more():
        w.make_cleared(district.community, people)
        watch_runs.run_watch(by=people.officer, as_of=DAY)

    more()
    statements()
    one = statements()
    for _number in range(3):
        more()
    assert statements() == one
    assert one <= 16


def test_pages_of_one_row_cost_a_fixed_number(client, people, judged, policy):
    task = WatchTask.objects.get(case=judged[1])
    for name, pk in (
        ("watch_detail", judged[1].pk),
        ("watch_task_detail", task.pk),
        ("watch_policy_detail", policy.pk),
    ):
        visit(client, people.officer, name, pk)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(f"clearing:{name}", args=[pk]))
        assert len(captured) <= 16, [q["sql"][:90] for q in captured]


def test_today_is_the_day_of_a_run_from_the_page(people, policy):
    assert watch_runs.prepare_watch_run(by=people.officer).as_of == dates.today()
