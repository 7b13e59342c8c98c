"""What a month is due: worked figures, boundaries, and what holds for all terms whatever."""

import datetime as dt
import itertools
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subsidies.entitlements.rules import due as rule
from subsidies.entitlements.rules.due import Basis, Finding, Given, Inputs, Problem
from subsidies.programmes.rules import Band, Deduction, Share, Step, Terms

D = Decimal
DISTRICT = (Share("DISTRICT", D(100)),)


def make_terms(*steps, **changes) -> Terms:
    steps = steps or (Step(1, 6, "CHARGEABLE_AREA", D("0.5000")),)
    months = max(step.to_month for step in steps)
    return Terms(**{"steps": steps, "months": months, "shares": DISTRICT, **changes})


def month_of(terms, index=1, starts=dt.date(2026, 4, 1), ends=None, **given):
    """The inputs of a month of a term, all of its days served."""
    ends = ends or rule.months_after(starts, terms.months) - dt.timedelta(1)
    period = rule.periods(terms, starts, ends)[index - 1]
    values = {"days": period.days, "area_m2": D("5600.00"), **given}
    others = {k: values.pop(k) for k in list(values) if k in OTHERS}
    return Inputs(
        period,
        **{name: one if isinstance(one, Given) else Given(one) for name, one in values.items()},
        **others,
    )


OTHERS = {"findings", "accrued", "firm_year", "programme_year", "problems", "notes"}


def due(terms, **given):
    return rule.due_for(terms, month_of(terms, **given))


# -- worked figures --------------------------------------------------------------------------------
def test_5600_m2_at_half_a_yuan_are_2800_a_month_and_16800_in_six():
    # §5.2: 5,600 m² × 0.5 = 2,800.00; × 6 = 16,800.00
    terms = make_terms()
    assert due(terms).due == D("2800.00")
    basis = Basis(dt.date(2026, 4, 1), dt.date(2026, 9, 30), Given(D("5600.00")))
    forecast = rule.forecast(terms, basis)
    assert forecast.total == D("16800.00")
    assert [one.gross for one in forecast.dues] == [D("2800.00")] * 6
    assert forecast.shares == {"DISTRICT": D("16800.00")}


def test_a_hundred_flats_of_a_hundred_m2_are_60000_a_year():
    # S1-3: 100 × 100 × 0.5 × 12
    terms = make_terms(Step(1, 12, "CHARGEABLE_AREA", D("0.5")))
    basis = Basis(dt.date(2026, 1, 1), dt.date(2026, 12, 31), Given(D("10000.00")))
    assert rule.forecast(terms, basis).total == D("60000.00")
    assert due(terms, area_m2=D("10000.00")).due == D("5000.00")


def test_a_contract_that_ended_on_the_17th_is_paid_by_days():
    terms = make_terms()
    found = due(terms, starts=dt.date(2026, 5, 1), days=17)
    assert found.due == D("1535.48")  # 2,800 × 17/31 = 1,535.4838…
    line = next(line for line in found.lines if line.code == "AMOUNT")
    assert line.expression == "5600.00 × 0.5 × 17/31"


@pytest.mark.parametrize(
    ("rule_of_parts", "days", "expected"),
    [
        ("DAYS", 15, "1400.00"),
        ("DAYS", 30, "2800.00"),
        ("DAYS", 0, "0.00"),
        ("WHOLE", 1, "2800.00"),
        ("WHOLE", 0, "0.00"),
        ("COMPLETE", 29, "0.00"),
        ("COMPLETE", 30, "2800.00"),
    ],
)
def test_a_part_of_a_month_counts_as_the_programme_says(rule_of_parts, days, expected):
    assert due(make_terms(part_month=rule_of_parts), days=days).due == D(expected)


