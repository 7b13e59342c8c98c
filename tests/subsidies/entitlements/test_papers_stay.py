"""What was posted and approved reads the same after it was changed by another document."""

import datetime as dt

import pytest

from governance.foundation import dates
from subsidies.entitlements.services import changes
from tests.subsidies.entitlements.walking import fresh, walked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 5, 20))


def extended(world, row):
    """Six months more, by a document of its own."""
    row = fresh(row)
    change = changes.propose_change(
        by=world.people.officer,
        entitlement=row,
        version=row.version,
        kind="EXTENSION",
        months=6,
        document="小政批〔2026〕99号",
        reason="物管会筹备中",
    )
    changes.approve_change(by=world.people.approver, change=change, version=change.version)
    return fresh(row)


def test_notice_and_letter_keep_amount_and_term_after_an_extension(world, client):
    row = walked(world)
    client.force_login(world.people.officer)
    addresses = (
        f"/entitlements/{row.pk}/letter/",
        f"/entitlements/notices/{row.notice_id}/print/",
        f"/entitlements/notices/{row.notice_id}/",
    )
    before, last = f"{row.amount:,.2f}", row.ends_on.isoformat()
    row = extended(world, row)
    assert (row.months, f"{row.amount:,.2f}" == before) == (12, False)
    for address in addresses:
        page = client.get(address).content.decode()
        assert before in page
        assert f"{row.amount:,.2f}" not in page
    assert last in client.get(addresses[0]).content.decode()
    # Its own page says what holds now.
    assert f"{row.amount:,.2f}" in client.get(f"/entitlements/{row.pk}/").content.decode()
