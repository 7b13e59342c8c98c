"""Loading the clusters of a scenario and their five haves, through the import."""

from pathlib import Path

from compounds.registry.seeding import import_once


def load(folder: Path, *, by, report) -> int:
    """Import `clusters.xlsx`; 0 if that was done before."""
    return import_once(folder / "clusters.xlsx", by=by, report=report)
