"""Loading the lots of a scenario and its contracts, which come through the import."""

import tomllib
from pathlib import Path

from compounds.providers.models import Provider
from compounds.registry.models import Compound
from compounds.registry.seeding import import_once
from governance.organisation.models import Area

from .models import Lot
from .services.lots import award_lot, create_lot, pass_gate, set_members


def load(folder: Path, *, by, report) -> int:
    """Award the lots of `lots.toml`, import `contracts.xlsx`, and say which lots are kept.

    0 if that was done before.
    """
    path = folder / "lots.toml"
    made = []
    if path.is_file():
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        if not Lot.objects.filter(district__code=told["district"]).exists():
            made = [(_award(one, by=by), one) for one in told["lots"]]
    count = len(made) + import_once(folder / "contracts.xlsx", by=by, report=report)
    for lot, one in made:
        if "kept_on" in one:
            gate = {"gate": "kept", "on": one["kept_on"], "document": one["kept_by"]}
            pass_gate(by=by, lot=lot, version=lot.version, **gate)
    return count


def _award(told: dict, *, by) -> Lot:
    """A lot with its compounds, renovated and awarded."""
    area = Area.objects.get(code=told["area"])
    lot = create_lot(by=by, area=area, name=told["name"], kind=told["kind"])
    rows = list(Compound.objects.filter(code__in=told["compounds"]))
    carriers = [row.pk for row in rows if row.code == told["carrier"]]
    lot = set_members(by=by, lot=lot, version=lot.version, compounds=rows, carriers=carriers)
    gate = {"gate": "renovated", "on": told["renovated_on"], "document": told["renovated_by"]}
    lot = pass_gate(by=by, lot=lot, version=lot.version, **gate)
    return award_lot(
        by=by,
        lot=lot,
        version=lot.version,
        provider=Provider.objects.get(credit_code=told["credit_code"]),
        bidders=told["bidders"],
        on=told["taken_on"],
        document=told["taken_by"],
    )
