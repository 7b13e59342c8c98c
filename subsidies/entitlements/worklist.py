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
from subsidies.ledger.models import PREPARE as BUDGET

from . import obligations, questions
from .models import APPLY, APPROVE, ASSESS, PUBLICISE, Entitlement, Objection
from .services.annual import waiting_for
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
    if not states and not user.scope.has(BUDGET):
        return
    counts = {}
    for state in states:
        own = questions.waits_for(user, state, today)
        counts[f"n_{state}"] = Count("pk", filter=own)
        counts[f"late_{state}"] = Count("pk", filter=own & Q(due_on__lt=today))
    found = Entitlement.objects.order_by().aggregate(**counts) if counts else {}
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
    yield from _years(user, today)
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


def _years(user, today) -> Iterator[Work]:
    """Budgets to be asked for, years to be committed, papers of years to be decided."""
    scope, page = user.scope, reverse("entitlements:annual_list")
    waiting = waiting_for(user).count() if scope.has(APPROVE) else 0
    if waiting:
        yield Work(
            _("Papers of budget years to be approved"),
            waiting,
            False,
            page,
            "",
            pgettext("duty", "approve or refuse"),
        )
    rights = [right for right in (ASSESS, BUDGET) if scope.has(right)]
    if not rights:
        return
    mine = Q()
    for right in rights:
        mine |= scope.granted(right)
    rows = Entitlement.objects.filter(mine)
    asked = obligations.years_to_ask(today)
    needs = [one for one in obligations.needs(rows) if one.year in asked]
    districts = set(rows.order_by().values_list("district", flat=True).distinct())
    ready = {year for _d, year in obligations.with_indicators(districts, [n.year for n in needs])}
    for one in needs:
        values = {"year": one.year, "sum": f"{one.amount:,.2f}"}
        if one.year in ready and scope.has(ASSESS):
            yield Work(
                _("Subsidies whose year %(year)s is to be committed") % values,
                one.count,
                one.year <= today.year,
                f"{reverse('entitlements:annual_add')}?year={one.year}",
                _("%(sum)s yuan") % values,
                pgettext("duty", "commit the year"),
            )
        elif one.year not in ready and scope.has(BUDGET):
            yield Work(
                _("Subsidies that need money of the budget of %(year)s") % values,
                one.count,
                one.year <= today.year,
                page,
                _("%(sum)s yuan") % values,
                pgettext("duty", "ask for the indicator"),
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
