"""Two clerks of one community write at the same time: both are counted, neither fails."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from compounds.registry import checks
from compounds.registry.models import Compound
from compounds.registry.services import compounds
from governance.organisation.models import User
from tests.factories import make_compound, make_user


@pytest.mark.database("postgresql")
@pytest.mark.django_db(transaction=True)
def test_edits_of_one_community_at_once_are_all_counted(district):
    clerk = make_user("clerk", "street_clerk", district.street)
    rows = [make_compound(district.community) for _i in range(8)]
    barrier = threading.Barrier(len(rows))

    def edit(row):
        try:
            barrier.wait(timeout=20)
            return compounds.change_compound(
                by=User.objects.get(pk=clerk.pk),
                compound=Compound.objects.get(pk=row.pk),
                version=1,
                changes={"management_mode": "FIRM", "household_count": 81},
            ).version
        finally:
            connection.close()

    with ThreadPoolExecutor(len(rows)) as pool:
        assert list(pool.map(edit, rows)) == [2] * len(rows)
    assert list(checks.tallies()) == []
