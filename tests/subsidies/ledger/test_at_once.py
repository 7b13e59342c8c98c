"""Several officers at the same moment: the indicator is never overdrawn, and an act happens once.

On PostgreSQL the book's row is held; on SQLite the write lock is taken when a transaction begins.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum

from subsidies.ledger.models import Account, Posting, Transaction
from subsidies.ledger.services import Overdrawn
from tests.subsidies.factories import commit

pytestmark = pytest.mark.django_db(transaction=True)
OFFICERS = 8


def at_once(*acts):
    """What each act returned, or its refusal; all begin together."""
    barrier = threading.Barrier(len(acts))

    def run(act):
        try:
            barrier.wait(timeout=20)
            return act()
        except Overdrawn as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_eight_officers_commit_more_than_there_is(world):
    """1,000,000 yuan cover three commitments of 300,000, whoever comes first."""
    found = at_once(
        *(
            lambda number=f"E{n}": commit(world.people, world, number, "300000.00")
            for n in range(OFFICERS)
        )
    )
    refused = [one for one in found if isinstance(one, Overdrawn)]
    assert len(refused) == OFFICERS - 3
    assert Account.objects.get(stage="AVAILABLE").balance == Decimal("100000.00")
    assert Account.objects.aggregate(n=Sum("balance"))["n"] == 0
    numbers = list(Transaction.objects.order_by("number").values_list("number", flat=True))
    assert numbers == [1, 2, 3, 4]


def test_the_same_act_sent_by_eight_is_posted_once(world):
    found = at_once(*[lambda: commit(world.people, world, "E1", "300000.00")] * OFFICERS)
    assert len({one.pk for one in found}) == 1
    assert Posting.objects.filter(key="commit:E1:DISTRICT").count() == 1
