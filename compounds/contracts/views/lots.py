"""Lots: list, page with sums, compounds, the three gates, award."""

import datetime as dt
from functools import cached_property

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, Sum
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compounds.registry.places import places_of
from governance.audit import words
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.views import Listing, ListPage
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import gathering, rules, services
from ..filters import LotFilterSet
from ..forms import (
    AwardForm,
    GateForm,
    LotAddForm,
    LotEditForm,
    MembersForm,
    ReasonForm,
    member_forms,
    offered_compounds,
)
from ..models import Lot, LotMember
from ..rules.viability import Verdict
from ..services import EDIT, LOT
from ..services.lots import GATE_NAMES, GATES, LEAST_BIDDERS, next_gate
from ..tables import STATE_CLASS, LotTable
from ..wording import VERDICTS, days_left
from .common import FOLDER, act_page, lot_of, show_refusal

ENTRIES = 20


class Lots(Listing):
    """Lots with the sums of their compounds."""

    @cached_property
    def rows(self) -> list[tuple]:
        members = LotMember.objects.filter(lot__in=self.ids, left_on=None).order_by()
        summed = members.values("lot").annotate(
            count=Count("pk"),
            households=Sum("compound__household_count"),
            area=Sum("compound__chargeable_area_m2"),
        )
        self.context["sums"] = {row["lot"]: row for row in summed}
        return super().rows


class LotList(ListPage):
    """Lots of the reader's places."""

    template_name = f"{FOLDER}/lot_list.html"
    right = REGISTER_VIEW

    def listing(self):
        user = self.request.user
        context = {"places": places_of(user)}
        return Lots(
            table=LotTable,
            filterset=LotFilterSet(self.request.GET, Lot.objects.visible_to(user), page=context),
            query=self.request.GET,
            default_sort="name",
            context=context,
        )

    def extra_context(self, listing):
        return {
            "here": "lot_list",
            "may_lot": self.request.user.scope.has(LOT),
            "may_edit": self.request.user.scope.has(EDIT),
        }


lot_list = LotList.as_view()


@login_required
@require_safe
def lot_detail(request, pk):
    lot = lot_of(request, pk)
    today = dates.today()
    members = list(
        lot.members.filter(left_on=None)
        .select_related("compound", "compound__community")
        .order_by("-is_carrier", "compound__code")
    )
    compounds = [member.compound for member in members]
    gathered = gathering.of_lot(lot, as_of=today)
    found = gathered.reckon()
    contracts = list(lot.contracts.select_related("provider").order_by("-pk"))
    entries = AuditEntry.objects.history_for(request.user, "contracts.lot", lot.pk)
    css, verdict = VERDICTS[found.verdict]
    return render(
        request,
        f"{FOLDER}/lot_detail.html",
        {
            "lot": lot,
            "members": members,
            "households": _total(compounds, "household_count"),
            "area": _total(compounds, "chargeable_area_m2"),
            "floor_area": _total(compounds, "floor_area_m2"),
            "verdict": verdict,
            "verdict_class": css,
            "is_known": found.verdict != Verdict.UNKNOWN,
            "balance": found.balance,
            "gates": _gates(lot),
            "next_gate": next_gate(lot),
            "contracts": [(one, STATE_CLASS[one.state]) for one in contracts],
            "contract_due": _contract_due(lot, contracts, today),
            "few_bidders": lot.bidders is not None and lot.bidders < LEAST_BIDDERS,
            "lines": words.lines(entries[:ENTRIES], request.user),
            "may_lot": request.user.scope.can(LOT, lot) and lot.closed_on is None,
            "may_edit": request.user.scope.can(EDIT, lot) and lot.closed_on is None,
            "map_query": _map_query(lot, compounds),
        },
    )


def _total(compounds, name):
    """A sum, None where one compound's value is not known."""
    values = [getattr(one, name) for one in compounds]
    return None if None in values or not values else sum(values)


def _gates(lot: Lot) -> list[dict]:
    upcoming = next_gate(lot)
    return [
        {
            "key": key,
            "name": GATE_NAMES[key],
            "on": getattr(lot, day),
            "document": getattr(lot, document),
            "is_next": key == upcoming,
        }
        for key, (day, document) in GATES.items()
    ]


def _contract_due(lot: Lot, contracts, today) -> dict | None:
    """The contract follows the award within thirty days (Tendering Law 46)."""
    if lot.taken_on is None or lot.closed_on is not None:
        return None
    if any(one.state in ("SIGNED", "FILED", "ENDED") for one in contracts):
        return None
    day = lot.taken_on + dt.timedelta(days=rules.TENDER_CONTRACT_DAYS)
    css, left = days_left(day, today)
    return {"day": day, "css": css, "left": left}


def _map_query(lot: Lot, compounds) -> str:
    """The map opens on the street or community in which the lot lies."""
    communities = {one.community.code for one in compounds}
    if len(communities) == 1:
        return f"community={communities.pop()}"
    return f"street={lot.street.code}" if lot.street else ""


