"""expected.toml: the published figures, and those computed from what was just made."""

from .cells import BUILDINGS, CELLS, COMPOUNDS, strategy_of
from .pairings import CENTRE, COUNTY, MEMBER, STREET
from .residents import BUILDING_HEAD, ENTRANCE_HEAD

HEADER = """\
# What a loaded scenario must show. Written by ../generate.py; do not edit.
#
# kind = "published"  stands in the news item on the district (requirement ids of S0)
#        "derived"    arithmetic from published figures
#        "scenario"   chosen so that all published figures hold at once (domain.md S0 and §3.4)
#        "computed"   summed from the made rows; has no source but them
"""

STRATEGY_REQUIREMENTS = {
    "UNIT_COBUILD": "S0-9",
    "RED_TAKEOVER": "S0-7",
    "SUBSIDY_TRANSITION": "S0-10",
    "FALLBACK": "S0-13",
}


POPULATION = 1_411_000  # 141.1 万, S0-1


def is_published(made) -> bool:
    """Whether this is the district of the news item, at its full size."""
    return made.plan.compounds == COMPOUNDS and made.district.code == "140105"


def text(made, scenario: str, seed: int) -> str:
    published = is_published(made)
    kind = "published" if published else "scenario"
    lines = [HEADER, f'scenario = "{scenario}"', f"seed = {seed}"]
    lines += [f'district = "{made.district.code}"', f'name = "{made.district.name}"', ""]
    total, bad = made.plan.compounds, made.plan.unmanaged
    share = (200 * bad + total) // (2 * total)
    lines += _figure("compounds", total, "S0-1", kind, "all compounds of the register")
    lines += _figure("unmanaged", bad, "S0-1", kind, "management mode: nobody, or abandoned")
    lines += _figure("managed", total - bad, "S0-1", "derived", "1157 - 296" if published else "")
    lines += _figure("unmanaged_share_percent", share, "S0-1", "derived", "25.58 %, half up")
    if published:
        lines += _figure("population", POPULATION, "S0-1", kind, "141.1 万, of the district")
    lines += _sums(made, published)
    lines += _party(made, published)
    lines += _pairings(made)
    if made.campaign:
        lines += _campaign(made.campaign)
    for strategy, requirement in STRATEGY_REQUIREMENTS.items():
        lines += _strategy(made, strategy, requirement, kind)
    lines.append("# The ten priority cells, domain.md §3.4.")
    for cell in CELLS:
        lines += [
            "[[cells]]",
            f'key = "{cell.key}"',
            f'strategy = "{cell.strategy}"',
            f"count = {made.plan.cells[cell.key]}",
            f'about = "{cell.about}"',
            "codes = [",
            *(f'  "{c.code}",' for c in made.compounds if c.cell == cell.key),
            "]",
            "",
        ]
    return "\n".join(lines)


def text_of_figures(made, source: str, scenario: str, seed: int, figures: list[tuple]) -> str:
    """Figures alone, each (key, value, requirement, kind, note); `source` is S1, S2 …"""
    lines = [HEADER.replace("of S0", f"of {source}").replace("S0 and §3.4", source)]
    lines += [f'scenario = "{scenario}"', f"seed = {seed}"]
    lines += [f'district = "{made.district.code}"', f'name = "{made.district.name}"', ""]
    for figure in figures:
        lines += _figure(*figure)
    return "\n".join(lines)


def percent(part: int, whole: int) -> str:
    """One decimal, half up."""
    tenths = _half_up(1000 * part, whole)
    return f"{tenths // 10}.{tenths % 10}"


def _sums(made, published):
    bad = [c for c in made.compounds if c.cell]
    kind = "published" if published else "scenario"
    lines = _figure(
        "unmanaged_buildings", sum(c.building_count for c in bad), "S0-18", kind,
        "one building head (楼栋长) each",
    )  # fmt: skip
    lines += _figure(
        "unmanaged_entrances", sum(c.entrance_count for c in bad), "S0-18", kind,
        "one unit head (单元长) each",
    )  # fmt: skip
    lines += _figure(
        "unmanaged_households", sum(c.households for c in bad), "S0-18", "computed",
        "domain.md's 51,294 is illustrative: its 13 large cells are towers",
    )  # fmt: skip
    lines += _figure(
        "buildings", sum(len(c.buildings) for c in made.compounds), "", "computed",
        "rows of the buildings sheet",
    )  # fmt: skip
    for level, name in (("STREET", "streets"), ("COMMUNITY", "communities")):
        count = sum(a.level == level for a in made.district.areas)
        lines += _figure(name, count, "", "computed", "")
    lines += _figure("providers", len(made.providers), "", "computed", "")
    lines += _figure("invitations", len(made.invitations), "", "computed", "")
    return lines


