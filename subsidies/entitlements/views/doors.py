"""What can be done with one entitlement: each act with its form, words and service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .. import rules, services
from ..forms import CheckForm, ReasonForm, RejectForm, ResumeForm, StepForm, SubmitForm
from ..models import APPLY, APPROVE, ASSESS, CHECK, PUBLICISE, REVIEW, Entitlement
from ..services.chain import REJECTS, RETURNS, WITHDRAWS
from ..services.common import taken_by

State = Entitlement.State


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
    write: Callable[..., Any]
    form: type
    title: Any
    button: Any
    done: Any


def _many(service):
    """A service of many rows, for one."""
    return lambda *, by, row, **said: service(by=by, entitlements=[row], **said)


def _one(service):
    return lambda *, by, row, **said: service(by=by, entitlement=row, **said)


def _check(*, by, row, is_confirmed, **said):
    return services.check(by=by, entitlements=[row], **said)


DOORS = {
    "submit": Door(
        (APPLY,),
        _many(services.submit),
        SubmitForm,
        _("Hand in the application"),
        pgettext_lazy("entitlement", "Hand it in"),
        _("The application was handed in; the community is told."),
    ),
    "check": Door(
        (CHECK,),
        _check,
        CheckForm,
        _("Check for the community"),
        pgettext_lazy("entitlement", "Confirmed: pass it on"),
        _("The community has confirmed it; the street is told."),
    ),
    "review": Door(
        (REVIEW,),
        _many(services.review),
        StepForm,
        _("Review for the street"),
        pgettext_lazy("entitlement", "Reviewed: pass it on"),
        _("The street has reviewed it; the district is told."),
    ),
    "assess": Door(
        (ASSESS,),
        _many(services.assess),
        StepForm,
        _("Review for the district"),
        pgettext_lazy("entitlement", "Conditions met: pass it on"),
        _("The district has reviewed it; the conditions and their answer are kept."),
    ),
    "resume": Door(
        (ASSESS,),
        _one(services.resume),
        ResumeForm,
        _("Resume the subsidy"),
        pgettext_lazy("entitlement", "Resume it"),
        _("The subsidy runs again."),
    ),
    "return": Door(
        (CHECK, REVIEW, ASSESS, PUBLICISE, APPROVE),
        _many(services.return_many),
        ReasonForm,
        _("One step back"),
        _("Return it"),
        _("It was returned by one step."),
    ),
    "reject": Door(
        (CHECK, REVIEW, ASSESS, PUBLICISE, APPROVE),
        _many(services.reject),
        RejectForm,
        _("Reject the application"),
        pgettext_lazy("entitlement", "Reject it"),
        _("The application was rejected."),
    ),
    "withdraw": Door(
        (APPLY,),
        _many(services.withdraw),
        ReasonForm,
        _("Withdraw the application"),
        pgettext_lazy("entitlement", "Withdraw it"),
        _("The application was withdrawn."),
    ),
    "suspend": Door(
        (ASSESS,),
        _one(services.suspend),
        RejectForm,
        _("Suspend the subsidy"),
        pgettext_lazy("entitlement", "Suspend it"),
        _("The subsidy is suspended: nothing is accrued until it is resumed."),
    ),
}
STEPS = {
    "submit": State.DRAFT,
    "check": State.SUBMITTED,
    "review": State.COMMUNITY_CHECKED,
    "assess": State.STREET_REVIEWED,
    "resume": State.SUSPENDED,
    "suspend": State.APPROVED,
}
FORWARD = ("submit", "check", "review", "assess", "resume")
ANOTHER = ("check", "review", "assess")


def is_possible(key: str, user, row: Entitlement) -> bool:
    """Whether a person could do it now; the service decides again."""
    can = user.scope.can
    door = DOORS[key]
    if key in STEPS:
        if row.state != STEPS[key] or not any(can(right, row) for right in door.rights):
            return False
        return key not in ANOTHER or user.pk not in taken_by([row])[row.pk]
    if key == "withdraw":
        return rules.may_move(row.state, State.WITHDRAWN) and any(can(r, row) for r in WITHDRAWS)
    rights = (RETURNS if key == "return" else REJECTS).get(row.state, ())
    return any(can(right, row) for right in rights)


def forms_for(user, row: Entitlement) -> list[Act]:
    """What a person may do now, the next step forward first."""
    return [
        Act(
            key,
            f"entitlements:entitlement_{key}",
            door.form(auto_id=f"id_{key}_%s"),
            door.title,
            door.button,
            key in FORWARD,
        )
        for key, door in DOORS.items()
        if is_possible(key, user, row)
    ]
