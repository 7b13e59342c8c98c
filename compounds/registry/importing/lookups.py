"""Finding compounds and communities that rows name: by code, else by place and name."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from governance.foundation.bulk import in_chunks

from ..models import Compound, Status
from .sheets import Community, Context, Plan, plain_name

FOUND_COLUMNS = ("id", "code", "name", "status", "community_id", "merged_into__code")


@dataclass(frozen=True, slots=True)
class Found:
    """A compound as rows look it up."""

    id: int
    code: str
    name: str
    status: str
    community_id: int
    merged_into: str | None


def by_codes(codes: Iterable[str]) -> dict[str, Found]:
    """Compounds of every status and place by their codes."""
    found = {}
    for chunk in in_chunks(sorted(set(codes))):
        for row in Compound.objects.filter(code__among=chunk).values_list(*FOUND_COLUMNS):
            found[row[1]] = Found(*row)
    return found


def by_names(context: Context, names: Iterable[str]) -> dict[str, list[Found]]:
    """Active compounds of the import's district by name."""
    found: dict[str, list[Found]] = {}
    for chunk in in_chunks(sorted(set(names))):
        rows = Compound.objects.filter(
            district_id=context.batch.district_id, name__among=chunk, status=Status.ACTIVE
        ).values_list(*FOUND_COLUMNS)
        for row in rows:
            found.setdefault(row[2], []).append(Found(*row))
    return found


def community_of(
    plan: Plan, context: Context, right: str, home: Community | None = None
) -> Community | None:
    """The community a row of the register names; refuses the row where it is none or not his.

    A row that names none lies where its compound lies (`home`), or where its code begins.
    """
    values = plan.record.values
    code = values.get("community_code")
    if code is None and "code" in values and not values.get("community_name"):
        code = home.code if home else values["code"][:12]
    if code is None:
        community = _by_names(plan, context)
    else:
        community = context.communities.get(code)
        if community is None:
            plan.refuse(_("There is no community of this code in the district."), "community_code")
    if community is None:
        return None
    if community.is_merged:
        plan.refuse(
            _("This community was merged into another one: use its new code."), "community_code"
        )
        return None
    field = "community_code" if "community_code" in values else "community_name"
    if not context.allows(right, community):
        plan.refuse(
            _("%(community)s lies outside the area you may import for."),
            field,
            community=community.name,
        )
        return None
    _agree(plan, community)
    return community


def _by_names(plan: Plan, context: Context) -> Community | None:
    values = plan.record.values
    name, street = values.get("community_name"), values.get("street_name")
    if not name:
        plan.refuse(_("Give the community's code, or the names of street and community."))
        return None
    found = context.communities_by_name.get(plain_name(name), [])
    if street:
        found = [c for c in found if plain_name(c.street_name) == plain_name(street)]
    if len(found) == 1:
        return found[0]
    if found:
        plan.refuse(
            _("Several communities have this name: give the community's code."), "community_name"
        )
    else:
        plan.refuse(_("There is no community of this name in the district."), "community_name")
    return None


def _agree(plan: Plan, community: Community) -> None:
    """Names beside the code must mean the same place."""
    values = plan.record.values
    name, street = values.get("community_name"), values.get("street_name")
    if name and plain_name(name) != plain_name(community.name):
        plan.refuse(
            _("The code belongs to %(community)s, not to this community."),
            "community_name",
            community=community.name,
        )
    if street and plain_name(street) != plain_name(community.street_name):
        plan.refuse(
            _("The code belongs to %(street)s, not to this street."),
            "street_name",
            street=community.street_name,
        )


def resolve_compounds(plans: list[Plan], context: Context, right: str) -> None:
    """Set `context["compound"]` of rows that name a compound by code or by name.

    A compound that the same workbook adds is remembered by code and name instead, and found
    when the rows are written.
    """
    values = [plan.record.values for plan in plans]
    codes = by_codes(v["compound_code"] for v in values if "compound_code" in v)
    names = by_names(
        context,
        [v["compound_name"] for v in values if "compound_name" in v and "compound_code" not in v],
    )
    new_codes = context.known.get("new_codes", {})
    new_names = context.known.get("new_names", {})
    by_id = context.communities_by_id
    for plan in plans:
        said = plan.record.values
        code, name = said.get("compound_code"), said.get("compound_name")
        plan.label = name or code or ""
        if plan.record.is_refused:
            continue
        if code:
            _by_code(plan, codes.get(code), code in new_codes, context, right, by_id)
            continue
        allowed = [
            f
            for f in names.get(name, ())
            if f.community_id in by_id and context.allows(right, by_id[f.community_id])
        ]
        fresh = new_names.get(name, 0)
        if len(allowed) + fresh > 1:
            plan.refuse(
                _("Several compounds have this name: give the compound's code."), "compound_name"
            )
        elif allowed:
            _take(plan, allowed[0], context)
        elif fresh:
            plan.context = {"compound": None, "code": "", "name": name}
        else:
            plan.refuse(_("There is no compound of this name in your area."), "compound_name")


def _by_code(plan: Plan, found: Found | None, is_new: bool, context, right: str, by_id) -> None:
    name = plan.record.values.get("compound_name")
    if found is None:
        if is_new:
            code = plan.record.values["compound_code"]
            plan.context = {"compound": None, "code": code, "name": name or ""}
        else:
            plan.refuse(_("There is no compound of this code."), "compound_code")
        return
    community = by_id.get(found.community_id)
    if community is None or not context.allows(right, community):
        plan.refuse(_("This compound lies outside the area you may import for."), "compound_code")
    elif found.status != Status.ACTIVE:
        refuse_gone(plan, found, "compound_code")
    elif name and name != found.name:
        plan.refuse(
            _("The code belongs to %(name)s, not to this compound."),
            "compound_name",
            name=found.name,
        )
    else:
        _take(plan, found, context)


def _take(plan: Plan, found: Found, context: Context) -> None:
    plan.context = {"compound": found.id, "code": found.code, "name": found.name}
    plan.label = found.name


def refuse_gone(plan: Plan, found: Found, field: str) -> None:
    """Refuse a row about a compound that was merged or demolished."""
    if found.status == Status.MERGED:
        plan.refuse(
            _("This compound was merged into %(code)s: correct that one."),
            field,
            code=found.merged_into or "",
        )
    else:
        plan.refuse(_("This compound was demolished."), field)


def written_compounds(rows, context: Context) -> dict[int, Compound]:
    """The compounds of rows about to be written, by the row's id; also those just added."""
    ids = {row.context["compound"] for row in rows if row.context.get("compound")}
    codes = {row.context["code"] for row in rows if not row.context.get("compound")} - {""}
    names = {
        row.context["name"]
        for row in rows
        if not row.context.get("compound") and not row.context["code"]
    }
    columns = ("id", "code", "name", "community_id", "street_id", "district_id")
    base = Compound.objects.only(*columns)
    by_id, by_code, by_name = {}, {}, {}
    for chunk in in_chunks(sorted(ids)):
        by_id.update((c.pk, c) for c in base.filter(pk__in=chunk))
    for chunk in in_chunks(sorted(codes)):
        by_code.update((c.code, c) for c in base.filter(code__in=chunk))
    for chunk in in_chunks(sorted(names)):
        found = base.filter(
            name__in=chunk, district_id=context.batch.district_id, status=Status.ACTIVE
        ).filter(context.by.scope.seen())
        by_name.update((c.name, c) for c in found)
    return {
        row.pk: by_id.get(row.context.get("compound"))
        or by_code.get(row.context.get("code"))
        or by_name.get(row.context.get("name"))
        for row in rows
    }
