"""Whether a firm may be given a compound under a strategy, and every reason why not.

Reasons have weights. A bar cannot be overruled. A lack can, by a written reason. A warning is
only told. A firm is eligible that has neither bars nor lacks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from compounds.providers.rules import FLAGS, metres_to_nearest

UNIT_COBUILD = "UNIT_COBUILD"
RED_TAKEOVER = "RED_TAKEOVER"
SUBSIDY_TRANSITION = "SUBSIDY_TRANSITION"
FALLBACK = "FALLBACK"

# Source: domain.md §5.1, S0-13: fallback when no enterprise can be brought in.
FALLBACK_ROUNDS = 2
# Among fewer compounds a share says nothing: the first one is always all of them.
LEAST_FOR_SHARE = 10
UNIT_COMPANY = "UNIT_COMPANY"
FALLBACK_TEAM = "FALLBACK_TEAM"
# Who is no enterprise of the market and may serve where none comes (S0-13).
FALLBACK_KINDS = frozenset(
    {FALLBACK_TEAM, "NON_PROFIT", "COMMUNITY_COMPANY", "VILLAGE_COLLECTIVE", "MOBILE"}
)


class Weight(IntEnum):
    WARNING = 0
    LACK = 1
    BAR = 2


# Code → weight and words, whose holes are filled from the values of the reason.
_REASONS: dict[str, tuple[Weight, Any]] = {
    "BLACKLISTED": (Weight.BAR, _("blacklisted until %(until)s")),
    "HELD": (Weight.BAR, _("locked: nobody for the time being")),
    "KEPT_FOR_ANOTHER": (Weight.BAR, _("locked for another provider")),
    "LOCKED_OUT": (Weight.BAR, _("locked: not this provider")),
    "SERVES_ALREADY": (Weight.BAR, _("serves this compound already")),
    "OTHER_DISTRICT": (Weight.BAR, _("of another district")),
    "RED_CARD": (Weight.LACK, _("red card not yet corrected")),
    "RATING_C": (Weight.LACK, _("credit rating C")),
    "IS_RED": (Weight.LACK, FLAGS["is_red"]),
    "IS_IN_DISTRICT": (Weight.LACK, FLAGS["is_in_district"]),
    "IS_WELL_FOUNDED": (Weight.LACK, FLAGS["is_well_founded"]),
    "IS_ABLE": (Weight.LACK, FLAGS["is_able"]),
    "IS_WILLING": (Weight.LACK, FLAGS["is_willing"]),
    "NO_PARTY": (Weight.LACK, _("no party organisation")),
    "NOT_OF_THE_UNIT": (Weight.LACK, _("not the company of the compound's own unit")),
    "UNIT_COMPANY": (Weight.LACK, _("a unit's company serves its own unit's compounds")),
    "FALLBACK_ONLY": (Weight.LACK, _("for fallback service only")),
    "ENTERPRISE": (Weight.LACK, _("an enterprise; fallback is where none comes in")),
    "ROUNDS": (Weight.LACK, _("only %(rounds)s of %(asked)s invitation rounds have failed")),
    "NOT_ASKED": (Weight.LACK, _("not invited yet")),
    "NOT_ANSWERED": (Weight.LACK, _("has not answered the invitation")),
    "SAID_NO": (Weight.LACK, _("refused the invitation")),
    "ONLY_WITH_SUBSIDY": (Weight.LACK, _("agrees only with subsidy")),
    "TOO_FAR": (Weight.LACK, _("%(metres)s m away, goes %(limit)s m at most")),
    "NO_CAPACITY": (Weight.LACK, _("%(left)s m² left, %(needed)s m² needed")),
    "REFUSED_BY_PROVIDER": (Weight.LACK, _("the provider refused this compound on %(on)s")),
    "REFUSED_BY_RESIDENTS": (Weight.LACK, _("the residents refused this provider on %(on)s")),
    "REFUSED_BY_STREET": (Weight.LACK, _("the street refused this provider on %(on)s")),
    "REFUSED_BY_DISTRICT": (Weight.LACK, _("the district refused this provider on %(on)s")),
    "NOT_FILED": (Weight.WARNING, _("not filed yet")),
    "DISTANCE_UNKNOWN": (Weight.WARNING, _("distance unknown")),
    "CAPACITY_UNKNOWN": (Weight.WARNING, _("capacity unknown")),
    "AREA_UNKNOWN": (Weight.WARNING, _("area of the compound unknown")),
    "LARGE_SHARE": (
        Weight.WARNING,
        _("would serve %(percent)s %% of the district, above %(most)s %%"),
    ),
}
WEIGHTS = {code: weight for code, (weight, _words) in _REASONS.items()}
WORDS = {code: words for code, (_weight, words) in _REASONS.items()}


@dataclass(frozen=True)
class Reason:
    """Why a firm is not, or only reluctantly, to be given a compound."""

    code: str
    values: tuple[tuple[str, Any], ...] = ()

    @property
    def weight(self) -> Weight:
        return WEIGHTS[self.code]

    @property
    def is_bar(self) -> bool:
        return self.weight == Weight.BAR

    @property
    def is_lack(self) -> bool:
        return self.weight == Weight.LACK

    @property
    def is_warning(self) -> bool:
        return self.weight == Weight.WARNING

    @property
    def words(self) -> str:
        """The reason as a sentence in the present language."""
        return str(WORDS[self.code]) % {name: _told(value) for name, value in self.values}

    def __str__(self) -> str:
        return self.words


def _told(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal | int):
        return f"{value:,}"
    return str(value)


@dataclass(frozen=True)
class LockFacts:
    """A lock in force: KEEP (only this firm), BAR (not this firm) or HOLD (nobody)."""

    kind: str
    provider: int | None = None
    until: dt.date | None = None


@dataclass(frozen=True)
class FirmFacts:
    """One firm of the district. Unknown is None, and is not yes.

    `room_left_m2`: its capacity less what it filed as served and less what the campaign has given
    it. `load`: compounds and m² the campaign has given it.
    """

    pk: int
    name: str = ""
    kind: str = "ENTERPRISE"
    district: int | None = None
    is_red: bool | None = None
    is_in_district: bool | None = None
    is_well_founded: bool | None = None
    is_able: bool | None = None
    is_willing: bool | None = None
    has_party: bool = False
    is_filed: bool = True
    rating: str = ""
    has_red_card: bool = False
    blacklisted_until: dt.date | None = None
    room_left_m2: Decimal | None = None
    distance_limit_m: int | None = None
    bases: tuple[tuple[float | None, float | None], ...] = ()
    load: tuple[int, Decimal] = (0, Decimal(0))


@dataclass(frozen=True)
class CompoundFacts:
    """One compound: where it lies, what it needs, and what firms and others have said."""

    pk: int
    code: str = ""
    name: str = ""
    district: int | None = None
    place: tuple[float | None, float | None] = (None, None)
    needed_m2: Decimal | None = None
    strategy: str = ""
    unit_name: str = ""
    failed_rounds: int = 0
    serving: int | None = None
    answers: Mapping[int, str] = field(default_factory=dict)
    # Firm → (who refused, day), the last of each.
    refusals: Mapping[int, tuple[str, dt.date]] = field(default_factory=dict)
    locks: tuple[LockFacts, ...] = ()


@dataclass(frozen=True)
class Campaign:
    """What the district has given to firms so far, and the share of one firm that warns."""

    count: int = 0
    area_m2: Decimal = Decimal(0)
    most_percent: int = 40


def eligibility(
    firm: FirmFacts,
    compound: CompoundFacts,
    strategy: str,
    as_of: dt.date,
    campaign: Campaign | None = None,
) -> tuple[Reason, ...]:
    """Every reason against giving a compound to a firm under a strategy, the gravest first.

    Source: S0-7 to S0-10, S0-13 (strategies), S0-8 (flags), S0-9 (the unit's own company), §5.1
    (two rounds), §5.6 (standing), S4-11 (shares).
    """
    found = [
        *_standing(firm, as_of),
        *_bound(firm, compound, as_of),
        *_of_strategy(firm, compound, strategy),
        *_willing(firm, compound, strategy),
        *_reach(firm, compound),
        *_refused(firm, compound),
    ]
    if campaign is not None:
        found += _share(firm, compound, campaign)
    return tuple(sorted(found, key=lambda reason: -reason.weight))


def is_eligible(reasons: Iterable[Reason]) -> bool:
    """Whether reasons leave nothing but warnings."""
    return all(reason.is_warning for reason in reasons)


def bars(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(reason for reason in reasons if reason.is_bar)


def lacks(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(reason for reason in reasons if reason.is_lack)


def _reason(code: str, **values: Any) -> Reason:
    return Reason(code, tuple(values.items()))


def _standing(firm: FirmFacts, as_of: dt.date) -> Iterable[Reason]:
    if firm.blacklisted_until is not None and firm.blacklisted_until >= as_of:
        yield _reason("BLACKLISTED", until=firm.blacklisted_until)
    if firm.has_red_card:
        yield Reason("RED_CARD")
    if firm.rating == "C":
        yield Reason("RATING_C")
    if not firm.is_filed:
        yield Reason("NOT_FILED")


def _bound(firm: FirmFacts, compound: CompoundFacts, as_of: dt.date) -> Iterable[Reason]:
    if firm.district != compound.district:
        yield Reason("OTHER_DISTRICT")
    if compound.serving == firm.pk:
        yield Reason("SERVES_ALREADY")
    locks = [lock for lock in compound.locks if lock.until is None or lock.until >= as_of]
    if any(lock.kind == "HOLD" for lock in locks):
        yield Reason("HELD")
    kept = {lock.provider for lock in locks if lock.kind == "KEEP"}
    if kept and firm.pk not in kept:
        yield Reason("KEPT_FOR_ANOTHER")
    if any(lock.kind == "BAR" and lock.provider == firm.pk for lock in locks):
        yield Reason("LOCKED_OUT")


def _of_strategy(firm: FirmFacts, compound: CompoundFacts, strategy: str) -> Iterable[Reason]:
    if strategy == RED_TAKEOVER:
        for flag in FLAGS:
            if getattr(firm, flag) is not True:
                yield Reason(flag.upper())
        if not firm.has_party:
            yield Reason("NO_PARTY")
    if strategy == UNIT_COBUILD and not _is_of_the_unit(firm, compound):
        yield Reason("NOT_OF_THE_UNIT")
    if strategy == SUBSIDY_TRANSITION and firm.kind == UNIT_COMPANY:
        yield Reason("UNIT_COMPANY")
    if strategy == FALLBACK:
        if firm.kind not in FALLBACK_KINDS:
            yield Reason("ENTERPRISE")
        if compound.failed_rounds < FALLBACK_ROUNDS:
            yield _reason("ROUNDS", rounds=compound.failed_rounds, asked=FALLBACK_ROUNDS)
    elif firm.kind == FALLBACK_TEAM:
        yield Reason("FALLBACK_ONLY")


def _is_of_the_unit(firm: FirmFacts, compound: CompoundFacts) -> bool:
    """Whether a firm is a unit's company and bears the unit's name, or agreed when asked.

    Classification counts the agreement of any unit's company that was asked as the unit's own
    (`unit_agreed`): only the unit's is asked.
    """
    if firm.kind != UNIT_COMPANY:
        return False
    bears_name = bool(compound.unit_name) and compound.unit_name in firm.name
    return bears_name or compound.answers.get(firm.pk) == "AGREED"


_ANSWERS = {
    None: "NOT_ASKED",
    "WAITING": "NOT_ANSWERED",
    "NO_ANSWER": "NOT_ANSWERED",
    "REFUSED": "SAID_NO",
}


def _willing(firm: FirmFacts, compound: CompoundFacts, strategy: str) -> Iterable[Reason]:
    answer = compound.answers.get(firm.pk)
    if answer is None and strategy == FALLBACK:
        return  # who steps in where nobody comes is told, not invited
    if answer in _ANSWERS:
        yield Reason(_ANSWERS[answer])
    elif answer == "AGREED_WITH_SUBSIDY" and strategy != SUBSIDY_TRANSITION:
        yield Reason("ONLY_WITH_SUBSIDY")


def _reach(firm: FirmFacts, compound: CompoundFacts) -> Iterable[Reason]:
    metres = metres_to_nearest(compound.place, firm.bases)
    if metres is None:
        yield Reason("DISTANCE_UNKNOWN")
    elif firm.distance_limit_m is not None and metres > firm.distance_limit_m:
        yield _reason("TOO_FAR", metres=metres, limit=firm.distance_limit_m)
    if compound.needed_m2 is None:
        yield Reason("AREA_UNKNOWN")
    if firm.room_left_m2 is None:
        yield Reason("CAPACITY_UNKNOWN")
    elif firm.room_left_m2 < (compound.needed_m2 or 0):
        left = max(firm.room_left_m2, Decimal(0))
        yield _reason("NO_CAPACITY", left=left, needed=compound.needed_m2)


def _refused(firm: FirmFacts, compound: CompoundFacts) -> Iterable[Reason]:
    refusal = compound.refusals.get(firm.pk)
    if refusal is not None:
        yield _reason(f"REFUSED_BY_{refusal[0]}", on=refusal[1])


def _share(firm: FirmFacts, compound: CompoundFacts, campaign: Campaign) -> Iterable[Reason]:
    """A warning if with this compound the firm would hold more than the district's setting."""
    whole = campaign.count + 1, campaign.area_m2 + (compound.needed_m2 or 0)
    own = firm.load[0] + 1, firm.load[1] + (compound.needed_m2 or 0)
    if whole[0] < LEAST_FOR_SHARE:
        return
    large = [
        Decimal(part) * 100 / Decimal(total)
        for part, total in zip(own, whole, strict=True)
        if total and part * 100 > campaign.most_percent * total
    ]
    if large:
        percent = max(large).quantize(Decimal("0.1"))
        yield _reason("LARGE_SHARE", percent=percent, most=campaign.most_percent)
