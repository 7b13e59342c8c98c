"""A month in which no subsidy runs: an accrual without lines says so, not that they have faults."""

import datetime as dt

import pytest
from django.utils import translation

from governance.foundation import dates
from subsidies.accruals import services
from subsidies.accruals.errors import NotOpen
from subsidies.accruals.models import AccrualRun

TODAY = dt.date(2026, 11, 20)


def test_an_accrual_without_lines_cannot_be_handed_in_and_says_why(world, monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)
    run = services.compute_run(
        by=world.people.officer, district=world.district.area, month=dt.date(2026, 4, 1),
        on=TODAY,
    )  # fmt: skip
    if run.computed_at is None:
        services.execute(run)
    run = AccrualRun.objects.get(pk=run.pk)
    assert run.line_count == 0
    with translation.override("en"), pytest.raises(NotOpen, match="no subsidy has a month"):
        services.submit_run(by=world.people.officer, run=run)
