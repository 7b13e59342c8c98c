"""The watch as pure rules: signals, points, bands, records, what would change them, tasks."""

import datetime as dt
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compounds.clearing.rules import watch as rules
from compounds.clearing.rules.watch import Reading, Result, Weight

DAY = dt.date(2026, 5, 25)
USUAL = rules.Policy(20, 50, tuple(Weight(*row) for row in rules.default_weights()))
COMPILED = rules.compile_policy(USUAL)


def only(key, threshold=None, points=30):
    signal = rules.SIGNALS[key]
    threshold = signal.threshold if threshold is None else threshold
    return rules.compile_policy(rules.Policy(20, 50, (Weight(key, threshold, points),)))


@pytest.mark.parametrize(
    ("key", "value", "is_hit"),
    [
        ("collection_low", 5999, True),
        ("collection_low", 6000, False),
        ("satisfaction_low", 6999, True),
        ("satisfaction_low", 7000, False),
        ("reports_missing", 1, False),
        ("reports_missing", 2, True),
        ("complaints_high", 20_000, False),
        ("complaints_high", 20_001, True),
        ("contract_ending", dt.date(2026, 8, 23), True),  # 90 days
        ("contract_ending", dt.date(2026, 8, 24), False),
        ("contract_ending", dt.date(2026, 5, 1), True),
        ("subsidy_ended", dt.date(2026, 5, 25), True),
        ("subsidy_ended", dt.date(2026, 5, 26), False),
        ("subsidy_ended", dt.date(2026, 2, 25), True),
        ("subsidy_ended", dt.date(2026, 2, 24), False),
        ("staff_absent", True, True),
        ("staff_absent", False, False),
        ("provider_share", 4000, False),
        ("provider_share", 4001, True),
    ],
)
def test_a_signal_counts_exactly_at_its_threshold(key, value, is_hit):
    scored = only(key).judge({key: Reading(value)}, DAY)
    assert scored.score == (30 if is_hit else 0)


def test_what_is_unknown_or_does_not_apply_gives_no_points():
    compiled = only("satisfaction_low")
    assert compiled.judge({}, DAY).signs == "?"
    assert compiled.judge({"satisfaction_low": Reading(None)}, DAY).signs == "?"
    assert compiled.judge({"satisfaction_low": Reading(None, applies=False)}, DAY).signs == "."


@pytest.mark.parametrize(
    ("score", "band"), [(0, "GREEN"), (19, "GREEN"), (20, "YELLOW"), (49, "YELLOW"), (50, "RED")]
)
def test_bands_begin_where_the_policy_says(score, band):
    assert COMPILED.band_of(score) == band


def test_signals_without_points_are_not_looked_at():
    policy = rules.Policy(20, 50, (Weight("rating_low", None, 0), Weight("staff_absent", None, 5)))
    assert rules.compile_policy(policy).keys == ("staff_absent",)


def test_the_usual_policy_is_sound_and_leaves_concentration_off():
    assert rules.faults_of(USUAL) == ()
    assert "provider_share" not in COMPILED.keys
    assert len(rules.SIGNALS) == len(COMPILED.keys) + 1


# On a busy machine drawing a policy takes its time.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


# -- laws ------------------------------------------------------------------------------------------
_HUNDREDTHS = st.integers(0, 50_000)
_DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2029, 12, 31))
_VALUES = {
    rules.Test.BELOW: _HUNDREDTHS,
    rules.Test.ABOVE: _HUNDREDTHS,
    rules.Test.AT_LEAST: st.integers(0, 3),
    rules.Test.IS: st.booleans(),
    rules.Test.DAYS_LEFT: _DAYS,
    rules.Test.SINCE: _DAYS,
}


def values(key):
    return _VALUES[rules.SIGNALS[key].test]


@st.composite
def readings(draw):
    found = {}
    for key in rules.SIGNALS:
        fate = draw(st.sampled_from(["absent", "unknown", "known", "known", "inapplicable"]))
        if fate == "unknown":
            found[key] = Reading(None)
        elif fate == "inapplicable":
            found[key] = Reading(None, applies=False)
        elif fate == "known":
            found[key] = Reading(draw(values(key)), draw(st.none() | _DAYS), draw(st.text()))
    return found


@st.composite
def policies(draw):
    weights = [
        Weight(
            key,
            draw(st.integers(signal.least, signal.most)) if signal.has_threshold else None,
            draw(st.integers(0, 100)),
        )
        for key, signal in rules.SIGNALS.items()
        if draw(st.booleans())
    ]
    yellow = draw(st.integers(1, 100))
    return rules.Policy(yellow, yellow + draw(st.integers(1, 200)), tuple(weights))


@PATIENT
@given(policies(), readings(), _DAYS)
def test_a_record_alone_replays_to_the_same_points_and_band(policy, found, day):
    compiled = rules.compile_policy(policy)
    scored = compiled.judge(found, day)
    record = json.loads(json.dumps(rules.as_record(compiled, found, day, scored)))
    assert rules.replay(record) == scored
    assert rules.replays(record)
    assert not rules.replays({**record, "score": record["score"] + 1})


@PATIENT
@given(policies(), readings(), _DAYS, st.data())
def test_a_worse_value_never_lowers_the_score(policy, found, day, data):
    compiled = rules.compile_policy(policy)
    key = data.draw(
        st.sampled_from([k for k, s in rules.SIGNALS.items() if s.test is not rules.Test.SINCE])
    )
    one, other = data.draw(values(key)), data.draw(values(key))
    falls = rules.SIGNALS[key].test in {rules.Test.BELOW, rules.Test.DAYS_LEFT}
    better, worse = (max(one, other), min(one, other)) if falls else sorted((one, other))
    before = compiled.judge({**found, key: Reading(better)}, day).score
    unknown = compiled.judge({**found, key: Reading(None)}, day).score
    after = compiled.judge({**found, key: Reading(worse)}, day).score
    assert unknown <= before <= after


