"""The way of every unmanaged compound through the clearing campaign: days, firms, contracts.

The days keep the least times (domain.md §5.1): a notice hangs for fifteen days, a service is
accepted after thirty. How many are cleared by when is an S-curve; what a compound waits beyond
what its steps need, it waits before its survey is put together, and while it is served.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil, log

from .compounds import Compound
from .days import after, working_days_after
from .geometry import distance
from .invitations import WITH_SUBSIDY, YES, Invitation
from .providers import Provider

NOTICE_DAYS, SERVICE_DAYS = 15, 30
SERVE, CONSULT, CHARGE = "SERVE", "CONSULT", "CHARGE"
# From the proposal of a firm to the clearing, in their order.
STEPS = (
    "proposed_on", "reviewed_on", "matched_on", "noticed_on", "consulted_on", "signed_on",
    "filed_on", "entered_on", "inspected_on", "cleared_on",
)  # fmt: skip


@dataclass(frozen=True)
class Course:
    """How a campaign went: first and last clearing, the middle of the S-curve, until when told."""

    first: date
    middle: date
    last: date
    as_of: date
    slope_days: float
    # Days from entry until consulting on fees and until charging, by strategy; none is never.
    stages: dict[str, tuple[int, int] | None]
    contract_years: dict[str, int]
    fees: dict[str, int]  # fen per m² and month; 0 where the street buys the service
    tower_fee: int = 95

    def fee_of(self, compound: Compound, strategy: str) -> int:
        fee = self.fees[strategy]
        return self.tower_fee if fee and compound.is_tower else fee


@dataclass(eq=False)
class Way:
    """One compound from registration to clearing; `lost_on` and `again` if it fell back."""

    compound: Compound
    strategy: str
    provider: Provider
    registered_on: date
    surveyed_on: date
    verified_on: date
    confirmed_on: date
    approved_on: date
    proposed_on: date
    reviewed_on: date
    matched_on: date
    noticed_on: date
    consulted_on: date
    signed_on: date
    filed_on: date
    entered_on: date
    inspected_on: date
    cleared_on: date
    asked: int = 0
    answered: int = 0
    agreed: int = 0
    stages: list[tuple[str, date]] = field(default_factory=list)
    number: str = ""  # of the contract
    fee: int = 0
    lost_on: date | None = None
    loss: str = ""
    ended_on: date | None = None
    again: "Way | None" = None

    def stage_on(self, stage: str) -> date | None:
        return next((day for name, day in self.stages if name == stage), None)


class Office:
    """Makes the ways of a campaign, and keeps account of what each firm was given."""

    def __init__(self, course: Course, invitations: list[Invitation], rng):
        self.course, self.rng = course, rng
        self.letters: dict[str, list[Invitation]] = {}
        for letter in invitations:
            self.letters.setdefault(letter.compound.code, []).append(letter)
        self.load: dict[str, int] = {}

    # --- who serves -----------------------------------------------------------------------------
    def firm_for(self, compound: Compound, strategy: str, fallback: list[Provider]) -> Provider:
        """Whom the strategy allows: the unit's own, a fit red one, one that agreed, or fallback."""
        letters = self.letters.get(compound.code, [])
        if strategy == "FALLBACK":
            options = sorted(fallback, key=lambda p: distance(p.place, compound.place))
        else:
            options = [x.provider for x in letters if _serves(x, strategy)]
        if not options:
            raise ValueError(f"{compound.code}: nobody for {strategy}")
        needed = area_of(compound)
        with_room = [p for p in options if p.room_m2 - self.load.get(p.code, 0) >= needed]
        chosen = (with_room or options)[0]
        self.load[chosen.code] = self.load.get(chosen.code, 0) + needed
        return chosen

    # --- when -----------------------------------------------------------------------------------
    def make_ways(self, work: list[tuple[Compound, str]], fallback: list[Provider]) -> list[Way]:
        """The ways of all compounds, cleared along the S-curve as far as their letters allow."""
        soonest = {c.code: self._walk(c, 0, 0, dry=True) for c, _ in work}
        bias = {"UNIT_COBUILD": -40, "RED_TAKEOVER": -5, "SUBSIDY_TRANSITION": 0, "FALLBACK": -10}
        streets = {c.street.code for c, _ in work}
        pace = {code: self.rng.uniform(-25, 25) for code in sorted(streets)}
        order = sorted(
            work,
            key=lambda row: (
                soonest[row[0].code].toordinal() + bias[row[1]] + pace[row[0].street.code]
                + self.rng.uniform(-20, 20)
            ),
        )  # fmt: skip
        ways = []
        for number, (compound, strategy) in enumerate(order):
            wished = self._day_of((number + 0.5) / len(order))
            firm = self.firm_for(compound, strategy, fallback)
            ways.append(self._way(compound, strategy, firm, wished, soonest[compound.code]))
        return sorted(ways, key=lambda way: way.compound.code)

    def _day_of(self, share: float) -> date:
        course = self.course
        days = course.slope_days * log(share / (1 - share))
        return min(max(course.middle + timedelta(days=round(days)), course.first), course.last)

    def _answered(self, compound: Compound) -> date:
        days = [x.answered_on or x.invited_on for x in self.letters.get(compound.code, [])]
        return max([compound.surveyed_on, *days])

    def _way(self, compound, strategy: str, firm: Provider, wished: date, soonest: date) -> Way:
        slack = max(0, (wished - soonest).days)
        way = self._walk(compound, round(slack * 0.55), round(slack * 0.35))
        early = (wished - way.cleared_on).days
        if early > 7:  # its steps went faster than they might: it is served the longer
            way.inspected_on = after(way.inspected_on, early - 5)
            way.cleared_on = working_days_after(way.inspected_on, 2)
        if way.cleared_on > self.course.last:
            raise ValueError(f"{compound.code} would be cleared on {way.cleared_on}")
        way.strategy, way.provider = strategy, firm
        way.fee = self.course.fee_of(compound, strategy)
        self._ask_residents(way)
        self.begin_stages(way)
        return way

    def _walk(self, compound: Compound, wait: int, longer: int, *, dry: bool = False):
        """The days of every step. A dry walk takes the slowest draws and tells the last day."""
        rng = self.rng

        def draw(low, high):
            return high if dry else rng.randint(low, high)

        registered = compound.surveyed_on
        surveyed = after(self._answered(compound), draw(1, 3) + wait)
        verified = working_days_after(surveyed, draw(2, 7))
        confirmed = working_days_after(verified, draw(1, 3))
        approved = working_days_after(confirmed, draw(1, 4))
        days = self.walk_on(approved, draw, longer)
        if dry:
            return days["cleared_on"]
        return Way(
            compound, "", None, registered, surveyed, verified, confirmed, approved, **days
        )  # fmt: skip

    @staticmethod
    def walk_on(approved: date, draw, longer: int = 0) -> dict[str, date]:
        """From the approved strategy to the clearing."""
        proposed = working_days_after(approved, draw(1, 4))
        reviewed = working_days_after(proposed, draw(1, 2))
        matched = working_days_after(reviewed, draw(1, 3))
        noticed = working_days_after(matched, draw(1, 2))
        consulted = after(noticed, NOTICE_DAYS + draw(0, 4))
        signed = working_days_after(consulted, draw(1, 2))
        filed = working_days_after(signed, draw(1, 6))
        entered = working_days_after(filed, draw(1, 3))
        inspected = after(entered, SERVICE_DAYS + draw(0, 6) + longer)
        cleared = working_days_after(inspected, draw(1, 4))
        found = (
            proposed, reviewed, matched, noticed, consulted, signed, filed, entered, inspected,
            cleared,
        )  # fmt: skip
        return dict(zip(STEPS, found, strict=True))

    def _ask_residents(self, way: Way) -> None:
        way.asked = way.compound.households
        way.answered = ceil(way.asked * self.rng.uniform(0.68, 0.93))
        way.agreed = ceil(way.answered * self.rng.uniform(0.62, 0.94))

    def begin_stages(self, way: Way) -> None:
        """Serve, consult, charge, as far as the days have come (S0-12, S2-8)."""
        way.stages = [(SERVE, way.entered_on)]
        offsets = self.course.stages[way.strategy]
        if offsets is None:
            return
        for stage, days in zip((CONSULT, CHARGE), offsets, strict=True):
            day = after(way.entered_on, days + self.rng.randint(0, 6))
            if stage == CHARGE:  # fees are billed from the first of a month
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
            if day > self.course.as_of:
                return
            way.stages.append((stage, day))


