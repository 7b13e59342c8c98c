"""One case: where it stands, what is needed for the next step, the step itself, and its history."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from compounds.assignment.models import Assignment
from compounds.contracts.models import ContractCompound
from compounds.fees.models import ServiceStage
from compounds.registry.models import Stage
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal
from governance.foundation.texts import render as in_words
from governance.organisation.calendar import calendar

from .. import rules, services, wording
from ..forms import StepForm
from ..models import Case, Plan
from ..rules import states
from ..services import evidence
from ..services.papers import is_plan_fixed
from .common import FOLDER, case_of

VERBS = {
    states.ADVANCE: services.advance_case,
    states.CONFIRM: services.confirm_case,
    states.RETURN: services.return_case,
    states.SUSPEND: services.suspend_case,
    states.RESUME: services.resume_case,
    states.LEAVE: services.leave_campaign,
}
# Rights of which one is asked where the step itself does not follow (any more).
RIGHTS = {
    states.ADVANCE: tuple(dict.fromkeys(states.FORWARD.values())),
    states.CONFIRM: (states.CONFIRM_RIGHT,),
    states.RETURN: tuple(dict.fromkeys(r for rights in states.BACKWARD.values() for r in rights)),
    states.SUSPEND: (states.PAUSE,),
    states.RESUME: (states.PAUSE,),
    states.LEAVE: (states.PAUSE,),
}
SHOWN = 60


@dataclass
class Offer:
    """A step that follows from where the case stands: for this reader, or who else takes it."""

    kind: str
    verb: str
    to_label: str
    form: StepForm | None
    who: str
    own: tuple[str, ...] = ()
    is_ready: bool = True

    @property
    def is_main(self) -> bool:
        return self.kind in (states.ADVANCE, states.CONFIRM, states.RESUME)


@dataclass(frozen=True)
class Check:
    """A condition of the next step, in words, with the door to where it is met."""

    is_met: bool
    words: str
    door: str
    is_warning: bool = False


@dataclass(frozen=True)
class Mark:
    """A stage on the track of the case."""

    label: str
    css: str
    since: dt.date | None
    days: int | None


@login_required
@require_safe
def case_detail(request, code):
    return _detail(request, case_of(request, code))


@login_required
@require_POST
def case_step(request, code):
    """One step of the case, by its kind."""
    case = case_of(request, code)
    kind = request.POST.get("kind", "")
    if kind not in VERBS:
        raise Http404
    step = rules.step(
        kind,
        case.state,
        is_confirmed=case.confirmed_on is not None,
        resumes_to=case.resumes_to,
    )
    rights = step.rights if step and step.rights else RIGHTS[kind]
    if not any(request.user.scope.can(right, case) for right in rights):
        request.user.scope.require(rights[0], case)
    form = StepForm(request.POST, kind=kind)
    if form.is_valid():
        try:
            VERBS[kind](
                by=request.user,
                case=case,
                version=_version(request.POST.get("version")),
                **form.cleaned_data,
            )
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("clearing:case_detail", code)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            after = Case.objects.get(pk=case.pk)
            done = (
                _("%(name)s: the strategy is confirmed; the district approves it next.")
                if kind == states.CONFIRM
                else _("%(name)s: %(state)s.")
            )
            values = {"name": case.compound.name, "state": after.get_state_display()}
            messages.success(request, done % values)
            return redirect("clearing:case_detail", code)
    return _detail(request, case_of(request, code), form)


def _version(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


def _detail(request, case: Case, failed: StepForm | None = None):
    today = dates.today()
    read = evidence.read([case])[case.pk]
    steps = list(
        case.transitions.select_related("by").order_by("pk").only(*_TIMELINE, "by__display_name")
    )
    spans = rules.spans([rules.Past(s.kind, s.from_state, s.to_state, s.on) for s in steps], today)
    plan = Plan.objects.filter(case=case).select_related("prepared_by").first()
    kind = _next_kind(case)
    scope = request.user.scope
    consultations = list(case.consultations.select_related("held_by"))
    page = {
        "case": case,
        "compound": case.compound,
        "read": read.evidence,
        "track": _track(case, spans, today),
        "checks": _checks(case, read, kind, today, scope),
        "next": wording.verb_of(kind, case.state) if kind else "",
        "offers": _offers(request, case, read, failed, today),
        "failed": failed,
        "due": wording.due_html(case.due_on, today),
        "is_provisional": case.due_on and not calendar().is_arranged(case.due_on.year),
        "steps": steps[::-1][:SHOWN],
        "plan": plan,
        "plan_is_fixed": is_plan_fixed(case, plan),
        "consultations": consultations,
        "acceptances": list(case.acceptances.select_related("accepted_by")),
        "assignments": _assignments(case),
        "contracts": _contracts(case),
        "strategy": case.strategy or case.compound.strategy,
        "watch_url": wording.address("clearing:watch_detail", case.pk)
        if case.first_cleared_on
        else "",
        "loss_url": wording.address("clearing:loss_report", case.pk)
        if case.state in rules.SERVED and scope.can("loss.report", case)
        else "",
        "may": {
            "work": scope.can(states.WORK, case) and case.state not in rules.LEFT,
            "consult": scope.can(states.WORK, case) and case.state == Stage.CONSULTING,
            "accept": scope.can(states.ACCEPT, case) and case.state == Stage.ACCEPTED,
        },
        "today": today,
    }
    return render(request, f"{FOLDER}/case_detail.html", page)


_TIMELINE = (
    "case_id",
    "kind",
    "from_state",
    "to_state",
    "strategy",
    "on",
    "at",
    "by_id",
    "post",
    "document",
    "reason",
    "days_late",
    "batch",
)


def _next_kind(case: Case) -> str:
    """The step that leads on: confirmation comes before approval."""
    if case.state == Stage.CLASSIFIED and case.confirmed_on is None:
        return states.CONFIRM
    if case.state == Stage.SUSPENDED:
        return states.RESUME
    return states.ADVANCE if case.state in states.FORWARD else ""


def _checks(case: Case, read, kind: str, today: dt.date, scope) -> list[Check]:
    found = rules.conditions(read.evidence, kind, today) if kind else []
    return [
        Check(
            one.is_met,
            in_words(one.message, one.values),
            wording.door_of(one.door, case.compound.code, case.compound_id, read)
            if one.door and wording.may_open(one.door, scope, case, read)
            else "",
            one.is_warning,
        )
        for one in found
    ]


def _offers(request, case: Case, read, failed: StepForm | None, today: dt.date) -> list[Offer]:
    found = []
    scope = request.user.scope
    for kind in (*VERBS,):
        step = rules.step(
            kind,
            case.state,
            is_confirmed=case.confirmed_on is not None,
            resumes_to=case.resumes_to,
        )
        if step is None or (kind == states.LEAVE and case.state in rules.SERVED):
            continue
        if kind == states.ADVANCE and case.state == Stage.ACCEPTED:
            continue  # the acceptance sheet clears it
        rights = (states.PAUSE,) if kind == states.LEAVE else step.rights
        may = any(scope.can(right, case) for right in rights)
        refusals = rules.refusals(read.evidence, kind, by=request.user.pk, on=today, today=today)
        met = {c.key for c in rules.conditions(read.evidence, kind, today)}
        own = tuple(in_words(r.message, r.values) for r in refusals if r.code not in met)
        form = None
        if may:
            form = failed if failed and failed.kind == kind else StepForm(kind=kind)
        found.append(
            Offer(
                kind,
                wording.verb_of(kind, case.state),
                str(Stage(step.to_state).label),
                form,
                wording.roles_with(rights),
                own,
                not refusals,
            )
        )
    return found


def _track(case: Case, spans, today: dt.date) -> list[Mark]:
    """The way as a track: what lies behind, where it stands, what is to come."""
    labels = dict(Stage.choices)
    last: dict[str, rules.Span] = {span.state: span for span in spans}
    here = case.resumes_to or case.state
    reached = rules.position(here)
    found = []
    for place, state in enumerate(rules.WAY):
        span = last.get(state) if reached < 0 or place <= reached else None
        css = "here" if state == here else "done" if 0 <= place < reached else "ahead"
        if case.state in rules.LEFT:
            css = "done" if span else "ahead"
        since = span.since if span else None
        found.append(Mark(str(labels[state]), css, since, span.days(today) if span else None))
    return found


def _assignments(case: Case) -> list[dict]:
    rows = (
        Assignment.objects.filter(compound=case.compound_id)
        .exclude(state=Assignment.State.WITHDRAWN)
        .select_related("provider")
        .order_by("-pk")[:3]
    )
    stages = {
        assignment: ServiceStage.Stage(stage).label
        for assignment, stage in ServiceStage.objects.filter(assignment__compound=case.compound_id)
        .order_by("position")
        .values_list("assignment", "stage")
    }
    return [
        {
            "row": row,
            "stage": stages.get(row.pk, ""),
            "url": wording.address("assignment:assignment_detail", row.pk),
        }
        for row in rows
    ]


def _contracts(case: Case) -> list[dict]:
    rows = (
        ContractCompound.objects.filter(compound=case.compound_id)
        .exclude(contract__state="CANCELLED")
        .select_related("contract", "contract__provider")
        .order_by("-contract__starts_on", "-pk")[:3]
    )
    return [
        {
            "row": row.contract,
            "url": wording.address("contracts:contract_detail", row.contract_id),
        }
        for row in rows
    ]
