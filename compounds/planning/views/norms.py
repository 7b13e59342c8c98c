"""Planning norms: entered, corrected until a plan rests on them, and what is still estimated."""

from urllib.parse import urlencode

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
from governance.organisation.models import Level
from governance.organisation.scope import REGISTER_VIEW

from .. import foreseeing, gathering
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
    """Whether a plan is worth reckoning: what is missing, estimated or doubtful, and how known."""
    areas = areas_for(request, REGISTER_VIEW)
    area = chosen_area(request, areas, request.GET.get("area", "")[:12])
    today = dates.today()
    norms = Norms.objects.in_force(area.district_id, today)
    context = {"area": area, "areas": areas, "norms": norms}
    if norms is not None:
        gathered = gathering.gather_inputs(area, norms, today)
        seen = foreseeing.Foresight(gathered, norms)
        context |= {"ready": gathered.readiness, "foresight": seen, "lists": _lists(seen, area)}
    context["may_run"] = request.user.scope.can(RUN, area)
    return render(request, f"{FOLDER}/readiness.html", context)


SHOWN = 8  # rows named of each list
# The list on which a kind of row is mended: (URL name, filters).
_REGISTER = ("registry:compound_list", {"is_unmanaged": "true"})
_FIRMS = "providers:provider_list"
MENDED = {
    "NO_PLACE": (_REGISTER[0], {**_REGISTER[1], "missing": "longitude"}),
    "NO_SIZE": (_REGISTER[0], {**_REGISTER[1], "missing": "household_count"}),
    "area": (_REGISTER[0], {**_REGISTER[1], "missing": "chargeable_area_m2"}),
    "area_guess": (_REGISTER[0], {**_REGISTER[1], "missing": "floor_area_m2"}),
    "households": (_REGISTER[0], {**_REGISTER[1], "missing": "household_count"}),
    "HELD": ("assignment:lock_list", {}),
    "KEPT_FOR_NONE": ("assignment:lock_list", {}),
    "fee": ("contracts:contract_list", {}),
    "collection": ("fees:missing_list", {}),
    "service": ("providers:norm_list", {}),
    "LOSES": ("planning:norms_list", {}),
    "NOT_ABLE": (_FIRMS, {"is_able": "false"}),
    "NOT_WILLING": (_FIRMS, {"is_willing": "false"}),
    "BLACKLISTED": (_FIRMS, {"blacklisted": "true"}),
    "RATING_C": (_FIRMS, {"rating": "C"}),
    "FALLBACK_ONLY": (_FIRMS, {"kind": "FALLBACK_TEAM"}),
}
# Lists that know places take the street a page is about.
PLACED = {"registry:compound_list", "assignment:lock_list", "contracts:contract_list"}


def _mended(code: str, area) -> str:
    """Where rows of a kind are mended; empty where each is mended on its own page."""
    name, filters = MENDED.get("HELD" if code.startswith("LOCK_") else code, ("", {}))
    if not name:
        return ""
    if area.level == Level.STREET and name in PLACED:
        filters = {**filters, "street": area.code}
    return f"{reverse(name)}?{urlencode(filters)}" if filters else reverse(name)


def _lists(seen: foreseeing.Foresight, area):
    """What the page lists: titles, and by kind the count, the first rows and where it is mended."""
    words = {**gathering.WORDS, **foreseeing.WORDS}
    for title, found, is_compound in foreseeing.lists(seen.ready, seen.doubts):
        yield {
            "title": title,
            "is_compound": is_compound,
            "rows": [
                {
                    "words": words[code],
                    "count": len(rows),
                    "shown": rows[:SHOWN],
                    "more": max(0, len(rows) - SHOWN),
                    "href": _mended(code, area),
                }
                for code, rows in sorted(found.items(), key=lambda item: -len(item[1]))
            ],
        }