def test_the_rate_falls_from_year_to_year():
    # Shijiazhuang 2015: 0.3, 0.2, 0.1 (§4.4)
    terms = make_terms(
        Step(1, 12, "FLOOR_AREA", D("0.3")),
        Step(13, 24, "FLOOR_AREA", D("0.2")),
        Step(25, 36, "FLOOR_AREA", D("0.1")),
    )
    amounts = [
        due(terms, index=index, area_m2=D("1000.00")).due for index in (1, 12, 13, 24, 25, 36)
    ]
    assert amounts == [D(300), D(300), D(200), D(200), D(100), D(100)]
    basis = Basis(dt.date(2026, 4, 1), dt.date(2029, 3, 31), Given(D("1000.00")))
    assert rule.forecast(terms, basis).total == D("7200.00")


def test_an_extension_goes_on_at_the_last_rate():
    terms = make_terms()
    ends = dt.date(2026, 11, 30)
    assert due(terms, index=8, ends=ends).due == D("2800.00")
    once = make_terms(Step(1, 6, "CHARGEABLE_AREA", D(1), "ONCE"))
    assert due(once, index=7, ends=ends).problems == (Problem("RATE_MISSING", (("month", "7"),)),)


def test_bao_an_pays_a_share_of_the_fee_and_the_odd_fen_falls_on_one_of_two():
    # Bao'an 2006: 0.2 yuan for 3 months, then 80 % of the fee; district and street half each
    terms = make_terms(
        Step(1, 3, "FLOOR_AREA", D("0.2")),
        Step(4, 12, "FEE_SHARE", D(80)),
        shares=(Share("DISTRICT", D(50)), Share("STREET", D(50))),
    )
    first = due(terms, area_m2=D("3333.35"))
    assert first.due == D("666.67")
    assert [(one.payer, one.due) for one in first.shares] == [
        ("DISTRICT", D("333.34")),
        ("STREET", D("333.33")),
    ]
    later = due(terms, index=4, area_m2=D("3333.35"), fee_per_m2=D("0.6000"))
    assert later.due == D("1600.01")  # 3,333.35 × 0.6 × 80 % = 1,600.008
    unknown = due(terms, index=4)
    assert unknown.due is None
    assert unknown.problems == (Problem("FEE_UNKNOWN"),)


def test_wuxiang_pays_a_yuan_a_year_and_the_months_add_up_to_it():
    # S4-12: 1 yuan a m² and year, three years
    terms = make_terms(Step(1, 36, "FLOOR_AREA", D(1), "YEAR"))
    area = Given(D("1613.39"))
    forecast = rule.forecast(terms, Basis(dt.date(2026, 1, 1), dt.date(2028, 12, 31), area))
    assert forecast.total == D("4840.17")
    assert sum(one.due for one in forecast.dues[:12]) == D("1613.39")
    assert {one.due for one in forecast.dues} == {D("134.44"), D("134.45")}


def test_a_rate_paid_once_is_spread_over_its_step_without_losing_a_fen():
    terms = make_terms(Step(1, 7, "HOUSEHOLDS", D(100), "ONCE"))
    basis = Basis(dt.date(2026, 1, 1), dt.date(2026, 7, 31), household_count=Given(36))
    forecast = rule.forecast(terms, basis)
    assert forecast.total == D("3600.00")
    assert len({one.due for one in forecast.dues}) == 2


def test_ningbo_counts_the_area_of_the_households_that_paid():
    terms = make_terms(Step(1, 36, "COLLECTED_AREA", D("0.15")))
    found = due(terms, paid_households=421, billed_households=446)
    assert found.due == D("792.91")  # 5,600 × 421/446 × 0.15 = 792.9147…
    assert due(terms).problems == (Problem("COLLECTION_MISSING"),)
    nobody = due(terms, paid_households=0, billed_households=0)
    assert nobody.problems == (Problem("NOTHING_BILLED"),)
    basis = Basis(dt.date(2026, 1, 1), dt.date(2028, 12, 31), Given(D("5600.00")))
    assert rule.forecast(terms, basis).total == D("30240.00")  # as if all of them paid


