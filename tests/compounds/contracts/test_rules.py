"""What a contract must hold, its clocks and its ends: tables, no database."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from compounds.contracts import rules
from compounds.contracts.rules import Course, Cover, Duty, Ending, Item, Terms

D = dt.date
GOOD = Terms(
    kind="TRANSITION",
    fee_mode="LUMP_SUM",
    starts_on=D(2026, 12, 1),
    ends_on=D(2029, 11, 30),
    has_provider=True,
    fee_per_m2=Decimal("0.5"),
    fee_note="按季度收取",
    quality="丁级",
    repair_fund="未建立",
    service_rooms="门房",
    handover_terms="十日内交接",
    items=(Item("CLEANING"), Item("REFUSE"), Item("FACILITIES")),
    covers=(Cover("样例院", Decimal("5500"), "SUBSIDY_TRANSITION", is_assigned=True),),
)


def codes(terms):
    return [reason.code for reason in rules.signing_refusals(terms)]


def test_a_contract_that_holds_everything_can_be_signed():
    assert codes(GOOD) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        # Civil Code 938
        ({"items": ()}, "NO_ITEMS"),
        ({"quality": ""}, "NO_QUALITY"),
        ({"repair_fund": ""}, "NO_REPAIR_FUND"),
        ({"service_rooms": ""}, "NO_SERVICE_ROOMS"),
        ({"handover_terms": ""}, "NO_HANDOVER_TERMS"),
        ({"fee_per_m2": None}, "NO_FEE"),
        ({"fee_note": ""}, "NO_COLLECTION"),
        ({"covers": (Cover("样例院", None, "", is_assigned=True),)}, "NO_AREA"),
        ({"covers": ()}, "NO_COMPOUND"),
        # parties and money
        ({"has_provider": False}, "NO_PROVIDER"),
        ({"kind": "SELF"}, "SELF_ALONE"),
        ({"fee_per_m2": Decimal("-0.01")}, "NEGATIVE"),
        ({"ends_on": D(2026, 11, 30)}, "ENDS_BEFORE"),
        # assignment
        ({"covers": (Cover("样例院", Decimal(1)),)}, "NOT_ASSIGNED"),
        # 941: neither the whole to one, nor all of it in pieces
        ({"items": (Item("CLEANING", None, "甲"), Item("REFUSE", None, "甲"))}, "PASSED_ON"),
        ({"items": (Item("CLEANING", None, "甲"), Item("REFUSE", None, "乙"))}, "PASSED_ON"),
        # 944
        ({"texts": {"fee_note": "逾期不交的停水停电"}}, "CUTS_SUPPLY"),
        ({"texts": {"items": "对欠费业主断电"}}, "CUTS_SUPPLY"),
        # lots
        ({"kind": "LOT"}, "NO_LOT"),
        ({"kind": "LOT", "has_lot": True}, "NOT_AWARDED"),
        ({"kind": "LOT", "has_lot": True, "lot_is_awarded": True}, "NOT_OF_LOT"),
    ],
)
def test_what_keeps_a_contract_from_being_signed(change, code):
    assert code in codes(replace(GOOD, **change))


def test_single_items_may_be_passed_on():
    items = (Item("CLEANING"), Item("LIFTS", None, "电梯公司"))
    assert codes(replace(GOOD, items=items)) == []


@pytest.mark.parametrize("kind", ["SHARED", "EMERGENCY"])
def test_single_uses_and_emergencies_need_no_assignment(kind):
    covers = (Cover("样例院", Decimal(1)),)
    found = codes(replace(GOOD, kind=kind, covers=covers, ends_on=D(2027, 5, 31)))
    assert found == []


def test_fallback_holds_refuse_and_facilities():
    """S0-13."""
    bought = replace(
        GOOD, kind="PURCHASE", fee_mode="PURCHASED", yearly_price=Decimal(8000), fee_per_m2=None
    )
    assert codes(bought) == []
    for missing in ("REFUSE", "FACILITIES"):
        items = tuple(item for item in GOOD.items if item.kind != missing)
        assert codes(replace(bought, items=items)) == ["FALLBACK_ITEMS"]
    fallback = (Cover("样例院", Decimal(1), "FALLBACK", is_assigned=True),)
    assert codes(replace(GOOD, covers=fallback, items=(Item("CLEANING"),))) == ["FALLBACK_ITEMS"]
    assert codes(replace(bought, yearly_price=None)) == ["NO_PRICE"]


def test_shared_uses_have_a_price_each():
    shared = replace(GOOD, kind="SHARED", fee_mode="PER_USE", repair_fund="", handover_terms="")
    assert codes(shared) == ["NO_UNIT_PRICE"]
    priced = replace(shared, items=(Item("SEWERS", Decimal(120)),))
    assert codes(priced) == []


@pytest.mark.parametrize(
    ("ends_on", "is_too_long"),
    [(D(2027, 5, 31), False), (D(2027, 6, 1), True), (D(2027, 6, 30), True), (None, True)],
)
def test_emergency_service_lasts_six_months_at_most(ends_on, is_too_long):
    terms = replace(GOOD, kind="EMERGENCY", ends_on=ends_on)
    assert ("EMERGENCY_TERM" in codes(terms)) is is_too_long


@pytest.mark.parametrize(
    ("text", "alone", "about_fees"),
    [
        ("欠费的停水停电", True, True),
        ("物业费不得拖欠，否则停水停电", True, True),
        ("业主不得拖欠否则断水", True, True),
        ("对逾期不交的，拉闸限电", True, True),
        ("限制用水催缴", True, True),
        ("停止供暖以追缴物业费", True, True),
        ("we cut off the water of owners in arrears", True, True),
        ("不得以停水、停电、停热、停气方式催交", False, False),
        ("never cut off water over unpaid fees", False, False),
        ("停水停电检修提前三日公告", False, True),
        ("接到停电报修十分钟到场。欠费书面催告", False, True),
        ("按季度收取，逾期书面催告", False, False),
        ("电梯停运及时公告", False, False),
    ],
)
def test_words_that_press_for_fees_by_cutting_supply(text, alone, about_fees):
    """Civil Code 944: works on the mains may be spoken of, threats may not."""
    assert bool(rules.cuts_supply(text)) is alone
    assert bool(rules.cuts_supply(text, is_about_fees=True)) is about_fees


# -- clocks ----------------------------------------------------------------------------------------
FILED = Course("FILED", D(2026, 11, 9), D(2026, 12, 1), D(2029, 11, 30))


@pytest.mark.parametrize(
    ("course", "as_of", "duty", "due"),
    [
        (Course("DRAFT"), D(2026, 11, 23), Duty.SIGN, None),
        (replace(FILED, state="SIGNED"), D(2026, 11, 23), Duty.FILE, D(2026, 11, 24)),
        (FILED, D(2026, 11, 23), Duty.RENEWAL, D(2029, 9, 1)),  # 90 days before the end
        (FILED, D(2029, 11, 30), Duty.RENEWAL, D(2029, 9, 1)),  # the last day still asks
        (FILED, D(2029, 12, 1), Duty.INDEFINITE, D(2029, 9, 1)),  # 948
        (replace(FILED, ends_on=None), D(2026, 11, 23), Duty.INDEFINITE, None),
        (replace(FILED, renewal="RENEW"), D(2029, 12, 1), Duty.FOLLOW_UP, D(2029, 11, 30)),
        (replace(FILED, renewal="CHANGE"), D(2027, 1, 1), Duty.FOLLOW_UP, D(2029, 11, 30)),
        (
            replace(FILED, renewal="LEAVE", notice_on=D(2029, 8, 1), notice_by_provider=True),
            D(2029, 8, 2),
            Duty.HAND_OVER,
            D(2029, 11, 30),
        ),
        (
            replace(FILED, notice_on=D(2027, 1, 10), notice_by_provider=False),
            D(2027, 1, 11),
            Duty.HAND_OVER,
            D(2027, 3, 11),  # 60 days
        ),
        (
            replace(FILED, notice_on=D(2029, 11, 1), notice_by_provider=False),
            D(2029, 11, 2),
            Duty.HAND_OVER,
            D(2029, 11, 30),  # the term ends before the 60 days
        ),
        (
            replace(FILED, notice_on=D(2030, 1, 10), notice_by_provider=True),
            D(2030, 1, 11),
            Duty.HAND_OVER,
            D(2030, 3, 11),  # without a fixed term: 60 days (948)
        ),
        (replace(FILED, state="ENDED"), D(2027, 1, 1), Duty.NONE, None),
    ],
)
def test_what_is_due_next_and_when(course, as_of, duty, due):
    assert rules.duty_of(course, as_of) == duty
    assert rules.due_day(course, 15) == due


@pytest.mark.parametrize(
    ("ends_on", "reminder"),
    [
        (D(2029, 11, 30), D(2029, 5, 30)),
        (D(2027, 8, 31), D(2027, 2, 28)),
        (D(2028, 8, 31), D(2028, 2, 29)),
        (D(2027, 3, 31), D(2026, 9, 30)),
        (D(2027, 1, 15), D(2026, 7, 15)),
    ],
)
def test_renewal_is_on_the_agenda_six_months_before_the_end(ends_on, reminder):
    assert rules.reminder_on(ends_on) == reminder


def test_the_latest_end_reminded_is_the_reminder_turned_round():
    day = D(2026, 1, 1)
    for _step in range(1100):
        last = rules.last_end_reminded(day)
        assert rules.reminder_on(last) <= day
        assert rules.reminder_on(last + dt.timedelta(days=1)) > day
        day += dt.timedelta(days=1)


def test_the_days_of_notice_are_exact():
    """Civil Code 946, 947: never later than the law allows, whatever day that is."""
    clocks = {clock.key: clock.on for clock in rules.notice_clocks(D(2026, 12, 31))}
    assert clocks["PROVIDER_NOTICE"] == D(2026, 10, 2)  # in the holidays, and still that day
    assert clocks["OWNERS_NOTICE"] == D(2026, 11, 1)  # a Sunday
    assert (clocks["PROVIDER_NOTICE"] + dt.timedelta(days=90)) == clocks["END"]


# -- ends ------------------------------------------------------------------------------------------
def refusals(course, *said, **more):
    return [reason.code for reason in rules.ending_refusals(course, Ending(*said, **more))]


NOTICED = replace(FILED, notice_on=D(2027, 1, 10), notice_by_provider=False)


@pytest.mark.parametrize(
    ("course", "on", "reason", "more", "found"),
    [
        (FILED, D(2029, 11, 30), "EXPIRED", {}, []),
        (FILED, D(2029, 11, 29), "EXPIRED", {}, ["NOT_THAT_DAY"]),
        (FILED, D(2029, 12, 1), "EXPIRED", {}, ["NOT_THAT_DAY"]),  # went on: 948
        (replace(FILED, ends_on=None), D(2027, 1, 1), "EXPIRED", {}, ["NO_TERM"]),
        (FILED, D(2027, 3, 11), "DISMISSED", {}, ["NO_NOTICE"]),
        (NOTICED, D(2027, 3, 10), "DISMISSED", {}, ["TOO_EARLY"]),
        (NOTICED, D(2027, 3, 11), "DISMISSED", {}, []),
        (NOTICED, D(2027, 3, 11), "RESIGNED", {}, ["NO_NOTICE"]),  # the other side's notice
        (NOTICED, D(2027, 2, 1), "DISMISSED", {"without_notice": True}, ["NO_REASON"]),
        (NOTICED, D(2027, 2, 1), "DISMISSED", {"without_notice": True, "words": "合同约定"}, []),
        (FILED, D(2027, 2, 1), "AGREED", {}, ["NO_AGREEMENT"]),
        (FILED, D(2027, 2, 1), "AGREED", {"document": "解除协议"}, []),
        (FILED, D(2027, 2, 1), "GONE", {}, ["NO_REASON"]),
        (FILED, D(2026, 11, 8), "AGREED", {"document": "解除协议"}, ["BEFORE_SIGNING"]),
    ],
)
def test_when_a_contract_may_end(course, on, reason, more, found):
    assert refusals(course, on, reason, **more) == found


def test_a_provider_that_does_not_renew_serves_to_the_end():
    leaving = replace(FILED, notice_on=D(2029, 8, 1), notice_by_provider=True, renewal="LEAVE")
    assert refusals(leaving, D(2029, 11, 29), "RESIGNED") == ["TOO_EARLY"]
    assert refusals(leaving, D(2029, 11, 30), "RESIGNED") == []
    endless = replace(FILED, ends_on=None, notice_on=D(2027, 1, 10), notice_by_provider=True)
    assert refusals(endless, D(2027, 3, 10), "RESIGNED") == ["TOO_EARLY"]
    assert refusals(endless, D(2027, 3, 11), "RESIGNED") == []
