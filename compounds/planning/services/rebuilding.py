"""A finished plan as arrays again, from its rows and the inputs they were made of."""

from __future__ import annotations

import numpy as np
from django.utils.translation import gettext as _

from governance.foundation.errors import DomainError

from ..core.inputs import CENTRE, NOBODY, Inputs
from ..core.plan import Plan
from ..models import PlanBundle, PlanPlace, PlanRun

SAME_PLACE = 1.0  # m: ways are kept in whole metres


def not_whole() -> DomainError:
    return DomainError(_("The rows of this plan are no longer whole. Make a new plan."))


def kept_plan(run: PlanRun, inputs: Inputs) -> Plan:
    """Who is in which bundle, and what each bundle is paid, as the rows tell it.

    Raises DomainError where a bundle has no member left, or its base cannot be told.
    """
    number = {pk: at for at, pk in enumerate(inputs.compounds.ids.tolist())}
    members: dict[int, list[tuple[int, int]]] = {}
    rows = PlanPlace.objects.filter(run=run, bundle__isnull=False).order_by("pk")
    for compound, bundle, metres in rows.values_list("compound_id", "bundle_id", "metres"):
        if compound in number:
            members.setdefault(bundle, []).append((number[compound], metres))
    bundle = np.full(len(number), NOBODY, dtype=np.int32)
    subsidy = np.zeros(len(inputs.bases.provider))
    for row in PlanBundle.objects.filter(run=run).order_by("number"):
        if row.pk not in members:
            raise not_whole()
        at, metres = np.array(members[row.pk]).T
        base = row.account.get("base")
        if base is None:  # of a plan from before it was kept
            base = _base_of(inputs, row, at, metres, bundle)
        bundle[at], subsidy[base] = base, float(row.subsidy)
    return Plan(bundle, subsidy)


def _base_of(inputs: Inputs, row: PlanBundle, at: np.ndarray, metres: np.ndarray, used) -> int:
    """The base of a bundle: one of its provider, as far from each member as is written down."""
    bases, compounds = inputs.bases, inputs.compounds
    if row.provider_id is None:
        is_centre = inputs.providers.kind[bases.provider] == CENTRE
        ours = is_centre & (bases.street == compounds.street[at[0]])
    else:
        ours = inputs.providers.ids[bases.provider] == row.provider_id
    options = np.setdiff1d(np.flatnonzero(ours), used)
    ways = np.hypot(
        compounds.x[at, None] - bases.x[options], compounds.y[at, None] - bases.y[options]
    )
    off = np.abs(ways - metres[:, None]).max(axis=0)
    if not len(off) or off.min() > SAME_PLACE:
        raise not_whole()
    return int(options[off.argmin()])