# -- months ----------------------------------------------------------------------------------------
def test_calendar_months_begin_and_end_with_the_term():
    found = rule.periods(make_terms(), dt.date(2026, 3, 16), dt.date(2026, 8, 31))
    assert [(one.index, one.month.month, one.days, one.days_in_month) for one in found] == [
        (1, 3, 16, 31),
        (2, 4, 30, 30),
        (3, 5, 31, 31),
        (4, 6, 30, 30),
        (5, 7, 31, 31),
        (6, 8, 31, 31),
    ]


def test_a_month_of_service_is_accrued_when_it_is_over():
    terms = make_terms(counting="SERVICE")
    found = rule.periods(terms, dt.date(2026, 3, 16), dt.date(2026, 9, 15))
    assert len(found) == 6
    assert (found[0].first, found[0].last) == (dt.date(2026, 3, 16), dt.date(2026, 4, 15))
    assert [one.month for one in found] == [dt.date(2026, month, 1) for month in range(4, 10)]
    assert [one.days_in_month for one in found] == [31, 30, 31, 30, 31, 31]
    from_first = rule.periods(terms, dt.date(2026, 3, 1), dt.date(2026, 8, 31))
    assert [one.month.month for one in from_first] == [3, 4, 5, 6, 7, 8]


def test_months_of_service_from_the_31st_never_fall_on_each_other():
    found = rule.periods(make_terms(counting="SERVICE"), dt.date(2027, 8, 31), dt.date(2028, 2, 28))
    assert [one.last for one in found] == [
        dt.date(2027, 9, 29),
        dt.date(2027, 10, 30),
        dt.date(2027, 11, 29),
        dt.date(2027, 12, 30),
        dt.date(2028, 1, 30),
        dt.date(2028, 2, 28),
    ]
    assert len({one.month for one in found}) == 6


def test_the_29th_of_february_is_a_day_like_any_other():
    terms = make_terms()
    leap = due(terms, starts=dt.date(2028, 2, 1), days=28)
    assert leap.due == D("2703.45")  # 2,800 × 28/29
    plain = due(terms, starts=dt.date(2027, 2, 1), days=28)
    assert plain.due == D("2800.00")


@given(st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31)), st.integers(0, 1500))
@settings(max_examples=200, deadline=None)
def test_periods_leave_no_day_out_and_count_none_twice(starts, length):
    for counting in ("CALENDAR", "SERVICE"):
        ends = starts + dt.timedelta(length)
        found = rule.periods(make_terms(counting=counting), starts, ends)
        assert sum(one.days for one in found) == length + 1
        assert found[0].first == starts
        assert found[-1].last == ends
        assert len({one.month for one in found}) == len(found)
        for one, after in itertools.pairwise(found):
            assert after.first == one.last + dt.timedelta(1)
            assert one.days == one.days_in_month or one is found[0]


# -- assessment, deductions, revenue, caps ---------------------------------------------------------
BANDS = (
    Band(D(80), "FULL"),
    Band(D(60), "PRO_RATA"),
    Band(D(0), "NOTHING"),
)


@pytest.mark.parametrize(
    ("score", "expected"),
    [("80", "2800.00"), ("79.99", "2239.72"), ("60", "1680.00"), ("59.99", "0.00")],
)
def test_the_assessment_decides_how_much_is_paid(score, expected):
    # §5.2: ≥ 80 full, 60–79 pro rata, < 60 nothing
    terms = make_terms(bands=BANDS, needs_assessment=True)
    found = due(terms, score=Given(D(score), "2026 I", dt.date(2026, 3, 1)))
    assert found.gross == D("2800.00")
    assert found.due == D(expected)
    assert found.deduction == found.gross - found.due


