"""Loading what a scenario tells of money and quality: three sheets, rounds and inspections."""

import datetime as dt
import tomllib
from pathlib import Path

from compounds.registry.models import Compound
from compounds.registry.seeding import import_once
from governance.organisation.models import Area

from .models import AssessmentRound, Inspection
from .services.assessing import add_round, close_round
from .services.inspecting import mend_order, record_inspection


def load(folder: Path, *, by, report) -> int:
    """Import `collections.xlsx`, `book.xlsx` and `assessments.xlsx`, whose rounds come before.

    0 if all that was done before.
    """
    count = sum(
        import_once(folder / name, by=by, report=report)
        for name in ("collections.xlsx", "book.xlsx")
    )
    if told := _read(folder / "rounds.toml"):
        district = Area.objects.get(code=told["district"])
        closing = {one["name"]: one.pop("closed_on") for one in told["rounds"]}
        count += _add_rounds(district, told["rounds"], by=by)
        count += import_once(folder / "assessments.xlsx", by=by, report=report)
        count += _close_rounds(district, closing, by=by)
    return count + _inspect(_read(folder / "inspections.toml").get("inspections", []), by=by)


def _read(path: Path) -> dict:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _add_rounds(district: Area, rounds: list[dict], *, by) -> int:
    there = set(AssessmentRound.objects.filter(district=district).values_list("name", flat=True))
    missing = [one for one in rounds if one["name"] not in there]
    for one in missing:
        add_round(by=by, district=district, **one)
    return len(missing)


def _close_rounds(district: Area, closing: dict[str, dt.date], *, by) -> int:
    open_ones = AssessmentRound.objects.filter(
        district=district, name__in=closing, state=AssessmentRound.State.OPEN
    )
    for one in open_ones:
        close_round(by=by, round_=one, version=one.version, closed_on=closing[one.name])
    return len(open_ones)


def _inspect(visits: list[dict], *, by) -> int:
    """Enter the inspections unless some compound of them was inspected before."""
    compounds = Compound.objects.in_bulk({v["compound"] for v in visits}, field_name="code")
    if Inspection.objects.filter(compound__in=compounds.values()).exists():
        return 0
    for visit in visits:
        mended_on = visit.pop("mended_on", None)
        found = record_inspection(by=by, **{**visit, "compound": compounds[visit["compound"]]})
        if mended_on:
            mend_order(by=by, inspection=found, version=found.version, mended_on=mended_on)
    return len(visits)
