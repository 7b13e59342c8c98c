"""Which base may serve which compound: reach, kind, willingness, locks, room, the nearest cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .inputs import CENTRE, COMPANY, NOBODY, UNIT, Dials, Inputs
from .nearness import distance, pairs_alike, pairs_within


@dataclass(eq=False)
class Pairs:
    """Compounds with bases that may serve them, and how many pairs were cut for which cause."""

    compound: np.ndarray
    base: np.ndarray
    metres: np.ndarray
    reasons: dict[str, int]

    def keep(self, kept: np.ndarray, cause: str) -> None:
        self.reasons[cause] = self.reasons.get(cause, 0) + int((~kept).sum())
        self.compound, self.base = self.compound[kept], self.base[kept]
        self.metres = self.metres[kept]


def allowed(inputs: Inputs, dials: Dials, locks: np.ndarray) -> Pairs:
    """Pairs in reach, less those a refusal, a lock, a capacity or the nearest cut forbids."""
    pairs = in_reach(inputs, dials, locks)
    provider = inputs.bases.provider[pairs.base]
    lock = locks[pairs.compound]
    pairs.keep((lock == -2) | (lock == provider), "locked")
    _keep_willing(inputs, pairs)
    limit = provider_limit(inputs, dials)[inputs.bases.provider[pairs.base]]
    roomy = inputs.compounds.area[pairs.compound] <= limit
    pairs.keep(roomy & (inputs.bases.most[pairs.base] > 0), "too_large")
    order = np.lexsort((pairs.base, pairs.metres, pairs.compound))
    pairs.compound, pairs.base = pairs.compound[order], pairs.base[order]
    pairs.metres = pairs.metres[order]
    first = np.searchsorted(pairs.compound, pairs.compound, "left")
    near = np.arange(len(first)) - first < dials.nearest
    pairs.keep(near | as_today(inputs, pairs), "nearest")
    return pairs


def as_today(inputs: Inputs, pairs: Pairs) -> np.ndarray:
    """bool: pairs of a compound with a base of the provider that serves it today."""
    provider = inputs.bases.provider[pairs.base]
    return inputs.compounds.today[pairs.compound] == provider


def in_reach(inputs: Inputs, dials: Dials, locks: np.ndarray) -> Pairs:
    """Companies within their radius, the compound's own unit, the centre of its street."""
    compounds, providers, bases = inputs.compounds, inputs.providers, inputs.bases
    kind = providers.kind[bases.provider]
    open_to = np.flatnonzero(locks != NOBODY)
    parts = [_companies(inputs, open_to, np.flatnonzero(kind == COMPANY))]
    for special, of_compound, of_base in (
        (UNIT, compounds.unit, bases.provider),
        (CENTRE, compounds.street, bases.street),
    ):
        rows = np.flatnonzero(kind == special)
        if special == CENTRE and not dials.centres:
            continue
        i, k = pairs_alike(of_compound[open_to], of_base[rows])
        parts.append((open_to[i], rows[k]))
    compound = np.concatenate([part[0] for part in parts])
    base = np.concatenate([part[1] for part in parts])
    metres = distance(compounds.x[compound], compounds.y[compound], bases.x[base], bases.y[base])
    pairs = Pairs(compound, base, metres, {})
    radius = providers.radius[bases.provider[base]]
    radius = np.where(kind[base] == UNIT, np.minimum(radius, dials.unit_reach), radius)
    pairs.keep(metres <= radius, "radius")
    return pairs


def _companies(inputs: Inputs, open_to: np.ndarray, rows: np.ndarray):
    compounds, bases = inputs.compounds, inputs.bases
    if not len(rows):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    radius = float(inputs.providers.radius[bases.provider[rows]].max())
    i, k, _ = pairs_within(
        compounds.x[open_to], compounds.y[open_to], bases.x[rows], bases.y[rows], radius
    )
    return open_to[i], rows[k]


def _keep_willing(inputs: Inputs, pairs: Pairs) -> None:
    m = max(len(inputs.providers.ids), 1)
    refused = inputs.unwilling[:, 0] * m + inputs.unwilling[:, 1]
    key = pairs.compound * m + inputs.bases.provider[pairs.base]
    pairs.keep(~np.isin(key, refused), "refused")
    if inputs.willing is not None:
        asked = inputs.willing[:, 0] * m + inputs.willing[:, 1]
        key = pairs.compound * m + inputs.bases.provider[pairs.base]
        pairs.keep(np.isin(key, asked), "not_willing")


def provider_limit(inputs: Inputs, dials: Dials) -> np.ndarray:
    capacity = inputs.providers.capacity.astype(np.float64)
    if dials.provider_share is None:
        return capacity
    return np.minimum(capacity, dials.provider_share * inputs.compounds.area.sum())
