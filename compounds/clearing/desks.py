"""Whose desk a case lies on: for each task of the campaign the right it asks, and which cases.

The work list counts by this and the list filters by it, so that both say the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.models import Stage

from . import rules
from .rules import states

# The plan of this round is written; that of the round before a fall back counts no more.
HAS_PLAN = Q(plan__round=F("rebound_count"), plan__isnull=False)
SERVED_LONG = dt.timedelta(days=rules.SERVICE_DAYS)


@dataclass(frozen=True)
class Desk:
    """One task: its right, the condition on cases (of a user and a day), its words."""

    key: str
    right: str
    condition: Callable[[Any, dt.date], Q]
    title: Any
    verb: Any

    def waiting(self, user, today: dt.date) -> Q:
        """Cases that wait for this person."""
        return self.condition(user, today) & user.scope.granted(self.right)


def _in(state: str) -> Callable[[Any, dt.date], Q]:
    return lambda user, today: Q(state=state)


def _to_plan(user, today: dt.date) -> Q:
    return Q(state=Stage.CLASSIFIED, confirmed_on=None) & ~HAS_PLAN


def _to_confirm(user, today: dt.date) -> Q:
    is_mine = Q(plan__prepared_by=user.pk)
    return Q(state=Stage.CLASSIFIED, confirmed_on=None) & HAS_PLAN & ~is_mine


def _to_approve(user, today: dt.date) -> Q:
    is_mine = Q(confirmed_by=user.pk) & Q(confirmed_by__isnull=False)
    return Q(state=Stage.CLASSIFIED, confirmed_on__isnull=False) & ~is_mine


def _to_put_forward(user, today: dt.date) -> Q:
    return Q(state=Stage.SERVING, served_from__lte=today - SERVED_LONG)


DESKS: dict[str, Desk] = {
    desk.key: desk
    for desk in (
        Desk(
            "survey",
            states.WORK,
            _in(Stage.REGISTERED),
            _("Registered compounds to survey"),
            pgettext_lazy("verb of a task", "Survey"),
        ),
        Desk(
            "verify",
            states.VERIFY,
            _in(Stage.SURVEYED),
            _("Surveys of the campaign to verify"),
            pgettext_lazy("verb of a task", "Verify"),
        ),
        Desk(
            "plan",
            states.WORK,
            _to_plan,
            _("Plans to write: one compound, one policy"),
            pgettext_lazy("verb of a task", "Write"),
        ),
        Desk(
            "confirm",
            states.CONFIRM_RIGHT,
            _to_confirm,
            _("Strategies to confirm"),
            pgettext_lazy("verb of a task", "Confirm"),
        ),
        Desk(
            "approve",
            states.APPROVE,
            _to_approve,
            _("Strategies to approve"),
            pgettext_lazy("verb of a task", "Decide"),
        ),
        Desk(
            "match",
            states.MOVE,
            _in(Stage.MATCHING),
            _("Compounds that need a provider"),
            pgettext_lazy("verb of a task", "Find"),
        ),
        Desk(
            "consult",
            states.WORK,
            _in(Stage.CONSULTING),
            _("Residents to consult, contracts to sign"),
            pgettext_lazy("verb of a task", "Consult"),
        ),
        Desk(
            "file",
            states.MOVE,
            _in(Stage.CONTRACTED),
            _("Contracts to file, compounds to hand over"),
            pgettext_lazy("verb of a task", "File"),
        ),
        Desk(
            "forward",
            states.MOVE,
            _to_put_forward,
            _("Served long enough: put forward for acceptance"),
            pgettext_lazy("verb of a task", "Put forward"),
        ),
        Desk(
            "accept",
            states.ACCEPT,
            _in(Stage.ACCEPTED),
            _("Compounds to accept on site"),
            pgettext_lazy("verb of a task", "Accept"),
        ),
    )
}
