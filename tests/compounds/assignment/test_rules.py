"""The rules of assignment: tables of cases, and what holds of every case."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compounds.assignment import rules
from compounds.providers.rules import FLAGS

DAY = dt.date(2026, 6, 1)
HERE = (112.56, 37.78)
FIRM = rules.FirmFacts(
    pk=1,
    name="样例物业",
    district=1,
    is_red=True,
    is_in_district=True,
    is_well_founded=True,
    is_able=True,
    is_willing=True,
    has_party=True,
    rating="AA",
    room_left_m2=Decimal("10000.00"),
    distance_limit_m=3000,
    bases=(HERE,),
)
COMPOUND = rules.CompoundFacts(
    pk=7, code="140105001001-0007", district=1, place=HERE, needed_m2=Decimal("5500.00"),
    strategy="SUBSIDY_TRANSITION", answers={1: "AGREED"},
)  # fmt: skip


def codes(firm=FIRM, compound=COMPOUND, strategy="SUBSIDY_TRANSITION", campaign=None):
    return [one.code for one in rules.eligibility(firm, compound, strategy, DAY, campaign)]


def test_a_willing_firm_nearby_with_room_is_eligible():
    assert codes() == []
    assert rules.is_eligible(rules.eligibility(FIRM, COMPOUND, "RED_TAKEOVER", DAY))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"blacklisted_until": DAY}, "BLACKLISTED"),
        ({"has_red_card": True}, "RED_CARD"),
        ({"rating": "C"}, "RATING_C"),
        ({"is_filed": False}, "NOT_FILED"),
        ({"district": 2}, "OTHER_DISTRICT"),
        ({"kind": "UNIT_COMPANY"}, "UNIT_COMPANY"),
        ({"kind": "FALLBACK_TEAM"}, "FALLBACK_ONLY"),
        ({"bases": ((112.60, 37.78),)}, "TOO_FAR"),
        ({"bases": ()}, "DISTANCE_UNKNOWN"),
        ({"room_left_m2": Decimal("5499.99")}, "NO_CAPACITY"),
        ({"room_left_m2": None}, "CAPACITY_UNKNOWN"),
    ],
)
def test_each_fact_of_a_firm_gives_its_reason(changes, code):
    assert codes(replace(FIRM, **changes)) == [code]


@pytest.mark.parametrize(
    "changes",
    [
        {"blacklisted_until": DAY - dt.timedelta(days=1)},
        {"rating": "B"},
        {"room_left_m2": Decimal("5500.00")},
        {"bases": ((112.594, 37.78),)},  # 2,993 m
    ],
)
def test_at_the_bound_a_firm_is_still_eligible(changes):
    assert codes(replace(FIRM, **changes)) == []


@pytest.mark.parametrize("flag", list(FLAGS))
@pytest.mark.parametrize("value", [False, None])
def test_red_takeover_asks_for_every_flag_and_unknown_is_not_yes(flag, value):
    """Source: S0-8."""
    firm = replace(FIRM, **{flag: value})
    assert codes(firm, strategy="RED_TAKEOVER") == [flag.upper()]
    assert codes(firm) == []


def test_red_takeover_asks_for_party_work():
    assert codes(replace(FIRM, has_party=False), strategy="RED_TAKEOVER") == ["NO_PARTY"]


@pytest.mark.parametrize(
    ("name", "kind", "answer", "expected"),
    [
        ("晋阳印刷厂后勤物业服务有限公司", "UNIT_COMPANY", "AGREED", []),
        ("晋阳印刷厂后勤物业服务有限公司", "UNIT_COMPANY", None, ["NOT_ASKED"]),
        ("别厂后勤物业服务有限公司", "UNIT_COMPANY", None, ["NOT_OF_THE_UNIT", "NOT_ASKED"]),
        ("汾河集团后勤服务有限公司", "UNIT_COMPANY", "AGREED", []),
        ("晋阳印刷厂物业", "ENTERPRISE", "AGREED", ["NOT_OF_THE_UNIT"]),
        (
            "晋阳印刷厂后勤物业服务有限公司",
            "UNIT_COMPANY",
            "AGREED_WITH_SUBSIDY",
            ["ONLY_WITH_SUBSIDY"],
        ),
    ],
)
def test_co_building_is_point_to_point(name, kind, answer, expected):
    """Source: S0-9: the company of the compound's own unit, and no other."""
    firm = replace(FIRM, name=name, kind=kind)
    compound = replace(COMPOUND, unit_name="晋阳印刷厂", answers={1: answer} if answer else {})
    assert codes(firm, compound, "UNIT_COBUILD") == expected


