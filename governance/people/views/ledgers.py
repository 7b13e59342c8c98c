"""The ledger of party members (党员台账, S1-9): compound by compound, on paper and as a sheet."""

from itertools import groupby

from django.db.models import Count, F
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compounds.registry.places import Place, places_of
from governance.audit import services as audit
from governance.foundation import dates, downloads
from governance.foundation.views import Listing
from governance.organisation.access import right_required
from governance.organisation.models import Level

from ..filters import PersonFilterSet
from ..importing import MEMBERS
from ..models import VIEW, MemberClass, Person
from ..tables import PersonTable
from .people import EXPORT, of_classes

MOST_ROWS = 3000
COLUMNS = (
    "pk",
    "name",
    "sex",
    "birth_year",
    "political_status",
    "member_class",
    "standing",
    "work_unit",
    "phone_masked",
    "reported_on",
    "post_claimed",
    "compound__name",
    "compound__code",
)


@right_required(VIEW)
@require_safe
def member_ledger(request):
    """The members of one community by compound; where there are several, first their counts."""
    places = places_of(request.user)
    rows = Person.objects.visible_to(request.user).known().members()
    chosen = _chosen(request, places)
    may_export = request.user.scope.has(EXPORT)
    if chosen is None:
        context = _overview(rows, places)
    else:
        rows = rows.filter(community=chosen.id)
        people = list(
            rows.order_by(
                F("compound__code").asc(nulls_last=True), "member_class__position", "name", "pk"
            ).values(*COLUMNS)[: MOST_ROWS + 1]
        )
        classes = {one.pk: str(one) for one in MemberClass.objects.all()}
        context = {
            "community": chosen,
            "groups": _by_compound(people[:MOST_ROWS], classes),
            "is_cut": len(people) > MOST_ROWS,
            "figures": of_classes(rows),
            "total": rows.count(),
        }
    return render(
        request,
        "governance/people/member_ledger.html",
        {
            **context,
            "may_export": may_export,
            "has_choice": len(places.communities) > 1,
            "today": dates.today(),
        },
    )


def _chosen(request, places) -> Place | None:
    code = request.GET.get("community", "")
    place = places.by_code.get(code)
    if place is not None and place.level == Level.COMMUNITY:
        return place
    return places.communities[0] if len(places.communities) == 1 else None


def _overview(rows, places) -> dict:
    """Communities with their members by class; those kept by a street or the district last."""
    classes = [(one.pk, str(one)) for one in MemberClass.objects.all()]
    classes.append((None, _("class not known")))
    counts: dict[int | None, dict] = {}
    found = rows.order_by().values_list("community", "member_class").annotate(Count("pk"))
    for community, code, count in found:
        counts.setdefault(community, {})[code] = count
    streets = {one.id: one.name for one in places.streets}
    lines = [
        _line(one, streets.get(one.street_id, ""), counts[one.id], classes)
        for one in places.communities
        if one.id in counts
    ]
    if None in counts:
        lines.append(_line(None, "", counts[None], classes))
    return {
        "places": lines,
        "classes": [label for _code, label in classes],
        "has_streets": len(streets) > 1,
        "sums": [
            (label, sum(one.get(code, 0) for one in counts.values())) for code, label in classes
        ],
        "total": sum(line["total"] for line in lines),
    }


def _line(place: Place | None, street: str, counts: dict, classes: list) -> dict:
    return {
        "place": place,
        "street": street,
        "counts": [(label, counts.get(code, 0)) for code, label in classes],
        "total": sum(counts.values()),
    }


def _by_compound(people: list[dict], classes: dict[str, str]) -> list[dict]:
    sexes, statuses = dict(Person.Sex.choices), dict(Person.PoliticalStatus.choices)
    standings = dict(Person.Standing.choices)
    groups = []
    for (code, name), found in groupby(
        people, lambda p: (p["compound__code"], p["compound__name"])
    ):
        members = [
            one
            | {
                "sex": sexes.get(one["sex"], ""),
                "political_status": statuses.get(one["political_status"], ""),
                "standing": standings.get(one["standing"], ""),
                "member_class": classes.get(one["member_class"], ""),
            }
            for one in found
        ]
        groups.append({"code": code, "name": name or _("of no compound"), "members": members})
    return groups


@right_required(VIEW)
@require_safe
def member_export(request):
    """The ledger as a workbook, its numbers masked; recorded like every file that leaves."""
    scope = request.user.scope
    scope.require(EXPORT)
    rows = Person.objects.visible_to(request.user).known().members()
    listing = Listing(
        table=PersonTable,
        filterset=PersonFilterSet(
            request.GET,
            rows.filter(scope.granted(EXPORT)),
            page={"places": places_of(request.user)},
        ),
        query=request.GET,
        default_sort="compound",
        context={"places": places_of(request.user)},
    )
    found = listing.queryset.order_by("community__code", "compound__code", "name", "pk")
    title = MEMBERS.titles[0]
    words = [f"{label} {value}" for label, value, _url in listing.applied]
    audit.record_export(
        by=request.user,
        kind=Person,
        label=f"{title} xlsx",
        count=found.count(),
        words="；".join(words),
    )
    sheet = downloads.signed(
        request.user,
        title,
        MEMBERS.export_columns(),
        MEMBERS.export_rows(found),
        words="，".join(words) or _("all party members"),
    )
    return downloads.workbook([sheet], downloads.dated(title))
