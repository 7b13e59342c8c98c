"""What must be there before a case goes on: the named conditions of each step, and who may not.

Evidence is read once, after the case is locked, and judged here. The same list is shown on the
page of a case. Sentences are English msgids, translated where they are shown.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import gettext_noop as _

from . import states
from .deadlines import NOTICE_DAYS, SERVICE_DAYS

DECIDED = frozenset({"DECIDED", "OVERRIDDEN"})
APPROVED_ASSIGNMENT = frozenset({"DISTRICT_APPROVED", "ACTIVE"})
SIGNED, FILED = "SIGNED", "FILED"

# Where a condition is met: names of doors, which views know the addresses of.
SURVEY, VERIFY, DECISION, PLAN = "survey", "verify", "decision", "plan"
CONFIRM, ASSIGNMENT, CONSULTATION = "confirm", "assignment", "consultation"
CONTRACT, HANDOVER, ACCEPTANCE = "contract", "handover", "acceptance"


@dataclass(frozen=True)
class Evidence:
    """What is known of a case when a step is to be taken. Ids of people are ids of accounts."""

    state: str
    entered_on: dt.date
    last_on: dt.date
    is_confirmed: bool = False
    resumes_to: str = ""
    case_strategy: str = ""
    surveyed_on: dt.date | None = None
    verified_on: dt.date | None = None
    decision: str = ""
    strategy: str = ""
    has_plan: bool = False
    plan_by: int | None = None
    confirmed_by: int | None = None
    has_open_assignment: bool = False
    assignment_state: str = ""
    assignment_strategy: str = ""
    assignment_provider: int | None = None
    notice_on: dt.date | None = None
    consulted_on: dt.date | None = None
    answered: int | None = None
    agreed: int | None = None
    contract_state: str = ""
    contract_provider: int | None = None
    contract_number: str = ""
    signed_on: dt.date | None = None
    filed_on: dt.date | None = None
    handover_items: int = 0
    handover_left: int = 0
    served_from: dt.date | None = None
    accepted_on: dt.date | None = None
    is_accepted: bool = False
    failed_checks: tuple[str, ...] = ()
    put_forward_by: int | None = None


class Condition(NamedTuple):
    """A named condition of a step: whether it holds, in words, and the door where it is met."""

    key: str
    is_met: bool
    message: str
    values: dict[str, Any]
    door: str = ""
    # Told, but not in the way of the step.
    is_warning: bool = False


def _surveyed(e: Evidence, on: dt.date) -> list[Condition]:
    is_met = e.surveyed_on is not None and e.surveyed_on <= on
    words = _("Surveyed on %(day)s") if e.surveyed_on else _("The survey has no date yet")
    return [Condition("surveyed", is_met, words, {"day": _day(e.surveyed_on)}, SURVEY)]


def _verified(e: Evidence, on: dt.date) -> list[Condition]:
    is_met = e.verified_on is not None and e.verified_on <= on
    words = (
        _("Survey verified on %(day)s") if e.verified_on else _("The survey is not verified yet")
    )
    return [
        Condition("verified", is_met, words, {"day": _day(e.verified_on)}, VERIFY),
        _decided(e),
    ]


def _decided(e: Evidence) -> Condition:
    is_met = e.decision in DECIDED and bool(e.strategy)
    words = (
        _("The system proposes a strategy")
        if is_met
        else _("There is no strategy yet: classify, or add the missing facts")
    )
    return Condition("decided", is_met, words, {}, DECISION)


def _planned(e: Evidence) -> Condition:
    words = (
        _("The plan of this compound is written")
        if e.has_plan
        else _("The plan of this compound is not written yet")
    )
    return Condition("planned", e.has_plan, words, {}, PLAN)


def _to_confirm(e: Evidence, on: dt.date) -> list[Condition]:
    return [_decided(e), _planned(e)]


def _to_approve(e: Evidence, on: dt.date) -> list[Condition]:
    confirmed = (
        _("The street has confirmed the strategy")
        if e.is_confirmed
        else _("The street has not confirmed the strategy yet")
    )
    is_same = bool(e.strategy) and e.case_strategy == e.strategy and e.decision in DECIDED
    same = (
        _("The classification is as it was confirmed")
        if is_same
        else _("The classification has changed since: send it back to be confirmed anew")
    )
    found = [_planned(e), Condition("confirmed", e.is_confirmed, confirmed, {}, CONFIRM)]
    if e.is_confirmed:
        found.append(Condition("unchanged", is_same, same, {}, DECISION))
    return found


def _matched(e: Evidence, on: dt.date) -> list[Condition]:
    is_approved = e.assignment_state in APPROVED_ASSIGNMENT
    words = (
        _("The district has approved the provider")
        if is_approved
        else _("The provider is proposed, but not yet approved by the district")
        if e.has_open_assignment
        else _("No provider has been proposed yet")
    )
    found = [Condition("assigned", is_approved, words, {}, ASSIGNMENT)]
    if is_approved:
        is_same = e.assignment_strategy == e.case_strategy
        same = (
            _("The provider was approved for this strategy")
            if is_same
            else _("The provider was approved for another strategy")
        )
        found.append(Condition("fitting", is_same, same, {}, ASSIGNMENT))
    return found


def _consulted(e: Evidence, on: dt.date) -> list[Condition]:
    if e.consulted_on is not None:
        hung = (e.consulted_on - e.notice_on).days
        is_met = hung >= NOTICE_DAYS and e.consulted_on <= on
        words = (
            _("Residents were consulted until %(day)s; the notice hung for %(days)s days")
            if hung >= NOTICE_DAYS
            else _("The notice hung for %(days)s days only; %(least)s are needed")
        )
        values = {"day": _day(e.consulted_on), "days": hung, "least": NOTICE_DAYS}
    elif e.notice_on is not None:
        is_met, values = False, {"day": _day(e.notice_on + dt.timedelta(days=NOTICE_DAYS))}
        words = _("The notice hangs; the consultation can be closed from %(day)s")
    else:
        is_met, values = False, {"least": NOTICE_DAYS}
        words = _("Residents are not consulted yet: post the notice for %(least)s days")
    found = [Condition("consulted", is_met, words, values, CONSULTATION), *_votes(e)]
    return [*found, *_signed(e, on)]


def _votes(e: Evidence) -> list[Condition]:
    """A warning where more households said no than yes: whether to go on is for people."""
    if e.consulted_on is None or not e.answered or e.agreed is None:
        return []
    if e.agreed * 2 >= e.answered:
        return []
    words = _("Only %(agreed)s of %(answered)s households that answered agreed: look twice")
    values = {"agreed": e.agreed, "answered": e.answered}
    return [Condition("majority", False, words, values, CONSULTATION, is_warning=True)]


def _signed(e: Evidence, on: dt.date) -> list[Condition]:
    is_signed = e.contract_state in (SIGNED, FILED) and (e.signed_on or on) <= on
    words = (
        _("Contract %(number)s was signed on %(day)s")
        if is_signed
        else _("No signed contract covers this compound yet")
    )
    values = {"number": e.contract_number, "day": _day(e.signed_on)}
    found = [Condition("signed", is_signed, words, values, CONTRACT)]
    if is_signed:
        is_same = e.contract_provider == e.assignment_provider
        same = (
            _("The contract is with the approved provider")
            if is_same
            else _("The contract is with another provider than the approved one")
        )
        found.append(Condition("same_provider", is_same, same, {}, CONTRACT))
    return found


def _filed(e: Evidence, on: dt.date) -> list[Condition]:
    is_filed = e.contract_state == FILED and e.filed_on is not None and e.filed_on <= on
    words = (
        _("The contract was filed on %(day)s") if is_filed else _("The contract is not filed yet")
    )
    is_handed = e.handover_items > 0 and e.handover_left == 0
    handed = (
        _("The hand-over list is complete (%(items)s items)")
        if is_handed
        else _("%(left)s of %(items)s items of the hand-over list are open")
        if e.handover_items
        else _("There is no hand-over list yet")
    )
    values = {"items": e.handover_items, "left": e.handover_left}
    is_approved = e.assignment_state in APPROVED_ASSIGNMENT
    approved = (
        _("The district has approved the provider")
        if is_approved
        else _("No provider is approved any more")
    )
    return [
        Condition("filed", is_filed, words, {"day": _day(e.filed_on)}, CONTRACT),
        Condition("still_assigned", is_approved, approved, {}, ASSIGNMENT),
        Condition("handed_over", is_handed, handed, values, HANDOVER),
    ]


def _served(e: Evidence, on: dt.date) -> list[Condition]:
    served = (on - e.served_from).days if e.served_from else 0
    is_met = served >= SERVICE_DAYS
    words = (
        _("Served for %(days)s days")
        if is_met
        else _("Served for %(days)s days; acceptance is possible after %(least)s")
    )
    return [Condition("served", is_met, words, {"days": max(served, 0), "least": SERVICE_DAYS})]


def _accepted(e: Evidence, on: dt.date) -> list[Condition]:
    is_met = e.is_accepted and e.accepted_on is not None and e.accepted_on <= on
    words = (
        _("Accepted on site on %(day)s: all four checks passed")
        if is_met
        else _("Looked at on %(day)s: not all four checks passed")
        if e.accepted_on
        else _("Nobody has accepted it on site yet")
    )
    return [Condition("accepted", is_met, words, {"day": _day(e.accepted_on)}, ACCEPTANCE)]


Gate = Callable[[Evidence, dt.date], list[Condition]]
GATES: dict[tuple[str, str], Gate] = {
    (states.REGISTERED, states.ADVANCE): _surveyed,
    (states.SURVEYED, states.ADVANCE): _verified,
    (states.CLASSIFIED, states.CONFIRM): _to_confirm,
    (states.CLASSIFIED, states.ADVANCE): _to_approve,
    (states.MATCHING, states.ADVANCE): _matched,
    (states.CONSULTING, states.ADVANCE): _consulted,
    (states.CONTRACTED, states.ADVANCE): _filed,
    (states.SERVING, states.ADVANCE): _served,
    (states.ACCEPTED, states.ADVANCE): _accepted,
}


def conditions(e: Evidence, kind: str, on: dt.date) -> list[Condition]:
    """The conditions of a step, met or not, in the order they are shown."""
    gate = GATES.get((e.state, kind))
    return gate(e, on) if gate else []


class Refusal(NamedTuple):
    """Why a step is not taken: a sentence and its values."""

    code: str
    message: str
    values: dict[str, Any] = {}


def refusals(e: Evidence, kind: str, *, by: int, on: dt.date, today: dt.date) -> list[Refusal]:
    """Everything that speaks against a step taken by an account on a day; empty if nothing does.

    Rights are asked apart, where the person's posts are known.
    """
    found = states.step(kind, e.state, is_confirmed=e.is_confirmed, resumes_to=e.resumes_to)
    if found is None:
        return [Refusal("no_step", _("This step does not follow from where the case stands."))]
    result = [*_days(e, on, today), *_people(e, kind, by)]
    result += [Refusal(c.key, c.message, c.values) for c in _in_the_way(e, kind, on)]
    if kind == states.RETURN and e.state == states.MATCHING and e.has_open_assignment:
        result.append(
            Refusal("assigned", _("A provider is proposed or approved: withdraw that first."))
        )
    if kind == states.RETURN and e.state == states.CONTRACTED and e.contract_state == FILED:
        result.append(Refusal("filed", _("The contract is filed: end it first.")))
    return result


def _in_the_way(e: Evidence, kind: str, on: dt.date) -> list[Condition]:
    return [c for c in conditions(e, kind, on) if not (c.is_met or c.is_warning)]


def _days(e: Evidence, on: dt.date, today: dt.date) -> list[Refusal]:
    if on > today:
        return [Refusal("future", _("The day lies in the future."))]
    if on < e.last_on:
        words = _("The day lies before the last step of the case (%(day)s).")
        return [Refusal("too_early", words, {"day": _day(e.last_on)})]
    return []


def _people(e: Evidence, kind: str, by: int) -> list[Refusal]:
    """Nobody approves what they have prepared."""
    if kind == states.CONFIRM and e.plan_by == by:
        return [Refusal("own_plan", _("Whoever wrote the plan does not confirm it."))]
    if kind != states.ADVANCE:
        return []
    if e.state == states.CLASSIFIED and by in (e.confirmed_by, e.plan_by):
        words = _("Whoever wrote the plan or confirmed the strategy does not approve it.")
        return [Refusal("own_confirmation", words)]
    if e.state == states.ACCEPTED and e.put_forward_by == by:
        words = _("Whoever put the case forward does not accept it.")
        return [Refusal("own_case", words)]
    return []


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else "—"


@dataclass(frozen=True)
class Ready:
    """A step a person may take now, or what is still in its way."""

    step: states.Step
    conditions: tuple[Condition, ...] = field(default=())
    refusals: tuple[Refusal, ...] = field(default=())

    @property
    def is_ready(self) -> bool:
        return not self.refusals
