"""The sheet 补贴申请表 / 审核汇总表 (K) of what the list shows."""

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compounds.registry.places import places_of
from governance.audit import services as audit
from governance.foundation import dates
from governance.organisation.scope import REGISTER_VIEW
from governance.pairings.views.lists import workbook

from ..filters import EntitlementFilterSet
from ..importing import APPLICATIONS, recorded
from ..models import Entitlement
from .common import EXPORT, programmes_of


@login_required
@require_safe
def sheet_export(request):
    """Accounts are masked; importing the sheet again changes nothing."""
    user = request.user
    scope = user.scope
    scope.require(REGISTER_VIEW)
    scope.require(EXPORT)
    shown = [(one.pk, str(one)) for one in programmes_of(user)[:50]]
    context = {
        "places": places_of(user),
        "user": user,
        "today": dates.today(),
        "programmes": shown,
    }
    rows = Entitlement.objects.visible_to(user).filter(scope.granted(EXPORT))
    filterset = EntitlementFilterSet(request.GET, rows, page=context)
    found = filterset.qs.order_by()
    applied = "，".join(f"{one.label} {one.value}" for one in filterset.applied)
    home = scope.home
    place = (home.district, home.street, None) if home else (None, None, None)
    with transaction.atomic():
        act = recorded(found.count(), applied, place=place)
        audit.record_many([act], by=user)
    sheet = APPLICATIONS.export_rows(found)
    return workbook(request, APPLICATIONS, sheet, applied or _("all applications"))
