"""What a plan may choose from, against the same words written plainly."""

import math
from dataclasses import replace

import numpy as np
import pytest

from compounds.planning.core.district import NO_LIMIT, derive
from compounds.planning.core.errors import InputsError, LocksError, NoPlanError
from compounds.planning.core.inputs import CENTRE, NOBODY, UNIT, Dials
from compounds.planning.core.nearness import pairs_within
from tests.compounds.planning import small


def far(inputs, i, k):
    compounds, bases = inputs.compounds, inputs.bases
    return math.sqrt((compounds.x[i] - bases.x[k]) ** 2 + (compounds.y[i] - bases.y[k]) ** 2)


def conflicts(raised):
    return [(c.cause, c.compounds, c.provider) for c in raised.value.conflicts]


def test_a_grid_finds_the_pairs_a_walk_over_all_finds():
    rng = np.random.default_rng(3)
    a, b = rng.uniform(-900, 900, (2, 80)), rng.uniform(-400, 1_400, (2, 60))
    for radius in (1.0, 150.0, 600.0, 1e9):
        found = pairs_within(*a, *b, radius)
        expected = {
            (i, k) for i in range(80) for k in range(60) if math.dist(a[:, i], b[:, k]) <= radius
        }
        assert set(zip(found[0].tolist(), found[1].tolist(), strict=True)) == expected
        assert len(found[0]) == len(expected)


def test_a_compound_beyond_near_stands_on_the_one_before_it():
    district = derive(small.row_of(4, step=400.0), Dials())
    assert district.arc_direct.tolist() == [True, False, False, False]
    assert [
        district.stone_arc[district.stone_ptr[a] : district.stone_ptr[a + 1]].tolist()
        for a in range(4)
    ] == [[], [0], [1], [2]]


def test_a_compound_no_stone_leads_to_has_no_arc():
    district = derive(small.row_of(compounds=small.compounds_at([300, 700, 1_300])), Dials())
    assert np.diff(district.arc_ptr).tolist() == [1, 1, 0]
    assert district.reasons["no_stepping_stone"] == 1


def test_two_compounds_at_one_place_do_not_stand_on_each_other():
    inputs = small.row_of(compounds=small.compounds_at([400, 800, 800]))
    district = derive(inputs, Dials())
    stones = [
        district.stone_arc[district.stone_ptr[a] : district.stone_ptr[a + 1]].tolist()
        for a in range(3)
    ]
    assert stones == [[], [0], [0, 1]]


def test_a_street_front_and_a_word_join_what_reach_does_not():
    inputs = small.row_of(
        compounds=small.compounds_at([500, 1_200, 1_900], front=small.ints([4, 4, NOBODY]))
    )
    assert np.diff(derive(inputs, Dials()).arc_ptr).tolist() == [1, 1, 0]
    inputs = replace(inputs, touching=small.ints([[2, 1]]))
    assert np.diff(derive(inputs, Dials()).arc_ptr).tolist() == [1, 1, 1]
    inputs = replace(inputs, apart=small.ints([[1, 2]]))
    assert np.diff(derive(inputs, Dials()).arc_ptr).tolist() == [1, 1, 0]


def test_managed_compounds_carry_from_the_base_and_only_from_there():
    inputs = small.row_of(compounds=small.compounds_at([1_500]))
    assert len(derive(inputs, Dials()).arc_bundle) == 0
    joined = replace(inputs, bridges=np.array([[550.0, 0], [1_040.0, 0]]))
    assert derive(joined, Dials()).arc_direct.tolist() == [True]
    alone = replace(inputs, bridges=np.array([[1_150.0, 0]]))
    assert len(derive(alone, Dials()).arc_bundle) == 0


