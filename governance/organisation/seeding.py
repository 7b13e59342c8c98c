"""Loading the areas of a scenario and, for a demonstration, its people with their posts."""

import datetime as dt
import json
from pathlib import Path

from django.db import transaction

from governance.foundation import journal
from governance.foundation.seeding import scenario_people

from .models import Area, Level, User
from .services import accounts, areas, posts

IN_POST_FROM = dt.date(2026, 1, 1)


@transaction.atomic
def load(folder: Path, *, by, report) -> int:
    """Add what is missing of areas and sample accounts; what is there stays as it is.

    The district comes first and in nobody's name, since every post lies in one; the areas below
    are added by a person.
    """
    scenario = json.loads((folder / "areas.json").read_text(encoding="utf-8"))
    people = scenario_people(folder) if report.wants_accounts else {"accounts": []}
    rows = scenario["areas"]
    known = Area.objects.in_bulk([row["code"] for row in rows], field_name="code")
    boundaries = _boundaries(folder / "areas.geojson")
    count = 0
    if rows[0]["code"] not in known:
        known[rows[0]["code"]] = _add_district(rows[0], boundaries, scenario["is_sample"])
        count += 1
    count += _add_people(people, known)
    by = by or User.objects.filter(username=people.get("works_as"), is_active=True).first()
    if by is None:
        return count
    for done, row in enumerate(rows, start=1):
        if row["code"] not in known:
            known[row["code"]] = areas.add_area(
                by=by,
                parent=known[row["parent"]],
                code=row["code"],
                name=row["name"],
                boundary=boundaries.get(row["code"]),
            )
            count += 1
        report(done, len(rows))
    return count + _add_people(people, known)


def _add_district(row: dict, boundaries: dict, is_sample: bool) -> Area:
    district = Area(
        level=Level.DISTRICT,
        code=row["code"],
        name=row["name"],
        boundary=boundaries.get(row["code"]),
        population=row.get("population"),
        is_sample=is_sample,
    )
    areas.check(district)
    district.save()
    journal.record("add", district, by=None, changes={"code": [None, district.code]})
    return district


def _boundaries(path: Path) -> dict[str, dict]:
    if not path.is_file():
        return {}
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["code"]: feature["geometry"] for feature in features}


def _add_people(people: dict, known: dict[str, Area]) -> int:
    """Add the accounts that are missing and whose area is there; returns how many."""
    names = [person["username"] for person in people["accounts"]]
    there = set(User.objects.filter(username__in=names).values_list("username", flat=True))
    missing = [
        person
        for person in people["accounts"]
        if person["username"] not in there and person["area"] in known
    ]
    for person in missing:
        user, _first_password = accounts.add_account(
            by=None, username=person["username"], display_name=person["name"]
        )
        user = accounts.change_password(by=user, password=person["password"])
        for area in _places(person, known):
            posts.give_post(
                by=None, user=user, role=person["role"], area=area, valid_from=IN_POST_FROM
            )
    return len(missing)


def _places(person: dict, known: dict[str, Area]) -> list[Area]:
    """The area of the post, or with `everywhere` all areas of its level in the district."""
    first = known[person["area"]]
    if not person.get("everywhere"):
        return [first]
    return [
        area
        for area in known.values()
        if area.level == first.level and area.district_id == first.district_id
    ]
