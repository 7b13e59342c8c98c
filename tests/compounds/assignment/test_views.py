"""The pages of assignments: what they show, do and ask of the database."""

import datetime as dt
import io
import re

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.assignment import services
from compounds.assignment.models import Assignment, AssignmentLock, Refusal
from compounds.assignment.questions import work_of
from compounds.providers.models import Provider
from compounds.registry.models import Compound
from tests.compounds.assignment.cast import (
    active,
    approved,
    make_cast,
    make_classified,
    make_pair,
    proposed,
    reviewed,
)
from tests.factories import make_invitation, make_provider

pytestmark = pytest.mark.django_db
START = dt.date(2026, 6, 1)


@pytest.fixture
def cast(district):
    return make_cast(district)


@pytest.fixture
def at(client):
    """Go to a page by name as somebody."""

    def go(user, name, *args, query="", **sent):
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        url = reverse(f"assignment:{name}", args=args) + query
        return client.post(url, sent) if sent else client.get(url)

    return go


def text(answer) -> str:
    return answer.content.decode()


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


# -- the list --------------------------------------------------------------------------------
def test_the_list_shows_what_is_open_and_filters_by_state_strategy_provider_and_words(
    cast, district, at
):
    one = make_pair(district, name="甲院")
    other = make_pair(district, name="乙院", strategy="FALLBACK")
    row = active(cast, *one, START)
    proposed(cast, *other, exception_reason="样例")
    ended = services.end_assignment(
        by=cast.clerk, assignment=row, version=row.version, ended_on=START, end_reason="EXPIRED"
    )
    assert ended.state == "ENDED"
    page = text(at(cast.clerk, "assignment_list"))
    assert "乙院" in page
    assert "甲院" not in page
    assert "甲院" in text(at(cast.clerk, "assignment_list", query="?state=ENDED"))
    assert "乙院" not in text(at(cast.clerk, "assignment_list", query="?state=ALL&q=甲"))
    assert "甲院" not in text(
        at(cast.clerk, "assignment_list", query=f"?state=ALL&provider={other[1].pk}")
    )
    assert "甲院" not in text(
        at(cast.clerk, "assignment_list", query="?state=ALL&strategy=FALLBACK")
    )
    assert "乙院" in text(at(cast.clerk, "assignment_list", query="?exception=true"))
    assert "乙院" not in text(at(cast.clerk, "assignment_list", query="?exception=false"))


def test_waiting_for_me_is_what_i_may_decide_next(cast, district, at):
    proposed(cast, *make_pair(district, name="甲院"))
    reviewed(cast, *make_pair(district, name="乙院"))
    mine = "?state=MINE"
    assert "甲院" in text(at(cast.chief, "assignment_list", query=mine))
    assert "乙院" not in text(at(cast.chief, "assignment_list", query=mine))
    assert "乙院" in text(at(cast.approver, "assignment_list", query=mine))
    assert "甲院" not in text(at(cast.approver, "assignment_list", query=mine))
    assert "甲院" not in text(at(cast.clerk, "assignment_list", query=mine))


def test_the_list_asks_the_same_number_of_questions_however_long(cast, district, client):
    client.force_login(cast.chief, "django.contrib.auth.backends.ModelBackend")
    url = reverse("assignment:assignment_list")
    proposed(cast, *make_pair(district))
    few = queries(client, url)
    for _ in range(12):
        proposed(cast, *make_pair(district))
    assert queries(client, url) == few


def test_the_export_holds_the_list_and_is_recorded(cast, district, at):
    proposed(cast, *make_pair(district, name="甲院"))
    answer = at(cast.clerk, "assignment_export")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert "甲院" in cells
    assert "已提出" in cells or "proposed" in cells


# -- one assignment --------------------------------------------------------------------------
def test_the_page_offers_the_next_act_to_whoever_may_and_to_nobody_else(cast, district, at):
    row = proposed(cast, *make_pair(district))
    review = reverse("assignment:assignment_review", args=[row.pk])
    assert review in text(at(cast.chief, "assignment_detail", row.pk))
    for user in (cast.clerk, cast.officer, cast.approver):
        assert review not in text(at(user, "assignment_detail", row.pk))
    assert at(cast.elsewhere, "assignment_detail", row.pk).status_code == 404


