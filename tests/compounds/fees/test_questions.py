"""What other rooms ask of fees: right answers, and the same few statements for any number."""

import datetime as dt
from decimal import Decimal

import pytest

from compounds.fees import figures, questions
from compounds.fees.models import (
    AssessmentRound,
    BookEntry,
    CollectionReport,
    ComplaintCount,
    Inspection,
)
from compounds.fees.services import add_entry
from governance.organisation.scope import Role
from tests.compounds.fees.serving import (
    make_assessment,
    make_assignment,
    make_charging,
    make_report,
    make_round,
    make_stages,
)
from tests.factories import make_compound, make_user

TODAY = dt.date(2026, 6, 10)
APRIL, MAY = dt.date(2026, 4, 1), dt.date(2026, 5, 1)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: TODAY)


@pytest.fixture
def officer(district):
    return make_user(role=Role.DISTRICT_OFFICER, area=district.area)


def test_the_stage_is_the_last_one_begun(district):
    charging = make_charging(make_compound(district.community))
    serving = make_assignment(make_compound(district.community))
    make_stages(serving, dt.date(2026, 1, 5))
    fresh = make_assignment(make_compound(district.community))
    found = questions.stage_of([charging.pk, serving.pk, fresh.pk])
    assert found[charging.pk] == questions.StageNow("CHARGE", dt.date(2026, 3, 1))
    assert found[serving.pk].stage == "SERVE"
    assert fresh.pk not in found


def test_quarters_are_full_ones_and_summed(district):
    one = make_compound(district.community)
    for month, paid in ((1, "50"), (2, "60"), (3, "70"), (4, "99")):
        make_report(one, dt.date(2026, month, 1), (10, "100"), (5, paid))
    make_report(one, dt.date(2025, 10, 1), (10, "100"), (10, "100"))
    found = questions.collection_by_quarter([one.pk], TODAY)[one.pk]
    assert list(found) == [dt.date(2025, 10, 1), dt.date(2026, 1, 1)]
    assert found[dt.date(2026, 1, 1)].rate == Decimal("60.0")
    assert found[dt.date(2026, 1, 1)].months == 3
    july = questions.collection_by_quarter([one.pk], dt.date(2026, 7, 1), quarters=1)
    assert list(july[one.pk]) == [APRIL]


def test_who_charged_all_month_and_did_not_report_is_missing(district):
    reported, missing, late, gone, never = (make_compound(district.community) for _one in range(5))
    for compound in (reported, missing):
        make_charging(compound)
    make_charging(late, charged=dt.date(2026, 5, 2))
    ended = make_charging(gone)
    type(ended).objects.filter(pk=ended.pk).update(
        state="ENDED", ended_on=dt.date(2026, 5, 31), end_reason="RESIGNED"
    )
    make_stages(make_assignment(never), dt.date(2026, 1, 5))
    make_report(reported, MAY)
    assert list(questions.missing_reports(MAY)) == [missing]
    assert set(questions.missing_reports(APRIL)) == {reported, missing, gone}
    months = questions.missing_months([missing.pk, reported.pk], TODAY)
    assert months == {missing.pk: 3, reported.pk: 2}


def test_complaints_are_counted_per_hundred_households_against_the_district(district):
    one = make_compound(district.community, household_count=200)
    other = make_compound(district.community, household_count=50)
    for compound, month, count in ((one, APRIL, 3), (one, MAY, 5), (other, MAY, 1)):
        ComplaintCount.objects.create(compound=compound, month=month, count=count)
    ComplaintCount.objects.create(compound=one, month=dt.date(2026, 6, 1), count=90)
    found = questions.complaints_per_100([one.pk, other.pk], TODAY)
    assert (found[one.pk].count, found[one.pk].per_100) == (8, Decimal("4.00"))
    assert questions.complaints_mean(district.area.pk, TODAY) == Decimal("3.60")


