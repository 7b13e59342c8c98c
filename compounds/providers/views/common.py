"""What pages of firms share: the firm of an address, the form page, the district of the reader."""

from functools import partial

from django.shortcuts import get_object_or_404

from governance.foundation import acting
from governance.organisation.models import Area
from governance.organisation.scope import REGISTER_VIEW

from ..models import Provider
from ..services import common

FOLDER = "compounds/providers"
EXPORT = "registry.export"


def provider_of(request, pk: int, right: str = "") -> Provider:
    """A firm of the reader's districts, for an act that needs a right there."""
    rows = Provider.objects.visible_to(request.user)
    provider = get_object_or_404(rows.select_related("district", "party_organisation"), pk=pk)
    if right:
        common.require_district(request.user, right, provider.district_id)
    return provider


def shared_of(request, rows, pk: int, right: str):
    """A row of the reader's districts (or of a firm there), for an act that needs a right."""
    row = get_object_or_404(rows.visible_to(request.user), pk=pk)
    district = row.district_id if hasattr(row, "district_id") else row.provider.district_id
    common.require_district(request.user, right, district)
    return row


def may(user, right: str, district: int) -> bool:
    return district in user.scope.in_districts(right)


def home_district(request, right: str = REGISTER_VIEW) -> Area:
    """The district of the reader's widest post that carries the right."""
    request.user.scope.require(right)
    grants = request.user.scope.areas(right)
    return Area.objects.defer("boundary").get(pk=grants[0].district)


# The page with one form of this room.
act_page = partial(
    acting.act_page, template=f"{FOLDER}/act.html", is_shown_again=True, provider=None
)