def test_a_missing_or_old_assessment_is_a_problem_where_one_is_asked_for():
    terms = make_terms(bands=BANDS, needs_assessment=True, assessment_months=12)
    assert due(terms).problems == (Problem("ASSESSMENT_MISSING"),)
    held = due(terms, score=Given(D(90), "", dt.date(2025, 4, 1)))
    assert held.due == D("2800.00")
    old = due(terms, score=Given(D(90), "", dt.date(2025, 3, 31)))
    assert old.problems == (Problem("ASSESSMENT_OLD", (("on", "2025-03-31"),)),)
    assert old.due is None
    free = make_terms(bands=BANDS)
    assert due(free).due == D("2800.00")


def test_findings_take_off_percentages_and_yuan_each_time_and_never_more_than_there_is():
    terms = make_terms(
        deductions=(
            Deduction("STAFF_ABSENT", percent=D(5)),
            Deduction("NOT_POSTED", amount=D("100.005")),
        )
    )
    absent, silent = Finding("STAFF_ABSENT"), Finding("NOT_POSTED")
    assert due(terms, findings=(absent, absent, silent)).deduction == D("380.01")
    assert due(terms, findings=(Finding("CARD"),)).deduction == D(0)
    many = due(terms, findings=(absent,) * 21)
    assert many.due == D(0)
    assert many.deduction == D("2800.00")
    assert [line.value for line in many.lines if line.code == "LIMIT"] == [D("140.00")]


def test_public_revenue_is_counted_against_it_and_an_unknown_one_is_a_problem():
    terms = make_terms(offset_percent=D(50))
    assert due(terms, public_revenue=D("1000.01")).gross == D("2299.99")
    assert due(terms, public_revenue=D("-50")).gross == D("2800.00")
    assert due(terms, public_revenue=D("10000")).gross == D("0.00")
    assert due(terms).problems == (Problem("REVENUE_UNKNOWN"),)


def test_a_cap_cuts_the_month_and_the_cut_is_a_line_of_its_own():
    terms = make_terms(
        cap_compound=D("10000.00"), cap_firm_year=D("9000.00"), cap_year=D("8000.00")
    )
    found = due(terms, accrued=D("8000.00"), firm_year=D("7500.00"), programme_year=D("6900.00"))
    assert found.gross == D("1100.00")
    cuts = {line.code: line.value for line in found.lines if line.code.startswith("CAP")}
    assert cuts == {
        "CAP_COMPOUND": D("-800.00"),
        "CAP_FIRM": D("-500.00"),
        "CAP_YEAR": D("-400.00"),
    }
    assert due(terms, accrued=D("10000.00")).gross == D("0.00")


def test_the_forecast_keeps_within_the_cap_of_each_year():
    terms = make_terms(cap_year=D("5000.00"))
    basis = Basis(
        dt.date(2026, 10, 1),
        dt.date(2027, 3, 31),
        Given(D("5600.00")),
        programme_years={2027: D("4000.00")},
    )
    forecast = rule.forecast(terms, basis)
    assert [one.gross for one in forecast.dues] == [
        D("2800.00"),
        D("2200.00"),
        D("0.00"),
        D("1000.00"),
        D("0.00"),
        D("0.00"),
    ]


def test_what_is_missing_is_a_problem_and_never_zero():
    terms = make_terms()
    for changes, code in (
        ({"area_m2": None}, "AREA_UNKNOWN"),
        ({"days": None}, "DAYS_UNKNOWN"),
    ):
        found = due(terms, **changes)
        assert (found.gross, found.deduction, found.due) == (None, None, None)
        assert [one.code for one in found.problems] == [code]
    households = make_terms(Step(1, 6, "HOUSEHOLDS", D(5)))
    assert due(households).problems == (Problem("HOUSEHOLDS_UNKNOWN"),)
    forecast = rule.forecast(terms, Basis(dt.date(2026, 4, 1), dt.date(2026, 9, 30)))
    assert forecast.total is None
    assert forecast.problems == (Problem("AREA_UNKNOWN"),)


def test_a_problem_of_others_keeps_the_month_from_being_paid():
    found = due(make_terms(), problems=(Problem("BLACKLISTED"),))
    assert found.due is None
    noted = due(make_terms(), notes=(Problem("AREA_ROSE"),))
    assert noted.due == D("2800.00")
    assert noted.notes == (Problem("AREA_ROSE"),)


