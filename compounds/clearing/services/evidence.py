"""What is known of cases when a step is to be taken: read set-based, after the rows are locked."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Max, Q

from compounds.assignment.models import Assignment, HandoverItem
from compounds.contracts.models import Contract, ContractCompound
from compounds.registry.models import Compound, Stage

from .. import rules
from ..models import Acceptance, Case, Consultation, Deadline, Plan, Transition

FACTS = ("pk", "surveyed_on", "verified_on", "decision", "strategy")
CHECKS = ("staff_on_post", "refuse_cleared", "board_up", "complaint_line")
_RANK = {Contract.State.FILED: 2, Contract.State.SIGNED: 1, Contract.State.DRAFT: 0}


@dataclass(frozen=True)
class Read:
    """The evidence of a case, and the rows it rests on (ids)."""

    evidence: rules.Evidence
    assignment: int | None = None
    assignment_planned_on: dt.date | None = None
    contract: int | None = None
    consultation: int | None = None  # whose notice still hangs
    strategy: str = ""


@dataclass
class _Found:
    """Values by case or compound, as they are read."""

    facts: dict[int, tuple] = field(default_factory=dict)
    last: dict[int, tuple] = field(default_factory=dict)
    forward: dict[int, int] = field(default_factory=dict)
    plans: dict[int, tuple] = field(default_factory=dict)
    assignments: dict[int, list[dict]] = field(default_factory=lambda: defaultdict(list))
    handovers: dict[int, tuple[int, int]] = field(default_factory=dict)
    consultations: dict[int, list[tuple]] = field(default_factory=lambda: defaultdict(list))
    contracts: dict[int, list[dict]] = field(default_factory=lambda: defaultdict(list))
    acceptances: dict[int, tuple] = field(default_factory=dict)


def read(cases: Sequence[Case]) -> dict[int, Read]:
    """Evidence of cases by their ids: the same number of queries however many there are."""
    found = _Found()
    ids = [case.pk for case in cases]
    compounds = [case.compound_id for case in cases]
    rows = Compound.objects.filter(pk__among=compounds)
    found.facts = {row[0]: row for row in rows.values_list(*FACTS)}
    _steps(found, ids)
    _plans(found, ids)
    _assignments(found, compounds)
    _consultations(found, ids)
    _contracts(found, compounds)
    _acceptances(found, ids)
    return {case.pk: _evidence(case, found) for case in cases}


def _steps(found: _Found, ids: Sequence[int]) -> None:
    steps = Transition.objects.filter(case__among=ids).order_by()
    lost = Q(kind=Transition.Kind.LOSS)
    found.last = {
        case: (last, loss)
        for case, last, loss in steps.values_list("case").annotate(
            last=Max("on"), loss=Max("on", filter=lost)
        )
    }
    forward = steps.filter(to_state=Stage.ACCEPTED).order_by("pk")
    found.forward = dict(forward.values_list("case", "by"))


def _plans(found: _Found, ids: Sequence[int]) -> None:
    rows = Plan.objects.filter(case__among=ids, round=F("case__rebound_count"))
    rows = rows.exclude(measures="")
    found.plans = {case: (by,) for case, by in rows.values_list("case", "prepared_by")}


def _assignments(found: _Found, compounds: Sequence[int]) -> None:
    rows = Assignment.objects.open().filter(compound__among=compounds).order_by("pk")
    columns = ("pk", "compound_id", "state", "strategy", "provider_id", "planned_on")
    for row in rows.values(*columns):
        found.assignments[row["compound_id"]].append(row)
    ids = [row["pk"] for rows_ in found.assignments.values() for row in rows_]
    items = HandoverItem.objects.filter(assignment__among=ids, direction="IN").order_by()
    found.handovers = {
        assignment: (count, left)
        for assignment, count, left in items.values_list("assignment").annotate(
            n=Count("pk"), left=Count("pk", filter=Q(done_on=None))
        )
    }


def _consultations(found: _Found, ids: Sequence[int]) -> None:
    rows = Consultation.objects.filter(case__among=ids).order_by("noticed_on", "pk")
    columns = ("noticed_on", "closed_on", "pk", "households_answered", "households_agreed")
    for case, *row in rows.values_list("case", *columns):
        found.consultations[case].append(tuple(row))


def _contracts(found: _Found, compounds: Sequence[int]) -> None:
    rows = ContractCompound.objects.filter(
        compound__among=compounds, is_main=True, contract__state__in=list(_RANK)
    ).order_by("contract__signed_on", "pk")
    columns = ("compound_id", "contract_id", "contract__state", "contract__provider_id")
    more = ("contract__number", "contract__signed_on", "contract__filed_on")
    for row in rows.values(*columns, *more):
        found.contracts[row["compound_id"]].append(row)


def _acceptances(found: _Found, ids: Sequence[int]) -> None:
    rows = Acceptance.objects.filter(case__among=ids).order_by("on", "pk")
    for case, on, *checks in rows.values_list("case", "on", *CHECKS):
        found.acceptances[case] = (on, checks)


def _evidence(case: Case, found: _Found) -> Read:
    _pk, surveyed_on, verified_on, decision, strategy = found.facts[case.compound_id]
    last_on, lost_on = found.last.get(case.pk, (case.entered_on, None))
    assignment = _assignment_of(case, found)
    contract = _contract_of(case, assignment, lost_on, found)
    items, left = found.handovers.get(assignment.get("pk"), (0, 0))
    rows = found.assignments.get(case.compound_id, ())
    evidence = rules.Evidence(
        state=case.state,
        entered_on=case.entered_on,
        last_on=last_on,
        is_confirmed=case.confirmed_on is not None,
        resumes_to=case.resumes_to,
        case_strategy=case.strategy,
        surveyed_on=surveyed_on,
        verified_on=verified_on,
        decision=decision,
        strategy=strategy,
        has_plan=case.pk in found.plans,
        plan_by=found.plans.get(case.pk, (None,))[0],
        confirmed_by=case.confirmed_by_id,
        has_open_assignment=any(row["state"] in Assignment.PREPARED for row in rows),
        assignment_state=assignment.get("state", ""),
        assignment_strategy=assignment.get("strategy", ""),
        assignment_provider=assignment.get("provider_id"),
        contract_state=contract.get("contract__state", ""),
        contract_provider=contract.get("contract__provider_id"),
        contract_number=contract.get("contract__number", ""),
        signed_on=contract.get("contract__signed_on"),
        filed_on=contract.get("contract__filed_on"),
        handover_items=items,
        handover_left=left,
        served_from=case.served_from,
        put_forward_by=found.forward.get(case.pk),
        **_consulted(case, lost_on, found),
        **_looked_at(case, found),
    )
    return Read(
        evidence,
        assignment=assignment.get("pk"),
        assignment_planned_on=assignment.get("planned_on"),
        contract=contract.get("contract_id"),
        consultation=_hanging(case, lost_on, found),
        strategy=strategy,
    )


def _assignment_of(case: Case, found: _Found) -> dict[str, Any]:
    """The one on its way while nobody serves, else the active one."""
    rows = found.assignments.get(case.compound_id, [])
    wanted = case.state in rules.SERVED
    rows = sorted(rows, key=lambda row: (row["state"] == Assignment.State.ACTIVE) == wanted)
    return rows[-1] if rows else {}


def _contract_of(case: Case, assignment: dict, lost_on, found: _Found) -> dict[str, Any]:
    """The main contract that counts: of the assigned provider first, then the furthest one.

    What was signed before a service was lost counts no more.
    """
    rows = [
        row
        for row in found.contracts.get(case.compound_id, [])
        if not (lost_on and row["contract__signed_on"] and row["contract__signed_on"] < lost_on)
    ]
    provider = assignment.get("provider_id")
    rows.sort(
        key=lambda row: (row["contract__provider_id"] == provider, _RANK[row["contract__state"]])
    )
    return rows[-1] if rows else {}


def _round(case: Case, lost_on, found: _Found) -> list[tuple]:
    """The consultations since a service was last lost."""
    return [
        row for row in found.consultations.get(case.pk, []) if not (lost_on and row[0] < lost_on)
    ]


def _hanging(case: Case, lost_on, found: _Found) -> int | None:
    return next((row[2] for row in _round(case, lost_on, found) if not row[1]), None)


def _consulted(case: Case, lost_on, found: _Found) -> dict[str, Any]:
    """The consultation that counts: one that hung long enough, else the last one, of this round."""
    rows = _round(case, lost_on, found)
    if not rows:
        return {"notice_on": None, "consulted_on": None}
    whole = [row for row in rows if row[1] and (row[1] - row[0]).days >= rules.NOTICE_DAYS]
    noticed_on, closed_on, _pk, answered, agreed = (whole or rows)[-1]
    votes = {"answered": answered, "agreed": agreed}
    return {"notice_on": noticed_on, "consulted_on": closed_on, **votes}


def _looked_at(case: Case, found: _Found) -> dict[str, Any]:
    """The last look on site since the case was put forward."""
    on, checks = found.acceptances.get(case.pk, (None, ()))
    if on is None or case.state != Stage.ACCEPTED or on < case.entered_on:
        return {"accepted_on": None, "is_accepted": False}
    failed = tuple(name for name, passed in zip(CHECKS, checks, strict=True) if not passed)
    return {"accepted_on": on, "is_accepted": not failed, "failed_checks": failed}


def terms_of(districts: Iterable[int]) -> dict[int, dict[str, rules.Term]]:
    """The deadlines of districts by state: the usual ones, changed by what each has set."""
    from_rows = Deadline.objects.filter(district__in=set(districts))
    found = {district: dict(rules.DEADLINES) for district in districts}
    for district, state, days, unit in from_rows.values_list(
        "district_id", "state", "days", "unit"
    ):
        usual = rules.DEADLINES.get(state)
        found[district][state] = rules.Term(days, unit, usual.origin if usual else "G")
    return found
