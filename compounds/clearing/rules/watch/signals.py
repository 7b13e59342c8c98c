"""The closed vocabulary of the watch: what is looked at, how it is read, and when it counts.

Knows no policy and no row. A reading is a value with its source and day; a value that nobody
knows gives no points and is shown as unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .terms import months_later

# Percentages and points are whole numbers of hundredths, so that thresholds are met exactly.
HUNDREDTHS = 100


class Test(StrEnum):
    """How a value stands to its threshold."""

    BELOW = "BELOW"  # hundredths < threshold
    ABOVE = "ABOVE"  # hundredths > threshold
    AT_LEAST = "AT_LEAST"  # a count ≥ threshold
    IS = "IS"  # true; no threshold
    DAYS_LEFT = "DAYS_LEFT"  # a day at most so many days ahead, or past
    SINCE = "SINCE"  # a day that has come, at most so many months ago


class Result(StrEnum):
    HIT = "HIT"
    CLEAR = "CLEAR"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "NOT_APPLICABLE"


# Where readings come from.
SOURCES: dict[str, Any] = {
    "collection": _("collection reports"),
    "assessment": _("double assessment"),
    "inspection": _("inspections"),
    "complaints": _("complaints by month"),
    "contract": _("main contract"),
    "assignment": _("assignment"),
    "provider": _("file of the provider"),
    "committee": _("committees"),
}


class Reading(NamedTuple):
    """A value as it was found; None is unknown. `detail` holds the figures behind it.

    `applies` is False where the signal has no meaning: no fee is charged yet, no subsidy was paid.
    """

    value: int | bool | dt.date | None
    on: dt.date | None = None
    detail: str = ""
    applies: bool = True


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal: words, unit of its threshold, its usual threshold and points."""

    key: str
    label: Any
    unit: Any
    test: Test
    source: str
    meaning: Any
    threshold: int | None
    points: int
    least: int = 0
    most: int = 100

    @property
    def has_threshold(self) -> bool:
        return self.test is not Test.IS

    def is_hit(self, value: Any, threshold: int | None, as_of: dt.date) -> bool:
        """Whether a known value counts on a day."""
        return self.test_on(threshold, as_of)(value)

    def test_on(self, threshold: int | None, as_of: dt.date) -> Callable[[Any], bool]:
        """Whether known values count on a day, made ready for many of them."""
        test = self.test
        if test is Test.IS:
            return lambda value: value is True
        if test is Test.BELOW:
            limit = threshold * HUNDREDTHS
            return lambda value: value < limit
        if test is Test.ABOVE:
            limit = threshold * HUNDREDTHS
            return lambda value: value > limit
        if test is Test.AT_LEAST:
            return lambda value: value >= threshold
        if test is Test.DAYS_LEFT:
            last = as_of + dt.timedelta(days=threshold)
            return lambda value: value <= last
        return lambda value: value <= as_of <= months_later(value, threshold)


_PERCENT = pgettext_lazy("unit", "%")
_POINTS = pgettext_lazy("unit", "points")
_MONTHS = pgettext_lazy("unit", "months")
_DAYS = pgettext_lazy("unit", "days")

SIGNALS: dict[str, Signal] = {
    signal.key: signal
    for signal in (
        Signal(
            "collection_low",
            _("collection below the threshold two quarters running"),
            _PERCENT,
            Test.BELOW,
            "collection",
            _("The better of the last two quarters, money paid of money billed."),
            60,
            25,
        ),
        Signal(
            "satisfaction_low",
            _("satisfaction low"),
            _POINTS,
            Test.BELOW,
            "assessment",
            _("Satisfaction in the last double assessment."),
            70,
            20,
        ),
        Signal(
            "reports_missing",
            _("collection reports missing"),
            _MONTHS,
            Test.AT_LEAST,
            "collection",
            _("Months without a collection report among the last three, since fees are charged."),
            2,
            10,
            1,
            3,
        ),
        Signal(
            "statement_missing",
            _("statement of accounts not posted"),
            "",
            Test.IS,
            "inspection",
            _("The last inspection that looked for it found no statement."),
            None,
            10,
        ),
        Signal(
            "inspection_failed",
            _("inspection failed and not mended"),
            "",
            Test.IS,
            "inspection",
            _("A failed inspection whose findings were not mended."),
            None,
            20,
        ),
        Signal(
            "staff_absent",
            _("staff absent"),
            "",
            Test.IS,
            "inspection",
            _("The last inspection found nobody on post; not mended since."),
            None,
            25,
        ),
        Signal(
            "complaints_high",
            _("many complaints"),
            _PERCENT,
            Test.ABOVE,
            "complaints",
            _("Complaints per 100 households in three months, as a share of the district's mean."),
            200,
            15,
            100,
            1000,
        ),
        Signal(
            "contract_ending",
            _("contract ends without a decision"),
            _DAYS,
            Test.DAYS_LEFT,
            "contract",
            _("Days until the main contract ends while nothing is decided about its renewal."),
            90,
            20,
            1,
            365,
        ),
        Signal(
            "contract_missing",
            _("no contract in force"),
            "",
            Test.IS,
            "contract",
            _("No main contract runs: none was made, or it has run out."),
            None,
            40,
        ),
        Signal(
            "subsidy_ended",
            _("subsidy ended lately"),
            _MONTHS,
            Test.SINCE,
            "assignment",
            _("Months since the transition subsidy ended."),
            3,
            15,
            1,
            24,
        ),
        Signal(
            "rating_low",
            _("provider rated C"),
            "",
            Test.IS,
            "provider",
            _("The provider's credit rating is C."),
            None,
            20,
        ),
        Signal(
            "provider_sanctioned",
            _("provider blacklisted or with a red card"),
            "",
            Test.IS,
            "provider",
            _("A blacklisting in force, or a red card that was not corrected."),
            None,
            30,
        ),
        Signal(
            "committee_expired",
            _("management committee's term ended"),
            "",
            Test.IS,
            "committee",
            _("Terms of committees are not kept yet: unknown until they are."),
            None,
            10,
        ),
        Signal(
            "provider_share",
            _("provider serves a large share"),
            _PERCENT,
            Test.ABOVE,
            "assignment",
            _("Share of the district's served compounds that this provider serves."),
            40,
            0,
            5,
            100,
        ),
    )
}


def default_weights() -> tuple[tuple[str, int | None, int], ...]:
    """Key, threshold and points of the usual policy; signals without points are left out."""
    return tuple((s.key, s.threshold, s.points) for s in SIGNALS.values() if s.points)