@pytest.mark.parametrize(
    ("answer", "strategy", "expected"),
    [
        ("AGREED", "SUBSIDY_TRANSITION", []),
        ("AGREED_WITH_SUBSIDY", "SUBSIDY_TRANSITION", []),
        ("AGREED_WITH_SUBSIDY", "RED_TAKEOVER", ["ONLY_WITH_SUBSIDY"]),
        ("WAITING", "SUBSIDY_TRANSITION", ["NOT_ANSWERED"]),
        ("NO_ANSWER", "SUBSIDY_TRANSITION", ["NOT_ANSWERED"]),
        ("REFUSED", "SUBSIDY_TRANSITION", ["SAID_NO"]),
        (None, "SUBSIDY_TRANSITION", ["NOT_ASKED"]),
    ],
)
def test_willing_is_what_the_last_answer_says(answer, strategy, expected):
    compound = replace(COMPOUND, answers={1: answer} if answer else {})
    assert codes(compound=compound, strategy=strategy) == expected


@pytest.mark.parametrize(
    ("rounds", "kind", "answers", "expected"),
    [
        (2, "FALLBACK_TEAM", {}, []),
        (2, "NON_PROFIT", {}, []),
        (3, "FALLBACK_TEAM", {1: "REFUSED"}, ["SAID_NO"]),
        (1, "FALLBACK_TEAM", {}, ["ROUNDS"]),
        (0, "FALLBACK_TEAM", {}, ["ROUNDS"]),
        (2, "ENTERPRISE", {}, ["ENTERPRISE"]),
    ],
)
def test_fallback_needs_two_failed_rounds_and_no_enterprise(rounds, kind, answers, expected):
    """Source: S0-13, §5.1."""
    compound = replace(COMPOUND, failed_rounds=rounds, answers=answers)
    assert codes(replace(FIRM, kind=kind), compound, "FALLBACK") == expected


@pytest.mark.parametrize(
    ("lock", "expected"),
    [
        (("KEEP", 1, None), []),
        (("KEEP", 2, None), ["KEPT_FOR_ANOTHER"]),
        (("KEEP", 2, DAY - dt.timedelta(days=1)), []),
        (("BAR", 1, DAY), ["LOCKED_OUT"]),
        (("BAR", 2, None), []),
        (("HOLD", None, None), ["HELD"]),
    ],
)
def test_locks_bind_until_their_last_day(lock, expected):
    assert codes(compound=replace(COMPOUND, locks=(rules.LockFacts(*lock),))) == expected


@pytest.mark.parametrize("party", ["PROVIDER", "RESIDENTS", "STREET", "DISTRICT"])
def test_earlier_refusals_are_lacks_told_with_their_day(party):
    compound = replace(COMPOUND, refusals={1: (party, DAY)})
    (reason,) = rules.eligibility(FIRM, compound, "SUBSIDY_TRANSITION", DAY)
    assert reason.code == f"REFUSED_BY_{party}"
    assert reason.is_lack
    assert "2026-06-01" in reason.words


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        (3, 6, []),  # 4 of 10 is 40.0 %, not above
        (4, 5, ["LARGE_SHARE"]),
        (8, 0, []),  # 9 compounds say nothing yet
        (9, 0, ["LARGE_SHARE"]),
    ],
)
def test_a_large_share_of_the_district_is_a_warning(own, others, expected):
    """Source: S4-11: one firm took 60 of 127 (47.2 %)."""
    area = Decimal("5500.00")
    campaign = rules.Campaign(own + others, area * (own + others), 40)
    firm = replace(FIRM, load=(own, area * own))
    assert codes(firm, campaign=campaign) == expected
    assert rules.is_eligible(rules.eligibility(firm, COMPOUND, "SUBSIDY_TRANSITION", DAY, campaign))