@pytest.mark.parametrize("seed", range(6))
def test_arcs_are_the_pairs_that_may_serve(seed):
    inputs, dials = small.drawn(seed), Dials(nearest=99)
    district = derive(inputs, dials)
    providers, bases, compounds = inputs.providers, inputs.bases, inputs.compounds
    refused = {tuple(pair) for pair in inputs.unwilling.tolist()}
    found = set(zip(district.arc_compound.tolist(), district.arc_bundle.tolist(), strict=True))
    for i in range(district.n):
        for k in range(district.K):
            j = int(bases.provider[k])
            radius = providers.radius[j]
            allowed = compounds.area[i] <= providers.capacity[j] and (i, j) not in refused
            if providers.kind[j] == UNIT:
                allowed &= compounds.unit[i] == j
                radius = min(radius, dials.unit_reach)
            if providers.kind[j] == CENTRE:
                allowed &= compounds.street[i] == bases.street[k]
            allowed &= far(inputs, i, k) <= radius
            assert ((i, k) in found) <= allowed
            if allowed and far(inputs, i, k) <= dials.near:
                assert (i, k) in found
    assert district.arc_metres.tolist() == [
        far(inputs, i, k) for i, k in zip(district.arc_compound, district.arc_bundle, strict=True)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_nearest_bases_are_kept(seed):
    inputs = small.drawn(seed)
    nobody = np.full(len(inputs.compounds.ids), NOBODY)
    inputs = replace(inputs, compounds=replace(inputs.compounds, today=nobody))
    district = derive(inputs, Dials(nearest=3, reach=2_000, near=9_999))
    whole = derive(inputs, Dials(nearest=99, reach=2_000, near=9_999))
    for i in range(district.n):
        kept = slice(*district.arc_ptr[i : i + 2])
        first = whole.arc_ptr[i]
        assert np.diff(district.arc_ptr)[i] == min(3, np.diff(whole.arc_ptr)[i])
        assert district.arc_bundle[kept].tolist() == (
            whole.arc_bundle[first : min(first + 3, whole.arc_ptr[i + 1])].tolist()
        )


def test_a_margin_is_income_less_cost_and_a_surplus_counts_by_its_share():
    inputs = small.row_of(2, compounds=small.compounds_at([300, 400], fee=np.array([0.5, 0.2])))
    district = derive(inputs, Dials(carry=0.25))
    rich = 0.95 * (10_000 * 0.5 * 0.7 * 31.8 + 10_000 * 0.05 * 36) - 36 * (3_000 + 300)
    poor = 0.95 * (10_000 * 0.2 * 0.7 * 31.8 + 10_000 * 0.05 * 36) - 36 * (3_000 + 300)
    assert district.arc_full == pytest.approx([rich, poor])
    assert district.arc_margin.tolist() == [100 * round(rich / 400), 100 * round(poor / 100)]


def test_switching_is_charged_to_those_whose_provider_changes():
    inputs = small.row_of(
        compounds=small.compounds_at([300, 400, 500], today=small.ints([NOBODY, 0, 1])),
        providers=small.providers_of(2),
        bases=small.bases_at([0.0, 1.0]),
    )
    district = derive(inputs, Dials(switching=20.0))
    charged = {
        (int(i), int(k))
        for i, k, cost in zip(
            district.arc_compound, district.arc_bundle, district.arc_cost, strict=True
        )
        if cost >= 20 * 120
    }
    assert charged == {(1, 1), (2, 0)}


def test_limits_are_what_dials_say():
    inputs = small.row_of(5)
    district = derive(inputs, Dials(provider_share=0.5, street_fallback=0.4, budget=7.0, near=9e9))
    assert district.provider_limit.tolist() == [25_000.0]
    assert district.street_fallback_most.tolist() == [2]
    assert district.budget == 7.0
    free = derive(inputs, Dials())
    assert free.street_fallback_most.tolist() == [NO_LIMIT]
    assert free.budget == np.inf


def test_nobody_to_serve_or_nobody_serving_is_a_district_too():
    assert derive(small.nobody_at_all(), Dials()).n == 0
    alone = small.row_of(3, providers=small.providers_of(0), bases=small.bases_at([]))
    assert derive(alone, Dials()).arcs == 0


def test_a_compound_larger_than_every_capacity_has_no_arc():
    inputs = small.with_compounds(small.row_of(3), area=np.array([1e4, 9e6, 1e4]))
    assert derive(inputs, Dials(near=9e9)).reasons["too_large"] == 1


def test_centres_can_be_denied():
    inputs = small.with_providers(small.row_of(3), kind=small.ints([CENTRE]))
    assert derive(inputs, Dials()).arcs == 3
    assert derive(inputs, Dials(centres=False)).arcs == 0


@pytest.mark.parametrize(
    ("changes", "dials", "cause"),
    [
        ({"locked": [[0, 0], [0, 1]]}, {}, "two_providers"),
        ({"locked": [[0, 1]], "unwilling": [[0, 1]]}, {}, "refused"),
        ({"locked": [[0, 1]], "willing": [[0, 0]]}, {}, "not_willing"),
        ({"locked": [[5, 1]]}, {"reach": 100.0}, "no_stepping_stone"),
        ({"locked": [[5, 1]]}, {"provider_share": 0.1}, "too_large"),
        ({"locked": [[0, 1], [1, 1]]}, {"provider_share": 0.2}, "capacity"),
        ({"locked": [[0, 2]]}, {}, "out_of_reach"),
        ({"locked": [[0, 1], [1, 1], [2, 1]]}, {}, "size"),
    ],
)
def test_locks_that_cannot_be_kept_are_named(changes, dials, cause):
    inputs = small.row_of(
        providers=small.providers_of(3),
        bases=small.bases_at([0.0, 10.0, 90_000.0], most=small.ints([30, 2, 30])),
        **{name: small.ints(pairs) for name, pairs in changes.items()},
    )
    with pytest.raises(LocksError) as raised:
        derive(inputs, Dials(**dials))
    compounds = tuple(sorted({pair[0] for pair in changes["locked"]}))
    provider = changes["locked"][-1][1]
    assert (cause, compounds, provider) in conflicts(raised)


def test_a_lock_to_fallback_leaves_no_arc_and_one_to_a_provider_only_its_own():
    inputs = small.row_of(
        3,
        providers=small.providers_of(2),
        bases=small.bases_at([0.0, 10.0]),
        locked=small.ints([[0, NOBODY], [1, 1]]),
    )
    district = derive(inputs, Dials(near=2_000.0))
    assert np.diff(district.arc_ptr).tolist() == [0, 1, 2]
    assert district.must.tolist() == [0, 1, 0]


def test_a_street_that_must_leave_more_than_it_may_is_named():
    inputs = small.row_of(compounds=small.compounds_at([300, 9_000], street=small.ints([0, 2])))
    with pytest.raises(NoPlanError) as raised:
        derive(inputs, Dials(street_fallback=0.5))
    assert raised.value.rows == (2,)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda i: small.with_compounds(i, area=np.array([1.0])), "compounds.area"),
        (lambda i: small.with_compounds(i, fee=np.full(6, np.nan)), "compounds.fee"),
        (lambda i: small.with_compounds(i, fallback=np.full(6, -1.0)), "compounds.fallback"),
        (lambda i: small.with_compounds(i, today=np.full(6, 1)), "compounds.today"),
        (lambda i: small.with_bases(i, provider=small.ints([3])), "bases.provider"),
        (lambda i: replace(i, locked=small.ints([[9, 0]])), "locked"),
        (lambda i: replace(i, touching=small.ints([[0, 9]])), "touching"),
    ],
)
def test_arrays_that_cannot_be_used_are_named(change, where):
    with pytest.raises(InputsError) as raised:
        derive(change(small.row_of()), Dials())
    assert raised.value.where == where


