"""What pages of this room share: lists, the row of an address, the page with one form."""

from __future__ import annotations

import uuid
from functools import partial

from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404

from compounds.registry.places import places_of
from governance.foundation import acting, dates
from governance.foundation.views import ListPage
from governance.organisation.scope import REGISTER_VIEW
from subsidies.programmes.models import Programme

from ..models import APPLY, Entitlement, Objection, PublicNotice

FOLDER = "subsidies/entitlements"
EXPORT = "registry.export"


class PlacedList(ListPage):
    """Base of the lists: rows of the reader's places, and what the tabs need."""

    right = REGISTER_VIEW
    here = ""

    def page_context(self):
        user = self.request.user
        return {"places": places_of(user), "user": user, "today": dates.today()}

    def extra_context(self, listing):
        scope = self.request.user.scope
        return {
            "here": self.here,
            "may_apply": scope.has(APPLY),
            "may_export": scope.has(EXPORT),
            "today": dates.today(),
        }


def entitlement_of(request, pk: int, right: str = "") -> Entitlement:
    """An entitlement of the reader's places, for an act that needs a right there."""
    rows = Entitlement.objects.visible_to(request.user).select_related(
        "compound",
        "compound__community",
        "compound__street",
        "provider",
        "programme",
        "assignment",
        "contract",
        "notice",
        "approved_by",
    )
    row = get_object_or_404(rows, pk=pk)
    if right:
        request.user.scope.require(right, row)
    return row


def notices_of(user):
    """Notices of the reader's places, and those in which a compound of theirs stands."""
    own = Entitlement.objects.visible_to(user).filter(notice=OuterRef("pk"))
    return PublicNotice.objects.filter(Q(user.scope.seen()) | Exists(own))


def notice_of(request, pk: int) -> PublicNotice:
    rows = notices_of(request.user).select_related("district", "street", "prepared_by")
    return get_object_or_404(rows, pk=pk)


def objection_of(request, pk: int) -> Objection:
    rows = Objection.objects.visible_to(request.user).select_related(
        "entitlement", "entitlement__compound", "entitlement__provider", "notice"
    )
    return get_object_or_404(rows, pk=pk)


def programmes_of(user):
    """Programmes of the reader's districts that were published, the newest first."""
    return (
        Programme.objects.visible_to(user)
        .exclude(state=Programme.State.DRAFT)
        .order_by("name", "-edition")
    )


def new_batch() -> str:
    return uuid.uuid4().hex[:20]


# The page with one form of this room.
act_page = partial(acting.act_page, template=f"{FOLDER}/act.html")
