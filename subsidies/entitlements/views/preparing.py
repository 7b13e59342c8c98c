"""拟办: a paper of a budget year, with what it would be about and what would be refused."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal
from governance.organisation.models import Area
from subsidies.ledger.models import VIEW, BudgetIndicator

from .. import obligations, services
from ..errors import RowsRefused
from ..forms import AnnualForm
from ..models import ASSESS, AnnualAct, Entitlement, YearShare
from ..services import annual
from . import funding
from .common import FOLDER, programmes_of

SHOWN = 300


class Line(NamedTuple):
    """A subsidy of a paper with what it is about, or why it is refused."""

    row: Entitlement
    amount: Decimal
    refusal: Any = ""


class Picked(NamedTuple):
    """What a paper is to be about, as chosen above its form."""

    kind: str
    year: int
    programme: Any
    street: Area | None


def _picked(given: QueryDict, years, shown, streets) -> Picked:
    kind = given.get("kind", "")
    kind = kind if kind in AnnualAct.Kind.values else AnnualAct.Kind.COMMIT.value
    asked = given.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else 0
    if not year:
        year = years[0] if years else dates.today().year
        if kind == AnnualAct.Kind.RELEASE:
            year = dates.today().year - 1
    programme = next((one for one in shown if str(one.pk) == given.get("programme")), None)
    street = next((one for one in streets if one.code == given.get("street")), None)
    return Picked(kind, year, programme, street)


@login_required
def annual_add(request):
    """Choose the year (a programme, a street), see what it is about, prepare the paper."""
    user = request.user
    user.scope.require(ASSESS)
    district = Area.objects.filter(pk__in=user.scope.in_districts(ASSESS)).order_by("code").first()
    given = request.POST if request.method == "POST" else request.GET
    shown = _families(programmes_of(user).filter(district=district))
    streets = list(Area.objects.filter(level=2, district=district).order_by("code"))
    today = dates.today()
    seen = Entitlement.objects.visible_to(user).filter(district=district)
    years = [one.year for one in obligations.needs(seen)]
    picked = _picked(given, years, shown, streets)
    choices = _choices(picked, district)
    key = given.get("key") or uuid.uuid4().hex
    form = AnnualForm(
        request.POST if request.method == "POST" else None, choices=choices, initial={"key": key}
    )
    said = {
        "by": user,
        "district": district,
        "kind": picked.kind,
        "year": picked.year,
        "programme": picked.programme,
        "street": picked.street,
    }
    refused: dict[int, Any] = {}
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            act = services.prepare_annual(
                **said,
                document=form.cleaned_data["document"],
                reason=form.cleaned_data["reason"],
                key=form.cleaned_data["key"],
                fundings=list(BudgetIndicator.objects.filter(pk__in=form.chosen)),
            )
        except RowsRefused as error:
            refused = {one.pk: one.message for one in error.rows}
            form.add_error(None, error.message)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The paper is prepared. Somebody else approves it."))
            return redirect("entitlements:annual_detail", act.pk)
    blocked = any(one.is_needed and not one.indicators for one in choices.values())
    if request.method != "POST" and not blocked:
        refused, problem = _rehearse(said, form)
    lines = _lines(picked, district, refused)
    return render(
        request,
        f"{FOLDER}/annual_add.html",
        {
            "here": "annual_list",
            "form": form,
            "picked": picked,
            "kinds": AnnualAct.Kind.choices,
            "years": sorted({*years, picked.year, today.year - 1, today.year, today.year + 1}),
            "programmes": shown,
            "streets": streets,
            "lines": lines[:SHOWN],
            "more": max(0, len(lines) - SHOWN),
            "count": len(lines),
            "total": sum((one.amount for one in lines), Decimal(0)),
            "problem": problem,
            "blocked": blocked,
            "sees_ledger": user.scope.has(VIEW),
        },
    )


def _families(rows) -> list:
    """One edition of each programme: a paper is about all of them."""
    found: dict[str, Any] = {}
    for one in rows:
        found.setdefault(one.name, one)
    return list(found.values())


def _open_shares(picked: Picked, district) -> Any:
    rows = annual.running(
        district.pk, picked.programme, picked.street.pk if picked.street else None
    )
    return YearShare.objects.obligations().filter(entitlement__in=rows.order_by(), year=picked.year)


def _choices(picked: Picked, district) -> dict:
    if picked.kind != AnnualAct.Kind.COMMIT:
        return {}
    asked = _open_shares(picked, district).order_by().values_list("payer", "entitlement__street")
    wanted = {(payer, street if payer == "STREET" else None) for payer, street in asked.distinct()}
    rows = [funding.Asked(payer, street, picked.year, True) for payer, street in wanted]
    rows.sort(key=lambda one: (one.payer, one.street_id or 0))
    return funding.choices_of(rows, [district.pk])


def _lines(picked: Picked, district, refused) -> list[Line]:
    """The subsidies with what the year costs each, refused ones first."""
    sums: dict[int, Decimal] = {}
    if picked.kind == AnnualAct.Kind.COMMIT:
        for pk, amount in _open_shares(picked, district).values_list("entitlement_id", "amount"):
            sums[pk] = sums.get(pk, Decimal(0)) + amount
    else:
        act = AnnualAct(
            kind=picked.kind, year=picked.year, programme=picked.programme, district=district,
            street=picked.street,
        )  # fmt: skip
        sums = {pk: sum(own.values(), Decimal(0)) for pk, own in annual.rests_of(act).items()}
    rows = Entitlement.objects.select_related("compound", "compound__community", "provider")
    found = [
        Line(row, sums[row.pk], refused.get(row.pk, ""))
        for row in rows.filter(pk__among=sorted(sums)).order_by("compound__code")
    ]
    return sorted(found, key=lambda one: not one.refusal)


class _TakenBack(Exception):  # noqa: N818 - no error: the rehearsal is over
    pass


def _rehearse(said: dict, form) -> tuple[dict[int, Any], str]:
    """What would be refused now: it is done and taken back at once."""
    chosen = list(BudgetIndicator.objects.filter(pk__in=form.usual))
    try:
        with transaction.atomic():
            services.prepare_annual(**said, document="…", fundings=chosen)
            raise _TakenBack
    except _TakenBack:
        return {}, ""
    except RowsRefused as error:
        return {one.pk: one.message for one in error.rows}, error.message
    except DomainError as error:
        return {}, str(error)
