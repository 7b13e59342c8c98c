"""The lists: subsidies by their end, exit reviews, claims; each as a workbook too."""

from __future__ import annotations

from functools import cached_property

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Min, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from compounds.assignment.views.common import workbook
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.views import Listing, ListPage
from governance.organisation.scope import REGISTER_VIEW
from subsidies.entitlements.models import Entitlement

from .. import gathering, questions
from ..filters import (
    NEAR,
    OVER,
    OVERDUE,
    PENDING,
    PROPOSED,
    SERVICE,
    ClawbackFilterSet,
    ExitFilterSet,
    TransitionFilterSet,
)
from ..models import CLAIM, EXIT_REVIEW, Clawback, ExitReview, Instalment
from ..tables import ClawbackTable, ExitTable, TransitionTable
from .common import EXPORT, FOLDER


class RecoveryListing(Listing):
    """A list whose page reads some facts beside its rows; `beside` reads them."""

    @cached_property
    def rows(self) -> list[tuple]:
        self.context.update(self.context["beside"](self.ids))
        return super().rows

    def all_rows(self):
        ids = list(self.queryset.order_by().values_list("pk", flat=True))
        self.context.update(self.context["beside"](ids))
        return super().all_rows()


class RecoveryList(ListPage):
    """Base of the lists of this room: rows of the reader's places."""

    right = REGISTER_VIEW
    here = ""
    empty: dict = {}

    def beside(self, ids: list[int]) -> dict:
        return {}

    def listing(self):
        context = {"places": places_of(self.request.user), "beside": self.beside, **self.empty}
        listing = RecoveryListing(
            table=self.table,
            filterset=self.filterset(self.request.GET, self.visible(), page=context),
            query=self.request.GET,
            default_sort=self.default_sort,
            context=context,
        )
        if len(context["places"].streets) == 1 and "columns" not in self.request.GET:
            listing.names = [name for name in listing.names if name != "street"]
        return listing

    def figures(self) -> list[dict]:
        return []

    def extra_context(self, listing):
        scope = self.request.user.scope
        return {
            "here": self.here,
            "figures": self.figures(),
            "may_export": scope.has(EXPORT),
            "may_review": scope.has(EXIT_REVIEW),
            "may_claim": scope.has(CLAIM),
            "today": dates.today(),
        }


def figure(label, count, page: str, query: str, is_late: bool = False) -> dict:
    return {
        "label": label,
        "count": count,
        "page": f"recovery:{page}",
        "query": query,
        "is_late": is_late and bool(count),
    }


class TransitionList(RecoveryList):
    """Subsidies by months used and left: what ends first stands first."""

    table = TransitionTable
    filterset = TransitionFilterSet
    template_name = f"{FOLDER}/transition_list.html"
    default_sort = "left"
    here = "transition_list"
    empty = {"collections": {}, "reviews": {}}

    def visible(self):
        return Entitlement.objects.visible_to(self.request.user).filter(state__in=questions.EVER)

    def beside(self, ids):
        compounds = Entitlement.objects.filter(pk__among=ids).values_list("compound_id", flat=True)
        reviews = ExitReview.objects.filter(entitlement__among=ids).order_by("pk")
        return {
            "collections": gathering.collections_of(compounds, dates.today()),
            "reviews": {
                entitlement: (pk, state, person is None)
                for entitlement, pk, state, person in reviews.values_list(
                    "entitlement_id", "pk", "state", "prepared_by_id"
                )
            },
        }

    def figures(self):
        return transition_figures(self.request.user)


def transition_figures(user) -> list[dict]:
    """The few numbers above the lists; each equals the list it opens."""
    rows = Entitlement.objects.visible_to(user)
    today = dates.today()
    page = "transition_list"
    seen = {"pk__in": rows.values("pk")}
    near = questions.near_their_end(today).filter(**seen).count()
    over = questions.over_without_review(today).filter(**seen).count()
    service = questions.with_service_ended(questions.unreviewed()).filter(**seen).count()
    found = (
        ExitReview.objects.visible_to(user)
        .order_by()
        .aggregate(
            proposed=Count("pk", filter=Q(state="PREPARED", prepared_by=None)),
            waiting=Count("pk", filter=Q(state="PREPARED", prepared_by__isnull=False)),
        )
    )
    return [
        figure(gettext_lazy("running"), questions.running().filter(**seen).count(), page, ""),
        figure(gettext_lazy("last month is near"), near, page, f"due={NEAR}"),
        figure(gettext_lazy("term over, not reviewed"), over, page, f"due={OVER}", True),
        figure(gettext_lazy("service has ended"), service, page, f"due={SERVICE}", True),
        figure(
            gettext_lazy("to be completed"), found["proposed"], "exit_list", f"state={PROPOSED}"
        ),
        figure(gettext_lazy("to be approved"), found["waiting"], "exit_list", "state=PREPARED"),
    ]


