"""A proposal set out for reading: what is called for beside what stands, and its steps in words."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import cached_property

from compounds.registry.models import Compound
from governance.organisation.models import Area

from . import wording
from .layout import read_places, within
from .models import PartyOrganisation, Proposal, ProposalStep
from .rules import Act, OrganisationKind
from .services.stating import FOUNDING, TAKEABLE, State, is_unchanged
from .trees import in_order

CHIPS = {
    Act.FOUND: "ok",
    Act.JOIN: "warn",
    Act.SPLIT: "warn",
    Act.REATTACH: "plain",
    Act.DISSOLVE: "bad",
    Act.DRAW_GRID: "plain",
}
STATE_CHIPS = {State.OPEN: "plain", State.APPLIED: "ok", State.UNDONE: "warn", State.LEFT: "plain"}


@dataclass
class Node:
    """An organisation in one of the two trees. `act`: what a step does with it, in a word."""

    name: str
    act: str = ""
    tone: str = ""
    url_pk: int | None = None
    members: int | None = None
    seats: int = 0
    is_branch: bool = False
    children: list["Node"] = field(default_factory=list)


@dataclass
class Line:
    """A step in words."""

    step: ProposalStep
    act: str
    tone: str
    sentences: list[str]
    with_steps: list[int]
    is_group: bool
    is_ticked: bool
    may_take: bool
    state_tone: str


@dataclass
class Community:
    area: Area
    wanted: list[Node]
    standing: list[Node]
    lines: list[Line]

    @property
    def open_count(self) -> int:
        return sum(line.may_take for line in self.lines)

    @property
    def agrees(self) -> bool:
        return not self.lines


class Comparison:
    """All that the page of a proposal shows; a constant number of statements."""

    def __init__(self, proposal: Proposal):
        self.proposal = proposal
        self.steps = list(
            proposal.steps.select_related("applied_by", "organisation").order_by("position")
        )
        self.organisations = in_order(
            PartyOrganisation.objects.standing().filter(
                community__isnull=False,
                kind__gte=OrganisationKind.BRANCH,
                **within(proposal.area),
            )
        )

    @cached_property
    def counts(self) -> dict[str, Any]:
        return self.proposal.counts

    @cached_property
    def is_stale(self) -> bool:
        """Whether the open steps rest on what is no longer so."""
        concerned = {s.plan["community"] for s in self.steps if s.state in TAKEABLE}
        if not any(s.state in TAKEABLE and s.act != Act.DRAW_GRID for s in self.steps):
            return False
        return any(
            not is_unchanged(self.proposal, place)
            for place in read_places(self.proposal.area)
            if place.area.pk in concerned
        )

    @cached_property
    def open_steps(self) -> int:
        return sum(line.may_take for one in self.communities for line in one.lines)

    @cached_property
    def tallies(self) -> dict[str, int]:
        found = dict.fromkeys(State.values, 0)
        for step in self.steps:
            if step.act != Act.DRAW_GRID:
                found[step.state] += 1
        return found

    @cached_property
    def table(self) -> list[tuple[str, int, int, int]]:
        """Kinds of organisations: called for, standing when prepared, difference."""
        wanted, standing = self.counts["wanted"], self.counts["standing"]
        return [
            (key, wanted[key], standing[key], wanted[key] - standing[key])
            for key in ("compound_branches", "grid_branches", "joint_branches", "groups")
        ]

    @cached_property
    def acts(self) -> list[tuple[str, str, int]]:
        steps = self.counts["steps"]
        return [
            (str(wording.ACT_WORDS[act]), CHIPS[act], steps[act])
            for act in wording.ACT_WORDS
            if steps.get(act)
        ]

    @cached_property
    def batches(self) -> list[dict[str, Any]]:
        """What has been applied and may be undone, latest first."""
        found: dict[Any, dict[str, Any]] = {}
        for step in self.steps:
            if step.state == State.APPLIED:
                batch = found.setdefault(step.batch, {"id": step.batch, "step": step, "count": 0})
                batch["count"] += 1
        return sorted(found.values(), key=lambda one: one["step"].applied_at, reverse=True)

    @cached_property
    def agreeing(self) -> list[Community]:
        return [one for one in self.communities if one.agrees]

    @cached_property
    def communities(self) -> list[Community]:
        """Communities of the proposal that have anything to show."""
        wanted, standing = self._wanted_trees(), self._standing_trees()
        lines = defaultdict(list)
        for line in self._lines():
            lines[line.step.plan["community"]].append(line)
        ids = {*wanted, *standing, *lines}
        areas = Area.objects.filter(pk__in=ids).order_by("code")
        return [Community(one, wanted[one.pk], standing[one.pk], lines[one.pk]) for one in areas]

    def _wanted_trees(self) -> dict[int, list[Node]]:
        acts = {step.key: step for step in self.steps}
        nodes: dict[str, Node] = {}
        trees = defaultdict(list)
        for row in self.proposal.wanted:
            step = acts.get(row["key"])
            node = Node(
                row["name"],
                members=row["members"],
                seats=row["seats"],
                is_branch=row["kind"] == OrganisationKind.BRANCH,
                url_pk=row["standing"] or (step and step.organisation_id) or None,
            )
            if step and step.state != State.APPLIED:
                node.act, node.tone = str(wording.ACT_WORDS[Act(step.act)]), CHIPS[Act(step.act)]
            nodes[row["key"]] = node
            siblings = nodes[row["parent"]].children if row["parent"] else trees[row["community"]]
            siblings.append(node)
        return trees

    def _standing_trees(self) -> dict[int, list[Node]]:
        acts = {
            pk: step
            for step in self.steps
            if step.act not in FOUNDING and step.state in TAKEABLE
            for pk in step.plan["standing"]
        }
        nodes, trees = {}, defaultdict(list)
        for row in self.organisations:
            step = acts.get(row.pk)
            node = Node(row.name, url_pk=row.pk, is_branch=row.kind == OrganisationKind.BRANCH)
            if step:
                node.act, node.tone = str(wording.ACT_WORDS[Act(step.act)]), CHIPS[Act(step.act)]
            nodes[row.pk] = node
        for row in self.organisations:
            parent = nodes.get(row.parent_id)
            (parent.children if parent else trees[row.community_id]).append(nodes[row.pk])
        return trees

    def _lines(self) -> list[Line]:
        names = self._names()
        numbers = {step.key: step.position for step in self.steps}
        found = []
        for step in self.steps:
            act = Act(step.act)
            sentences = [wording.sentence(reason) for reason in step.reasons]
            if step.plan.get("changes") or step.plan.get("added") or step.plan.get("removed"):
                sentences = [*sentences[-1:], *wording.changes_in_words(step.plan, names)]
            may_take = step.state in TAKEABLE and act != Act.DRAW_GRID
            found.append(
                Line(
                    step=step,
                    act=str(wording.ACT_WORDS[act]),
                    tone=CHIPS[act],
                    sentences=sentences,
                    with_steps=sorted(numbers[key] for key in step.plan["needs"]),
                    is_group=step.plan.get("kind") == OrganisationKind.GROUP,
                    is_ticked=may_take
                    and not any(r["code"] in wording.DOUBTFUL for r in step.reasons),
                    may_take=may_take,
                    state_tone=STATE_CHIPS[State(step.state)],
                )
            )
        return found

    def _names(self) -> dict[int | str, str]:
        """Names of organisations by id and by key of their step, of compounds by `c` and id."""
        names: dict[int | str, str] = {one.pk: one.name for one in self.organisations}
        names.update((step.key, step.name) for step in self.steps)
        compounds = {
            pk
            for step in self.steps
            for key in ("added", "removed")
            for pk in step.plan.get(key, ())
        }
        if compounds:
            rows = Compound.objects.filter(pk__in=compounds).values_list("pk", "name")
            names.update((f"c{pk}", name) for pk, name in rows)
        return names
