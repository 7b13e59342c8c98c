"""From the layout of a community to the party organisation it calls for (S0-15, S0-16).

Many grids in one compound: a compound branch and a group for each grid.  Many compounds in one
grid: a grid branch and a group for each courtyard that has members enough, one shared by the
others.  One to one: the first with one grid.  Counting nothing but the layout and the ledger of
members; what is unknown is not guessed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .kinds import OrganisationKind, Reach
from .norms import Norms

BRANCH = "{}党支部"
GROUP = "{}党小组"
SHARED_GROUP = "{}联合党小组"
JOINT_BRANCH = "{}等{}个单位联合党支部"
NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code and the numbers and names its sentence needs."""

    code: str
    values: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A grid (15 digits)."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Courtyard:
    """A compound as the topology sees it. `full_members` None: no ledger yet."""

    id: int
    code: str
    name: str
    buildings: int = 0
    entrances: int = 0
    full_members: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A community: its grids, its compounds, and which grid covers which compound."""

    community: int
    grids: tuple[Cell, ...]
    courtyards: tuple[Courtyard, ...]
    covers: frozenset[tuple[int, int]]  # (grid id, compound id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An organisation that the layout calls for.

    `key` is stable for one layout; `parent` is the key of a branch, "" for the community's
    committee. `seats`: centre households to win, one for each building and entrance (topology A)
    or each entrance (B).
    """

    key: str
    kind: OrganisationKind
    reach: Reach
    name: str
    compounds: tuple[int, ...]
    reasons: tuple[Reason, ...]
    parent: str = ""
    grid: int | None = None
    compound: int | None = None
    is_joint: bool = False
    full_members: int | None = None
    seats: int = 0


def wanted_for(layout: Layout, norms: Norms) -> tuple[list[Wanted], list[Courtyard]]:
    """The organisations a community's layout calls for, and the compounds no grid covers.

    Branches come before their groups. Every compound that a grid covers lies in one branch.
    """
    by_id = {courtyard.id: courtyard for courtyard in layout.courtyards}
    cells = sorted(layout.grids, key=lambda cell: cell.code)
    by_grid, grids_of = {cell.id: cell for cell in cells}, defaultdict(list)
    inside = {cell.id: [] for cell in cells}
    for grid, compound in layout.covers:
        if grid in by_grid and compound in by_id:
            grids_of[compound].append(by_grid[grid])
            inside[grid].append(by_id[compound])
    for grids in grids_of.values():
        grids.sort(key=lambda cell: cell.code)
    for courtyards in inside.values():
        courtyards.sort(key=lambda courtyard: courtyard.code)

    # A compound that has grids to itself, or more than one, has a branch of its own.
    own = {pk for pk, grids in grids_of.items() if len(grids) > 1 or len(inside[grids[0].id]) == 1}
    sharing = {
        grid.id: [courtyard for courtyard in inside[grid.id] if courtyard.id not in own]
        for grid in cells
    }
    for left in sharing.values():
        if len(left) == 1:  # the others of its grid have branches of their own
            own.add(left.pop().id)

    trees = [
        _compound_tree(by_id[pk], grids_of[pk], inside, norms)
        for pk in sorted(own, key=lambda pk: by_id[pk].code)
    ]
    for grid in cells:
        if sharing[grid.id]:
            trees += _split(_grid_tree(grid, sharing[grid.id], norms), grid, by_id, norms)
    wanted = [node for tree in _join(trees, norms) for node in tree]
    uncovered = [courtyard for courtyard in layout.courtyards if courtyard.id not in grids_of]
    return _told_apart(wanted), uncovered


def _named(pattern: str, name: str, *values: int) -> str:
    """The pattern with the name, cut so that the whole fits its column."""
    room = NAME_LENGTH - len(pattern.format("", *values))
    return pattern.format(name[:room], *values)


def _told_apart(wanted: list[Wanted]) -> list[Wanted]:
    """Two of one name below one parent bear the last digits of what they stand for."""
    seen = Counter((node.parent, node.name) for node in wanted)
    if len(seen) == len(wanted):
        return wanted
    return [
        replace(node, name=f"{node.name[: NAME_LENGTH - 6]}（{_code(node)[-4:]}）")
        if seen[node.parent, node.name] > 1
        else node
        for node in wanted
    ]


def _code(node: Wanted) -> str:
    """Code of the grid or compound in the key."""
    return node.key.replace(":joint:", ":").split(":")[2]


