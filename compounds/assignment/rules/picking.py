"""Firms in order of fitness for a compound, and a first distribution of many compounds.

The distribution takes the best firm for one compound after the other and never goes back: it is
a start that people correct, and no optimum.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from compounds.providers.rules import metres_to_nearest

from .eligibility import (
    Campaign,
    CompoundFacts,
    FirmFacts,
    Reason,
    Weight,
    eligibility,
    is_eligible,
)

FAR = 10**9


@dataclass(frozen=True)
class Candidate:
    """A firm for a compound: how far, and every reason against it."""

    firm: FirmFacts
    metres: int | None
    reasons: tuple[Reason, ...]

    @property
    def is_eligible(self) -> bool:
        return is_eligible(self.reasons)

    @property
    def is_barred(self) -> bool:
        return any(reason.is_bar for reason in self.reasons)

    @property
    def key(self) -> tuple:
        """Eligible, then reluctant, then barred; each by fewest lacks, nearest, most room."""
        gravest = max((reason.weight for reason in self.reasons), default=Weight.WARNING)
        count = sum(not reason.is_warning for reason in self.reasons)
        left = self.firm.room_left_m2
        return (
            int(gravest),
            count,
            FAR if self.metres is None else self.metres,
            left is None,
            -(left or Decimal(0)),
            self.firm.pk,
        )


def ranked(
    firms: Iterable[FirmFacts],
    compound: CompoundFacts,
    as_of: dt.date,
    campaign: Campaign | None = None,
) -> list[Candidate]:
    """Every firm for a compound under its own strategy, the best first: a total order."""
    found = [
        Candidate(
            firm,
            metres_to_nearest(compound.place, firm.bases),
            eligibility(firm, compound, compound.strategy, as_of, campaign),
        )
        for firm in firms
    ]
    return sorted(found, key=lambda one: one.key)


@dataclass(frozen=True)
class Pick:
    """What is proposed for one compound; without a candidate nobody is eligible any more.

    `others` are further eligible firms at that moment, the best first. `nearest` is the best of
    those that are not, where there is nobody.
    """

    compound: CompoundFacts
    candidate: Candidate | None
    others: tuple[Candidate, ...] = ()
    nearest: Candidate | None = None


def distribute(
    compounds: Iterable[CompoundFacts],
    firms: Mapping[int, FirmFacts],
    as_of: dt.date,
    campaign: Campaign | None = None,
) -> list[Pick]:
    """The best firm for each compound, the largest first; what is taken is taken.

    Answers in the order of the codes.
    """
    firms = dict(firms)
    found = []
    in_turn = sorted(compounds, key=lambda one: (-(one.needed_m2 or Decimal(0)), one.code, one.pk))
    for compound in in_turn:
        order = ranked(firms.values(), compound, as_of, campaign)
        fit = [one for one in order if one.is_eligible]
        if not fit:
            found.append(Pick(compound, None, (), order[0] if order else None))
            continue
        found.append(Pick(compound, fit[0], tuple(fit[1:])))
        firms[fit[0].firm.pk], campaign = taken(fit[0].firm, compound, campaign)
    return sorted(found, key=lambda one: (one.compound.code, one.compound.pk))


def taken(
    firm: FirmFacts, compound: CompoundFacts, campaign: Campaign | None
) -> tuple[FirmFacts, Campaign | None]:
    """The firm and the district after the firm was given a compound."""
    needed = compound.needed_m2 or Decimal(0)
    left = None if firm.room_left_m2 is None else firm.room_left_m2 - needed
    count, area = firm.load
    firm = replace(firm, room_left_m2=left, load=(count + 1, area + needed))
    if campaign is not None:
        campaign = replace(campaign, count=campaign.count + 1, area_m2=campaign.area_m2 + needed)
    return firm, campaign