def test_every_reason_has_words_that_its_values_fill():
    for code in rules.WORDS:
        values = {
            "until": DAY, "on": DAY, "metres": 1, "limit": 2, "left": 3, "needed": 4,
            "rounds": 0, "asked": 2, "percent": Decimal("41.0"), "most": 40,
        }  # fmt: skip
        assert "%(" not in rules.Reason(code, tuple(values.items())).words


def test_a_firm_asked_again_and_silent_stands_by_its_last_answer():
    letters = [(1, 5, "REFUSED"), (1, 6, "NO_ANSWER"), (2, 5, "WAITING"), (2, 6, "AGREED")]
    assert rules.last_answers(letters) == {5: "REFUSED", 6: "AGREED"}


@pytest.mark.parametrize(
    ("letters", "failed"),
    [
        ([], 0),
        ([(1, 5, "REFUSED"), (1, 6, "NO_ANSWER")], 1),
        ([(1, 5, "REFUSED"), (2, 5, "REFUSED")], 2),
        ([(1, 5, "REFUSED"), (1, 6, "AGREED"), (2, 5, "WAITING")], 0),
    ],
)
def test_a_round_failed_when_everybody_asked_refused_or_kept_silent(letters, failed):
    assert rules.failed_rounds(letters) == failed


def test_the_way_goes_forward_and_one_step_back():
    assert rules.path_to("DISTRICT_APPROVED") == (
        "PROPOSED", "STREET_REVIEWED", "DISTRICT_APPROVED",
    )  # fmt: skip
    assert rules.back_from("DISTRICT_APPROVED") == "STREET_REVIEWED"
    assert rules.back_from("STREET_REVIEWED") == "PROPOSED"
    assert rules.back_from("PROPOSED") is None
    assert rules.back_from("ACTIVE") is None
    assert not rules.may_move("PROPOSED", "DISTRICT_APPROVED")
    assert not rules.may_move("ENDED", "ACTIVE")
    assert not rules.may_move("WITHDRAWN", "PROPOSED")
    assert rules.is_open("ACTIVE")
    assert not rules.is_open("ENDED")


# -- what holds of every case ----------------------------------------------------------------
BOOLEAN = st.sampled_from([True, False, None])
FIRMS = st.builds(
    rules.FirmFacts,
    pk=st.integers(1, 6),
    name=st.sampled_from(["样例物业", "晋阳印刷厂物业"]),
    kind=st.sampled_from(["ENTERPRISE", "UNIT_COMPANY", "FALLBACK_TEAM", "NON_PROFIT"]),
    district=st.just(1),
    is_red=BOOLEAN,
    is_willing=BOOLEAN,
    has_party=st.booleans(),
    rating=st.sampled_from(["", "AAA", "C"]),
    has_red_card=st.booleans(),
    blacklisted_until=st.sampled_from([None, DAY]),
    room_left_m2=st.none() | st.decimals(0, 20000, places=2),
    distance_limit_m=st.sampled_from([None, 500, 3000]),
    bases=st.sampled_from([(), (HERE,), ((112.58, 37.78),)]),
)
COMPOUNDS = st.builds(
    rules.CompoundFacts,
    pk=st.integers(1, 50),
    code=st.sampled_from(["a", "b", "c"]),
    district=st.just(1),
    place=st.sampled_from([HERE, (None, None)]),
    needed_m2=st.none() | st.decimals(0, 20000, places=2),
    strategy=st.sampled_from(["UNIT_COBUILD", "RED_TAKEOVER", "SUBSIDY_TRANSITION", "FALLBACK"]),
    failed_rounds=st.integers(0, 3),
    answers=st.dictionaries(
        st.integers(1, 6), st.sampled_from(["AGREED", "REFUSED", "WAITING", "AGREED_WITH_SUBSIDY"])
    ),
)