def test_an_assignment_is_walked_through_the_browser(cast, district, at):
    row = proposed(cast, *make_pair(district))
    at(cast.chief, "assignment_review", row.pk, version=1, document="街审１号")
    assert Assignment.objects.get().state == "STREET_REVIEWED"
    at(cast.approver, "assignment_approve", row.pk, version=2, document="区批2号")
    page = text(at(cast.clerk, "assignment_detail", row.pk))
    assert "街审1号" in page
    assert "区批2号" in page
    answer = at(cast.approver, "assignment_return", row.pk, version=3, reason="")
    assert answer.status_code == 200
    assert Assignment.objects.get().state == "DISTRICT_APPROVED"
    at(cast.approver, "assignment_withdraw", row.pk, version=3, reason="样例")
    assert Assignment.objects.get().state == "WITHDRAWN"
    assert "样例" in text(at(cast.clerk, "assignment_detail", row.pk))


def test_the_second_of_two_leaders_is_told_and_nothing_is_written_twice(cast, district, at):
    row = proposed(cast, *make_pair(district))
    at(cast.chief, "assignment_review", row.pk, version=1)
    at(cast.chief, "assignment_review", row.pk, version=1)
    assert Assignment.objects.get().steps.count() == 2


def test_the_end_and_the_successor_are_done_on_the_page(cast, district, at):
    compound, firm = make_pair(district)
    row = active(cast, compound, firm, START)
    other = make_provider(district.area)
    make_invitation(compound, other)
    at(cast.clerk, "propose", compound.code, provider=other.pk)
    successor = Assignment.objects.get(provider=other)
    assert successor.replaces == row
    successor = services.review_assignment(by=cast.chief, assignment=successor, version=1)
    successor = services.approve_assignment(by=cast.approver, assignment=successor, version=2)
    answer = at(cast.clerk, "assignment_replace", successor.pk, version=3, starts_on="2026-09-01")
    assert answer.status_code == 200  # the list is not complete
    successor.handover.update(done_on=START)
    at(cast.clerk, "assignment_replace", successor.pk, version=3, starts_on="2026-09-01")
    assert Assignment.objects.get(pk=row.pk).end_reason == "REPLACED"
    successor.refresh_from_db()
    at(
        cast.clerk, "assignment_end", successor.pk, version=successor.version,
        ended_on="2026-10-01", end_reason="EXPIRED",
    )  # fmt: skip
    assert Assignment.objects.get(pk=successor.pk).state == "ENDED"


# -- candidates ------------------------------------------------------------------------------
def test_candidates_stand_in_three_groups_each_with_its_reasons(cast, district, at):
    compound, firm = make_pair(district)
    make_provider(district.area, name="未邀物业")
    make_provider(district.area, name="黑名单物业", blacklisted_until=dt.date(2099, 1, 1))
    answer = at(cast.clerk, "candidates", compound.code)
    groups = {
        name: [row.firm.name for row in answer.context[name]]
        for name in ("eligible", "reluctant", "barred")
    }
    assert groups == {
        "eligible": [firm.name],
        "reluctant": ["未邀物业"],
        "barred": ["黑名单物业"],
    }
    chosen = reverse("assignment:propose", args=[compound.code])
    assert text(answer).count(f"{chosen}?provider=") == 2
    assert f"{chosen}?" not in text(at(cast.chief, "candidates", compound.code))


def test_candidates_ask_a_constant_number_of_questions(cast, district, client):
    client.force_login(cast.clerk, "django.contrib.auth.backends.ModelBackend")
    compound, _firm = make_pair(district)
    url = reverse("assignment:candidates", args=[compound.code])
    few = queries(client, url)
    for _ in range(15):
        firm = make_provider(district.area)
        firm.bases.create(name="基地", longitude=112.56, latitude=37.78)
        make_invitation(compound, firm)
        proposed(cast, make_classified(district.community), firm, exception_reason="样例")
    assert queries(client, url) == few
    assert few <= 30


