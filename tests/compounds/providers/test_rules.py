"""What is decided about firms from values alone: credit, cards, reviews, shares, norms."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compounds.providers import rules
from compounds.providers.rules import Norm, Scale

DAY = dt.date(2026, 11, 23)
POINTS = st.lists(st.decimals("-40", "40", places=1).filter(bool), max_size=30)
YANTAI = Scale()


# -- credit (§5.6, Yantai) -------------------------------------------------------------------------
@given(POINTS)
def test_good_points_add_forty_at_most_and_every_bad_one_counts(points):
    score = rules.credit_score(points, YANTAI)
    bad = -sum((one for one in points if one < 0), Decimal(0))
    assert 80 - bad <= score <= 120 - bad


@given(POINTS, st.decimals("0.1", "40", places=1))
def test_a_good_point_never_lowers_a_score_and_a_bad_one_always_does(points, more):
    score = rules.credit_score(points, YANTAI)
    assert rules.credit_score([*points, more], YANTAI) >= score
    assert rules.credit_score([*points, -more], YANTAI) == score - more


@given(POINTS, st.randoms())
def test_the_order_of_events_does_not_matter(points, random):
    mixed = list(points)
    random.shuffle(mixed)
    assert rules.credit_score(mixed, YANTAI) == rules.credit_score(points, YANTAI)


@given(st.integers(0, 130), st.integers(0, 130))
def test_a_higher_score_is_never_in_a_worse_band(one, other):
    bands = ["C", "B", "A", "AA", "AAA"]
    low, high = sorted((one, other))
    assert bands.index(rules.band_of(low, YANTAI)) <= bands.index(rules.band_of(high, YANTAI))


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (Decimal("85.0"), "AAA"),
        (Decimal("84.9"), "AA"),
        (80, "AA"),
        (Decimal("79.9"), "A"),
        (70, "A"),
        (Decimal("69.9"), "B"),
        (60, "B"),
        (Decimal("59.9"), "C"),
        (-20, "C"),
    ],
)
def test_the_bounds_of_the_bands_are_those_of_yantai(score, band):
    assert rules.band_of(score, YANTAI) == band


@pytest.mark.parametrize(
    ("colours", "is_due"),
    [
        ("", False),
        ("YY", False),
        ("YYY", True),
        ("YYYR", False),
        ("RYYY", True),
        ("YYRY", False),
        ("YYRYYY", True),
    ],
)
def test_three_yellow_cards_in_a_row_suggest_a_red_one(colours, is_due):
    told = [{"Y": "YELLOW", "R": "RED"}[one] for one in colours]
    assert rules.suggests_red(told, YANTAI) is is_due


# -- the joint review (S3-5) -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ({}, "APPLIED"),
        ({"COMMUNITY": True}, "APPLIED"),
        ({"COMMUNITY": True, "DISTRICT": True}, "APPLIED"),
        ({"COMMUNITY": True, "STREET": True, "DISTRICT": True}, "FILED"),
        ({"STREET": False}, "REFUSED"),
        ({"COMMUNITY": True, "STREET": True, "DISTRICT": False}, "REFUSED"),
    ],
)
def test_all_three_levels_must_pass_and_one_refusal_refuses(verdicts, outcome):
    assert rules.outcome_of(verdicts) == outcome


def test_a_blacklisting_goes_one_way_only():
    order = ["PROPOSED", "OPINION", "HEARING", "IN_FORCE", "LIFTED"]
    for before, state in enumerate(order):
        for after, target in enumerate(order):
            assert rules.may_move(state, target) == (after == before + 1)
    assert not any(rules.is_open(state) for state in ("REJECTED", "LIFTED", "ENDED"))


# -- party work (S4-2) -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("form", "instructor", "is_covered"),
    [
        ("OWN", None, True),
        ("JOINT", False, True),
        ("NONE", True, True),
        ("NONE", False, False),
        ("NONE", None, False),
        ("", None, False),
        ("", True, True),
    ],
)
def test_party_work_reaches_whoever_is_organised_or_has_an_instructor(form, instructor, is_covered):
    firm = SimpleNamespace(party_form=form, has_instructor=instructor)
    assert rules.has_party_work(firm) is is_covered


# -- shares (S4-11) --------------------------------------------------------------------------------
def test_sixty_of_127_is_47_2_percent_and_warned_of():
    loads = {1: (60, Decimal("300000")), 2: (40, Decimal("200000")), 3: (27, Decimal("100000"))}
    first, *others = rules.shares(loads, 40)
    assert (first.provider, first.count_percent, first.area_percent) == (
        1,
        Decimal("47.2"),
        Decimal("50.0"),
    )
    assert first.is_large
    assert [one.is_large for one in others] == [False, False]


def test_a_share_of_just_the_bound_is_not_warned_of():
    (first, *_others) = rules.shares({1: (40, Decimal(40)), 2: (60, Decimal(60))}, 60)
    assert not first.is_large
    assert rules.shares({1: (0, Decimal(0))}, 40) == []


@given(st.dictionaries(st.integers(1, 9), st.integers(1, 500), min_size=1))
def test_shares_count_every_compound_once(counts):
    found = rules.shares({pk: (n, Decimal(n)) for pk, n in counts.items()}, 40)
    assert sum(one.count for one in found) == sum(counts.values())
    assert [one.count for one in found] == sorted(counts.values(), reverse=True)


# -- norms -----------------------------------------------------------------------------------------
def norm(item="CLEANING", since=None, until=None, **changes):
    return Norm(item, item, "COST", "COMPOUNDS", valid_from=since, valid_until=until, **changes)


def test_the_newest_norm_in_force_counts_and_a_firms_own_before_it():
    old = norm(since=dt.date(2025, 1, 1))
    new = norm(since=dt.date(2026, 1, 1))
    later = norm(since=dt.date(2027, 1, 1))
    over = norm("TAX", since=dt.date(2024, 1, 1), until=dt.date(2026, 11, 22))
    own = norm(since=dt.date(2024, 1, 1), is_own=True)
    assert rules.in_force([new, old, later, over], DAY) == (new,)
    assert rules.in_force([new, own], DAY) == (own,)
    assert rules.in_force([old, new], dt.date(2025, 12, 31)) == (old,)


def test_the_reference_norms_are_the_middle_of_level_four():
    posts = {one.item: one.quantity for one in rules.DEFAULTS if one.kind == "POSTS"}
    assert posts == {
        "CUSTOMER_SERVICE": 750,
        "CLEANING": 15_000,
        "ORDER": 13_500,
        "GREENING": 27_500,
        "REPAIR": 37_500,
    }
    assert {one.evidence for one in rules.DEFAULTS if one.kind == "POSTS"} == {"VERIFIED"}
    assert {one.evidence for one in rules.DEFAULTS if one.kind != "POSTS"} == {"GUESS"}
    cleaning = next(one for one in rules.DEFAULTS if one.item == "CLEANING")
    assert rules.posts_for(cleaning, 30_000) == 2


def test_room_left_takes_off_what_the_campaign_gave():
    firm = SimpleNamespace(capacity_m2=Decimal(1000), served_area_m2=Decimal(300))
    assert rules.room_left(firm) == 700
    assert rules.room_left(firm, Decimal(800)) == -100
    assert rules.room_left(SimpleNamespace(capacity_m2=None, served_area_m2=None)) is None
