"""Proofs against full enumeration; conflicts that name just what stands against each other."""

from dataclasses import replace

import numpy as np
import pytest

from compounds.planning.core.district import derive
from compounds.planning.core.errors import NoPlanError
from compounds.planning.core.inputs import NOBODY, Dials
from compounds.planning.core.plan import is_feasible, plan_of, split_of
from compounds.planning.core.proving import (
    Conflict,
    Element,
    conflict,
    lonely,
    polish,
    prove,
    street,
)
from tests.compounds.planning import small
from tests.compounds.planning.enumerating import cheapest


def nobody_served(district):
    return plan_of(district, np.full(district.n, NOBODY))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("carry", [0.0, 0.25])
def test_the_proven_plan_is_the_cheapest_of_all(seed, carry):
    district = derive(small.drawn(seed, n=7), Dials(nearest=2, carry=carry))
    best, _ = cheapest(district)
    proof = prove(district, nobody_served(district), seconds=20)
    assert proof.is_optimal
    assert proof.objective == pytest.approx(best)
    assert proof.bound <= proof.objective
    assert is_feasible(district, proof.plan)
    assert split_of(district, proof.plan).objective == proof.objective


def test_a_street_is_polished_and_the_rest_stays():
    district = derive(small.drawn(3, n=16), Dials())
    before = nobody_served(district)
    chosen = street(district, 1)
    proof = polish(district, before, chosen, seconds=20)
    others = np.setdiff1d(np.arange(district.n), chosen)
    assert proof.objective < split_of(district, before).objective
    assert (proof.plan.bundle[others] == NOBODY).all()
    assert is_feasible(district, proof.plan)


def test_a_plan_that_cannot_be_bettered_is_kept_when_there_is_no_time():
    district = derive(small.drawn(3, n=16), Dials())
    before = nobody_served(district)
    proof = prove(district, before, seconds=1e-3)
    assert proof.objective <= split_of(district, before).objective
    assert 0 <= proof.bound <= proof.objective


def locked(inputs, *locks):
    return replace(inputs, locked=np.array(locks, dtype=np.int64).reshape(-1, 2))


def test_locks_that_hold_together_are_no_conflict():
    assert conflict(locked(small.row_of(6), (0, 0), (1, 0)), Dials()) is None
    assert conflict(small.row_of(6), Dials()) is None


def test_two_locks_of_one_compound_are_named_and_no_third():
    inputs = locked(
        replace(small.row_of(6), providers=small.providers_of(2), bases=small.bases_at([0, 50.0])),
        (0, 0),
        (3, 0),
        (3, 1),
    )
    assert conflict(inputs, Dials()) == Conflict(
        (Element("lock", 3, 0), Element("lock", 3, 1)), is_minimal=True
    )


def test_locks_beyond_a_capacity_are_named_with_it():
    inputs = small.with_providers(small.row_of(6), capacity=np.array([25_000.0]))
    found = conflict(locked(inputs, (0, 0), (1, 0), (2, 0)), Dials())
    assert found == Conflict(
        (
            Element("capacity", row=0),
            Element("lock", 0, 0),
            Element("lock", 1, 0),
            Element("lock", 2, 0),
        ),
        is_minimal=True,
    )


def test_a_lock_out_of_reach_is_named_with_its_cause():
    inputs = small.with_providers(small.row_of(6), radius=np.array([900.0]))
    found = conflict(locked(inputs, (0, 0), (5, 0)), Dials())
    assert found == Conflict((Element("lock", 5, 0), Element("out_of_reach")), is_minimal=True)


def test_a_missing_stepping_stone_is_named_with_the_lock_that_took_it():
    # In a row of 400 m the third compound is reached over the second, which is locked to fallback.
    found = conflict(locked(small.row_of(3), (1, NOBODY), (2, 0)), Dials())
    assert found is not None
    assert found.is_minimal
    assert set(found.elements) == {
        Element("reach"),
        Element("lock", 1, NOBODY),
        Element("lock", 2, 0),
    }


def test_locks_to_fallback_stand_against_the_limit_of_a_street():
    inputs = locked(small.row_of(6), *[(i, NOBODY) for i in range(4)])
    found = conflict(inputs, Dials(street_fallback=0.5))
    assert found is not None
    kinds = [element.kind for element in found.elements]
    assert kinds.count("lock") == 4
    assert kinds.count("street_fallback") == 1
    assert len(kinds) == 5


def test_a_budget_too_small_for_the_locks_is_named():
    inputs = locked(small.row_of(3), (0, 0))
    found = conflict(inputs, Dials(carry=0.0, budget=10.0))
    assert found is not None
    assert {element.kind for element in found.elements} == {"budget", "lock"}


def test_without_time_nothing_is_said_to_conflict():
    inputs = locked(small.row_of(6), *[(i, NOBODY) for i in range(4)])
    assert conflict(inputs, Dials(street_fallback=0.5), seconds=0) is None


def test_a_large_compound_that_must_be_served_stands_against_the_room_of_all():
    inputs = small.with_providers(small.row_of(3), capacity=np.array([9_000.0]))
    found = conflict(inputs, Dials(must_serve=100))
    assert found == Conflict((Element("capacity", row=0), Element("must_serve")), is_minimal=True)


def test_a_year_without_money_stands_against_large_compounds():
    inputs = small.with_bases(small.row_of(3), fixed=np.array([60_000.0]))
    dials = Dials(must_serve=100, years=((0.5, 0.0), (0.5, 1e6)))
    found = conflict(inputs, dials)
    assert found is not None
    assert {element.kind for element in found.elements} == {"must_serve", "years"}
    assert conflict(inputs, Dials(must_serve=100, years=((1.0, 1e6),))) is None


def test_what_only_the_cut_to_the_nearest_bases_forbids_is_no_conflict():
    # The first is nearest to a base nothing joins it to; the others join it to the farther one.
    inputs = replace(
        small.row_of(3),
        compounds=small.compounds_at([1_000, 1_450, 1_800]),
        providers=small.providers_of(2),
        bases=small.bases_at([0, 2_100]),
    )
    dials = Dials(nearest=1, must_serve=100)
    with pytest.raises(NoPlanError):
        derive(inputs, dials)
    assert conflict(inputs, dials) is None
    assert lonely(inputs, dials) == ()
    assert lonely(inputs, replace(dials, reach=400.0)) == (0,)
