"""The budget of a year, its lines and indicators, and the movements of their money."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from governance.foundation import dates, spreadsheets
from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal
from governance.foundation.views import ListPage
from governance.organisation.access import right_required

from .. import questions, services
from ..filters import MovementFilterSet
from ..forms import IndicatorForm, LineForm, MovementForm, RefusalForm, ReversalForm, VersionForm
from ..models import CLOSE, CONFIRM, PREPARE, VIEW, BudgetLine, Movement, Stage, Transaction
from ..services.budgets import key_of
from ..tables import MovementTable
from .common import (
    FOLDER,
    by_name,
    district_of,
    districts_of,
    indicators_of,
    money_column,
    seen_or_404,
    total,
    workbook,
)

COLUMNS = ("granted", "available", "frozen", "committed", "accrued", "paid")


def _year(request, years) -> int:
    text = request.GET.get("year", "")
    if text.isascii() and text.isdigit() and len(text) == 4:
        return int(text)
    present = dates.today().year
    return present if present in years or not years else max(years)


def budget_of(request, district):
    """Lines of a year with their indicators and how far each one's money has come."""
    lines = BudgetLine.objects.filter(district=district)
    years = sorted({*lines.values_list("year", flat=True)}, reverse=True)
    year = _year(request, years)
    rows = list(
        indicators_of(request).filter(district=district, line__year=year).order_by("number")
    )
    standings = questions.left(row.pk for row in rows)
    found = []
    for line in lines.filter(year=year).order_by("code"):
        own = [row for row in rows if row.line_id == line.pk]
        found.append(
            {
                "line": line,
                "figures": by_name(total(standings[row.pk] for row in own), line_of_budget=line.pk),
                "indicators": [
                    {
                        "indicator": row,
                        "standing": standings[row.pk],
                        "figures": by_name(standings[row.pk], indicator=row.pk),
                    }
                    for row in own
                ],
            }
        )
    return year, years, found, total(standings.values())


@right_required(VIEW)
@require_safe
def budget(request):
    """Lines and indicators of a year; every figure opens its postings."""
    district = district_of(request)
    year, years, lines, whole = budget_of(request, district)
    scope = request.user.scope
    waiting = Movement.objects.filter(district=district, state=Movement.State.PREPARED)
    return render(
        request,
        f"{FOLDER}/budget.html",
        {
            "district": district,
            "year": year,
            "years": years,
            "lines": lines,
            "whole": by_name(whole, year=year),
            "columns": COLUMNS,
            "waiting": waiting.count(),
            "closed_until": questions.closed_until(district.pk),
            "may_edit": scope.can(PREPARE, district),
            "may_close": scope.can(CLOSE, district),
        },
    )


@right_required(VIEW)
@require_safe
def budget_export(request):
    """The table of the year as a workbook."""
    year, _years, lines, whole = budget_of(request, district_of(request))
    names = (*COLUMNS, "lapsed")
    labels = {
        "granted": _("granted (yuan)"),
        "available": _("available (yuan)"),
        "frozen": _("frozen (yuan)"),
        "committed": _("committed (yuan)"),
        "accrued": _("accrued (yuan)"),
        "paid": _("paid (yuan)"),
        "lapsed": _("lapsed (yuan)"),
    }
    columns = [
        spreadsheets.OutColumn(capfirst(_("budget line")), width=28),
        spreadsheets.OutColumn(capfirst(_("indicator number")), width=24),
        spreadsheets.OutColumn(capfirst(_("name of the indicator")), width=28),
        *(money_column(capfirst(labels[name])) for name in names),
    ]
    rows = [
        [
            f"{one['line'].code} {one['line'].name}",
            each["indicator"].number,
            each["indicator"].name,
            *(getattr(each["standing"], name) for name in names),
        ]
        for one in lines
        for each in one["indicators"]
    ]
    count = len(rows)
    rows.append([_("Together"), "", "", *(getattr(whole, name) for name in names)])
    title = _("Budget of %(year)s") % {"year": year}
    return workbook(request, title, columns, rows, words=str(year), count=count)


