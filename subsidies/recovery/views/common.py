"""What pages of this room share: the row of an address, whose acts are possible."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from governance.audit import words
from governance.audit.models import AuditEntry
from governance.organisation.scope import REGISTER_VIEW
from subsidies.entitlements.models import Entitlement

from ..models import Clawback, ExitReview, Instalment
from ..questions import EVER

FOLDER = "subsidies/recovery"
EXPORT = "registry.export"
LOGGED = 30
_OF = "entitlement__"
NEEDED = ("compound", "provider", "programme", "assignment", "contract")


def entitlement_of(request, pk: int, right: str = REGISTER_VIEW) -> Entitlement:
    """An approved or ended subsidy of the reader's places, for an act that needs a right there."""
    rows = Entitlement.objects.visible_to(request.user).filter(state__in=EVER)
    rows = rows.select_related(*NEEDED, "street", "community", "district")
    row = get_object_or_404(rows, pk=pk)
    request.user.scope.require(right, row)
    return row


def _related(*people: str) -> list[str]:
    return [
        "entitlement",
        *(f"{_OF}{name}" for name in NEEDED),
        "street",
        "community",
        "district",
        *people,
    ]


def review_of(request, pk: int, right: str = REGISTER_VIEW) -> ExitReview:
    rows = ExitReview.objects.visible_to(request.user)
    row = get_object_or_404(rows.select_related(*_related("prepared_by", "approved_by")), pk=pk)
    request.user.scope.require(right, row)
    return row


def clawback_of(request, pk: int, right: str = REGISTER_VIEW) -> Clawback:
    rows = Clawback.objects.visible_to(request.user).select_related(
        *_related("proposed_by", "decided_by", "appeal_decided_by")
    )
    row = get_object_or_404(rows, pk=pk)
    request.user.scope.require(right, row)
    return row


def instalment_of(request, pk: int, right: str) -> Instalment:
    """An instalment of a claim of the reader's places."""
    seen = Clawback.objects.visible_to(request.user).values("pk")
    rows = Instalment.objects.filter(clawback__in=seen).select_related(
        "clawback", *(f"clawback__{name}" for name in _related())
    )
    row = get_object_or_404(rows, pk=pk)
    request.user.scope.require(right, row.clawback)
    return row


def log_of(user, kind: str, pk: int) -> list:
    """What was done, newest first, as far as the reader may see it."""
    entries = AuditEntry.objects.history_for(user, kind, pk)
    return words.lines(entries[:LOGGED], user)
