"""The dossier of one compound: every tab is an address of its own."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from compounds.registry.models import Compound

from ..dossier import Dossier


def _dossier(request, code: str) -> Dossier:
    """The compound in the reader's scope; outside it there is none."""
    compound = get_object_or_404(
        Compound.objects.visible_to(request.user).select_related(
            "street", "community", "merged_into"
        ),
        code=code,
    )
    return Dossier(request.user, compound)


def _page(request, code: str, tab: str):
    dossier = _dossier(request, code)
    return render(
        request,
        f"governance/dashboards/dossier_{tab}.html",
        {"dossier": dossier, "compound": dossier.compound, "tab": tab},
    )


@login_required
@require_safe
def compound_dossier(request, code):
    return _page(request, code, "overview")


@login_required
@require_safe
def dossier_classification(request, code):
    return _page(request, code, "classification")


@login_required
@require_safe
def dossier_service(request, code):
    return _page(request, code, "service")


@login_required
@require_safe
def dossier_money(request, code):
    return _page(request, code, "money")


@login_required
@require_safe
def dossier_buildings(request, code):
    return _page(request, code, "buildings")


@login_required
@require_safe
def dossier_party(request, code):
    return _page(request, code, "party")


@login_required
@require_safe
def dossier_providers(request, code):
    return _page(request, code, "providers")


@login_required
@require_safe
def dossier_attachments(request, code):
    return _page(request, code, "attachments")


@login_required
@require_safe
def dossier_history(request, code):
    return _page(request, code, "history")
