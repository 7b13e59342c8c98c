"""What a layout calls for, and the steps towards it: tables of cases, no database."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.party_grid.rules import (
    Act,
    Cell,
    Courtyard,
    Layout,
    Norms,
    OrganisationKind,
    Reach,
    Standing,
    steps_towards,
    wanted_for,
)

COMMITTEE = 9000
BRANCH, GROUP = OrganisationKind.BRANCH, OrganisationKind.GROUP
CHANGING = {Act.FOUND, Act.JOIN, Act.SPLIT, Act.REATTACH}


def layout(grids, members=None, **sizes) -> Layout:
    """`grids`: {"一": "AB"} is grid 一 over compounds A and B; `members`: {"A": 5}."""
    members = members or {}
    names = sorted({name for inside in grids.values() for name in inside} | set(members))
    ids = {name: number for number, name in enumerate(names, start=1)}
    cells = {name: 101 + number for number, name in enumerate(grids)}
    return Layout(
        community=1,
        grids=tuple(Cell(pk, f"140105001001{pk}", f"{name}网格") for name, pk in cells.items()),
        courtyards=tuple(
            Courtyard(
                pk,
                f"140105001001-{pk:04d}",
                f"{name}院",
                full_members=members.get(name, 10),
                **sizes,
            )
            for name, pk in ids.items()
        ),
        covers=frozenset((cells[g], ids[c]) for g, inside in grids.items() for c in inside),
    )


def tree(place: Layout, norms=None) -> dict[str, list[str]]:
    """Branches with the names of their groups."""
    wanted, _uncovered = wanted_for(place, norms or Norms())
    names = {node.key: node.name for node in wanted}
    found = {node.name: [] for node in wanted if node.kind == BRANCH}
    for node in wanted:
        if node.kind == GROUP:
            found[names[node.parent]].append(node.name)
    return found


def codes(place: Layout, name: str, norms=None) -> list[str]:
    wanted, _uncovered = wanted_for(place, norms or Norms())
    node = next(node for node in wanted if node.name == name)
    return [reason.code for reason in node.reasons]


def applied(standing, steps) -> list[Standing]:
    """What stands after all steps: the services do the same with rows."""
    by_id = {one.id: one for one in standing}
    ids = {}
    fresh = max([COMMITTEE, *by_id]) + 1
    for step in steps:
        if step.act in (Act.FOUND, Act.JOIN, Act.SPLIT):
            ids[step.key] = fresh = fresh + 1
    for step in steps:
        node = step.wanted
        if step.act == Act.DISSOLVE:
            by_id.pop(step.standing[0])
        elif step.act == Act.REATTACH:
            changes = {
                name: ids.get(value, value) if name == "parent" else value
                for name, value in step.changes
            }
            if "compounds" in changes:
                changes["compounds"] = frozenset(changes["compounds"])
            by_id[step.standing[0]] = replace(by_id[step.standing[0]], **changes)
        elif step.key in ids:
            parent = ids.get(node.parent) or _standing_key(node, standing, steps, ids)
            by_id[ids[step.key]] = Standing(
                ids[step.key],
                node.kind,
                node.reach,
                step.name,
                parent,
                frozenset(node.compounds),
                node.grid,
                node.compound,
                node.is_joint,
            )
    return list(by_id.values())


def _standing_key(node, standing, steps, ids):
    return MATCHED.get(node.parent, COMMITTEE) if node.parent else COMMITTEE


MATCHED: dict[str, int] = {}


def propose(place: Layout, standing=(), norms=None):
    wanted, uncovered = wanted_for(place, norms or Norms())
    steps, matched = steps_towards(wanted, uncovered, list(standing), committee=COMMITTEE)
    MATCHED.clear()
    MATCHED.update(matched)
    return steps


def settled(place: Layout, norms=None) -> list[Standing]:
    return applied([], propose(place, norms=norms))


def acts(steps) -> list[tuple[str, str]]:
    return [(step.act.value, step.name) for step in steps]


# ---------------------------------------------------------------- topologies


@pytest.mark.parametrize(
    ("grids", "expected"),
    [
        # S0-15: one compound, many grids.
        ({"一": "A", "二": "A", "三": "A"}, {"A院党支部": [f"{n}网格党小组" for n in "一二三"]}),
        # S0-16: one grid, many compounds.
        ({"一": "ABC"}, {"一网格党支部": ["A院党小组", "B院党小组", "C院党小组"]}),
        # One to one is the first with one grid.
        ({"一": "A"}, {"A院党支部": ["一网格党小组"]}),
        # A compound in two grids, one of which it shares: the others of that grid keep it.
        (
            {"一": "A", "二": "ABC"},
            {
                "A院党支部": ["一网格党小组", "A院二网格党小组"],
                "二网格党支部": ["B院党小组", "C院党小组"],
            },
        ),
        # Left alone in its grid: as if it had the grid to itself.
        (
            {"一": "A", "二": "AB"},
            {
                "A院党支部": ["一网格党小组", "A院二网格党小组"],
                "B院党支部": ["B院二网格党小组"],
            },
        ),
        # A grid without a compound calls for nothing.
        ({"一": "A", "二": ""}, {"A院党支部": ["一网格党小组"]}),
        ({}, {}),
    ],
)  # fmt: skip
def test_branches_and_groups_follow_from_grids_and_compounds(grids, expected):
    assert tree(layout(grids)) == expected


def test_a_compound_without_a_grid_has_a_task_and_no_branch():
    place = layout({"一": "A"}, members={"B": 10})
    assert tree(place) == {"A院党支部": ["一网格党小组"]}
    assert (Act.DRAW_GRID, "B院") in [(step.act, step.name) for step in propose(place)]


def test_compounds_left_alone_say_so():
    assert codes(layout({"一": "A", "二": "AB"}), "B院党支部") == ["LEFT_ALONE"]
    assert codes(layout({"一": "A"}), "A院党支部") == ["ONE_TO_ONE"]


def test_centre_households_are_won_by_building_and_entrance_or_by_entrance():
    """S0-15: by building and entrance. S0-16: by entrance."""
    many_grids = layout({"一": "A", "二": "A"}, buildings=4, entrances=12)
    assert wanted_for(many_grids, Norms())[0][0].seats == 16
    many_compounds = layout({"一": "AB"}, buildings=4, entrances=12)
    assert wanted_for(many_compounds, Norms())[0][0].seats == 24


def test_two_grids_of_one_name_are_told_apart():
    place = layout({"一": "A", "二": "A"})
    place = replace(place, grids=tuple(replace(cell, name="网格") for cell in place.grids))
    assert len(set(tree(place)["A院党支部"])) == 2


def test_names_fit_their_column():
    place = layout({"一": "AB"})
    long = tuple(replace(one, name=one.name * 50) for one in place.courtyards)
    wanted, _uncovered = wanted_for(replace(place, courtyards=long), Norms())
    assert all(len(node.name) <= 100 for node in wanted)
    assert wanted[1].name.endswith("党小组")


# ---------------------------------------------------------------- groups


@pytest.mark.parametrize(
    ("members", "groups"),
    [
        ({"A": 3, "B": 3}, ["A院党小组", "B院党小组"]),  # 3: enough
        ({"A": 3, "B": 2, "C": 1}, ["A院党小组", "一网格联合党小组"]),
        ({"A": 3, "B": 2}, ["A院党小组", "一网格党小组"]),  # alone in the shared group
        ({"A": 2, "B": 2}, ["一网格联合党小组"]),
        ({"A": 3, "B": 0}, ["A院党小组", "一网格党小组"]),
        ({"A": None, "B": 2}, ["A院党小组", "一网格党小组"]),  # no ledger is no small number
        ({"A": None, "B": None}, ["A院党小组", "B院党小组"]),
    ],
)
def test_a_courtyard_has_its_own_group_from_three_members(members, groups):
    """The threshold is the district's norm: a group has no legal number (§2.3)."""
    assert tree(layout({"一": "".join(members)}, members)) == {"一网格党支部": groups}


