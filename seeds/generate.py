"""Write a sample district as a scenario folder: areas, workbooks and the figures to expect.

    python seeds/generate.py xiaodian --seed 20260525 --out seeds/xiaodian
    python seeds/generate.py xinghualing --seed 20240709 --out seeds/xinghualing
    python seeds/generate.py jingbalu --seed 20230401 --out seeds/jingbalu
    python seeds/generate.py changzhi --seed 20230303 --out seeds/changzhi
    python seeds/generate.py wuxiang --seed 20230304 --out seeds/wuxiang
    python seeds/generate.py other --name 样例区 --district-code 140199 --compounds 400 \\
        --seed 7 --out /tmp/other

The same arguments always write the same files. No Django: the workbooks then go through the
real import (`manage.py load_seeds`).
"""

import argparse
import json
import random
import re
from dataclasses import dataclass
from pathlib import Path

from maker import (
    campaign_sheets,
    cells,
    changzhi,
    expected,
    jingbalu,
    party_sheets,
    places,
    sheets,
    wuxiang,
    xiaodian,
    xinghualing,
)
from maker.campaign import settle_capacity
from maker.campaign_sheets import Campaign
from maker.compounds import Compound, furnish_managed, furnish_unmanaged
from maker.geometry import MICRO
from maker.grids import Grid, draw_grids
from maker.invitations import Invitation, write_invitations
from maker.naming import name_all
from maker.pairings import Pairing, pair_people
from maker.payees import write_payees
from maker.places import District
from maker.providers import Provider, make_providers
from maker.residents import People, Registry, settle_people
from maker.settling import settle
from maker.tiling import outline

XIAODIAN_SEED = 20260525
XINGHUALING_SEED = 20240709
CAMPAIGNS = {
    "jingbalu": (jingbalu, "S2", 20230401),
    "changzhi": (changzhi, "S4", 20230303),
    "wuxiang": (wuxiang, "S4", 20230304),
}
PAID_FIRMS = ("wuxiang",)  # whose firms are paid a subsidy
ACCOUNT_NAME = re.compile(r'^((?:username|works_as) = )"(\w+)"', re.MULTILINE)
HAND_WRITTEN = Path(__file__).resolve().parent / "xiaodian"


@dataclass
class Scenario:
    district: District
    plan: cells.Plan
    compounds: list[Compound]
    providers: list[Provider]
    invitations: list[Invitation]
    grids: list[Grid]
    people: People
    pairings: list[Pairing]
    campaign: Campaign | None = None  # another district is at its beginning


def make(
    scenario: str,
    seed: int = XIAODIAN_SEED,
    compounds: int = cells.COMPOUNDS,
    name: str = "样例区",
    code: str = "140199",
    centre: tuple[float, float] = (112.55, 37.87),
) -> Scenario:
    """The whole district, in memory. Xiaodian keeps its true name, code and streets."""
    rng = random.Random(seed)
    plan = cells.plan(compounds)
    if scenario == "xiaodian":
        district = places.xiaodian(rng, plan.compounds, plan.unmanaged)
    else:
        district = places.other(rng, code, name, plan.compounds, plan.unmanaged, centre)
    found, units = settle(district, plan, rng)
    furnish_unmanaged(found, plan, rng)
    furnish_managed(found, rng)
    name_all(found, rng)
    providers = make_providers(district, units, rng)
    invitations = write_invitations(found, providers, district.name, rng)
    settle_capacity(providers, invitations)
    rng = random.Random(f"{seed} party grid")  # apart, so that the register stays as it is
    grids = draw_grids(district, found, rng)
    registry = Registry(district, rng)
    people = settle_people(district, grids, registry, exact=plan.compounds == cells.COMPOUNDS)
    pairings = pair_people(district, grids, people, registry)
    made = Scenario(district, plan, found, providers, invitations, grids, people, pairings)
    if expected.is_published(made):
        made.campaign, made.invitations = xiaodian.run(
            found, providers, invitations, pairings, district.name.removesuffix("区"), seed
        )
    return made


