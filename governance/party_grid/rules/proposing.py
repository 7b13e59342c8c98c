"""From what stands to what the layout calls for: the steps between, each with its reasons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .kinds import Act, OrganisationKind, Reach
from .topology import Courtyard, Reason, Wanted


@dataclass(frozen=True, slots=True)
class Standing:
    """An organisation that stands: a branch or a group."""

    id: int
    kind: OrganisationKind
    reach: Reach
    name: str
    parent: int | None
    compounds: frozenset[int]
    grid: int | None = None
    compound: int | None = None
    is_joint: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One act. `wanted` is what is founded or aimed at; `standing` the organisations it touches."""

    act: Act
    key: str
    name: str
    reasons: tuple[Reason, ...]
    wanted: Wanted | None = None
    standing: tuple[int, ...] = ()
    # For re-attaching: the columns that change, with what they become.
    changes: tuple[tuple[str, object], ...] = field(default=())


def steps_towards(
    wanted: Sequence[Wanted],
    uncovered: Iterable[Courtyard],
    standing: Sequence[Standing],
    *,
    committee: int | None,
) -> tuple[list[Step], dict[str, int]]:
    """The steps, in an order in which they can be applied, and what stands already (key → id).

    `committee`: the community's own party organisation, parent of its branches.
    """
    matched = _match(wanted, standing)
    by_id = {one.id: one for one in standing}
    used = set(matched.values())
    spare = [one for one in standing if one.id not in used]
    steps, replaced = [], set()
    for node in wanted:
        parent = committee if not node.parent else matched.get(node.parent)
        if node.key in matched:
            step = _reattach(node, by_id[matched[node.key]], parent)
            if step:
                steps.append(step)
            continue
        gone = _replaced(node, spare)
        if node.kind == OrganisationKind.BRANCH and gone and node.is_joint:
            act = Act.JOIN
        elif gone and any(reason.code == "SPLIT" for reason in node.reasons):
            act = Act.SPLIT
        else:
            act, gone = Act.FOUND, ()
        replaced.update(gone)
        steps.append(Step(act, node.key, node.name, node.reasons, wanted=node, standing=gone))
    for one in spare:
        reason = Reason("REPLACED" if one.id in replaced else "NOT_CALLED_FOR")
        steps.append(
            Step(Act.DISSOLVE, f"dissolve:{one.id}", one.name, (reason,), standing=(one.id,))
        )
    for courtyard in uncovered:
        reason = Reason("NO_GRID", (("compound", courtyard.name),))
        steps.append(Step(Act.DRAW_GRID, f"draw:{courtyard.code}", courtyard.name, (reason,)))
    return steps, matched


def _identity(one: Wanted | Standing) -> tuple:
    if one.is_joint and one.kind == OrganisationKind.BRANCH:
        return (one.kind, "joint", frozenset(one.compounds))
    if one.kind == OrganisationKind.BRANCH:
        return (one.kind, one.reach, one.compound if one.reach == Reach.COMPOUND else one.grid)
    return (one.kind, one.reach, one.grid, one.compound)


def _match(wanted: Sequence[Wanted], standing: Sequence[Standing]) -> dict[str, int]:
    """Wanted keys to standing ids: by what they stand for, else by the compounds they cover."""
    free = {}
    for one in standing:
        free.setdefault(_identity(one), one)
    found: dict[str, int] = {}
    for node in wanted:
        one = free.pop(_identity(node), None)
        if one:
            found[node.key] = one.id
    used = set(found.values())
    by_cover: dict[tuple, list[Standing]] = {}
    for one in standing:
        if one.id not in used:
            by_cover.setdefault((one.kind, one.compounds), []).append(one)
    for node in wanted:
        alike = by_cover.get((node.kind, frozenset(node.compounds)))
        if node.key not in found and alike:
            # Of several groups over one compound the one with the wanted name comes first.
            alike.sort(key=lambda one: (one.name != node.name, one.id))
            found[node.key] = alike.pop(0).id
    return found


def _reattach(node: Wanted, one: Standing, parent: int | None) -> Step | None:
    """What must change so that a standing organisation is the wanted one; None if nothing."""
    changes: list[tuple[str, object]] = []
    if one.parent != parent and parent is not None:
        changes.append(("parent", parent))
    elif node.parent and parent is None:
        changes.append(("parent", node.parent))  # founded by an earlier step: its key
    for name in ("reach", "grid", "compound", "is_joint"):
        if getattr(one, name) != getattr(node, name):
            changes.append((name, getattr(node, name)))
    if one.compounds != frozenset(node.compounds):
        changes.append(("compounds", tuple(sorted(node.compounds))))
    if not changes:
        return None
    return Step(
        Act.REATTACH,
        node.key,
        one.name,
        node.reasons,
        wanted=node,
        standing=(one.id,),
        changes=tuple(changes),
    )


def _replaced(node: Wanted, spare: Sequence[Standing]) -> tuple[int, ...]:
    """Standing organisations of the kind whose compounds the wanted one takes over."""
    taken = set(node.compounds)
    return tuple(one.id for one in spare if one.kind == node.kind and one.compounds & taken)
