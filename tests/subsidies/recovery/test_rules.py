"""Rules of the end of a subsidy: months, warnings, claims to the fen, instalments."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subsidies.programmes.rules import Clawback, Terms
from subsidies.recovery import rules
from subsidies.recovery.rules import Claim, ClaimLine, Paid, Part, Refusal, claim_amount

D = Decimal
MONTHS = [dt.date(2026, month, 1) for month in range(1, 7)]
STARTS, ENDS = dt.date(2026, 1, 1), dt.date(2026, 6, 30)


def terms(trigger="LEFT_EARLY", takes="ALL", months=None, percent=None) -> Terms:
    return Terms(clawbacks=(Clawback(trigger, takes, months, percent),))


def paid(month, amount="2800.00", indicator=1, claimed="0.00", **changes) -> Paid:
    first = dt.date(2026, month, 1)
    facts = {"paid_on": dt.date(2026, month + 1, 10), **changes}
    last = rules.months_later(first, 1) - dt.timedelta(days=1)
    return Paid(first, indicator, D(amount), first, last, D(claimed), **facts)


SIX = [paid(month) for month in range(1, 7)]


# -- months and warnings ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "used"),
    [
        ("2025-12-31", 0),
        ("2026-01-01", 1),
        ("2026-01-31", 1),
        ("2026-02-01", 2),
        ("2026-06-01", 6),
        ("2026-06-30", 6),
        ("2026-07-01", 6),
    ],
)
def test_months_used_are_those_that_have_begun(day, used):
    found = rules.months_of(STARTS, ENDS, 6, "CALENDAR", dt.date.fromisoformat(day))
    assert (found.used, found.left, found.total) == (used, 6 - used, 6)


def test_months_of_service_begin_on_the_day_service_began():
    starts, ends = dt.date(2026, 1, 15), dt.date(2026, 7, 14)
    for day, used in (("2026-02-14", 1), ("2026-02-15", 2), ("2026-07-14", 6)):
        found = rules.months_of(starts, ends, 6, "SERVICE", dt.date.fromisoformat(day))
        assert found.used == used


def test_the_warning_comes_before_the_last_month():
    assert rules.last_month_from(ENDS) == dt.date(2026, 6, 1)
    assert rules.warns_from(ENDS) == dt.date(2026, 5, 17)
    assert rules.last_month_from(dt.date(2026, 7, 14)) == dt.date(2026, 6, 15)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2035, 1, 1)), st.integers(-70, 70))
def test_the_condition_of_the_database_is_the_warning_itself(as_of, shift):
    latest = rules.latest_end_warned(as_of)
    ends_on = latest + dt.timedelta(days=shift)
    assert (ends_on <= latest) == (rules.warns_from(ends_on) <= as_of)


def test_collection_is_held_only_by_months_in_a_row_that_are_reported():
    rates = {MONTHS[5]: D("70.0"), MONTHS[4]: D("69.9"), MONTHS[3]: D("90")}
    assert rules.held_for(rates, MONTHS[5], D(70)) == 1
    assert rules.held_for({**rates, MONTHS[4]: D(70)}, MONTHS[5], D(70)) == 3
    assert rules.held_for({**rates, MONTHS[4]: None}, MONTHS[5], D(70)) == 1
    assert rules.held_for({}, MONTHS[5], D(70)) == 0


@pytest.mark.parametrize(
    ("reason", "exit_on", "as_of", "code"),
    [
        ("TERM", "2026-06-30", "2026-05-16", "TOO_EARLY"),
        ("TERM", "2026-06-30", "2026-05-17", ""),
        ("TERM", "2026-06-29", "2026-07-01", "NOT_THE_LAST_DAY"),
        ("SERVICE_ENDED", "2025-12-31", "2026-07-01", "BEFORE_THE_TERM"),
        ("SERVICE_ENDED", "2026-01-01", "2026-07-01", ""),
        ("SERVICE_ENDED", "2026-07-01", "2026-07-01", "AFTER_THE_TERM"),
    ],
)
def test_an_end_fits_its_reason(reason, exit_on, as_of, code):
    found = rules.end_refusal(
        reason=reason,
        starts_on=STARTS,
        ends_on=ENDS,
        exit_on=dt.date.fromisoformat(exit_on),
        as_of=dt.date.fromisoformat(as_of),
    )
    assert found == code


# -- claims ----------------------------------------------------------------------------------------
def test_all_that_was_paid_is_claimed():
    """Source: §5.2, 2,800.00 a month for six months are 16,800.00."""
    claim = claim_amount(terms(), SIX, "LEFT_EARLY", dt.date(2026, 7, 1))
    assert claim.amount == D("16800.00")
    assert not claim.refusal


def test_what_was_claimed_before_is_not_claimed_again():
    rows = [paid(1, claimed="2800.00"), paid(2, claimed="0.01")]
    assert claim_amount(terms(), rows, "LEFT_EARLY", dt.date(2026, 7, 1)).amount == D("2799.99")
    gone = [paid(1, claimed="2800.00")]
    found = claim_amount(terms(), gone, "LEFT_EARLY", dt.date(2026, 7, 1))
    assert (found.refusal, found.amount) == (Refusal.ALL_CLAIMED, 0)


def test_unearned_is_what_was_paid_for_the_days_after():
    found = claim_amount(terms(takes="UNEARNED"), SIX, "LEFT_EARLY", dt.date(2026, 5, 10))
    # 21 of the 31 days of May, and all of June.
    assert [(line.part, line.whole) for line in found.lines] == [(21, 31), (30, 30)]
    assert [line.amount for line in found.lines] == [D("1896.77"), D("2800.00")]


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        ("2025-12-31", "16800.00"),
        ("2026-01-01", "16709.68"),
        ("2026-05-31", "2800.00"),
        ("2026-06-29", "93.33"),
        ("2026-06-30", "0.00"),
    ],
)
def test_unearned_at_the_edges_of_months(day, amount):
    found = claim_amount(terms(takes="UNEARNED"), SIX, "LEFT_EARLY", dt.date.fromisoformat(day))
    assert found.amount == D(amount)
    assert (found.refusal == Refusal.NOTHING) == (amount == "0.00")


def test_the_days_of_a_month_are_those_of_the_term_in_it():
    row = Paid(
        MONTHS[0], 1, D("1700.00"), dt.date(2026, 1, 15), dt.date(2026, 1, 31),
        paid_on=dt.date(2026, 2, 10),
    )  # fmt: skip
    found = claim_amount(terms(takes="UNEARNED"), [row], "LEFT_EARLY", dt.date(2026, 1, 21))
    assert found.amount == D("1000.00")  # 10 of 17 days


def test_the_last_months_are_the_last_that_were_paid():
    found = claim_amount(
        terms("LOW_SCORE", "LAST_MONTHS", 2), SIX[:4], "LOW_SCORE", dt.date(2026, 7, 1)
    )
    assert [line.month for line in found.lines] == MONTHS[2:4]


def test_a_percentage_is_rounded_half_up_once_for_a_month():
    rows = [paid(1, "0.05"), paid(2, "0.15")]
    found = claim_amount(
        terms("STAFF_ABSENT", "PERCENT", percent=D(10)), rows, "STAFF_ABSENT", dt.date(2026, 7, 1)
    )
    assert [line.amount for line in found.lines] == [D("0.01"), D("0.02")]


def test_shares_of_a_month_lose_no_fen():
    rows = [paid(1, "1400.01", 1), paid(1, "1400.00", 2)]
    found = claim_amount(
        terms("STAFF_ABSENT", "PERCENT", percent=D("33.33")), rows, "STAFF_ABSENT", ENDS
    )
    assert found.amount == D("933.24")
    assert {line.indicator_id for line in found.lines} == {1, 2}


def test_leaving_counts_until_so_many_months_after_the_last_payment():
    rule = terms(months=6)
    last = dt.date(2027, 1, 10)  # June was paid on 10 July
    assert claim_amount(rule, SIX, "LEFT_EARLY", last).amount == D("16800.00")
    late = claim_amount(rule, SIX, "LEFT_EARLY", last + dt.timedelta(days=1))
    assert (late.refusal, late.until, late.amount) == (Refusal.TOO_LATE, last, 0)


def test_other_reasons_know_no_such_limit():
    rule = terms("LOW_SCORE", "LAST_MONTHS", 1)
    assert claim_amount(rule, SIX, "LOW_SCORE", dt.date(2030, 1, 1)).amount == D("2800.00")


def test_nothing_is_claimed_without_a_term_or_a_payment():
    assert claim_amount(terms(), SIX, "FALSE_DATA", ENDS).refusal == Refusal.NO_TERM
    assert claim_amount(terms(), [], "LEFT_EARLY", ENDS).refusal == Refusal.NOT_PAID


AMOUNTS = st.decimals(D("0.00"), D("99999.99"), places=2)


@st.composite
def months_paid(draw):
    rows = []
    for month in range(1, draw(st.integers(1, 6)) + 1):
        for indicator in draw(st.sampled_from([[1], [1, 2], [1, 2, 3]])):
            amount = draw(AMOUNTS)
            claimed = draw(st.sampled_from([D(0), amount, amount / 2])).quantize(D("0.01"))
            rows.append(paid(month, str(amount), indicator, str(claimed)))
    return rows


@given(
    months_paid(),
    st.sampled_from(["ALL", "UNEARNED", "LAST_MONTHS", "PERCENT"]),
    st.integers(1, 8),
    st.decimals(D("0.01"), D(100), places=2),
    st.dates(dt.date(2025, 12, 1), dt.date(2026, 9, 1)),
)
def test_never_more_is_claimed_than_was_paid_and_not_claimed(rows, takes, months, percent, day):
    found = claim_amount(terms(takes=takes, months=months, percent=percent), rows,
                         "LEFT_EARLY", day)  # fmt: skip
    left = {(row.month, row.indicator_id): row.left for row in rows}
    for line in found.lines:
        assert 0 < line.amount <= left[line.month, line.indicator_id]
        assert line.amount == line.amount.quantize(D("0.01"))
    assert found.amount == sum((line.amount for line in found.lines), D(0))
    assert bool(found.refusal) == (found.amount == 0)
    if takes == "ALL" and not found.refusal:
        assert found.amount == sum(left.values())
    kept = found.as_json()
    assert D(kept["amount"]) == sum((D(line["amount"]) for line in kept["lines"]), D(0))
    assert [ClaimLine.from_json(line) for line in kept["lines"]] == list(found.lines)


@given(months_paid(), st.dates(dt.date(2025, 12, 1), dt.date(2026, 9, 1)))
def test_the_later_it_happened_the_less_is_unearned(rows, day):
    rule = terms(takes="UNEARNED")
    early = claim_amount(rule, rows, "LEFT_EARLY", day).amount
    late = claim_amount(rule, rows, "LEFT_EARLY", day + dt.timedelta(days=1)).amount
    assert late <= early


@given(months_paid(), st.decimals(D("0.01"), D(1), places=2))
def test_a_claim_upheld_in_part_is_cut_down_to_the_fen(rows, part):
    claim = claim_amount(terms(), rows, "LEFT_EARLY", ENDS)
    if claim.refusal:
        return
    amount = max(D("0.01"), (claim.amount * part).quantize(D("0.01")))
    lines = rules.reduced(claim.lines, min(amount, claim.amount))
    assert sum(line.amount for line in lines) == min(amount, claim.amount)
    before = {(line.month, line.indicator_id): line.amount for line in claim.lines}
    assert all(0 < line.amount <= before[line.month, line.indicator_id] for line in lines)


def test_a_claim_is_not_cut_down_to_nothing_or_more():
    lines = claim_amount(terms(), SIX, "LEFT_EARLY", ENDS).lines
    for amount in (D(0), D("16800.01")):
        with pytest.raises(ValueError, match="no part"):
            rules.reduced(lines, amount)


def test_an_empty_claim_asks_for_nothing():
    assert Claim("LEFT_EARLY", ENDS).amount == 0


# -- fines -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("trigger", "fine", "code"),
    [
        ("FALSE_DATA", "0", ""),
        ("FALSE_DATA", "1679.99", "OUT_OF_RANGE"),
        ("FALSE_DATA", "1680.00", ""),
        ("FALSE_DATA", "8400.00", ""),
        ("FALSE_DATA", "8400.01", "OUT_OF_RANGE"),
        ("LEFT_EARLY", "1680.00", "NO_FINE"),
        ("LEFT_EARLY", "0.00", ""),
    ],
)
def test_a_fine_is_ten_to_fifty_per_cent_of_what_was_defrauded(trigger, fine, code):
    """Source: domain.md §2.6, article 14."""
    assert rules.fine_refusal(trigger, D("16800.00"), D(fine)) == code


# -- instalments -----------------------------------------------------------------------------------
FIRST = dt.date(2026, 8, 1)


def parts(*amounts) -> list[Part]:
    return [
        Part(rules.months_later(FIRST, number), D(amount)) for number, amount in enumerate(amounts)
    ]


@pytest.mark.parametrize(
    ("plan", "codes"),
    [
        (parts("50.00", "50.00"), ()),
        (parts("100"), ()),
        ([], ("EMPTY",)),
        (parts("50.00", "49.99"), ("SUM",)),
        (parts("100.01"), ("SUM",)),
        (parts("100.00", "0.00"), ("AMOUNT",)),
        (parts("50.005", "49.995"), ("FEN",)),
        (parts("50.00", "50.00")[::-1], ("ORDER",)),
        ([Part(FIRST - dt.timedelta(days=1), D(100))], ("BEFORE",)),
        (parts(*["1.00"] * 37), ("TOO_MANY", "SUM")),
    ],
)
def test_a_plan_makes_up_exactly_what_is_to_come(plan, codes):
    assert rules.plan_refusals(plan, D("100.00"), FIRST) == codes


@pytest.mark.parametrize(("claimed", "amount"), [("0.00", "933.33"), ("500.00", "433.33")])
def test_the_same_days_are_claimed_once_whatever_the_reasons(claimed, amount):
    """Ten days after 20 April: what was claimed of the month for another reason counts."""
    rows = [paid(4, claimed=claimed)]
    day = dt.date(2026, 4, 20)
    assert claim_amount(terms(takes="UNEARNED"), rows, "LEFT_EARLY", day).amount == D(amount)


def test_days_that_are_claimed_already_are_claimed_by_nobody_else():
    rows = [paid(4, claimed="933.33")]
    found = claim_amount(terms(takes="UNEARNED"), rows, "LEFT_EARLY", dt.date(2026, 4, 20))
    assert (found.refusal, found.amount) == (Refusal.NOTHING, 0)
