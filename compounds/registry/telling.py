"""Who is told of bulk edits: community workers whose compounds somebody else changed, once."""

import uuid
from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import ngettext_lazy

from governance.notices import kinds
from governance.notices.services import tell_holders
from governance.organisation.models import Level

from .models import Compound

EDIT = "registry.edit"


def connect() -> None:
    kinds.register(
        "compounds.changed",
        ngettext_lazy(
            "%(count)s compound of your community was changed by a bulk edit",
            "%(count)s compounds of your community were changed by a bulk edit",
            "count",
        ),
    )
    kinds.register(
        "compounds.verified",
        ngettext_lazy(
            "The survey of %(count)s compound of your community was verified",
            "The surveys of %(count)s compounds of your community were verified",
            "count",
        ),
    )


def tell_changed(rows: Sequence[Compound], *, by) -> None:
    _tell("compounds.changed", rows, by)


def tell_verified(rows: Sequence[Compound], *, by) -> None:
    _tell("compounds.verified", rows, by)


def _tell(kind: str, rows: Sequence[Compound], by) -> None:
    if rows:
        tell_holders(
            EDIT,
            rows,
            by=by,
            level=Level.COMMUNITY,
            kind=kind,
            batch=f"{kind}-{uuid.uuid4().hex}",
            url=reverse("registry:compound_list"),
        )
