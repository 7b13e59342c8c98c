"""Services that were lost again after clearing, and how most of them were won back (§5.7)."""

from datetime import date

from .campaign import STEPS, Office, Way, area_of
from .days import after, working_days_after
from .geometry import distance
from .invitations import WAITING, WITH_SUBSIDY, Invitation
from .providers import Provider

REASONS = (
    "补贴期满后企业以收费率低为由撤出，保洁和垃圾清运停止（样例）",
    "企业项目人员连续缺岗，居民反映强烈，经核实服务实际中断（样例）",
    "企业书面告知难以为继并撤离，院门无人值守（样例）",
)
BACK = 4
# Two are still without: since when, and the last step on their way back.
STILL_LOST = ((date(2026, 10, 19), "noticed_on"), (date(2026, 10, 27), "reviewed_on"))
LOST = BACK + len(STILL_LOST)


def let_fall_back(
    ways: list[Way], office: Office, firms: list[Provider], invitations: list[Invitation], rng
) -> list[Way]:
    """Six compounds with subsidy lose their firm; four are cleared anew, two are on their way."""
    soon = sorted(
        (w for w in ways if w.strategy == "SUBSIDY_TRANSITION"),
        key=lambda w: (w.cleared_on, w.compound.code),
    )
    chosen = soon[2 : 2 + 3 * LOST : 3]
    for number, way in enumerate(chosen):
        is_back = number < BACK
        lost = after(way.cleared_on, rng.randint(70, 110))
        last = "cleared_on"
        if not is_back:
            lost, last = STILL_LOST[number - BACK]
        way.lost_on = way.ended_on = working_days_after(lost, 1)
        way.stages = [(stage, day) for stage, day in way.stages if day < way.lost_on]
        way.loss = REASONS[number % len(REASONS)]
        way.again = _won_back(way, office, firms, invitations, rng)
        _stop(way.again, last)
    return chosen


def _won_back(way: Way, office: Office, firms, invitations: list[Invitation], rng) -> Way:
    """Another firm of the market is asked, in a round of its own, and agrees with subsidy."""
    compound = way.compound
    needed = area_of(compound)
    near = sorted(firms, key=lambda p: distance(p.place, compound.place))
    firm = next(
        p for p in near
        if p is not way.provider and p.room_m2 - office.load.get(p.code, 0) >= needed
        and distance(p.place, compound.place) <= (p.radius_m or 10**9)
    )  # fmt: skip
    office.load[firm.code] = office.load.get(firm.code, 0) + needed
    confirmed_loss = working_days_after(way.lost_on, 4)
    last = max(x.round for x in invitations if x.compound is compound)
    sent = working_days_after(confirmed_loss, 1)
    answered = working_days_after(sent, 4)
    invitations.append(Invitation(last + 1, compound, firm, sent, WITH_SUBSIDY, answered))
    if sent > office.course.as_of:  # one more was asked and has not answered yet
        other = next(p for p in near if p not in (firm, way.provider))
        invitations.append(Invitation(last + 1, compound, other, sent, WAITING, None))
    confirmed = working_days_after(answered, 2)
    approved = working_days_after(confirmed, 2)
    days = office.walk_on(approved, lambda low, high: low, 0)
    again = Way(
        compound, way.strategy, firm, confirmed_loss, confirmed_loss, confirmed_loss, confirmed,
        approved, **days,
    )  # fmt: skip
    again.asked, again.fee = way.asked, way.fee
    again.answered = round(again.asked * rng.uniform(0.7, 0.9))
    again.agreed = round(again.answered * rng.uniform(0.7, 0.9))
    office.begin_stages(again)
    return again


def _stop(way: Way, last: str) -> None:
    """What comes after a step has not happened yet."""
    for name in STEPS[STEPS.index(last) + 1 :]:
        setattr(way, name, None)
    if way.consulted_on is None:
        way.answered = way.agreed = 0
    if way.entered_on is None:
        way.stages = []
