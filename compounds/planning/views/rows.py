"""Rows of a plan: its compounds and bundles, and why each stands where it stands."""

from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from compounds.assignment.views.common import workbook
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.views import ListPage
from governance.organisation.scope import REGISTER_VIEW

from ..filters import PlaceFilterSet
from ..models import PlanBundle, PlanPlace, PlanRun
from ..presenting import CENTRE, name_of, others_of
from ..tables import PlaceTable
from .common import EXPORT, FOLDER, run_of, runs_of


class PlaceList(ListPage):
    """Every compound of a plan inside the reader's places."""

    table = PlaceTable
    filterset = PlaceFilterSet
    template_name = f"{FOLDER}/place_list.html"
    default_sort = "-next_price"
    right = REGISTER_VIEW

    def get(self, request, pk):
        self.run = run_of(request, pk)
        return super().get(request)

    def visible(self):
        return PlanPlace.objects.visible_to(self.request.user).filter(run=self.run)

    def page_context(self):
        user = self.request.user
        return {"places": places_of(user), "user": user, "run": self.run, "centre": CENTRE}

    def extra_context(self, listing):
        return {
            "run": self.run,
            "may_export": self.request.user.scope.has(EXPORT),
            "today": dates.today(),
        }


place_list = PlaceList.as_view()


class PlaceExport(PlaceList):
    def get(self, request, pk):
        self.run = run_of(request, pk)
        return workbook(request, self.listing(), title=str(self.run), model=PlanPlace)


place_export = PlaceExport.as_view()


@login_required
@require_safe
def place_detail(request, pk, code):
    """Why a compound stands where it stands in a plan, and what else was possible.

    Whoever sees the compound may read it, also where the plan as a whole is the district's.
    """
    place = get_object_or_404(
        PlanPlace.objects.visible_to(request.user)
        .select_related(
            "run__norms",
            "compound__community",
            "bundle__provider",
            "bundle__centre_of",
            "today",
            "stone",
        )
        .defer("run__inputs"),
        run__in=PlanRun.objects.filter(pk=pk).values("pk"),
        compound__code=code,
    )
    return render(
        request,
        f"{FOLDER}/place_detail.html",
        {
            "run": place.run,
            "sees_run": runs_of(request.user).filter(pk=pk).exists(),
            "place": place,
            "bundle_name": name_of(place.bundle) if place.bundle else "",
            "others": others_of(place),
        },
    )


@login_required
@require_safe
def bundle_detail(request, pk, number):
    """A bundle: who carries whom, what it is paid, at which collection it bears itself."""
    run = run_of(request, pk)
    bundle = get_object_or_404(
        PlanBundle.objects.select_related("provider", "base", "centre_of").filter(run=run),
        number=number,
    )
    members = list(
        PlanPlace.objects.visible_to(request.user)
        .filter(run=run, bundle=bundle)
        .select_related("compound", "community", "stone", "today")
        .order_by("-counted", "compound__code")
    )
    return render(
        request,
        f"{FOLDER}/bundle_detail.html",
        {
            "run": run,
            "bundle": bundle,
            "name": name_of(bundle),
            "members": members,
            "hidden": bundle.compound_count - len(members),
            "cap": _cap(run, bundle),
        },
    )


def _cap(run: PlanRun, bundle: PlanBundle) -> Decimal:
    """The most this bundle may be paid, yuan."""
    return Decimal(str(run.dials["cap"])) * bundle.area_m2
