"""测算: a programme under other terms, side by side; the address carries the variants."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from governance.foundation import dates
from governance.foundation.tables import day_of
from governance.organisation.access import right_required
from subsidies.ledger.models import VIEW
from subsidies.programmes.models import Programme
from subsidies.programmes.questions import terms_of

from .. import budgets, sheets
from ..comparing import Comparison, form_fields
from ..rules import variants
from ..trying import DECIDED, SERVED, Register
from .common import FOLDER, about, as_workbook, base

SHOWN = 200
PREFIXES = ("a", "b")


def _programmes(user) -> list[Programme]:
    """Programmes of the districts whose ledger the reader sees, the published ones first."""
    rows = Programme.objects.visible_to(user).filter(district__in=user.scope.in_districts(VIEW))
    order = {"PUBLISHED": 0, "DRAFT": 1, "RETIRED": 2}
    found = list(rows.defer("note").order_by("-effective_from", "name", "-edition"))
    return sorted(found, key=lambda one: order[one.state])


def _chosen(request, programmes: list[Programme]) -> Programme | None:
    asked = request.GET.get("programme", "")
    return next((one for one in programmes if str(one.pk) == asked), next(iter(programmes), None))


def _money(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    fits = value.is_finite() and 0 <= value < variants.MOST
    return value.quantize(Decimal("0.01")) if fits else None


def _comparison(request, programme: Programme):
    """The comparison that an address asks for, and its variants as a form shows them."""
    terms = terms_of([programme.pk])[programme.pk]
    tried = tuple(variants.read(prefix, terms, request.GET) for prefix in PREFIXES)
    today = dates.today()
    whom = DECIDED if request.GET.get("whom") == DECIDED else SERVED
    begins_on = day_of(request.GET.get("begins", "")) or today
    register = Register(
        request.user, programme, (terms, *(one.terms for one in tried)), today, whom, begins_on
    )
    budget = _money(request.GET.get("budget", ""))
    year = budgets.chosen_year("", budgets.years(request.user))
    if budget is None:
        budget = budgets.Budget(request.user, year).spendable or None
    return terms, Comparison(register, terms, tried, budget, year)


def _address(request, comparison: Comparison) -> str:
    """The same variants as an address to be shared: what says nothing is left out."""
    register = comparison.register
    query = [("programme", register.programme.pk)]
    if register.whom == DECIDED:
        query += [("whom", DECIDED), ("begins", register.begins_on.isoformat())]
    if _money(request.GET.get("budget", "")) is not None:
        query.append(("budget", request.GET["budget"].strip()))
    for one in comparison.tried:
        query += one.query()
    return urlencode(query)


@right_required(VIEW)
@require_safe
def whatif(request):
    """Choose other terms, see what they would cost and whom they would reach."""
    programmes = _programmes(request.user)
    programme = _chosen(request, programmes)
    context = {**base(request, "whatif"), "programmes": programmes, "programme": programme}
    if programme is not None:
        terms, comparison = _comparison(request, programme)
        context |= {
            "terms": terms,
            "comparison": comparison,
            "forms": [
                (one.prefix, one.prefix.upper(), form_fields(terms, one, request.GET))
                for one in comparison.tried
            ],
            "whom": comparison.register.whom,
            "begins_on": comparison.register.begins_on,
            "typed_budget": request.GET.get("budget", ""),
            "address": _address(request, comparison),
            "wrong": any(one.wrong for one in comparison.tried),
            "shown": SHOWN,
        }
    return render(request, f"{FOLDER}/whatif.html", context)


@right_required(VIEW)
@require_safe
def whatif_export(request):
    """The comparison month by month; with one variant more, who comes in or drops out."""
    programme = _chosen(request, _programmes(request.user))
    if programme is None:
        return redirect("reports:whatif")
    _terms, comparison = _comparison(request, programme)
    title = f"{programme}{sheets.WHATIF}"
    found = [sheets.whatif_months(comparison.results, title=title, **about(request))]
    found += [
        sheets.whatif_moves(column.name, moves, **about(request))
        for column, moves in comparison.moves
    ]
    name = f"{sheets.WHATIF}-{dates.today():%Y%m%d}"
    return as_workbook(request, found, name, _address(request, comparison))
