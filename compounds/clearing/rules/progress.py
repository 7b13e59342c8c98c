"""What went before: the days of a case as a sheet tells them, checked, and the steps they mean.

Pure. A sheet has one row a compound: the days of its way, and where a service was lost, that day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.utils.translation import gettext_noop as _

from . import states
from .deadlines import NOTICE_DAYS, SERVICE_DAYS


class Problem(NamedTuple):
    """What is wrong about a column of a row."""

    field: str
    message: str
    values: dict[str, Any] = {}


class Taken(NamedTuple):
    """A step that was taken."""

    kind: str
    from_state: str
    to_state: str
    on: dt.date
    is_unknown: bool = False  # the day itself is not recorded
    reason: str = ""


@dataclass(frozen=True)
class Way:
    """The days of a case, by the names of the sheet's columns; None: not (yet)."""

    registered_on: dt.date | None = None
    surveyed_on: dt.date | None = None
    verified_on: dt.date | None = None
    confirmed_on: dt.date | None = None
    approved_on: dt.date | None = None
    proposed_on: dt.date | None = None
    reviewed_on: dt.date | None = None
    matched_on: dt.date | None = None
    noticed_on: dt.date | None = None
    consulted_on: dt.date | None = None
    signed_on: dt.date | None = None
    served_on: dt.date | None = None
    consult_stage_on: dt.date | None = None
    charge_stage_on: dt.date | None = None
    put_forward_on: dt.date | None = None
    accepted_on: dt.date | None = None
    cleared_on: dt.date | None = None
    first_cleared_on: dt.date | None = None
    lost_on: dt.date | None = None
    loss_reason: str = ""
    strategy: str = ""
    provider: str = ""


# The days that move a case on, in their order; each needs all before it.
MAIN = (
    "registered_on",
    "verified_on",
    "approved_on",
    "matched_on",
    "signed_on",
    "served_on",
    "accepted_on",
    "cleared_on",
)
# Days that a row may leave out, and between which others they lie.
BETWEEN = {
    "surveyed_on": ("registered_on", "verified_on"),
    "confirmed_on": ("verified_on", "approved_on"),
    "proposed_on": ("", "matched_on"),
    "reviewed_on": ("proposed_on", "matched_on"),
    "noticed_on": ("matched_on", "consulted_on"),
    "consulted_on": ("noticed_on", "signed_on"),
    "consult_stage_on": ("served_on", "charge_stage_on"),
    "charge_stage_on": ("served_on", ""),
    "put_forward_on": ("served_on", "accepted_on"),
}
DATES = (*MAIN, *BETWEEN, "first_cleared_on", "lost_on")
# From here on the days may be those of a second round.
SECOND = (*MAIN[2:], *(name for name in BETWEEN if name != "surveyed_on"))
NEEDS = {"noticed_on": "matched_on", "consulted_on": "noticed_on", "charge_stage_on": "served_on"}
NEEDS |= {"consult_stage_on": "served_on", "put_forward_on": "served_on"}


def is_second(way: Way) -> bool:
    """Whether the days from the choice of a strategy on are those after a service was lost."""
    if way.lost_on is None:
        return False
    days = (getattr(way, name) for name in SECOND)
    return any(day is not None and day > way.lost_on for day in days)


def problems(way: Way, today: dt.date) -> Iterator[Problem]:
    """Everything that cannot be so, each with its column."""
    for name in DATES:
        day = getattr(way, name)
        if day is not None and day > today:
            yield Problem(name, _("This date lies in the future."))
    yield from _losses(way)
    yield from _order(way)
    yield from _least_times(way)
    if way.approved_on and not way.strategy:
        yield Problem("strategy", _("Give the strategy that was decided."))
    if way.matched_on and not way.provider:
        yield Problem("credit_code", _("Give the provider that was found."))


def _order(way: Way) -> Iterator[Problem]:
    second = is_second(way)
    before, missing = "", ""
    for name in MAIN:
        day = getattr(way, name)
        if day is None:
            missing = missing or name
            continue
        if missing:
            yield Problem(missing, _("A later date is given, so this one is needed too."))
            missing = ""
        floor = getattr(way, before) if before else None
        if second and name == "approved_on":
            floor = way.lost_on
        if floor is not None and day < floor:
            yield Problem(
                name,
                _("This day lies before the step that comes before it (%(day)s)."),
                {"day": floor.isoformat()},
            )
        before = name
    for name, (first, last) in BETWEEN.items():
        day = getattr(way, name)
        if day is None:
            continue
        low = getattr(way, first) if first else None
        high = getattr(way, last) if last else None
        if name in NEEDS and getattr(way, NEEDS[name]) is None:
            yield Problem(NEEDS[name], _("A later date is given, so this one is needed too."))
        elif low and day < low:
            words = _("This day lies before the step that comes before it (%(day)s).")
            yield Problem(name, words, {"day": low.isoformat()})
        elif high and day > high:
            words = _("This day lies after the step that comes after it (%(day)s).")
            yield Problem(name, words, {"day": high.isoformat()})
    if way.signed_on and not way.consulted_on:
        yield Problem("consulted_on", _("A later date is given, so this one is needed too."))


