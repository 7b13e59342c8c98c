"""The wall screen: the same figures on a dark sheet, refreshed by itself."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..pages import page_of
from .areas import place


@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    """The wall of the reader's widest place."""
    if not request.user.is_authenticated and request.htmx:
        # A screen whose session has ended keeps its last figures and says how old they are.
        return HttpResponse(status=401)
    return _wall(request)


@login_required
def _wall(request: HttpRequest) -> HttpResponse:
    grant = request.user.scope.home
    if grant is None:
        raise Http404
    return _screen(request, grant.area_code)


@login_required
@require_safe
def area_wall(request: HttpRequest, code: str) -> HttpResponse:
    return _screen(request, code)


def _screen(request: HttpRequest, code: str) -> HttpResponse:
    page = page_of(request.user, place(request.user, code))
    name = "_wall.html" if request.htmx else "wall.html"
    return render(request, f"governance/dashboards/{name}", {"page": page, "now": page.now})
