"""Synthetic districts: the same for a seed, usable, and like what offices are known to reach."""

from dataclasses import fields

import numpy as np
import pytest

from compounds.planning.core.district import derive
from compounds.planning.core.generator import MARKETS, generate
from compounds.planning.core.inputs import CENTRE, UNIT, Dials
from compounds.planning.core.offices import gap_careful
from compounds.planning.core.plan import split_of


@pytest.mark.parametrize("economy", MARKETS)
@pytest.mark.parametrize("n", [0, 1, 40])
def test_districts_of_any_size_can_be_derived(economy, n):
    district = derive(generate(n, seed=3, economy=economy), Dials())
    assert district.n == n


def test_a_seed_gives_one_district():
    one, same, other = generate(60, seed=1), generate(60, seed=1), generate(60, seed=2)
    for column in fields(one.compounds):
        assert np.array_equal(
            getattr(one.compounds, column.name), getattr(same.compounds, column.name)
        )
    assert not np.array_equal(one.compounds.x, other.compounds.x)


def test_units_serve_compounds_of_their_own():
    inputs = generate(296, seed=1)
    units = np.flatnonzero(inputs.providers.kind == UNIT)
    assert set(inputs.compounds.unit[inputs.compounds.unit >= 0]) <= set(units)
    assert 0.1 < (inputs.compounds.unit >= 0).mean() < 0.4


def test_a_bare_street_has_no_base():
    inputs = generate(296, seed=1, economy="bare_street")
    assert not (inputs.bases.street == 0).any()
    assert (inputs.compounds.street == 0).any()
    assert (inputs.providers.kind[inputs.bases.provider] == CENTRE).any()


def test_in_the_negative_economy_no_compound_pays_its_way():
    district = derive(generate(296, seed=1, economy="negative"), Dials())
    assert (district.arc_full < 0).all()


def test_a_careful_office_comes_to_what_careful_offices_come_to():
    """Of 296 some 60 to 90 are left, for 1.5 to 2 million yuan; a mean of seeds."""
    public, left = [], []
    for seed in range(1, 7):
        district = derive(generate(296, seed=seed), Dials())
        plan = gap_careful(district)
        public.append(split_of(district, plan).public)
        left.append(plan.left)
    assert 1.5e6 < np.mean(public) < 2.0e6
    assert 60 < np.mean(left) < 90
