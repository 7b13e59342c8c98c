"""Putting steps of a proposal into force, with the document that orders them.

Written by set, so that a district takes as many statements as a compound. The rules say what a
step needs besides; nothing is applied by halves.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override as in_language

from governance.audit import services as audit
from governance.foundation import bulk, dates
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update

from ..errors import LayoutChanged, SamePerson
from ..layout import Place, read_places
from ..models import Duty, Norm, OrganisationCover, PartyOrganisation, Proposal, ProposalStep
from ..rules import Act, Norms, OrganisationKind, term_end
from ..telling import tell_applied
from .stating import (
    APPLY,
    ATTACHED,
    DISSOLVED,
    DUTY_FIELDS,
    FOUNDING,
    TAKEABLE,
    State,
    act_on_duty,
    change_covers,
    is_unchanged,
    lock,
    lock_standing,
    renew,
)

COLUMNS = {"parent": "parent_id", "grid": "grid_id", "compound": "compound_id"}


@transaction.atomic
def apply_steps(
    *,
    by,
    proposal: Proposal,
    document_number: str,
    document_on: dt.date | None,
    steps: Iterable[int] | None = None,
) -> list[ProposalStep]:
    """Put steps into force with the document that orders them, and those they need besides.

    `steps` are ids; None takes all that are open. Returns the steps applied, of one batch.
    Raises NotAllowed, SamePerson (the preparer), LayoutChanged, DomainError.
    """
    row = lock(proposal)
    by.scope.require(APPLY, row)
    if row.prepared_by_id == by.pk:
        raise SamePerson(_("You prepared this proposal, so somebody else must apply it."))
    document_number = document_number.strip()
    _check_document(document_number, document_on)
    chosen = _chosen(row, steps)
    places = _refuse_if_changed(row, {step.plan["community"] for step in chosen})
    batch = _Batch(by, row, chosen, places, document_number, document_on)
    try:
        with transaction.atomic():
            batch.apply()
    except IntegrityError as error:
        raise DomainError(
            _("Somebody else has just founded or changed one of these organisations. Propose anew.")
        ) from error
    renew(row, batch.communities)
    tell_applied(row)
    changes = {"rows": [None, len(chosen)], "document_number": [None, document_number]}
    acts = [*batch.acts, audit.act_on("apply", row, changes)]
    audit.record_many(acts, by=by, reason=document_number, batch=str(batch.id))
    return chosen


def _check_document(number: str, day: dt.date | None) -> None:
    if not number:
        raise DomainError(_("Name the document that orders it."), field="document_number")
    if day is None:
        raise DomainError(_("Give the date of the document."), field="document_on")
    if day > dates.today():
        raise DomainError(_("The date of the document lies in the future."), field="document_on")


def _chosen(proposal: Proposal, ids: Iterable[int] | None) -> list[ProposalStep]:
    """The steps asked for and all that they need, in order."""
    rows = list(proposal.steps.exclude(act=Act.DRAW_GRID).order_by("position"))
    by_key = {row.key: row for row in rows}
    wished = None if ids is None else set(ids)
    queue = [row for row in rows if row.state in TAKEABLE and (wished is None or row.pk in wished)]
    if not queue:
        raise DomainError(_("None of the steps chosen is open any more."), field="steps")
    found = {row.key: row for row in queue}
    while queue:
        row = queue.pop()
        for key in row.plan["needs"]:
            need = by_key.get(key)
            if need is None or need.key in found or need.state == State.APPLIED:
                continue
            if need.state == State.LEFT:
                raise DomainError(
                    _("“%(step)s” cannot be applied: it belongs with “%(need)s”, which was left.")
                    % {"step": row, "need": need},
                    field="steps",
                )
            found[need.key] = need
            queue.append(need)
    return sorted(found.values(), key=lambda row: row.position)


def _refuse_if_changed(proposal: Proposal, communities: set[int]) -> list[Place]:
    """What stands in the communities now.  Raises LayoutChanged if it is not as proposed."""
    lock_standing(communities)
    places = [place for place in read_places(proposal.area) if place.area.pk in communities]
    changed = [place.area.name for place in places if not is_unchanged(proposal, place)]
    if changed or len(places) < len(communities):
        raise LayoutChanged(changed or [proposal.area.name])
    return places


@dataclass
class _Batch:
    by: Any
    proposal: Proposal
    steps: list[ProposalStep]
    places: list[Place]
    document_number: str
    document_on: dt.date
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    acts: list[audit.Act] = field(default_factory=list)

    @property
    def communities(self) -> set[int]:
        return {step.plan["community"] for step in self.steps}

    def apply(self) -> None:
        """Dissolve, found branches, re-attach, found groups: each is free for the next."""
        self.norms: Norms = Norm.objects.in_force(self.proposal.district_id, self.document_on)
        self.areas = {place.area.pk: place.area for place in self.places}
        # Keys of what earlier batches founded, then of what this one founds.
        self.ids = dict(
            self.proposal.steps.filter(act__in=FOUNDING, state=State.APPLIED)
            .exclude(organisation=None)
            .values_list("key", "organisation")
        )
        self._refuse_doubles()
        self._dissolve([step for step in self.steps if step.act == Act.DISSOLVE])
        founding = [step for step in self.steps if step.act in FOUNDING]
        self._found([s for s in founding if s.plan["kind"] == OrganisationKind.BRANCH])
        self._reattach([step for step in self.steps if step.act == Act.REATTACH])
        self._found([s for s in founding if s.plan["kind"] == OrganisationKind.GROUP])
        now = timezone.now()
        for step in self.steps:
            step.state, step.batch = State.APPLIED, self.id
            step.document_number, step.document_on = self.document_number, self.document_on
            step.applied_by, step.applied_at = self.by, now
        bulk.update_many(
            ProposalStep,
            self.steps,
            (
                "state",
                "batch",
                "document_number",
                "document_on",
                "applied_by",
                "applied_at",
                "organisation",
                "before",
            ),
        )

    def _parent(self, parent: int | str | None) -> int | None:
        if isinstance(parent, str):
            if parent not in self.ids:
                raise DomainError(_("The branch of one of the groups has not been founded."))
            return self.ids[parent]
        return parent

    def _refuse_doubles(self) -> None:
        """Two organisations of one name below one parent: say which, before anything is written."""
        leaving = {step.plan["standing"][0] for step in self.steps if step.act == Act.DISSOLVE}
        moved = {
            step.plan["standing"][0]: step.plan["changes"]
            for step in self.steps
            if step.act == Act.REATTACH
        }
        names: Counter = Counter()
        for place in self.places:
            for one in place.standing:
                if one.id not in leaving:
                    changes = moved.get(one.id, {})
                    names[changes.get("parent", one.parent), changes.get("name", one.name)] += 1
        for step in self.steps:
            if step.act in FOUNDING:
                parent = step.plan["parent"]
                names[self.ids.get(parent, parent), step.name] += 1
        double = next((name for (up, name), n in names.items() if n > 1 and up is not None), None)
        if double:
            raise DomainError(
                _("“%(name)s” stands there already. Rename it, then propose anew.")
                % {"name": double},
                field="steps",
            )

    # ------------------------------------------------------------ the three kinds of acts

    def _dissolve(self, steps: Sequence[ProposalStep]) -> None:
        rows = self._rows(steps)
        taken_by = {
            pk: step.name
            for step in self.steps
            if step.act in FOUNDING
            for pk in step.plan["standing"]
        }
        duties: dict[int, list[Duty]] = {pk: [] for pk in rows}
        held = Duty.objects.held().filter(organisation__in=list(rows)).select_related("kind")
        for duty in for_update(held.order_by("pk")):
            duties[duty.organisation_id].append(duty)
        ended = []
        for step in steps:
            row = rows[step.plan["standing"][0]]
            row.dissolved_on, row.dissolution_document = self.document_on, self.document_number
            row.version += 1
            for duty in duties[row.pk]:
                duty.ended_on = max(self.document_on, duty.starts_on or self.document_on)
                duty.end_reason = self._why_ended(taken_by.get(row.pk))
                duty.version += 1
                ended.append(duty)
            step.before = {
                "version": row.version,
                "duties": [[duty.pk, duty.version] for duty in duties[row.pk]],
            }
            changes = {"dissolved_on": [None, self.document_on], "duties": [len(duties[row.pk]), 0]}
            self.acts.append(audit.act_on("dissolve", row, changes))
        bulk.update_many(
            PartyOrganisation,
            list(rows.values()),
            DISSOLVED,
        )
        bulk.update_many(Duty, ended, DUTY_FIELDS)
        self.acts += [
            act_on_duty("end_duty", duty, rows[duty.organisation_id].name) for duty in ended
        ]

    def _why_ended(self, successor: str | None) -> str:
        with in_language(settings.LANGUAGE_CODE):
            if successor:
                text = _("The organisation was replaced by %(name)s (%(document)s).")
            else:
                text = _("The organisation was dissolved (%(document)s).")
            return (text % {"name": successor, "document": self.document_number})[:200]

    def _found(self, steps: Sequence[ProposalStep]) -> None:
        rows = []
        for step in steps:
            plan = step.plan
            row = PartyOrganisation(
                kind=plan["kind"],
                reach=plan["reach"],
                is_joint=plan["is_joint"],
                name=step.name,
                parent_id=self._parent(plan["parent"]),
                grid_id=plan["grid"],
                compound_id=plan["compound"],
                founded_on=self.document_on,
                document_number=self.document_number,
                term_until=term_end(self.document_on, plan["kind"], self.norms),
            )
            row.place_in(self.areas[plan["community"]])
            rows.append(row)
        bulk.insert_many(PartyOrganisation, rows)
        covers = []
        for step, row in zip(steps, rows, strict=True):
            self.ids[step.key] = step.organisation_id = row.pk
            step.before = {"version": row.version}
            covers += [(row.pk, compound) for compound in step.plan["compounds"]]
            changes = {
                "founded_on": [None, self.document_on],
                "compounds": [None, len(step.plan["compounds"])],
            }
            self.acts.append(audit.act_on("found", row, changes))
        bulk.insert_values(OrganisationCover, ("organisation", "compound"), covers)

    def _reattach(self, steps: Sequence[ProposalStep]) -> None:
        rows = self._rows(steps)
        added, removed = [], []
        for step in steps:
            row, plan = rows[step.plan["standing"][0]], step.plan
            noted, values = {}, {}
            for name, value in plan["changes"].items():
                column = COLUMNS.get(name, name)
                after = self._parent(value) if name == "parent" else value
                values[column] = getattr(row, column)
                noted[name] = [values[column], after]
                setattr(row, column, after)
            row.version += 1
            added += [(row.pk, compound) for compound in plan.get("added", ())]
            removed += [(row.pk, compound) for compound in plan.get("removed", ())]
            if "added" in plan:
                noted["compounds"] = [len(plan["removed"]), len(plan["added"])]
            step.before = {"version": row.version, "values": values}
            self.acts.append(audit.act_on("change", row, noted))
        bulk.update_many(
            PartyOrganisation,
            list(rows.values()),
            ATTACHED,
        )
        change_covers(added, removed)

    def _rows(self, steps: Sequence[ProposalStep]) -> dict[int, PartyOrganisation]:
        ids = [step.plan["standing"][0] for step in steps]
        found = PartyOrganisation.objects.filter(pk__in=ids).order_by("pk")
        return {row.pk: row for row in for_update(found)}
