"""What a plan may choose from: arcs (compound, bundle) with margin, cost and stepping stones.

Derived from Inputs under Dials, one array per quantity; knows the rows of the formulation but
chooses nothing. Rows cited by their numbers: 1 clearance, 2 open, 3 capacity, 4 size, 5 viability,
6 rate cap, 7 budget, 8 contiguity, 9 options (share of a provider, fallback of a street, years of
the budget, large compounds, locks).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .accepting import accept
from .errors import LockConflict, LocksError, NoPlanError
from .inputs import NOBODY, Dials, Inputs
from .pairing import Pairs, allowed, as_today, in_reach, provider_limit
from .stepping import bridged, joined_to_base, stones_of, touching

ROUNDING = 100.0  # yuan: inputs are estimates, and whole hundreds make pricing exact
TIE_METRES = 0.002  # yuan per m: two yuan per km, enough to choose the nearer of two equals
TIE_RATING = 3.0  # yuan between the best and the worst rating
NO_LIMIT = -1


@dataclass(frozen=True, eq=False, kw_only=True)
class District:
    """Arrays of a district: n compounds, K bundles (one per base), J providers, A arcs.

    Money in yuan over the horizon, areas in m². Arcs are sorted by compound, then by distance.
    """

    n: int
    K: int
    J: int
    # compounds
    area: np.ndarray  # float64[n], m²
    households: np.ndarray  # int64[n]
    street: np.ndarray  # int32[n]
    fallback: np.ndarray  # float64[n], public cost b
    penalty: np.ndarray  # float64[n], weight p, no money
    today: np.ndarray  # int32[n], provider or NOBODY
    switching: np.ndarray  # float64[n], charge of changing the provider of today
    must: np.ndarray  # int8[n], 1: locked to a provider or large: may not be left to fallback
    # providers and their bundles
    provider_kind: np.ndarray  # int8[J]: COMPANY, UNIT, CENTRE
    provider_capacity: np.ndarray  # float64[J], m² (row 3)
    provider_limit: np.ndarray  # float64[J], m²: the capacity or the share, whichever is less
    bundle_provider: np.ndarray  # int32[K]
    bundle_fixed: np.ndarray  # float64[K], F, whole hundreds of yuan
    bundle_setup: np.ndarray  # float64[K], S, whole hundreds of yuan
    bundle_most: np.ndarray  # int32[K] (row 4)
    # arcs
    arc_ptr: np.ndarray  # int64[n+1]: arcs of compound i are arc_ptr[i]:arc_ptr[i+1]
    arc_compound: np.ndarray  # int32[A]
    arc_bundle: np.ndarray  # int32[A]
    arc_margin: np.ndarray  # float64[A], counted margin m, whole hundreds of yuan (row 5)
    arc_full: np.ndarray  # float64[A], whole margin u
    arc_cost: np.ndarray  # float64[A], switching and tie-break
    arc_metres: np.ndarray  # float64[A]
    # contiguity (row 8)
    arc_direct: np.ndarray  # bool[A]: near the base, served from there today, or bridged
    stone_ptr: np.ndarray  # int64[A+1]; a direct arc has no stones, for it needs none
    stone_arc: np.ndarray  # int32[]: arcs of the same bundle, one of which must be chosen too
    # arcs of a bundle, nearest first
    bundle_ptr: np.ndarray  # int64[K+1]
    bundle_arc: np.ndarray  # int32[A]
    # limits
    street_fallback_most: np.ndarray  # int64[streets], NO_LIMIT where there is none (row 9)
    cap: float  # yuan per m² of the bundle (row 6)
    budget: float  # yuan, inf if there is none (row 7)
    reasons: dict[str, int]  # pairs cut, by cause

    @property
    def arcs(self) -> int:
        return len(self.arc_bundle)

    @property
    def streets(self) -> int:
        return len(self.street_fallback_most)


def derive(inputs: Inputs, dials: Dials) -> District:
    """The arcs and limits of a district under the dials.

    Raises InputsError for arrays that cannot be used, LocksError for locks that contradict
    each other or a rule (all found are named), NoPlanError where a compound that must be served
    may be served by nobody, or a street may leave fewer to fallback than it has of those.
    """
    accept(inputs, dials)
    locks = _locks(inputs)
    pairs = allowed(inputs, dials, locks)
    arcs = _arcs(inputs, dials, pairs)
    bundle_ptr, bundle_arc = _by_bundle(arcs, len(inputs.bases.provider))
    district = District(
        **_limits(inputs, dials, locks),
        **arcs,
        bundle_ptr=bundle_ptr,
        bundle_arc=bundle_arc,
        reasons=pairs.reasons,
    )
    _check_locks(district, inputs, locks, dials)
    _check_nobody(district)
    return district


# Locks (row 9)


def _locks(inputs: Inputs) -> np.ndarray:
    """int64[n]: the provider a compound is locked to, NOBODY for fallback, -2 if it is free."""
    locks = np.full(len(inputs.compounds.ids), -2, dtype=np.int64)
    conflicts = []
    for compound, provider in np.asarray(inputs.locked, dtype=np.int64):
        if locks[compound] not in (-2, provider):
            conflicts.append(LockConflict("two_providers", (int(compound),), int(provider)))
        locks[compound] = provider
    if conflicts:
        raise LocksError(conflicts)
    return locks


def _check_locks(district: District, inputs: Inputs, locks: np.ndarray, dials: Dials) -> None:
    """Every lock has an arc, and the locks of a provider fit into its limits."""
    lone = np.flatnonzero((locks >= 0) & (np.diff(district.arc_ptr) == 0))
    conflicts = [
        LockConflict(_why_lone(inputs, dials, int(i), int(locks[i])), (int(i),), int(locks[i]))
        for i in lone
    ]
    for provider in np.unique(locks[locks >= 0]):
        held = np.flatnonzero(locks == provider)
        places = district.bundle_most[district.bundle_provider == provider].sum()
        if district.area[held].sum() > district.provider_limit[provider]:
            conflicts.append(LockConflict("capacity", tuple(held.tolist()), int(provider)))
        elif len(held) > places:
            conflicts.append(LockConflict("size", tuple(held.tolist()), int(provider)))
    if conflicts:
        raise LocksError(conflicts)


def _why_lone(inputs: Inputs, dials: Dials, compound: int, provider: int) -> str:
    """The rule a lock runs into, looked for in the order of the cuts."""
    if _holds(inputs.unwilling, compound, provider):
        return "refused"
    if inputs.willing is not None and not _holds(inputs.willing, compound, provider):
        return "not_willing"
    if inputs.compounds.area[compound] > provider_limit(inputs, dials)[provider]:
        return "too_large"
    free = np.full(len(inputs.compounds.ids), -2, dtype=np.int64)
    pairs = in_reach(inputs, dials, free)
    mine = (pairs.compound == compound) & (inputs.bases.provider[pairs.base] == provider)
    return "no_stepping_stone" if mine.any() else "out_of_reach"


def _holds(pairs: np.ndarray, compound: int, provider: int) -> bool:
    return bool(((pairs[:, 0] == compound) & (pairs[:, 1] == provider)).any())


def _check_nobody(district: District) -> None:
    """Compounds without any arc are left to fallback: they must not be large, nor too many."""
    lone = np.diff(district.arc_ptr) == 0
    lost = np.flatnonzero(lone & (district.must == 1))
    if len(lost):
        raise NoPlanError("must_serve", tuple(int(i) for i in lost))
    left = np.bincount(district.street[lone], minlength=district.streets)
    most = district.street_fallback_most
    wrong = np.flatnonzero((most != NO_LIMIT) & (left > most))
    if len(wrong):
        raise NoPlanError("street_fallback", tuple(int(street) for street in wrong))


# Arcs, their money and their stepping stones


def _arcs(inputs: Inputs, dials: Dials, pairs: Pairs) -> dict:
    n = len(inputs.compounds.ids)
    touch_ptr, touch = touching(inputs, dials)
    # Who serves a compound today reaches it already, whatever lies between.
    direct = (pairs.metres <= dials.near) | as_today(inputs, pairs)
    direct |= bridged(inputs, dials, pairs)
    ptr = np.searchsorted(pairs.compound, np.arange(n + 1))
    order = np.lexsort((pairs.compound, pairs.metres))
    joined = joined_to_base(
        ptr, pairs.compound, pairs.base, pairs.metres, direct, touch_ptr, touch, order
    )
    pairs.keep(joined, "no_stepping_stone")
    direct = direct[joined]
    ptr = np.searchsorted(pairs.compound, np.arange(n + 1))
    stones = stones_of(ptr, pairs.compound, pairs.base, pairs.metres, direct, touch_ptr, touch)
    return {
        "arc_ptr": ptr.astype(np.int64),
        "arc_compound": pairs.compound.astype(np.int32),
        "arc_bundle": pairs.base.astype(np.int32),
        "arc_metres": pairs.metres,
        "arc_direct": direct,
        "stone_ptr": stones[0],
        "stone_arc": stones[1],
        **_money(inputs, dials, pairs),
    }


def whole_margins(
    inputs: Inputs, compound: np.ndarray, provider: np.ndarray, metres: np.ndarray
) -> np.ndarray:
    """float64[pairs]: income after normal profit less cost, if the provider serves from so far."""
    compounds, providers, economy = inputs.compounds, inputs.providers, inputs.economy
    i, j = compound, provider
    fees = compounds.area[i] * compounds.fee[i] * compounds.collection[i] * economy.paying_months
    revenue = compounds.area[i] * compounds.revenue[i] * economy.months
    cost = (
        compounds.service[i]
        + compounds.area[i] * providers.running[j]
        + providers.each[j]
        + economy.travel * metres
    )
    return (1 - economy.profit) * (fees + revenue) - economy.months * cost


def _money(inputs: Inputs, dials: Dials, pairs: Pairs) -> dict[str, np.ndarray]:
    """Margins and costs of arcs; the parameters of the formulation, in its own order."""
    compounds, providers = inputs.compounds, inputs.providers
    i, j = pairs.compound, inputs.bases.provider[pairs.base]
    full = whole_margins(inputs, i, j, pairs.metres)
    counted = np.where(full < 0, full, dials.carry * full)
    moved = (compounds.today[i] != NOBODY) & (compounds.today[i] != j)
    switching = np.where(moved, dials.switching * compounds.households[i], 0.0)
    tie = TIE_METRES * pairs.metres + TIE_RATING * providers.rating[j]
    return {
        "arc_full": full,
        "arc_margin": np.rint(counted / ROUNDING) * ROUNDING,
        "arc_cost": switching + tie,
    }


def _by_bundle(arcs: dict, bundles: int) -> tuple[np.ndarray, np.ndarray]:
    order = np.lexsort((arcs["arc_compound"], arcs["arc_metres"], arcs["arc_bundle"]))
    ptr = np.searchsorted(arcs["arc_bundle"][order], np.arange(bundles + 1))
    return ptr.astype(np.int64), order.astype(np.int32)


# Limits


def _limits(inputs: Inputs, dials: Dials, locks: np.ndarray) -> dict:
    compounds, providers, bases = inputs.compounds, inputs.providers, inputs.bases
    streets = int(compounds.street.max()) + 1 if len(compounds.street) else 0
    return {
        "n": len(compounds.ids),
        "K": len(bases.provider),
        "J": len(providers.ids),
        "area": compounds.area.astype(np.float64),
        "households": compounds.households.astype(np.int64),
        "street": compounds.street.astype(np.int32),
        "fallback": compounds.fallback.astype(np.float64),
        "penalty": compounds.penalty.astype(np.float64),
        "today": compounds.today.astype(np.int32),
        "switching": np.where(
            compounds.today != NOBODY, dials.switching * compounds.households, 0.0
        ),
        "must": ((locks >= 0) | _is_large(compounds.households, dials)).astype(np.int8),
        "provider_kind": providers.kind.astype(np.int8),
        "provider_capacity": providers.capacity.astype(np.float64),
        "provider_limit": provider_limit(inputs, dials),
        "bundle_provider": bases.provider.astype(np.int32),
        "bundle_fixed": np.rint(bases.fixed / ROUNDING) * ROUNDING,
        "bundle_setup": np.rint(bases.setup / ROUNDING) * ROUNDING,
        "bundle_most": bases.most.astype(np.int32),
        "street_fallback_most": _street_limits(compounds.street, streets, dials),
        "cap": float(dials.cap),
        "budget": float(dials.subsidy_most),
    }


def _is_large(households: np.ndarray, dials: Dials) -> np.ndarray:
    if dials.must_serve is None:
        return np.zeros(len(households), dtype=bool)
    return households >= dials.must_serve


def _street_limits(street: np.ndarray, streets: int, dials: Dials) -> np.ndarray:
    if dials.street_fallback is None:
        return np.full(streets, NO_LIMIT, dtype=np.int64)
    # A hair of tolerance: 0.3 of 10 compounds are three, not two.
    share = dials.street_fallback * np.bincount(street, minlength=streets)
    return np.floor(share + 1e-9).astype(np.int64)
