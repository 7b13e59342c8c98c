"""From what stands to what the layout calls for: the steps between, each with its reasons.

Left alone: what covers no compound (a branch of pensioners), what covers compounds outside the
layout or without a grid, and groups by building, which are finer than a layout calls for.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from .kinds import Act, OrganisationKind, Reach
from .topology import Courtyard, Reason, Wanted

# Names that this room has given, and may change with what they say.
_JOINT_NAME = re.compile(r"等\d+个单位联合党支部$")


@dataclass(frozen=True, slots=True)
class Standing:
    """An organisation that stands: a branch or a group.

    `compounds`: those it covers that still stand; `is_over`: it covered some and all are gone.
    """

    id: int
    kind: OrganisationKind
    reach: Reach
    name: str
    parent: int | None
    compounds: frozenset[int]
    grid: int | None = None
    compound: int | None = None
    is_joint: bool = False
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One act. `wanted` is what is founded or aimed at; `standing` the organisations it touches.

    `needs`: keys of the steps without which it would leave a compound uncovered or a group
    without its branch, or a compound in two branches; they are applied together.
    """

    act: Act
    key: str
    name: str
    reasons: tuple[Reason, ...]
    wanted: Wanted | None = None
    standing: tuple[int, ...] = ()
    # For re-attaching: the columns that change, with what they become. A parent that is yet to
    # be founded is its key.
    changes: tuple[tuple[str, object], ...] = field(default=())
    needs: tuple[str, ...] = ()


def steps_towards(
    wanted: Sequence[Wanted],
    uncovered: Iterable[Courtyard],
    standing: Sequence[Standing],
    *,
    committee: int | None,
) -> tuple[list[Step], dict[str, int]]:
    """The steps, in the order of the tree, and what stands already (key → id).

    `committee`: the community's own party organisation, parent of its branches.
    """
    return _Towards(wanted, tuple(uncovered), standing, committee).steps()


class _Towards:
    def __init__(self, wanted, uncovered, standing, committee):
        self.wanted, self.uncovered, self.committee = wanted, uncovered, committee
        self.by_id = {one.id: one for one in standing}
        self.known = {pk for node in wanted for pk in node.compounds}
        self.by_building = [one for one in standing if one.reach == Reach.BUILDING]
        able = [one for one in standing if one.reach != Reach.BUILDING]
        self.matched = _match(wanted, able, self.known)
        used = set(self.matched.values())
        self.spare = [
            one
            for one in able
            if one.id not in used
            and (one.is_over or (one.compounds and one.compounds <= self.known))
        ]
        self.going = {one.id for one in self.spare}
        # They cover some of the layout, and something outside it for which they stay.
        self.wider = [
            one for one in able if one.id not in used | self.going and one.compounds & self.known
        ]
        # Compounds that have groups by building already.
        self.served = {pk for one in self.by_building for pk in one.compounds}

    def steps(self) -> tuple[list[Step], dict[str, int]]:
        made = [step for node in self.wanted if (step := self._towards(node))]
        made += [step for one in self.by_building if (step := self._attach(one))]
        made += [self._narrow(one) for one in self.wider]
        replaced = {pk for step in made if step.act != Act.REATTACH for pk in step.standing}
        for one in self.spare:
            code = "COMPOUND_GONE" if one.is_over else "NOT_CALLED_FOR"
            reason = Reason("REPLACED" if one.id in replaced else code)
            step = Step(Act.DISSOLVE, f"dissolve:{one.id}", one.name, (reason,), standing=(one.id,))
            made.append(step)
        for courtyard in self.uncovered:
            reason = Reason("NO_GRID", (("compound", courtyard.name),))
            made.append(Step(Act.DRAW_GRID, f"draw:{courtyard.code}", courtyard.name, (reason,)))
        return self._with_needs(made), self.matched

    def _towards(self, node: Wanted) -> Step | None:
        if node.key in self.matched:
            return self._reattach(node, self.by_id[self.matched[node.key]])
        if node.reach == Reach.COURTYARD and node.compound in self.served:
            return None
        gone = tuple(
            one.id
            for one in self.spare
            if one.kind == node.kind and one.compounds & set(node.compounds)
        )
        act = Act.FOUND
        if node.kind == OrganisationKind.BRANCH and gone:
            if node.is_joint:
                act = Act.JOIN
            elif any(self.by_id[pk].compounds > set(node.compounds) for pk in gone):
                act = Act.SPLIT
        elif any(reason.code == "SPLIT" for reason in node.reasons) and self._is_taken(node):
            act = Act.SPLIT
        return Step(act, node.key, node.name, node.reasons, wanted=node, standing=gone)

    def _is_taken(self, node: Wanted) -> bool:
        """Whether a branch that stays gives its compounds up."""
        return any(
            self.by_id[pk].kind == node.kind and self.by_id[pk].compounds & set(node.compounds)
            for pk in self.matched.values()
        )

    def _reattach(self, node: Wanted, one: Standing) -> Step | None:
        """What must change so that a standing organisation is the wanted one; None if nothing."""
        changes: list[tuple[str, object]] = []
        parent = self.matched.get(node.parent, node.parent) if node.parent else self.committee
        if one.parent != parent and parent is not None:
            changes.append(("parent", parent))
        for name in ("reach", "grid", "compound", "is_joint"):
            if getattr(one, name) != getattr(node, name):
                changes.append((name, getattr(node, name)))
        # What it covers outside the layout it goes on covering.
        compounds = frozenset(node.compounds) | (one.compounds - self.known)
        if one.compounds != compounds:
            changes.append(("compounds", tuple(sorted(compounds))))
        if changes and node.is_joint and one.name != node.name and _JOINT_NAME.search(one.name):
            changes.append(("name", node.name))
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

    def _narrow(self, one: Standing) -> Step:
        """One that others replace stays for what they do not take over."""
        compounds = tuple(sorted(one.compounds - self.known))
        return Step(
            Act.REATTACH,
            f"narrow:{one.id}",
            one.name,
            (Reason("TAKEN_OVER", (("compounds", len(one.compounds & self.known)),)),),
            standing=(one.id,),
            changes=(("compounds", compounds),),
        )

    def _attach(self, group: Standing) -> Step | None:
        """A group by building follows the branch of its compound."""
        if group.parent not in self.going and group.parent not in self.matched.values():
            return None
        branch = next(
            (
                node
                for node in self.wanted
                if node.kind == OrganisationKind.BRANCH and group.compounds & set(node.compounds)
            ),
            None,
        )
        parent = branch and self.matched.get(branch.key, branch.key)
        if parent in (None, group.parent):
            return None
        return Step(
            Act.REATTACH,
            f"attach:{group.id}",
            group.name,
            (Reason("FOLLOWS_BRANCH", (("branch", branch.name),)),),
            standing=(group.id,),
            changes=(("parent", parent),),
        )

    def _with_needs(self, made: list[Step]) -> list[Step]:
        covering = [  # who covers a compound when its step is done
            (step, set(dict(step.changes).get("compounds", step.wanted.compounds)))
            for step in made
            if step.wanted
        ]
        children: dict[int, list[str]] = {}
        for step in made:
            for pk in step.standing:
                parent = self.by_id[pk].parent
                if parent in self.going and step.act in (Act.REATTACH, Act.DISSOLVE):
                    children.setdefault(parent, []).append(step.key)
        needs: dict[str, list[str]] = {step.key: [] for step in made}
        for step in made:
            if step.act in (Act.FOUND, Act.JOIN, Act.SPLIT):
                needs[step.key] += [
                    step.wanted.parent,
                    *(f"dissolve:{pk}" for pk in step.standing),
                ]
            elif step.act != Act.DRAW_GRID:
                changes, one = dict(step.changes), self.by_id[step.standing[0]]
                if isinstance(changes.get("parent"), str):
                    needs[step.key].append(changes["parent"])
                if step.act == Act.DISSOLVE:
                    lost = one.compounds
                    needs[step.key] += children.get(one.id, ())
                else:
                    lost = one.compounds - set(changes.get("compounds", one.compounds))
                for other, compounds in covering:
                    if other is not step and other.wanted.kind == one.kind and compounds & lost:
                        needs[step.key].append(other.key)
                        needs[other.key].append(step.key)
        return [
            replace(step, needs=tuple(k for k in dict.fromkeys(needs[step.key]) if k in needs))
            for step in made
        ]


