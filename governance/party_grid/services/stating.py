"""What acts on a proposal share: its lock, what it rests on, how covers and duties are noted."""

import hashlib
from collections.abc import Iterable, Sequence

from governance.audit import services as audit
from governance.foundation import bulk
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from ..layout import Place, communities_of, read_places
from ..models import Duty, OrganisationCover, PartyOrganisation, Proposal, ProposalStep
from ..rules import Act

PROPOSE, APPLY = "party.propose", "party.apply"
FOUNDING = (Act.FOUND, Act.JOIN, Act.SPLIT)
State = ProposalStep.State
# Steps that may still be taken; an undone one may be taken again.
TAKEABLE = (State.OPEN, State.UNDONE)
DUTY_FIELDS = ("ended_on", "end_reason", "version", "updated_at")
# Columns of an organisation that re-attaching changes.
ATTACHED = ("parent", "reach", "grid", "compound", "is_joint", "name", "version", "updated_at")
DISSOLVED = ("dissolved_on", "dissolution_document", "version", "updated_at")


def lock(proposal: Proposal) -> Proposal:
    """Lock the communities, so that proposals of one place go one after another, and the row."""
    area = Area.objects.get(pk=proposal.area_id)
    list(for_update(communities_of(area)).order_by("pk").values_list("pk"))
    return for_update(Proposal.objects).select_related("area").get(pk=proposal.pk)


def is_unchanged(proposal: Proposal, place: Place) -> bool:
    """Whether the steps of a community still rest on what is so."""
    return proposal.counts["fingerprints"].get(str(place.area.pk)) == place.fingerprint


def lock_standing(communities: Iterable[int]) -> None:
    """Lock what stands in communities, so that nothing changes between reading and writing."""
    rows = PartyOrganisation.objects.standing().filter(community__in=communities)
    list(for_update(rows).order_by("pk").values_list("pk"))


def renew(proposal: Proposal, communities: Iterable[int]) -> None:
    """What the proposal itself has changed does not make its other steps stale."""
    communities = set(communities)
    note(proposal, [p for p in read_places(proposal.area) if p.area.pk in communities])
    proposal.version += 1
    proposal.save(update_fields=["counts", "fingerprint", "version", "updated_at"])


def note(proposal: Proposal, places: Sequence[Place]) -> None:
    """Set what the proposal rests on, community by community."""
    prints = dict(proposal.counts.get("fingerprints", {}))
    prints.update({str(place.area.pk): place.fingerprint for place in places})
    proposal.counts = {**proposal.counts, "fingerprints": prints}
    proposal.fingerprint = hashlib.sha256(audit.canonical(prints).encode()).hexdigest()


def change_covers(added: list[tuple[int, int]], removed: list[tuple[int, int]]) -> None:
    if removed:
        gone = set(removed)
        rows = OrganisationCover.objects.filter(
            organisation__in={pk for pk, _compound in gone},
            compound__in={pk for _organisation, pk in gone},
        ).values_list("pk", "organisation", "compound")
        ids = [pk for pk, organisation, compound in rows if (organisation, compound) in gone]
        OrganisationCover.objects.filter(pk__in=ids).delete()
    bulk.insert_values(OrganisationCover, ("organisation", "compound"), added)


def act_on_duty(verb: str, duty: Duty, name: str) -> audit.Act:
    """An act about a duty in an organisation; its label names no person."""
    return audit.Act(
        verb=verb,
        object_type=duty._meta.label_lower,
        object_id=str(duty.pk),
        object_label=f"{name} {duty.kind}"[:200],
        changes=audit.plain({"ended_on": [None, duty.ended_on]} if duty.ended_on else {}),
        place=(duty.district_id, duty.street_id, duty.community_id),
    )
