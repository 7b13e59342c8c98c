"""Books: never overdrawn, never mixed, never changed; every balance is the sum of its lines."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compounds.fees import services
from compounds.fees.checks import CHECKS
from compounds.fees.models import BookBalance, BookEntry, KeptForEver
from compounds.fees.services.books import Overdrawn, sums_of
from compounds.registry.models import Compound
from governance.audit.models import AuditEntry
from governance.foundation.errors import DomainError, NotAllowed
from governance.organisation.scope import Role
from tests.factories import make_compound, make_district, make_user

DAY = dt.date(2026, 5, 20)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: dt.date(2026, 6, 10))


@pytest.fixture
def worker(district):
    return make_user(role=Role.COMMUNITY_WORKER, area=district.community)


@pytest.fixture
def compound(district):
    return make_compound(district.community)


def income(by, compound, amount="1000", **changes):
    facts = {"kind": "INCOME", "source": "PARKING", "on": DAY, **changes}
    return services.add_entry(by=by, compound=compound, amount=Decimal(amount), **facts)


def spend(by, compound, amount, **changes):
    said = {"purpose": "更换门禁", "document": "凭证1号", "on": DAY, "source": "OTHER", **changes}
    return services.add_entry(
        by=by, compound=compound, kind="SPENT", amount=Decimal(amount), **said
    )


def left(compound) -> Decimal:
    return BookBalance.objects.get(compound=compound).amount


def test_income_less_cost_less_spent_is_left(worker, compound):
    income(worker, compound)
    services.add_entry(
        by=worker,
        compound=compound,
        kind="COST",
        source="PARKING",
        on=DAY,
        amount=Decimal("120.50"),
        document="凭证2号",
    )
    spend(worker, compound, "300.25")
    assert left(compound) == Decimal("579.25") == BookEntry.objects.net()
    sums = sums_of(entry for entry in BookEntry.objects.all())
    assert (sums["net"], sums["balance"]) == (Decimal("879.50"), Decimal("579.25"))
    assert AuditEntry.objects.filter(object_type="fees.bookentry", verb="create").count() == 3


def test_a_book_gives_what_it_holds_to_the_last_fen_and_no_more(worker, compound):
    income(worker, compound)
    with pytest.raises(Overdrawn):
        spend(worker, compound, "1000.01")
    spend(worker, compound, "1000.00")
    assert left(compound) == 0
    with pytest.raises(Overdrawn):
        spend(worker, compound, "0.01")
    assert BookEntry.objects.count() == 2


def test_one_compound_never_pays_for_another(worker, district, compound):
    other = make_compound(district.community)
    income(worker, compound)
    with pytest.raises(Overdrawn):
        spend(worker, other, "1")
    assert not BookBalance.objects.filter(compound=other).exists()


def test_a_line_is_taken_back_by_its_opposite_once(worker, compound):
    entry = income(worker, compound)
    back = services.reverse_entry(by=worker, entry=entry, reason="重复记账")
    assert (back.amount, back.kind, left(compound)) == (Decimal(-1000), "INCOME", 0)
    for again in (entry, back):
        with pytest.raises(DomainError):
            services.reverse_entry(by=worker, entry=again, reason="再来")
    assert BookEntry.objects.count() == 2


def test_income_that_was_spent_is_not_taken_back(worker, compound):
    entry = income(worker, compound)
    spent = spend(worker, compound, "1")
    with pytest.raises(Overdrawn):
        services.reverse_entry(by=worker, entry=entry, reason="记错")
    services.reverse_entry(by=worker, entry=spent, reason="记错")
    services.reverse_entry(by=worker, entry=entry, reason="记错")
    assert left(compound) == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal(-5)}, "amount"),
        ({"on": dt.date(2026, 6, 11)}, "on"),
        ({"kind": "SPENT", "document": "1"}, "purpose"),
        ({"kind": "SPENT", "purpose": "门禁"}, "document"),
        ({"kind": "COST"}, "document"),
    ],
)
def test_what_no_line_may_be(worker, compound, changes, field):
    income(worker, compound, "5000")
    facts = {"kind": "INCOME", "source": "SITE", "on": DAY, "amount": Decimal(5), **changes}
    with pytest.raises(DomainError) as refused:
        services.add_entry(by=worker, compound=compound, **facts)
    assert refused.value.field == field


def test_who_has_no_right_here_writes_nothing(district, compound):
    for role, area in (("street_leader", district.street), ("finance_officer", district.area)):
        with pytest.raises(NotAllowed):
            income(make_user(role=role, area=area), compound)
    stranger = make_user(role="community_worker", area=district.sister_community)
    with pytest.raises(NotAllowed):
        income(stranger, compound)


def test_lines_are_published_once_up_to_a_day(worker, compound):
    income(worker, compound)
    later = income(worker, compound, on=dt.date(2026, 6, 1))
    until = {"until": dt.date(2026, 5, 31)}
    with pytest.raises(DomainError):
        services.publish_entries(by=worker, compound=compound, published_on=DAY, **until)
    day = dt.date(2026, 6, 2)
    assert (
        len(services.publish_entries(by=worker, compound=compound, published_on=day, **until)) == 1
    )
    with pytest.raises(DomainError):
        services.publish_entries(by=worker, compound=compound, published_on=day, **until)
    later.refresh_from_db()
    assert later.published_on is None
    assert set(BookEntry.objects.values_list("version", flat=True)) == {1, 2}


@pytest.mark.parametrize(
    "change",
    [
        {"amount": Decimal(9)},
        {"kind": "COST"},
        {"on": dt.date(2026, 1, 1)},
        {"purpose": "别的"},
        {"document": "x"},
    ],
)
def test_the_database_refuses_to_change_a_line(worker, compound, change):
    income(worker, compound)
    with pytest.raises(IntegrityError), transaction.atomic():
        BookEntry.objects.update(**change)
    assert BookEntry.objects.get().amount == Decimal(1000)


def test_the_database_refuses_to_delete_a_line_or_to_give_it_to_another(worker, district, compound):
    entry = income(worker, compound)
    with pytest.raises(KeptForEver):
        entry.delete()
    with pytest.raises(KeptForEver):
        BookEntry.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        BookEntry.objects.filter(pk=entry.pk)._raw_delete("default")
    with pytest.raises(IntegrityError), transaction.atomic():
        BookEntry.objects.update(compound=make_compound(district.community))
    with pytest.raises(IntegrityError), transaction.atomic():
        BookBalance.objects.update(amount=Decimal(-1))
    BookEntry.objects.update(published_on=DAY)
    assert BookEntry.objects.get().published_on == DAY


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["INCOME", "COST", "SPENT", "REVERSE"]),
        st.integers(0, 1),
        st.integers(1, 100_000),
    ),
    max_size=14,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
def test_whatever_is_tried_balances_are_the_sums_and_never_below_zero(db, steps):
    with transaction.atomic():
        try:
            district = make_district()
            worker = make_user(role="community_worker", area=district.community)
            homes = [make_compound(district.community) for _one in range(2)]
            for kind, home, fen in steps:
                amount = Decimal(fen) / 100
                try:
                    if kind == "REVERSE":
                        rows = BookEntry.objects.filter(compound=homes[home], reverses=None)
                        entry = rows.order_by("pk")[fen % max(rows.count(), 1) :].first()
                        if entry:
                            services.reverse_entry(by=worker, entry=entry, reason="试")
                    else:
                        services.add_entry(
                            by=worker,
                            compound=homes[home],
                            kind=kind,
                            source="PARKING",
                            on=DAY,
                            amount=amount,
                            purpose="试",
                            document="试",
                        )
                except DomainError:
                    pass
            for row in BookBalance.objects.all():
                assert row.amount == BookEntry.objects.filter(compound=row.compound).net() >= 0
            assert list(CHECKS["books"]()) == []
        finally:
            transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("hands", [40])
def test_forty_at_once_cannot_overdraw_a_book(hands):
    """One thousand yuan, forty hands that each want sixty: sixteen get it."""
    district = make_district()
    workers = make_user(role="community_worker", area=district.community)
    compound = make_compound(district.community)
    income(workers, compound)
    gate, got, failures = threading.Barrier(hands), [], []

    def take():
        try:
            gate.wait(60)
            for _try in range(80):
                try:
                    spend(workers, Compound.objects.get(pk=compound.pk), "60")
                except Overdrawn:
                    return
                except Exception as error:
                    if "locked" not in str(error):
                        raise
                    continue
                got.append(1)
                return
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _hand in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures
    assert len(got) == 16
    assert left(compound) == Decimal(40)
    assert list(CHECKS["books"]()) == []
