"""The papers of a case: plan and its printed sheet, consultations, acceptance on site."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compounds.classification.explaining import Reasons
from compounds.classification.models import Decision
from compounds.classification.views.common import seen_or_404
from compounds.contracts.models import ContractCompound
from compounds.registry.models import Stage
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal

from .. import rules, services
from ..forms import AcceptanceForm, ConsultationForm, PlanForm
from ..models import Consultation, Plan
from ..rules import states
from ..services.papers import is_plan_fixed
from .common import FOLDER, case_of


@login_required
def plan_edit(request, code):
    """Write or correct the plan of a compound."""
    case = case_of(request, code)
    request.user.scope.require(states.WORK, case)
    plan = Plan.objects.filter(case=case).first()
    is_fixed = is_plan_fixed(case, plan)
    form = PlanForm(request.POST or None, instance=plan, case=case, is_fixed=is_fixed)
    if request.method == "POST" and form.is_valid():
        try:
            services.write_plan(
                by=request.user, case=case, version=form.cleaned_data["version"], facts=form.facts
            )
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("clearing:plan_edit", code)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The plan was saved."))
            return redirect("clearing:case_detail", code)
    reasons = _reasons(case)
    page = {"case": case, "compound": case.compound, "form": form, "is_fixed": is_fixed}
    return render(request, f"{FOLDER}/plan_edit.html", {**page, "reasons": reasons})


def _reasons(case) -> Reasons | None:
    row = (
        Decision.objects.filter(compound=case.compound_id, is_current=True)
        .select_related("policy", "rule", "override", "compound")
        .first()
    )
    return Reasons(row) if row else None


@login_required
@require_safe
def plan_sheet(request, code):
    """一院一策: everything of a compound on paper, to be signed."""
    case = case_of(request, code)
    steps = list(case.transitions.select_related("by").order_by("pk"))
    confirmed = next((s for s in reversed(steps) if s.kind == states.CONFIRM), None)
    approved = next(
        (s for s in reversed(steps) if s.kind == states.ADVANCE and s.to_state == Stage.MATCHING),
        None,
    )
    contract = (
        ContractCompound.objects.filter(compound=case.compound_id, is_main=True)
        .exclude(contract__state="CANCELLED")
        .select_related("contract", "contract__provider")
        .order_by("-contract__starts_on", "-pk")
        .first()
    )
    plan = Plan.objects.filter(case=case).select_related("prepared_by").first()
    spans = rules.spans(
        [rules.Past(s.kind, s.from_state, s.to_state, s.on) for s in steps], dates.today()
    )
    labels = dict(Stage.choices)
    return render(
        request,
        f"{FOLDER}/plan_sheet.html",
        {
            "case": case,
            "compound": case.compound,
            "plan": plan,
            "reasons": _reasons(case),
            "confirmed": confirmed if case.confirmed_on else None,
            "approved": approved if case.confirmed_on else None,
            "contract": contract.contract if contract else None,
            "consultations": case.consultations.all(),
            "acceptance": case.acceptances.select_related("accepted_by").first(),
            "assignment": case.compound.assignments.exclude(state="WITHDRAWN")
            .select_related("provider")
            .first(),
            "spans": [(labels[s.state], s.since, s.until, s.days(dates.today())) for s in spans],
            "today": dates.today(),
        },
    )


@login_required
def consultation_add(request, code):
    """The notice to residents is posted."""
    case = case_of(request, code)
    request.user.scope.require(states.WORK, case)
    form = ConsultationForm(request.POST or None, initial={"noticed_on": dates.today()})
    if request.method == "POST" and form.is_valid():
        try:
            services.add_consultation(by=request.user, case=case, facts=form.facts)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The consultation was recorded."))
            return redirect("clearing:case_detail", code)
    return _consultation(request, case, form)


@login_required
def consultation_edit(request, pk):
    """Close a consultation, or correct it."""
    rows = Consultation.objects.visible_to(request.user).select_related("case__compound")
    row = seen_or_404(rows, pk=pk)
    case = case_of(request, row.case.compound.code)
    request.user.scope.require(states.WORK, case)
    form = ConsultationForm(request.POST or None, instance=row, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_consultation(
                by=request.user,
                consultation=row,
                version=form.cleaned_data["version"] or 0,
                facts=form.facts,
            )
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("clearing:consultation_edit", pk)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The consultation was saved."))
            return redirect("clearing:case_detail", case.compound.code)
    return _consultation(request, case, form, row)


def _consultation(request, case, form, row=None):
    page = {"case": case, "compound": case.compound, "form": form, "row": row}
    page["least"] = rules.NOTICE_DAYS
    return render(request, f"{FOLDER}/consultation_edit.html", page)


@login_required
def acceptance_add(request, code):
    """On site: four checks; all four clear the compound."""
    case = case_of(request, code)
    request.user.scope.require(states.ACCEPT, case)
    initial = {"on": dates.today(), "version": case.version}
    form = AcceptanceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            one, _case = services.record_acceptance(
                by=request.user,
                case=case,
                version=form.cleaned_data["version"],
                on=form.cleaned_data["on"],
                facts=form.facts,
            )
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("clearing:acceptance_add", code)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            words = _("%(name)s is cleared.") if one.is_passed else _("%(name)s: not passed yet.")
            messages.success(request, words % {"name": case.compound.name})
            return redirect("clearing:case_detail", code)
    page = {"case": case, "compound": case.compound, "form": form}
    return render(request, f"{FOLDER}/acceptance_add.html", page)
