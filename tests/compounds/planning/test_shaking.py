"""A plan made anew after a little noise: who moves is counted, switching is charged."""

from dataclasses import replace

from compounds.planning.core.annealing import anneal
from compounds.planning.core.district import derive
from compounds.planning.core.generator import generate
from compounds.planning.core.inputs import Dials
from compounds.planning.core.shaking import shake


def test_with_the_switching_charge_fewer_move_than_without():
    inputs, dials = generate(80, seed=1), Dials()
    plan = anneal(derive(inputs, dials), seed=1, moves=300_000)
    charged = shake(inputs, dials, plan, seed=1, moves=60_000)
    free = shake(inputs, replace(dials, switching=0.0), plan, seed=1, moves=60_000)
    assert charged.moved <= free.moved
    assert charged.moved <= 0.1 * 80
    assert charged.saved is None or charged.saved >= -1e-6


def test_the_same_seed_shakes_the_same():
    inputs, dials = generate(40, seed=2), Dials()
    plan = anneal(derive(inputs, dials), seed=1, moves=50_000)
    assert shake(inputs, dials, plan, seed=3, moves=20_000) == shake(
        inputs, dials, plan, seed=3, moves=20_000
    )
