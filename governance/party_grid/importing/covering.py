"""What rows of grids say about the compounds, buildings and entrances that a cell covers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.utils.translation import gettext_noop as _

from compounds.registry.importing.sheets import Context, Plan
from governance.foundation.bulk import in_chunks
from governance.organisation.models import Level

from ..models import GridCover
from .parts import STROKE, Homes, Part, Parts, listed, pick

COVERS = ("compound_code", "compound_name", "buildings", "entrances")


class Cover(NamedTuple):
    """A compound, one of its buildings, or one entrance."""

    compound: int
    building: int | None = None
    entrance: int | None = None


def read_covers(plans: Sequence[Plan], context: Context) -> None:
    ready = [plan for plan in plans if not plan.record.is_refused]
    homes: Homes = context.known.setdefault("homes", Homes())
    parts: Parts = context.known.setdefault("parts", Parts())
    homes.read({plan.context["community"] for plan in ready})
    chosen = {id(plan): _homes(plan, homes) for plan in ready}
    now = covered(plan.existing["pk"] for plan in ready if plan.existing)
    parts.read(
        {home.pk for found in chosen.values() for home in found or ()}
        | {cover.compound for covers in now.values() for cover in covers}
    )
    for plan in ready:
        existing, found = plan.existing, chosen[id(plan)]
        before = now.get(existing["pk"], set()) if existing else set()
        shown = in_words(before, homes, parts) if existing else {}
        if existing:
            existing.update(dict.fromkeys(COVERS) | shown)
        if plan.record.is_refused:
            continue
        after = before
        if found is not None:
            after = _cover(plan, found, parts)
            if plan.record.is_refused:
                continue
            _say(plan, before, after, homes, parts)
        _compare(plan, after, parts)
    _refuse_taken([p for p in ready if "covers" in p.context and not p.record.is_refused], context)


def _homes(plan: Plan, homes: Homes) -> list | None:
    """The compounds that the row names, or None where it names none."""
    said, community = plan.record.values, plan.context["community"]
    field = "compound_code" if "compound_code" in said else "compound_name"
    if field not in said:
        for name in ("buildings", "entrances"):
            if name in said:
                plan.refuse(_("Name the compound of these buildings."), name)
        return None
    found = []
    for item in listed(said[field]):
        home = homes.by_code.get(item.upper())
        named = homes.by_name.get((community, item), ())
        if home is None and len(named) > 1:
            plan.refuse(_("Several compounds have this name: give the compound's code."), field)
        elif (home is None and not named) or (home or named[0]).community_id != community:
            plan.refuse(_("“%(item)s” is no compound of this community."), field, item=item)
        else:
            found.append(home or named[0])
    return found


def _cover(plan: Plan, homes: Sequence, parts: Parts) -> set[Cover]:
    """What the row's lists come down to."""
    said = plan.record.values
    buildings: dict[int, list[Part]] = {home.pk: [] for home in homes}
    for item in listed(said.get("buildings")):
        home, part = _building(plan, item, homes, parts, "buildings")
        if part and part not in buildings[home.pk]:
            buildings[home.pk].append(part)
    entrances: dict[int, list[int]] = defaultdict(list)
    for item in listed(said.get("entrances")):
        _entrance(plan, item, homes, parts, buildings, entrances)
    covers = set()
    for home in homes:
        if not buildings[home.pk]:
            covers.add(Cover(home.pk))
        for part in buildings[home.pk]:
            if entrances[part.pk]:
                covers |= {Cover(home.pk, part.pk, pk) for pk in entrances[part.pk]}
            else:
                covers.add(Cover(home.pk, part.pk))
    return covers


def _building(plan: Plan, item: str, homes, parts: Parts, field: str):
    """A building by its number, or as 小区/楼栋 where several compounds have it."""
    name, stroke, number = STROKE.sub("/", item).rpartition("/")
    among = [h for h in homes if not stroke or name in (h.name, h.code)]
    found = [(h, p) for h in among if (p := pick(parts.buildings[h.pk], number))]
    if len(found) == 1:
        return found[0]
    if found:
        plan.refuse(
            _("Several of the compounds have “%(item)s”: write 小区名/%(item)s."),
            field,
            item=item,
        )
    else:
        plan.refuse(
            _("“%(item)s” is no building of these compounds in the register."), field, item=item
        )
    return None, None


def _entrance(plan: Plan, item: str, homes, parts: Parts, buildings, entrances) -> None:
    above, stroke, number = STROKE.sub("/", item).rpartition("/")
    listed_ones = [part for found in buildings.values() for part in found]
    if stroke:
        home, building = _building(plan, above, homes, parts, "entrances")
        if building is None:
            return
        if building not in buildings[home.pk]:
            buildings[home.pk].append(building)
    elif len(listed_ones) == 1:
        building = listed_ones[0]
    else:
        plan.refuse(_("Say of which building: write 楼栋/%(item)s."), "entrances", item=item)
        return
    found = pick(parts.entrances[building.pk], number)
    if found is None:
        plan.refuse(
            _("“%(item)s” is no entrance of this building in the register."),
            "entrances",
            item=item,
        )
    elif found.pk not in entrances[building.pk]:
        entrances[building.pk].append(found.pk)


