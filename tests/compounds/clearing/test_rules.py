"""The way of a case: every step that may be taken, and every one that may not."""

import datetime as dt
import itertools
from dataclasses import replace

import pytest

from compounds.clearing import rules
from compounds.clearing.rules import states
from governance.organisation.calendar import WorkCalendar

DAY = dt.date(2026, 5, 25)

# The whole of §5.1: everything that is not here is refused.
ADVANCES = {
    ("REGISTERED", "SURVEYED"),
    ("SURVEYED", "CLASSIFIED"),
    ("CLASSIFIED", "MATCHING"),
    ("MATCHING", "CONSULTING"),
    ("CONSULTING", "CONTRACTED"),
    ("CONTRACTED", "SERVING"),
    ("SERVING", "ACCEPTED"),
    ("ACCEPTED", "CLEARED"),
    ("REBOUND", "CLASSIFIED"),
}
RETURNS = {
    ("SURVEYED", "REGISTERED"),
    ("CLASSIFIED", "SURVEYED"),
    ("CLASSIFIED", "CLASSIFIED"),
    ("MATCHING", "CLASSIFIED"),
    ("CONSULTING", "MATCHING"),
    ("CONTRACTED", "CONSULTING"),
    ("ACCEPTED", "SERVING"),
}
BEFORE_SERVICE = ("REGISTERED", "SURVEYED", "CLASSIFIED", "MATCHING", "CONSULTING", "CONTRACTED")
ALLOWED = {
    "OPEN": {("", "REGISTERED"), ("EXCLUDED", "REGISTERED")},
    "ADVANCE": ADVANCES,
    "CONFIRM": {("CLASSIFIED", "CLASSIFIED")},
    "RETURN": RETURNS,
    "SUSPEND": {(state, "SUSPENDED") for state in BEFORE_SERVICE},
    "RESUME": {("SUSPENDED", state) for state in BEFORE_SERVICE},
    "LOSS": {("SERVING", "REBOUND"), ("ACCEPTED", "REBOUND"), ("CLEARED", "REBOUND")},
    "LEAVE": {
        (state, left)
        for state in rules.STATES
        if state not in ("MERGED", "EXCLUDED")
        for left in ("MERGED", "EXCLUDED")
    },
}


@pytest.mark.parametrize("kind", states.KINDS)
def test_only_these_steps_follow_each_other(kind):
    every = itertools.product(["", *rules.STATES], rules.STATES)
    assert {pair for pair in every if rules.may_follow(kind, *pair)} == ALLOWED[kind]


@pytest.mark.parametrize("before", ["", *rules.STATES])
@pytest.mark.parametrize("kind", states.KINDS)
def test_a_step_leads_only_where_it_may(kind, before):
    for is_confirmed in (False, True):
        for resumes_to in ("", *BEFORE_SERVICE):
            found = rules.step(kind, before, is_confirmed=is_confirmed, resumes_to=resumes_to)
            if found is not None:
                assert (before, found.to_state) in ALLOWED[kind]


def test_what_is_not_confirmed_is_not_approved_and_the_other_way_round():
    assert rules.step("ADVANCE", "CLASSIFIED", is_confirmed=False) is None
    assert rules.step("CONFIRM", "CLASSIFIED", is_confirmed=True) is None
    assert rules.step("RETURN", "CLASSIFIED", is_confirmed=True).to_state == "CLASSIFIED"
    assert rules.step("RETURN", "CLASSIFIED", is_confirmed=False).to_state == "SURVEYED"


def test_who_moves_a_case_out_of_each_state():
    rights = {
        state: rules.step("ADVANCE", state, is_confirmed=True).rights for state in rules.WAY[:8]
    }
    assert rights == {
        "REGISTERED": ("case.work",),
        "SURVEYED": ("registry.verify",),
        "CLASSIFIED": ("case.approve",),
        "MATCHING": ("case.advance",),
        "CONSULTING": ("case.work",),
        "CONTRACTED": ("case.advance",),
        "SERVING": ("case.advance",),
        "ACCEPTED": ("case.accept",),
    }
    assert rules.step("CONFIRM", "CLASSIFIED").rights == ("case.confirm",)


# -- gates -------------------------------------------------------------------------------------
def evidence(state, **known) -> rules.Evidence:
    return rules.Evidence(state=state, entered_on=DAY, last_on=DAY, **known)