def _members(courtyards: Iterable[Courtyard]) -> int | None:
    counts = [courtyard.full_members for courtyard in courtyards]
    return None if None in counts else sum(counts)


def _compound_tree(
    courtyard: Courtyard, grids: Sequence[Cell], inside: dict[int, list[Courtyard]], norms: Norms
) -> list[Wanted]:
    """Topology A: a compound branch, a group for each grid (S0-15).

    Members of the grids within one compound are not counted apart, so a branch of too many
    stays one and says so.
    """

    def alone(grid: Cell) -> bool:
        return len(inside[grid.id]) == 1

    if len(grids) > 1:
        code = "MANY_GRIDS"
    else:  # either alone in its grid, or the others of the grid have branches of their own
        code = "ONE_TO_ONE" if alone(grids[0]) else "LEFT_ALONE"
    values = (("compound", courtyard.name), ("grids", len(grids)), ("grid", grids[0].name))
    reasons = (Reason(code, values),)
    key = f"branch:compound:{courtyard.code}"
    branch = Wanted(
        key,
        OrganisationKind.BRANCH,
        Reach.COMPOUND,
        _named(BRANCH, courtyard.name),
        (courtyard.id,),
        (*reasons, *_too_large(courtyard.full_members, norms)),
        compound=courtyard.id,
        full_members=courtyard.full_members,
        seats=courtyard.buildings + courtyard.entrances,
    )
    groups = [
        Wanted(
            f"group:grid:{grid.code}:{courtyard.code}",
            OrganisationKind.GROUP,
            Reach.GRID,
            # Several compounds may have a group in one grid, and below one joint branch.
            _named(GROUP, grid.name if alone(grid) else courtyard.name + grid.name),
            (courtyard.id,),
            (Reason("GROUP_PER_GRID", (("grid", grid.name),)),),
            parent=key,
            grid=grid.id,
            compound=courtyard.id,
        )
        for grid in grids
    ]
    return [branch, *groups]


def _too_large(members: int | None, norms: Norms) -> tuple[Reason, ...]:
    if members is None or members <= norms.branch_members_max:
        return ()
    return (Reason("TOO_LARGE", (("members", members), ("most", norms.branch_members_max))),)


def _grid_branch(grid: Cell, courtyards: Sequence[Courtyard], *reasons: Reason) -> Wanted:
    return Wanted(
        f"branch:grid:{grid.code}",
        OrganisationKind.BRANCH,
        Reach.GRID,
        _named(BRANCH, grid.name),
        tuple(courtyard.id for courtyard in courtyards),
        reasons,
        grid=grid.id,
        full_members=_members(courtyards),
        seats=sum(courtyard.entrances for courtyard in courtyards),
    )


def _grid_tree(grid: Cell, courtyards: Sequence[Courtyard], norms: Norms) -> list[Wanted]:
    """Topology B: a grid branch, a group for each courtyard with members enough (S0-16)."""
    many = Reason("MANY_COMPOUNDS", (("grid", grid.name), ("compounds", len(courtyards))))
    branch = _grid_branch(grid, courtyards, many)
    least = norms.group_members_min
    small = [c for c in courtyards if c.full_members is not None and c.full_members < least]
    groups = [
        Wanted(
            f"group:courtyard:{courtyard.code}",
            OrganisationKind.GROUP,
            Reach.COURTYARD,
            _named(GROUP, courtyard.name),
            (courtyard.id,),
            (_own_group_reason(courtyard, least),),
            parent=branch.key,
            grid=grid.id,
            compound=courtyard.id,
            full_members=courtyard.full_members,
        )
        for courtyard in courtyards
        if courtyard not in small
    ]
    if small:
        groups.append(
            Wanted(
                f"group:grid:{grid.code}",
                OrganisationKind.GROUP,
                Reach.GRID,
                _named(SHARED_GROUP if len(small) > 1 else GROUP, grid.name),
                tuple(courtyard.id for courtyard in small),
                (Reason("SHARED_GROUP", (("compounds", len(small)), ("least", least))),),
                parent=branch.key,
                grid=grid.id,
                full_members=_members(small),
            )
        )
    return [branch, *groups]


def _own_group_reason(courtyard: Courtyard, least: int) -> Reason:
    if courtyard.full_members is None:
        return Reason("NO_LEDGER", (("compound", courtyard.name),))
    return Reason(
        "OWN_GROUP",
        (("compound", courtyard.name), ("members", courtyard.full_members), ("least", least)),
    )


