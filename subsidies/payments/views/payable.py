"""What is payable and how long it waits, and the batch made of it."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from itertools import groupby

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.forms import add_refusal
from governance.foundation.spreadsheets import CODE, DATE, DECIMAL, TEXT, OutColumn
from governance.organisation.access import right_required
from subsidies.entitlements.models import Funding
from subsidies.ledger.models import BudgetIndicator

from .. import services
from ..forms import IndicatorForm, NewForm
from ..models import PREPARE, PaymentLine
from ..questions import (
    Collected,
    LeftOut,
    Owed,
    choices,
    collect,
    owed,
    payable_lines,
    refused_accounts,
)
from .common import FOLDER, VIEW, workbook

PAGE_SIZE = 100
WHY = {
    LeftOut.NO_ACCOUNT: gettext_lazy("no confirmed account"),
    LeftOut.NOT_SETTLED: gettext_lazy("not settled yet"),
    LeftOut.SUSPENDED: gettext_lazy("the subsidy is suspended"),
    LeftOut.LEDGER: gettext_lazy("the ledger holds less than this"),
}
READY, OVERDUE = "ready", "overdue"
COLUMNS = (
    OutColumn("指标文号", CODE, 22),
    OutColumn("企业", TEXT, 28),
    OutColumn("街道", TEXT, 12),
    OutColumn("小区编码", CODE, 20),
    OutColumn("小区", TEXT, 24),
    OutColumn("申领编号", CODE, 18),
    OutColumn("年月", TEXT, 10),
    OutColumn("应拨", DECIMAL, 14),
    OutColumn("应付日期", DATE, 12),
    OutColumn("拨付期限", DATE, 12),
    OutColumn("未纳入原因", TEXT, 22),
)


def _months(values) -> list[dt.date]:
    """First days of the months that an address names; what is none is left out."""
    found = []
    for value in values[:60]:
        try:
            found.append(dt.date.fromisoformat(f"{value[:7]}-01"))
        except ValueError:
            continue
    return found


def _ids(values) -> list[int]:
    return [int(value) for value in values[:500] if value.isdecimal() and len(value) < 12]


def _indicators(ids) -> dict[int, BudgetIndicator]:
    return BudgetIndicator.objects.select_related("line").in_bulk(set(ids))


def _asked(request, *names: str) -> dict[str, list]:
    """What an address narrows the payable lines by."""
    found = {
        "months": _months(request.GET.getlist("month")),
        "streets": _ids(request.GET.getlist("street")),
        "firms": _ids(request.GET.getlist("firm")),
    }
    return {name: found[name] for name in names or found}


def _in_state(found: Collected, state: str, today: dt.date) -> list[tuple[Owed, str]]:
    """Rows with why they are left out, of a state that an address names."""
    ready = [(row, "") for row in found.rows]
    out = [(row, str(why)) for row, why in found.left_out]
    if state == READY:
        return ready
    if state == OVERDUE:
        return [(row, why) for row, why in [*ready, *out] if row.due_on < today]
    if state.upper() in LeftOut.__members__:
        return [(row, why) for row, why in out if why == state.upper()]
    return [*ready, *out]


def _payable(request) -> tuple[list[tuple[Owed, str]], Collected]:
    """Rows with why they are left out, and all that was collected, as the address asks."""
    today = dates.today()
    rows = owed(request.user.scope.in_districts(VIEW), **_asked(request))
    indicators = set(_ids(request.GET.getlist("indicator")))
    if indicators:  # which indicator bears a line stands within it
        rows = [row for row in rows if row.indicator_id in indicators]
    found = collect(rows, today)
    shown = _in_state(found, request.GET.get("state", "")[:20], today)
    return sorted(shown, key=lambda one: (one[0].due_on, one[0].provider, one[0].code)), found


def _paying(districts) -> list[BudgetIndicator]:
    """Indicators that bear something payable."""
    lines = payable_lines(districts).values("entitlement")
    funded = Funding.objects.filter(entitlement__in=lines).values("indicator")
    return list(BudgetIndicator.objects.filter(pk__in=funded).order_by("number"))


@right_required(VIEW)
@require_safe
def payable_list(request):
    """Everything payable that is in no batch: the longest waiting first."""
    today = dates.today()
    shown, found = _payable(request)
    districts = request.user.scope.in_districts(VIEW)
    page = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    indicators = _indicators(row.indicator_id for row, _why in page.object_list)
    late = [row for row, _why in _in_state(found, OVERDUE, today)]
    groups = defaultdict(lambda: [0, Decimal(0)])
    for row, why in found.left_out:
        groups[why][0] += 1
        groups[why][1] += row.amount
    figures = [
        {"label": _("can be paid now"), "state": READY, "count": len(found.rows),
         "total": found.total, "is_late": False},
        {"label": _("overdue"), "state": OVERDUE, "count": len(late),
         "total": sum((row.amount for row in late), Decimal(0)), "is_late": bool(late)},
        *(
            {"label": WHY[why], "state": why.value.lower(), "count": count, "total": total,
             "is_late": why != LeftOut.NOT_SETTLED}
            for why, (count, total) in sorted(groups.items())
        ),
    ]  # fmt: skip
    return render(
        request,
        f"{FOLDER}/payable_list.html",
        {
            "page": page,
            "rows": [
                {
                    "row": row,
                    "why": WHY[LeftOut(why)] if why else "",
                    "days": (row.due_on - today).days,
                    "late": (today - row.due_on).days,
                    "indicator": indicators[row.indicator_id],
                    "barred_until": _barred(row),
                }
                for row, why in page.object_list
            ],
            "count": len(shown),
            "total": sum((row.amount for row, _why in shown), Decimal(0)),
            "figures": figures,
            "state": request.GET.get("state", "")[:20],
            **choices(districts),
            "indicators": _paying(districts),
            "chosen": {
                "month": _months(request.GET.getlist("month")),
                "street": _ids(request.GET.getlist("street")),
                "firm": _ids(request.GET.getlist("firm")),
                "indicator": _ids(request.GET.getlist("indicator")),
            },
            "is_filtered": any(
                request.GET.get(name) for name in ("month", "street", "firm", "indicator", "state")
            ),
            "may_prepare": request.user.scope.has(PREPARE),
            "export_query": request.GET.urlencode(),
        },
    )


@right_required(VIEW)
@require_safe
def payable_export(request):
    """What the list shows as a workbook."""
    shown, _found = _payable(request)
    indicators = _indicators(row.indicator_id for row, _why in shown)
    home = request.user.scope.areas(VIEW)[0]
    audit.record_export(
        by=request.user,
        kind=PaymentLine,
        label="应付未拨明细表 xlsx",
        count=len(shown),
        place=(home.district, None, None),
    )
    cells = (
        [
            indicators[row.indicator_id].number,
            row.provider,
            row.street,
            row.code,
            row.compound,
            row.entitlement,
            f"{row.month:%Y-%m}",
            row.amount,
            row.payable_on,
            row.due_on,
            str(WHY[LeftOut(why)]) if why else "",
        ]
        for row, why in shown
    )
    return workbook(request, "应付未拨明细表", COLUMNS, cells)


# -- a new batch -----------------------------------------------------------------------------------
@right_required(PREPARE)
def disbursement_new(request):
    """Choose an indicator, see what is payable and what is left out, and draft the batch."""
    choice = IndicatorForm(request.GET if "indicator" in request.GET else None, user=request.user)
    context = {"choice": choice, "is_chosen": False}
    if choice.is_bound and choice.is_valid():
        indicator = choice.cleaned_data["indicator"]
        today = dates.today()
        rows = owed([indicator.district_id], indicator.pk, **_asked(request, "months", "streets"))
        found = collect(rows, today)
        firms = _firms(found)
        form = NewForm(
            request.POST or None,
            firms=[(one["pk"], one["name"]) for one in firms],
            initial={"firms": [one["pk"] for one in firms]},
        )
        if request.method == "POST" and form.is_valid():
            answer = _draft(request, indicator, form)
            if answer is not None:
                return answer
        context |= {
            "is_chosen": True,
            "indicator": indicator,
            "form": form,
            "picked": set(_ids(request.POST.getlist("firms")))
            if request.method == "POST"
            else {one["pk"] for one in firms},
            "total": found.total,
            "left_out": _left_out(found),
            **choices([indicator.district_id], indicator.pk),
            "firms": firms,
            "chosen": {
                "month": _months(request.GET.getlist("month")),
                "street": _ids(request.GET.getlist("street")),
            },
        }
    elif not choice.is_bound:
        context["offers"] = _offers(request)
    return render(request, f"{FOLDER}/disbursement_new.html", context)


def _offers(request) -> list[dict]:
    """Indicators out of which something is payable, with how much and how much of it is late."""
    today = dates.today()
    rows = owed(request.user.scope.in_districts(PREPARE))
    indicators = _indicators(row.indicator_id for row in rows)
    sums: dict[int, dict] = {}
    for row in rows:
        one = sums.setdefault(
            row.indicator_id,
            {
                "indicator": indicators[row.indicator_id],
                "count": 0,
                "total": Decimal(0),
                "late": 0,
                "firms": set(),
            },
        )
        one["count"] += 1
        one["total"] += row.amount
        one["late"] += row.due_on < today
        one["firms"].add(row.provider_id)
    return sorted(sums.values(), key=lambda one: one["indicator"].number)


def _firms(found: Collected) -> list[dict]:
    """What can be paid, by firm; whether its account was refused by the bank the last time."""
    firms = []
    refused = refused_accounts(account.pk for account in found.accounts.values())
    for pk, group in groupby(found.rows, lambda row: row.provider_id):
        rows = list(group)
        firms.append(
            {
                "pk": pk,
                "name": rows[0].provider,
                "account": found.accounts[pk],
                "rows": rows,
                "is_refused": found.accounts[pk].pk in refused,
                "refusal": refused.get(found.accounts[pk].pk, ""),
                "barred_until": _barred(rows[0]),
                "compounds": len({row.compound_id for row in rows}),
                "total": sum((row.amount for row in rows), Decimal(0)),
            }
        )
    return firms


def _barred(row: Owed) -> dt.date | None:
    """Until when the firm stands on the blacklist, if it does today."""
    until = row.barred_until
    return until if until is not None and until >= dates.today() else None


def _left_out(found: Collected) -> list[dict]:
    """What is left out, by reason and firm."""
    groups: dict[tuple, list[Owed]] = {}
    for row, why in found.left_out:
        groups.setdefault((why, row.provider, row.provider_id), []).append(row)
    return [
        {
            "why": WHY[why],
            "is_account": why == LeftOut.NO_ACCOUNT,
            "name": name,
            "pk": pk,
            "count": len(rows),
            "total": sum((row.amount for row in rows), Decimal(0)),
        }
        for (why, name, pk), rows in sorted(groups.items())
    ]


def _draft(request, indicator: BudgetIndicator, form: NewForm):
    """The batch of what was picked; None where it was refused, which the form shows."""
    try:
        batch = services.create_disbursement(
            by=request.user,
            indicator=indicator,
            months=_months(request.GET.getlist("month")),
            streets=_ids(request.GET.getlist("street")),
            firms=form.cleaned_data["firms"],
            title=form.cleaned_data["title"],
            document=form.cleaned_data["document"],
        )
    except NotAllowed:
        raise
    except (DomainError, ValidationError) as error:
        add_refusal(form, error)
        return None
    messages.success(request, _("The batch %(number)s was drafted.") % {"number": batch.number})
    return redirect("payments:disbursement_detail", batch.pk)