def test_every_given_line_names_its_source_and_day():
    found = due(
        make_terms(),
        area_m2=Given(D("5600.00"), "DEED:1", dt.date(2026, 3, 1)),
        days=Given(30, "ASSIGNMENT", dt.date(2026, 4, 30)),
    )
    by_code = {line.code: line for line in found.lines}
    assert (by_code["QUANTITY"].source, by_code["QUANTITY"].on) == ("DEED:1", dt.date(2026, 3, 1))
    assert (by_code["DAYS"].source, by_code["DAYS"].expression) == ("ASSIGNMENT", "30/30")
    assert [line.code for line in found.lines] == [
        "QUANTITY",
        "RATE",
        "DAYS",
        "AMOUNT",
        "GROSS",
        "DUE",
    ]


# -- whatever the terms ----------------------------------------------------------------------------
def _places(places, upper):
    return st.integers(0, upper * 10**places).map(lambda n: D(n).scaleb(-places))


percents = _places(2, 100)
AREAS = _places(2, 200_000)


@st.composite
def terms_of_all_kinds(draw):
    basis = st.sampled_from(
        ["CHARGEABLE_AREA", "FLOOR_AREA", "HOUSEHOLDS", "FEE_SHARE", "COLLECTED_AREA"]
    )
    per = st.sampled_from(["MONTH", "YEAR", "ONCE"])
    steps, first = [], 1
    for length in draw(st.lists(st.integers(1, 14), min_size=1, max_size=3)):
        rate = draw(_places(4, 90))
        steps.append(Step(first, first + length - 1, draw(basis), rate, draw(per)))
        first += length
    cut = draw(st.integers(0, 100))
    second = draw(st.integers(0, 100 - cut))
    cap = st.none() | _places(2, 500_000)
    return make_terms(
        *steps,
        counting=draw(st.sampled_from(["CALENDAR", "SERVICE"])),
        part_month=draw(st.sampled_from(["DAYS", "WHOLE", "COMPLETE"])),
        shares=(
            Share("CITY", D(cut)),
            Share("DISTRICT", D(second)),
            Share("STREET", D(100 - cut - second)),
        ),
        bands=draw(st.sampled_from([(), BANDS])),
        deductions=draw(
            st.sampled_from(
                [(), (Deduction("CARD", percent=D("33.33")), Deduction("NOT_POSTED", None, D(77)))]
            )
        ),
        offset_percent=draw(st.sampled_from([D(0), D(0), D(40)])),
        cap_compound=draw(cap),
        cap_firm_year=draw(cap),
        cap_year=draw(cap),
    )


@st.composite
def cases(draw):
    terms = draw(terms_of_all_kinds())
    starts = draw(st.dates(dt.date(2025, 1, 1), dt.date(2028, 12, 31)))
    ends = rule.months_after(starts, terms.months) - dt.timedelta(1)
    period = draw(st.sampled_from(rule.periods(terms, starts, ends)))
    if period.index > terms.months:
        period = period._replace(index=terms.months)
    billed = draw(st.integers(1, 3000))
    inputs = Inputs(
        period,
        Given(draw(st.integers(0, period.days)), "D", starts),
        Given(draw(AREAS), "A", starts),
        Given(draw(st.integers(0, 5000)), "H", starts),
        Given(draw(_places(4, 9)), "F", starts),
        Given(draw(st.integers(0, billed)), "C", starts),
        Given(billed, "C", starts),
        Given(draw(_places(2, 90_000)) - 1000, "R", starts),
        Given(draw(percents), "S", period.first),
        tuple(
            draw(st.lists(st.sampled_from([Finding("CARD"), Finding("NOT_POSTED")]), max_size=4))
        ),
        draw(_places(2, 400_000)),
        draw(_places(2, 400_000)),
        draw(_places(2, 400_000)),
    )
    return terms, inputs