def test_a_firm_that_lacks_something_is_proposed_with_a_reason_only(cast, district, at):
    compound, firm = make_pair(district, answer=None)
    assert at(cast.clerk, "propose", compound.code, provider=firm.pk).status_code == 200
    assert not Assignment.objects.exists()
    answer = at(cast.clerk, "propose", compound.code, provider=firm.pk, exception_reason="口头同意")
    assert answer.status_code == 302
    assert Assignment.objects.get().exception_reason == "口头同意"


def test_a_barred_firm_is_shown_as_such_and_not_taken(cast, district, at):
    compound, firm = make_pair(district)
    services.add_lock(by=cast.clerk, compound=compound, kind="HOLD", reason="样例")
    page = at(cast.clerk, "propose", compound.code, query=f"?provider={firm.pk}")
    assert page.context["bars"]
    at(cast.clerk, "propose", compound.code, provider=firm.pk)
    assert not Assignment.objects.exists()


# -- many ------------------------------------------------------------------------------------
def street_of(district, count=3, **changes):
    firm = make_provider(district.area, **changes)
    firm.bases.create(name="基地", longitude=112.56, latitude=37.78)
    found = [make_classified(district.community) for _ in range(count)]
    for compound in found:
        make_invitation(compound, firm)
    return firm, found


def test_the_clerk_confirms_what_is_ticked_of_a_streets_proposal(cast, district, at):
    firm, compounds = street_of(district)
    answer = at(cast.clerk, "street_proposal")
    assert [line.chosen for line in answer.context["lines"]] == [firm.pk] * 3
    sent = {f"provider_{compound.pk}": firm.pk for compound in compounds}
    at(
        cast.clerk, "street_proposal", street=district.street.code, document="街报7号",
        ids=[compound.pk for compound in compounds[:2]], **sent,
    )  # fmt: skip
    rows = Assignment.objects.all()
    assert {row.compound_id for row in rows} == {compound.pk for compound in compounds[:2]}
    assert {row.document for row in rows} == {"街报7号"}
    left = at(cast.clerk, "street_proposal").context["lines"]
    assert [line.compound for line in left] == compounds[2:]


def test_capacity_is_used_up_and_who_gets_nobody_is_told_why(cast, district, at):
    street_of(district, capacity_m2=11000)
    lines = at(cast.clerk, "street_proposal").context["lines"]
    assert [bool(line.pick.candidate) for line in lines] == [True, True, False]
    assert lines[2].pick.nearest.reasons[0].code == "NO_CAPACITY"


def test_a_refused_row_is_named_and_nothing_is_written(cast, district, at):
    firm, compounds = street_of(district, capacity_m2=11000)
    sent = {f"provider_{compound.pk}": firm.pk for compound in compounds}
    answer = at(
        cast.clerk, "street_proposal", street=district.street.code,
        ids=[compound.pk for compound in compounds], **sent,
    )  # fmt: skip
    assert [bool(line.refusal) for line in answer.context["lines"]] == [False, False, True]
    assert not Assignment.objects.exists()


def test_a_clerk_proposes_for_no_other_street(cast, district, at):
    _firm, compounds = street_of(district)
    answer = at(cast.elsewhere, "street_proposal", query=f"?street={district.street.code}")
    assert answer.context["lines"] == []
    at(
        cast.elsewhere, "street_proposal", street=district.street.code,
        ids=[compounds[0].pk], **{f"provider_{compounds[0].pk}": _firm.pk},
    )  # fmt: skip
    assert not Assignment.objects.exists()


def test_the_proposal_of_a_street_asks_a_constant_number_of_questions(cast, district, client):
    client.force_login(cast.clerk, "django.contrib.auth.backends.ModelBackend")
    url = reverse("assignment:street_proposal")
    street_of(district, 2)
    few = queries(client, url)
    street_of(district, 15)
    assert queries(client, url) == few