def test_the_last_inspection_and_its_orders(district, officer):
    one = make_compound(district.community)
    facts = {"compound": one, "inspected_by": officer}
    Inspection.objects.create(
        **facts, on=APRIL, passed=False, findings="x", order_due_on=dt.date(2026, 4, 20)
    )
    Inspection.objects.create(**facts, on=MAY, passed=True, statement_posted=True)
    found = questions.inspections([one.pk], TODAY)[one.pk]
    assert (found.passed, found.statement_posted) == (True, True)
    assert (found.open_orders, found.overdue_orders) == (1, 1)
    then = questions.inspections([one.pk], dt.date(2026, 4, 10))[one.pk]
    assert (then.passed, then.open_orders, then.overdue_orders) == (False, 1, 0)


def test_the_last_assessment_and_the_book(district, officer):
    one = make_compound(district.community)
    early = make_round(district.area, name="旧一轮")
    make_assessment(one, early, assessed_on=dt.date(2026, 1, 5))
    make_assessment(one, make_round(district.area), satisfaction="50", collection="50")
    assert questions.latest_assessment([one.pk], TODAY)[one.pk].grade == "FAILED"
    assert questions.latest_assessment([one.pk], dt.date(2026, 2, 1))[one.pk].round == "旧一轮"
    for day in (APRIL, MAY):
        add_entry(
            by=officer,
            compound=one,
            kind="INCOME",
            source="SITE",
            on=day,
            amount=Decimal(5),
        )
    BookEntry.objects.filter(on=APRIL).update(published_on=dt.date(2026, 4, 9))
    book = questions.books([one.pk], TODAY)[one.pk]
    assert book == questions.Book(Decimal(10), dt.date(2026, 4, 9), MAY)


def test_questions_cost_the_same_for_any_number(district, django_assert_num_queries):
    compounds = [make_compound(district.community, refresh=False) for _one in range(25)]
    for compound in compounds:
        make_report(compound, MAY)
    ids = [one.pk for one in compounds]
    for ask, count in (
        (lambda: questions.collection_by_quarter(ids, TODAY), 1),
        (lambda: questions.collected(ids, APRIL, MAY), 1),
        (lambda: questions.services_of(ids), 1),
        (lambda: questions.latest_assessment(ids, TODAY), 1),
        (lambda: questions.complaints_per_100(ids, TODAY), 1),
        (lambda: questions.inspections(ids, TODAY), 1),
        (lambda: questions.books(ids, TODAY), 2),
        (lambda: questions.missing_months(ids, TODAY), 3),
    ):
        with django_assert_num_queries(count):
            ask()


def test_figures_are_those_of_the_rows(district, officer):
    one, other = make_compound(district.community), make_compound(district.other_community)
    for compound, paid in ((one, "90"), (other, "30")):
        make_charging(compound)
        make_report(compound, MAY, (10, "100"), (9, paid))
    make_report(one, dt.date(2025, 5, 1), (10, "100"), (5, "55"))
    missing = make_compound(district.community)
    make_charging(missing)
    found = {one.key: one for one in figures.figures(officer, district.area)}
    assert found["rate_money"].value == Decimal("60.0")
    assert found["rate_households"].value == Decimal("90.0")
    assert found["rate_year_ago"].value == Decimal("55.0")
    assert found["missing"].value == 1
    street = {one.key: one for one in figures.figures(officer, district.other_street)}
    assert (street["rate_money"].value, street["missing"].value) == (Decimal("30.0"), 0)
    both = figures.compared(officer, figures.inside(district.area), MAY)
    assert both.now.mean == Decimal("60.0")
    assert both.change.points == Decimal("5.0")
    assert CollectionReport.objects.count() == 3


def test_grades_are_those_of_the_round_closed_last(district, officer):
    round_ = make_round(district.area)
    make_assessment(make_compound(district.community), round_)
    keys = [one.key for one in figures.figures(officer, district.area)]
    assert not [key for key in keys if key.startswith("grade")]
    AssessmentRound.objects.update(state="CLOSED", closed_on=TODAY)
    found = {one.key: one.value for one in figures.figures(officer, district.area)}
    assert (found["grade_good"], found["grade_failed"]) == (1, 0)