def _split(
    tree: list[Wanted], grid: Cell, by_id: dict[int, Courtyard], norms: Norms
) -> list[list[Wanted]]:
    """A grid branch of more than 50 gives its largest courtyards branches of their own (§2.3).

    No further than needed: the rest stays the grid's branch.
    """
    branch, *groups = tree
    left, most = branch.full_members, norms.branch_members_max
    if left is None or left <= most:
        return [tree]
    size = Reason("SPLIT", (("members", left), ("most", most)))
    rest, leaving = list(groups), []
    able = sorted(
        (group for group in groups if group.reach == Reach.COURTYARD),
        key=lambda group: (-group.full_members, group.key),
    )
    while left > most and able and len(rest) > 1:
        group = able.pop(0)
        rest.remove(group)
        leaving.append(group)
        left -= group.full_members
    if len({pk for group in rest for pk in group.compounds}) == 1:
        leaving += rest
        rest = []
    if not leaving:  # nothing but courtyards that share one group
        return [[replace(branch, reasons=(*branch.reasons, *_too_large(left, norms))), *groups]]
    parts = []
    for group in sorted(leaving, key=lambda group: group.key):
        courtyard = by_id[group.compounds[0]]
        part = Wanted(
            f"branch:compound:{courtyard.code}",
            OrganisationKind.BRANCH,
            Reach.COMPOUND,
            _named(BRANCH, courtyard.name),
            (courtyard.id,),
            (*branch.reasons, size, *_too_large(courtyard.full_members, norms)),
            compound=courtyard.id,
            full_members=courtyard.full_members,
            seats=courtyard.entrances,
        )
        parts.append([part, replace(group, parent=part.key)])
    if rest:
        remaining = [by_id[pk] for group in rest for pk in group.compounds]
        remaining.sort(key=lambda courtyard: courtyard.code)
        reasons = (*branch.reasons, size, *_too_large(left, norms))
        parts.append([_grid_branch(grid, remaining, *reasons), *rest])
    return parts


def _join(trees: list[list[Wanted]], norms: Norms) -> list[list[Wanted]]:
    """Branches with fewer than 3 full members are founded together, at most 5 units (§2.3).

    In the order of codes, which follow the streets. Those without any member join the first that
    has room: of themselves they cannot make a branch.
    """
    least, most = norms.branch_members_min, norms.joint_units_max
    small = [t for t in trees if t[0].full_members is not None and t[0].full_members < least]
    if not small:
        return trees
    kept = [tree for tree in trees if tree not in small]
    bundles: list[list[list[Wanted]]] = []
    for tree in small:
        if tree[0].full_members:
            if not bundles or _size(bundles[-1]) >= least or len(bundles[-1]) >= most:
                bundles.append([])
            bundles[-1].append(tree)
    if len(bundles) > 1 and _size(bundles[-1]) < least:
        *_others, before, last = bundles
        if len(before) + len(last) <= most:
            before += bundles.pop()
    for tree in small:
        if not tree[0].full_members:
            roomy = next((one for one in bundles if len(one) < most and _size(one) >= least), None)
            if roomy is None:
                bundles.append([tree])
            else:
                roomy.append(tree)
    return [*kept, *(tree for bundle in bundles for tree in _joint(bundle, norms))]


def _size(bundle: list[list[Wanted]]) -> int:
    return sum(tree[0].full_members for tree in bundle)


def _joint(bundle: list[list[Wanted]], norms: Norms) -> list[list[Wanted]]:
    """One joint branch, or each as it was where even together they are too few."""
    members, least = _size(bundle), norms.branch_members_min
    if members < least:
        return [
            [
                replace(
                    tree[0],
                    reasons=(
                        *tree[0].reasons,
                        Reason("TOO_SMALL", (("members", tree[0].full_members), ("least", least))),
                    ),
                ),
                *tree[1:],
            ]
            for tree in bundle
        ]
    first = bundle[0][0]
    key = first.key.replace("branch:", "branch:joint:", 1)
    values = (("units", len(bundle)), ("members", members), ("least", least))
    branch = replace(
        first,
        key=key,
        name=_named(JOINT_BRANCH, first.name.removesuffix("党支部"), len(bundle)),
        compounds=tuple(pk for tree in bundle for pk in tree[0].compounds),
        grid=None,
        compound=None,
        is_joint=True,
        full_members=members,
        seats=sum(tree[0].seats for tree in bundle),
        reasons=(Reason("JOINT", values),),
    )
    return [[branch, *(replace(group, parent=key) for tree in bundle for group in tree[1:])]]
