"""Addresses of what stands behind a figure: its postings, its entitlements."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse


def postings(**filters: Any) -> str:
    """The list of postings; parameters without a value are left out."""
    query = urlencode({name: value for name, value in filters.items() if value not in (None, "")})
    return f"{reverse('reports:posting_list')}{'?' if query else ''}{query}"


def accounts(*, indicator=None, line=None, stage: str = "", year: int | None = None) -> str:
    """Postings that made up the balance of a stage: of an indicator, a line or a year."""
    if indicator is not None:
        return postings(indicator=indicator.pk, stage=stage)
    if line is not None:
        return postings(line=line.pk, stage=stage)
    return postings(year=year, stage=stage)


def flow(column: str, **filters: Any) -> str:
    """Postings that made up a column of a statement: accrued, deducted, paid …"""
    return postings(flow=column, **filters)


def postings_of_month(month: dt.date, year: int | None = None) -> str:
    """What was paid in a calendar month, of the indicators of a budget year."""
    return postings(flow="paid", posted=f"{month:%Y-%m}", year=year)


def entitlements(**filters: Any) -> str:
    """The list of entitlements with their money."""
    query = urlencode({name: value for name, value in filters.items() if value not in (None, "")})
    return f"{reverse('reports:compound_list')}{'?' if query else ''}{query}"
