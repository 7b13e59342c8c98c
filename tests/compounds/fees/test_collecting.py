"""Monthly reports: one, a whole month at once, and what merging compounds does to them."""

import datetime as dt
from decimal import Decimal

import pytest

from compounds.fees.checks import CHECKS
from compounds.fees.models import BookBalance, BookEntry, CollectionReport, ComplaintCount
from compounds.fees.services import add_entry, enter_month, save_report
from compounds.fees.services.collecting import MonthRefused, Typed
from compounds.registry.services.compounds import merge_compound
from governance.audit.models import AuditEntry
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.organisation.scope import Role
from tests.compounds.fees.serving import make_charging, make_report
from tests.factories import make_compound, make_user

MAY = dt.date(2026, 5, 1)
FIGURES = (446, Decimal("22300.00"), 421, Decimal("21050.50"))


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: dt.date(2026, 6, 10))


@pytest.fixture
def clerk(district):
    return make_user(role=Role.STREET_CLERK, area=district.street)


@pytest.fixture
def compounds(district):
    return [make_compound(district.community) for _one in range(3)]


def said(**changes):
    names = ("billed_households", "billed_amount", "paid_households", "paid_amount")
    return {**dict(zip(names, FIGURES, strict=True)), "note": "", **changes}


def test_a_report_is_entered_and_corrected(clerk, compounds):
    make_charging(compounds[0])
    report = save_report(
        by=clerk, compound=compounds[0], month=MAY, version=0, complaints=2, **said()
    )
    assert report.provider == compounds[0].assignments.get().provider
    save_report(by=clerk, compound=compounds[0], month=MAY, version=1, **said(note="更正"))
    report.refresh_from_db()
    assert (report.version, report.note) == (2, "更正")
    assert ComplaintCount.objects.get().count == 2
    assert report.history.count() == 2
    with pytest.raises(StaleRecord):
        save_report(by=clerk, compound=compounds[0], month=MAY, version=1, **said())
    with pytest.raises(DomainError):
        save_report(by=clerk, compound=compounds[0], month=MAY, version=0, **said())
    assert list(CHECKS["reports"]()) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"paid_households": 447}, "paid_households"),
        ({"billed_amount": Decimal(-1)}, "billed_amount"),
        ({"billed_amount": Decimal(0)}, "paid_amount"),
    ],
)
def test_figures_that_cannot_be_are_refused(clerk, compounds, changes, field):
    with pytest.raises(DomainError) as refused:
        save_report(by=clerk, compound=compounds[0], month=MAY, version=0, **said(**changes))
    assert refused.value.field == field


def test_a_month_to_come_and_a_month_before_charging_are_refused(clerk, compounds):
    make_charging(compounds[0])
    for month in (dt.date(2026, 7, 1), dt.date(2026, 2, 1)):
        with pytest.raises(DomainError):
            save_report(by=clerk, compound=compounds[0], month=month, version=0, **said())
    save_report(
        by=clerk,
        compound=compounds[0],
        month=dt.date(2026, 2, 1),
        version=0,
        **said(billed_amount=Decimal(0), paid_amount=Decimal(0)),
    )


def test_a_month_is_saved_whole_or_not_at_all(clerk, compounds):
    lines = [
        Typed(compounds[0].pk, 0, FIGURES, 3),
        Typed(compounds[1].pk, 0, (5, Decimal(100), 6, Decimal(90))),
        Typed(compounds[2].pk, 0, None, None),
    ]
    with pytest.raises(MonthRefused) as refused:
        enter_month(by=clerk, month=MAY, lines=lines)
    assert [(one.compound, one.field) for one in refused.value.refused] == [
        (compounds[1].pk, "paid_households")
    ]
    assert not CollectionReport.objects.exists()
    lines[1] = Typed(compounds[1].pk, 0, (6, Decimal(100), 6, Decimal(90)))
    assert len(enter_month(by=clerk, month=MAY, lines=lines)) == 2
    assert ComplaintCount.objects.get().count == 3
    assert AuditEntry.objects.filter(object_type="fees.collectionreport").count() == 2


def test_what_somebody_else_entered_meanwhile_is_not_overwritten(clerk, compounds):
    make_report(compounds[0], MAY)
    with pytest.raises(MonthRefused) as refused:
        enter_month(by=clerk, month=MAY, lines=[Typed(compounds[0].pk, 0, FIGURES)])
    assert "2310.00" in refused.value.refused[0].message
    ComplaintCount.objects.create(compound=compounds[0], month=MAY, count=4)
    with pytest.raises(MonthRefused):
        enter_month(by=clerk, month=MAY, lines=[Typed(compounds[0].pk, 1, None, 5, None)])
    enter_month(by=clerk, month=MAY, lines=[Typed(compounds[0].pk, 1, None, 5, 4)])
    assert ComplaintCount.objects.get().count == 5


def test_a_month_is_typed_in_where_one_may(district, compounds):
    for role, area in (
        ("street_clerk", district.other_street),
        ("finance_officer", district.area),
        ("street_leader", district.street),
    ):
        with pytest.raises(NotAllowed):
            enter_month(
                by=make_user(role=role, area=area),
                month=MAY,
                lines=[Typed(compounds[0].pk, 0, FIGURES)],
            )


def test_saving_a_month_costs_the_same_for_few_and_for_many(
    clerk, district, django_assert_max_num_queries
):
    """Apart from the rows themselves and their history."""
    many = [make_compound(district.community) for _one in range(30)]
    lines = [Typed(one.pk, 0, FIGURES) for one in many]
    with django_assert_max_num_queries(30 * 2 + 20):
        enter_month(by=clerk, month=MAY, lines=lines)


# -- merging ---------------------------------------------------------------------------------------
def merge(district, source, target):
    officer = make_user(role=Role.DISTRICT_OFFICER, area=district.area)
    source.refresh_from_db()
    merge_compound(
        by=officer, compound=source, into=target, version=source.version, reason="拆墙并院"
    )


def test_months_of_both_compounds_become_one_of_the_sum(district, compounds):
    one, other = compounds[:2]
    make_report(one, MAY, (10, "100"), (5, "50"))
    make_report(other, MAY, (20, "300"), (20, "300"))
    make_report(one, dt.date(2026, 4, 1))
    for compound, count in ((one, 2), (other, 3)):
        ComplaintCount.objects.create(compound=compound, month=MAY, count=count)
    merge(district, one, other)
    report = CollectionReport.objects.get(month=MAY)
    assert (report.compound, report.billed_households, report.paid_amount) == (
        other,
        30,
        Decimal(350),
    )
    assert CollectionReport.objects.get(month=dt.date(2026, 4, 1)).compound == other
    assert ComplaintCount.objects.get().count == 5
    for check in CHECKS.values():
        assert list(check()) == []


def test_the_book_of_a_merged_compound_goes_over_whole(district, compounds):
    officer = make_user(role=Role.DISTRICT_OFFICER, area=district.area)
    source = compounds[0]
    target = make_compound(district.sister_community)
    for compound, amount in ((source, 700), (target, 50)):
        add_entry(
            by=officer,
            compound=compound,
            kind="INCOME",
            source="SITE",
            on=MAY,
            amount=Decimal(amount),
        )
    merge(district, source, target)
    assert BookBalance.objects.get(compound=target).amount == Decimal(750)
    assert BookBalance.objects.get(compound=source).amount == 0
    assert set(BookEntry.objects.values_list("compound", "community")) == {
        (target.pk, target.community_id)
    }
    for check in CHECKS.values():
        assert list(check()) == []