def area_of(compound: Compound) -> int:
    """m² that a compound takes of a firm's room: what is charged, else what is built."""
    hundredths = compound.chargeable_cm2 or compound.floor_cm2
    return ceil(hundredths / 100)


def _serves(letter: Invitation, strategy: str) -> bool:
    firm, answer = letter.provider, letter.answer
    if strategy == "UNIT_COBUILD":
        return firm.kind == "原单位企业" and answer == YES
    if strategy == "RED_TAKEOVER":
        return firm.is_eligible_red and answer == YES
    return firm.kind != "原单位企业" and answer in (YES, WITH_SUBSIDY)


def number_contracts(ways: list[Way], short: str) -> None:
    """Numbers in the order of signing, year by year."""
    every = [w for way in ways for w in (way, way.again) if w is not None and w.signed_on]
    counts: dict[int, int] = {}
    for way in sorted(every, key=lambda w: (w.signed_on, w.compound.code)):
        year = way.signed_on.year
        counts[year] = counts.get(year, 0) + 1
        way.number = f"{short}物合〔{year}〕{counts[year]:03d}号"


def settle_capacity(providers: list[Provider], invitations: list[Invitation]) -> None:
    """Every firm can carry and reach what it agreed to, beside what it serves already.

    Sheet O asks how much a firm can serve in all, so what it serves already is part of it.
    """
    for letter in invitations:
        if letter.answer in (YES, WITH_SUBSIDY) and letter.provider.radius_m:
            far = distance(letter.provider.place, letter.compound.place)
            letter.provider.radius_m = max(letter.provider.radius_m, ceil(far / 500) * 500)
    for firm in providers:
        if firm.capacity_m2 is not None:
            promised = ceil(firm.promised_m2 / 10_000) * 10_000
            firm.room_m2 = max(firm.capacity_m2, promised)
            firm.capacity_m2 = firm.served_m2 + firm.room_m2
