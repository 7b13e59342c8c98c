"""Proposals: what the layout of a place calls for, written down with the steps towards it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import bulk
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.locks import for_update
from governance.organisation.models import Area, Level

from ..layout import Place, read_places
from ..models import Proposal, ProposalStep
from ..rules import OrganisationKind, Reason, Step, Wanted
from ..telling import tell_waiting
from .applying import apply_steps
from .stating import APPLY, FOUNDING, PROPOSE, TAKEABLE, State, lock, note
from .undoing import undo_batch

__all__ = ["apply_steps", "leave_step", "prepare_proposal", "undo_batch"]


@transaction.atomic
def prepare_proposal(*, by, area: Area) -> Proposal:
    """Write down what the layout of a district, street or community calls for, and the steps.

    Raises NotAllowed, DomainError (an area below a community).
    """
    by.scope.require(PROPOSE, area)
    if area.level > Level.COMMUNITY:
        raise DomainError(_("Choose a district, street or community."), field="area")
    places = read_places(area)
    proposal = Proposal(area=area, prepared_by=by)
    proposal.place_in(area)
    note(proposal, places)
    proposal.wanted = [_node_as_json(place, node) for place in places for node in place.wanted]
    proposal.counts = {**proposal.counts, **_counts(places)}
    proposal.save()
    pairs = [(place, step) for place in places for step in place.steps]
    bulk.insert_many(
        ProposalStep,
        [
            ProposalStep(
                proposal=proposal,
                prepared_by=by,
                position=position,
                key=step.key,
                act=step.act,
                name=step.name,
                plan=_plan(place, step),
                reasons=[_reason_as_json(reason) for reason in step.reasons],
                organisation_id=step.standing[0] if step.act not in FOUNDING and step.standing
                else None,
            )
            for position, (place, step) in enumerate(pairs, start=1)
        ],
    )  # fmt: skip
    tell_waiting(proposal, by=by)
    audit.record("propose", proposal, by=by, changes={"rows": [None, len(pairs)]})
    return proposal


def _counts(places: Sequence[Place]) -> dict[str, Any]:
    """What the page shows on top: called for, standing, compounds, steps by act."""
    wanted = [node for place in places for node in place.wanted]
    standing = [one for place in places for one in place.standing]
    covered = {pk for node in wanted for pk in node.compounds}
    return {
        "communities": len(places),
        "compounds": len(covered),
        "uncovered": sum(len(place.uncovered) for place in places),
        "committees_missing": [place.area.name for place in places if place.committee is None],
        "wanted": _by_kind(wanted),
        "standing": _by_kind(standing),
        "steps": dict(Counter(step.act.value for place in places for step in place.steps)),
        "seats": sum(node.seats for node in wanted),
    }


def _by_kind(rows: Iterable) -> dict[str, int]:
    rows = list(rows)
    branches = [row for row in rows if row.kind == OrganisationKind.BRANCH]
    return {
        "branches": len(branches),
        "compound_branches": sum(row.reach == "COMPOUND" for row in branches),
        "grid_branches": sum(row.reach == "GRID" for row in branches),
        "joint_branches": sum(row.is_joint for row in branches),
        "groups": len(rows) - len(branches),
    }


def _reason_as_json(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, **dict(reason.values)}


def _node_as_json(place: Place, node: Wanted) -> dict[str, Any]:
    return {
        "community": place.area.pk,
        "key": node.key,
        "parent": node.parent,
        "kind": int(node.kind),
        "name": node.name,
        "compounds": len(node.compounds),
        "members": node.full_members,
        "seats": node.seats,
        "is_joint": node.is_joint,
        "standing": place.matched.get(node.key),
    }


def _kind(place: Place, step: Step) -> OrganisationKind:
    """Of what is founded or touched; a grid to be drawn is one for a branch."""
    if step.wanted:
        return step.wanted.kind
    touched = (one.kind for one in place.standing if one.id in step.standing)
    return next(touched, OrganisationKind.BRANCH)


def _plan(place: Place, step: Step) -> dict[str, Any]:
    plan: dict[str, Any] = {
        "community": place.area.pk,
        "needs": list(step.needs),
        "standing": list(step.standing),
        "kind": int(_kind(place, step)),
    }
    if step.act in FOUNDING:
        node = step.wanted
        parent = place.matched.get(node.parent, node.parent) if node.parent else place.committee
        plan |= {
            "reach": str(node.reach),
            "parent": parent,
            "grid": node.grid,
            "compound": node.compound,
            "is_joint": node.is_joint,
            "compounds": list(node.compounds),
        }
    if step.changes:
        (one,) = (one for one in place.standing if one.id == step.standing[0])
        changes = dict(step.changes)
        if "compounds" in changes:
            now = set(changes.pop("compounds"))
            plan["added"] = sorted(now - one.compounds)
            plan["removed"] = sorted(one.compounds - now)
        plan["changes"] = changes
    return plan


@transaction.atomic
def leave_step(*, by, step: ProposalStep, reason: str) -> ProposalStep:
    """Note that a step is not taken, and why.  Raises NotAllowed, DomainError."""
    proposal = lock(step.proposal)
    if not (by.scope.can(APPLY, proposal) or by.scope.can(PROPOSE, proposal)):
        raise NotAllowed()
    row = for_update(ProposalStep.objects).get(pk=step.pk)
    if row.state not in TAKEABLE:
        raise DomainError(_("This step is not open any more."))
    reason = reason.strip()[:200]
    if not reason:
        raise DomainError(_("Say why it is left as it is."), field="reason")
    row.state, row.left_reason = State.LEFT, reason
    row.save(update_fields=["state", "left_reason"])
    audit.record("leave_step", proposal, by=by, reason=reason, changes={"step": [None, str(row)]})
    return row