# -- lines and indicators --------------------------------------------------------------------------
@right_required(PREPARE)
def line_add(request):
    district = district_of(request, PREPARE)
    form = LineForm(request.POST or None, initial={"year": dates.today().year})
    if request.method == "POST" and form.is_valid():
        try:
            line = services.add_line(by=request.user, district=district, facts=_facts(form))
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The budget line was entered."))
            return _to_year(line.year)
    return render(request, f"{FOLDER}/line_form.html", {"form": form, "district": district})


@right_required(VIEW)
def line_edit(request, pk):
    line = seen_or_404(BudgetLine.objects.select_related("district"), request, pk, PREPARE)
    form = LineForm(request.POST or None, instance=line, initial={"version": line.version})
    if request.method == "POST" and form.is_valid():
        stored = BudgetLine.objects.get(pk=line.pk)
        version = form.cleaned_data["version"]
        try:
            services.edit_line(by=request.user, line=stored, version=version, facts=_facts(form))
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The budget line was changed."))
            return _to_year(line.year)
    return render(
        request,
        f"{FOLDER}/line_form.html",
        {"form": form, "line": line, "district": line.district},
    )


def _facts(form) -> dict:
    return {name: value for name, value in form.cleaned_data.items() if name != "version"}


def _to_year(year: int):
    response = redirect("ledger:budget")
    response["Location"] += f"?year={year}"
    return response


@right_required(VIEW)
def indicator_add(request, pk):
    line = seen_or_404(BudgetLine.objects.select_related("district"), request, pk, PREPARE)
    first = {"document_on": dates.today()}
    form = IndicatorForm(request.POST or None, initial=first, district=line.district_id)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.add_indicator(by=request.user, line=line, facts=_facts(form))
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The indicator was entered; now enter its money."))
            return redirect("ledger:indicator_detail", row.pk)
    return render(request, f"{FOLDER}/indicator_form.html", {"form": form, "line": line})


