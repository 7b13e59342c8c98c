"""Loading the contracts of a scenario, through the import."""

from pathlib import Path

from compounds.registry.seeding import import_once


def load(folder: Path, *, by, report) -> int:
    """Import `contracts.xlsx`; 0 if that was done before."""
    return import_once(folder / "contracts.xlsx", by=by, report=report)
