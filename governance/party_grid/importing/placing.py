"""Where a row of the ledger lies: district, street or community, within the importer's area."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from compounds.registry.importing.sheets import Context, Plan, plain_name
from governance.organisation.models import Area, Level

from .standing import DISTRICT, STREET

RIGHT = "party.import"


@dataclass(slots=True)
class Where:
    """Street and community of a row; the district alone where both are missing."""

    district_id: int
    street_id: int | None = None
    community_id: int | None = None

    @property
    def ids(self) -> tuple[int, int | None, int | None]:
        return self.district_id, self.street_id, self.community_id


def place_of(plan: Plan, context: Context) -> tuple | None:
    """Ids of the place the organisation belongs to; refuses what lies outside."""
    said, kind = plan.record.values, int(plan.record.values["type"][0])
    if kind == DISTRICT:
        where = Where(context.batch.district_id)
    elif kind == STREET:
        street = _street(plan, context)
        where = Where(context.batch.district_id, street) if street else None
    else:
        where = _community(plan, context)
    if where is None:
        return None
    if not _allows(where, context):
        name = "community_name" if where.community_id else "street_name"
        plan.refuse(_("This place lies outside the area you may import for."), name)
        return None
    code = context.communities_by_id[where.community_id].code if where.community_id else ""
    plan.shown_key = code or said.get("street_name", "")
    return where.ids


def _allows(where: Where, context: Context) -> bool:
    batch = context.batch
    if batch.community_id and where.community_id != batch.community_id:
        return False
    if batch.street_id and where.street_id != batch.street_id:
        return False
    return context.by.scope.can(RIGHT, where)


def _street(plan: Plan, context: Context) -> int | None:
    streets = context.known.get("streets")
    if streets is None:
        rows = Area.objects.active().filter(
            level=Level.STREET, district_id=context.batch.district_id
        )
        streets = context.known["streets"] = {
            plain_name(name): pk for pk, name in rows.values_list("pk", "name")
        }
    name = plan.record.values.get("street_name")
    found = streets.get(plain_name(name)) if name else None
    if found is None:
        plan.refuse(_("Give the name of a street of the district."), "street_name")
    return found


def _community(plan: Plan, context: Context) -> Where | None:
    said = plan.record.values
    code, name, street = (said.get(f) for f in ("community_code", "community_name", "street_name"))
    if code:
        found = [context.communities[code]] if code in context.communities else []
    else:
        found = context.communities_by_name.get(plain_name(name or ""), [])
    if street:
        found = [one for one in found if plain_name(one.street_name) == plain_name(street)]
    if code and name:
        found = [one for one in found if plain_name(one.name) == plain_name(name)]
    found = [one for one in found if not one.is_merged]
    if len(found) == 1:
        return Where(found[0].district_id, found[0].street_id, found[0].id)
    column = "community_code" if code else "community_name"
    if found:
        plan.refuse(_("Several communities have this name: give the community's code."), column)
    elif code or name:
        plan.refuse(_("There is no such community in the district, or not in this street."), column)
    else:
        plan.refuse(_("Give the community's code, or the names of street and community."))
    return None
