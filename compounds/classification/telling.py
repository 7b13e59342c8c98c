"""Who is told of overrides: those who may approve that one waits, its preparer how it ended."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.notices import kinds
from governance.notices.services import settle, tell, tell_holders

from .models import Override

APPROVE = "override.approve"
_ENDED = {
    Override.State.APPROVED: "override.approved",
    Override.State.REJECTED: "override.rejected",
    Override.State.WITHDRAWN: "override.withdrawn",
    Override.State.EXPIRED: "override.expired",
}


def connect() -> None:
    kinds.register("override.waiting", _("%(place)s: an override waits for approval"))
    kinds.register("override.approved", _("%(place)s: your override was approved"))
    kinds.register("override.rejected", _("%(place)s: your override was rejected"))
    kinds.register("override.withdrawn", _("%(place)s: your override was withdrawn"))
    kinds.register("override.expired", _("%(place)s: your override ended by its last day"))


def tell_waiting(override: Override, *, by) -> None:
    tell_holders(
        APPROVE,
        override,
        by=by,
        kind="override.waiting",
        batch=_batch(override),
        url=_page(override),
        count=1,
        values=_values(override),
    )


def tell_ended(override: Override, *, by) -> None:
    """Nobody need approve any more; the preparer is told, unless it was their own act."""
    settle(_batch(override))
    if by is None or by.pk != override.prepared_by_id:
        kind = _ENDED[Override.State(override.state)]
        tell(
            [override.prepared_by_id],
            kind=kind,
            batch=f"{kind}-{override.pk}",
            url=_page(override),
            values=_values(override),
        )


def _batch(override: Override) -> str:
    return f"override.waiting-{override.pk}"


def _page(override: Override) -> str:
    return reverse("classification:override_detail", args=[override.pk])


def _values(override: Override) -> dict[str, str]:
    return {"place": override.community.name}
