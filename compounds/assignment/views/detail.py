"""One assignment: its chain, what comes next, what is handed over."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance.foundation import dates
from governance.foundation.templatetags.look import STRATEGY_CLASS

from .. import origins, rules
from ..gathering import gather
from ..models import PROPOSE, Assignment, HandoverItem
from ..services.handover import may_write
from ..tables import STATE_CLASS
from .common import FOLDER, assignment_of
from .doors import forms_for

State = Assignment.State


class Station(NamedTuple):
    """One state of the way: how it is called, the last step that led to it, where it stands."""

    label: Any
    step: Any
    is_past: bool
    is_now: bool


def stations(assignment: Assignment, steps) -> list[Station]:
    """The way of an assignment: what is done, where it is, and what is still to come."""
    reached = {step.to_state: step for step in steps}
    if assignment.state == State.WITHDRAWN:
        last = next(step.from_state for step in reversed(steps) if step.to_state == State.WITHDRAWN)
        way = [*rules.path_to(last), State.WITHDRAWN]
    else:
        way = list(rules.FORWARD)
    now = way.index(assignment.state)
    return [
        Station(
            State(state).label,
            reached.get(state) if place <= now else None,
            place < now,
            place == now,
        )
        for place, state in enumerate(way)
    ]


class Handover(NamedTuple):
    """A list of one direction with how much of it is done."""

    direction: str
    label: Any
    items: list
    done: int
    may_write: bool

    @property
    def is_complete(self) -> bool:
        return bool(self.items) and self.done == len(self.items)


def handovers(user, assignment: Assignment) -> list[Handover]:
    items = list(assignment.handover.order_by("pk"))
    found = []
    for direction, label in HandoverItem.Direction.choices:
        own = [item for item in items if item.direction == direction]
        writes = may_write(assignment, direction) and user.scope.can(PROPOSE, assignment)
        is_due = not (direction == HandoverItem.Direction.OUT and assignment.state == State.ACTIVE)
        if own or (writes and is_due and assignment.source != Assignment.Source.IMPORT):
            done = sum(item.done_on is not None for item in own)
            found.append(Handover(direction, label, own, done, writes))
    return found


def render_detail(request, assignment: Assignment, bound=None, status: int = 200):
    """The page of one assignment; `bound` is a form of it that was refused."""
    steps = list(assignment.steps.select_related("by").order_by("pk"))
    others = (
        Assignment.objects.visible_to(request.user)
        .filter(compound=assignment.compound_id)
        .exclude(pk=assignment.pk)
        .select_related("provider")
        .order_by("-pk")[:20]
    )
    reasons = ()
    if assignment.state in Assignment.PREPARED:
        facts = gather([assignment.compound], dates.today(), without=[assignment.pk])
        reasons = facts.reasons(assignment.compound, assignment.provider, assignment.strategy)
    acts = forms_for(request.user, assignment)
    if bound is not None:
        acts = [one._replace(form=bound[1]) if one.key == bound[0] else one for one in acts]
    return render(
        request,
        f"{FOLDER}/assignment_detail.html",
        {
            "assignment": assignment,
            "compound": assignment.compound,
            "state_class": STATE_CLASS[assignment.state],
            "strategy_class": STRATEGY_CLASS[assignment.strategy],
            "stations": stations(assignment, steps),
            "steps": list(reversed(steps)),
            "origin": origins.of_batch(request.user, steps[0].batch) if steps else None,
            "others": others,
            "reasons": reasons,
            "acts": acts,
            "first_act": next((act for act in acts if act.is_primary), None),
            "other_acts": [act for act in acts if not act.is_primary],
            "is_own": assignment.prepared_by_id == request.user.pk
            and assignment.state in Assignment.PREPARED,
            "handovers": handovers(request.user, assignment),
        },
        status=status,
    )


@login_required
@require_safe
def assignment_detail(request, pk):
    return render_detail(request, assignment_of(request, pk))