def _least_times(way: Way) -> Iterator[Problem]:
    if way.noticed_on and way.consulted_on:
        hung = (way.consulted_on - way.noticed_on).days
        if 0 <= hung < NOTICE_DAYS:
            words = _("The notice hung for %(days)s days only; %(least)s are needed")
            yield Problem("consulted_on", words, {"days": hung, "least": NOTICE_DAYS})
    forward = "put_forward_on" if way.put_forward_on else "accepted_on"
    if way.served_on and getattr(way, forward):
        served = (getattr(way, forward) - way.served_on).days
        if 0 <= served < SERVICE_DAYS:
            words = _("Served for %(days)s days; acceptance is possible after %(least)s")
            yield Problem(forward, words, {"days": served, "least": SERVICE_DAYS})


def _losses(way: Way) -> Iterator[Problem]:
    if way.lost_on is None:
        if way.loss_reason:
            yield Problem("lost_on", _("A reason is given, but not the day of the loss."))
        if way.first_cleared_on and way.first_cleared_on != way.cleared_on:
            yield Problem(
                "first_cleared_on",
                _("Without a loss this is the day it was cleared."),
            )
        return
    if not way.loss_reason:
        yield Problem("loss_reason", _("Give the reason of the loss."))
    first = way.first_cleared_on or (None if is_second(way) else way.cleared_on)
    if first is None:
        yield Problem("first_cleared_on", _("Only what was cleared can fall back: give that day."))
    elif first > way.lost_on:
        yield Problem("lost_on", _("It cannot fall back before it was cleared."))
    if is_second(way):
        for name in SECOND:
            day = getattr(way, name)
            if day is not None and day <= way.lost_on:
                yield Problem(name, _("Days after a loss stand together: this one lies before it."))
        if first and way.verified_on and first < way.verified_on:
            yield Problem("first_cleared_on", _("It cannot be cleared before it is verified."))
    elif way.first_cleared_on and way.cleared_on and way.first_cleared_on != way.cleared_on:
        yield Problem(
            "cleared_on", _("Without a later round this is the first day it was cleared.")
        )


def steps(way: Way) -> list[Taken]:
    """The steps that sound days mean, in their order; each follows from the one before."""
    if way.registered_on is None:
        return []
    found = [Taken(states.OPENED, "", states.REGISTERED, way.registered_on)]
    _survey(way, found)
    if way.verified_on is None:
        return found
    if is_second(way):
        first = way.first_cleared_on
        plain = replace(
            way,
            confirmed_on=None,
            put_forward_on=None,
            **dict.fromkeys(MAIN[2:], first),
        )
        _round(plain, found, is_unknown=True)
        _lose(way, found)
        _round(way, found)
        return found
    _round(way, found)
    if way.lost_on is not None:
        _lose(way, found)
    return found


def _survey(way: Way, found: list[Taken]) -> None:
    first, verified = way.registered_on, way.verified_on
    surveyed = way.surveyed_on
    if verified is None and surveyed is None:
        return
    day = max(first, surveyed or verified)
    if verified is not None:
        day = min(day, verified)
    found.append(Taken(states.ADVANCE, states.REGISTERED, states.SURVEYED, day))
    if verified is not None:
        found.append(Taken(states.ADVANCE, states.SURVEYED, states.CLASSIFIED, verified))


def _round(way: Way, found: list[Taken], *, is_unknown: bool = False) -> None:
    """From the choice of a strategy on, as far as the days go."""

    def go(kind: str, from_state: str, to_state: str, on: dt.date) -> None:
        unknown = is_unknown and to_state != states.CLEARED
        found.append(Taken(kind, from_state, to_state, on, unknown))

    if way.confirmed_on or way.approved_on:
        confirmed = way.confirmed_on or way.approved_on
        go(states.CONFIRM, states.CLASSIFIED, states.CLASSIFIED, confirmed)
    ways = (
        (states.CLASSIFIED, states.MATCHING, way.approved_on),
        (states.MATCHING, states.CONSULTING, way.matched_on),
        (states.CONSULTING, states.CONTRACTED, way.signed_on),
        (states.CONTRACTED, states.SERVING, way.served_on),
        (states.SERVING, states.ACCEPTED, way.put_forward_on or way.accepted_on),
        (states.ACCEPTED, states.CLEARED, way.cleared_on),
    )
    for from_state, to_state, on in ways:
        if on is None:
            return
        go(states.ADVANCE, from_state, to_state, on)


def _lose(way: Way, found: list[Taken]) -> None:
    state = found[-1].to_state
    found.append(Taken(states.LOSS, state, states.REBOUND, way.lost_on, reason=way.loss_reason))
    found.append(
        Taken(
            states.ADVANCE, states.REBOUND, states.CLASSIFIED, way.lost_on, reason=way.loss_reason
        )
    )
