"""公示名单: the list as it hangs on the board, without accounts and people."""

from __future__ import annotations

from django.shortcuts import render
from django.views.decorators.http import require_safe

from compounds.registry.places import places_of
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import public, sheets
from .common import FOLDER, about, as_workbook, base, period_of

SHOWN = 1000


def _list(request) -> tuple[public.PublicList, object]:
    street = places_of(request.user).by_code.get(request.GET.get("street", ""))
    kind = request.GET.get("kind", "")
    kind = kind if kind in public.KINDS else public.NOTICE
    found = public.PublicList(request.user, period_of(request), kind, street.id if street else None)
    return found, street


@right_required(REGISTER_VIEW)
@require_safe
def public_list(request):
    found, street = _list(request)
    return render(
        request,
        f"{FOLDER}/public_list.html",
        {
            **base(request, "public"),
            "found": found,
            "period": found.period,
            "street": street,
            "streets": places_of(request.user).streets,
            "kinds": public.KINDS.items(),
            "lines": found.lines[:SHOWN],
            "count": len(found.lines),
            "shown": SHOWN,
            "hidden": public.HIDDEN,
        },
    )


@right_required(REGISTER_VIEW)
@require_safe
def public_export(request):
    found, street = _list(request)
    sheet = sheets.public_list(found, **about(request))
    words = f"{found.period} {street.name if street else ''}".strip()
    return as_workbook(request, sheet, f"{sheets.PUBLIC}-{found.period.last:%Y%m%d}", words)
