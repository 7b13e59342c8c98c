"""What of subsidies waits for a person: one line for each kind of duty."""

from collections.abc import Iterator
from functools import partial

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from governance.foundation import dates
from governance.notices import kinds, sources
from governance.notices.sources import Work

from . import questions
from .models import APPLY, APPROVE, PUBLICISE, Entitlement, Objection
from .services.telling import NEXT

State = Entitlement.State


def _duties() -> dict:
    return {
        State.DRAFT: (
            _("Applications for subsidies to be handed in"),
            pgettext("duty", "hand them in"),
        ),
        State.SUBMITTED: (
            _("Applications for subsidies to be checked by the community"),
            pgettext("duty", "check them"),
        ),
        State.COMMUNITY_CHECKED: (
            _("Applications for subsidies to be reviewed by the street"),
            pgettext("duty", "review them"),
        ),
        State.STREET_REVIEWED: (
            _("Applications for subsidies to be reviewed by the district"),
            pgettext("duty", "review them"),
        ),
        State.DISTRICT_REVIEWED: (
            _("Subsidies to be put under public notice"),
            pgettext("duty", "post them"),
        ),
        State.PUBLICISED: (
            _("Subsidies whose notice is over, to be approved"),
            pgettext("duty", "approve them"),
        ),
    }


def work_of(user) -> Iterator[Work]:
    """Steps that wait for this person, open objections, compounds to apply for."""
    today = dates.today()
    states = [state for state, right, _others in questions.TURNS if user.scope.has(right)]
    if not states:
        return
    counts = {}
    for state in states:
        own = questions.waits_for(user, state, today)
        counts[f"n_{state}"] = Count("pk", filter=own)
        counts[f"late_{state}"] = Count("pk", filter=own & Q(due_on__lt=today))
    found = Entitlement.objects.order_by().aggregate(**counts)
    duties = _duties()
    address = reverse("entitlements:entitlement_list")
    for state in states:
        count, late = found[f"n_{state}"], found[f"late_{state}"]
        if count:
            title, verb = duties[state]
            yield Work(
                title, count, late > 0, f"{address}?mine=true&state={state.value}",
                _late(late), verb,
            )  # fmt: skip
    yield from _objections(user)
    if user.scope.has(APPLY):
        count = questions.applicable(user).count()
        if count:
            yield Work(
                _("Compounds in service that may apply for a subsidy"),
                count,
                False,
                reverse("entitlements:street_application"),
                "",
                pgettext("duty", "apply"),
            )


def _objections(user) -> Iterator[Work]:
    rights = [right for right in (PUBLICISE, APPROVE) if user.scope.has(right)]
    if not rights:
        return
    mine = Q()
    for right in rights:
        mine |= user.scope.granted(right)
    rows = Objection.objects.filter(mine, state=Objection.State.OPEN).exclude(recorded_by=user)
    count = rows.count()
    if count:
        yield Work(
            _("Objections to subsidies to be settled"),
            count,
            True,
            reverse("entitlements:objection_list"),
            "",
            pgettext("duty", "settle them"),
        )


def _late(count: int) -> str:
    if not count:
        return ""
    return ngettext("%(n)s overdue", "%(n)s overdue", count) % {"n": count}


def waiting(user, *, state: str) -> int:
    """How many subsidies in a state wait for a person, under notice or after it."""
    return Entitlement.objects.filter(questions.waits_for(user, state)).count()


def connect() -> None:
    sources.register("entitlements", work_of)
    for state, (kind, _right) in NEXT.items():
        kinds.waits(kind, partial(waiting, state=state))
