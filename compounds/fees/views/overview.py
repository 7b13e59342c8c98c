"""Fees of an area, and everything about one compound: stages, months, book, assessments."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compounds.assignment.models import Assignment
from compounds.registry.models import Compound
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import figures, questions, rules
from ..filters import month_named
from ..forms import StageForm
from ..models import Assessment, BookEntry, CollectionReport, Inspection, ServiceStage
from ..services import begin_stage
from ..services.books import sums_of
from .common import EDIT, EXPORT, FOLDER, IMPORT, compound_of, rate_chart

MONTHS = 13


def chosen_place(request, places) -> tuple[Q, dict[str, str], object]:
    """The street or community that the address names; the whole scope where it names none."""
    for name in ("community", "street"):
        if code := request.GET.get(name, ""):
            place = places.by_code.get(code)
            if place is None:
                raise Http404
            return Q(**{f"{name}_id": place.id}), {name: code}, place
    return Q(), {}, None


@right_required(REGISTER_VIEW)
@require_safe
def overview(request):
    """Where collection stands in what the reader sees, or in one street or community of it."""
    user = request.user
    places = places_of(user)
    where, query, place = chosen_place(request, places)
    today = dates.today()
    last = figures.last_month(today)
    month = min(month_named(request.GET.get("month", "")) or last, rules.month_of(today))
    both = figures.compared(user, where, month)
    points = figures.trend(user.scope.seen() & where, month, MONTHS)
    below, column = _below(places, place)
    return render(
        request,
        f"{FOLDER}/overview.html",
        {
            "place": place,
            "query": query,
            "month": month,
            "earlier": rules.months_later(month, -1),
            "later": rules.months_later(month, 1) if month < last else None,
            "both": both,
            "first": points[0],
            "figures": figures.in_place(user, where, query, today),
            "grades": figures.grades(user, where, query),
            "chart": rate_chart(points, query, _("Collection rate by money, month by month")),
            "parts": figures.parts(user, where, month, column, below) if below else [],
            "column": column,
            "places": places,
            "may_edit": user.scope.has(EDIT),
        },
    )


def _below(places, place) -> tuple[list, str]:
    """The areas to be compared: streets, or the communities of one."""
    if place is None and len(places.streets) > 1:
        return places.streets, "street"
    street = place.id if place is not None and place.street_id is None else None
    if place is not None and street is None:
        return [], "community"
    found = [one for one in places.communities if street in (None, one.street_id)]
    return found, "community"


@login_required
@require_safe
def compound_fees(request, code):
    """Stages, months, book, inspections and assessments of a compound."""
    compound = compound_of(request, code)
    today = dates.today()
    reports = CollectionReport.objects.filter(compound=compound)
    last = reports.order_by("-month").values_list("month", flat=True).first()
    last = max(last or figures.last_month(today), figures.last_month(today))
    points = figures.trend(Q(compound=compound), last, MONTHS)
    counts = dict(compound.complaint_counts.values_list("month", "count"))
    held = {one.month: one for one in reports.select_related("provider")}
    entries = list(BookEntry.objects.filter(compound=compound).order_by("-on", "-pk"))
    served = _services(compound)
    scope = request.user.scope
    return render(
        request,
        f"{FOLDER}/compound_fees.html",
        {
            "compound": compound,
            "services": served,
            "months": [
                {
                    "rates": one,
                    "report": held.get(one.month),
                    "complaints": counts.get(one.month),
                    "is_due": _is_due(served, one.month, today),
                }
                for one in reversed(points)
            ],
            "chart": rate_chart(points, {"compound": compound.code}, _("Collection rate by money")),
            "year": _year(points),
            "entries": entries[:5],
            "sums": sums_of(entries),
            "waiting": sum(one.published_on is None for one in entries),
            "has_book": bool(entries),
            "inspections": Inspection.objects.filter(compound=compound).select_related(
                "inspected_by"
            )[:5],
            "assessments": Assessment.objects.filter(compound=compound)
            .select_related("round", "provider")
            .order_by("-round__ends_on", "-pk"),
            "may_edit": scope.can(EDIT, compound) and compound.status == "ACTIVE",
            "may_export": scope.can(EXPORT, compound),
            "may_import": scope.has(IMPORT),
            "today": today,
        },
    )


def _year(points) -> dict:
    """The last month against the same month a year before."""
    now, before = points[-1], points[0]
    return {
        "now": now,
        "before": before,
        "change": rules.change(before.by_money, now.by_money),
    }


def _is_due(services: list[dict], month, today) -> bool:
    """Whether somebody charged here all through a month that is over."""
    return month < rules.month_of(today) and any(
        one["charges_from"]
        and one["charges_from"] <= month
        and (one["row"].ended_on is None or one["row"].ended_on > rules.month_end(month))
        for one in services
    )


def _services(compound: Compound) -> list[dict]:
    """Who has served here, newest first, each with the three stages and the next of them."""
    rows = (
        Assignment.objects.filter(compound=compound, state__in=questions.SERVING)
        .select_related("provider")
        .prefetch_related("stages")
        .order_by("-starts_on", "-pk")
    )
    found = []
    for row in rows:
        begun = {one.stage: one for one in row.stages.all()}
        left = [stage for stage in rules.STAGES if stage not in begun]
        following = left[0] if left and row.state == Assignment.State.ACTIVE else None
        labels = dict(ServiceStage.Stage.choices)
        charge = begun.get(rules.CHARGE)
        found.append(
            {
                "row": row,
                "next": following,
                "charges_from": charge.began_on if charge else None,
                "charge": charge,
                "steps": [
                    {
                        "stage": stage,
                        "label": labels[stage],
                        "begun": begun.get(stage),
                        "is_next": stage == following,
                        "is_now": stage in begun
                        and (position == 2 or rules.STAGES[position + 1] not in begun),
                    }
                    for position, stage in enumerate(rules.STAGES)
                ],
            }
        )
    return found


@login_required
def stage_begin(request, code):
    """Begin the next stage of whoever serves the compound."""
    compound = compound_of(request, code, EDIT)
    assignment = Assignment.objects.active().filter(compound=compound).first()
    begun = set(assignment.stages.values_list("stage", flat=True)) if assignment else set()
    left = [stage for stage in rules.STAGES if stage not in begun]
    if assignment is None or not left:
        messages.warning(request, _("There is no further stage to begin here."))
        return redirect("fees:compound_fees", compound.code)
    stage = left[0]
    first = {"began_on": assignment.starts_on if stage == rules.SERVE else dates.today()}
    form = StageForm(request.POST or None, stage=stage, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            begins = begin_stage(
                by=request.user, assignment=assignment, stage=stage, **form.cleaned_data
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(
                request, _("The stage “%(stage)s” has begun.") % {"stage": str(begins)}
            )
            return redirect("fees:compound_fees", compound.code)
    return render(
        request,
        f"{FOLDER}/stage_begin.html",
        {
            "compound": compound,
            "assignment": assignment,
            "stage": dict(ServiceStage.Stage.choices)[stage],
            "begun": assignment.stages.order_by("position"),
            "form": form,
        },
    )