def test_the_norm_of_a_group_is_the_districts():
    place = layout({"一": "AB"}, {"A": 4, "B": 5})
    groups = tree(place, Norms(group_members_min=5))["一网格党支部"]
    assert groups == ["B院党小组", "一网格党小组"]


# ---------------------------------------------------------------- joint branches


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        # 支部工作条例: three full members make a branch, fewer join (§2.3).
        ({"A": 3, "B": 3}, ["A院党支部", "B院党支部"]),
        ({"A": 2, "B": 3}, ["A院党支部", "B院党支部"]),  # nobody to join with
        ({"A": 2, "B": 2}, ["A院等2个单位联合党支部"]),
        ({"A": 2, "B": 1, "C": 2, "D": 1}, ["A院等2个单位联合党支部", "C院等2个单位联合党支部"]),
        ({"A": 2, "B": 2, "C": 2}, ["A院等3个单位联合党支部"]),
        ({"A": None, "B": 2}, ["A院党支部", "B院党支部"]),  # unknown is not few
        ({"A": 1, "B": 1}, ["A院党支部", "B院党支部"]),  # even together too few
        # Those without a member go with the first that has room: five units at most.
        ({"A": 2, "B": 2, "C": 0, "D": 0, "E": 0}, ["A院等5个单位联合党支部"]),
        ({"A": 2, "B": 2, "C": 0, "D": 0, "E": 0, "F": 0}, ["A院等5个单位联合党支部", "F院党支部"]),
        ({"A": 0, "B": 0}, ["A院党支部", "B院党支部"]),
    ],
)  # fmt: skip
def test_branches_of_fewer_than_three_full_members_are_founded_together(members, expected):
    place = layout({f"{name}格": name for name in members}, members)
    assert sorted(tree(place)) == expected