@right_required(VIEW)
def indicator_edit(request, pk):
    row = seen_or_404(indicators_of(request), request, pk, PREPARE)
    form = IndicatorForm(
        request.POST or None,
        instance=row,
        initial={"version": row.version},
        district=row.district_id,
    )
    if request.method == "POST" and form.is_valid():
        stored = indicators_of(request).get(pk=row.pk)
        version = form.cleaned_data["version"]
        try:
            services.edit_indicator(
                by=request.user, indicator=stored, version=version, facts=_facts(form)
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The indicator was changed."))
            return redirect("ledger:indicator_detail", row.pk)
    return render(
        request, f"{FOLDER}/indicator_form.html", {"form": form, "line": row.line, "indicator": row}
    )


@right_required(VIEW)
@require_safe
def indicator_detail(request, pk):
    """Where an indicator's money stands, what moved it, and who holds it."""
    row = seen_or_404(indicators_of(request).select_related("street"), request, pk)
    standing = questions.left([row.pk])[row.pk]
    movements = Movement.objects.filter(indicator=row) | Movement.objects.filter(to_indicator=row)
    holders = (
        row.accounts.exclude(holder="")
        .filter(balance__gt=0)
        .select_related("compound", "provider")
        .order_by("holder", "stage")
    )
    scope = request.user.scope
    return render(
        request,
        f"{FOLDER}/indicator_detail.html",
        {
            "indicator": row,
            "line": row.line,
            "standing": standing,
            "figures": by_name(standing, indicator=row.pk),
            "movements": movements.select_related(
                "prepared_by", "confirmed_by", "to_indicator", "indicator"
            ).order_by("-pk")[:50],
            "holders": holders[:100],
            "holder_count": holders.count(),
            "stages": Stage.choices,
            "kinds": Movement.Kind.choices,
            "may_edit": scope.can(PREPARE, row.district),
        },
    )


# -- movements -------------------------------------------------------------------------------------
class MovementList(ListPage):
    """Movements of the reader's districts; those that wait are found by their state."""

    table = MovementTable
    filterset = MovementFilterSet
    template_name = f"{FOLDER}/movement_list.html"
    default_sort = "-on"
    right = VIEW

    def visible(self):
        return Movement.objects.filter(district__in=districts_of(self.request))


movement_list = MovementList.as_view()


@right_required(VIEW)
def movement_add(request, pk):
    row = seen_or_404(indicators_of(request), request, pk, PREPARE)
    kind = request.GET.get("kind", "")
    first = {
        "kind": kind if kind in Movement.Kind.values else Movement.Kind.GRANT,
        "on": dates.today(),
        "document": row.document,
    }
    form = MovementForm(request.POST or None, initial=first, indicator=row)
    if request.method == "POST" and form.is_valid():
        try:
            movement = services.prepare_movement(
                by=request.user, indicator=row, **form.cleaned_data
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Prepared; another finance officer confirms it."))
            return redirect("ledger:movement_detail", movement.pk)
    return render(
        request,
        f"{FOLDER}/movement_form.html",
        {
            "form": form,
            "indicator": row,
            "line": row.line,
            "standing": questions.left([row.pk])[row.pk],
        },
    )


def _movements(request):
    return Movement.objects.select_related(
        "district", "indicator__line", "to_indicator__line", "prepared_by", "confirmed_by"
    )


@right_required(VIEW)
@require_safe
def movement_detail(request, pk):
    return _show_movement(request, seen_or_404(_movements(request), request, pk))


def _show_movement(request, row, *, refusal=None, reversal=None, status=200):
    scope = request.user.scope
    keys = (key_of(row), f"reverse:{key_of(row)}")
    vouchers = {
        one.key: one for one in Transaction.objects.filter(district=row.district, key__in=keys)
    }
    may = scope.can(CONFIRM, row.district)
    is_prepared = row.state == Movement.State.PREPARED
    back = vouchers.get(keys[1])
    return render(
        request,
        f"{FOLDER}/movement_detail.html",
        {
            "movement": row,
            "indicator": row.indicator,
            "line": row.indicator.line,
            "standing": questions.left([row.indicator_id])[row.indicator_id],
            "voucher": vouchers.get(keys[0]),
            "reversed_by": back,
            "is_own": row.prepared_by_id == request.user.pk,
            "may_decide": may and is_prepared and row.prepared_by_id != request.user.pk,
            "may_reverse": may
            and row.state == Movement.State.POSTED
            and back is None
            and row.confirmed_by_id != request.user.pk,
            "refusal_form": refusal or RefusalForm(initial={"version": row.version}),
            "reversal_form": reversal or ReversalForm(initial={"on": dates.today()}),
        },
        status=status,
    )


@require_POST
@right_required(VIEW)
def movement_confirm(request, pk):
    row = seen_or_404(_movements(request), request, pk, CONFIRM)
    form = VersionForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else 0
    try:
        services.confirm_movement(by=request.user, movement=row, version=version)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Confirmed and posted."))
    return redirect("ledger:movement_detail", row.pk)


@require_POST
@right_required(VIEW)
def movement_refuse(request, pk):
    row = seen_or_404(_movements(request), request, pk, CONFIRM)
    form = RefusalForm(request.POST)
    if form.is_valid():
        try:
            services.refuse_movement(by=request.user, movement=row, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Refused; nothing was posted."))
            return redirect("ledger:movement_detail", row.pk)
    return _show_movement(request, row, refusal=form)


@require_POST
@right_required(VIEW)
def movement_reverse(request, pk):
    row = seen_or_404(_movements(request), request, pk, CONFIRM)
    form = ReversalForm(request.POST)
    if form.is_valid():
        try:
            services.reverse_movement(by=request.user, movement=row, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Reversed; both vouchers stay in the book."))
            return redirect("ledger:movement_detail", row.pk)
    return _show_movement(request, row, reversal=form)
