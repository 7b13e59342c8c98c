"""The page of an area's organisation tree."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance.foundation import dates
from governance.organisation.access import right_required
from governance.organisation.models import Area, Level
from governance.organisation.scope import REGISTER_VIEW

from ..drawing import drawings
from ..trees import read_tree


@require_safe
@right_required(REGISTER_VIEW)
def tree(request, code):
    """The organisation tree of a district, street or community."""
    areas = Area.objects.active().visible_to(request.user).filter(level__lte=Level.COMMUNITY)
    area = areas.filter(code=code).select_related("district", "street", "parent").first()
    if area is None:
        raise Http404
    found = read_tree(area, scope=request.user.scope)
    context = {
        "area": area,
        "tree": found,
        "above": Area.objects.along(request.user)
        .filter(pk__in={area.district_id, area.street_id} - {area.pk, None})
        .order_by("level"),
        "drawings": drawings(found.communities[0]) if area.level == Level.COMMUNITY else (),
        "today": dates.today(),
    }
    return render(request, "governance/party_grid/tree.html", context)
