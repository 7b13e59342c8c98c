"""Loading who is paired with which compounds and households of a scenario, through the import."""

from pathlib import Path

from compounds.registry.seeding import import_once


def load(folder: Path, *, by, report) -> int:
    """Import `pairings.xlsx`; 0 if that was done before.

    Comes after the party grid, which says who is a centre household and who heads a grid.
    """
    return import_once(folder / "pairings.xlsx", by=by, report=report)
