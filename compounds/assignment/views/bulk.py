"""Many at once: a step for picked rows, and the proposal for a whole street."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from compounds.providers.models import Provider
from compounds.registry.models import Compound, Strategy
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal

from .. import rules, services
from ..errors import RowsRefused, Short
from ..forms import ManyForm
from ..gathering import Facts, gather
from ..models import APPROVE, PROPOSE, REVIEW, Assignment
from .common import FOLDER, new_batch

MOST = 500
MOST_OTHERS = 9


class Many(NamedTuple):
    rights: tuple[str, ...]
    service: Any
    title: Any
    button: Any
    done: Any


MANY = {
    "review": Many(
        (REVIEW,),
        services.review_many,
        gettext_lazy("Review for the street"),
        pgettext_lazy("assignment", "Reviewed: pass them on"),
        gettext_lazy("The rows were reviewed; the district is told."),
    ),
    "approve": Many(
        (APPROVE,),
        services.approve_many,
        gettext_lazy("Approve for the district"),
        pgettext_lazy("assignment", "Approve them"),
        gettext_lazy("The rows were approved."),
    ),
    "return": Many(
        (REVIEW, APPROVE),
        services.return_many,
        gettext_lazy("One step back"),
        gettext_lazy("Return them"),
        gettext_lazy("The rows were returned."),
    ),
}


def _ids(values) -> list[int]:
    return [int(value) for value in values if value.isdecimal() and len(value) < 10][:MOST]


@login_required
def bulk_step(request):
    """One step for the rows picked in the list: all of them, or none."""
    sent = request.POST if request.method == "POST" else request.GET
    act = sent.get("act", "")
    scope = request.user.scope
    many = MANY.get(act, MANY["review"])
    if not any(scope.has(right) for right in (many.rights if act in MANY else (REVIEW, APPROVE))):
        raise PermissionDenied
    if act not in MANY:
        return redirect("assignment:assignment_list")
    ids = _ids(sent.getlist("ids"))
    rows = list(
        Assignment.objects.visible_to(request.user)
        .filter(pk__in=ids)
        .select_related("compound", "compound__community", "provider")
        .order_by("compound__code")
    )
    if not rows:
        messages.warning(request, _("Pick rows of the list first."))
        return redirect("assignment:assignment_list")
    form = ManyForm(
        request.POST if request.method == "POST" else None,
        needs_reason=act == "return",
        is_short=act == "approve" and "is_short" in request.POST,
    )
    refused, is_short = (), "accepts_shortage" in form.fields
    if request.method == "POST" and form.is_valid():
        seen = _versions(request.POST.getlist("seen"))
        told = dict(form.cleaned_data.items())
        try:
            found = many.service(
                by=request.user,
                rows=[(row.pk, seen.get(row.pk, 0)) for row in rows],
                batch=new_batch(),
                **told,
            )
        except RowsRefused as error:
            refused = error.rows
            form.add_error(None, str(error))
        except Short as error:
            is_short = True
            if "accepts_shortage" not in form.fields:
                form.fields["accepts_shortage"] = ManyForm.base_fields["accepts_shortage"]
            add_refusal(form, error)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, f"{many.done} ({len(found)})")
            return redirect("assignment:assignment_list")
    return render(
        request,
        f"{FOLDER}/bulk_step.html",
        {
            "form": form,
            "rows": rows,
            "act": act,
            "many": many,
            "refused": refused,
            "is_short": is_short,
        },
    )


def _versions(values) -> dict[int, int]:
    """What the person saw, of "id:version"."""
    found = {}
    for value in values:
        pk, _sep, version = value.partition(":")
        if pk.isdecimal() and version.isdecimal() and len(value) < 20:
            found[int(pk)] = int(version)
    return found


# -- a whole street --------------------------------------------------------------------------------
class Line(NamedTuple):
    """One compound of the street: whom to take, whom else, and why nobody."""

    compound: Compound
    pick: rules.Pick
    chosen: int | None
    is_ticked: bool
    refusal: Any

    @property
    def options(self) -> list[rules.Candidate]:
        if self.pick.candidate is None:
            return []
        return [self.pick.candidate, *self.pick.others[:MOST_OTHERS]]


def _unassigned(user, street: int):
    """Classified compounds of a street without an open assignment, by code."""
    taken = Assignment.objects.open().filter(street_id=street).values("compound")
    return (
        Compound.objects.unmanaged()
        .editable_by(user, PROPOSE)
        .filter(street_id=street)
        .exclude(strategy="")
        .exclude(pk__in=taken)
        .select_related("community")
        .order_by("code")
    )


@login_required
def street_proposal(request):
    """A provider for every classified compound of a street that has none; the clerk decides."""
    user = request.user
    user.scope.require(PROPOSE)
    sent = request.POST if request.method == "POST" else request.GET
    streets = places_of(user).streets
    street = next((one for one in streets if one.code == sent.get("street", "")), None)
    if street is None and len(streets) == 1:
        street = streets[0]
    strategy = sent.get("strategy", "")
    lines: list[Line] = []
    problem, count = "", 0
    if street is not None:
        rows = _unassigned(user, street.id)
        if strategy in Strategy.values:
            rows = rows.filter(strategy=strategy)
        count = rows.count()
        compounds = list(rows[:MOST])
        facts = gather(compounds, dates.today()) if compounds else None
        picks = _picks(facts, compounds)
        refused: dict[str, Any] = {}
        if request.method == "POST":
            try:
                found = _propose(request, compounds)
            except RowsRefused as error:
                problem = str(error)
                refused = {row.name.split(" ")[0]: row.message for row in error.rows}
            except DomainError as error:
                problem = str(error)
            else:
                words = ngettext(
                    "%(count)s assignment was proposed; the street is told once.",
                    "%(count)s assignments were proposed; the street is told once.",
                    len(found),
                )
                messages.success(request, words % {"count": len(found)})
                return redirect("assignment:assignment_list")
        ticked = set(request.POST.getlist("ids")) if request.method == "POST" else None
        lines = [
            Line(
                compound,
                picks[compound.pk],
                _chosen(request, compound, picks[compound.pk]),
                picks[compound.pk].candidate is not None
                and (ticked is None or str(compound.pk) in ticked),
                refused.get(compound.code, ""),
            )
            for compound in compounds
        ]
    return render(
        request,
        f"{FOLDER}/street_proposal.html",
        {
            "here": "street_proposal",
            "may_propose": True,
            "streets": streets,
            "street": street,
            "strategies": Strategy.choices,
            "strategy": strategy,
            "lines": lines,
            "fitting": sum(line.pick.candidate is not None for line in lines),
            "count": count,
            "most": MOST,
            "problem": problem,
            "document": request.POST.get("document", ""),
        },
    )


def _picks(facts: Facts | None, compounds: list[Compound]) -> dict[int, rules.Pick]:
    if facts is None:
        return {}
    found: dict[int, rules.Pick] = {}
    for district in {compound.district_id for compound in compounds}:
        own = [facts.of(one) for one in compounds if one.district_id == district]
        picks = rules.distribute(own, facts.firms[district], facts.as_of, facts.campaigns[district])
        found |= {pick.compound.pk: pick for pick in picks}
    return found


def _chosen(request, compound: Compound, pick: rules.Pick) -> int | None:
    sent = request.POST.get(f"provider_{compound.pk}", "")
    if sent.isdecimal() and len(sent) < 10:
        return int(sent)
    return pick.candidate.firm.pk if pick.candidate else None


def _propose(request, compounds: list[Compound]):
    """What was ticked, all or none."""
    by_id = {str(compound.pk): compound for compound in compounds}
    wanted = [by_id[pk] for pk in request.POST.getlist("ids") if pk in by_id]
    chosen = {
        compound.pk: _ids([request.POST.get(f"provider_{compound.pk}", "")]) for compound in wanted
    }
    ids = {pk for found in chosen.values() for pk in found}
    firms = Provider.objects.visible_to(request.user).in_bulk(ids)
    proposals = []
    for compound in wanted:
        firm = next((firms[pk] for pk in chosen[compound.pk] if pk in firms), None)
        if firm is None:
            raise DomainError(_("Choose a provider for %(name)s.") % {"name": compound.name})
        proposals.append(
            services.Proposal(compound, firm, document=request.POST.get("document", "")[:150])
        )
    return services.propose_many(by=request.user, proposals=proposals, batch=new_batch())