@given(cases())
@settings(max_examples=300, deadline=None)
def test_amounts_hold_together_and_replay_from_their_record(case):
    terms, inputs = case
    found = rule.due_for(terms, inputs)
    assert not found.problems
    assert found.due == found.gross - found.deduction
    assert 0 <= found.due <= found.gross
    # Caps are never exceeded, unless they were before.
    for cap, used in (
        (terms.cap_compound, inputs.accrued),
        (terms.cap_firm_year, inputs.firm_year),
        (terms.cap_year, inputs.programme_year),
    ):
        if cap is not None:
            assert found.gross <= max(D(0), cap - used)
    # Shares sum to the amounts, and nobody's is below zero.
    assert sum(one.due for one in found.shares) == found.due
    assert sum(one.gross for one in found.shares) == found.gross
    assert all(one.due >= 0 and one.deduction >= 0 for one in found.shares)
    # The lines between gross and due add up.
    codes = {"AMOUNT", "OFFSET", "CAP_COMPOUND", "CAP_FIRM", "CAP_YEAR"}
    assert sum(line.value for line in found.lines if line.code in codes) == found.gross
    taken = {"BAND", "FINDING", "LIMIT"}
    assert -sum(line.value for line in found.lines if line.code in taken) == found.deduction
    # Every amount is whole fen.
    assert found.gross == found.gross.quantize(D("0.01"))
    record = json.loads(json.dumps(rule.trace(terms, inputs, found)))
    again = rule.replay(record)
    assert (again.gross, again.deduction, again.due) == (found.gross, found.deduction, found.due)
    assert again.shares == found.shares
    assert rule.lines_of(record) == tuple(found.lines)
    assert again.lines == found.lines


@given(cases(), st.data())
@settings(max_examples=200, deadline=None)
def test_more_days_never_pay_less(case, data):
    terms, inputs = case
    fewer = data.draw(st.integers(0, inputs.days.value))
    less = rule.due_for(terms, replace(inputs, days=Given(fewer)))
    assert less.gross <= rule.due_for(terms, inputs).gross


@given(terms_of_all_kinds(), st.dates(dt.date(2025, 1, 1), dt.date(2028, 12, 31)), AREAS)
@settings(max_examples=150, deadline=None)
def test_the_forecast_is_the_sum_of_its_months_and_within_the_caps(terms, starts, area):
    ends = rule.months_after(starts, terms.months) - dt.timedelta(1)
    if terms.counting == "CALENDAR":
        starts, ends = starts.replace(day=1), rule.months_after(starts.replace(day=1), terms.months)
        ends -= dt.timedelta(1)
    basis = Basis(starts, ends, Given(area), Given(80), Given(D("0.6")))
    forecast = rule.forecast(terms, basis)
    assert forecast.total == sum(one.gross for one in forecast.dues)
    assert sum(forecast.shares.values()) == forecast.total
    if terms.cap_compound is not None:
        assert forecast.total <= terms.cap_compound
    years = {}
    for period, one in zip(forecast.periods, forecast.dues, strict=True):
        years[period.month.year] = years.get(period.month.year, 0) + one.gross
    for cap in (terms.cap_firm_year, terms.cap_year):
        assert cap is None or all(value <= cap for value in years.values())


@given(st.integers(1, 14), _places(4, 90), AREAS, st.sampled_from(["YEAR", "ONCE"]))
@settings(max_examples=100, deadline=None)
def test_yearly_and_single_rates_add_up_to_the_whole(length, rate, area, per):
    terms = make_terms(Step(1, length, "FLOOR_AREA", rate, per))
    starts = dt.date(2026, 1, 1)
    ends = rule.months_after(starts, length) - dt.timedelta(1)
    forecast = rule.forecast(terms, Basis(starts, ends, Given(area)))
    months = D(length) / 12 if per == "YEAR" else D(1)
    whole = area * rate * months
    assert abs(forecast.total - whole) <= D("0.005000001")
