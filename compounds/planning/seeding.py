"""Planning norms of a scenario, entered through the service."""

import tomllib
from decimal import Decimal
from pathlib import Path

from governance.organisation.models import Area

from .models import Norms
from .services.norms import enter_norms


def load(folder: Path, *, by, report) -> int:
    """Enter `planning.toml`; what is already there is left alone. Returns how many rows."""
    path = folder / "planning.toml"
    if by is None or not path.is_file():
        return 0
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    district = Area.objects.get(code=written["district"])
    day = written["effective_from"]
    if Norms.objects.filter(district=district, effective_from=day).exists():
        return 0
    numbers = {
        name: Decimal(value) if isinstance(value, str) else value
        for name, value in written["numbers"].items()
    }
    enter_norms(
        by=by,
        district=district,
        effective_from=day,
        facts={"document": written["document"], "sources": written["sources"], **numbers},
    )
    return 1
