"""Cases as the sheet of progress tells them, and what undoing such an import gives back."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from compounds.assignment.models import Assignment
from compounds.fees.models import ServiceStage
from compounds.registry.models import Compound, Stage
from compounds.registry.rules import is_unmanaged
from governance.foundation import history
from governance.foundation.errors import DomainError

from .. import rules
from ..models import Acceptance, Case, Consultation, Transition

IMPORTED = "import-"
# The column of the sheet that tells when a state was entered.
ENTERED = {
    Stage.SURVEYED: "surveyed_on",
    Stage.MATCHING: "approved_on",
    Stage.CONSULTING: "matched_on",
    Stage.CONTRACTED: "signed_on",
    Stage.SERVING: "served_on",
    Stage.ACCEPTED: "put_forward_on",
    Stage.CLEARED: "cleared_on",
}
SECOND = rules.progress.SECOND
FACTS = (
    "pk",
    "version",
    "compound_id",
    "compound__code",
    "compound__name",
    "registered_on",
    "first_cleared_on",
    "leader",
    "planned_on",
    "provider__credit_code",
    "provider__name",
)


class StepsUndone(DomainError):  # noqa: N818 - names of refusals read as sentences
    """What an import took over has gone on since."""

    def __init__(self):
        super().__init__(
            _("Assignments that this import took over have been worked on since; it stays.")
        )


def told_of(cases: QuerySet) -> dict[int, dict[str, Any]]:
    """Cases by compound, with the value of every column of the sheet.

    `steps` are the recorded ones, `is_past` says whether all of them came by imports.
    """
    found = {row["pk"]: _blank(row) for row in cases.values(*FACTS)}
    ids = list(found)
    steps = Transition.objects.filter(case__among=ids).order_by("case", "pk")
    columns = ("case_id", "kind", "from_state", "to_state", "on", "strategy", "reason", "batch")
    more = ("document",)
    for row in steps.values_list(*columns, *more, named=True):
        _add(found[row.case_id], row)
    _papers(found, ids)
    _assigned(found)
    return {row["compound_id"]: row for row in found.values()}


def _blank(row: dict) -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(rules.progress.DATES)
    return values | {
        "pk": row["pk"],
        "version": row["version"],
        "compound_id": row["compound_id"],
        "compound_code": row["compound__code"],
        "compound_name": row["compound__name"],
        "registered_on": row["registered_on"],
        "first_cleared_on": row["first_cleared_on"],
        "leader": row["leader"],
        "planned_on": row["planned_on"],
        "credit_code": row["provider__credit_code"] or "",
        "provider_name": row["provider__name"] or "",
        "strategy": "",
        "loss_reason": "",
        "document": "",
        "acceptance_document": "",
        "households_asked": None,
        "households_answered": None,
        "households_agreed": None,
        "steps": [],
        "is_past": True,
    }


def _add(values: dict[str, Any], row) -> None:
    values["steps"].append((row.kind, row.from_state, row.to_state, row.on))
    values["is_past"] &= row.batch.startswith(IMPORTED)
    if row.kind == Transition.Kind.LOSS:
        values["lost_on"], values["loss_reason"] = row.on, row.reason
        return
    if row.from_state == Stage.REBOUND:
        return
    if row.kind == Transition.Kind.CONFIRM:
        if values["lost_on"]:  # a second round: what is told from here on is of this one
            values.update(dict.fromkeys(SECOND))
        values["confirmed_on"], values["strategy"] = row.on, row.strategy
    elif row.to_state == Stage.CLASSIFIED and row.from_state == Stage.SURVEYED:
        values["verified_on"] = row.on
    elif row.to_state in ENTERED:
        values[ENTERED[row.to_state]] = row.on
        values["strategy"] = row.strategy or values["strategy"]
        if row.to_state == Stage.MATCHING:
            values["document"] = row.document
        elif row.to_state == Stage.CLEARED:
            values["acceptance_document"] = row.document


def _papers(found: dict[int, dict], ids: list[int]) -> None:
    households = ("households_asked", "households_answered", "households_agreed")
    rows = Consultation.objects.filter(case__among=ids).order_by("noticed_on", "pk")
    for row in rows.values("case_id", "noticed_on", "closed_on", *households):
        values = found[row["case_id"]]
        if _is_of_round(values, row["noticed_on"]):
            values["noticed_on"], values["consulted_on"] = row["noticed_on"], row["closed_on"]
            values.update({name: row[name] for name in households})
    rows = Acceptance.objects.filter(case__among=ids).order_by("on", "pk")
    for case, on in rows.values_list("case_id", "on"):
        if _is_of_round(found[case], on):
            found[case]["accepted_on"] = on


def _is_of_round(values: dict[str, Any], day: dt.date) -> bool:
    """Whether a day belongs to the round that the row tells of."""
    lost_on, confirmed_on = values["lost_on"], values["confirmed_on"]
    if lost_on is None:
        return True
    return (day > lost_on) == bool(confirmed_on and confirmed_on > lost_on)


def _assigned(found: dict[int, dict]) -> None:
    """Providers of services that were lost, and the stages of those that are told."""
    by_compound = {row["compound_id"]: row for row in found.values()}
    rows = Assignment.objects.filter(compound__among=list(by_compound)).order_by("pk")
    columns = ("pk", "compound_id", "provider__credit_code", "provider__name")
    names = defaultdict(list)
    for pk, compound, code, name in rows.exclude(state="WITHDRAWN").values_list(*columns):
        values = by_compound[compound]
        names[pk] = values
        if values["matched_on"]:
            values["credit_code"], values["provider_name"] = code, name
    steps = rows.filter(steps__to_state__in=["PROPOSED", "STREET_REVIEWED"])
    for pk, state, on in steps.values_list("pk", "steps__to_state", "steps__on"):
        if pk in names and names[pk]["matched_on"]:
            column = "proposed_on" if state == "PROPOSED" else "reviewed_on"
            names[pk][column] = on
    stages = ServiceStage.objects.filter(assignment__among=list(names)).exclude(stage="SERVE")
    for assignment, stage, on in stages.values_list("assignment", "stage", "began_on"):
        column = "consult_stage_on" if stage == "CONSULT" else "charge_stage_on"
        names[assignment][column] = on


def undo_steps(compounds: Iterable[int], cases: Mapping[int, Case], *, by, batch: str) -> None:
    """Give the register its columns back: of the case as it stands again, or of no case at all.

    Who manages a compound goes back to what it was before the import, unless it was corrected
    since.
    """
    before = _modes_before(compounds, batch)
    rows = Compound.objects.filter(pk__among=list(compounds)).values_list("pk", "management_mode")
    same: dict[tuple, list[int]] = {}
    for pk, mode in rows:
        case = cases.get(pk)
        stage = case.state if case else ""
        first = case.first_cleared_on if case else None
        old, set_to = before.get(pk, (mode, mode))
        mode = old if mode == set_to else mode
        same.setdefault((stage, first, mode, is_unmanaged(mode, stage)), []).append(pk)
    for (stage, first, mode, unmanaged), ids in same.items():
        Compound.objects.filter(pk__among=ids).update(
            stage=stage, first_cleared_on=first, management_mode=mode, is_unmanaged=unmanaged
        )
        history.record_versions(Compound, ids, kind=history.CHANGED, by=by, reason=batch)


def _modes_before(compounds: Iterable[int], batch: str) -> dict[int, tuple[str, str]]:
    """The mode before an import's first write of a compound, and the one it set."""
    past = Compound.history.model.objects.filter(id__among=list(compounds)).order_by("history_id")
    found: dict[int, tuple[str, str]] = {}
    last: dict[int, str] = {}
    for pk, mode, why in past.values_list("id", "management_mode", F("history_change_reason")):
        if why == batch and pk in last and pk not in found:
            found[pk] = (last[pk], mode)
        last[pk] = mode
    return found
