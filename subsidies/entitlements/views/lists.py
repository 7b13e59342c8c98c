"""The lists: entitlements with their file, notices, objections."""

from django.db.models import Sum
from django.utils.translation import gettext as _

from compounds.assignment.views.common import workbook
from governance.foundation import dates

from .. import obligations, questions
from ..filters import EntitlementFilterSet, NoticeFilterSet, ObjectionFilterSet
from ..models import (
    APPLY,
    APPROVE,
    ASSESS,
    CHECK,
    PUBLICISE,
    REVIEW,
    Entitlement,
    Objection,
)
from ..tables import EntitlementTable, NoticeTable, ObjectionTable
from .common import FOLDER, PlacedList, notices_of, programmes_of

ACTS = (APPLY, CHECK, REVIEW, ASSESS, PUBLICISE, APPROVE)


class EntitlementList(PlacedList):
    """Entitlements of the reader's places: at first those that are open, the newest first."""

    table = EntitlementTable
    filterset = EntitlementFilterSet
    template_name = f"{FOLDER}/entitlement_list.html"
    default_sort = "-serial"
    here = "entitlement_list"

    def visible(self):
        return obligations.with_obligation(Entitlement.objects.visible_to(self.request.user))

    def page_context(self):
        shown = [(one.pk, str(one)) for one in programmes_of(self.request.user)[:50]]
        return {**super().page_context(), "programmes": shown}

    def can_pick(self):
        return any(self.request.user.scope.has(right) for right in ACTS)

    def extra_context(self, listing):
        user = self.request.user
        waiting = 0
        if self.can_pick():
            mine = questions.waits_for(user, today=dates.today())
            waiting = Entitlement.objects.filter(mine).count()
        return {
            **super().extra_context(listing),
            "waiting": waiting,
            "total": listing.queryset.order_by().aggregate(total=Sum("amount"))["total"],
            "later": obligations.total_of(listing.queryset.values("pk")),
            "may": {right.partition(".")[2]: user.scope.has(right) for right in ACTS},
        }


entitlement_list = EntitlementList.as_view()


class EntitlementExport(EntitlementList):
    def get(self, request):
        title = _("Subsidy applications")
        return workbook(request, self.listing(), title=title, model=Entitlement)


entitlement_export = EntitlementExport.as_view()


class NoticeList(PlacedList):
    """Public notices in which a compound of the reader's places stands."""

    table = NoticeTable
    filterset = NoticeFilterSet
    template_name = f"{FOLDER}/notice_list.html"
    default_sort = "-starts_on"
    here = "notice_list"

    def visible(self):
        return notices_of(self.request.user)


notice_list = NoticeList.as_view()


class ObjectionList(PlacedList):
    """Objections to what is or was under notice."""

    table = ObjectionTable
    filterset = ObjectionFilterSet
    template_name = f"{FOLDER}/objection_list.html"
    default_sort = "-received_on"
    here = "objection_list"

    def visible(self):
        return Objection.objects.visible_to(self.request.user)

    def page_context(self):
        user = self.request.user
        settles = any(user.scope.has(right) for right in (PUBLICISE, APPROVE))
        return {**super().page_context(), "settles": user.pk if settles else None}


objection_list = ObjectionList.as_view()
