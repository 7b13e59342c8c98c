"""Loading the providers of a scenario and what they answered, through the import."""

import tomllib
from decimal import Decimal
from pathlib import Path

from compounds.registry.seeding import import_once
from governance.organisation.models import Area

from .entry import add_norm, set_staff
from .models import Provider


def load(folder: Path, *, by, report) -> int:
    """Import `providers.xlsx`, then `invitations.xlsx`; 0 if that was done before.

    Who of a firm does what comes with them, in `staff.toml`, and what service costs (`norms.toml`).
    """
    count = import_once(folder / "providers.xlsx", by=by, report=report)
    if count:
        count += _load_staff(folder / "staff.toml", by=by)
        count += _load_norms(folder / "norms.toml", by=by)
    return count + import_once(folder / "invitations.xlsx", by=by, report=report)


def _load_staff(path: Path, *, by) -> int:
    if not path.is_file():
        return 0
    firms = tomllib.loads(path.read_text(encoding="utf-8"))["firms"]
    for firm in firms:
        provider = Provider.objects.get(credit_code=firm.pop("credit_code"))
        set_staff(by=by, provider=provider, version=provider.version, counts=firm)
    return len(firms)


NUMBERS = ("quantity", "monthly_wage", "amount", "percent")


def _load_norms(path: Path, *, by) -> int:
    if not path.is_file():
        return 0
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    district = Area.objects.get(code=told["district"])
    for norm in told["norms"]:
        numbers = {name: Decimal(norm[name]) for name in NUMBERS if name in norm}
        facts = {**norm, **numbers, "district": district, "valid_from": told["valid_from"]}
        add_norm(by=by, facts=facts)
    return len(told["norms"])