def _party(made, published):
    """The organisation that the layout calls for, and who holds its posts."""
    kind, people = "published" if published else "scenario", made.people
    own = sum(grid.is_own for grid in made.grids)
    shared = len(made.grids) - own
    groups = sum(len(branch.groups) for branch in people.branches)
    duties = [head.duty for head in people.heads]
    micros = [micro for grid in made.grids for micro in grid.micro_grids]
    helpers = sum(len(found) for found in people.assistants.values())
    lines = []
    for key, value, requirement, sort, note in (
        ("branches", len(people.branches), "S0-17", kind, "compound and grid branches"),
        ("groups", groups, "S0-17", kind, "party groups"),
        ("own_grids", own, "S0-15", "scenario", "26 compounds with three grids each"),
        ("shared_grids", shared, "S0-16", "scenario", "over the other 270 compounds"),
        ("micro_grids", len(micros), "S0-20", kind, ""),
        ("building_heads", duties.count(BUILDING_HEAD), "S0-18", kind, "楼栋长"),
        ("entrance_heads", duties.count(ENTRANCE_HEAD), "S0-18", kind, "单元长"),
        ("assistants", helpers, "S0-20", kind, 'published as "more than 1,400"'),
        ("full_members", sum(p.is_full_member for _, p in people.members), "", "computed", ""),
        ("committees", len(people.committees), "S1-17", "scenario", "above the branches"),
    ):
        lines += _figure(key, value, requirement, sort, note if published else "")
    return lines


def _pairings(made):
    """All made up: the news item on the district has no numbers of them."""
    pairings = made.pairings
    kinds = [pairing.kind for pairing in pairings]
    cadres = {pairing.person.phone for pairing in pairings if pairing.kind == COUNTY}
    lines = []
    for key, value, requirement, note in (
        ("county_cadres", len(cadres), "S3-1", "two or three compounds each"),
        ("pairings_of_county_cadres", kinds.count(COUNTY), "S3-1", ""),
        ("pairings_of_street_cadres", kinds.count(STREET), "S1-10", "one for a compound"),
        ("pairings_of_serving_members", kinds.count(MEMBER), "S1-10", "one household each"),
        ("pairings_of_centre_households", kinds.count(CENTRE), "S1-10", ""),
    ):
        lines += _figure(key, value, requirement, "scenario", note)
    return lines


def _strategy(made, strategy, requirement, kind):
    here = [c for c in made.compounds if c.cell and strategy_of(c.cell) == strategy]
    lines = [
        "[[strategies]]",
        f'key = "{strategy}"',
        f'requirement = "{requirement}"',
        f'kind = "{kind}"',
        f"compounds = {len(here)}",
        f"buildings = {sum(c.building_count for c in here)}"
        + ("  # scenario" if made.plan.buildings is BUILDINGS else ""),
        f"entrances = {sum(c.entrance_count for c in here)}",
        f"households = {sum(c.households for c in here)}  # computed",
        f'floor_area_m2 = "{_m2(sum(c.floor_cm2 for c in here))}"  # computed',
    ]
    if strategy == "SUBSIDY_TRANSITION":
        lines += [
            "# S0-11: 0.50 yuan per m² and month for 6 months. Which area counts is not said",
            "# (domain.md S0, ambiguity a): both are given; a policy names its basis.",
            'subsidy_rate = "0.50"',
            "subsidy_months = 6",
        ]
        for basis, attribute in (("floor", "floor_cm2"), ("chargeable", "chargeable_cm2")):
            areas = [getattr(c, attribute) for c in here]
            yuan_cents = sum(_half_up(area * 50 * 6, 100) for area in areas)
            lines.append(f'{basis}_area_basis_m2 = "{_m2(sum(areas))}"')
            lines.append(f'subsidy_by_{basis}_area = "{_m2(yuan_cents)}"')
    return [*lines, ""]


def _half_up(value: int, divisor: int) -> int:
    return (2 * value + divisor) // (2 * divisor)


def _m2(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _campaign(made):
    """All are cleared; six fell back, of which four were cleared anew."""
    ways = made.ways
    lost = [way for way in ways if way.again]
    back = [way for way in lost if way.again.cleared_on]
    contracts = sum(bool(w.signed_on) for way in ways for w in (way, way.again) if w)
    lines = []
    for key, value, requirement, kind, note in (
        ("cleared", len(ways), "S0-4", "published", "ever"),
        ("rebounds", len(lost), "S4-17", "scenario", ""),
        ("cleared_again", len(back), "S4-17", "scenario", ""),
        ("net_cleared", len(ways) - len(lost) + len(back), "S4-17", "scenario", ""),
        ("contracts", contracts, "S4-18", "computed", ""),
        ("collection_reports", len(made.collections), "S3-8", "computed", ""),
        ("book_entries", len(made.entries), "S1-16", "computed", ""),
        ("assessments", len(made.scores), "S3-9", "computed", ""),
        ("inspections", len(made.visits), "", "computed", ""),
    ):
        lines += _figure(key, value, requirement, kind, note)
    return lines


def _figure(key, value, requirement, kind, note):
    return [
        "[[figures]]",
        f'key = "{key}"',
        f"value = {value}",
        f'requirement = "{requirement}"',
        f'kind = "{kind}"' + (f"  # {note}" if note else ""),
        "",
    ]
