"""Sums, shares and ranks."""

from decimal import Decimal

import pytest

from governance.dashboards.rules import Cell, by_area, league, share_down, total


def cell(area=1, is_unmanaged=True, strategy="", decision="", compounds=1, **counts):
    return Cell(area, is_unmanaged, strategy, decision, compounds=compounds, **counts)


def test_the_unmanaged_share_of_the_seed_is_shown_as_26_percent():
    """S0-1: 296 of 1157 is 25.58 %."""
    sums = total([cell(compounds=296), cell(is_unmanaged=False, compounds=861)])
    assert (sums.compounds, sums.unmanaged, sums.managed) == (1157, 296, 861)
    assert sums.unmanaged_percent == Decimal(26)


def test_unknown_management_is_neither_managed_nor_unmanaged():
    sums = total([cell(is_unmanaged=None, compounds=3), cell(compounds=2)])
    assert (sums.unmanaged, sums.unknown, sums.managed) == (2, 3, 0)


def test_strategies_and_states_are_counted_among_the_unmanaged_alone():
    sums = total(
        [
            cell(strategy="FALLBACK", decision="DECIDED", compounds=4),
            cell(strategy="FALLBACK", decision="OVERRIDDEN", compounds=1),
            cell(decision="INCOMPLETE", compounds=2),
            cell(decision="UNMATCHED", compounds=3),
            cell(compounds=5),
            cell(is_unmanaged=False, compounds=7),
        ]
    )
    assert sums.strategies == {"FALLBACK": 5}
    assert (sums.classified, sums.waiting, sums.unmatched, sums.unclassified) == (5, 2, 3, 5)
    assert sums.classified + sums.waiting + sums.unmatched + sums.unclassified == sums.unmanaged


def test_the_areas_add_up_to_the_whole():
    cells = [cell(area=area, compounds=area, households=area * 10) for area in (1, 2, 3)]
    parts = by_area(cells)
    assert sum(part.households for part in parts.values()) == total(cells).households == 60
    assert set(parts) == {1, 2, 3}


def test_nothing_counted_has_no_share():
    empty = total([])
    assert (empty.compounds, empty.unmanaged_percent, empty.completeness) == (0, None, None)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(296, 296, 100), (999, 1000, 99), (1, 1000, 1), (0, 5, 0), (1, 2, 50), (0, 0, None)],
)
def test_a_share_says_all_only_when_nothing_is_left(part, whole, shown):
    assert share_down(part, whole) == shown


def test_equal_shares_rank_equally_and_the_next_rank_counts_them():
    ranked, small = league([(1, 10, 10), (2, 20, 20), (3, 5, 10), (4, 3, 3)], minimum=10)
    assert [(row.area, row.rank) for row in ranked] == [(2, 1), (1, 1), (3, 3)]
    assert [(row.area, row.rank) for row in small] == [(4, None)]


def test_shares_that_only_look_equal_are_told_apart():
    ranked, _small = league([(1, 992, 1000), (2, 991, 1000)], minimum=10)
    assert [row.rank for row in ranked] == [1, 2]
    assert ranked[0].percent == ranked[1].percent


def test_an_area_exactly_at_the_minimum_is_ranked():
    assert len(league([(1, 0, 10)], minimum=10)[0]) == 1
    assert len(league([(1, 0, 9)], minimum=10)[1]) == 1