@given(FIRMS, COMPOUNDS)
def test_adding_a_reason_never_makes_a_firm_eligible(firm, compound):
    before = rules.eligibility(firm, compound, compound.strategy, DAY)
    worse_firm = replace(firm, has_red_card=True, rating="C", blacklisted_until=DAY)
    worse_place = replace(
        compound,
        refusals={firm.pk: ("STREET", DAY)},
        locks=(rules.LockFacts("HOLD"),),
        failed_rounds=0,
    )
    for one, other in ((worse_firm, compound), (firm, worse_place), (worse_firm, worse_place)):
        after = rules.eligibility(one, other, compound.strategy, DAY)
        assert {reason.code for reason in before} <= {reason.code for reason in after}
        assert not rules.is_eligible(after)


@given(FIRMS, COMPOUNDS)
def test_a_bar_is_no_lack_and_reasons_come_gravest_first(firm, compound):
    reasons = rules.eligibility(firm, compound, compound.strategy, DAY)
    weights = [reason.weight for reason in reasons]
    assert weights == sorted(weights, reverse=True)
    assert rules.is_eligible(reasons) == (not rules.bars(reasons) and not rules.lacks(reasons))


@given(st.lists(FIRMS, max_size=6, unique_by=lambda firm: firm.pk), COMPOUNDS, st.randoms())
def test_the_order_of_firms_is_total_and_stable(firms, compound, random):
    order = [one.firm.pk for one in rules.ranked(firms, compound, DAY)]
    shuffled = list(firms)
    random.shuffle(shuffled)
    assert [one.firm.pk for one in rules.ranked(shuffled, compound, DAY)] == order
    eligible = [one.is_eligible for one in rules.ranked(firms, compound, DAY)]
    assert eligible == sorted(eligible, reverse=True)


@given(
    st.lists(FIRMS, max_size=5, unique_by=lambda firm: firm.pk),
    st.lists(COMPOUNDS, max_size=8, unique_by=lambda compound: compound.pk),
)
def test_distributing_never_gives_a_firm_more_than_it_has_room_for(firms, compounds):
    room = {firm.pk: firm.room_left_m2 for firm in firms}
    picks = rules.distribute(compounds, {firm.pk: firm for firm in firms}, DAY)
    assert sorted(pick.compound.pk for pick in picks) == sorted(one.pk for one in compounds)
    for pk, left in room.items():
        given_m2 = sum(
            pick.compound.needed_m2 or 0
            for pick in picks
            if pick.candidate and pick.candidate.firm.pk == pk
        )
        assert left is None or given_m2 <= left
    assert all(pick.candidate is None or pick.candidate.is_eligible for pick in picks)


def test_the_largest_compound_gets_the_nearest_firm_and_the_rest_what_is_left():
    near = replace(FIRM, room_left_m2=Decimal(6000))
    far = replace(FIRM, pk=2, bases=((112.57, 37.78),), room_left_m2=Decimal(6000))
    answers = {1: "AGREED", 2: "AGREED"}
    small = replace(COMPOUND, pk=1, code="a", needed_m2=Decimal(5000), answers=answers)
    large = replace(COMPOUND, pk=2, code="b", needed_m2=Decimal(6000), answers=answers)
    third = replace(COMPOUND, pk=3, code="c", needed_m2=Decimal(4000), answers=answers)
    picks = rules.distribute([small, large, third], {1: near, 2: far}, DAY)
    chosen = [(pick.compound.code, pick.candidate and pick.candidate.firm.pk) for pick in picks]
    assert chosen == [("a", 2), ("b", 1), ("c", None)]
    assert picks[2].nearest.firm.pk == 1
    assert [one.code for one in picks[2].nearest.reasons] == ["NO_CAPACITY"]