def test_picked_rows_are_reviewed_approved_and_returned_together(cast, district, at):
    rows = [proposed(cast, *make_pair(district)) for _ in range(2)]
    ids = [row.pk for row in rows]
    page = at(cast.chief, "bulk_step", query="?act=review&" + "&".join(f"ids={pk}" for pk in ids))
    seen = re.findall(r'name="seen" value="([^"]+)"', text(page))
    assert len(seen) == 2
    at(cast.chief, "bulk_step", act="review", ids=ids, seen=seen, document="街审1号")
    assert {row.state for row in Assignment.objects.all()} == {"STREET_REVIEWED"}
    answer = at(cast.approver, "bulk_step", act="approve", ids=ids, seen=seen)
    assert answer.context["refused"]  # an older version was seen
    seen = [f"{pk}:2" for pk in ids]
    at(cast.approver, "bulk_step", act="approve", ids=ids, seen=seen)
    assert {row.state for row in Assignment.objects.all()} == {"DISTRICT_APPROVED"}
    seen = [f"{pk}:3" for pk in ids]
    at(cast.approver, "bulk_step", act="return", ids=ids, seen=seen, reason="样例")
    assert {row.state for row in Assignment.objects.all()} == {"STREET_REVIEWED"}


# -- the firm --------------------------------------------------------------------------------
def test_a_portfolio_shows_what_a_firm_serves_here_and_its_load_everywhere(cast, district, at):
    firm, compounds = street_of(district, 2, capacity_m2=50000, served_area_m2=10000)
    active(cast, compounds[0], firm, START)
    proposed(cast, compounds[1], firm)
    page = at(cast.clerk, "portfolio", firm.pk)
    assert page.context["active"][0] == 1
    assert page.context["prepared"][0] == 1
    assert page.context["load"].left_m2 == 50000 - 10000 - 11000
    assert [one[2] for one in page.context["load"].bars] == [20.0, 11.0, 11.0]
    there = at(cast.elsewhere, "portfolio", firm.pk)
    assert there.context["served"] == []
    assert there.context["hidden"] == 2
    assert compounds[0].name not in text(there)


def test_a_portfolio_asks_a_constant_number_of_questions(cast, district, client):
    client.force_login(cast.clerk, "django.contrib.auth.backends.ModelBackend")
    firm, compounds = street_of(district, 8)
    url = reverse("assignment:portfolio", args=[firm.pk])
    proposed(cast, compounds[0], firm)
    few = queries(client, url)
    for compound in compounds[1:]:
        proposed(cast, compound, firm)
    assert queries(client, url) == few


# -- hand-over, locks, refusals --------------------------------------------------------------
def test_a_hand_over_list_is_filled_in_ticked_off_and_printed(cast, district, at):
    row = approved(cast, *make_pair(district))
    page = at(cast.clerk, "handover_edit", row.pk, "in")
    forms = page.context["formset"].forms
    assert len(forms) == 9
    sent = {"version": 3, "form-TOTAL_FORMS": 9, "form-INITIAL_FORMS": 7}
    for n, form in enumerate(forms[:7]):
        sent |= {
            f"form-{n}-pk": form.initial["pk"],
            f"form-{n}-kind": form.initial["kind"],
            f"form-{n}-description": form.initial["description"] if n else "",
            f"form-{n}-done_on": "2026-06-01",
        }
    sent |= {"form-7-kind": "KEYS", "form-7-description": "地下室钥匙", "form-8-kind": "OTHER"}
    assert at(cast.clerk, "handover_edit", row.pk, "in", **sent).status_code == 302
    items = list(row.handover.order_by("pk"))
    assert len(items) == 7  # one was emptied, one added
    assert sum(item.done_on is None for item in items) == 1
    assert "地下室钥匙" in text(at(cast.chief, "handover_print", row.pk, "in"))
    assert at(cast.chief, "handover_print", row.pk, "out").status_code == 404
    late = at(cast.clerk, "handover_edit", row.pk, "in", **sent)
    assert late.status_code == 302  # somebody has changed it: shown anew
    assert row.handover.count() == 7


