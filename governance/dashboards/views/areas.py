"""One page at three levels: district, street, community; today or on a past day."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.foundation import dates
from governance.notices import sources
from governance.organisation.models import Area, Level

from .. import drawings, duties, news, reminders
from ..campaign import Campaign
from ..figures import points_of_days
from ..links import Links
from ..pages import page_of
from ..party import area_lines

WEEKS = 8


def place(user, code: str) -> Area:
    """The district, street or community of a code inside the reader's scope, or 404."""
    areas = Area.objects.visible_to(user).select_related("parent")
    return get_object_or_404(areas, code=code, level__lte=Level.COMMUNITY)


def asked_day(request: HttpRequest) -> dt.date | None:
    """The past day asked for; None for now. A date that cannot be is named and left out."""
    asked = request.GET.get("as_of", "")
    if not asked:
        return None
    try:
        day = parse_date(asked)
    except ValueError:
        day = None
    if day is None:
        messages.warning(request, _("“%(text)s” is not a date.") % {"text": asked[:20]})
        return None
    return day if day < dates.today() else None


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The reader's widest place; for posts without a register, what they are there for."""
    grant = request.user.scope.home
    if grant is None:
        duty_list = duties.of(request.user)
        return render(request, "governance/dashboards/duties.html", {"duties": duty_list})
    return _page(request, place(request.user, grant.area_code))


@login_required
@require_safe
def area_detail(request: HttpRequest, code: str) -> HttpResponse:
    return _page(request, place(request.user, code))


def _page(request: HttpRequest, area: Area) -> HttpResponse:
    page = page_of(request.user, area, asked_day(request), request.GET.get("measure", ""))
    context = {"page": page, "now": page.now, "today": dates.today()}
    return render(request, "governance/dashboards/area_detail.html", context)


@login_required
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """All that waits for the reader: a page, and the fragment that the workbench reads after it.

    The fragment brings the head of the page its numbers too, so that nothing is counted twice.
    """
    context = {"tasks": reminders.tasks_of(request.user), "is_swapped": request.htmx}
    if request.htmx:
        context["head_counts"] = sources.known(request.user)
    fragment = "_work_read.html" if request.htmx else "work.html"
    return render(request, f"governance/dashboards/{fragment}", context)


@login_required
@require_safe
def area_party(request: HttpRequest, code: str) -> HttpResponse:
    """The party grid of an area in figures: a page, and the fragment of one."""
    area = place(request.user, code)
    fragment = "_party.html" if request.htmx else "area_party.html"
    context = {"area": area, "lines": area_lines(request.user, area)}
    return render(request, f"governance/dashboards/{fragment}", context)


@login_required
@require_safe
def area_clearing(request: HttpRequest, code: str) -> HttpResponse:
    """The campaign in an area, today or on a past day: a page, and the fragment of one."""
    area = place(request.user, code)
    fragment = "_clearing.html" if request.htmx else "area_clearing.html"
    context = {"area": area, "campaign": Campaign(request.user, area, asked_day(request))}
    return render(request, f"governance/dashboards/{fragment}", context)


@login_required
@require_safe
def area_news(request: HttpRequest, code: str) -> HttpResponse:
    """The latest changes in an area, up to a past day if asked: a page, and the fragment of one."""
    area = place(request.user, code)
    fragment = "_news.html" if request.htmx else "area_news.html"
    context = {"area": area, "news": news.recent(request.user, area, asked_day(request))}
    return render(request, f"governance/dashboards/{fragment}", context)


@login_required
@require_safe
def area_trend(request: HttpRequest, code: str) -> HttpResponse:
    """Decided compounds at the end of the last weeks: a page, and the fragment of one."""
    area = place(request.user, code)
    last = asked_day(request) or dates.today()
    days = [last - dt.timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    key = f"trend-{area.pk}-{last.isoformat()}-{request.user.scope.key}"
    points = cache.get(key)
    if points is None:
        points = points_of_days(request.user, area, days)
        cache.set(key, points, 60 if last == dates.today() else 3600)
    chart = drawings.trend(points, lambda day: Links(area, day if day < dates.today() else None))
    fragment = "_trend.html" if request.htmx else "area_trend.html"
    context = {"area": area, "chart": chart}
    return render(request, f"governance/dashboards/{fragment}", context)