def write(made: Scenario, folder: Path, scenario: str, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    published = expected.is_published(made)
    _write_json(
        folder / "areas.json", _areas(made.district, expected.POPULATION if published else None)
    )
    _write_json(folder / "areas.geojson", _boundaries(made.district))
    sheets.write_register(folder / "register.xlsx", made.district, made.compounds)
    sheets.write_providers(folder / "providers.xlsx", made.district, made.providers)
    sheets.write_invitations(folder / "invitations.xlsx", made.district, made.invitations)
    party_sheets.write_party(folder, made.district, made.grids, made.people)
    party_sheets.write_pairings(folder / "pairings.xlsx", made.district, made.pairings)
    _write_json(folder / "grids.geojson", _outlines(made.grids))
    if made.campaign:
        short = made.district.name.removesuffix("区")
        campaign_sheets.write_campaign(folder, made.district, made.campaign, short)
        write_payees(folder, made.district, made.providers)
    if folder.resolve() != HAND_WRITTEN:
        _adapt_hand_written(made.district, folder)
    (folder / "expected.toml").write_text(
        expected.text(made, scenario, seed), encoding="utf-8", newline="\n"
    )


def write_xinghualing(made: xinghualing.Scenario, folder: Path, seed: int) -> None:
    """Its accounts and what stands in scenario.toml are written by hand."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(folder / "areas.json", _areas(made.district, None))
    _write_json(folder / "areas.geojson", _boundaries(made.district))
    sheets.write_register(folder / "register.xlsx", made.district, made.compounds)
    party_sheets.write_party(folder, made.district, made.grids, made.people)
    _write_json(folder / "grids.geojson", _outlines(made.grids))
    party_sheets.write_clusters(folder / "clusters.xlsx", made.district, made.clusters)
    figures = xinghualing.figures(made)
    text = expected.text_of_figures(made, "S1", "xinghualing", seed, figures)
    (folder / "expected.toml").write_text(text, encoding="utf-8", newline="\n")


def make_campaign(scenario: str, seed: int | None = None):
    """Jingbalu, Changzhi or Wuxiang, in memory."""
    room, _source, usual = CAMPAIGNS[scenario]
    return room.make(seed or usual)


def write_campaign(made, folder: Path, scenario: str, seed: int | None = None) -> None:
    """Their policies, their accounts and what stands in scenario.toml are written by hand."""
    room, source, usual = CAMPAIGNS[scenario]
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(folder / "areas.json", _areas(made.district, None))
    _write_json(folder / "areas.geojson", _boundaries(made.district))
    sheets.write_register(folder / "register.xlsx", made.district, made.compounds)
    sheets.write_providers(folder / "providers.xlsx", made.district, made.providers)
    sheets.write_invitations(folder / "invitations.xlsx", made.district, made.invitations)
    campaign_sheets.write_campaign(folder, made.district, made.campaign, made.short)
    if scenario in PAID_FIRMS:
        write_payees(folder, made.district, made.providers)
    figures = room.figures(made)
    text = expected.text_of_figures(made, source, scenario, seed or usual, figures)
    texts = {"expected.toml": text, **(room.texts(made) if hasattr(room, "texts") else {})}
    for name, written in texts.items():
        (folder / name).write_text(written, encoding="utf-8", newline="\n")


def _adapt_hand_written(district: District, folder: Path) -> None:
    """Policy and accounts as in Xiaodian, under this district's code and name.

    Account names end in the code, so that two districts can live in one system.
    """
    for name in ("policy.toml", "people.toml", "scenario.toml", "norms.toml"):
        text = (HAND_WRITTEN / name).read_text(encoding="utf-8")
        if district.code != "140105":
            text = text.replace("140105", district.code).replace("小店区", district.name)
            text = text.replace("Xiaodian", district.name).replace("小物治", "样例治")
            text = ACCOUNT_NAME.sub(rf'\1"\2-{district.code}"', text)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _areas(district: District, population: int | None) -> dict:
    rows = [
        {"code": a.code, "name": a.name, "level": a.level, "parent": a.parent or None}
        for a in district.areas
    ]
    if population:
        rows[0]["population"] = population
    return {"is_sample": True, "areas": rows}


def _boundaries(district: District) -> dict:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": a.code, "name": a.name, "level": a.level},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[x / MICRO, y / MICRO] for x, y in [*a.ring, a.ring[0]]]],
                },
            }
            for a in district.areas
        ],
    }


def _outlines(grids: list[Grid]) -> dict:
    polygons = outline(grids)
    features = []
    for grid in grids:
        rings = [
            [[[x / MICRO, y / MICRO] for x, y in [*ring, ring[0]]] for ring in polygon]
            for polygon in polygons[grid.code]
        ]
        geometry = {"type": "MultiPolygon", "coordinates": rings}
        if len(rings) == 1:
            geometry = {"type": "Polygon", "coordinates": rings[0]}
        about = {"code": grid.code, "name": grid.name}
        features.append({"type": "Feature", "properties": about, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def _write_json(path: Path, value: dict) -> None:
    """One area or feature a line: small, and a change shows where it is."""
    (key,) = [k for k in value if isinstance(value[k], list)]
    head = json.dumps({k: v for k, v in value.items() if k != key}, ensure_ascii=False)
    rows = ",\n".join(
        json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in value[key]
    )
    text = f'{head[:-1]}, "{key}": [\n{rows}\n]}}\n'
    path.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "scenario",
        help="a scenario of this folder, or any other name for a made-up district",
    )
    parser.add_argument("--seed", type=int)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--compounds", type=int, default=cells.COMPOUNDS)
    parser.add_argument("--name", default="样例区")
    parser.add_argument("--district-code", default="140199")
    parser.add_argument("--centre", type=float, nargs=2, default=(112.55, 37.87))
    options = parser.parse_args()
    if options.scenario == "xinghualing":
        seed = options.seed or XINGHUALING_SEED
        made = xinghualing.make(seed)
        write_xinghualing(made, options.out, seed)
        print(f"{made.district.name}: {len(made.compounds)} compounds in {options.out}")
        return
    if options.scenario in CAMPAIGNS:
        made = make_campaign(options.scenario, options.seed)
        write_campaign(made, options.out, options.scenario, options.seed)
        print(f"{made.district.name}: {len(made.compounds)} compounds in {options.out}")
        return
    seed = options.seed or XIAODIAN_SEED
    made = make(
        options.scenario,
        seed,
        options.compounds,
        options.name,
        options.district_code,
        tuple(options.centre),
    )
    write(made, options.out, options.scenario, seed)
    print(f"{made.district.name}: {len(made.compounds)} compounds in {options.out}")


if __name__ == "__main__":
    main()
