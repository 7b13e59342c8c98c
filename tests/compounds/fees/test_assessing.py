"""Rounds of the double assessment: opened, filled, closed for good; inspections beside them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from compounds.fees.checks import CHECKS
from compounds.fees.models import Assessment, AssessmentRound
from compounds.fees.services import (
    add_round,
    close_round,
    mend_order,
    record_inspection,
    save_assessment,
)
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.organisation.scope import Role
from tests.compounds.fees.serving import make_report, make_round
from tests.factories import make_compound, make_district, make_user

MAY = dt.date(2026, 5, 1)
RULE = {
    "name": "2026年度双评",
    "starts_on": dt.date(2026, 1, 1),
    "ends_on": dt.date(2026, 12, 31),
    "satisfaction_weight": 60,
    "sample_percent": 10,
    "sample_minimum": 20,
    "excellent_from": 90,
    "good_from": 80,
    "passed_from": 60,
    "document": "样例〔2026〕1号",
}


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: dt.date(2026, 6, 10))


@pytest.fixture
def officer(district):
    return make_user(role=Role.DISTRICT_OFFICER, area=district.area)


@pytest.fixture
def compound(district):
    return make_compound(district.community, household_count=446)


def points(**changes):
    return {
        "version": 0,
        "sampled_households": 45,
        "satisfaction_score": Decimal(88),
        "collection_score": Decimal(82),
        "reward": "",
        "assessed_on": dt.date(2026, 6, 1),
        **changes,
    }


def test_a_round_is_opened_filled_and_closed(officer, district, compound):
    round_ = add_round(by=officer, district=district.area, **RULE)
    said = {"by": officer, "round_": round_, "compound": compound}
    with pytest.raises(DomainError):
        close_round(by=officer, round_=round_, version=1)
    one = save_assessment(**said, **points())
    assert (one.total, one.grade) == (Decimal("85.60"), "GOOD")
    one = save_assessment(**said, **points(version=1, satisfaction_score=Decimal(95)))
    assert (one.total, one.grade, one.version) == (Decimal("89.80"), "GOOD", 2)
    with pytest.raises(StaleRecord):
        save_assessment(**said, **points(version=1))
    with pytest.raises(DomainError):
        save_assessment(**said, **points())
    with pytest.raises(StaleRecord):
        close_round(by=officer, round_=round_, version=9)
    close_round(by=officer, round_=round_, version=1)
    for version in (0, 2):
        with pytest.raises(DomainError):
            save_assessment(**said, **points(version=version))
    with pytest.raises(DomainError):
        close_round(by=officer, round_=round_, version=2)
    assert AssessmentRound.objects.get().closed_on == dt.date(2026, 6, 10)
    assert list(CHECKS["assessments"]()) == []


def test_collection_comes_from_the_months_of_the_round(officer, district, compound):
    round_ = make_round(district.area)
    make_report(compound, dt.date(2025, 12, 1), (1, "100"), (0, "0"))
    make_report(compound, MAY, (1, "100"), (1, "90"))
    make_report(compound, dt.date(2026, 4, 1), (1, "300"), (1, "225"))
    one = save_assessment(
        by=officer, round_=round_, compound=compound, **points(collection_score=None)
    )
    assert (one.collection_score, one.collection_source) == (Decimal("78.75"), "REPORTS")
    typed = save_assessment(
        by=officer,
        round_=round_,
        compound=compound,
        **points(version=1, collection_score=Decimal(80)),
    )
    assert typed.collection_source == "TYPED"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"collection_score": None}, "collection_score"),
        ({"sampled_households": 447}, "sampled_households"),
        ({"sampled_households": 0}, "sampled_households"),
        ({"assessed_on": dt.date(2025, 12, 31)}, "assessed_on"),
        ({"assessed_on": dt.date(2026, 6, 11)}, "assessed_on"),
    ],
)
def test_points_that_cannot_be_are_refused(officer, district, compound, changes, field):
    with pytest.raises(DomainError) as refused:
        save_assessment(
            by=officer, round_=make_round(district.area), compound=compound, **points(**changes)
        )
    assert refused.value.field == field
    assert not Assessment.objects.exists()


def test_a_round_belongs_to_its_district(officer, compound):
    other = make_district("140106", "迎泽区")
    with pytest.raises(DomainError):
        save_assessment(by=officer, round_=make_round(other.area), compound=compound, **points())


def test_bands_descend_and_names_are_there_once(officer, district):
    add_round(by=officer, district=district.area, **RULE)
    for changes in ({}, {"name": "另一轮", "good_from": 95}, {"name": "另一轮", "passed_from": 80}):
        with pytest.raises(ValidationError):
            add_round(by=officer, district=district.area, **{**RULE, **changes})


def test_only_the_district_manages_rounds(district, compound):
    round_ = make_round(district.area)
    for role, area in (
        ("street_clerk", district.street),
        ("district_approver", district.area),
        ("finance_officer", district.area),
    ):
        person = make_user(role=role, area=area)
        with pytest.raises(NotAllowed):
            add_round(by=person, district=district.area, **RULE)
        with pytest.raises(NotAllowed):
            save_assessment(by=person, round_=round_, compound=compound, **points())
        with pytest.raises(NotAllowed):
            close_round(by=person, round_=round_, version=1)


# -- inspections -----------------------------------------------------------------------------------
def test_what_fails_is_ordered_to_be_mended_by_a_working_day(officer, compound):
    one = record_inspection(
        by=officer, compound=compound, on=dt.date(2026, 4, 30), passed=False, findings="无人值守"
    )
    # Labour Day: 1 to 5 May are rest days, 9 May (a Saturday) is worked.
    assert one.order_due_on == dt.date(2026, 5, 18)
    given = record_inspection(
        by=officer,
        compound=compound,
        on=dt.date(2026, 4, 28),
        passed=False,
        findings="无人值守",
        order_due_on=dt.date(2026, 5, 2),
    )
    assert given.order_due_on == dt.date(2026, 5, 6)
    with pytest.raises(StaleRecord):
        mend_order(by=officer, inspection=one, version=2, mended_on=dt.date(2026, 5, 8))
    with pytest.raises(DomainError):
        mend_order(by=officer, inspection=one, version=1, mended_on=dt.date(2026, 4, 29))
    mend_order(by=officer, inspection=one, version=1, mended_on=dt.date(2026, 5, 8))
    with pytest.raises(DomainError):
        mend_order(by=officer, inspection=one, version=2, mended_on=dt.date(2026, 5, 9))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"passed": False}, "findings"),
        ({"passed": True, "staff_absent": True}, "staff_absent"),
        ({"passed": True, "order_due_on": dt.date(2026, 6, 20)}, "order_due_on"),
        ({"passed": False, "findings": "x", "order_due_on": dt.date(2026, 6, 1)}, "order_due_on"),
        ({"passed": True, "on": dt.date(2026, 6, 11)}, "on"),
    ],
)
def test_inspections_that_cannot_be_are_refused(officer, compound, changes, field):
    with pytest.raises(DomainError) as refused:
        record_inspection(by=officer, compound=compound, **{"on": dt.date(2026, 6, 1), **changes})
    assert refused.value.field == field