@right_required(LOT)
def lot_add(request):
    form = LotAddForm(request.POST or None, user=request.user, initial={"kind": "BUNDLE"})
    if request.method == "POST" and form.is_valid():
        try:
            lot = services.create_lot(by=request.user, **form.cleaned_data)
        except (DomainError, ValidationError) as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The lot was opened. Now choose its compounds."))
            return redirect("contracts:lot_members", lot.pk)
    page = {
        "form": form,
        "title": _("Open a lot"),
        "button": _("Save and choose the compounds"),
        "back": reverse("contracts:lot_list"),
    }
    return render(request, f"{FOLDER}/act.html", page)


def _back(lot: Lot) -> str:
    return reverse("contracts:lot_detail", args=[lot.pk])


@login_required
def lot_edit(request, pk):
    lot = lot_of(request, pk, LOT)
    initial = {name: getattr(lot, name) for name in ("version", "name", "kind", "note")}
    form = LotEditForm(request.POST or None, initial=initial)

    def write():
        said = dict(form.cleaned_data)
        reason, version = said.pop("reason"), said.pop("version")
        services.edit_lot(by=request.user, lot=lot, version=version, facts=said, reason=reason)

    return act_page(
        request,
        form,
        write=write,
        title=_("Correct the lot"),
        button=_("Save"),
        done=_("The lot was corrected."),
        back=_back(lot),
        lot=lot,
    )


@login_required
def lot_members(request, pk):
    """Which compounds a lot holds, and which of them carry the others."""
    lot = lot_of(request, pk, LOT)
    data = None
    if request.method == "POST":
        data = request.POST.copy()
        total = data.get("members-TOTAL_FORMS", "")
        if "more_members" in data and total.isdigit() and len(total) < 4:
            data["members-TOTAL_FORMS"] = str(int(total) + 5)
    held = lot.members.filter(left_on=None).select_related("compound")
    initial = [
        {"compound": one.compound.code, "is_carrier": one.is_carrier, "name": one.compound.name}
        for one in held.order_by("-is_carrier", "compound__code")
    ]
    form = MembersForm(data, initial={"version": lot.version})
    rows = member_forms(data, initial=initial, user=request.user)
    is_growing = data is not None and "more_members" in data
    if data is not None and not is_growing and form.is_valid() and rows.is_valid():
        try:
            services.set_members(
                by=request.user,
                lot=lot,
                version=form.cleaned_data["version"],
                compounds=rows.compounds,
                carriers=rows.carriers,
                reason=form.cleaned_data["reason"],
            )
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("contracts:lot_members", pk)
        except (DomainError, ValidationError) as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The compounds of the lot were set."))
            return redirect("contracts:lot_detail", pk)
    context = {
        "lot": lot,
        "form": form,
        "members": rows,
        "offered": offered_compounds(request.user),
        "names": {one["compound"]: one["name"] for one in initial},
    }
    return render(request, f"{FOLDER}/lot_members.html", context)


@login_required
def lot_gate(request, pk, gate):
    lot = lot_of(request, pk, LOT)
    if gate not in ("renovated", "kept"):
        raise Http404
    form = GateForm(request.POST or None, initial={"version": lot.version})
    return act_page(
        request,
        form,
        write=lambda: services.pass_gate(
            by=request.user, lot=lot, gate=gate, **form.cleaned_data
        ),
        title=_("Pass the gate: %(gate)s") % {"gate": GATE_NAMES[gate]},
        button=_("Passed"),
        done=_("The gate was passed."),
        back=_back(lot),
        lot=lot,
        note=_("Renovate so that it can be taken, tender so that somebody takes it, operate so "
               "that it can be kept: in this order."),
    )  # fmt: skip


@login_required
def lot_award(request, pk):
    lot = lot_of(request, pk, LOT)
    form = AwardForm(
        request.POST or None,
        user=request.user,
        district=lot.district_id,
        initial={"version": lot.version},
    )
    return act_page(
        request,
        form,
        write=lambda: services.award_lot(by=request.user, lot=lot, **form.cleaned_data),
        title=_("Award the lot"),
        button=_("Award"),
        done=_("The lot was awarded. The contract follows within 30 days."),
        back=_back(lot),
        lot=lot,
        note=_(
            "With fewer than three bidders a tender is held again (Tendering and Bidding Law 28)."
        ),
    )


@login_required
def lot_close(request, pk):
    lot = lot_of(request, pk, LOT)
    form = ReasonForm(request.POST or None, initial={"version": lot.version})
    return act_page(
        request,
        form,
        write=lambda: services.close_lot(by=request.user, lot=lot, **form.cleaned_data),
        title=_("Close the lot"),
        button=_("Close the lot"),
        done=_("The lot was closed; its compounds are free for another one."),
        back=_back(lot),
        lot=lot,
    )
