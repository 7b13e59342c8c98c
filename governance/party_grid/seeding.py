"""Loading the party grid of a scenario: ledgers by import, branches and groups by proposal.

The order is that of the campaign: committees stand, heads are chosen, grids are drawn; then the
organisation that the layout calls for is proposed street by street, founded by a document, and
its secretaries and leaders are elected.
"""

import json
import tomllib
from pathlib import Path

from django.utils.translation import gettext as _

from compounds.registry.seeding import import_once
from governance.foundation import dates
from governance.organisation.models import Area, Level, User
from governance.organisation.scope import RIGHTS

from .models import Proposal
from .rules import Act
from .services.grids import change_grid
from .services.proposals import apply_steps, prepare_proposal
from .services.stating import APPLY


def load(folder: Path, *, by, report) -> int:
    """Import what `folder` has of the sheets, and found what the layout calls for, once."""
    count = sum(
        import_once(folder / name, by=by, report=report)
        for name in ("organisations.xlsx", "duties.xlsx", "grids.xlsx")
    )
    count += _outline(folder / "grids.geojson", by=by)
    count += _found(folder, by=by, report=report)
    return count + import_once(folder / "leaders.xlsx", by=by, report=report)


def _outline(path: Path, *, by) -> int:
    """Give the grids of the sheet, which has no words for it, their boundaries."""
    if by is None or not path.is_file():
        return 0
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    drawn = {feature["properties"]["code"]: feature["geometry"] for feature in features}
    bare = Area.objects.active().filter(level=Level.GRID, code__in=drawn, boundary__isnull=True)
    found = list(bare.order_by("code"))
    for grid in found:
        changes = {"boundary": drawn[grid.code]}
        change_grid(by=by, grid=grid, version=grid.version, changes=changes)
    return len(found)


def _found(folder: Path, *, by, report) -> int:
    """One proposal for each street that has none, applied by another person than `by`."""
    document = _document(folder)
    if by is None or document is None:
        return 0
    areas = json.loads((folder / "areas.json").read_text(encoding="utf-8"))["areas"]
    district = Area.objects.get(code=areas[0]["code"])
    streets = Area.objects.active().filter(level=Level.STREET, district=district)
    proposed = Proposal.objects.filter(district=district, street__isnull=False)
    missing = list(streets.exclude(pk__in=proposed.values("street")).order_by("code"))
    approver = _approver(district, by)
    if missing and approver is None:
        report(_("Nobody else may found the organisations yet, so nothing is proposed."))
        return 0
    count = 0
    for done, street in enumerate(missing, start=1):
        proposal = prepare_proposal(by=by, area=street)
        if proposal.steps.exclude(act=Act.DRAW_GRID).exists():
            count += len(apply_steps(by=approver, proposal=proposal, **document))
        report(done, len(missing))
    return count


def _document(folder: Path) -> dict | None:
    """Number and date of the document that founds the organisations."""
    path = folder / "scenario.toml"
    written = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return written.get("founding")


def _approver(district: Area, by: User) -> User | None:
    roles = [role for role, rights in RIGHTS.items() if APPLY in rights]
    posts = district.posts.current(dates.today()).filter(role__in=roles)
    people = User.objects.filter(is_active=True, posts__in=posts)
    return people.exclude(pk=by.pk).order_by("pk").first()