transition_list = TransitionList.as_view()


class ExitList(RecoveryList):
    """Exit reviews, the newest first."""

    table = ExitTable
    filterset = ExitFilterSet
    template_name = f"{FOLDER}/exit_list.html"
    default_sort = "-exit_on"
    here = "exit_list"

    def visible(self):
        return ExitReview.objects.visible_to(self.request.user)

    def figures(self):
        rows = self.visible().order_by()
        pending = (
            rows.filter(state="APPROVED", entitlement__state__in=questions.OPEN)
            .exclude(outcome="EXTEND")
            .exclude(questions.is_extended_since())
        )
        found = rows.aggregate(
            proposed=Count("pk", filter=Q(state="PREPARED", prepared_by=None)),
            waiting=Count("pk", filter=Q(state="PREPARED", prepared_by__isnull=False)),
            approved=Count("pk", filter=Q(state="APPROVED")),
        )
        page = self.here
        return [
            figure(gettext_lazy("to be completed"), found["proposed"], page, f"state={PROPOSED}"),
            figure(gettext_lazy("to be approved"), found["waiting"], page, "state=PREPARED"),
            figure(
                gettext_lazy("approved, not ended yet"), pending.count(), page, f"state={PENDING}"
            ),
            figure(gettext_lazy("approved"), found["approved"], page, "state=APPROVED"),
        ]


exit_list = ExitList.as_view()


class ClawbackList(RecoveryList):
    """Claims, the newest first, with what came in."""

    table = ClawbackTable
    filterset = ClawbackFilterSet
    template_name = f"{FOLDER}/clawback_list.html"
    default_sort = "-amount"
    here = "clawback_list"
    empty = {"received": {}, "next_due": {}}

    def visible(self):
        return Clawback.objects.visible_to(self.request.user)

    def beside(self, ids):
        rows = Instalment.objects.filter(clawback__among=ids).order_by()
        sums = rows.values_list("clawback").annotate(
            came=Sum("amount", filter=Q(received_on__isnull=False)),
            due=Min("due_on", filter=Q(received_on=None)),
        )
        found = list(sums)
        return {
            "received": {pk: came for pk, came, _due in found if came},
            "next_due": {pk: due for pk, _came, due in found if due},
        }

    def figures(self):
        rows = self.visible()
        found = rows.order_by().aggregate(
            proposed=Count("pk", filter=Q(state="PROPOSED")),
            appealed=Count("pk", filter=Q(state="APPEALED")),
            open=Count("pk", filter=~Q(state__in=["RECOVERED", "CANCELLED"])),
        )
        late = rows.filter(questions.has_overdue(dates.today())).count()
        page = self.here
        return [
            figure(gettext_lazy("to be decided"), found["proposed"], page, "state=PROPOSED"),
            figure(
                gettext_lazy("appeals to be decided"), found["appealed"], page, "state=APPEALED"
            ),
            figure(gettext_lazy("instalment overdue"), late, page, f"state={OVERDUE}", True),
            figure(gettext_lazy("open"), found["open"], page, "state=OPEN"),
        ]

    def extra_context(self, listing):
        found = super().extra_context(listing)
        return {**found, "sums": questions.sums(self.visible())}


clawback_list = ClawbackList.as_view()


def _export(request, page: type[RecoveryList], title: str, model):
    request.user.scope.require(REGISTER_VIEW)
    view = page()
    view.setup(request)
    return workbook(request, view.listing(), title=title, model=model)


@login_required
@require_safe
def transition_export(request):
    return _export(request, TransitionList, _("Transition and exit"), Entitlement)


@login_required
@require_safe
def exit_export(request):
    return _export(request, ExitList, _("Exit reviews"), ExitReview)


@login_required
@require_safe
def clawback_export(request):
    return _export(request, ClawbackList, _("Clawbacks"), Clawback)
