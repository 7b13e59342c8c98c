"""Loading the providers of a scenario and what they answered, through the import."""

from pathlib import Path

from compounds.registry.seeding import import_once


def load(folder: Path, *, by, report) -> int:
    """Import `providers.xlsx`, then `invitations.xlsx`; 0 if that was done before."""
    return sum(
        import_once(folder / name, by=by, report=report)
        for name in ("providers.xlsx", "invitations.xlsx")
    )
