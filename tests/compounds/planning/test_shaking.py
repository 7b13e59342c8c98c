"""A plan made anew after a little noise: who moves is counted, switching is charged."""

from dataclasses import replace

from compounds.planning.core.annealing import anneal
from compounds.planning.core.district import derive
from compounds.planning.core.generator import generate
from compounds.planning.core.inputs import Dials
from compounds.planning.core.shaking import shake


def test_with_the_switching_charge_far_fewer_move_than_without():
    inputs, dials = generate(80, seed=1), Dials()
    plan = anneal(derive(inputs, dials), seed=1, moves=1_500_000)
    noises = range(1, 5)  # one noise alone may ask for much: a large compound, a bundle more
    charged = [shake(inputs, dials, plan, seed=noise, moves=60_000) for noise in noises]
    dials = replace(dials, switching=0.0)
    free = [shake(inputs, dials, plan, seed=noise, moves=60_000) for noise in noises]
    moved = sum(shaken.moved for shaken in charged)
    assert moved <= 0.5 * sum(shaken.moved for shaken in free)
    assert moved <= 0.1 * 80 * len(noises)
    assert all(shaken.saved is None or shaken.saved >= -1e-6 for shaken in charged)


def test_the_same_seed_shakes_the_same():
    inputs, dials = generate(40, seed=2), Dials()
    plan = anneal(derive(inputs, dials), seed=1, moves=50_000)
    assert shake(inputs, dials, plan, seed=3, moves=20_000) == shake(
        inputs, dials, plan, seed=3, moves=20_000
    )
