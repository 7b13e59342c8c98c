"""From the layout of a community to the party organisation it calls for (S0-15, S0-16).

Many grids in one compound: a compound branch and a group for each grid.  Many compounds in one
grid: a grid branch and a group for each courtyard that has members enough, one shared by the
others.  One to one: the first with one grid.  Counting nothing but the layout and the ledger of
members; what is unknown is not guessed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .kinds import OrganisationKind, Reach
from .norms import Norms

COMPOUND_BRANCH = "{}党支部"
GRID_BRANCH = "{}党支部"
GRID_GROUP = "{}党小组"
COURTYARD_GROUP = "{}党小组"
SHARED_GROUP = "{}联合党小组"
JOINT_BRANCH = "{}等{}个单位联合党支部"


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
    """The organisations a community's layout calls for, and the compounds no grid covers."""
    by_id = {courtyard.id: courtyard for courtyard in layout.courtyards}
    grids_of, inside = defaultdict(list), defaultdict(list)
    for grid in sorted(layout.grids, key=lambda cell: cell.code):
        for courtyard in layout.courtyards:
            if (grid.id, courtyard.id) in layout.covers:
                grids_of[courtyard.id].append(grid)
                inside[grid.id].append(courtyard)
    for courtyards in inside.values():
        courtyards.sort(key=lambda courtyard: courtyard.code)

    # A compound that has grids to itself, or more than one, has a branch of its own.
    own = {pk for pk, grids in grids_of.items() if len(grids) > 1 or len(inside[grids[0].id]) == 1}
    sharing = {
        grid.id: [courtyard for courtyard in inside[grid.id] if courtyard.id not in own]
        for grid in layout.grids
    }
    for left in sharing.values():
        if len(left) == 1:  # the others of its grid have branches of their own
            own.add(left.pop().id)

    trees = [
        _compound_tree(by_id[pk], grids_of[pk]) for pk in sorted(own, key=lambda pk: by_id[pk].code)
    ]
    for grid in sorted(layout.grids, key=lambda cell: cell.code):
        if sharing[grid.id]:
            trees.append(_grid_tree(grid, sharing[grid.id], norms))
    trees = [part for tree in trees for part in _split(tree, norms)]
    wanted = [node for tree in _join(trees, norms) for node in tree]
    uncovered = [courtyard for courtyard in layout.courtyards if courtyard.id not in grids_of]
    return wanted, uncovered


def _members(courtyards: Iterable[Courtyard]) -> int | None:
    counts = [courtyard.full_members for courtyard in courtyards]
    return None if None in counts else sum(counts)


def _compound_tree(courtyard: Courtyard, grids: Sequence[Cell]) -> list[Wanted]:
    """Topology A: a compound branch, a group for each grid (S0-15)."""
    code = "MANY_GRIDS" if len(grids) > 1 else "ONE_TO_ONE"
    reason = Reason(code, (("compound", courtyard.name), ("grids", len(grids))))
    key = f"branch:compound:{courtyard.code}"
    branch = Wanted(
        key,
        OrganisationKind.BRANCH,
        Reach.COMPOUND,
        COMPOUND_BRANCH.format(courtyard.name),
        (courtyard.id,),
        (reason,),
        compound=courtyard.id,
        full_members=courtyard.full_members,
        seats=courtyard.buildings + courtyard.entrances,
    )
    groups = [
        Wanted(
            f"group:grid:{grid.code}:{courtyard.code}",
            OrganisationKind.GROUP,
            Reach.GRID,
            GRID_GROUP.format(grid.name),
            (courtyard.id,),
            (Reason("GROUP_PER_GRID", (("grid", grid.name),)),),
            parent=key,
            grid=grid.id,
            compound=courtyard.id,
        )
        for grid in grids
    ]
    return [branch, *groups]


