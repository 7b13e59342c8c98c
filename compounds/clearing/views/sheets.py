"""Sheets B and C: as pages that print, and as workbooks in the district's form."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compounds.registry.places import places_of
from governance.foundation import dates, downloads, spreadsheets
from governance.foundation.tables import day_of
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import figures, reports, rules
from ..models import Case
from .common import EXPORT, FOLDER, record_export

SHOWN = 1000


def _cases(request):
    """Cases of the sheet of decisions: the street of the address, or all; and its words."""
    rows = Case.objects.visible_to(request.user).exclude(state__in=rules.LEFT)
    street = places_of(request.user).by_code.get(request.GET.get("street", ""))
    if street is not None:
        rows = rows.filter(street=street.id)
    if request.GET.get("only") == "decided":
        rows = rows.exclude(strategy="")
    return rows, street


@right_required(REGISTER_VIEW)
@require_safe
def decision_sheet(request):
    """Sheet B on a page: every compound with its proposed and confirmed strategy."""
    rows, street = _cases(request)
    lines = list(reports.decided(rows))
    count, households, area = reports.decision_sums(lines)
    return render(
        request,
        f"{FOLDER}/decision_sheet.html",
        {
            "lines": lines[:SHOWN],
            "count": count,
            "shown": SHOWN,
            "households": households,
            "area": area,
            "street": street,
            "streets": places_of(request.user).streets,
            "only": request.GET.get("only", ""),
            "headers": [header for header, _kind, _width in reports.DECISION_COLUMNS],
            "numeric": ("序号", "户数", "面积", "计划完成时间"),
            "title": reports.DECISIONS,
            "unit": _unit(request, street),
            "today": dates.today(),
            "may_export": request.user.scope.has(EXPORT),
        },
    )


@login_required
@require_safe
def decision_export(request):
    """Sheet B as a workbook."""
    scope = request.user.scope
    scope.require(EXPORT)
    rows, street = _cases(request)
    rows = rows.filter(scope.granted(EXPORT))
    lines = list(reports.decided(rows))
    count, households, area = reports.decision_sums(lines)
    sums = [reports.TOTAL, None, f"{count}个小区", households, area, *[None] * 8]
    cells = [list(line[: len(reports.DECISION_COLUMNS)]) for line in lines]
    record_export(request, reports.DECISIONS, count, street.name if street else "")
    return _workbook(
        request,
        reports.DECISIONS,
        reports.DECISION_COLUMNS,
        [*cells, sums],
        _unit(request, street),
        "户、㎡",
        dates.today(),
        f"{reports.DECISIONS}-{dates.today():%Y%m%d}.xlsx",
    )


def _unit(request, street) -> str:
    home = request.user.scope.home
    return street.name if street else home.area_name if home else ""


def _workbook(request, title, columns, rows, unit, measure, day, name):
    """A sheet in the district's form: who reports, when, in which units; who filled it in."""
    sheet = spreadsheets.OutSheet(
        title,
        [spreadsheets.OutColumn(header, kind, width) for header, kind, width in columns],
        rows,
        title=title,
        above=[("填报单位", unit), ("填报日期", day.isoformat()), ("单位", measure)],
        below=[("填表人", f"{request.user}　　　　审核人：")],
    )
    return downloads.workbook([sheet], name)


# -- C -----------------------------------------------------------------------------------------
def _period(request) -> reports.Period:
    """The week or month of the address; this week where it names none."""
    kind = reports.MONTH if request.GET.get("kind") == reports.MONTH else reports.WEEK
    day = day_of(request.GET.get("on", "")) or dates.today()
    return reports.period_of(kind, min(day, dates.today()))


def _progress(request, period: reports.Period):
    """Lines by street; within one street by community."""
    places = places_of(request.user)
    found = figures.standing(request.user, day=period.shown_on(dates.today()))
    streets = [(place.id, place.code, place.name) for place in places.streets]
    column = "street"
    if len(streets) == 1:
        column = "community"
        streets = [(place.id, place.code, place.name) for place in places.communities]
    lines, total = reports.progress(found, streets, column)
    return column, lines, total


@right_required(REGISTER_VIEW)
@require_safe
def progress_sheet(request):
    """Sheet C on a page, of a week or a month of choice."""
    period, today = _period(request), dates.today()
    column, lines, total = _progress(request, period)
    day = period.shown_on(today)
    before = period.first - dt.timedelta(days=1)
    points = figures.trend(request.user, [before, day])
    return render(
        request,
        f"{FOLDER}/progress_sheet.html",
        {
            "period": period,
            "previous": period.move(-1),
            "following": period.move(1) if period.last < today else None,
            "column": column,
            "lines": lines,
            "total": total,
            "day": day,
            "new": points[1].cleared - points[0].cleared,
            "lost": points[1].rebound - points[0].rebound,
            "net": points[1].net - points[0].net,
            "is_today": day == today,
            "headers": [header for header, _kind, _width in reports.PROGRESS_COLUMNS[1:]],
            "basis": reports.BASIS,
            "unit": _unit(request, None),
            "may_export": request.user.scope.has(EXPORT),
        },
    )


@login_required
@require_safe
def progress_export(request):
    """Sheet C as a workbook."""
    request.user.scope.require(EXPORT)
    period = _period(request)
    column, lines, total = _progress(request, period)
    day = period.shown_on(dates.today())
    columns = reports.PROGRESS_COLUMNS
    if column == "community":
        columns = (("社区", *columns[0][1:]), *columns[1:])
    record_export(request, period.title, len(lines), period.key)
    title = f"{period.title}（{period.first.isoformat()} 至 {period.last.isoformat()}）"
    return _workbook(
        request,
        title,
        columns,
        [line.cells for line in [*lines, total]],
        _unit(request, None),
        "个",
        day,
        f"{period.title}-{period.key}.xlsx",
    )
