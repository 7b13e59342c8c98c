"""One entitlement: its way, its terms and forecast, what was examined, where its money stands."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.foundation import dates
from governance.organisation.scope import Role
from subsidies.ledger import questions as ledger_questions
from subsidies.ledger.models import BudgetIndicator, Stage
from subsidies.programmes import questions as programmes

from .. import gathering, questions, rules, wording
from ..models import APPLY, APPROVE, PUBLICISE, Entitlement, Objection
from ..services import applying
from ..services.chain import examined
from ..services.common import taken_by
from ..tables import OBJECTION_CLASS, STATE_CLASS
from .common import FOLDER, entitlement_of
from .doors import forms_for
from .funding import PAYERS

State = Entitlement.State
SHOWN_STAGES = (
    Stage.COMMITTED,
    Stage.PAYABLE,
    Stage.IN_PAYMENT,
    Stage.PAID,
    Stage.TO_RECOVER,
    Stage.RETURNED,
)
AFTER = (State.SUSPENDED, State.REJECTED, State.WITHDRAWN)


class Station(NamedTuple):
    """One state of the way: how it is called, the last step that led to it, where it stands."""

    label: Any
    step: Any
    is_past: bool
    is_now: bool


def stations(row: Entitlement, steps) -> list[Station]:
    """The way of an entitlement: what is done, where it is, and what is still to come."""
    reached = {step.to_state: step for step in steps}
    way = list(rules.FORWARD[:-1])
    if row.state in AFTER:
        last = next(step.from_state for step in reversed(steps) if step.to_state == row.state)
        way = [*rules.FORWARD[: rules.FORWARD.index(last) + 1], row.state]
        if row.state == State.SUSPENDED:
            way.append(State.EXITED.value)
    if row.state == State.CLOSED:
        way.append(State.CLOSED.value)
    now = way.index(row.state)
    # A draft of a workbook has no step of its own yet.
    begun = SimpleNamespace(on=row.created_at, by=row.prepared_by, document="")
    reached.setdefault(State.DRAFT.value, begun)
    return [
        Station(State(state).label, reached.get(state) if at <= now else None, at < now, at == now)
        for at, state in enumerate(way)
    ]


class Money(NamedTuple):
    """One indicator's share of an entitlement, by stage."""

    indicator: Any
    payer: Any
    cells: list


def money_of(row: Entitlement) -> list[Money]:
    """Where the committed money stands now."""
    held = ledger_questions.of_holders([row.number]).get(row.number, {})
    ids = sorted({indicator for indicator, _stage in held})
    names = BudgetIndicator.objects.in_bulk(ids)
    used = [stage for stage in SHOWN_STAGES if any(held.get((pk, stage)) for pk in ids)]
    return [
        Money(
            names[pk],
            names[pk].get_payer_display(),
            [(stage.label, held.get((pk, stage), 0)) for stage in used],
        )
        for pk in ids
    ]


class Year(NamedTuple):
    """What a payer bears of a budget year, and by which indicators; empty: nothing bears it yet."""

    year: str
    payer: Any
    amount: Decimal
    indicators: str


def years_of(row: Entitlement, fundings, forecast) -> list[Year]:
    """By budget year: as approved and changed since; before that as it would be."""
    named: dict[tuple[int, str], list[str]] = {}
    for one in fundings:
        named.setdefault((one.from_month.year, one.payer), []).append(one.indicator.number)
    shares = {(one.year, one.payer): one.amount for one in row.years.order_by("year", "payer")}
    if row.state in Entitlement.BEFORE_APPROVAL and forecast.total is not None:
        shares = rules.by_year(forecast)
    return [
        Year(str(year), PAYERS.get(payer, payer), amount, "; ".join(named.get((year, payer), ())))
        for (year, payer), amount in sorted(shares.items())
    ]


class Next(NamedTuple):
    """The next act where it is done on a page of its own."""

    title: Any
    url: str
    button: Any


