"""Several people at the same moment: one approval, no indicator overdrawn, each number once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from governance.foundation.errors import DomainError
from subsidies.entitlements import services
from subsidies.entitlements.models import Entitlement
from subsidies.ledger import questions as ledger
from subsidies.ledger.models import Posting
from tests.subsidies.entitlements.walking import APPLIED, APPROVED, DOCUMENT, draft, walk, walked
from tests.subsidies.factories import grant, make_indicator, make_served

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


def at_once(act) -> list:
    """What each of several callers got, or its refusal; all begin together."""
    barrier = threading.Barrier(AT_ONCE)

    def run(number):
        try:
            barrier.wait(timeout=30)
            return act(number)
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def approve(world, rows, number, indicator):
    return services.approve(
        by=world.people.approver if number % 2 else world.people.second_approver,
        entitlements=rows,
        document=f"{DOCUMENT}-{number}",
        fundings=[indicator],
        on=APPROVED,
    )


def test_several_approvers_at_once_approve_and_commit_once(world):
    row = walked(world, "publicise")
    found = at_once(lambda number: approve(world, [Entitlement(pk=row.pk, version=row.version,
        district_id=row.district_id)], number, world.indicator))  # fmt: skip
    assert len([one for one in found if isinstance(one, list)]) == 1
    assert Posting.objects.filter(transaction__kind="COMMITMENT").count() == 1


def test_approvals_at_once_never_overdraw_the_indicator(world):
    small = make_indicator(world.line)
    grant(world.people, small, "40000.00")  # two of 16,500.00 fit
    served = [
        make_served(world.people, world.district.community, world.provider) for _n in range(AT_ONCE)
    ]
    rows = walk(world, [draft(world, one.compound) for one in served], "publicise")
    found = at_once(lambda number: approve(world, [rows[number]], number, small))
    assert len([one for one in found if isinstance(one, list)]) == 2
    standing = ledger.left([small.pk])[small.pk]
    assert (standing.committed, standing.available) == (Decimal("33000.00"), Decimal("7000.00"))


def test_applications_at_once_get_their_own_numbers_and_a_compound_one(world):
    served = [
        make_served(world.people, world.district.community, world.provider) for _n in range(AT_ONCE)
    ]

    def apply(compound):
        return services.apply(
            by=world.people.clerk, compound=compound, programme=world.programme, on=APPLIED
        )

    at_once(lambda number: apply(served[number].compound))
    numbers = set(Entitlement.objects.values_list("number", flat=True))
    assert len(numbers) == AT_ONCE
    found = at_once(lambda _number: apply(world.compound))
    assert len([one for one in found if isinstance(one, Entitlement)]) == 1
