"""The joint review of an application for filing: all three levels must pass (S3-5)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Level(StrEnum):
    """Who reviews; the number of the area's level follows from the order."""

    COMMUNITY = "COMMUNITY"
    STREET = "STREET"
    DISTRICT = "DISTRICT"


class Outcome(StrEnum):
    APPLIED = "APPLIED"
    FILED = "FILED"
    REFUSED = "REFUSED"


def outcome_of(verdicts: Mapping[str, bool]) -> Outcome:
    """What the verdicts by level come to: one refusal refuses, three passes file.

    Source: S3-5.
    """
    if not all(verdicts.values()):
        return Outcome.REFUSED
    return Outcome.FILED if set(verdicts) == set(Level) else Outcome.APPLIED