def next_door(user, row: Entitlement, today) -> Next | None:
    """Posting and approving are done for many at once: their page, with this row picked."""
    can = user.scope.can
    page = reverse("entitlements:bulk_step")
    if row.state == State.DISTRICT_REVIEWED and can(PUBLICISE, row):
        return Next(
            _("Put it under public notice"),
            f"{page}?act=publicise&ids={row.pk}",
            _("To the notice"),
        )
    if (
        row.state == State.PUBLICISED
        and can(APPROVE, row)
        and row.notice.ends_on < today
        and user.pk not in taken_by([row])[row.pk]
    ):
        return Next(
            _("Approve the subsidy"), f"{page}?act=approve&ids={row.pk}", _("To the approval")
        )
    return None


def render_detail(request, row: Entitlement, bound=None, status: int = 200):
    """The page of one entitlement; `bound` is a form of it that was refused."""
    user, today = request.user, dates.today()
    steps = list(row.steps.select_related("by").order_by("pk"))
    terms = programmes.terms_of([row.programme_id])[row.programme_id]
    fee = row.contract.fee_per_m2 if row.contract_id else None
    forecast = gathering.forecast_of(row, terms, fee)
    acts = forms_for(user, row)
    if bound is not None:
        acts = [one._replace(form=bound[1]) if one.key == bound[0] else one for one in acts]
    is_examined_now = row.trace is None and row.state == State.STREET_REVIEWED
    if is_examined_now:
        conditions = wording.condition_lines(examined([row], today)[row.pk])
    else:
        conditions = wording.lines_of_record(row.trace)
    lacking = []
    if row.state == State.DRAFT:
        facts = gathering.gather([row.compound_id], [row.programme_id], today)
        lacking = applying.lacking(row, facts, today)
    taken = taken_by([row])[row.pk]
    objections = [
        (one, OBJECTION_CLASS[one.state], one.state == Objection.State.OPEN
         and user.pk not in taken | {one.recorded_by_id}
         and (user.scope.can(PUBLICISE, row) or user.scope.can(APPROVE, row)))
        for one in row.objections.select_related("notice").order_by("-pk")
    ]  # fmt: skip
    months = list(zip(forecast.periods, forecast.dues, strict=False))
    held = set(row.documents.split())
    fundings = list(row.fundings.select_related("indicator").order_by("from_month", "pk"))
    years = years_of(row, fundings, forecast)
    return render(
        request,
        f"{FOLDER}/entitlement_detail.html",
        {
            "entitlement": row,
            "compound": row.compound,
            "state_class": STATE_CLASS[row.state],
            "stations": stations(row, steps),
            "steps": [(step, _role_word(step.role), _way(step)) for step in reversed(steps)],
            "exceptions": questions.exceptions_of([row], today).get(row.pk, []),
            "lacking": lacking,
            "rates": wording.rates_of(terms),
            "terms": terms,
            "months": months,
            "forecast": forecast,
            "conditions": conditions,
            "is_examined_now": is_examined_now,
            "money": money_of(row),
            "fundings": fundings,
            "years": years,
            "is_planned": row.state in Entitlement.BEFORE_APPROVAL,
            "is_over": row.state in Entitlement.OVER,
            "obligation": sum((one.amount for one in years if not one.indicators), Decimal(0))
            if row.state in Entitlement.RUNNING
            else None,
            "documents": [
                (name, code in held)
                for code, name in wording.document_choices({*terms.documents, *held})
            ],
            "objections": objections,
            "others": Entitlement.objects.visible_to(user)
            .filter(compound=row.compound_id)
            .exclude(pk=row.pk)
            .select_related("programme", "provider")
            .order_by("-pk")[:20],
            "acts": acts,
            "first_act": next((act for act in acts if act.is_primary), None),
            "other_acts": [act for act in acts if not act.is_primary],
            "next_door": next_door(user, row, today),
            "may_edit": row.state == State.DRAFT and user.scope.can(APPLY, row),
            "may_object": row.state == State.PUBLICISED and user.scope.can(PUBLICISE, row),
            "days_left": (row.due_on - today).days if row.due_on else None,
            "today": today,
        },
        status=status,
    )


def _way(step) -> Any:
    """Where a step led: the state, or that it stayed."""
    return State(step.to_state).label if step.to_state != step.from_state else ""


def _role_word(role: str) -> Any:
    return dict(Role.choices).get(role, role)


@login_required
@require_safe
def entitlement_detail(request, pk):
    return render_detail(request, entitlement_of(request, pk))
