"""Running the watch: what it reads, what it writes, and what it leaves alone."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from compounds.clearing import watch_checks
from compounds.clearing.models import Case, WatchRun, WatchScore, WatchTask
from compounds.clearing.services import watch_runs
from compounds.clearing.services.watch_policies import NoWatchPolicy
from compounds.clearing.services.watch_tasks import close_task
from compounds.clearing.watch_worklist import work_of
from compounds.providers.models import Card
from governance.audit.models import AuditEntry
from governance.foundation.errors import NotAllowed
from governance.notices import kinds
from governance.notices.models import Notice
from governance.organisation.services.days import add_days
from tests.compounds.clearing import watching as w
from tests.factories import DAY, make_provider, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(district):
    return w.make_people(district)


@pytest.fixture
def policy(district, people):
    return w.make_watch_policy(district, people)


@pytest.fixture
def case(district, people):
    return w.make_sound(w.make_cleared(district.community, people), people)


def run(people, as_of=DAY, **kwargs):
    return watch_runs.run_watch(by=people.officer, as_of=as_of, **kwargs)


def score_of(case) -> WatchScore:
    return WatchScore.objects.get(case=case, is_current=True)


def readings(case):
    return score_of(case).record["readings"]


def hits(case):
    record = score_of(case).record
    keys = [weight[0] for weight in record["policy"][2]]
    return {key for key, sign in zip(keys, record["signs"], strict=True) if sign == "+"}


def test_a_sound_compound_is_green_with_every_value_and_its_source(people, policy, case):
    found = run(people)
    score = score_of(case)
    assert (score.score, score.band, found.changed, found.moved) == (0, "GREEN", 1, 1)
    case.refresh_from_db()
    assert case.band == "GREEN"
    values = readings(case)
    assert values["collection_low"][0] == 9000
    assert values["collection_low"][2] == "2025Q4 90.00% · 2026Q1 90.00%"
    assert values["satisfaction_low"] == [8800, "2026-04-30", "2026年上半年双评"]
    assert values["contract_ending"][0] == "2028-08-31"
    assert values["reports_missing"] == [0, "2026-04-01", ""]
    assert values["subsidy_ended"][-1] is False
    assert values["staff_absent"][:2] == [False, "2026-05-06"]
    # Terms of committees are not kept yet, the committee is unknown and gives nothing.
    assert score.record["signs"].count("?") == 1


def test_nothing_known_is_unknown_and_no_fee_means_no_report_is_missed(district, people, policy):
    case = w.make_cleared(district.community, people)
    run(people)
    record = score_of(case).record
    results = dict(zip((weight[0] for weight in record["policy"][2]), record["signs"], strict=True))
    assert results["satisfaction_low"] == results["staff_absent"] == "?"
    assert results["reports_missing"] == results["collection_low"] == "."
    assert hits(case) == {"contract_missing", "contract_ending"}
    assert score_of(case).band == "RED"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda c, p: w.inspect(c, p, dt.date(2026, 5, 20), staff_absent=True), "staff_absent"),
        (lambda c, p: w.inspect(c, p, dt.date(2026, 5, 20), passed=False), "inspection_failed"),
        (lambda c, p: w.inspect(c, p, dt.date(2024, 1, 5), passed=False), "inspection_failed"),
        (
            lambda c, p: w.inspect(c, p, dt.date(2026, 5, 20), statement_posted=False),
            "statement_missing",
        ),
        (
            lambda c, p: Card.objects.create(
                provider=c.provider, colour="RED", reason="样例", given_on=dt.date(2026, 5, 2)
            ),
            "provider_sanctioned",
        ),
    ],
)
def test_what_is_found_on_site_or_held_against_the_firm_counts(
    district, people, policy, case, change, key
):
    change(case, people)
    run(people)
    assert hits(case) == {key}


def test_what_was_mended_counts_no_more(people, policy, case):
    w.inspect(
        case,
        people,
        dt.date(2026, 5, 20),
        passed=False,
        staff_absent=True,
        mended_on=dt.date(2026, 5, 24),
    )
    run(people)
    assert hits(case) == set()


def test_a_red_card_for_another_compound_is_not_held_against_this_one(
    district, people, policy, case
):
    other = w.make_cleared(district.community, people, case.provider)
    Card.objects.create(
        provider=case.provider,
        compound=other.compound,
        colour="RED",
        reason="样例",
        given_on=dt.date(2026, 5, 2),
    )
    run(people)
    assert "provider_sanctioned" not in hits(case)
    assert "provider_sanctioned" in hits(other)


def test_collection_must_be_low_in_both_quarters(district, people, policy):
    one, both = (w.make_cleared(district.community, people) for _number in range(2))
    for case, first in ((one, 70), (both, 59)):
        w.charge(case, people)
        w.contract(case, people, dt.date(2028, 8, 31))
        w.collect(case, dt.date(2025, 10, 1), 3, paid=first)
        w.collect(case, dt.date(2026, 1, 1), 4, paid=59)
    run(people)
    assert hits(one) == set()
    assert hits(both) == {"collection_low"}


def test_reports_are_missed_only_for_months_in_which_fees_were_charged(district, people, policy):
    case = w.make_cleared(district.community, people)
    w.contract(case, people, dt.date(2028, 8, 31))
    w.charge(case, people, since=dt.date(2026, 3, 10))
    run(people)
    assert readings(case)["reports_missing"] == [2, None, "2026-03 2026-04"]
    assert hits(case) == {"reports_missing"}


def test_complaints_are_measured_against_the_mean_of_the_district(district, people, policy):
    cases = [w.make_sound(w.make_cleared(district.community, people), people) for _n in range(4)]
    w.complain(cases[0], 10, dt.date(2026, 3, 1))
    run(people)
    # 11 / 80 against 14 / 320: more than three times the mean.
    assert readings(cases[0])["complaints_high"][0] == 31429
    assert hits(cases[0]) == {"complaints_high"}
    assert hits(cases[1]) == set()


@pytest.mark.parametrize(
    ("ends_on", "renewal", "expected"),
    [
        (dt.date(2026, 8, 23), "OPEN", {"contract_ending"}),
        (dt.date(2026, 8, 24), "OPEN", set()),
        (dt.date(2026, 8, 23), "RENEW", set()),
        (dt.date(2026, 5, 24), "OPEN", {"contract_ending", "contract_missing"}),
        (None, "OPEN", set()),
    ],
)
def test_the_clock_of_the_contract(district, people, policy, ends_on, renewal, expected):
    case = w.make_cleared(district.community, people)
    w.contract(case, people, ends_on, renewal=renewal)
    run(people)
    assert hits(case) == expected


def test_a_contract_that_is_followed_by_another_is_decided(district, people, policy):
    case = w.make_cleared(district.community, people)
    w.contract(case, people, dt.date(2026, 6, 30))
    w.contract(case, people, None, starts_on=dt.date(2026, 7, 1), state="SIGNED")
    run(people)
    assert hits(case) == set()


def test_a_subsidy_counts_for_three_months_after_its_end(district, people, policy):
    case = w.make_cleared(district.community, people, strategy="SUBSIDY_TRANSITION")
    w.contract(case, people, dt.date(2028, 8, 31))
    # Served from 2025-09-01, paid for six months: until 2026-03-01.
    for day, expected in (
        (dt.date(2026, 2, 28), set()),
        (dt.date(2026, 3, 1), {"subsidy_ended"}),
        (dt.date(2026, 6, 1), {"subsidy_ended"}),
        (dt.date(2026, 6, 2), set()),
    ):
        run(people, as_of=day)
        assert hits(case) == expected, day


def test_the_rating_of_the_firm_counts_where_there_is_one(district, people, policy):
    rated, unrated = (
        w.make_cleared(district.community, people, make_provider(district.area, rating=rating))
        for rating in ("C", "")
    )
    run(people)
    assert "rating_low" in hits(rated)
    assert "rating_low" not in hits(unrated)


# -- writing ---------------------------------------------------------------------------------------
def test_a_second_run_writes_nothing(people, policy, case):
    run(people)
    before = WatchScore.objects.count(), AuditEntry.objects.count()
    again = run(people, as_of=DAY + dt.timedelta(days=1))
    assert (again.changed, again.moved, again.opened) == (0, 0, 0)
    assert WatchScore.objects.count() == before[0]
    assert AuditEntry.objects.count() == before[1] + 1  # the run itself


def test_history_is_kept_and_one_score_is_current(people, policy, case):
    run(people)
    w.inspect(case, people, dt.date(2026, 5, 26), staff_absent=True)
    run(people, as_of=dt.date(2026, 5, 27))
    scores = list(WatchScore.objects.filter(case=case).order_by("pk"))
    assert [(s.band, s.is_current) for s in scores] == [("GREEN", False), ("YELLOW", True)]
    entry = AuditEntry.objects.filter(verb="watch").order_by("pk").last()
    assert entry.changes == {"band": ["GREEN", "YELLOW"], "score": [0, 25]}
    assert case.history.order_by("-history_id").first().band == "YELLOW"


def test_a_stored_score_cannot_be_changed(people, policy, case):
    run(people)
    for change in ({"score": 99}, {"record": {}}, {"band": "RED"}):
        with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
            WatchScore.objects.filter(case=case).update(**change)


def test_yellow_asks_for_a_visit_and_red_makes_it_an_order(people, policy, case):
    w.inspect(case, people, dt.date(2026, 5, 20), staff_absent=True)
    first = run(people)
    task = WatchTask.objects.get()
    # Ten working days after Monday 25 May 2026.
    assert (task.kind, task.due_on, first.opened) == ("VISIT", dt.date(2026, 6, 8), 1)
    assert task.score == score_of(case)
    w.inspect(case, people, dt.date(2026, 5, 26), passed=False, staff_absent=True)
    Card.objects.create(
        provider=case.provider, colour="RED", reason="样例", given_on=dt.date(2026, 5, 26)
    )
    second = run(people, as_of=dt.date(2026, 5, 27))
    task.refresh_from_db()
    assert score_of(case).band == "RED"
    assert (task.kind, task.escalated_on) == ("ORDER", dt.date(2026, 5, 27))
    assert task.due_on == dt.date(2026, 6, 26)
    assert (second.opened, WatchTask.objects.count(), task.version) == (1, 1, 2)
    assert AuditEntry.objects.filter(verb="escalate").get().changes["kind"] == ["VISIT", "ORDER"]


def test_an_open_visit_is_due_later_where_days_of_rest_are_entered(district, people, policy, case):
    w.inspect(case, people, dt.date(2026, 5, 20), staff_absent=True)
    run(people)
    task = WatchTask.objects.get()
    assert task.due_on == dt.date(2026, 6, 8)
    officer = make_user(role="district_officer", area=district.area)
    rest = {"is_working": False, "name": "样例假日", "document": "样例通知1号"}
    add_days(by=officer, first=dt.date(2026, 6, 2), last=dt.date(2026, 6, 3), **rest)
    task.refresh_from_db()
    assert (task.due_on, task.version) == (dt.date(2026, 6, 10), 2)
    entry = AuditEntry.objects.get(verb="reckon")
    assert entry.changes == {"due_on": ["2026-06-08", "2026-06-10"]}
    # Days after it, or when it was done already, move nothing.
    add_days(by=officer, first=dt.date(2026, 6, 12), last=dt.date(2026, 6, 12), **rest)
    WatchTask.objects.update(done_on=dt.date(2026, 6, 1), result="样例", done_by=people.clerk)
    add_days(by=officer, first=dt.date(2026, 6, 4), last=dt.date(2026, 6, 4), **rest)
    task.refresh_from_db()
    assert (task.due_on, task.version) == (dt.date(2026, 6, 10), 2)


def test_a_task_stays_open_when_green_again_until_a_person_writes_its_result(people, policy, case):
    absent = w.inspect(case, people, dt.date(2026, 5, 20), staff_absent=True)
    run(people)
    absent.mended_on = dt.date(2026, 5, 27)
    absent.save()
    run(people, as_of=dt.date(2026, 5, 28))
    assert score_of(case).band == "GREEN"
    task = WatchTask.objects.open().get()
    close_task(
        by=people.clerk,
        task=task,
        version=task.version,
        done_on=dt.date(2026, 5, 28),
        result="人员已到岗",
    )
    assert not WatchTask.objects.open().exists()


def test_one_notice_a_run_to_those_whose_compounds_have_tasks(district, people, policy):
    for community in (district.community, district.community, district.other_community):
        w.make_cleared(community, people)
    run(people)
    told = dict(Notice.objects.filter(kind="watch.tasks").values_list("user", "count"))
    assert told == {people.clerk.pk: 2, people.worker.pk: 2, people.other_clerk.pk: 1}
    for person in (people.clerk, people.worker, people.other_clerk):
        assert kinds.left("watch.tasks", person) == told[person.pk]
    run(people)
    assert Notice.objects.filter(kind="watch.tasks").count() == 3


def test_the_watch_ends_after_its_months(people, policy, case):
    run(people)
    case.refresh_from_db()
    assert case.watched_until == dt.date(2027, 12, 1)
    last = run(people, as_of=dt.date(2027, 12, 1))
    assert (last.total, last.ended) == (1, 0)
    over = run(people, as_of=dt.date(2027, 12, 2))
    case.refresh_from_db()
    assert (over.total, over.ended, case.band) == (0, 1, "")
    assert not WatchScore.objects.filter(is_current=True).exists()
    assert run(people, as_of=dt.date(2027, 12, 3)).ended == 0


def test_only_the_own_posts_are_run(district, people, policy, case):
    other = w.make_cleared(district.other_community, people)
    found = watch_runs.run_watch(by=people.clerk, as_of=DAY)
    assert (found.total, found.area) == (1, district.street)
    assert not WatchScore.objects.filter(case=other).exists()
    with pytest.raises(NotAllowed):
        watch_runs.run_watch(by=people.clerk, area=district.other_street, as_of=DAY)
    with pytest.raises(NotAllowed):
        watch_runs.run_watch(by=people.worker, as_of=DAY)


def test_without_a_policy_nothing_is_run(people, case):
    with pytest.raises(NoWatchPolicy):
        run(people)


def test_at_night_nobody_runs_it(district, people, policy, case):
    call_command("run_watch", as_of=DAY.isoformat())
    found = WatchRun.objects.get()
    assert (found.by, found.state, found.done) == (None, "DONE", 1)
    assert AuditEntry.objects.filter(verb="watch").get().actor_name == "system"


def test_a_cancelled_run_keeps_what_it_finished(people, policy, district, monkeypatch):
    cases = [w.make_cleared(district.community, people) for _n in range(3)]
    monkeypatch.setattr(watch_runs, "CHUNK", 2)

    def stop(done, total):
        if done == 2:
            WatchRun.objects.update(cancel_requested=True)

    found = run(people, progress=stop)
    assert (found.state, found.done, found.total) == ("CANCELLED", 2, 3)
    assert WatchScore.objects.count() == 2
    run(people)
    assert WatchScore.objects.count() == len(cases)


def test_reading_costs_the_same_few_statements_for_any_number(district, people, policy, case):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            run(people)
        return len(captured)

    statements()
    one = statements()
    for _number in range(5):
        w.make_sound(w.make_cleared(district.community, people), people)
    statements()
    assert statements() == one
    assert one <= 48


def test_everything_written_proves_itself(people, policy, district):
    for number in range(4):
        case = w.make_cleared(district.community, people)
        if number % 2:
            w.make_sound(case, people)
    run(people)
    for name, check in watch_checks.CHECKS.items():
        assert list(check()) == [], name


def test_what_was_tampered_with_is_found(people, policy, case):
    run(people)
    Case.objects.filter(pk=case.pk).update(band="RED")
    assert list(watch_checks.bands_agree())


def test_open_work_is_listed_for_those_who_do_it(district, people, policy):
    w.make_cleared(district.community, people)
    run(people)
    (line,) = work_of(people.clerk)
    assert line[1:3] == (1, True)  # its last day lies behind us
    assert list(work_of(people.leader)) == []
    assert list(work_of(people.other_clerk)) == []
