"""The ledger of party organisations as rows of a sheet."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from governance.organisation.models import Area, Level

from ..rules import (
    CENTRE_HOUSEHOLD,
    COMMITTEE_MEMBER,
    GROUP_LEADER,
    SECRETARY,
)
from . import holders, leaders, scopes, standing
from .leaders import LEADS
from .parts import Homes, Parts
from .standing import BRANCH, GROUP, Known


def ledger_rows(queryset: QuerySet) -> Iterator[dict[str, Any]]:
    """Standing organisations, the higher ones first; numbers of secretaries masked."""
    ids = list(
        queryset.standing()
        .order_by("kind", "district__code", "street__code", "community__code", "name", "pk")
        .values_list("pk", flat=True)
    )
    areas = {}
    known: dict[str, Any] = {
        "homes": Homes(),
        "parts": Parts(),
        "grid_names": {},
        "grid_labels": {},
    }
    found: dict[int, Known] = {}
    for district in queryset.order_by().values_list("district_id", flat=True).distinct():
        found |= {one.pk: one for one in standing.read(district)}
        rows = Area.objects.active().filter(level=Level.GRID, district_id=district)
        for code, name, community in rows.values_list("code", "name", "community_id"):
            known["grid_labels"][code] = name
            known["grid_names"].setdefault((community, name), []).append(code)
        places = Area.objects.filter(district_id=district, level__lte=Level.COMMUNITY)
        areas |= {pk: (code, name) for pk, code, name in places.values_list("pk", "code", "name")}
    groups: dict[int | None, int] = defaultdict(int)
    for one in found.values():
        groups[one.parent] += one.kind == GROUP
    known["homes"].read({found[pk].place[2] for pk in ids} - {None})
    held = holders.held("organisation", ids, LEADS)
    members = leaders.counts(COMMITTEE_MEMBER, "organisation_id", ids)
    centre = leaders.counts(
        CENTRE_HOUSEHOLD, "compound_id", {pk for i in ids for pk in found[i].covers}
    )
    for pk in ids:
        one = found[pk]
        _district, street, community = one.place
        leader = held.get((GROUP_LEADER if one.kind == GROUP else SECRETARY, pk), [None])[0]
        yield one.values | {
            "street_name": areas[street][1] if street else None,
            "community_name": areas[community][1] if community else None,
            "community_code": areas[community][0] if community else None,
            "scope": scopes.in_words(one.grid, one.building, one.compound, one.covers, known),
            "type": one.type,
            "parent": found[one.parent].name if one.parent in found else None,
            "secretary": leader.name if leader else None,
            "phone": leader.phone_masked if leader else None,
            "committee_count": members.get(pk),
            "group_count": groups[pk] if one.kind == BRANCH else None,
            "centre_count": sum(centre.get(c_, 0) for c_ in one.covers)
            if one.kind == BRANCH
            else None,
        }
