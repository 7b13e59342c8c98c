"""Known schemes of other districts are entered in the browser, published and read back.

Nobody writes code for a scheme: what a test sends is what a clerk types. Source: domain.md §4.4.
"""

import pytest

from subsidies.programmes import rules
from subsidies.programmes.models import Programme
from subsidies.programmes.questions import terms_of

from .editions import TODAY, C, D, make_people
from .pages import HOME, client_of, sent, text_of

pytestmark = pytest.mark.django_db

AREA, HALVES = "CHARGEABLE_AREA", (("DISTRICT", "50"), ("STREET", "50"))
FILED = ("contract_is_filed", "is", "true")


@pytest.fixture
def enter(district, monkeypatch):
    """Type an edition in, have it published by somebody else, and read its terms and its page."""
    monkeypatch.setattr("governance.foundation.dates.today", lambda: TODAY)
    people = make_people(district)

    def entered(**form):
        answer = client_of(people.officer, "en").post(f"{HOME}add/", sent(**form))
        assert answer.status_code == 302, text_of(answer)
        programme = Programme.objects.get()
        address = f"{HOME}{programme.pk}/"
        approver = client_of(people.approver, "en")
        approver.post(f"{address}publish/", {"version": programme.version})
        programme.refresh_from_db()
        assert programme.state == "PUBLISHED"
        terms = terms_of([programme.pk])[programme.pk]
        assert rules.faults(terms) == []
        return terms, text_of(approver.get(address))

    return entered


def test_xiaodian_half_a_yuan_for_six_months(enter):
    terms, page = enter(
        steps=(("1", "6", "0.5", AREA, "MONTH"),),
        conditions=(("strategy", "in", ["SUBSIDY_TRANSITION"]), FILED),
    )
    assert terms.steps == (rules.Step(1, 6, AREA, D("0.5")),)
    assert terms.conditions[0] == C("strategy", "in", ("SUBSIDY_TRANSITION",))
    assert "0.50 yuan/m² of chargeable area a month × 6 months" in page


def test_wuxiang_one_yuan_a_year_for_three_years(enter):
    # Open point: the source says 1 yuan/m² and three years, not whether the rate is a year's.
    terms, page = enter(
        head={"months": "36", "settlement": "YEAR"},
        steps=(("1", "36", "1", AREA, "YEAR"),),
    )
    assert terms.step_of(36) == rules.Step(1, 36, AREA, D(1), "YEAR")
    assert "1.00 yuan/m² of chargeable area a year × 36 months" in page


def test_ningbo_by_the_area_that_paid_from_a_stated_day(enter):
    terms, page = enter(
        head={"months": "36", "start_rule": "STATED", "settlement": "YEAR"},
        steps=(("1", "36", "0.15", "COLLECTED_AREA", "MONTH"),),
        conditions=(
            FILED,
            ("fee_per_m2", "ge", "0.60", 1),
            ("lift_count", "ge", "1", 2),
            ("fee_per_m2", "ge", "0.70", 2),
        ),
        documents=("CONTRACT", "COLLECTION"),
    )
    assert terms.start_rule == "STATED"
    assert terms.steps[0].basis == "COLLECTED_AREA"
    assert terms.documents == ("COLLECTION", "CONTRACT")
    assert "the day stated and proved in the application" in page


def test_shijiazhuang_falls_by_year_and_counts_public_revenue(enter):
    terms, page = enter(
        head={"months": "36", "offset_percent": "100"},
        steps=(
            ("1", "12", "0.3", AREA, "MONTH"),
            ("13", "24", "0.2", AREA, "MONTH"),
            ("25", "36", "0.1", AREA, "MONTH"),
        ),
    )
    assert [terms.step_of(month).rate for month in (1, 12, 13, 24, 25, 36)] == [
        D("0.3"), D("0.3"), D("0.2"), D("0.2"), D("0.1"), D("0.1")
    ]  # fmt: skip
    assert terms.offset_percent == 100
    assert "100% of the compound" in page


def test_xuecheng_pays_only_what_has_passed(enter):
    terms, page = enter(
        head={"months": "12", "needs_assessment": "on", "settlement": "YEAR"},
        steps=(("1", "12", "0.2", AREA, "MONTH"),),
        bands=(("60", "FULL"), ("0", "NOTHING")),
        clawbacks=(("LOW_SCORE", "LAST_MONTHS", "12"),),
    )
    assert terms.needs_assessment is True
    assert terms.band_of(D("59.99")).effect == "NOTHING"
    assert terms.band_of(D("60")).effect == "FULL"
    assert "what was paid for the last 12 months" in page


def test_baoan_starts_up_and_then_pays_a_falling_share_of_the_fee(enter):
    terms, page = enter(
        head={"months": "39"},
        steps=(
            ("1", "3", "0.2", AREA, "MONTH"),
            ("4", "15", "80%", "FEE_SHARE", "MONTH"),
            ("16", "27", "60%", "FEE_SHARE", "MONTH"),
            ("28", "39", "40%", "FEE_SHARE", "MONTH"),
        ),
        shares=HALVES,
    )
    assert terms.step_of(3).basis == AREA
    assert terms.step_of(4) == rules.Step(4, 15, "FEE_SHARE", D(80))
    assert terms.shares == (rules.Share("DISTRICT", D(50)), rules.Share("STREET", D(50)))
    assert "months 28 to 39: 40 % of the fee a month" in page


def test_hangzhou_is_claimed_each_year_by_who_collects_and_keeps_the_rules(enter):
    terms, page = enter(
        head={"months": "12", "settlement": "YEAR", "part_month": "COMPLETE"},
        steps=(("1", "12", "0.1", AREA, "MONTH"),),
        conditions=(
            ("built_year", "le", "2011"),
            ("fee_per_m2", "ge", "0.56"),
            ("fee_per_m2", "le", "1.5"),
            ("deducted_points", "lt", "5"),
            ("collection_percent", "ge", "70%"),
            FILED,
        ),
    )
    known = {
        "built_year": 2011,
        "fee_per_m2": D("0.71"),
        "deducted_points": D("4.9"),
        "collection_percent": D(70),
        "contract_is_filed": True,
    }
    assert rules.examine(terms, known).is_met is True
    for changed in (
        {"built_year": 2012},
        {"fee_per_m2": D("0.55")},
        {"fee_per_m2": D("1.51")},
        {"deducted_points": D(5)},
        {"collection_percent": D("69.9")},
    ):
        assert rules.examine(terms, known | changed).is_met is False
    assert rules.examine(terms, known | {"collection_percent": None}).is_met is None
    assert "collection of twelve months ≥ 70 %" in page