def _grid_tree(grid: Cell, courtyards: Sequence[Courtyard], norms: Norms) -> list[Wanted]:
    """Topology B: a grid branch, a group for each courtyard with members enough (S0-16)."""
    key = f"branch:grid:{grid.code}"
    branch = Wanted(
        key,
        OrganisationKind.BRANCH,
        Reach.GRID,
        GRID_BRANCH.format(grid.name),
        tuple(courtyard.id for courtyard in courtyards),
        (Reason("MANY_COMPOUNDS", (("grid", grid.name), ("compounds", len(courtyards)))),),
        grid=grid.id,
        full_members=_members(courtyards),
        seats=sum(courtyard.entrances for courtyard in courtyards),
    )
    least = norms.group_members_min
    small = [c for c in courtyards if c.full_members is not None and c.full_members < least]
    groups = [
        Wanted(
            f"group:courtyard:{courtyard.code}",
            OrganisationKind.GROUP,
            Reach.COURTYARD,
            COURTYARD_GROUP.format(courtyard.name),
            (courtyard.id,),
            (_own_group_reason(courtyard, least),),
            parent=key,
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
                SHARED_GROUP.format(grid.name) if len(small) > 1 else GRID_GROUP.format(grid.name),
                tuple(courtyard.id for courtyard in small),
                (
                    Reason(
                        "SHARED_GROUP",
                        (("compounds", len(small)), ("least", least)),
                    ),
                ),
                parent=key,
                grid=grid.id,
                is_joint=len(small) > 1,
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


def _split(tree: list[Wanted], norms: Norms) -> list[list[Wanted]]:
    """A branch of more than 50 becomes one branch for each of its groups, where it has several.

    Members of the grids within one compound are not counted apart, so a compound branch stays
    and says that it is too large.
    """
    branch, *groups = tree
    if branch.full_members is None or branch.full_members <= norms.branch_members_max:
        return [tree]
    size = (("members", branch.full_members), ("most", norms.branch_members_max))
    if branch.reach == Reach.COMPOUND or len(groups) < 2:
        return [[replace(branch, reasons=(*branch.reasons, Reason("TOO_LARGE", size))), *groups]]
    parts = []
    for group in groups:
        reasons = (*branch.reasons, Reason("SPLIT", size))
        is_courtyard = group.reach == Reach.COURTYARD
        key = group.key.replace("group:courtyard:", "branch:compound:").replace("group:", "branch:")
        part = replace(
            branch,
            key=key,
            reach=Reach.COMPOUND if is_courtyard else Reach.GRID,
            name=group.name.replace("党小组", "党支部"),
            compounds=group.compounds,
            grid=None if is_courtyard else group.grid,
            compound=group.compound if is_courtyard else None,
            full_members=group.full_members,
            seats=0,
            reasons=reasons,
        )
        parts.append([part, replace(group, parent=key)])
    return parts


def _join(trees: list[list[Wanted]], norms: Norms) -> list[list[Wanted]]:
    """Branches with fewer than 3 full members are founded together, at most 5 units (§2.3)."""
    least = norms.branch_members_min
    small = [t for t in trees if t[0].full_members is not None and t[0].full_members < least]
    if not small:
        return trees
    kept = [tree for tree in trees if tree not in small]
    bundles: list[list[list[Wanted]]] = [[]]
    for tree in small:
        total = sum(member[0].full_members for member in bundles[-1])
        if bundles[-1] and (total >= least or len(bundles[-1]) >= norms.joint_units_max):
            bundles.append([])
        bundles[-1].append(tree)
    if len(bundles) > 1:
        last = sum(tree[0].full_members for tree in bundles[-1])
        room = norms.joint_units_max - len(bundles[-2])
        if last < least and len(bundles[-1]) <= room:
            bundles[-2] += bundles.pop()
    return [*kept, *(_joint(bundle, norms) for bundle in bundles)]


def _joint(bundle: list[list[Wanted]], norms: Norms) -> list[Wanted]:
    members = sum(tree[0].full_members for tree in bundle)
    size = (("members", members), ("least", norms.branch_members_min))
    first = bundle[0][0]
    if len(bundle) == 1:
        reasons = (*first.reasons, Reason("TOO_SMALL", size))
        return [replace(first, reasons=reasons), *bundle[0][1:]]
    key = first.key.replace("branch:", "branch:joint:", 1)
    branch = replace(
        first,
        key=key,
        name=JOINT_BRANCH.format(first.name.removesuffix("党支部"), len(bundle)),
        compounds=tuple(pk for tree in bundle for pk in tree[0].compounds),
        grid=None,
        compound=None,
        is_joint=True,
        full_members=members,
        seats=sum(tree[0].seats for tree in bundle),
        reasons=(Reason("JOINT", (("units", len(bundle)), *size)),),
    )
    groups = [replace(group, parent=key) for tree in bundle for group in tree[1:]]
    return [branch, *groups]
