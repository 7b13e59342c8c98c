"""A finished plan as arrays again, from its rows and the inputs they were made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from django.utils.translation import gettext as _

from governance.foundation.errors import DomainError

from ..core.inputs import CENTRE, NOBODY, Inputs
from ..core.plan import Plan
from ..gathering import Gathered
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


def carried_over(run_id: int, gathered: Gathered) -> np.ndarray:
    """The bundle of each compound of today's inputs by the bases and streets there still are."""
    rows = PlanPlace.objects.filter(run=run_id, bundle__isnull=False)
    place = {
        compound: (base, centre)
        for compound, base, centre in rows.values_list(
            "compound", "bundle__base", "bundle__centre_of"
        )
    }
    number = {(base, street): at for at, (base, street, *_place) in enumerate(gathered.bases)}
    found = [number.get(place.get(row.pk), NOBODY) for row in gathered.compounds]
    return np.array(found, dtype=np.int32)


def as_rows(inputs: Inputs, bundle: np.ndarray) -> list[list[int | None]]:
    """[compound, firm or None for a centre, which of its bases] of whoever is served.

    Keys of the register: other inputs, of another day, can be begun from it.
    """
    firm, nth = _firms(inputs), _nth(inputs)
    served = np.flatnonzero(bundle != NOBODY)
    keys = inputs.compounds.ids[served].tolist()
    return [
        [key, firm[base], nth[base]]
        for key, base in zip(keys, bundle[served].tolist(), strict=True)
    ]


def from_rows(inputs: Inputs, rows: Sequence[Sequence[int | None]]) -> np.ndarray:
    """The bundle of each compound as far as compounds and bases are still there, else NOBODY."""
    firm, nth, street = _firms(inputs), _nth(inputs), inputs.bases.street.tolist()
    known = {
        (pk, street[base] if pk is None else 0, nth[base]): base for base, pk in enumerate(firm)
    }
    at = {pk: row for row, pk in enumerate(inputs.compounds.ids.tolist())}
    found = np.full(len(at), NOBODY, dtype=np.int32)
    for compound, pk, number in rows:
        if compound in at:
            here = int(inputs.compounds.street[at[compound]]) if pk is None else 0
            found[at[compound]] = known.get((pk, here, number), NOBODY)
    return found


def _firms(inputs: Inputs) -> list[int | None]:
    """The key of the firm of each base; None: a centre."""
    is_centre = inputs.providers.kind[inputs.bases.provider] == CENTRE
    keys = inputs.providers.ids[inputs.bases.provider].tolist()
    return [None if centre else key for key, centre in zip(keys, is_centre, strict=True)]


def _nth(inputs: Inputs) -> list[int]:
    """The place of each base among those of its provider."""
    seen: Counter[int] = Counter()
    found = []
    for provider in inputs.bases.provider.tolist():
        found.append(seen[provider])
        seen[provider] += 1
    return found


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
