"""Pages of ends and claims: who reads, who acts, how many queries, what is exported and printed."""

import datetime as dt
import io
import zipfile
from decimal import Decimal

import pytest
from django.urls import reverse

from subsidies.recovery.models import Clawback, ExitReview, Instalment
from tests.subsidies.recovery.ending import (
    MONTHLY,
    MONTHS,
    TODAY,
    accrue,
    another,
    appealed,
    notified,
    on_day,
    paid,
    pay,
    proposed,
)

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def _today():
    with on_day(TODAY):
        yield


def page(name, *args):
    return reverse(f"recovery:{name}", args=args)


def send(client, url, **sent):
    answer = client.post(url, sent)
    assert answer.status_code == 302, answer.content.decode()
    return answer


def text_of(answer) -> str:
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


# -- the lists -------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["transition_list", "exit_list", "clawback_list"])
def test_a_list_costs_the_same_however_long_it_is(
    world, client, name, django_assert_max_num_queries
):
    client.force_login(world.people.officer)
    notified(world, paid(world))
    client.get(page(name))
    with django_assert_max_num_queries(60) as few:
        assert client.get(page(name)).status_code == 200
    for _number in range(4):
        row = another(world)
        accrue(world, row, MONTHS[:2])
        pay(world, row, MONTHS[:2])
        proposed(world, row)
    with django_assert_max_num_queries(len(few)):
        assert client.get(page(name)).status_code == 200


@pytest.mark.parametrize("due", ["NEAR", "OVER", "SERVICE", "SELF", "UNREVIEWED", "样例"])
def test_the_agenda_filters_the_list(world, client, due):
    paid(world)
    client.force_login(world.people.officer)
    answer = client.get(page("transition_list"), {"due": due})
    assert answer.status_code == 200
    is_listed = "样例一院" in answer.content.decode()
    assert is_listed == (due in ("OVER", "UNREVIEWED", "样例"))


@pytest.mark.parametrize("state", ["PROPOSED", "PREPARED", "APPROVED", "REFUSED", "PENDING"])
def test_reviews_are_filtered_by_their_state(world, client, state):
    client.force_login(world.people.officer)
    assert client.get(page("exit_list"), {"state": state}).status_code == 200


@pytest.mark.parametrize("name", ["transition_export", "exit_export", "clawback_export"])
def test_a_list_leaves_as_a_workbook(world, client, name):
    proposed(world, paid(world))
    client.force_login(world.people.officer)
    answer = client.get(page(name))
    assert answer.status_code == 200
    assert ("样例一院" in text_of(answer)) == (name != "exit_export")


def test_another_street_sees_nothing_of_it(world, client):
    row = paid(world)
    claim = notified(world, row)
    client.force_login(world.people.far_clerk)
    assert "样例一院" not in client.get(page("transition_list")).content.decode()
    for url in (
        page("transition_detail", row.pk),
        page("clawback_detail", claim.pk),
        page("clawback_letter", claim.pk),
        page("plan_sheet", claim.pk),
    ):
        assert client.get(url).status_code == 404


# -- the way through the pages ---------------------------------------------------------------------
def test_an_exit_goes_its_way_through_the_pages(world, client):
    row = paid(world)
    client.force_login(world.people.officer)
    assert client.get(page("transition_detail", row.pk)).status_code == 200
    url = page("exit_add", row.pk)
    assert client.get(url).status_code == 200
    sent = {
        "version": row.version,
        "exit_reason": "TERM",
        "exit_on": row.ends_on.isoformat(),
        "outcome": "CONTINUES",
        "findings": "收费稳定，合同存续",
        "document": "退1号",
        "collection": "82",
    }
    reckoned = client.post(url, {**sent, "reckon": "1"})
    assert reckoned.status_code == 200
    assert not ExitReview.objects.exists()
    refused = client.post(url, {**sent, "exit_on": "2026-09-29"})
    assert refused.status_code == 200
    send(client, url, **sent)
    review = ExitReview.objects.get()
    assert client.get(url).status_code == 302  # one waits already
    for name in ("exit_detail", "exit_edit", "exit_sheet"):
        assert client.get(page(name, review.pk)).status_code == 200
    send(client, page("exit_edit", review.pk), **{**sent, "version": 1, "findings": "收费稳定"})
    assert client.get(page("exit_approve", review.pk)).status_code == 403
    client.force_login(world.people.approver)
    assert client.get(page("exit_detail", review.pk)).status_code == 200
    assert client.get(page("exit_refuse", review.pk)).status_code == 200
    assert client.get(page("exit_approve", review.pk)).status_code == 200
    act = {"version": 2, "document": "退1号", "on": TODAY.isoformat()}
    send(client, page("exit_approve", review.pk), **act)
    row.refresh_from_db()
    assert row.state == "EXITED"
    assert client.get(page("exit_detail", review.pk)).status_code == 200
    assert client.get(page("transition_list"), {"state": "EXITED"}).status_code == 200


