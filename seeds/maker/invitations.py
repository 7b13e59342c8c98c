"""Who was asked to serve which compound, in which round, and what was answered.

The answers make the facts willing_red_firms, willing_firms_with_subsidy, failed_rounds and
unit_agreed come out as each cell needs them.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from .compounds import Compound
from .days import workday
from .providers import Provider, nearest

YES, WITH_SUBSIDY, NO, SILENT, WAITING = "同意", "补贴下同意", "拒绝", "未答复", "待答复"


@dataclass
class Invitation:
    round: int
    compound: Compound
    provider: Provider
    invited_on: date
    answer: str
    answered_on: date | None
    letter: str = ""


class Desk:
    """The office that writes the letters."""

    def __init__(self, providers: list[Provider], district: str, rng):
        self.rng, self.short = rng, district.removesuffix("区")
        self.red = [p for p in providers if p.is_eligible_red]
        self.almost_red = [p for p in providers if p.is_red and not p.is_eligible_red]
        self.market = [p for p in providers if p.kind == "物业企业" and not p.is_red]
        self.public = [
            p for p in providers if p.kind in ("社区公司", "民办非企业", "流动物业", "村集体企业")
        ]
        self.of_unit = {p.unit: p for p in providers if p.unit}
        self.letters: list[Invitation] = []

    def invite(self, compound: Compound, number: int, provider: Provider, answer: str, start: date):
        if any(
            (old.compound, old.provider, old.round) == (compound, provider, number)
            for old in self.letters[-9:]
        ):
            return
        sent = workday(start)
        answered = None
        if answer in (YES, WITH_SUBSIDY, NO):
            answered = workday(sent + timedelta(days=self.rng.randint(2, 14)))
        if answer in (YES, WITH_SUBSIDY):
            provider.promised_m2 += compound.floor_cm2 // 100
        self.letters.append(Invitation(number, compound, provider, sent, answer, answered))

    def firm_with_room(self, firms: list[Provider], compound: Compound, among: int = 4) -> Provider:
        """A near firm, preferring those that have not promised more than they can carry."""
        near = nearest(firms, compound.place, among)
        area = compound.floor_cm2 // 100
        able = [p for p in firms if p.promised_m2 + area <= (p.capacity_m2 or 0)]
        able_near = [p for p in near if p in able]
        if able_near:
            return self.rng.choice(able_near)
        return nearest(able or near, compound.place)[0]

    def refusals(self, compound, number, start, count, also=()):
        """`count` firms that refuse or keep silent; at least one refuses in writing."""
        options = nearest(self.market + self.public, compound.place, 7) + list(also)
        for index, firm in enumerate(self.rng.sample(options, min(count, len(options)))):
            answer = NO if index == 0 else self.rng.choice((NO, NO, SILENT))
            self.invite(compound, number, firm, answer, start)


def write_invitations(
    compounds: list[Compound], providers: list[Provider], district: str, rng
) -> list[Invitation]:
    desk = Desk(providers, district, rng)
    seen: dict[str, int] = {}
    for compound in compounds:
        if compound.cell:
            index = seen[compound.cell] = seen.get(compound.cell, -1) + 1
            first = compound.surveyed_on + timedelta(days=rng.randint(14, 40))
            second = first + timedelta(days=rng.randint(30, 45))
            WRITERS[compound.cell](desk, compound, first, second, index)
    return numbered(desk)


def numbered(desk: Desk) -> list[Invitation]:
    """The letters with their numbers, year by year; sorted as the sheet has them."""
    return give_numbers(desk.letters, desk.short)


def give_numbers(letters: list[Invitation], short: str) -> list[Invitation]:
    letters = sorted(
        letters, key=lambda x: (x.invited_on, x.compound.code, x.round, x.provider.code)
    )
    for _year, of_year in groupby(letters, key=lambda x: x.invited_on.year):
        for number, letter in enumerate(of_year, start=1):
            letter.letter = f"{short}物管函〔{letter.invited_on.year}〕{number}号"
    return sorted(letters, key=lambda x: (x.round, x.compound.code, x.provider.code))


def _unit_agrees(desk, compound, first, second, index):
    desk.invite(compound, 1, desk.of_unit[compound.unit], YES, first)
    if compound.cell == "unit_large":
        # Fit for red property as well: the unit still comes first.
        desk.invite(compound, 1, desk.firm_with_room(desk.red, compound), YES, first)
    elif index % 5 < 2:
        firm = desk.firm_with_room(desk.market, compound)
        desk.invite(compound, 1, firm, (NO, SILENT, WITH_SUBSIDY)[index % 3], first)


def _red(desk, compound, first, second, index):
    number, start = (1, first) if index % 4 else (2, second)
    if number == 2:
        desk.refusals(compound, 1, first, 2)
    desk.invite(compound, number, desk.firm_with_room(desk.red, compound, 6), YES, start)
    if index % 3 == 0:
        desk.invite(compound, number, desk.rng.choice(desk.red), NO, start)
    if index % 5 == 1:  # agreed, but lacks one of the four flags: does not count
        desk.invite(
            compound, number, desk.almost_red[index // 5 % len(desk.almost_red)], YES, start
        )


def _willing(desk, compound, first, second, index):
    number, start = (1, first) if desk.rng.random() < 0.62 else (2, second)
    if number == 2:
        desk.refusals(compound, 1, first, desk.rng.choice((1, 2, 2, 3)))
    if "near" in compound.notes:
        desk.invite(compound, number, desk.firm_with_room(desk.red, compound), YES, start)
    answer = YES if desk.rng.random() < 0.1 else WITH_SUBSIDY
    firms = desk.public if desk.rng.random() < 0.2 else desk.market
    desk.invite(compound, number, desk.firm_with_room(firms, compound, 5), answer, start)
    if desk.rng.random() < 0.35:
        other = desk.firm_with_room(desk.market, compound, 6)
        desk.invite(compound, number, other, desk.rng.choice((NO, NO, SILENT, WAITING)), start)


def _unit_gone(desk, compound, first, second, index):
    own = desk.of_unit.get(compound.unit)
    if own and compound.unit_state == "存续":
        # The unit would, but is too far away; or it will not.
        desk.invite(compound, 1, own, YES if index % 4 == 0 else NO, first)
    _willing(desk, compound, first, second, index)


def _large_apart(desk, compound, first, second, index):
    if index % 2 == 0:
        desk.invite(compound, 1, desk.firm_with_room(desk.red, compound), YES, first)
    firm = desk.firm_with_room(desk.market, compound)
    desk.invite(compound, 1, firm, WITH_SUBSIDY, first)


def _large_poor(desk, compound, first, second, index):
    if index % 2 == 0:
        outside = next(p for p in desk.almost_red if not p.in_district)
        unwilling = next(p for p in desk.almost_red if not p.willing)
        desk.invite(compound, 1, (outside, unwilling)[index // 2 % 2], YES, first)
        desk.invite(compound, 1, desk.firm_with_room(desk.red, compound), NO, first)
    else:
        desk.invite(compound, 1, desk.firm_with_room(desk.red, compound), YES, first)
    desk.invite(compound, 1, desk.firm_with_room(desk.market, compound), WITH_SUBSIDY, first)


def _refused(desk, compound, first, second, index):
    large = compound.cell == "large_refused"
    also = nearest(desk.red, compound.place, 2) if large else ()
    desk.refusals(compound, 1, first, 3 if large else desk.rng.choice((1, 2, 2, 3)), also)
    desk.refusals(compound, 2, second, 3 if large else desk.rng.choice((1, 2, 2)), also)


def _unit_refuses(desk, compound, first, second, index):
    desk.invite(compound, 1, desk.of_unit[compound.unit], NO, first)
    desk.refusals(compound, 1, first, 1)
    if index % 2:
        desk.invite(compound, 2, desk.of_unit[compound.unit], NO, second)
    desk.refusals(compound, 2, second, 2)


WRITERS = {
    "unit_plain": _unit_agrees,
    "unit_large": _unit_agrees,
    "red": _red,
    "scattered": _willing,
    "unit_gone": _unit_gone,
    "large_apart": _large_apart,
    "large_poor": _large_poor,
    "refused": _refused,
    "large_refused": _refused,
    "unit_refuses": _unit_refuses,
}