@PATIENT
@given(policies(), readings(), _DAYS)
def test_the_trace_adds_up_to_the_score(policy, found, day):
    compiled = rules.compile_policy(policy)
    trace = compiled.trace(found, day)
    assert sum(row.points for row in trace) == compiled.judge(found, day).score
    assert [row.key for row in trace] == list(compiled.keys)


@PATIENT
@given(policies(), readings(), _DAYS)
def test_the_smallest_change_moves_the_band_and_nothing_less_does(policy, found, day):
    compiled = rules.compile_policy(policy)
    trace = compiled.trace(found, day)
    score = sum(row.points for row in trace)
    order = (rules.GREEN, rules.YELLOW, rules.RED)
    points = {row.key: row.weight.points for row in trace}
    band = compiled.band_of(score)
    for keys, sign in ((rules.relief(compiled, trace), -1), (rules.risk(compiled, trace), 1)):
        if not keys:
            continue
        after = compiled.band_of(score + sign * sum(points[key] for key in keys))
        assert (order.index(after) - order.index(band)) * sign > 0
        rest = keys[1:]
        assert compiled.band_of(score + sign * sum(points[key] for key in rest)) == band
    if band != rules.GREEN:
        assert rules.relief(compiled, trace)


def test_the_change_named_is_the_one_with_fewest_signals():
    found = {
        "collection_low": Reading(1000),
        "staff_absent": Reading(True),
        "reports_missing": Reading(3),
    }
    trace = COMPILED.trace(found, DAY)
    assert sum(row.points for row in trace) == 60
    # 25 + 25 + 10: either of the two large ones alone brings it below 50.
    assert rules.relief(COMPILED, trace) == ("collection_low",)
    assert {row.key for row in trace if row.result is Result.HIT} == set(found)


def test_green_says_which_one_signal_would_make_it_yellow():
    found = {"reports_missing": Reading(3)}
    assert rules.risk(COMPILED, COMPILED.trace(found, DAY)) == ("statement_missing",)


# -- faults ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("policy", "key"),
    [
        (rules.Policy(50, 20, USUAL.weights), ""),
        (rules.Policy(20, 500, USUAL.weights), ""),
        (rules.Policy(1, 2, (Weight("nothing", None, 5),)), "nothing"),
        (rules.Policy(1, 2, (Weight("collection_low", None, 5),)), "collection_low"),
        (rules.Policy(1, 2, (Weight("collection_low", 101, 5),)), "collection_low"),
        (rules.Policy(1, 2, (Weight("staff_absent", None, 101),)), "staff_absent"),
    ],
)
def test_an_unsound_policy_names_its_fault(policy, key):
    assert key in {fault.key for fault in rules.faults_of(policy)}


# -- tasks -----------------------------------------------------------------------------------------
NOTHING = rules.Work()
JUST = dt.date(2026, 5, 20)
LONG_AGO = dt.date(2026, 4, 25)


@pytest.mark.parametrize(
    ("band", "before", "work", "wanted"),
    [
        ("GREEN", "RED", NOTHING, ""),
        ("YELLOW", "", NOTHING, "VISIT"),
        ("YELLOW", "GREEN", rules.Work("", JUST), "VISIT"),  # worse again: a new visit
        ("YELLOW", "YELLOW", rules.Work("", JUST), ""),  # visited five days ago
        ("YELLOW", "YELLOW", rules.Work("", LONG_AGO), "VISIT"),
        ("YELLOW", "RED", rules.Work("", None, JUST), ""),  # the order's result still holds
        ("YELLOW", "GREEN", rules.Work("VISIT"), ""),
        ("RED", "YELLOW", rules.Work("VISIT"), "RAISE"),
        ("RED", "YELLOW", rules.Work("", JUST), "ORDER"),
        ("RED", "RED", rules.Work("", JUST, LONG_AGO), "ORDER"),
        ("RED", "GREEN", rules.Work("ORDER"), ""),
        ("YELLOW", "RED", rules.Work("ORDER"), ""),
    ],
)
def test_a_band_calls_for_one_task_and_never_a_second(band, before, work, wanted):
    assert rules.task_for(band, before, work, DAY) == wanted


# -- months ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (dt.date(2026, 8, 31), 6, dt.date(2027, 2, 28)),
        (dt.date(2026, 3, 1), 6, dt.date(2026, 9, 1)),
        (dt.date(2024, 2, 29), 24, dt.date(2026, 2, 28)),
        (dt.date(2026, 1, 31), -1, dt.date(2025, 12, 31)),
    ],
)
def test_months_end_on_the_corresponding_day_or_the_last(day, months, then):
    assert rules.months_later(day, months) == then


def test_a_report_is_due_half_a_month_after_its_month():
    assert rules.reported_months(dt.date(2026, 5, 15), 1) == (dt.date(2026, 3, 1),)
    assert rules.reported_months(dt.date(2026, 5, 16), 1) == (dt.date(2026, 4, 1),)
    assert rules.quarters_before(dt.date(2026, 4, 15)) == (
        dt.date(2025, 7, 1),
        dt.date(2025, 10, 1),
    )
    assert rules.quarters_before(dt.date(2026, 4, 16)) == (
        dt.date(2025, 10, 1),
        dt.date(2026, 1, 1),
    )
