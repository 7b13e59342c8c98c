"""Who is told of proposals: those who may apply one that waits, and its preparer once it is."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.notices import kinds
from governance.notices.services import settle, tell, tell_holders

from .models import Proposal

APPLY = "party.apply"


def connect() -> None:
    kinds.register("proposal.waiting", _("%(place)s: a proposal of organisations waits"))
    kinds.register("proposal.applied", _("%(place)s: your proposal of organisations was applied"))


def tell_waiting(proposal: Proposal, *, by) -> None:
    """A proposal with something to do replaces what was told of earlier ones of its place."""
    earlier = Proposal.objects.filter(area=proposal.area_id, pk__lt=proposal.pk)
    settle(*(_batch(pk) for pk in earlier.order_by("-pk").values_list("pk", flat=True)[:50]))
    if not Proposal.objects.waiting().filter(pk=proposal.pk).exists():
        return
    tell_holders(
        APPLY,
        proposal,
        by=by,
        kind="proposal.waiting",
        batch=_batch(proposal.pk),
        url=_page(proposal),
        count=1,
        values=_values(proposal),
    )


def tell_applied(proposal: Proposal) -> None:
    """Whoever applied it is not its preparer."""
    settle(_batch(proposal.pk))
    tell(
        [proposal.prepared_by_id],
        kind="proposal.applied",
        batch=f"proposal.applied-{proposal.pk}",
        url=_page(proposal),
        values=_values(proposal),
    )


def _batch(pk: int) -> str:
    return f"proposal.waiting-{pk}"


def _page(proposal: Proposal) -> str:
    return reverse("party_grid:proposal_detail", args=[proposal.pk])


def _values(proposal: Proposal) -> dict[str, str]:
    return {"place": proposal.area.name}