def test_too_few_even_together_is_said():
    place = layout({"一": "A", "二": "B"}, {"A": 1, "B": 1})
    assert codes(place, "A院党支部") == ["ONE_TO_ONE", "TOO_SMALL"]


def test_a_joint_branch_keeps_the_groups_and_seats_of_its_units():
    place = layout({"一": "A", "二": "B"}, {"A": 2, "B": 2}, buildings=1, entrances=3)
    wanted, _uncovered = wanted_for(place, Norms())
    branch = wanted[0]
    assert (branch.is_joint, branch.full_members, branch.seats) == (True, 4, 8)
    assert tree(place) == {"A院等2个单位联合党支部": ["一网格党小组", "二网格党小组"]}


# ---------------------------------------------------------------- large branches


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        # 支部工作条例: normally not above 50 (§2.3).
        ({"A": 25, "B": 25}, ["一网格党支部"]),
        ({"A": 26, "B": 25}, ["A院党支部", "B院党支部"]),
        ({"A": 41, "B": 5, "C": 5}, ["A院党支部", "一网格党支部"]),  # no further than needed
        ({"A": 30, "B": 30, "C": 30, "D": 20}, ["A院党支部", "B院党支部", "一网格党支部"]),
        ({"A": 49, "B": 1, "C": 1}, ["A院党支部", "一网格党支部"]),
        ({"A": 60, "B": None}, ["一网格党支部"]),  # unknown is not guessed
    ],
)
def test_a_grid_branch_of_more_than_fifty_is_split(members, expected):
    found = tree(layout({"一": "".join(members)}, members))
    assert sorted(found) == expected
    assert sum(map(len, found.values())) == len(tree_groups(members))


def tree_groups(members):
    return tree(layout({"一": "".join(members)}, members), Norms(branch_members_max=9999))[
        "一网格党支部"
    ]


def test_a_compound_of_more_than_fifty_stays_one_and_says_so():
    assert codes(layout({"一": "A", "二": "A"}, {"A": 51}), "A院党支部") == [
        "MANY_GRIDS",
        "TOO_LARGE",
    ]
    assert codes(layout({"一": "A", "二": "A"}, {"A": 50}), "A院党支部") == ["MANY_GRIDS"]
    assert codes(layout({"一": "AB"}, {"A": 60, "B": 5}), "A院党支部") == [
        "MANY_COMPOUNDS",
        "SPLIT",
        "TOO_LARGE",
    ]


# ---------------------------------------------------------------- steps


def test_nothing_stands_so_all_is_founded_and_belongs_together():
    steps = propose(layout({"一": "A", "二": "A"}))
    assert acts(steps) == [
        ("FOUND", "A院党支部"),
        ("FOUND", "一网格党小组"),
        ("FOUND", "二网格党小组"),
    ]
    assert [step.needs for step in steps] == [(), (steps[0].key,), (steps[0].key,)]


def test_what_stands_as_called_for_needs_no_step():
    place = layout({"一": "A", "二": "A", "三": "BC"})
    assert propose(place, settled(place)) == []


def test_a_second_grid_makes_a_group_and_no_new_branch():
    before, after = layout({"一": "A"}), layout({"一": "A", "二": "A"})
    assert acts(propose(after, settled(before))) == [("FOUND", "二网格党小组")]