def test_all_open_lines_of_a_hand_over_are_dated_at_once(cast, district, at):
    row = approved(cast, *make_pair(district))
    forms = at(cast.clerk, "handover_edit", row.pk, "in").context["formset"].forms
    sent = {"version": 3, "form-TOTAL_FORMS": 9, "form-INITIAL_FORMS": 7}
    for n, form in enumerate(forms[:7]):
        for name in ("pk", "kind", "description"):
            sent[f"form-{n}-{name}"] = form.initial[name]
    sent["form-0-done_on"] = "2026-05-02"
    sent |= {"form-7-kind": "OTHER", "form-8-kind": "OTHER"}
    page = at(cast.clerk, "handover_edit", row.pk, "in", **sent, all_on="31-2")
    assert "31-2" in text(page)
    assert row.handover.filter(done_on=None).count() == 7
    late = at(cast.clerk, "handover_edit", row.pk, "in", **sent, all_on="2999-01-01")
    assert late.status_code == 200
    saved = at(cast.clerk, "handover_edit", row.pk, "in", **sent, all_on="2026-05-04")
    assert saved.status_code == 302
    days = sorted(row.handover.values_list("done_on", flat=True))
    assert days == [dt.date(2026, 5, 2), *[dt.date(2026, 5, 4)] * 6]


def test_a_shortage_is_confirmed_on_the_page_of_many(cast, district, at):
    row = reviewed(cast, *make_pair(district))
    Provider.objects.update(capacity_m2=1)
    sent = {"act": "approve", "ids": [row.pk], "seen": [f"{row.pk}:2"]}
    page = at(cast.approver, "bulk_step", **sent)
    assert 'name="accepts_shortage"' in text(page)
    assert 'name="is_short"' in text(page)
    again = at(cast.approver, "bulk_step", **sent, is_short="1", accepts_shortage="on")
    assert again.status_code == 200  # no reason
    at(cast.approver, "bulk_step", **sent, is_short="1", accepts_shortage="on", reason="样例")
    row.refresh_from_db()
    assert row.state == "DISTRICT_APPROVED"


def test_locks_and_refusals_are_listed_added_and_released(cast, district, at):
    compound, firm = make_pair(district, name="甲院")
    at(cast.clerk, "lock_add", compound.code, kind="BAR", provider=firm.pk, reason="投诉多")
    at(
        cast.clerk, "refusal_add", compound.code, provider=firm.pk, party="RESIDENTS",
        on="2026-06-01", reason="不满意",
    )  # fmt: skip
    lock, refusal = AssignmentLock.objects.get(), Refusal.objects.get()
    assert "投诉多" in text(at(cast.chief, "lock_list"))
    assert "不满意" in text(at(cast.chief, "refusal_list"))
    at(cast.clerk, "lock_release", lock.pk, version=1, reason="已整改")
    at(cast.clerk, "refusal_release", refusal.pk, version=1, reason="已沟通")
    assert "投诉多" not in text(at(cast.chief, "lock_list"))
    assert "已整改" in text(
        at(cast.chief, "lock_list", query="?standing=ALL&columns=compound,release_reason")
    )
    assert "不满意" not in text(at(cast.chief, "refusal_list"))


def test_the_workbench_counts_what_waits_for_a_decision(cast, district):
    proposed(cast, *make_pair(district))
    assert [line[1] for line in work_of(cast.chief)] == [1]
    assert list(work_of(cast.clerk)) == []
    assert list(work_of(cast.approver)) == []


def test_a_compound_without_strategy_offers_nobody_to_choose(cast, district, at):
    compound, firm = make_pair(district)
    Compound.objects.filter(pk=compound.pk).update(strategy="")
    page = at(cast.clerk, "candidates", compound.code)
    assert page.context["choosable"] is False
    at(cast.clerk, "propose", compound.code, provider=firm.pk)
    assert not Assignment.objects.exists()
