"""Planning norms: entered, corrected until a plan rests on them, and what is still estimated."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from compounds.providers.views.common import home_district
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import gathering
from ..forms import NormsForm
from ..models import NORMS, RUN, Norms, PlanRun
from ..services.norms import change_norms, enter_norms
from .common import FOLDER, areas_for, chosen_area


@login_required
@require_safe
def norms_list(request):
    """All editions of the district's norms, the one in force marked."""
    district = home_district(request)
    rows = list(
        Norms.objects.filter(district=district).annotate(
            is_used=Exists(PlanRun.objects.filter(norms=OuterRef("pk")))
        )
    )
    return render(
        request,
        f"{FOLDER}/norms_list.html",
        {
            "district": district,
            "rows": rows,
            "in_force": Norms.objects.in_force(district.pk, dates.today()),
            "may_edit": request.user.scope.can(NORMS, district),
        },
    )


@require_http_methods(["GET", "POST"])
@right_required(NORMS)
def norms_add(request):
    """New norms from a day on, beginning with those in force."""
    district = home_district(request, NORMS)
    today = dates.today()
    now = Norms.objects.in_force(district.pk, today)
    row = Norms(district=district, effective_from=today)
    if now is not None:
        for name in (*Norms.NUMBERS, "sources"):
            setattr(row, name, getattr(now, name))
    form = NormsForm(request.POST or None, instance=row)
    return _page(
        request,
        form,
        lambda: enter_norms(
            by=request.user,
            district=district,
            effective_from=form.cleaned_data["effective_from"],
            facts=form.facts,
        ),
        _("Enter planning norms"),
    )


@require_http_methods(["GET", "POST"])
@right_required(NORMS)
def norms_edit(request, pk):
    """Correct norms no plan rests on yet."""
    rows = Norms.objects.visible_to(request.user).select_related("district")
    row = get_object_or_404(rows, pk=pk)
    request.user.scope.require(NORMS, row.district)
    form = NormsForm(request.POST or None, instance=row)
    return _page(
        request,
        form,
        lambda: change_norms(
            by=request.user, norms=row, version=form.cleaned_data["version"], facts=form.facts
        ),
        _("Correct the planning norms"),
    )


def _page(request, form, write, title):
    if request.method == "POST" and form.is_valid():
        try:
            write()
        except NotAllowed:
            raise
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect(request.get_full_path())
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The planning norms were saved."))
            return redirect("planning:norms_list")
    back = reverse("planning:norms_list")
    return render(
        request, f"{FOLDER}/norms_edit.html", {"form": form, "title": title, "back": back}
    )


@require_safe
@right_required(REGISTER_VIEW)
def readiness(request):
    """What is missing or estimated before a plan is worth reckoning."""
    areas = areas_for(request, REGISTER_VIEW)
    area = chosen_area(request, areas, request.GET.get("area", "")[:12])
    today = dates.today()
    norms = Norms.objects.in_force(area.district_id, today)
    gathered = gathering.gather_inputs(area, norms, today) if norms else None
    return render(
        request,
        f"{FOLDER}/readiness.html",
        {
            "area": area,
            "areas": areas,
            "norms": norms,
            "ready": gathered.readiness if gathered else None,
            "lists": _lists(gathered.readiness) if gathered else (),
            "may_run": request.user.scope.can(RUN, area),
        },
    )


SHOWN = 12  # rows named of each list


def _lists(ready: gathering.Readiness):
    """(title, what it means, [(code, words, count, first rows)]) for what the page shows."""
    parts = (
        (_("Left out of the plan"), ready.left_out, True),
        (_("Estimated"), ready.estimated, True),
        (_("Firms that are not planned with"), ready.firms_out, False),
        (_("Firms planned with, though something is open"), ready.firms_open, False),
    )
    for title, found, is_compound in parts:
        yield {
            "title": title,
            "is_compound": is_compound,
            "rows": [
                {
                    "words": gathering.WORDS[code],
                    "count": len(rows),
                    "shown": rows[:SHOWN],
                    "more": max(0, len(rows) - SHOWN),
                }
                for code, rows in sorted(found.items(), key=lambda item: -len(item[1]))
            ],
        }