def _identity(one: Wanted | Standing, known: set[int]) -> tuple:
    if one.kind == OrganisationKind.BRANCH:
        if one.is_joint:
            return (one.kind, "joint", frozenset(one.compounds) & known)
        return (one.kind, one.reach, one.compound if one.reach == Reach.COMPOUND else one.grid)
    return (one.kind, one.reach, one.grid, one.compound)


def _match(
    wanted: Sequence[Wanted], standing: Sequence[Standing], known: set[int]
) -> dict[str, int]:
    """Wanted keys to standing ids: by what they stand for, else by the compounds they cover.

    A joint branch whose units have changed is the one that shares most compounds with it.
    """
    free: dict[tuple, Standing] = {}
    for one in standing:
        identity = _identity(one, known)
        if identity[-1] or one.kind == OrganisationKind.GROUP:
            free.setdefault(identity, one)
    found: dict[str, int] = {}
    for node in wanted:
        one = free.pop(_identity(node, known), None)
        if one:
            found[node.key] = one.id

    used = set(found.values())
    by_cover: dict[tuple, list[Standing]] = {}
    for one in standing:
        if one.id not in used:
            by_cover.setdefault((one.kind, one.compounds & known), []).append(one)
    for node in wanted:
        alike = by_cover.get((node.kind, frozenset(node.compounds)))
        if node.key not in found and alike:
            # Of several groups over one compound the one with the wanted name comes first.
            alike.sort(key=lambda one: (one.name != node.name, one.id))
            found[node.key] = alike.pop(0).id

    used = set(found.values())
    joint = [one for one in standing if one.is_joint and one.id not in used]
    for node in wanted:
        if node.is_joint and node.key not in found:
            shared = [
                (len(one.compounds & set(node.compounds)), -one.id, one)
                for one in joint
                if one.kind == node.kind and one.compounds & set(node.compounds)
            ]
            if shared:
                one = max(shared, key=lambda item: item[:2])[2]
                joint.remove(one)
                found[node.key] = one.id
    return found
