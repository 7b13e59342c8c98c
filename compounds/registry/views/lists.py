"""The register as a list, of today or of a past day; its map and its files share the filters."""

import datetime as dt

from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from governance.foundation import dates, history
from governance.foundation.tables import day_of
from governance.foundation.views import Listing, ListPage
from governance.organisation.scope import REGISTER_VIEW

from ..filters import EVER, LOST, CompoundFilterSet
from ..models import CommunityTally, Compound
from ..places import places_of
from ..services import saved_views
from ..tables import CompoundTable

PAGE = "compounds"


def past_day(request) -> tuple[dt.date | None, str]:
    """The past day that the address asks for, and a sentence if it asks for none that is past."""
    text = request.GET.get("as_of", "")
    if not text:
        return None, ""
    day = day_of(text)
    if day is None or day > dates.today():
        return None, _("That is no past day; the register of today is shown.")
    return (None, "") if day == dates.today() else (day, "")


class CompoundTableOfDay(CompoundTable):
    """Past versions keep no time of their last change."""

    class Meta(CompoundTable.Meta):
        exclude = ("updated_at",)


def visible_compounds(user, day: dt.date | None = None) -> QuerySet:
    """Compounds in the user's scope: the rows of today, or the versions of a past day."""
    if day is None:
        return Compound.objects.visible_to(user)
    return history.as_of(Compound, day).filter(user.scope.seen())


def listing_of(request, *, can_pick: bool = False) -> Listing:
    """The register as the query string asks for it, cut to the user's scope."""
    day, problem = past_day(request)
    context = {
        "places": places_of(request.user),
        "may_edit": day is None and request.user.scope.has("registry.edit"),
        "day": day,
    }
    listing = Listing(
        table=CompoundTableOfDay if day else CompoundTable,
        filterset=CompoundFilterSet(
            request.GET, visible_compounds(request.user, day), page=context
        ),
        query=request.GET,
        default_sort="community",
        context=context,
        can_pick=can_pick and context["may_edit"],
        idle=("street",) if len(context["places"].streets) == 1 else (),
    )
    if problem:
        listing.problems.append(problem)
    if day is None:
        listing.known_count = _count_by_tallies(request.user, listing)
    return listing


# Filters whose count the tallies hold.
TALLIED = {"street", "community", "is_unmanaged", "strategy", "stage"}
NOT_TALLIED = {EVER, LOST}  # values of such a filter that are no column of the tallies


def _count_by_tallies(user, listing: Listing) -> int | None:
    """The exact count from the sums per community, where only tallied filters are on."""
    filterset = listing.filterset
    names = {name for one in filterset.applied for name in one.names}
    if (
        names - TALLIED
        or listing.query.get("stage") in NOT_TALLIED
        or listing.query.get("q")
        or listing.query.get("status", "") not in ("", "ACTIVE")
    ):
        return None
    found = CommunityTally.objects.visible_to(user)
    for name in names:
        found = filterset.filters[name].filter(found, filterset.value(name))
    return found.aggregate(count=Sum("compounds"))["count"] or 0


class CompoundList(ListPage):
    """The register."""

    template_name = "compounds/registry/compound_list.html"
    right = REGISTER_VIEW

    def listing(self):
        return listing_of(self.request, can_pick=True)

    def extra_context(self, listing):
        scope, day = self.request.user.scope, listing.context["day"]
        return {
            "day": day,
            "page": PAGE,
            "views": saved_views.offered_to(self.request.user, PAGE),
            "may": {
                "edit": listing.context["may_edit"],
                "verify": listing.context["may_edit"] and scope.has("registry.verify"),
                "export": scope.has("registry.export"),
                "import": day is None and scope.has("registry.import"),
            },
            "map_url": f"{reverse('registry:compound_map')}?{listing.filter_query}",
            "today": dates.today(),
            "import_url": reverse("registry:import_list"),
        }


compound_list = CompoundList.as_view()
