"""Grids and micro-grids: list, detail, what they cover, and their outlines for the map."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from compounds.registry.models import Compound, Entrance
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required
from governance.organisation.models import Area, Level
from governance.organisation.scope import REGISTER_VIEW

from .. import filters, questions, tables
from ..forms import GridForm, PlaceForm
from ..models import Duty, GridCover
from ..rules import ASSISTANT, households_finding
from ..services import grids
from ..services.duties import EDIT, norms_of
from .common import PEOPLE, PartyList, heads_of, norms_for, numbers
from .duties import open_kinds

LEVELS = (Level.GRID, Level.MICRO_GRID)
MOST_OUTLINES = 3000
SHOWN = 300


class GridList(PartyList):
    """Grids and micro-grids of the reader's places, with their households against the norm."""

    template_name = "governance/party_grid/grid_list.html"
    filterset = filters.GridFilterSet
    default_sort = "code"

    @property
    def table(self):
        if self.request.user.scope.covers(PEOPLE):
            return tables.GridTable
        return tables.NamelessGridTable

    def visible(self):
        return Area.objects.visible_to(self.request.user).active().filter(level__in=LEVELS)

    def beside(self, listing):
        ids, context = listing.ids, listing.context
        context["households"] = households_of(ids)
        context["covers"] = numbers(GridCover.objects, "grid", ids, "compound")
        levels = dict(Area.objects.filter(pk__in=ids).values_list("pk", "level"))
        inside = numbers(Area.objects.active(), "parent", ids)
        held = Duty.objects.held().filter(kind=ASSISTANT)
        own, of_parts = numbers(held, "grid", ids), numbers(held, "grid__parent", ids)
        # A micro-grid has none below it; a grid's assistants are those of its micro-grids.
        context["micro_grids"] = {
            pk: inside.get(pk, 0) if level == Level.GRID else None for pk, level in levels.items()
        }
        context["assistants"] = {pk: own.get(pk, 0) + of_parts.get(pk, 0) for pk in ids}
        if context["sees_people"]:
            context["heads"] = heads_of("grid", ids)


grid_list = GridList.as_view()


def households_of(ids) -> dict[int, int | None]:
    covers = GridCover.objects.filter(grid__in=list(ids))
    return dict(questions.grouped_households(covers).values_list("grid", "households"))


def grid_of(request, code: str, right: str = "") -> Area:
    """A grid or micro-grid in the reader's scope, for an act that needs a right there."""
    rows = Area.objects.visible_to(request.user).filter(level__in=LEVELS)
    row = get_object_or_404(rows.select_related("parent", "community", "street"), code=code)
    if right:
        request.user.scope.require(right, row)
    return row


@login_required
@require_safe
def grid_detail(request, code):
    user = request.user
    user.scope.require(REGISTER_VIEW)
    row = grid_of(request, code)
    norms = norms_of(row)
    households = households_of([row.pk]).get(row.pk)
    finding = households_finding(households, norms)
    micro = list(row.children.active().order_by("code")) if row.level == Level.GRID else []
    ids = [one.pk for one in micro]
    sees_people = user.scope.can(PEOPLE, row)
    heads = heads_of("grid", ids) if sees_people else {}
    counts, shares = households_of(ids), numbers(GridCover.objects, "grid", ids, "compound")
    assistants = numbers(Duty.objects.held().filter(kind=ASSISTANT), "grid", ids)
    duties = list(
        row.duties.held().select_related("kind", "person").order_by("kind__position", "pk")
    )
    may_edit = user.scope.can(EDIT, row) and row.merged_into_id is None
    return render(
        request,
        "governance/party_grid/grid_detail.html",
        {
            "grid": row,
            "is_micro": row.level == Level.MICRO_GRID,
            "norms": norms,
            "households": households,
            "finding": tables.FINDING_CHIPS[finding] if row.level == Level.GRID else None,
            "covers": _covers_by_compound(row),
            "micro": [
                {
                    "area": one,
                    "households": counts.get(one.pk),
                    "compounds": shares.get(one.pk, 0),
                    "head": heads.get(one.pk, ""),
                    "assistants": assistants.get(one.pk, 0),
                }
                for one in micro
            ],
            "organisations": row.party_organisations.standing().order_by("kind", "name"),
            "duties": duties if sees_people else [],
            "duty_count": len(duties),
            "sees_people": sees_people,
            "may_edit": may_edit,
            "kinds": open_kinds(row, duties) if may_edit else [],
            "today": dates.today(),
            "until": questions.warned_until(dates.today(), norms),
        },
    )


def _covers_by_compound(grid: Area) -> list[tuple[Compound, list[str]]]:
    """Compounds of a grid, each with the parts that it covers; none means the whole."""
    found: dict[int, tuple[Compound, list[str]]] = {}
    rows = grid.covers.select_related("compound", "building", "entrance")
    for one in rows.order_by("compound__name", "building", "entrance"):
        _compound, parts = found.setdefault(one.compound_id, (one.compound, []))
        if one.building_id:
            parts.append(" ".join(str(part) for part in (one.building, one.entrance) if part))
    return list(found.values())


