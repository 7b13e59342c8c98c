"""Which task a band calls for: a visit for yellow, an order for red, never a second one."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from .bands import GREEN, RED, YELLOW

VISIT, ORDER, RAISE = "VISIT", "ORDER", "RAISE"
# A task that was done holds so long while the band stays: no new visit every night.
REST_DAYS = 30
_RANK = {"": 0, GREEN: 0, YELLOW: 1, RED: 2}
_CALLS_FOR = {YELLOW: VISIT, RED: ORDER}


class Work(NamedTuple):
    """The task a case has open, if any, and when one of each kind was last done."""

    open_kind: str = ""
    last_visit: dt.date | None = None
    last_order: dt.date | None = None


def task_for(band: str, before: str, work: Work, as_of: dt.date) -> str:
    """VISIT or ORDER to open, RAISE to make the open visit an order, or "".

    An open order stays as it is, also when the compound is yellow or green again.
    """
    wanted = _CALLS_FOR.get(band, "")
    if not wanted:
        return ""
    if work.open_kind:
        return RAISE if wanted == ORDER and work.open_kind == VISIT else ""
    if _RANK[band] > _RANK[before]:
        return wanted
    done = [work.last_order] if wanted == ORDER else [work.last_visit, work.last_order]
    last = max((day for day in done if day), default=None)
    if last is not None and (as_of - last).days < REST_DAYS:
        return ""
    return wanted
