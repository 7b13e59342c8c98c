"""Who leads an organisation by the ledger, and whether its numbers are the register's."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Count
from django.utils.translation import gettext_noop as _

from compounds.registry.importing.sheets import Context, Plan
from governance.foundation import sealing
from governance.foundation.bulk import in_chunks
from governance.people.matching import Named, Register
from governance.people.models import Person

from ..models import Duty
from ..rules import (
    CENTRE_HOUSEHOLD,
    COMMITTEE_MEMBER,
    GROUP_LEADER,
    SECRETARY,
)
from . import holders
from .standing import GROUP, Known

FULL_MEMBERS_ONLY = _(
    "A secretary is a full party member. Correct the political status or choose another."
)
LEADS = frozenset({SECRETARY, GROUP_LEADER})


def appoint_leaders(plans: Sequence[Plan], context: Context, numbers: dict[int, dict]) -> None:
    ready = [plan for plan in plans if not plan.record.is_refused]
    ids = [plan.existing["pk"] for plan in ready if plan.existing]
    held = holders.held("organisation", ids, LEADS)
    names = {plan.record.values.get("secretary") for plan in ready} - {None}
    register = Register(context.by, context.batch.district_id, names)
    for plan in ready:
        said = plan.record.values
        number = numbers[id(plan)]
        kind = holders.kinds(context)[GROUP_LEADER if said["type"][0] == "5" else SECRETARY]
        if plan.existing:
            plan.existing |= {"secretary": None, "phone": None}
        if "secretary" not in said:
            continue
        there = held.get((kind.key, plan.existing["pk"]), []) if plan.existing else []
        known, _unclear = holders.same_person(there, said["secretary"], number, is_single=False)
        if known:
            del said["secretary"]
            said.pop("phone", None)
            continue
        if there:
            holder = sealing.mask_name(there[0].name)
            plan.refuse(holders.SEAT_TAKEN, "secretary", kind=kind.name, holder=holder)
            continue
        _appoint(plan, kind, number, register)


def _appoint(plan: Plan, kind, number: dict[str, str], register: Register) -> None:
    said = plan.record.values
    full = Person.PoliticalStatus.FULL_MEMBER.value
    named = Named(said["secretary"], plan.context["place"], **number)
    match = holders.person_for(plan, named, register, kind, "secretary")
    found = match.person
    if found and kind.key == SECRETARY and found.is_member and found.political_status != full:
        plan.refuse(
            FULL_MEMBERS_ONLY,
            "secretary",
        )
    if not number.get("hash"):
        said.pop("phone", None)
    plan.context["seats"] = [
        holders.Appointment(
            kind.key,
            said["secretary"],
            found.pk if found else None,
            number.get("sealed", ""),
            full,
        ).plain()
    ]


def compare(plans: Sequence[Plan], known, context: Context) -> None:
    """Warn where the sheet's numbers are not the register's with this sheet."""
    ready = [plan for plan in plans if not plan.record.is_refused]
    asked = [
        p
        for p in ready
        if {"group_count", "centre_count", "committee_count"} & p.record.values.keys()
    ]
    if not asked:
        return
    groups: dict[int, int] = defaultdict(int)
    for one in context.known["organisations"]:
        if one.kind == GROUP:
            groups[one.parent] += 1
    for plan in ready:
        if plan.record.values["type"][0] == "5" and plan.existing is None:
            row = plan.context.get("parent_row")
            groups[plan.context.get("parent") or -(row or 0)] += 1
    covers = {id(p): _covers_of(p, known[id(p)], context) for p in asked}
    centre = counts(CENTRE_HOUSEHOLD, "compound_id", {pk for s in covers.values() for pk in s})
    ids = {plan.existing["pk"] for plan in asked if plan.existing}
    members = counts(COMMITTEE_MEMBER, "organisation_id", ids)
    for plan in asked:
        pk = plan.existing["pk"] if plan.existing else -plan.record.number
        said = plan.record.values
        seated = members.get(pk, 0)
        numbers = {
            "group_count": groups[pk],
            "centre_count": sum(centre.get(c_, 0) for c_ in covers[id(plan)]),
        }
        if seated and said.get("committee_count") not in (seated, seated + 1):
            numbers["committee_count"] = seated  # the secretary is often counted too
        for name, ours in numbers.items():
            if name in said and said[name] != ours:
                plan.warn(
                    _("The register has %(ours)s here, the sheet %(theirs)s."),
                    name,
                    ours=ours,
                    theirs=said[name],
                )


def _covers_of(plan: Plan, own: Known, context: Context) -> Iterable[int]:
    if own.covers or not plan.existing:
        return own.covers
    return context.known["by_pk"][plan.existing["pk"]].covers


def counts(kind: str, column: str, ids: Iterable[int]) -> dict[int, int]:
    found = {}
    for chunk in in_chunks(sorted(ids)):
        rows = Duty.objects.held().filter(kind=kind, **{f"{column}__in": chunk}).order_by()
        found.update(rows.values(column).annotate(n=Count("pk")).values_list(column, "n"))
    return found
