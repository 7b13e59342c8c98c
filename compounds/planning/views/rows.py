"""Rows of a plan: its compounds, bundles and firms, and why each stands where it stands."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from compounds.assignment.views.common import workbook
from compounds.registry.models import Compound
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.views import ListPage
from governance.organisation.scope import REGISTER_VIEW

from ..filters import PlaceFilterSet
from ..models import PlanBundle, PlanFirm, PlanPlace, PlanRun
from ..reasons import CENTRE, Names, PlaceSheet, name_of
from ..sheets import BundleSheet, Changes, FirmSheet, firms_of, over_years
from ..tables import OUTCOME_CLASS, PlaceBook, PlaceTable
from .common import EXPORT, FOLDER, finished_run_of, placed_run_of, runs_of


class PlaceList(ListPage):
    """Every compound of a plan inside the reader's places."""

    table = PlaceTable
    filterset = PlaceFilterSet
    template_name = f"{FOLDER}/place_list.html"
    default_sort = "-next_price"
    right = REGISTER_VIEW

    def get(self, request, pk):
        self.run, self.is_whole = placed_run_of(request, pk)
        return super().get(request)

    def visible(self):
        return PlanPlace.objects.visible_to(self.request.user).filter(run=self.run)

    def page_context(self):
        user = self.request.user
        return {
            "places": places_of(user),
            "user": user,
            "run": self.run,
            "is_whole": self.is_whole,
            "centre": CENTRE,
            "names": Names(self.run),
        }

    def extra_context(self, listing):
        return {
            "run": self.run,
            "is_whole": self.is_whole,
            "may_export": self.request.user.scope.has(EXPORT),
            "today": dates.today(),
        }


place_list = PlaceList.as_view()


class PlaceExport(PlaceList):
    table = PlaceBook

    def get(self, request, pk):
        self.run, self.is_whole = placed_run_of(request, pk)
        return workbook(request, self.listing(), title=str(self.run), model=PlanPlace)


place_export = PlaceExport.as_view()


@login_required
@require_safe
def place_detail(request, pk, code):
    """Why a compound stands where it stands in a plan, and what else was possible.

    Who sees the compound may read it of the plans whose places are listed to them.
    """
    run, _is_whole = placed_run_of(request, pk)
    place = get_object_or_404(
        PlanPlace.objects.visible_to(request.user)
        .select_related(
            "run__norms",
            "compound__community",
            "compound__street",
            "bundle__provider",
            "bundle__centre_of",
            "today",
        )
        .defer("run__inputs"),
        run=run,
        compound__code=code,
    )
    return render(
        request,
        f"{FOLDER}/place_detail.html",
        {
            "run": place.run,
            "sees_run": runs_of(request.user).filter(pk=pk).exists(),
            "place": place,
            "chip": OUTCOME_CLASS[place.outcome],
            "bundle_name": name_of(place.bundle) if place.bundle else "",
            "stone": Compound.objects.visible_to(request.user).filter(pk=place.stone_id).first(),
            "sheet": PlaceSheet(place),
            "today": dates.today(),
        },
    )


@login_required
@require_safe
def bundle_detail(request, pk, number):
    """A bundle: who carries whom, its money month by month, its risk, and its largest member."""
    run = finished_run_of(request, pk)
    bundle = get_object_or_404(
        PlanBundle.objects.select_related("provider", "base", "centre_of").filter(run=run),
        number=number,
    )
    return render(
        request,
        f"{FOLDER}/bundle_detail.html",
        {
            "run": run,
            "bundle": bundle,
            "name": name_of(bundle),
            "sheet": BundleSheet(run, bundle, request.user),
        },
    )


@login_required
@require_safe
def firm_list(request, pk):
    """Firms that were planned with: how full each is, and what more room would be worth."""
    run = finished_run_of(request, pk)
    return render(request, f"{FOLDER}/firm_list.html", {"run": run, "firms": firms_of(run)})


@login_required
@require_safe
def firm_detail(request, pk, provider):
    """A firm in a plan: room, bundles, who comes and goes, the worth of more room."""
    run = finished_run_of(request, pk)
    firm = get_object_or_404(
        PlanFirm.objects.select_related("provider").filter(run=run), provider=provider
    )
    firm.run = run
    return render(
        request,
        f"{FOLDER}/firm_detail.html",
        {
            "run": run,
            "firm": firm,
            "sheet": FirmSheet(firm, request.user),
            "has_prices": _has_prices(run),
        },
    )


@login_required
@require_safe
def plan_changes(request, pk):
    """A finished plan against today's: who moves, at which price they would stay, and for long."""
    run = finished_run_of(request, pk)
    return render(
        request,
        f"{FOLDER}/plan_changes.html",
        {
            "run": run,
            "changes": Changes(run, request.user),
            "has_prices": _has_prices(run),
            "over_years": over_years(run),
        },
    )


def _has_prices(run: PlanRun) -> bool:
    """Were prices of staying reckoned? Plans of before have none."""
    return PlanPlace.objects.filter(run=run, stay_price__isnull=False).exists()