def test_a_clawback_goes_its_way_through_the_pages(world, client):
    row = paid(world)
    client.force_login(world.people.officer)
    url = page("clawback_add", row.pk)
    assert client.get(url).status_code == 200
    sent = {"trigger": "FALSE_DATA", "happened_on": "2026-09-30", "facts": "面积虚报"}
    assert "16,500.00" in client.post(url, {**sent, "reckon": "1"}).content.decode()
    assert not Clawback.objects.exists()
    send(client, url, **sent)
    claim = Clawback.objects.get()
    detail = page("clawback_detail", claim.pk)
    assert client.get(detail).status_code == 200
    assert client.get(page("clawback_letter", claim.pk)).status_code == 404
    client.force_login(world.people.approver)
    assert client.get(page("clawback_notify", claim.pk)).status_code == 200
    act = {"version": 1, "document": "追1号", "fine": "1650", "on": "2026-11-02"}
    send(client, page("clawback_notify", claim.pk), **act)
    letter = client.get(page("clawback_letter", claim.pk)).content.decode()
    assert "16,500.00" in letter
    assert "追1号" in letter
    client.force_login(world.people.officer)
    assert client.get(page("clawback_appeal", claim.pk)).status_code == 200
    act = {"version": 2, "appealed_on": "2026-11-09", "grounds": "以产权证为准"}
    send(client, page("clawback_appeal", claim.pk), **act)
    client.force_login(world.people.second_approver)
    act = {
        "version": 3, "amount": "10000.00", "fine": "1650", "decision": "部分成立",
        "on": "2026-11-16",
    }  # fmt: skip
    assert client.get(page("appeal_decide", claim.pk)).status_code == 200
    send(client, page("appeal_decide", claim.pk), **act)
    client.force_login(world.people.officer)
    plan = page("plan_edit", claim.pk)
    assert "3,333" not in client.get(plan).content.decode()
    assert "3333.33" in client.get(plan, {"parts": "3"}).content.decode()
    claim.refresh_from_db()
    act = {"version": claim.version, "due_on_0": "2026-12-01", "amount_0": "4000"}
    assert client.post(plan, act).status_code == 200  # not the whole
    assert client.post(plan, {**act, "due_on_1": "2027-01-04"}).status_code == 200
    send(client, plan, **act, due_on_1="2027-01-04", amount_1="6000")
    client.force_login(world.people.finance)
    first = Instalment.objects.get(due_on=dt.date(2026, 12, 1))
    url = page("instalment_receive", first.pk)
    assert client.get(url).status_code == 200
    send(client, url, version=1, received_on="2026-11-20", amount="4000", voucher="凭9")
    answer = client.get(detail).content.decode()
    assert "凭9" in answer
    assert "6,000.00" in answer
    assert client.get(page("plan_sheet", claim.pk)).status_code == 200
    assert client.get(page("clawback_list"), {"state": "OVERDUE"}).status_code == 200


def test_a_proposal_is_cancelled_on_its_page(world, client):
    claim = proposed(world, paid(world))
    client.force_login(world.people.officer)
    assert client.get(page("clawback_cancel", claim.pk)).status_code == 200
    send(client, page("clawback_cancel", claim.pk), version=1, reason="证据不足")
    claim.refresh_from_db()
    assert claim.state == "CANCELLED"
    assert client.get(page("clawback_detail", claim.pk)).status_code == 200


def test_a_stale_form_changes_nothing(world, client):
    claim = appealed(world, paid(world))
    client.force_login(world.people.second_approver)
    sent = {"version": 1, "amount": "0", "decision": "样例", "on": TODAY.isoformat()}
    assert client.post(page("appeal_decide", claim.pk), sent).status_code == 302
    claim.refresh_from_db()
    assert (claim.state, claim.amount) == ("APPEALED", MONTHLY * 6)


def test_an_overdue_instalment_is_marked(world, client):
    claim = notified(world, paid(world), on=dt.date(2026, 9, 30))
    assert claim.due_on < TODAY
    client.force_login(world.people.finance)
    for url in (page("clawback_list"), page("clawback_detail", claim.pk)):
        assert 'class="chip bad"' in client.get(url).content.decode()
    assert "样例一院" in client.get(page("clawback_list"), {"state": "OVERDUE"}).content.decode()


def test_what_the_night_run_proposed_is_completed_on_its_page(world, client):
    row = paid(world)
    review = ExitReview(
        entitlement=row, exit_reason="TERM", exit_on=row.ends_on, outcome="CONTINUES", findings="夜"
    )
    review.save()
    client.force_login(world.people.officer)
    for name, pk in (("exit_detail", review.pk), ("exit_edit", review.pk), ("exit_add", row.pk)):
        assert client.get(page(name, pk)).status_code == 200
    client.force_login(world.people.approver)
    assert (
        page("exit_approve", review.pk)
        not in client.get(page("exit_detail", review.pk)).content.decode()
    )