def test_small_branches_are_merged_and_dissolved_together():
    grids = {"一": "A", "二": "B"}
    standing = settled(layout(grids, {"A": 3, "B": 3}))
    steps = propose(layout(grids, {"A": 2, "B": 2}), standing)
    assert acts(steps) == [
        ("JOIN", "A院等2个单位联合党支部"),
        ("REATTACH", "一网格党小组"),
        ("REATTACH", "二网格党小组"),
        ("DISSOLVE", "A院党支部"),
        ("DISSOLVE", "B院党支部"),
    ]
    join, *_groups, dissolve, _other = steps
    assert set(join.needs) == {step.key for step in steps if step.act == Act.DISSOLVE}
    assert join.key in dissolve.needs
    assert steps[1].key in dissolve.needs  # its group moves first
    assert [reason.code for reason in dissolve.reasons] == ["REPLACED"]


def test_a_joint_branch_grows_by_a_unit_and_says_so_in_its_name():
    members = {"A": 1, "B": 1, "C": 2}
    before = layout({"一": "A", "三": "C"}, members)
    after = layout({"一": "A", "二": "B", "三": "C"}, members)
    steps = propose(after, settled(replace(before, grids=after.grids[:1] + after.grids[2:],
        covers=frozenset((g, c) for g, c in after.covers if c != 2))))  # fmt: skip
    step = next(step for step in steps if step.act == Act.REATTACH)
    assert dict(step.changes) == {"compounds": (1, 2, 3), "name": "A院等3个单位联合党支部"}
    assert not [step for step in steps if step.act == Act.DISSOLVE]


def test_a_joint_branch_whose_units_have_grown_is_split():
    grids = {"一": "A", "二": "B"}
    standing = settled(layout(grids, {"A": 2, "B": 2}))
    steps = propose(layout(grids, {"A": 3, "B": 3}), standing)
    assert [step.act for step in steps].count(Act.SPLIT) == 2
    assert acts(steps)[-1] == ("DISSOLVE", "A院等2个单位联合党支部")


def test_a_grid_branch_that_has_grown_too_large_gives_a_courtyard_up():
    standing = settled(layout({"一": "ABC"}, {"A": 30, "B": 10, "C": 10}))
    steps = propose(layout({"一": "ABC"}, {"A": 31, "B": 10, "C": 10}), standing)
    assert acts(steps) == [
        ("SPLIT", "A院党支部"),
        ("REATTACH", "A院党小组"),
        ("REATTACH", "一网格党支部"),
    ]
    split, _group, grid = steps
    assert grid.key in split.needs
    assert split.key in grid.needs


def test_new_branches_hang_on_the_community_committee():
    place = layout({"一": "A"})
    orphans = [replace(one, parent=None) if one.kind == BRANCH else one for one in settled(place)]
    (step,) = propose(place, orphans)
    assert step.changes == (("parent", COMMITTEE),)
    wanted, uncovered = wanted_for(place, Norms())
    assert steps_towards(wanted, uncovered, orphans, committee=None)[0] == []


def test_what_the_layout_does_not_speak_of_is_left_alone():
    place = layout({"一": "A"}, members={"B": 10})
    others = [
        Standing(1, BRANCH, Reach.COMPOUND, "离退休党支部", COMMITTEE, frozenset()),
        Standing(2, BRANCH, Reach.COMPOUND, "B院党支部", COMMITTEE, frozenset({2}), compound=2),
        Standing(3, BRANCH, Reach.COMPOUND, "外院党支部", COMMITTEE, frozenset({77}), compound=77),
    ]
    assert [act for act, _name in acts(propose(place, [*settled(place), *others]))] == ["DRAW_GRID"]


def test_a_matched_branch_goes_on_covering_what_lies_outside_the_layout():
    place = layout({"一": "A"})
    branch, group = settled(place)
    wider = replace(branch, compounds=frozenset({1, 77}))
    assert propose(place, [wider, group]) == []


def test_a_branch_that_reaches_beyond_the_layout_keeps_the_rest():
    standing = settled(layout({"一": "ABC"}))
    steps = propose(layout({"一": "A", "二": "A", "三": "B"}, {"C": 10}), standing)
    narrowed = next(step for step in steps if step.name == "一网格党支部")
    assert (narrowed.act, narrowed.changes) == (Act.REATTACH, (("compounds", (3,)),))
    assert {key.split(":")[0] for key in narrowed.needs} == {"branch"}


def test_an_organisation_whose_compounds_are_gone_is_dissolved():
    place = layout({"一": "A"})
    over = Standing(
        1, BRANCH, Reach.COMPOUND, "旧院党支部", COMMITTEE, frozenset(), compound=5, is_over=True
    )
    (step,) = propose(place, [*settled(place), over])
    assert (step.act, step.reasons[0].code) == (Act.DISSOLVE, "COMPOUND_GONE")


