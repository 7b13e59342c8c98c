"""Verbs of the room: found and correct clusters, say which compounds they hold, check the five
haves, switch emergency mode."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from compounds.registry.models import Compound, Status
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.models import Area, Level
from governance.party_grid.models import PartyOrganisation
from governance.people.models import Person

from . import rules
from .models import Cluster, ClusterCompound, FiveHave

EDIT = "party.edit"
FACTS = ("code", "name", "organisation")
Item = FiveHave.Item
# What the register says of an item, and why a mark is refused.
WORDS = {
    "NO_ORGANISATION": gettext_noop("No party organisation is named for this cluster."),
    "DISSOLVED": gettext_noop("The party organisation of this cluster has been dissolved."),
    "STANDS": gettext_noop("The party organisation stands."),
    "NO_COMPOUNDS": gettext_noop("No compound belongs to this cluster yet."),
    "UNLISTED": gettext_noop(
        "The ledger holds no party members of: %(names)s. Enter them, or tick that none live there."
    ),
    "LISTED": gettext_noop("The ledger holds %(members)s party members of these compounds."),
    "NO_EVIDENCE": gettext_noop("Say what shows it."),
    "NOT_A_VENUE": gettext_noop("Only the venue has premises and a standard."),
}


@dataclass(frozen=True)
class Hint:
    """What the register says of an item, in words."""

    code: str
    words: str

    @property
    def is_against(self) -> bool:
        return self.code in rules.AGAINST


# -- clusters --------------------------------------------------------------------------------------
@transaction.atomic
def add_cluster(
    *, by, area: Area, facts: dict[str, Any], compounds: Sequence[Compound] = ()
) -> Cluster:
    """Enter a cluster of a street or community, with its compounds.

    Raises NotAllowed, DomainError, ValidationError (code taken, a compound of another cluster).
    """
    by.scope.require(EDIT, area)
    if area.level not in (Level.STREET, Level.COMMUNITY):
        raise DomainError(_("A cluster belongs to a street or a community."), field="area")
    cluster = Cluster(**facts)
    cluster.place_in(area)
    _validate(cluster)
    _save(cluster)
    FiveHave.objects.bulk_create(FiveHave(cluster=cluster, item=item) for item in Item)
    joined = _join(cluster, compounds)
    changes = {name: [None, str(value)] for name, value in facts.items() if value}
    if joined:
        changes["compounds"] = [None, _names(joined)]
    audit.record("add", cluster, by=by, changes=changes)
    return cluster


@transaction.atomic
def change_cluster(
    *, by, cluster: Cluster, version: int, facts: dict[str, Any], reason: str = ""
) -> Cluster:
    """Correct code, name or organisation.  Raises NotAllowed, StaleRecord, ValidationError."""
    row = _locked(by, cluster, version)
    before = {name: getattr(row, name) for name in facts}
    changed = {name: value for name, value in facts.items() if before[name] != value}
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    _validate(row)
    row.version += 1
    _save(row)
    told = {name: [_told(before[name]), _told(value)] for name, value in changed.items()}
    audit.record("change", row, by=by, changes=told, reason=reason)
    return row


@transaction.atomic
def set_compounds(
    *,
    by,
    cluster: Cluster,
    version: int,
    compounds: Sequence[Compound],
    is_moving: bool = False,
    reason: str = "",
) -> Cluster:
    """Say which compounds belong to a cluster: each lies in one cluster only.

    With `is_moving` a compound of another cluster leaves that one; without, it is refused and
    the other cluster is named.  Raises NotAllowed, StaleRecord, DomainError.
    """
    row = _locked(by, cluster, version)
    own = {one.compound_id: one for one in row.members.select_related("compound")}
    wanted = {compound.pk: compound for compound in compounds}
    gone = [one for pk, one in own.items() if pk not in wanted]
    new = [compound for pk, compound in wanted.items() if pk not in own]
    if not gone and not new:
        return row
    ClusterCompound.objects.filter(pk__in=[one.pk for one in gone]).delete()
    acts = _take_from_others(by, new, is_moving)
    joined = _join(row, new)
    row.version += 1
    row.save(update_fields=["version", "updated_at"])
    changes = {"compounds": [_names(one.compound for one in gone), _names(joined)]}
    acts.append(audit.act_on("join", row, changes))
    audit.record_many(acts, by=by, reason=reason)
    return row


def _take_from_others(by, compounds: Sequence[Compound], is_moving: bool) -> list[audit.Act]:
    """Let compounds leave other clusters, or refuse and name these."""
    there = list(
        for_update(ClusterCompound.objects)
        .filter(compound__in=compounds)
        .select_related("cluster", "compound")
        .order_by("pk")
    )
    if there and not is_moving:
        raise DomainError(
            _("These compounds lie in another cluster: %(names)s. Tick that they are to move.")
            % {"names": _where(there)},
            field="is_moving",
        )
    acts = []
    for one in there:
        by.scope.require(EDIT, one.cluster)
        Cluster.objects.filter(pk=one.cluster_id).update(version=one.cluster.version + 1)
        changes = {"compounds": [one.compound.name, None]}
        acts.append(audit.act_on("join", one.cluster, changes))
    ClusterCompound.objects.filter(pk__in=[one.pk for one in there]).delete()
    return acts


def _where(rows: Iterable[ClusterCompound]) -> str:
    comma = pgettext("between names", ", ")
    return comma.join(f"{one.compound.name}（{one.cluster.name}）" for one in rows)


def _join(cluster: Cluster, compounds: Sequence[Compound]) -> list[Compound]:
    ids = [compound.pk for compound in compounds]
    rows = list(for_update(Compound.objects).filter(pk__in=ids).order_by("pk"))
    for row in rows:
        if row.status != Status.ACTIVE:
            raise DomainError(
                _("A merged or demolished compound can no longer be changed."), field="compounds"
            )
        if not _lies_in(row, cluster):
            raise DomainError(
                _("%(name)s lies outside the place of this cluster.") % {"name": row.name},
                field="compounds",
            )
    taken = list(
        ClusterCompound.objects.filter(compound__in=ids).select_related("cluster", "compound")
    )
    if taken:
        raise DomainError(
            _("These compounds lie in another cluster: %(names)s. Tick that they are to move.")
            % {"names": _where(taken)},
            field="compounds",
        )
    try:
        with transaction.atomic():
            ClusterCompound.objects.bulk_create(
                ClusterCompound(cluster=cluster, compound=row) for row in rows
            )
    except IntegrityError as error:
        raise DomainError(
            _("Somebody else has just taken one of these compounds. Load the page again.")
        ) from error
    return rows


def _lies_in(compound: Compound, cluster: Cluster) -> bool:
    if cluster.community_id:
        return compound.community_id == cluster.community_id
    return compound.street_id == cluster.street_id


# -- the five haves --------------------------------------------------------------------------------
@transaction.atomic
def check_item(
    *,
    by,
    cluster: Cluster,
    item: str,
    version: int,
    is_met: bool | None,
    evidence: str = "",
    premises: str = "",
    meets_standard: bool | None = None,
    checked_on: dt.date | None = None,
    without_members: Iterable[int] = (),
) -> FiveHave:
    """Say whether an item of the five is in place, and what shows it.

    `without_members`: compounds in which no party member lives, as checked; for the ledger.
    Raises NotAllowed, StaleRecord, DomainError (no evidence; the register says the contrary).
    """
    place = for_update(Cluster.objects).get(pk=cluster.pk)
    by.scope.require(EDIT, place)
    row = for_update(FiveHave.objects).filter(cluster=place, item=item).first()
    row = row or FiveHave(cluster=place, item=item)
    if row.version != version:
        raise StaleRecord(current=row)
    checked_on = checked_on or dates.today()
    if checked_on > dates.today():
        raise DomainError(_("This day lies in the future."), field="checked_on")
    if item == Item.LEDGER:
        _note_without_members(place, set(without_members))
    mark = rules.Mark(item, is_met, evidence, premises, meets_standard)
    facts = facts_of(place)
    for code, field in rules.refusals(mark, facts):
        raise DomainError(in_words(code, facts), field=field)
    before = {n: getattr(row, n) for n in ("is_met", "evidence", "premises", "meets_standard")}
    row.is_met, row.evidence, row.premises = is_met, evidence.strip(), premises
    row.meets_standard = meets_standard
    row.checked_on, row.checked_by = checked_on, by
    if row.pk:
        row.version += 1
    row.save()
    after = {n: getattr(row, n) for n in before} | {"checked_on": checked_on}
    changes = audit.changes_between({**before, "checked_on": None}, after)
    audit.record("check", place, by=by, changes={"item": [None, item], **changes})
    return row


def _note_without_members(cluster: Cluster, ids: set[int]) -> None:
    members = cluster.members
    members.filter(compound__in=ids).update(has_no_members=True)
    members.exclude(compound__in=ids).update(has_no_members=False)


def facts_of(cluster: Cluster) -> rules.Facts:
    """What the register knows of a cluster, for hints and refusals."""
    living = Person.objects.members().filter(compound=OuterRef("compound"))
    rows = list(
        cluster.members.annotate(is_listed=Exists(living))
        .order_by("compound__code")
        .values_list("compound__name", "is_listed", "has_no_members")
    )
    organisation = cluster.organisation
    members = Person.objects.members().filter(compound__cluster_membership__cluster=cluster)
    return rules.Facts(
        has_organisation=organisation is not None,
        organisation_stands=organisation is not None and organisation.dissolved_on is None,
        compounds=len(rows),
        unlisted=tuple(name for name, is_listed, none in rows if not is_listed and not none),
        members=members.aggregate(n=Count("pk"))["n"],
    )


def hints(facts: rules.Facts) -> dict[str, Hint]:
    """What the register says of each item, in words; items it knows nothing of are left out."""
    found = {item: rules.hint(item, facts) for item in Item.values}
    return {item: Hint(code, in_words(code, facts)) for item, code in found.items() if code}


def in_words(code: str, facts: rules.Facts) -> str:
    comma = pgettext("between names", ", ")
    return _(WORDS[code]) % {"names": comma.join(facts.unlisted), "members": facts.members}


# -- emergency mode --------------------------------------------------------------------------------
@transaction.atomic
def switch_emergency(
    *, by, cluster: Cluster, version: int, is_emergency: bool, reason: str
) -> Cluster:
    """Put the emergency plan in force, or end it (平急结合, S1-12).

    Raises NotAllowed, StaleRecord, DomainError (no reason, no plan to put in force).
    """
    row = _locked(by, cluster, version)
    if not reason.strip():
        raise DomainError(_("Give the reason."), field="reason")
    if row.is_emergency == is_emergency:
        return row
    row.is_emergency = is_emergency
    row.version += 1
    row.save(update_fields=["is_emergency", "version", "updated_at"])
    audit.record(
        "emergency_on" if is_emergency else "emergency_off",
        row,
        by=by,
        changes={"is_emergency": [not is_emergency, is_emergency]},
        reason=reason.strip(),
    )
    return row


# -- steps -----------------------------------------------------------------------------------------
def organisations_for(cluster: Cluster):
    """Standing organisations of the place of a cluster and of the places above it."""
    place = Q(community=None, street=cluster.street_id) | Q(
        community=None, street=None, district=cluster.district_id
    )
    if cluster.community_id:
        place |= Q(community=cluster.community_id)
    else:
        place |= Q(street=cluster.street_id)
    return PartyOrganisation.objects.standing().filter(place)


def _locked(by, cluster: Cluster, version: int) -> Cluster:
    row = for_update(Cluster.objects).get(pk=cluster.pk)
    by.scope.require(EDIT, row)
    if row.version != version:
        raise StaleRecord(current=row)
    return row


def _validate(cluster: Cluster) -> None:
    organisation = cluster.organisation
    if organisation is not None:
        if organisation.dissolved_on is not None:
            raise ValidationError({"organisation": _(WORDS["DISSOLVED"])})
        if not organisations_for(cluster).filter(pk=organisation.pk).exists():
            raise ValidationError(
                {"organisation": _("This organisation belongs to another place.")}
            )
    cluster.clean_fields(exclude=["district", "street", "community"])
    try:
        cluster.validate_constraints()
    except ValidationError as error:
        raise ValidationError({"code": error.messages}) from error


def _save(cluster: Cluster) -> None:
    try:
        with transaction.atomic():
            cluster.save()
    except IntegrityError as error:
        raise ValidationError({"code": _("This code is taken.")}) from error


def _names(compounds: Iterable[Compound]) -> str | None:
    names = [compound.name for compound in compounds]
    return pgettext("between names", ", ").join(names) or None


def _told(value) -> str | None:
    return None if value in (None, "") else str(value)
