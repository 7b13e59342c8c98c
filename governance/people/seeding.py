"""Loading the party members of a scenario, through the import."""

from pathlib import Path

from compounds.registry.seeding import import_once


def load(folder: Path, *, by, report) -> int:
    """Import `members.xlsx`, the ledger of members; 0 if that was done before."""
    return import_once(folder / "members.xlsx", by=by, report=report)