def test_groups_by_building_serve_their_courtyard_and_follow_its_branch():
    """S0-16: 楼栋（院落）党小组, a group for each building or courtyard."""
    place = layout({"一": "AB"}, {"A": 30, "B": 10})
    branch, group_a, group_b = settled(place)
    by_building = replace(group_a, id=20, reach=Reach.BUILDING, name="A院1号楼党小组", grid=None)
    standing = [branch, by_building, group_b]
    assert propose(place, standing) == []
    steps = propose(layout({"一": "AB"}, {"A": 45, "B": 10}), standing)
    moved = next(step for step in steps if step.name == "A院1号楼党小组")
    assert moved.act == Act.REATTACH
    assert dict(moved.changes)["parent"].startswith("branch:compound:")


# ---------------------------------------------------------------- any layout


@st.composite
def layouts(draw):
    compounds = draw(st.integers(0, 9))
    grids = draw(st.integers(0, 6))
    names = "ABCDEFGHI"[:compounds]
    inside = {
        str(number): "".join(name for name in names if draw(st.integers(0, 3)) == 0)
        for number in range(grids)
    }
    members = {
        name: draw(st.one_of(st.none(), st.integers(0, 4), st.integers(20, 60))) for name in names
    }
    return layout(inside, members)


@settings(max_examples=150, deadline=None)
@given(layouts())
def test_every_covered_compound_lies_in_exactly_one_branch(place):
    wanted, uncovered = wanted_for(place, Norms())
    covered = {compound for _grid, compound in place.covers}
    branches = [node for node in wanted if node.kind == BRANCH]
    assert sorted(pk for node in branches for pk in node.compounds) == sorted(covered)
    assert {courtyard.id for courtyard in uncovered} == (
        {courtyard.id for courtyard in place.courtyards} - covered
    )
    for branch in branches:
        groups = [node for node in wanted if node.parent == branch.key]
        assert {pk for node in groups for pk in node.compounds} == set(branch.compounds)
        assert not branch.is_joint or branch.full_members >= 3
    assert len({node.key for node in wanted}) == len(wanted)
    assert len({(node.parent, node.name) for node in wanted}) == len(wanted)


@settings(max_examples=150, deadline=None)
@given(layouts(), layouts())
def test_a_proposal_applied_calls_for_nothing_more(before, after):
    standing = settled(before)
    steps = propose(after, standing)
    standing = applied(standing, steps)
    again = propose(after, standing)
    assert [step for step in again if step.act in CHANGING] == []


@settings(max_examples=150, deadline=None)
@given(layouts(), layouts(), st.data())
def test_whatever_is_chosen_no_compound_loses_its_branch(before, after, data):
    """Steps that need each other are applied together: coverage never falls."""
    standing = settled(before)
    steps = propose(after, standing)
    by_key = {step.key: step for step in steps}
    chosen = set(data.draw(st.sets(st.sampled_from(sorted(by_key)))) if by_key else ())
    while more := {need for key in chosen for need in by_key[key].needs} - chosen:
        chosen |= more
    after_all = applied(standing, [step for step in steps if step.key in chosen])
    grids = {pk for _grid, pk in after.covers}
    covered = {pk for one in standing if one.kind == BRANCH for pk in one.compounds}
    now = [pk for one in after_all if one.kind == BRANCH for pk in one.compounds]
    assert covered & grids <= set(now)
    ids = {one.id for one in after_all}
    assert [one for one in after_all if one.kind == GROUP and one.parent not in ids] == []
    assert all(now.count(pk) == 1 for pk in grids & set(now))


# ---------------------------------------------------------------- the published totals


def test_the_district_of_the_source_has_104_branches_and_192_groups():
    """S0-15, S0-16, S0-17: 26 compounds of 3 grids, 78 grids over 270 compounds."""
    branches = groups = compounds = 0
    for number in range(26):
        place = layout({f"{number}-{i}": "A" for i in range(3)}, {"A": 12})
        found = tree(place)
        branches, groups = branches + len(found), groups + sum(map(len, found.values()))
        compounds += 1
    for number in range(78):
        # 42 grids share one group; 36 have one courtyard large enough for its own.
        members = {"A": 1, "B": 2, "C": 2} if number < 42 else {"A": 3, "B": 1, "C": 2, "D": 2}
        found = tree(layout({"一": "".join(members)}, members))
        branches, groups = branches + len(found), groups + sum(map(len, found.values()))
        compounds += len(members)
    assert (compounds, branches, groups) == (296, 104, 192)
