"""Names and addresses: unlike each other, and like those of the district."""

from . import words
from .compounds import Compound

KINDS = ("社区", "村", "街道", "镇", "乡")  # what the name of a place ends in


def name_all(compounds: list[Compound], rng) -> None:
    used: set[str] = set()
    roads: dict[str, str] = {}
    for compound in compounds:
        compound.road = compound.road or rng.choice(compound.street.roads)
        together = compound.unit or compound.group
        if together and rng.random() < 0.75:  # neighbours mostly share a road
            compound.road = roads.setdefault(together, compound.road)
        compound.address = f"{compound.road}{rng.randint(1, 268)}号"
        if rng.random() < 0.12:
            compound.address += f"（{compound.community.name}居委会旁）"
        for attempt in range(400):
            name = _name(compound, rng)
            if attempt > 60:
                name += rng.choice(("南院", "北院", "东院", "西院"))
            if name not in used and len(name) <= 24:
                break
        else:
            raise ValueError("no new name was found")
        used.add(name)
        compound.name = name


def _name(compound: Compound, rng) -> str:
    if compound.management == "单位自管" and not compound.unit:
        compound.unit = rng.choice(words.UNITS)
    size = len(compound.buildings)
    year = compound.built_year or 2005
    if compound.unit:
        form = rng.choice(words.UNIT_BUILDING_FORMS if size == 1 else words.UNIT_COMPOUND_FORMS)
    elif compound.is_tower and compound.cell:
        place = rng.choice(words.COMMON_NEW_FRONT)
        return place + rng.choice(("大厦住宅楼", "公寓", "高层住宅楼", "花园", "苑"))
    elif year >= 1999 and (not compound.cell or rng.random() < 0.5):
        front = rng.choice(words.COMMON_NEW_FRONT)
        if rng.random() < 0.3:
            front = compound.street.short.removesuffix("路") + front
        back = words.MODEST_BACK if compound.cell else words.COMMON_NEW_BACK
        return front + rng.choice(back) + rng.choice(words.PHASES)
    else:
        form = rng.choice(
            next(words.OLD_FORMS[limit] for limit in words.OLD_FORMS if size <= limit)
        )
    place = compound.community.name
    place = place.removesuffix(next((end for end in KINDS if place.endswith(end)), ""))
    if place[-1] in words.SIDES:
        form = form.replace("{place}{side}", "{place}{count}")
    # Only a road (north to south) and a street (east to west) meet.
    others = [road for road in compound.street.roads if (road[-1] == "路") != _is_road(compound)]
    if "{other}" in form and not others:
        form = "{road}{n}号院"
    name = form.format(
        unit=compound.unit, road=compound.road, other=rng.choice(others or [""]), place=place,
        n=rng.randint(1, 12 if compound.unit else 268), count=rng.choice(words.COUNTS[:5]),
        side=rng.choice(words.SIDES), corner=rng.choice(words.CORNERS),
    )  # fmt: skip
    if form.startswith("{road}{n}"):
        compound.address = name.rstrip("大院楼")
    return name


def _is_road(compound: Compound) -> bool:
    return compound.road[-1] == "路"
