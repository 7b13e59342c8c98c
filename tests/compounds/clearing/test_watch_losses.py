"""A lost service: who reports it, who decides it, and what follows."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.assignment import services as assignments
from compounds.assignment.models import Assignment
from compounds.classification.errors import NotOpen, SamePerson
from compounds.clearing.checks import CHECKS as CLEARING_CHECKS
from compounds.clearing.models import Case, Loss, WatchScore, WatchTask
from compounds.clearing.services import watch_losses, watch_runs
from compounds.clearing.watch_checks import CHECKS
from compounds.registry.models import Compound
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.notices.models import Notice
from tests.compounds.clearing import watching as w
from tests.compounds.clearing.cases import assign, bring, hand_over, make_campaign, make_case
from tests.factories import DAY, make_provider

pytestmark = pytest.mark.django_db
LOST = dt.date(2026, 5, 20)


@pytest.fixture
def people(district):
    return w.make_people(district)


@pytest.fixture
def case(district, people):
    return w.make_cleared(district.community, people)


def report(people, case, by=None, **changes):
    sent = {"lost_on": LOST, "reason": "物业撤场，无人清扫", **changes}
    return watch_losses.report_loss(by=by or people.worker, case=case, **sent)


def confirm(people, loss, by=None, **changes):
    sent = {"version": loss.version, "on": DAY, **changes}
    return watch_losses.confirm_loss(by=by or people.chief, loss=loss, **sent)


def test_a_confirmed_loss_re_enters_the_campaign_and_keeps_its_first_day(people, case):
    first = case.first_cleared_on
    loss = confirm(people, report(people, case), document="样例〔2026〕12号")
    case.refresh_from_db()
    compound = Compound.objects.get(pk=case.compound_id)
    assert (loss.state, loss.decided_by) == ("CONFIRMED", people.chief)
    assert (case.state, case.rebound_count) == ("CLASSIFIED", 1)
    assert (case.first_cleared_on, case.cleared_on, case.band) == (first, None, "")
    assert (compound.stage, compound.first_cleared_on) == ("CLASSIFIED", first)
    case.assignment.refresh_from_db()
    assert (case.assignment.state, case.assignment.end_reason) == ("ENDED", "LOST")
    assert Case.objects.rebounded().get() == case
    assert not Case.objects.net_cleared().exists()


def test_it_leaves_the_watch_and_its_task_is_closed(district, people, case):
    w.make_watch_policy(district, people)
    watch_runs.run_watch(by=people.officer, as_of=DAY)
    assert WatchTask.objects.open().count() == 1
    confirm(people, report(people, case))
    assert not WatchScore.objects.filter(is_current=True).exists()
    task = WatchTask.objects.get()
    assert task.done_by == people.chief
    assert watch_runs.run_watch(by=people.officer, as_of=DAY).total == 0


def test_whoever_reports_never_decides(people, case):
    loss = report(people, case, by=people.officer)
    with pytest.raises(NotAllowed):
        confirm(people, loss, by=people.officer)
    Loss.objects.filter(pk=loss.pk).update(reported_by=people.approver)
    for act in (
        lambda: confirm(people, loss, by=people.approver),
        lambda: watch_losses.reject_loss(
            by=people.approver, loss=loss, version=loss.version, reason="样例"
        ),
    ):
        with pytest.raises(SamePerson):
            act()
    with pytest.raises(IntegrityError), transaction.atomic():
        Loss.objects.filter(pk=loss.pk).update(
            state="CONFIRMED", decided_by=people.approver, decided_on=DAY
        )


def test_a_rejected_report_says_why_and_changes_nothing(people, case):
    loss = report(people, case)
    with pytest.raises(DomainError):
        watch_losses.reject_loss(by=people.chief, loss=loss, version=loss.version, reason=" ")
    watch_losses.reject_loss(
        by=people.chief, loss=loss, version=loss.version, reason="现场有人值守"
    )
    case.refresh_from_db()
    assert (case.state, case.rebound_count) == ("CLEARED", 0)
    # The next loss of the same compound can be reported again.
    assert report(people, case).state == "REPORTED"


def test_a_report_is_decided_once(people, case):
    loss = report(people, case)
    confirm(people, loss)
    with pytest.raises(NotOpen):
        confirm(people, loss, version=2)
    with pytest.raises(DomainError):
        report(people, case)  # not cleared any more


def test_of_two_versions_the_older_is_refused(people, case):
    loss = report(people, case)
    with pytest.raises(StaleRecord):
        confirm(people, loss, version=loss.version + 1)


def test_one_report_waits_at_a_time(people, case):
    report(people, case)
    with pytest.raises(DomainError):
        report(people, case, by=people.clerk)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lost_on": dt.date(2025, 11, 30)}, "lost_on"),  # before it was cleared
        ({"lost_on": dt.date(2100, 1, 1)}, "lost_on"),
        ({"reason": "  "}, "reason"),
    ],
)
def test_a_report_that_cannot_be_is_refused(people, case, changes, field):
    with pytest.raises(DomainError) as refused:
        report(people, case, **changes)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (dt.date(2026, 5, 21), dt.date(2026, 11, 21), None),  # six months, to the day
        (dt.date(2026, 5, 21), dt.date(2026, 11, 22), "emergency_until"),
        (dt.date(2026, 8, 31), dt.date(2027, 2, 28), None),  # no 31 February
        (dt.date(2026, 8, 31), dt.date(2027, 3, 1), "emergency_until"),
        (dt.date(2026, 5, 19), dt.date(2026, 6, 1), "emergency_from"),
        (dt.date(2026, 6, 2), dt.date(2026, 6, 1), "emergency_until"),
        (dt.date(2026, 6, 2), None, "emergency_until"),
    ],
)
def test_emergency_service_lasts_six_months_at_most(district, people, case, first, last, field):
    provider = make_provider(district.area, kind="FALLBACK_TEAM")
    loss = report(people, case)
    terms = {
        "emergency_provider": provider,
        "emergency_from": first,
        "emergency_until": last,
    }
    if field is None:
        assert confirm(people, loss, **terms).emergency_until == last
        return
    with pytest.raises(DomainError) as refused:
        confirm(people, loss, **terms)
    assert refused.value.field == field
    case.refresh_from_db()
    assert case.state == "CLEARED"


def test_a_blacklisted_firm_gives_no_emergency_service(district, people, case):
    barred = make_provider(district.area, blacklisted_until=dt.date(2027, 1, 1))
    with pytest.raises(DomainError) as refused:
        confirm(
            people,
            report(people, case),
            emergency_provider=barred,
            emergency_from=DAY,
            emergency_until=dt.date(2026, 7, 1),
        )
    assert refused.value.field == "emergency_provider"


def test_rights_hold_where_the_compound_lies(people, case):
    with pytest.raises(NotAllowed):
        report(people, case, by=people.other_clerk)
    with pytest.raises(NotAllowed):
        report(people, case, by=people.leader)
    with pytest.raises(NotAllowed):
        confirm(people, report(people, case), by=people.clerk)


def test_those_who_decide_are_told_and_then_the_reporter(people, case):
    loss = report(people, case)
    waiting = Notice.objects.filter(kind="loss.waiting")
    assert set(waiting.values_list("user", flat=True)) == {people.chief.pk, people.approver.pk}
    confirm(people, loss)
    assert not waiting.filter(read_at=None).exists()
    assert Notice.objects.get(kind="loss.confirmed").user == people.worker


# -- pages -----------------------------------------------------------------------------------------
def test_a_loss_walks_through_the_browser(client, people, case):
    client.force_login(people.worker)
    url = reverse("clearing:loss_report", args=[case.pk])
    assert client.get(url).status_code == 200
    answer = client.post(url, {"lost_on": "2026-05-20", "reason": "无人清扫"})
    loss = Loss.objects.get()
    assert answer.url == reverse("clearing:loss_detail", args=[loss.pk])
    assert client.post(reverse("clearing:loss_confirm", args=[loss.pk])).status_code == 403
    client.force_login(people.chief)
    page = client.get(answer.url)
    assert page.context["confirm"] is not None
    bad = client.post(
        reverse("clearing:loss_confirm", args=[loss.pk]),
        {"version": 1, "on": "2026-05-25", "emergency_from": "2026-05-25"},
    )
    assert "emergency_provider" in bad.context["confirm"].errors
    client.post(
        reverse("clearing:loss_confirm", args=[loss.pk]), {"version": 1, "on": "2026-05-25"}
    )
    loss.refresh_from_db()
    assert loss.state == "CONFIRMED"
    assert client.get(reverse("clearing:loss_list")).status_code == 200
    assert client.get(answer.url).status_code == 200
    assert client.get(reverse("clearing:watch_detail", args=[case.pk])).status_code == 200


def test_a_report_is_rejected_with_a_reason_in_the_browser(client, people, case):
    loss = report(people, case)
    client.force_login(people.chief)
    url = reverse("clearing:loss_reject", args=[loss.pk])
    assert client.post(url, {"version": 1, "reason": ""}).context["reject"].errors
    client.post(url, {"version": 1, "reason": "现场有人值守"})
    loss.refresh_from_db()
    assert (loss.state, loss.decision_reason) == ("REJECTED", "现场有人值守")


def test_another_street_does_not_see_it(client, people, case):
    loss = report(people, case)
    client.force_login(people.other_clerk)
    assert client.get(reverse("clearing:loss_detail", args=[loss.pk])).status_code == 404
    assert client.get(reverse("clearing:loss_report", args=[case.pk])).status_code == 404


def test_the_compound_is_held_before_its_case_as_by_every_step(people, case):
    """Otherwise a step and a loss of one compound at once would wait for each other."""
    held = 'FROM "registry_compound"', 'FROM "clearing_case"'
    with CaptureQueriesContext(connection) as asked:
        loss = report(people, case)
    with CaptureQueriesContext(connection) as more:
        confirm(people, loss)
    for queries in (asked, more):
        firsts = [
            next(n for n, query in enumerate(queries.captured_queries) if part in query["sql"])
            for part in held
        ]
        assert firsts == sorted(firsts)


def test_a_service_is_lost_before_it_was_ever_cleared_and_counts_no_rebound(district, people):
    here = make_campaign(district)
    case = bring(here, make_case(here), "SERVING")
    active = case.compound.assignments.get()
    with pytest.raises(DomainError):  # it is not just ended behind the campaign's back
        assignments.end_assignment(
            by=here.clerk,
            assignment=active,
            version=active.version,
            ended_on=DAY,
            end_reason="EXPIRED",
        )
    with pytest.raises(DomainError):
        report(people, case, lost_on=case.served_from - dt.timedelta(days=1))
    confirm(people, report(people, case))
    case.refresh_from_db()
    active.refresh_from_db()
    assert (case.state, case.rebound_count, case.first_cleared_on) == ("CLASSIFIED", 0, None)
    assert (active.state, active.end_reason) == ("ENDED", "LOST")
    # Cleared for the first time later on, it still was no rebound.
    Case.objects.filter(pk=case.pk).update(first_cleared_on=DAY)
    assert not list(CHECKS["watch losses"]())


def test_a_successor_becomes_the_provider_of_the_case(district, people):
    here = make_campaign(district)
    case = bring(here, make_case(here), "SERVING")
    old = case.compound.assignments.get()
    other = make_provider(district.area)
    row = assign(here, case, DAY, provider=other)
    Assignment.objects.filter(pk=row.pk).update(replaces=old)
    hand_over(row, DAY)
    row.refresh_from_db()
    assignments.replace_assignment(
        by=here.clerk, assignment=row, version=row.version, starts_on=DAY
    )
    after = Case.objects.get(pk=case.pk)
    assert (after.provider, after.version) == (other, case.version + 1)
    assert Case.history.filter(id=case.pk).latest("history_id").provider_id == other.pk
    assert not list(CLEARING_CHECKS["history"]())
