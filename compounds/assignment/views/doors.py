"""What can be done with one assignment: each act with its form, words and service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.foundation import dates

from .. import rules, services
from ..forms import BackForm, EndForm, ReplaceForm, StepForm
from ..models import APPROVE, PROPOSE, REVIEW, Assignment
from ..services.chain import RETURNS, WITHDRAWS
from ..services.serving import is_case_served

State = Assignment.State


class Act(NamedTuple):
    """One thing that can be done now: its door, its form and its words."""

    key: str
    url: str
    form: Any
    title: Any
    button: Any
    is_primary: bool


class Door(NamedTuple):
    rights: tuple[str, ...]  # one of them opens the door; the service asks again by state
    service: Callable[..., Any]
    form: type
    title: Any
    button: Any
    done: Any


DOORS = {
    "review": Door(
        (REVIEW,),
        services.review_assignment,
        StepForm,
        _("Review for the street"),
        pgettext_lazy("assignment", "Reviewed: pass it on"),
        _("The street has reviewed it; the district is told."),
    ),
    "approve": Door(
        (APPROVE,),
        services.approve_assignment,
        StepForm,
        _("Approve for the district"),
        pgettext_lazy("assignment", "Approve"),
        _("The assignment is approved."),
    ),
    "replace": Door(
        (PROPOSE,),
        services.replace_assignment,
        ReplaceForm,
        _("Take over from the present provider"),
        _("It has taken over"),
        _("The new provider serves; the one before has ended."),
    ),
    "return": Door(
        (REVIEW, APPROVE),
        services.return_assignment,
        BackForm,
        _("One step back"),
        _("Return it"),
        _("The assignment was returned."),
    ),
    "withdraw": Door(
        (PROPOSE, REVIEW, APPROVE),
        services.withdraw_assignment,
        BackForm,
        _("Withdraw"),
        pgettext_lazy("assignment", "Withdraw it"),
        _("The assignment was withdrawn."),
    ),
    "end": Door(
        (PROPOSE, REVIEW, APPROVE),
        services.end_assignment,
        EndForm,
        _("Record that service has ended"),
        _("It has ended"),
        _("The end was recorded; the list of handing back is begun."),
    ),
}


def is_possible(key: str, user, row: Assignment) -> bool:
    """Whether a person could do it now; the service decides again."""
    can = user.scope.can
    if key == "review":
        return row.state == State.PROPOSED and can(REVIEW, row) and row.prepared_by_id != user.pk
    if key == "approve":
        return (
            row.state == State.STREET_REVIEWED
            and can(APPROVE, row)
            and user.pk not in (row.prepared_by_id, row.reviewed_by_id)
        )
    if key == "replace":
        is_ready = row.state == State.DISTRICT_APPROVED and row.replaces_id
        return bool(is_ready) and can(PROPOSE, row)
    if key == "end":
        if is_case_served(row):
            return False
        return row.state == State.ACTIVE and any(can(r, row) for r in (PROPOSE, REVIEW, APPROVE))
    if key == "return" and not rules.back_from(row.state):
        return False
    rights = (RETURNS if key == "return" else WITHDRAWS).get(row.state, ())
    return any(can(right, row) for right in rights)


def forms_for(user, row: Assignment) -> list[Act]:
    """What a person may do now, the next step forward first."""
    initial = {"version": row.version, "starts_on": dates.today(), "ended_on": dates.today()}
    return [
        Act(
            key,
            f"assignment:assignment_{key}",
            door.form(initial=initial, auto_id=f"id_{key}_%s"),
            door.title,
            door.button,
            key in ("review", "approve", "replace"),
        )
        for key, door in DOORS.items()
        if is_possible(key, user, row)
    ]
