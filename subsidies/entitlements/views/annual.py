"""预算年度: what later years owe; papers that commit a year or release what is left of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.foundation import dates, spreadsheets
from governance.foundation.errors import DomainError
from governance.organisation.scope import REGISTER_VIEW
from subsidies.ledger import questions as ledger_questions
from subsidies.ledger.models import VIEW, Posting
from subsidies.ledger.views.common import money_column, workbook

from .. import obligations, services
from ..errors import RowsRefused
from ..forms import DecisionForm, RefusalForm
from ..models import APPROVE, ASSESS, AnnualAct, Entitlement, Funding
from ..services import annual
from . import funding
from .common import EXPORT, FOLDER, act_page
from .preparing import SHOWN, Line

CLASSES = {"PREPARED": "warn", "APPROVED": "ok", "REFUSED": "fallback"}


class Need(NamedTuple):
    """An obligation of a year, and whether its indicators are there."""

    need: obligations.Need
    payers: list[tuple[str, Decimal]]
    has_indicator: bool
    is_due: bool


def needs_of(user, today: dt.date) -> list[Need]:
    """Obligations of the subsidies that somebody sees, the nearest year first."""
    seen = Entitlement.objects.visible_to(user)
    found = obligations.needs(seen)
    districts = set(seen.order_by().values_list("district", flat=True).distinct())
    ready = obligations.with_indicators(districts, (one.year for one in found))
    years = {year for _district, year in ready}
    return [
        Need(
            one,
            [(funding.PAYERS[payer], amount) for payer, amount in one.payers],
            one.year in years,
            one.year in obligations.years_to_ask(today),
        )
        for one in found
    ]


@login_required
@require_safe
def annual_list(request):
    """What later years owe, and the papers of budget years, the newest first."""
    user = request.user
    user.scope.require(REGISTER_VIEW)
    today = dates.today()
    papers = (
        AnnualAct.objects.visible_to(user)
        .select_related("programme", "street", "prepared_by", "approved_by")
        .order_by("-pk")[:SHOWN]
    )
    needs = needs_of(user, today)
    return render(
        request,
        f"{FOLDER}/annual_list.html",
        {
            "here": "annual_list",
            "needs": needs,
            "total": sum((one.need.amount for one in needs), Decimal(0)),
            "papers": [(one, CLASSES[one.state]) for one in papers],
            "may_prepare": user.scope.has(ASSESS),
            "may_apply": user.scope.has("entitlement.apply"),
            "over": today.year - 1,
            "today": today,
        },
    )


# -- one paper -------------------------------------------------------------------------------------
def _act(request, pk: int, right: str = REGISTER_VIEW) -> AnnualAct:
    rows = AnnualAct.objects.visible_to(request.user).select_related(
        "district", "street", "programme", "prepared_by", "approved_by"
    )
    found = get_object_or_404(rows, pk=pk)
    request.user.scope.require(right, found)
    return found


def _about(act: AnnualAct) -> tuple[list[Line], str]:
    """The subsidies of a paper as it was approved, or as it would be now."""
    if act.state == AnnualAct.State.APPROVED:
        return _approved(act), ""
    if act.state == AnnualAct.State.REFUSED:
        return [], ""
    try:
        covered = annual.cover(act, list(act.indicators.all()), locks=False)
    except RowsRefused as error:
        return [], f"{error.message} {error.rows[0].name}: {error.rows[0].message}"
    except DomainError as error:
        return [], str(error)
    found = []
    for row in covered.rows:
        own = [one.share.amount for one in covered.shares.get(row.pk, ())]
        own += list(covered.rests.get(row.pk, {}).values())
        found.append(Line(row, sum(own, Decimal(0))))
    return found, ""


def _approved(act: AnnualAct) -> list[Line]:
    rows = Entitlement.objects.select_related("compound", "compound__community", "provider")
    sums: dict[str, Decimal] = {}
    postings = Posting.objects.filter(
        transaction__key=f"annual:{act.pk}", transaction__district=act.district_id
    )
    for source, target, amount in postings.values_list(
        "source__holder", "target__holder", "amount"
    ):
        number = source or target
        sums[number] = sums.get(number, Decimal(0)) + amount
    ids = Funding.objects.filter(annual_act=act).values("entitlement")
    both = rows.filter(pk__in=ids) | rows.filter(number__in=sums, district=act.district_id)
    return [
        Line(row, sums.get(row.number, Decimal(0)))
        for row in both.distinct().order_by("compound__code")
    ]


@login_required
@require_safe
def annual_detail(request, pk):
    """A paper: what it is about, what it asks of each indicator, and its decision."""
    act = _act(request, pk)
    user = request.user
    lines, problem = _about(act)
    seen = set(
        Entitlement.objects.visible_to(user)
        .filter(pk__in=[one.row.pk for one in lines])
        .values_list("pk", flat=True)
    )
    may_decide = act.state == AnnualAct.State.PREPARED and user.scope.can(APPROVE, act)
    chosen = list(act.indicators.select_related("line").order_by("number"))
    standing = ledger_questions.left([one.pk for one in chosen])
    own = [one for one in lines if one.row.pk in seen]
    return render(
        request,
        f"{FOLDER}/annual_detail.html",
        {
            "here": "annual_list",
            "act": act,
            "state_class": CLASSES[act.state],
            "lines": own[:SHOWN],
            "more": max(0, len(own) - SHOWN),
            "problem": problem,
            "indicators": [(one, standing[one.pk]) for one in chosen],
            "may_decide": may_decide and act.prepared_by_id != user.pk,
            "is_own": may_decide and act.prepared_by_id == user.pk,
            "may_export": user.scope.has(EXPORT),
            "is_commit": act.kind == AnnualAct.Kind.COMMIT,
            "sees_ledger": user.scope.can(VIEW, act.district),
        },
    )


@login_required
@require_safe
def annual_export(request, pk):
    """The subsidies of a paper as a workbook, with their sum."""
    act = _act(request, pk)
    request.user.scope.require(EXPORT, act)
    lines, _problem = _about(act)
    columns = [
        spreadsheets.OutColumn(capfirst(_("application number")), width=18),
        spreadsheets.OutColumn(capfirst(_("community")), width=16),
        spreadsheets.OutColumn(capfirst(_("compound")), width=26),
        spreadsheets.OutColumn(capfirst(_("provider")), width=30),
        spreadsheets.OutColumn(capfirst(_("term begins")), spreadsheets.DATE, 12),
        spreadsheets.OutColumn(capfirst(_("term ends")), spreadsheets.DATE, 12),
        money_column(_("Amount (yuan)")),
    ]
    rows = [
        [
            one.row.number,
            str(one.row.compound.community),
            one.row.compound.name,
            one.row.provider.name,
            one.row.starts_on,
            one.row.ends_on,
            one.amount,
        ]
        for one in lines
    ]
    rows.append([_("Total"), *[None] * 5, sum((one.amount for one in lines), Decimal(0))])
    title = f"{act.year} {act.get_kind_display()}"
    return workbook(request, title, columns, rows, words=act.document, count=len(lines))


@login_required
def annual_approve(request, pk):
    act = _act(request, pk, APPROVE)
    form = DecisionForm(request.POST or None, initial={"version": act.version})
    return act_page(
        request,
        form,
        write=lambda: services.approve_annual(by=request.user, act=act, **form.cleaned_data),
        title=_("Approve: %(what)s") % {"what": act.get_kind_display()},
        button=_("Approve"),
        done=_("It is approved; the ledger follows it."),
        back=reverse("entitlements:annual_detail", args=[act.pk]),
        template=f"{FOLDER}/annual_act.html",
        act=act,
    )


@login_required
def annual_refuse(request, pk):
    act = _act(request, pk, APPROVE)
    form = RefusalForm(request.POST or None, initial={"version": act.version})
    return act_page(
        request,
        form,
        write=lambda: services.refuse_annual(by=request.user, act=act, **form.cleaned_data),
        title=_("Refuse: %(what)s") % {"what": act.get_kind_display()},
        button=_("Refuse"),
        done=_("It is refused; nothing is posted."),
        back=reverse("entitlements:annual_detail", args=[act.pk]),
        template=f"{FOLDER}/annual_act.html",
        act=act,
    )
