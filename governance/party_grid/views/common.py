"""What the pages of the room share: norms, names beside rows, and who sees people."""

from collections.abc import Iterable

from django.db.models import Count

from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.views import ListPage
from governance.organisation.scope import REGISTER_VIEW

from .. import questions
from ..models import Duty, Norm
from ..rules import GRID_HEAD, GROUP_LEADER, SECRETARY, Norms
from ..services.duties import EDIT

PEOPLE = "people.view"
LEADING = (SECRETARY, GROUP_LEADER, GRID_HEAD, questions.MICRO_GRID_HEAD)


def norms_for(user) -> Norms:
    """The norms of the reader's district."""
    home = user.scope.home
    return Norm.objects.in_force(home.district, dates.today()) if home else Norms()


def heads_of(column: str, ids: Iterable[int]) -> dict[int, str]:
    """Names of whoever leads organisations or grids, by the id of these."""
    rows = Duty.objects.held().filter(kind__in=LEADING, **{f"{column}__in": list(ids)})
    return dict(rows.values_list(column, "person__name"))


def numbers(rows, column: str, ids: Iterable[int], counted="pk") -> dict[int, int]:
    """How many of some rows name each of the ids in a column."""
    found = rows.filter(**{f"{column}__in": list(ids)}).order_by().values_list(column)
    return dict(found.annotate(n=Count(counted, distinct=True)))


class PartyList(ListPage):
    """Base of the room's lists: places, norms, and whether the reader writes and sees people."""

    right = REGISTER_VIEW

    def page_context(self):
        user = self.request.user
        norms = norms_for(user)
        return {
            "places": places_of(user),
            "norms": norms,
            "until": questions.warned_until(dates.today(), norms),
            "may_edit": user.scope.has(EDIT),
            "sees_people": user.scope.covers(PEOPLE),
        }

    def beside(self, listing) -> None:
        """Read what stands beside the rows of the page into the context."""

    def listing(self):
        listing = super().listing()
        if len(listing.context["places"].streets) == 1 and "columns" not in self.request.GET:
            listing.names = [name for name in listing.names if name != "street"]
        self.beside(listing)
        return listing

    def extra_context(self, listing):
        return {
            "may_edit": listing.context["may_edit"],
            "sees_people": listing.context["sees_people"],
            "may_export": self.request.user.scope.has("registry.export"),
            "may_import": self.request.user.scope.has("party.import"),
            "norms": listing.context["norms"],
            "today": dates.today(),
        }
