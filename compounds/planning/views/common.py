"""What pages of plans share: the run inside the reader's scope, the district of a right."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from governance.organisation.models import Area, Level

from ..models import PlanRun
from ..questions import approved_runs

FOLDER = "compounds/planning"
EXPORT = "registry.export"


def runs_of(user):
    """Runs on areas inside the reader's posts, with what their lists name."""
    return (
        PlanRun.objects.visible_to(user)
        .select_related("area", "by", "norms")
        .defer("inputs", "area__boundary")
    )


def run_of(request, pk: int) -> PlanRun:
    return get_object_or_404(runs_of(request.user), pk=pk)


def finished_run_of(request, pk: int) -> PlanRun:
    """A plan that came of its run; what was cancelled or failed has no sheets."""
    return get_object_or_404(runs_of(request.user), pk=pk, state=PlanRun.State.DONE)


def placed_run_of(request, pk: int) -> tuple[PlanRun, bool]:
    """A run whose places are listed, and whether the reader sees it whole.

    Who sees no more than some of its compounds reads of these once the plan is approved.
    """
    whole = runs_of(request.user).filter(pk=pk).first()
    if whole is not None:
        return whole, True
    return get_object_or_404(approved_runs(request.user).select_related("norms"), pk=pk), False


def areas_for(request, right: str) -> list[Area]:
    """Districts and streets the right reaches, the widest first; else its communities."""
    inside = Area.objects.filter(request.user.scope.granted(right), merged_into=None)
    rows = inside.defer("boundary").order_by("level", "code")
    wide = list(rows.filter(level__in=(Level.DISTRICT, Level.STREET)))
    return wide or list(rows.filter(level=Level.COMMUNITY))


def chosen_area(request, areas: list[Area], code: str) -> Area:
    """The area a page names, else the widest; 404 outside the posts."""
    if not code:
        if not areas:
            raise Http404
        return areas[0]
    found = next((area for area in areas if area.code == code), None)
    if found is None:
        raise Http404
    return found
