"""What the optimiser refuses, in the reader's language: codes become sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from governance.foundation.drawing import grouped

from .core.errors import InputsError, LockConflict, LocksError, NoPlanError, PlanningError

CONFLICTS: dict[str, Any] = {
    "two_providers": gettext_lazy("it is locked to two providers at once"),
    "refused": gettext_lazy("it is locked to a provider that refused it, or was refused"),
    "not_willing": gettext_lazy("it is locked to a provider that has not agreed"),
    "out_of_reach": gettext_lazy("it is locked to a provider that does not come so far"),
    "no_stepping_stone": gettext_lazy("no compound joins it to the base it is locked to"),
    "too_large": gettext_lazy("it is larger than all its provider can take"),
    "capacity": gettext_lazy("together they are larger than all their provider can take"),
    "size": gettext_lazy("they are more than the bundles of their provider may hold"),
    "street_fallback": gettext_lazy("its street may leave no more compounds to fallback"),
    "not_found": gettext_lazy("no plan that keeps this lock was found"),
}


BLOCKS: dict[str, Any] = {
    "capacity": gettext_lazy("the firm lacks %(by)s m² of capacity"),
    "size": gettext_lazy("the bundle holds %(by)s compounds at most"),
    "contiguity": gettext_lazy("no compound of the bundle joins it to the base"),
    "cap": gettext_lazy("the subsidy would be %(by)s yuan above its cap"),
    "budget": gettext_lazy("the budget would be exceeded by %(by)s yuan"),
    "carries": gettext_lazy("%(by)s other compounds are joined through it alone"),
    "locked": gettext_lazy("it must be served: locked to a provider, or too large for fallback"),
    "street": gettext_lazy("its street may leave %(by)s compounds to fallback"),
}


def blocks_in_words(blocks: Sequence[tuple[str, float]]) -> str:
    """Obstacles of another place in one line."""
    return "; ".join(str(BLOCKS[code]) % {"by": grouped(round(by))} for code, by in blocks)


def sentence(error: PlanningError, names: Sequence[str] = ()) -> str:
    """The refusal of the optimiser; `names` are the compounds in the order of the arrays."""
    if isinstance(error, LocksError):
        return _("Locks contradict each other or a rule: %(conflicts)s") % {
            "conflicts": "; ".join(_conflict(one, names) for one in error.conflicts[:5])
        }
    if isinstance(error, NoPlanError):
        if error.cause == "street_fallback":
            return _(
                "A street has more compounds that nobody can serve than its limit of fallback "
                "allows: raise the limit."
            )
        return _("No plan keeps every rule under these dials.")
    if isinstance(error, InputsError):
        return _("A number of the inputs cannot be used (%(where)s).") % {"where": error.where}
    return _("No plan could be made from these inputs.")


def _conflict(one: LockConflict, names: Sequence[str]) -> str:
    who = [names[at] for at in one.compounds[:3] if at < len(names)]
    count = len(one.compounds)
    said = ngettext("%(count)s compound", "%(count)s compounds", count) % {"count": count}
    return f"{', '.join(who) or said}: {CONFLICTS.get(one.cause, one.cause)}"
