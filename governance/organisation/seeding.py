"""Loading the areas of a scenario and, for a demonstration, its people with their posts."""

import datetime as dt
import json
import tomllib
from pathlib import Path

from django.db import transaction

from .models import Area, Level, User
from .services import accounts, areas, posts

IN_POST_FROM = dt.date(2026, 1, 1)


@transaction.atomic
def load(folder: Path, *, by, report) -> int:
    """Add what is missing of areas and sample accounts; what is there stays as it is."""
    count = _load_areas(folder, by, report)
    if report.wants_accounts and (folder / "people.toml").is_file():
        count += _load_people(folder)
    return count


def _load_areas(folder: Path, by, report) -> int:
    scenario = json.loads((folder / "areas.json").read_text(encoding="utf-8"))
    rows = scenario["areas"]
    boundaries = _boundaries(folder / "areas.geojson")
    known = Area.objects.in_bulk([row["code"] for row in rows], field_name="code")
    count = 0
    for done, row in enumerate(rows, start=1):
        code = row["code"]
        if code not in known:
            known[code] = areas.add_area(
                by=by,
                level=Level[row["level"]],
                code=code,
                name=row["name"],
                parent=known.get(row["parent"]),
                boundary=boundaries.get(code),
                population=row.get("population"),
                is_sample=scenario.get("is_sample", False),
            )
            count += 1
        report(done, len(rows))
    return count


def _boundaries(path: Path) -> dict[str, dict]:
    if not path.is_file():
        return {}
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["code"]: feature["geometry"] for feature in features}


def _load_people(folder: Path) -> int:
    people = tomllib.loads((folder / "people.toml").read_text(encoding="utf-8"))["accounts"]
    known = set(
        User.objects.filter(username__in=[person["username"] for person in people]).values_list(
            "username", flat=True
        )
    )
    missing = [person for person in people if person["username"] not in known]
    for person in missing:
        user, _first_password = accounts.add_account(
            by=None, username=person["username"], display_name=person["name"]
        )
        user = accounts.change_password(by=user, password=person["password"])
        posts.give_post(
            by=None,
            user=user,
            role=person["role"],
            area=Area.objects.get(code=person["area"]),
            valid_from=IN_POST_FROM,
        )
    return len(missing)