def _say(plan: Plan, before: set, after: set, homes: Homes, parts: Parts) -> None:
    """Write down what the row covers as exports do, so that only differences show."""
    said = plan.record.values
    for name in COVERS:
        said.pop(name, None)
    if before == after:
        return
    shown = in_words(after, homes, parts)
    said.update({name: shown.get(name) for name in COVERS})
    for name in COVERS:
        if said[name] is None and not (plan.existing and plan.existing[name]):
            del said[name]
    plan.context["covers"] = sorted(after, key=lambda one: tuple(x or 0 for x in one))
    plan.context["covers_before"] = sorted(before, key=lambda one: tuple(x or 0 for x in one))


def in_words(covers: Iterable[Cover], homes: Homes, parts: Parts) -> dict[str, str]:
    """The cells that mean what is covered."""
    by_home: dict[int, list[Cover]] = defaultdict(list)
    for cover in covers:
        if cover.compound in homes.by_id:
            by_home[cover.compound].append(cover)
    named = sorted((homes.by_id[pk] for pk in by_home), key=lambda home: home.code)
    buildings, entrances = [], []
    listed_count = len(
        {(c.compound, c.building) for found in by_home.values() for c in found if c.building}
    )
    for home in named:
        wanted = {cover.building for cover in by_home[home.pk]} - {None}
        inside = {cover.entrance for cover in by_home[home.pk]} - {None}
        for part in parts.buildings.get(home.pk, ()):
            if part.pk not in wanted:
                continue
            is_clear = (
                len(named) == 1
                or sum(bool(pick(parts.buildings[h.pk], part.number)) for h in named) == 1
            )
            text = part.number if is_clear else f"{home.code}/{part.number}"
            buildings.append(text)
            for entrance in parts.entrances.get(part.pk, ()):
                if entrance.pk in inside:
                    lone = listed_count == 1
                    entrances.append(entrance.number if lone else f"{text}/{entrance.number}")
    return {
        name: "、".join(items)
        for name, items in (
            ("compound_code", [home.code for home in named]),
            ("compound_name", [home.name for home in named]),
            ("buildings", buildings),
            ("entrances", entrances),
        )
        if items
    }


def sums(covers: set[Cover], parts: Parts) -> dict[str, int | None]:
    """Buildings and households that covers come to; None where a number is not known."""
    households: int | None = 0
    seen = set()
    for cover in covers:
        if cover.entrance:
            households = _plus(households, parts.entrance_households.get(cover.entrance))
        else:
            inside = (
                [cover.building]
                if cover.building
                else [p.pk for p in parts.buildings.get(cover.compound, ())]
            )
            for pk in inside:
                households = _plus(households, parts.households.get(pk))
            seen.update(inside)
        if cover.building:
            seen.add(cover.building)
    return {"building_count": len(seen), "household_count": households}


def _compare(plan: Plan, covers: set[Cover], parts: Parts) -> None:
    """Warn where the sheet's sums are not the register's."""
    said = plan.record.values
    for name, ours in sums(covers, parts).items():
        if covers and name in said and ours is not None and said[name] != ours:
            plan.warn(
                _("The register has %(ours)s here, the sheet %(theirs)s."),
                name,
                ours=ours,
                theirs=said[name],
            )


def covered(ids: Iterable[int]) -> dict[int, set[Cover]]:
    found: dict[int, set[Cover]] = defaultdict(set)
    for chunk in in_chunks(sorted(set(ids))):
        rows = GridCover.objects.filter(grid_id__among=chunk)
        for grid, *cover in rows.values_list(
            "grid_id", "compound_id", "building_id", "entrance_id"
        ):
            found[grid].add(Cover(*cover))
    return found


def _refuse_taken(plans: Sequence[Plan], context: Context) -> None:
    """A building or entrance lies in one grid of a level."""
    compounds = {cover.compound for plan in plans for cover in plan.context["covers"]}
    beside: dict[tuple, list[tuple[str, str]]] = defaultdict(list)
    for chunk in in_chunks(sorted(compounds)):
        rows = GridCover.objects.filter(compound_id__among=chunk, building__isnull=False)
        for level, code, name, *cover in rows.values_list(
            "grid__level", "grid__code", "grid__name", "building_id", "entrance_id"
        ):
            beside[level, cover[0]].append((code, name, cover[1]))
    sheet = context.known.setdefault("covered", defaultdict(list))
    for plan in plans:
        level = Level.MICRO_GRID if "micro_code" in plan.record.values else Level.GRID
        for cover in plan.context["covers"]:
            if not cover.building:
                continue
            others = [o for o in beside[level, cover.building] if o[0] != plan.key]
            others += sheet[level, cover.building]
            for _code, name, entrance in others:
                if entrance is None or cover.entrance in (None, entrance):
                    field = "entrances" if cover.entrance else "buildings"
                    plan.refuse(
                        _("A part of this lies in %(grid)s already. Take it out there first."),
                        field,
                        grid=name,
                    )
                    break
            else:
                own = (plan.key, str(plan.label), cover.entrance)
                sheet[level, cover.building].append(own)
                continue
            break


def _plus(total: int | None, value: int | None) -> int | None:
    """A sum with something unknown is unknown."""
    return None if total is None or value is None else total + value
