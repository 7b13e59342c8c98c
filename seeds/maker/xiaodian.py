"""The campaign of Xiaodian: all 296 cleared in a year, six lost again, four of them won back."""

import random
from datetime import date

from .campaign import Course, Office, number_contracts
from .campaign_sheets import Campaign
from .cells import strategy_of
from .compounds import Compound
from .invitations import SILENT, WAITING, Invitation, give_numbers
from .money import Round, assess, book, collections, inspect
from .pairings import COUNTY, STREET, Pairing
from .providers import Provider
from .rebounds import let_fall_back

COURSE = Course(
    first=date(2026, 2, 6),
    middle=date(2026, 7, 18),
    last=date(2026, 11, 13),
    as_of=date(2026, 10, 31),
    slope_days=42,
    stages={
        "UNIT_COBUILD": (30, 45),
        "RED_TAKEOVER": (30, 60),
        "SUBSIDY_TRANSITION": (60, 110),
        "FALLBACK": None,
    },
    contract_years={
        "UNIT_COBUILD": 3,
        "RED_TAKEOVER": 3,
        "SUBSIDY_TRANSITION": 1,
        "FALLBACK": 1,
    },
    fees={"UNIT_COBUILD": 55, "RED_TAKEOVER": 65, "SUBSIDY_TRANSITION": 50, "FALLBACK": 0},
)
ROUND = Round(
    "2026年第三季度双评",
    date(2026, 7, 1),
    date(2026, 9, 30),
    date(2026, 10, 30),
    "小物治专班〔2026〕9号（样例）",
)
WATCH = (date(2026, 2, 1), "小物治专班〔2026〕2号（样例）")
WEAK = 7  # compounds that collect little and content few


def run(
    compounds: list[Compound],
    providers: list[Provider],
    invitations: list[Invitation],
    pairings: list[Pairing],
    short: str,
    seed: int,
) -> tuple[Campaign, list[Invitation]]:
    """The campaign, and the letters with those of the second matching."""
    rng = random.Random(f"{seed} campaign")
    office = Office(COURSE, invitations, rng)
    work = [(c, strategy_of(c.cell)) for c in compounds if c.cell]
    ways = office.make_ways(work, [p for p in providers if p.kind == "兜底队伍"])
    market = [p for p in providers if p.kind == "物业企业" and not p.is_red and p.in_district]
    lost = {w.compound.code for w in let_fall_back(ways, office, market, invitations, rng)}
    _close_old_letters(invitations)
    number_contracts(ways, short)
    steady = [w for w in ways if w.stage_on("CHARGE") and w.compound.code not in lost]
    first = sorted(steady, key=lambda w: (w.stage_on("CHARGE"), w.compound.code))
    weak = {way.compound.code for way in first[1 : 3 * WEAK : 3]}
    reports = collections(ways, COURSE.as_of, weak, rng)
    entries = book(ways, COURSE.as_of, rng)
    scores = assess(ways, reports, ROUND, weak, rng)
    visits = inspect(ways, date(2026, 11, 13), weak, rng)
    made = Campaign(
        COURSE, ways, reports, entries, scores, _leaders(pairings), ROUND, visits, watch=WATCH
    )
    return made, give_numbers(invitations, short)


def _close_old_letters(invitations: list[Invitation]) -> None:
    """Who has not answered for months will not: only letters of the last weeks still wait."""
    for letter in invitations:
        if letter.answer == WAITING and letter.invited_on < COURSE.as_of:
            letter.answer = SILENT


def _leaders(pairings: list[Pairing]) -> dict[str, str]:
    """Whoever answers for a compound, the highest first."""
    found: dict[str, str] = {}
    for kind in (STREET, COUNTY):
        for pairing in pairings:
            if pairing.kind == kind:
                found[pairing.compound.code] = pairing.person.name
    return found