WHOLE = {
    "REGISTERED": {"surveyed_on": DAY},
    "SURVEYED": {"verified_on": DAY, "decision": "DECIDED", "strategy": "FALLBACK"},
    "CLASSIFIED": {
        "has_plan": True,
        "plan_by": 1,
        "is_confirmed": True,
        "confirmed_by": 2,
        "decision": "DECIDED",
        "strategy": "FALLBACK",
        "case_strategy": "FALLBACK",
    },
    "MATCHING": {
        "assignment_state": "DISTRICT_APPROVED",
        "assignment_strategy": "FALLBACK",
        "case_strategy": "FALLBACK",
    },
    "CONSULTING": {
        "notice_on": DAY - dt.timedelta(days=15),
        "consulted_on": DAY,
        "contract_state": "SIGNED",
        "contract_provider": 7,
        "assignment_provider": 7,
        "signed_on": DAY,
    },
    "CONTRACTED": {
        "contract_state": "FILED",
        "filed_on": DAY,
        "handover_items": 3,
        "assignment_state": "DISTRICT_APPROVED",
    },
    "SERVING": {"served_from": DAY - dt.timedelta(days=30)},
    "ACCEPTED": {"accepted_on": DAY, "is_accepted": True, "put_forward_by": 3},
}


@pytest.mark.parametrize(
    ("answered", "agreed", "warns"),
    [(60, 29, True), (60, 30, False), (60, 60, False), (0, 0, False), (None, None, False)],
)
def test_a_majority_that_refused_is_warned_of(answered, agreed, warns):
    found = evidence("CONSULTING", **WHOLE["CONSULTING"], answered=answered, agreed=agreed)
    keys = {one.key for one in rules.conditions(found, "ADVANCE", DAY)}
    assert ("majority" in keys) is warns
    assert rules.refusals(found, "ADVANCE", by=9, on=DAY, today=DAY) == []


def refused(e, kind="ADVANCE", by=9, on=DAY):
    return {one.code for one in rules.refusals(e, kind, by=by, on=on, today=DAY)}


@pytest.mark.parametrize("state", list(WHOLE))
def test_with_all_its_evidence_a_case_goes_on(state):
    assert refused(evidence(state, **WHOLE[state])) == set()


LACKING = [
    ("REGISTERED", {"surveyed_on": None}, "surveyed"),
    ("REGISTERED", {"surveyed_on": DAY + dt.timedelta(days=1)}, "surveyed"),
    ("SURVEYED", {"verified_on": None}, "verified"),
    ("SURVEYED", {"decision": "INCOMPLETE", "strategy": ""}, "decided"),
    ("CLASSIFIED", {"has_plan": False}, "planned"),
    ("CLASSIFIED", {"strategy": "UNIT_COBUILD"}, "unchanged"),
    ("CLASSIFIED", {"is_confirmed": False}, "no_step"),
    ("MATCHING", {"assignment_state": "STREET_REVIEWED"}, "assigned"),
    ("MATCHING", {"assignment_strategy": "UNIT_COBUILD"}, "fitting"),
    ("CONSULTING", {"notice_on": DAY - dt.timedelta(days=14)}, "consulted"),
    ("CONSULTING", {"consulted_on": None}, "consulted"),
    ("CONSULTING", {"contract_state": "DRAFT"}, "signed"),
    ("CONSULTING", {"contract_provider": 8}, "same_provider"),
    ("CONTRACTED", {"contract_state": "SIGNED"}, "filed"),
    ("CONTRACTED", {"handover_left": 1}, "handed_over"),
    ("CONTRACTED", {"handover_items": 0}, "handed_over"),
    ("CONTRACTED", {"assignment_state": ""}, "still_assigned"),
    ("SERVING", {"served_from": DAY - dt.timedelta(days=29)}, "served"),
    ("ACCEPTED", {"is_accepted": False}, "accepted"),
    ("ACCEPTED", {"accepted_on": None}, "accepted"),
]


@pytest.mark.parametrize(("state", "without", "code"), LACKING)
def test_what_is_lacking_is_named(state, without, code):
    assert refused(replace(evidence(state, **WHOLE[state]), **without)) == {code}


def test_nobody_approves_what_they_prepared():
    approving = evidence("CLASSIFIED", **WHOLE["CLASSIFIED"])
    assert refused(approving, by=1) == refused(approving, by=2) == {"own_confirmation"}
    confirming = replace(approving, is_confirmed=False, confirmed_by=None)
    assert refused(confirming, "CONFIRM", by=1) == {"own_plan"}
    assert refused(confirming, "CONFIRM", by=2) == set()
    assert refused(evidence("ACCEPTED", **WHOLE["ACCEPTED"]), by=3) == {"own_case"}


