"""The lists: contracts, their clocks, and the sheet 合同备案表 as a file."""

from functools import cached_property

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from compounds.registry.places import places_of
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.views import Listing, ListPage
from governance.organisation.calendar import calendar
from governance.organisation.scope import REGISTER_VIEW
from governance.pairings.views.lists import workbook

from .. import deadlines
from ..filters import ClockFilterSet, ContractFilterSet
from ..importing import CONTRACTS
from ..models import Contract, ContractCompound
from ..services import EDIT, LOT
from ..tables import ClockTable, ContractTable
from .common import EXPORT, FOLDER


class Contracts(Listing):
    """Contracts with the first of their compounds and how many there are."""

    @cached_property
    def rows(self) -> list[tuple]:
        covers = ContractCompound.objects.filter(contract__in=self.ids).order_by()
        counted = covers.values_list("contract").annotate(Min("compound__name"), Count("pk"))
        self.context["covers"] = {pk: (name, count) for pk, name, count in counted}
        return super().rows


class ContractList(ListPage):
    """Contracts of the reader's places: what is due first stands first."""

    table = ContractTable
    filterset = ContractFilterSet
    template_name = f"{FOLDER}/contract_list.html"
    default_sort = "-number"
    right = REGISTER_VIEW
    here = "contract_list"

    def visible(self):
        return Contract.objects.visible_to(self.request.user)

    def page_context(self):
        user = self.request.user
        return {"places": places_of(user), "today": dates.today(), "calendar": calendar()}

    def listing(self):
        context = self.page_context()
        listing = Contracts(
            table=self.table,
            filterset=self.filterset(self.request.GET, self.visible(), page=context),
            query=self.request.GET,
            default_sort=self.default_sort,
            context=context,
        )
        if len(context["places"].streets) == 1 and "columns" not in self.request.GET:
            listing.names = [name for name in listing.names if name != "street"]
        return listing

    def extra_context(self, listing):
        scope = self.request.user.scope
        return {
            "here": self.here,
            "figures": figures(self.visible(), listing.context["today"]),
            "may_edit": scope.has(EDIT),
            "may_lot": scope.has(LOT),
            "may_export": scope.has(EXPORT),
            "may_import": scope.has("registry.import"),
            "today": listing.context["today"],
        }


contract_list = ContractList.as_view()


class ClockList(ContractList):
    """The board of clocks: contracts of which something is due, the nearest first."""

    table = ClockTable
    filterset = ClockFilterSet
    template_name = f"{FOLDER}/clocks.html"
    default_sort = "due"
    here = "clocks"

    def visible(self):
        return super().visible().filter(deadlines.ticking(dates.today()))

    def extra_context(self, listing):
        rows = Contract.objects.visible_to(self.request.user)
        found = super().extra_context(listing)
        return {**found, "figures": figures(rows, listing.context["today"])}


clocks = ClockList.as_view()

FIGURES = (
    ("overdue", gettext_lazy("overdue"), "clocks", "deadline=overdue"),
    ("15", gettext_lazy("due within 15 days"), "clocks", "deadline=15"),
    ("90", gettext_lazy("due within 90 days"), "clocks", "deadline=90"),
    ("to_file", gettext_lazy("to be filed"), "clocks", "duty=FILE"),
    ("indefinite", gettext_lazy("without a fixed term"), "contract_list", "deadline=indefinite"),
    ("running", gettext_lazy("on file"), "contract_list", "state=FILED"),
)


def figures(rows, today) -> list[dict]:
    """The few numbers above the lists; each equals the list it opens."""
    counts = rows.order_by().aggregate(
        **{
            "overdue": Count("pk", filter=deadlines.overdue(today)),
            "15": Count("pk", filter=deadlines.within(today, 15)),
            "90": Count("pk", filter=deadlines.within(today, 90)),
            "to_file": Count("pk", filter=Q(state=Contract.State.SIGNED)),
            "indefinite": Count("pk", filter=deadlines.indefinite(today)),
            "running": Count("pk", filter=Q(state=Contract.State.FILED)),
        }
    )
    return [
        {
            "key": key,
            "label": label,
            "count": counts[key],
            "page": f"contracts:{page}",
            "query": query,
            "is_late": key == "overdue" and counts[key] > 0,
        }
        for key, label, page, query in FIGURES
    ]


@login_required
@require_safe
def contract_export(request):
    """The sheet 合同备案表 of what the list shows; importing it changes nothing."""
    scope = request.user.scope
    scope.require(REGISTER_VIEW)
    scope.require(EXPORT)
    context = {"places": places_of(request.user), "today": dates.today()}
    rows = Contract.objects.visible_to(request.user).filter(scope.granted(EXPORT))
    filterset = ContractFilterSet(request.GET, rows, page=context)
    covers = ContractCompound.objects.filter(
        contract__in=filterset.qs.order_by().values("pk")
    ).exclude(contract__state__in=["DRAFT", "CANCELLED"])
    applied = "，".join(f"{one.label} {one.value}" for one in filterset.applied)
    audit.record_export(
        by=request.user,
        kind=Contract,
        label=f"{CONTRACTS.titles[0]} xlsx",
        count=covers.count(),
        words=applied,
    )
    found = CONTRACTS.export_rows(covers)
    return workbook(request, CONTRACTS, found, applied or _("all contracts"))
