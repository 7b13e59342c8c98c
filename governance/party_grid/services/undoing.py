"""Taking a whole batch of steps back, as long as nobody has built upon it."""

import uuid

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import bulk
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update

from ..errors import SamePerson, TouchedSince
from ..layout import read_places
from ..models import Duty, PartyOrganisation, Proposal, ProposalStep
from ..rules import Act, OrganisationKind
from .stating import (
    APPLY,
    ATTACHED,
    DISSOLVED,
    DUTY_FIELDS,
    FOUNDING,
    State,
    act_on_duty,
    change_covers,
    is_unchanged,
    lock,
    lock_standing,
    renew,
)


@transaction.atomic
def undo_batch(*, by, proposal: Proposal, batch: uuid.UUID | str) -> int:
    """Take a whole batch back: organisations and duties are as before it.  Returns its steps.

    Raises NotAllowed, SamePerson, TouchedSince (with what has been done since), DomainError.
    """
    row = lock(proposal)
    by.scope.require(APPLY, row)
    if row.prepared_by_id == by.pk:
        raise SamePerson(_("You prepared this proposal, so somebody else must undo it."))
    steps = list(
        row.steps.filter(batch=batch, state=State.APPLIED)
        .select_related("organisation")
        .order_by("position")
    )
    if not steps:
        raise DomainError(_("This batch has been undone already."))
    communities = {step.plan["community"] for step in steps}
    lock_standing(communities)
    undoing = _Undoing(steps)
    touched = undoing.touched()
    if touched:
        raise TouchedSince(touched)
    # What others have changed since keeps the other steps of that community stale.
    places = [one for one in read_places(row.area) if one.area.pk in communities]
    fresh = {one.area.pk for one in places if is_unchanged(row, one)}
    try:
        with transaction.atomic():
            undoing.undo()
    except ProtectedError as error:
        raise TouchedSince(sorted({str(one) for one in error.protected_objects})) from error
    except IntegrityError as error:
        raise TouchedSince(
            [_("another organisation has taken the place of one of those dissolved")]
        ) from error
    renew(row, fresh)
    acts = [*undoing.acts, audit.act_on("undo", row, {"rows": [len(steps), 0]})]
    audit.record_many(acts, by=by, batch=str(batch))
    return len(steps)


class _Undoing:
    def __init__(self, steps: list[ProposalStep]):
        self.steps = steps
        self.founded = [step for step in steps if step.act in FOUNDING]
        self.dissolved = [step for step in steps if step.act == Act.DISSOLVE]
        self.moved = [step for step in steps if step.act == Act.REATTACH]
        ids = [step.organisation_id for step in steps if step.organisation_id]
        rows = PartyOrganisation.objects.filter(pk__in=ids).order_by("pk")
        self.rows = {row.pk: row for row in for_update(rows)}
        ended = [pk for step in self.dissolved for pk, _version in step.before["duties"]]
        duties = Duty.objects.filter(pk__in=ended).select_related("kind", "person").order_by("pk")
        self.duties = {duty.pk: duty for duty in for_update(duties, of=("self", "person"))}
        parents = {self.rows[step.organisation_id].parent_id for step in self.dissolved}
        parents |= {step.before["values"].get("parent_id") for step in self.moved}
        above = PartyOrganisation.objects.filter(pk__in=parents - {None}).order_by("pk")
        self.above = {row.pk: row for row in for_update(above)}
        self.acts: list[audit.Act] = []

    def touched(self) -> list[str]:
        """What others have done since with the organisations of the batch, in words."""
        said = []
        for step in self.steps:
            row = self.rows.get(step.organisation_id)
            if row is None or row.version != step.before["version"]:
                said.append(_("%(name)s: changed since") % {"name": row or step.name})
        founded = [step.organisation_id for step in self.founded if step.organisation_id]
        seated = Duty.objects.filter(organisation__in=founded).values_list(
            "organisation__name", "kind__name"
        )
        said += [
            _("%(name)s: duty %(duty)s given since") % {"name": name, "duty": kind}
            for name, kind in seated.order_by("organisation__name", "kind__position")
        ]
        later = PartyOrganisation.objects.filter(parent__in=founded).exclude(pk__in=self.rows)
        said += [
            _("%(name)s: belongs to %(parent)s since") % {"name": row.name, "parent": row.parent}
            for row in later.select_related("parent").order_by("name")
        ]
        for step in self.dissolved:
            for pk, version in step.before["duties"]:
                duty = self.duties.get(pk)
                if duty is None or duty.version != version:
                    said.append(_("%(name)s: a duty changed since") % {"name": step.name})
                elif duty.person.left_on is not None:
                    said.append(
                        _("%(name)s: who held the duty %(duty)s has left since")
                        % {"name": step.name, "duty": duty.kind}
                    )
        return said + self._gone_above()

    def _gone_above(self) -> list[str]:
        """Organisations that would be put back below one that has been dissolved since."""
        revived = {step.organisation_id for step in self.dissolved}
        said = []
        for step in [*self.dissolved, *self.moved]:
            row = self.rows[step.organisation_id]
            pk = step.before.get("values", {}).get("parent_id", row.parent_id)
            above = self.above.get(pk)
            if above is not None and above.dissolved_on and pk not in revived:
                said.append(
                    _("%(name)s: %(parent)s above it was dissolved since")
                    % {"name": row.name, "parent": above.name}
                )
        return said

    def undo(self) -> None:
        """Founded groups go, others return to their branches, then founded branches go."""
        self._remove(OrganisationKind.GROUP)
        self._put_back()
        self._remove(OrganisationKind.BRANCH)
        self._revive()
        for step in self.steps:
            step.state, step.batch, step.before = State.UNDONE, None, {}
            if step.act in FOUNDING:
                step.organisation_id = None
        bulk.update_many(ProposalStep, self.steps, ("state", "batch", "before", "organisation"))

    def _remove(self, kind: OrganisationKind) -> None:
        ids = [step.organisation_id for step in self.founded if step.plan["kind"] == kind]
        self.acts += [audit.act_on("remove", self.rows[pk]) for pk in ids]
        PartyOrganisation.objects.filter(pk__in=ids).delete()

    def _put_back(self) -> None:
        added, removed = [], []
        for step in self.moved:
            row = self.rows[step.organisation_id]
            noted = {}
            for column, value in step.before["values"].items():
                noted[column.removesuffix("_id")] = [getattr(row, column), value]
                setattr(row, column, value)
            row.version += 1
            added += [(row.pk, pk) for pk in step.plan.get("removed", ())]
            removed += [(row.pk, pk) for pk in step.plan.get("added", ())]
            self.acts.append(audit.act_on("undo", row, noted))
        bulk.update_many(
            PartyOrganisation,
            [self.rows[step.organisation_id] for step in self.moved],
            ATTACHED,
        )
        change_covers(added, removed)

    def _revive(self) -> None:
        for step in self.dissolved:
            row = self.rows[step.organisation_id]
            self.acts.append(audit.act_on("undo", row, {"dissolved_on": [row.dissolved_on, None]}))
            row.dissolved_on, row.dissolution_document = None, ""
            row.version += 1
        bulk.update_many(
            PartyOrganisation,
            [self.rows[step.organisation_id] for step in self.dissolved],
            DISSOLVED,
        )
        for duty in self.duties.values():
            duty.ended_on, duty.end_reason = None, ""
            duty.version += 1
            self.acts.append(act_on_duty("undo", duty, self.rows[duty.organisation_id].name))
        bulk.update_many(Duty, list(self.duties.values()), DUTY_FIELDS)
