"""Lists of pairings, of county-level cadres and of working groups; the sheet 包联表 as a file."""

from functools import cached_property

from django.db.models import Q
from django.http import FileResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compounds.registry.models import Compound, Status
from compounds.registry.places import places_of
from governance.audit import services as audit
from governance.foundation import dates, downloads
from governance.foundation.views import Listing, ListPage
from governance.organisation.access import right_required
from governance.party_grid.models import Norm
from governance.people.filters import noted
from governance.people.models import VIEW

from .. import figures, groups, questions
from ..filters import CadreFilterSet, GroupFilterSet, PairingFilterSet
from ..importing import PAIRINGS
from ..models import Pairing
from ..services.pairing import EDIT
from ..tables import CadreTable, GroupTable, PairingTable

EXPORT = "registry.export"


def place_of(listing: Listing) -> tuple[Q, dict[str, str]]:
    """Where a list is cut to: the condition on placed rows, and the parameters that say so."""
    found, query = Q(), {}
    for name in ("street", "community"):
        code = listing.filterset.value(name) if listing.filterset.data.get(name) else ""
        if code:
            place = listing.context["places"].by_code.get(code)
            found &= Q(**{f"{name}_id": place.id}) if place else Q(pk__in=())
            query[name] = code
    return found, query


def norms_by_district(user) -> dict:
    today = dates.today()
    return {pk: Norm.objects.in_force(pk, today) for pk in user.scope.in_districts(VIEW)}


class PairingList(ListPage):
    """Pairings of the reader's places: at first those that stand."""

    table = PairingTable
    filterset = PairingFilterSet
    template_name = "governance/pairings/pairing_list.html"
    default_sort = "person"
    right = VIEW

    def visible(self):
        return Pairing.objects.visible_to(self.request.user)

    def page_context(self):
        user = self.request.user
        return {"places": places_of(user), "may_edit": user.scope.has(EDIT)}

    def listing(self):
        listing = super().listing()
        if len(listing.context["places"].streets) == 1 and "columns" not in self.request.GET:
            listing.names = [name for name in listing.names if name != "street"]
        return listing

    def extra_context(self, listing):
        scope = self.request.user.scope
        inside, query = place_of(listing)
        return {
            "figures": figures.in_place(self.request.user, inside, query),
            "may_edit": scope.has(EDIT),
            "may_export": scope.has(EXPORT),
            "may_import": scope.has("registry.import"),
            "place": query,
        }


pairing_list = PairingList.as_view()


class Annotated(Listing):
    """A list whose columns read annotations of its rows."""

    @cached_property
    def rows(self) -> list[tuple]:
        found = self.queryset.filter(pk__in=self.ids).values_list(*self.table.reads(self.names))
        by_id = {row[0]: row for row in found}
        return [by_id[pk] for pk in self.ids if pk in by_id]


class Cadres(Annotated):
    """County-level cadres with the compounds of theirs that the reader sees."""

    @cached_property
    def rows(self) -> list[tuple]:
        seen: dict[int, list[tuple[str, str]]] = {}
        rows = self.context["pairings"].filter(person__in=self.ids).order_by("compound__code")
        for person, code, name in rows.values_list("person_id", "compound__code", "compound__name"):
            seen.setdefault(person, []).append((code, name))
        self.context["compounds"] = seen
        return super().rows


class CadreList(ListPage):
    """County-level cadres and how many compounds each answers for (S3-1)."""

    table = CadreTable
    filterset = CadreFilterSet
    template_name = "governance/pairings/cadre_list.html"
    right = VIEW

    def visible(self):
        inside = Q()
        places = places_of(self.request.user)
        for name in ("street", "community"):
            if code := self.request.GET.get(name):
                place = places.by_code.get(code)
                inside &= Q(**{f"{name}_id": place.id}) if place else Q(pk__in=())
        return questions.cadres(self.request.user, inside)

    def page_context(self):
        user = self.request.user
        norms = norms_by_district(user)
        return {
            "places": places_of(user),
            "may_edit": user.scope.has(EDIT),
            "norms": norms,
            "districts": list(norms),
            "pairings": Pairing.objects.held()
            .visible_to(user)
            .filter(kind=Pairing.Kind.COUNTY_CADRE),
        }

    def listing(self):
        context = self.page_context()
        return Cadres(
            table=self.table,
            filterset=self.filterset(self.request.GET, self.visible(), page=context),
            query=self.request.GET,
            default_sort=self.default_sort,
            context=context,
        )

    def extra_context(self, listing):
        norms = next(iter(listing.context["norms"].values()), None)
        return {"norms": norms, "may_edit": listing.context["may_edit"]}


cadre_list = CadreList.as_view()


class Groups(Listing):
    """Compounds with the roles of their working groups."""

    @cached_property
    def rows(self) -> list[tuple]:
        self.context["filled"] = groups.filled(self.ids)
        return super().rows


class GroupList(ListPage):
    """Compounds and which roles of their working groups are filled (S3-2)."""

    table = GroupTable
    filterset = GroupFilterSet
    template_name = "governance/pairings/group_list.html"
    right = VIEW

    def visible(self):
        scope = self.request.user.scope
        return Compound.objects.filter(scope.granted(VIEW), status=Status.ACTIVE)

    def page_context(self):
        return {"places": places_of(self.request.user), "roles": groups.roles()}

    def listing(self):
        context = self.page_context()
        return Groups(
            table=self.table,
            filterset=self.filterset(self.request.GET, self.visible(), page=context),
            query=self.request.GET,
            default_sort=self.default_sort,
            context=context,
        )


group_list = GroupList.as_view()


# -- the sheet as a file ---------------------------------------------------------------------------
@right_required(VIEW)
@require_safe
def pairing_export(request):
    """The sheet 包联表 of what the list shows, numbers masked; importing it changes nothing."""
    scope = request.user.scope
    scope.require(EXPORT)
    context = {"places": places_of(request.user), "may_edit": False}
    rows = Pairing.objects.visible_to(request.user).filter(scope.granted(EXPORT))
    listing = Listing(
        table=PairingTable,
        filterset=PairingFilterSet(request.GET, rows, page=context),
        query=request.GET,
        default_sort="person",
        context=context,
    )
    found = listing.queryset
    words = [f"{label} {value}" for label, value, _url in listing.applied]
    told = "；".join(noted(listing.filterset))
    record_export(request, f"{PAIRINGS.titles[0]} xlsx", found.count(), told)
    return workbook(
        request, PAIRINGS, PAIRINGS.export_rows(found), "，".join(words) or _("all pairings")
    )


def workbook(request, sheet, rows, words: str) -> FileResponse:
    """A sheet of the import as a file, with who made it and of what."""
    title = sheet.titles[0]
    made = downloads.signed(request.user, title, sheet.export_columns(), rows, words=words)
    return downloads.workbook([made], downloads.dated(title))


def record_export(request, label: str, count: int, words: str = "", place=None) -> None:
    """What left the system, in the log."""
    audit.record_export(
        by=request.user, kind=Pairing, label=label, count=count, words=words, place=place
    )
