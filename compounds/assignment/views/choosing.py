"""Choosing a provider for one compound: candidates with their reasons, then the proposal."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compounds.providers.models import Invitation, Provider
from compounds.registry.models import Compound
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.forms import add_refusal
from governance.organisation.scope import REGISTER_VIEW

from .. import rules, services
from ..forms import ProposeForm
from ..gathering import gather
from ..models import PROPOSE, Assignment
from .common import FOLDER, compound_of, firms_of

ANSWER_CLASS = {
    "AGREED": "ok",
    "AGREED_WITH_SUBSIDY": "subsidy",
    "REFUSED": "bad",
    "NO_ANSWER": "fallback",
    "WAITING": "warn",
}


class Row(NamedTuple):
    """A candidate as the page shows it."""

    candidate: rules.Candidate
    firm: rules.FirmFacts
    kind: str
    bars: tuple
    lacks: tuple
    warnings: tuple
    answer: str
    answer_class: str


def rows_of(facts, compound: Compound) -> list[Row]:
    kinds, answers = dict(Provider.Kind.choices), dict(Invitation.Answer.choices)
    asked = facts.of(compound).answers
    found = []
    for one in facts.ranked(compound):
        answer = asked.get(one.firm.pk, "")
        found.append(
            Row(
                one,
                one.firm,
                kinds.get(one.firm.kind, ""),
                rules.bars(one.reasons),
                rules.lacks(one.reasons),
                tuple(reason for reason in one.reasons if reason.is_warning),
                answers.get(answer, ""),
                ANSWER_CLASS.get(answer, ""),
            )
        )
    return found


def open_of(compound: Compound) -> tuple[Assignment | None, Assignment | None]:
    """The active assignment of a compound and the one on its way."""
    rows = Assignment.objects.open().filter(compound=compound).select_related("provider")
    found = {row.state == Assignment.State.ACTIVE: row for row in rows}
    return found.get(True), found.get(False)


@login_required
@require_safe
def candidates(request, code):
    """Every firm of the district for a compound: eligible ones first, each with its reasons."""
    request.user.scope.require(REGISTER_VIEW)
    compound = compound_of(request, code)
    active, prepared = open_of(compound)
    # What is on its way here takes nothing away from the same firm for the same compound.
    own = [prepared.pk] if prepared else []
    facts = gather([compound], dates.today(), without=own)
    rows = rows_of(facts, compound)
    return render(
        request,
        f"{FOLDER}/candidates.html",
        {
            "compound": compound,
            "facts": facts.of(compound),
            "eligible": [row for row in rows if row.candidate.is_eligible],
            "reluctant": [
                row for row in rows if not row.candidate.is_eligible and not row.candidate.is_barred
            ],
            "barred": [row for row in rows if row.candidate.is_barred],
            "active": active,
            "prepared": prepared,
            "rounds_asked": rules.FALLBACK_ROUNDS,
            "locks": compound.assignment_locks.standing().select_related("provider"),
            "refusals": compound.refusals.standing().select_related("provider"),
            "may_propose": request.user.scope.can(PROPOSE, compound),
            "choosable": request.user.scope.can(PROPOSE, compound)
            and bool(compound.strategy)
            and prepared is None,
        },
    )


@login_required
def propose(request, code):
    """The proposal of one firm, with what speaks against it."""
    compound = compound_of(request, code, PROPOSE)
    firms = firms_of(request.user, compound.district_id)
    wanted = request.POST.get("provider") or request.GET.get("provider") or ""
    if not wanted.isdecimal():
        return redirect("assignment:candidates", compound.code)
    firm = get_object_or_404(firms, pk=int(wanted[:9]))
    facts = gather([compound], dates.today())
    reasons = facts.reasons(compound, firm)
    active, _prepared = open_of(compound)
    form = ProposeForm(
        request.POST or None,
        firms=firms,
        lacking=rules.lacks(reasons),
        initial={"provider": firm.pk},
    )
    if request.method == "POST" and form.is_valid():
        told = dict(form.cleaned_data)
        try:
            row = services.propose_assignment(
                by=request.user,
                compound=compound,
                strategy=compound.strategy,
                replaces=active,
                **told,
            )
        except NotAllowed:
            raise
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The assignment was proposed; the street is told."))
            return redirect("assignment:assignment_detail", row.pk)
    return render(
        request,
        f"{FOLDER}/propose.html",
        {
            "form": form,
            "compound": compound,
            "firm": firm,
            "active": active,
            "bars": rules.bars(reasons),
            "lacks": rules.lacks(reasons),
            "warnings": [reason for reason in reasons if reason.is_warning],
        },
    )
