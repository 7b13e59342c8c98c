"""Applying: for one compound, and for a whole street at once."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compounds.registry.models import Compound
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.errors import DomainError
from subsidies.programmes.models import Programme

from .. import gathering, questions, services
from ..errors import RowsRefused
from ..forms import ApplicationForm, EditForm, StreetForm
from ..models import APPLY, Entitlement
from .acts import seen_version
from .common import FOLDER, act_page, entitlement_of, new_batch

MOST = 500


def open_programmes(user, district: int, day) -> list[Programme]:
    return list(
        Programme.objects.visible_to(user)
        .open_on(day)
        .filter(district=district)
        .order_by("name", "-edition")
    )


@login_required
def apply(request, code):
    """Draft an application for one compound."""
    rows = Compound.objects.visible_to(request.user).select_related("community", "street")
    compound = get_object_or_404(rows, code=code)
    request.user.scope.require(APPLY, compound)
    today = dates.today()
    programmes = open_programmes(request.user, compound.district_id, today)
    facts = gathering.gather([compound.pk], [one.pk for one in programmes], today)
    needs_start = any(one.start_rule == Programme.StartRule.STATED for one in programmes)
    form = ApplicationForm(request.POST or None, programmes=programmes, needs_start=needs_start)
    made: list[Entitlement] = []

    def write():
        said = dict(form.cleaned_data)
        programme = next(one for one in programmes if one.pk == said.pop("programme"))
        made.append(services.apply(by=request.user, compound=compound, programme=programme, **said))

    page = act_page(
        request,
        form,
        write=write,
        title=_("Apply for a subsidy"),
        button=_("Save the draft"),
        done=_("The draft is saved: look it over and hand it in."),
        back=reverse("dashboards:compound_dossier", args=[compound.code]),
        template=f"{FOLDER}/apply.html",
        compound=compound,
        assignment=facts.assignments.get(compound.pk),
        contract=facts.contracts.get(compound.pk),
        programmes=programmes,
    )
    return redirect("entitlements:entitlement_detail", made[0].pk) if made else page


@login_required
def entitlement_edit(request, pk):
    """Change a draft."""
    row = entitlement_of(request, pk, APPLY)
    needs_start = row.programme.start_rule == Programme.StartRule.STATED
    initial = {
        "area_proof": row.area_proof,
        "documents": row.documents.split(),
        "starts_on": row.starts_on,
        "version": row.version,
    }
    form = EditForm(
        request.POST or None,
        programmes=[row.programme],
        needs_start=needs_start,
        initial=initial,
    )

    def write():
        said = dict(form.cleaned_data)
        row.version = said.pop("version") or seen_version(request)
        services.edit_application(by=request.user, entitlement=row, facts=said)

    return act_page(
        request,
        form,
        write=write,
        title=_("Change the application"),
        button=_("Save"),
        done=_("The application was changed."),
        back=reverse("entitlements:entitlement_detail", args=[pk]),
        entitlement=row,
        compound=row.compound,
    )


class Line(NamedTuple):
    """A compound of the street: who serves it, by which contract, and what is missing."""

    assignment: Any
    contract: Any
    basis: Any
    amount: Any
    refusal: Any
    is_ticked: bool


@login_required
def street_application(request):
    """Applications for every served compound of a street that has none; the clerk decides."""
    user = request.user
    user.scope.require(APPLY)
    today = dates.today()
    sent = request.POST if request.method == "POST" else request.GET
    streets = places_of(user).streets
    street = next((one for one in streets if one.code == sent.get("street", "")), None)
    if street is None and len(streets) == 1:
        street = streets[0]
    context: dict[str, Any] = {
        "street": street,
        "streets": streets,
        "may_apply": True,
        "may_import": user.scope.has("registry.import"),
    }
    lines: list[Line] = []
    if street is not None:
        rows = list(questions.applicable(user).filter(street_id=street.id)[:MOST])
        district = rows[0].district_id if rows else 0
        programmes = open_programmes(user, district, today)
        form = StreetForm(request.POST if request.method == "POST" else None, programmes=programmes)
        refused: dict[int, Any] = {}
        if request.method == "POST" and form.is_valid():
            try:
                found = _apply(request, form, programmes, rows)
            except RowsRefused as error:
                form.add_error(None, str(error))
                refused = {one.pk: one.message for one in error.rows}
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                words = ngettext(
                    "%(count)s draft was saved: look it over and hand it in.",
                    "%(count)s drafts were saved: look them over and hand them in.",
                    len(found),
                )
                messages.success(request, words % {"count": len(found)})
                page = reverse("entitlements:entitlement_list")
                return redirect(f"{page}?state=DRAFT&street={street.code}")
        lines = _lines(request, rows, programmes, refused, today)
        context |= {"form": form, "programmes": programmes}
    context |= {
        "lines": lines,
        "here": "street_application",
        "fitting": sum(line.refusal == "" for line in lines),
        "total": sum(line.amount for line in lines if line.amount),
    }
    return render(request, f"{FOLDER}/street_application.html", context)


def _lines(request, rows, programmes, refused, today) -> list[Line]:
    facts = gathering.gather(
        [row.compound_id for row in rows], [one.pk for one in programmes[:1]], today
    )
    ticked = set(request.POST.getlist("ids")) if request.method == "POST" else None
    found = []
    for row in rows:
        contract = facts.contracts.get(row.compound_id)
        basis = amount = None
        refusal = refused.get(row.compound_id, "")
        if programmes:
            programme = programmes[0]
            terms = facts.terms[programme.pk]
            basis = gathering.basis_of(terms, row.compound)
            draft = Entitlement(
                programme=programme,
                area_m2=basis.area_m2,
                household_count=basis.household_count,
            )
            try:
                draft.starts_on, draft.ends_on, draft.months = facts.term(terms, row, contract)
            except DomainError as error:
                refusal = refusal or str(error)
            else:
                fee = facts.fees.get(contract.contract_id) if contract else None
                amount = gathering.forecast_of(draft, terms, fee).total
            for words in services.applying.firm_bars(row.provider, facts, today):
                refusal = refusal or words
        is_ticked = refusal == "" if ticked is None else str(row.compound_id) in ticked
        found.append(Line(row, contract, basis, amount, refusal, is_ticked))
    return found


def _apply(request, form, programmes, rows):
    said = form.cleaned_data
    programme = next(one for one in programmes if one.pk == said["programme"])
    wanted = set(request.POST.getlist("ids"))
    return services.apply_many(
        by=request.user,
        applications=[
            services.Application(
                row.compound, programme, said["area_proof"], tuple(said.get("documents", ()))
            )
            for row in rows
            if str(row.compound_id) in wanted
        ],
        batch=new_batch(),
    )
