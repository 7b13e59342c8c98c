"""Public notices with their lists, and objections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Sum
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.foundation import dates
from subsidies.programmes import questions as programmes

from .. import services, wording
from ..forms import ObjectionForm, SettleForm
from ..models import (
    APPROVE,
    PUBLICISE,
    Entitlement,
    Funding,
    PublicNotice,
    TermChange,
    YearShare,
)
from ..rules import end_of
from ..services.chain import require_any
from ..tables import STATE_CLASS
from .acts import seen_version
from .common import FOLDER, act_page, entitlement_of, notice_of, objection_of


def _listed(user, notice: PublicNotice) -> tuple[list, object]:
    """The rows of a notice that the reader sees, with their rates, and their sum."""
    rows = list(
        Entitlement.objects.visible_to(user)
        .filter(notice=notice)
        .select_related("compound", "compound__community", "compound__street", "provider")
        .order_by("compound__code")
    )
    terms = programmes.terms_of({row.programme_id for row in rows})
    as_posted(rows, terms)
    rates = {pk: wording.rates_of(one) for pk, one in terms.items()}
    total = sum(row.amount for row in rows)
    return [(row, rates[row.programme_id], STATE_CLASS[row.state]) for row in rows], total


def as_posted(rows: Sequence[Entitlement], terms: Mapping) -> bool:
    """Show rows with the amount and the end that were posted and approved; whether some differ.

    What was changed by another document since stands in that one.
    """
    since = TermChange.objects.filter(
        entitlement__in=[row.pk for row in rows], state=TermChange.State.APPROVED
    )
    changes = since.order_by().values_list("entitlement").annotate(Sum("amount"), Sum("months"))
    found = {pk: rest for pk, *rest in changes}
    for row in rows:
        amount, months = found.get(row.pk, (0, 0))
        row.amount -= amount
        if months:
            row.months -= months
            row.ends_on = end_of(terms[row.programme_id], row.starts_on, row.months)
    return bool(found)


@login_required
@require_safe
def notice_detail(request, pk):
    notice = notice_of(request, pk)
    rows, total = _listed(request.user, notice)
    objections = list(
        notice.objections.filter(request.user.scope.seen())
        .select_related("entitlement", "entitlement__compound")
        .order_by("-pk")
    )
    context = {
        "notice": notice,
        "rows": rows,
        "total": total,
        "objections": objections,
        "is_over": notice.ends_on < dates.today(),
        "today": dates.today(),
    }
    return render(request, f"{FOLDER}/notice_detail.html", context)


@login_required
@require_safe
def notice_print(request, pk):
    """The list to be posted: compound, firm, area, rate, months, amount; nothing personal."""
    notice = notice_of(request, pk)
    rows, total = _listed(request.user, notice)
    return render(
        request,
        f"{FOLDER}/notice_print.html",
        {"notice": notice, "rows": rows, "total": total},
    )


@login_required
def objection_add(request, pk):
    row = entitlement_of(request, pk, PUBLICISE)
    form = ObjectionForm(request.POST or None)

    def write():
        row.version = seen_version(request) or row.version
        services.record_objection(by=request.user, entitlement=row, **form.cleaned_data)

    return act_page(
        request,
        form,
        write=write,
        title=_("Record an objection"),
        button=_("Record it"),
        done=_("The objection is recorded; until it is settled nothing is approved."),
        back=reverse("entitlements:entitlement_detail", args=[pk]),
        entitlement=row,
        compound=row.compound,
    )


@login_required
def objection_settle(request, pk):
    objection = objection_of(request, pk)
    require_any(request.user, (PUBLICISE, APPROVE), objection.entitlement)
    form = SettleForm(request.POST or None, initial={"version": objection.version})

    def write():
        said = form.cleaned_data
        objection.version = said["version"]
        services.settle_objection(
            by=request.user,
            objection=objection,
            is_upheld=said["outcome"] == "UPHELD",
            answer=said["answer"],
            on=said["on"],
        )

    return act_page(
        request,
        form,
        write=write,
        title=_("Settle the objection"),
        button=_("Settle it"),
        done=_("The objection is settled."),
        back=reverse("entitlements:entitlement_detail", args=[objection.entitlement_id]),
        entitlement=objection.entitlement,
        compound=objection.entitlement.compound,
        objection=objection,
    )


@login_required
@require_safe
def approval_letter(request, pk):
    """补贴批复: the document by which an entitlement was approved, with all it approves."""
    one = entitlement_of(request, pk)
    if one.approved_on is None:
        raise Http404  # nothing is approved yet: there is no such paper
    rows = (
        Entitlement.objects.visible_to(request.user)
        .filter(document=one.document, district=one.district_id, approved_on=one.approved_on)
        .exclude(document="")
        .select_related("compound", "compound__street", "compound__community", "provider")
        .order_by("compound__code")
    )
    shown = list(rows)
    terms = programmes.terms_of({row.programme_id for row in shown})
    is_changed = as_posted(shown, terms)
    return render(
        request,
        f"{FOLDER}/approval_letter.html",
        {
            "entitlement": one,
            "rows": shown,
            "total": sum(row.amount for row in shown),
            "rates": wording.rates_of(terms[one.programme_id]),
            "fundings": list(
                one.fundings.filter(annual_act=None)
                .select_related("indicator", "indicator__line")
                .order_by("from_month", "pk")
            ),
            # By year only the present sums are known: none beside those of another day.
            "years": [] if is_changed else _years_of(rows),
        },
    )


def _years_of(rows) -> list[tuple[int, Decimal, bool]]:
    """By budget year what a letter approves, and whether an indicator bears it with the letter."""
    shares = YearShare.objects.filter(entitlement__in=rows.order_by().values("pk"))
    signed = Funding.objects.filter(
        annual_act=None,
        entitlement=OuterRef("entitlement"),
        payer=OuterRef("payer"),
        from_month=OuterRef("from_month"),
    )
    found: dict[int, list] = {}
    for year, amount, is_borne in shares.annotate(borne=Exists(signed)).values_list(
        "year", "amount", "borne"
    ):
        own = found.setdefault(year, [Decimal(0), True])
        own[0] += amount
        own[1] = own[1] and is_borne
    return [(year, amount, borne) for year, (amount, borne) in sorted(found.items())]