def test_a_step_is_neither_in_the_future_nor_before_the_last_one():
    e = evidence("REGISTERED", **WHOLE["REGISTERED"])
    assert refused(e, on=DAY + dt.timedelta(days=1)) == {"future"}
    assert refused(e, on=DAY - dt.timedelta(days=1)) >= {"too_early"}


def test_a_case_with_a_provider_on_its_way_is_not_sent_back():
    e = evidence("MATCHING", has_open_assignment=True)
    assert refused(e, "RETURN") == {"assigned"}
    assert refused(evidence("CONTRACTED", contract_state="FILED"), "RETURN") == {"filed"}


# -- deadlines ---------------------------------------------------------------------------------
CALENDAR = WorkCalendar()


@pytest.mark.parametrize(
    ("state", "entered", "due"),
    [
        ("REGISTERED", "2026-05-25", None),
        # Ten working days over the Dragon Boat Festival (19 to 21 June 2026).
        ("SURVEYED", "2026-06-10", "2026-06-25"),
        # Over the National Day: 20 September and 10 October 2026 are worked.
        ("CLASSIFIED", "2026-09-28", "2026-10-16"),
        # 30 days end on Sunday 2026-06-28: the Monday after.
        ("MATCHING", "2026-05-29", "2026-06-29"),
        ("CONSULTING", "2026-05-25", "2026-06-24"),
        # 15 days end on 2026-10-04, in the holiday: 8 October is worked again.
        ("CONTRACTED", "2026-09-19", "2026-10-08"),
        ("SERVING", "2026-05-25", None),
    ],
)
def test_deadlines_hold_across_holidays(state, entered, due):
    found = rules.due_on(state, dt.date.fromisoformat(entered), rules.DEADLINES, CALENDAR)
    assert (found.isoformat() if found else None) == due


def test_a_pause_moves_the_deadline_by_its_own_length():
    first = dt.date(2026, 5, 25)  # Monday
    pause = rules.Pause(dt.date(2026, 5, 27), dt.date(2026, 6, 3))  # five working days, seven days
    plain = rules.due_on("SURVEYED", first, rules.DEADLINES, CALENDAR)
    moved = rules.due_on("SURVEYED", first, rules.DEADLINES, CALENDAR, [pause])
    assert CALENDAR.working_days_between(plain, moved) == 5
    moved = rules.due_on("MATCHING", first, rules.DEADLINES, CALENDAR, [pause])
    assert moved == dt.date(2026, 7, 1)


@pytest.mark.parametrize(("on", "late"), [("2026-06-24", 0), ("2026-06-25", 1), ("2026-07-24", 30)])
def test_days_late_begin_after_the_last_day(on, late):
    assert rules.days_late(dt.date(2026, 6, 24), dt.date.fromisoformat(on)) == late
    assert rules.days_late(None, dt.date.fromisoformat(on)) == 0


def test_times_in_each_stage_leave_pauses_out():
    day = lambda n: DAY + dt.timedelta(days=n)  # noqa: E731
    steps = [
        rules.Past("OPEN", "", "REGISTERED", day(0)),
        rules.Past("ADVANCE", "REGISTERED", "SURVEYED", day(3)),
        rules.Past("SUSPEND", "SURVEYED", "SUSPENDED", day(5)),
        rules.Past("RESUME", "SUSPENDED", "SURVEYED", day(15)),
        rules.Past("ADVANCE", "SURVEYED", "CLASSIFIED", day(18)),
        rules.Past("CONFIRM", "CLASSIFIED", "CLASSIFIED", day(19)),
    ]
    spans = rules.spans(steps, day(20))
    assert [(s.state, s.since, s.until, s.days(day(20))) for s in spans] == [
        ("REGISTERED", day(0), day(3), 3),
        ("SURVEYED", day(3), day(18), 5),
        ("CLASSIFIED", day(18), None, 2),
    ]


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2026-02-28", 24, "2028-02-28"),
        ("2024-02-29", 24, "2026-02-28"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-01-01", -1, "2025-12-01"),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(day, months, then):
    found = rules.months_later(dt.date.fromisoformat(day), months)
    assert found.isoformat() == then