@right_required(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def grid_add(request):
    """First the community or grid it lies in, then its facts."""
    place = PlaceForm(
        request.GET if "area" in request.GET else None,
        user=request.user,
        levels=[Level.COMMUNITY, Level.GRID],
    )
    if not place.is_valid():
        return render(request, "governance/party_grid/grid_place.html", {"form": place})
    area = place.cleaned_data["area"]
    form = GridForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = grids.add_grid(by=request.user, parent=area, **form.facts)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("%(name)s was drawn. Say what it covers.") % {"name": row})
            return redirect("party_grid:grid_detail", row.code)
    return render(
        request,
        "governance/party_grid/grid_add.html",
        {"form": form, "area": area, "is_micro": area.level == Level.GRID},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def grid_edit(request, code):
    row = grid_of(request, code, EDIT)
    boundary = json.dumps(row.boundary, ensure_ascii=False) if row.boundary else ""
    form = GridForm(
        request.POST or None,
        initial={
            "name": row.name,
            "extent": row.extent,
            "boundary": boundary,
            "version": row.version,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            grids.change_grid(
                by=request.user,
                grid=row,
                version=form.cleaned_data["version"] or 0,
                changes=form.facts,
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("%s was corrected.") % form.cleaned_data["name"])
            return redirect("party_grid:grid_detail", row.code)
    return render(request, "governance/party_grid/grid_edit.html", {"form": form, "grid": row})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def grid_cover(request, code):
    """Which compounds of the community, or which of their parts, the grid covers."""
    row = grid_of(request, code, EDIT)
    compounds = Compound.objects.active().filter(community=row.community_id).order_by("name")
    chosen = str((request.POST or request.GET).get("compound", ""))
    compound = compounds.filter(code=chosen[:20].replace("\0", "")).first() if chosen else None
    problem = ""
    if request.method == "POST" and compound:
        try:
            _set_cover(request, row, compound)
        except DomainError as error:
            problem = str(error)
        else:
            messages.success(
                request,
                _("What %(grid)s covers of %(compound)s was changed.")
                % {"grid": row, "compound": compound},
            )
            return redirect("party_grid:grid_detail", row.code)
    return render(
        request,
        "governance/party_grid/grid_cover.html",
        {
            "grid": row,
            "compounds": compounds,
            "compound": compound,
            "parts": _parts(row, compound, request.POST if problem else None) if compound else [],
            "extent": _extent(request, row, compound) if compound else "",
            "problem": problem,
        },
    )


def _extent(request, grid: Area, compound: Compound) -> str:
    """Whether the whole compound, parts or nothing of it is chosen: as sent, else as it stands."""
    if request.method == "POST":
        return request.POST.get("extent", "")
    return "whole" if grid.covers.filter(compound=compound, building=None).exists() else "parts"


def _set_cover(request, grid: Area, compound: Compound) -> None:
    """What was ticked: everything, buildings, entrances, or nothing."""

    def ticked(name: str) -> list[int]:
        return [int(x) for x in request.POST.getlist(name) if x.isdecimal() and len(x) < 19]

    extent = request.POST.get("extent")
    is_parts = extent == "parts"
    if extent not in ("whole", "parts", "none"):
        raise DomainError(_("Say whether it covers the whole compound, parts of it or nothing."))
    if is_parts and not (ticked("buildings") or ticked("entrances")):
        raise DomainError(
            _("No building or entrance is ticked. Tick some, or choose “nothing of it”.")
        )
    entrances = Entrance.objects.filter(pk__in=ticked("entrances") if is_parts else [])
    shown = request.POST.get("version", "")[:9]
    grids.set_cover(
        by=request.user,
        grid=grid,
        compound=compound,
        is_whole=extent == "whole",
        buildings=compound.buildings.filter(pk__in=ticked("buildings") if is_parts else []),
        entrances=entrances.filter(building__compound=compound).select_related("building"),
        version=int(shown) if shown.isdecimal() else None,
    )


def _parts(grid: Area, compound: Compound, sent=None) -> list[dict]:
    """Buildings with their entrances: which this grid names, and which another one has.

    What was `sent` and refused stays ticked as it was.
    """

    def is_ticked(name: str, key: tuple) -> bool:
        if sent is None:
            return key in own
        return str(key[1] or key[0]) in sent.getlist(name)

    own, others = set(), {}
    for one in GridCover.objects.filter(compound=compound, grid__level=grid.level).select_related(
        "grid"
    ):
        key = (one.building_id, one.entrance_id)
        if one.grid_id == grid.pk:
            own.add(key)
        elif one.building_id:
            others[key] = one.grid.name
    found = []
    for building in compound.buildings.order_by("pk").prefetch_related("entrances"):
        doors = [
            {
                "row": door,
                "ticked": is_ticked("entrances", (building.pk, door.pk)),
                "other": others.get((building.pk, door.pk), ""),
            }
            for door in sorted(building.entrances.all(), key=lambda door: door.pk)
        ]
        found.append(
            {
                "row": building,
                "ticked": is_ticked("buildings", (building.pk, None)),
                "other": others.get((building.pk, None), ""),
                "doors": doors,
            }
        )
    return found


@login_required
@require_safe
def grid_outlines(request):
    """Boundaries of the grids for the map of compounds, of the places its filters name."""
    user = request.user
    user.scope.require(REGISTER_VIEW)
    rows = Area.objects.visible_to(user).active()
    rows = rows.filter(level=Level.GRID, boundary__isnull=False)
    places = places_of(user).by_code
    for name in ("street", "community"):
        if code := request.GET.get(name, ""):
            place = places.get(code)
            rows = rows.filter(**{f"{name}_id": place.id}) if place else rows.none()
    found = list(
        rows.order_by("code").values_list("pk", "code", "name", "boundary")[:MOST_OUTLINES]
    )
    households, norms = households_of([row[0] for row in found]), norms_for(user)
    words = {key: str(label) for key, (_css, label) in tables.FINDING_CHIPS.items()}
    outlines = []
    for pk, code, name, boundary in found:
        finding = households_finding(households.get(pk), norms)
        outlines.append(
            {
                "name": name,
                "url": reverse("party_grid:grid_detail", args=[code]),
                "finding": finding or "fit",
                "words": words[finding],
                "households": households.get(pk),
                "boundary": boundary,
            }
        )
    return JsonResponse({"grids": outlines})