def test_a_share_above_one_is_refused():
    with pytest.raises(InputsError, match=r"dials\.carry"):
        derive(small.row_of(), Dials(carry=1.5))


def test_the_years_of_a_budget_limit_the_whole_by_the_share_that_falls_in_them():
    years = ((1 / 6, 30_000.0), (5 / 6, 100_000.0))
    assert derive(small.row_of(), Dials(years=years)).budget == pytest.approx(120_000.0)
    assert derive(small.row_of(), Dials(years=years, budget=90_000.0)).budget == 90_000.0
    assert derive(small.row_of(), Dials()).budget == math.inf
    assert derive(small.row_of(), Dials(years=((0.0, 0.0),))).budget == math.inf
    assert derive(small.row_of(), Dials(years=((1.0, 0.0),))).budget == 0


def test_large_compounds_must_be_served():
    compounds = small.compounds_at([300, 600, 900], households=small.ints([119, 120, 400]))
    district = derive(small.row_of(compounds=compounds), Dials(must_serve=120))
    assert district.must.tolist() == [0, 1, 1]
    alone = small.compounds_at([300, 9_000], households=small.ints([10, 400]))
    with pytest.raises(NoPlanError) as raised:
        derive(small.row_of(compounds=alone), Dials(must_serve=120))
    assert (raised.value.cause, raised.value.rows) == ("must_serve", (1,))


@pytest.mark.parametrize(
    "dials",
    [
        Dials(must_serve=0),
        Dials(years=((1.5, 1.0),)),
        Dials(years=((0.5, -1.0),)),
        Dials(years=((0.5, float("nan")),)),
    ],
)
def test_dials_that_mean_nothing_are_refused(dials):
    with pytest.raises(InputsError):
        derive(small.row_of(), dials)


def test_who_serves_a_compound_today_may_stay_however_far_it_lies():
    compounds = small.compounds_at([300, 2_500], today=small.ints([NOBODY, 0]))
    district = derive(small.row_of(compounds=compounds), Dials(nearest=1))
    assert district.arc_direct.tolist() == [True, True]
    moved = small.compounds_at([300, 2_500])
    assert derive(small.row_of(compounds=moved), Dials()).arcs == 1


def test_who_serves_a_compound_today_is_not_cut_for_being_one_of_many():
    inputs = replace(
        small.row_of(compounds=small.compounds_at([0], today=small.ints([2]))),
        providers=small.providers_of(3),
        bases=small.bases_at([10, 20, 400]),
    )
    assert derive(inputs, Dials(nearest=2)).arc_bundle.tolist() == [0, 1, 2]
