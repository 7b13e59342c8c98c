"""Programmes of a scenario: drafted by one person, published by another."""

import tomllib
from pathlib import Path

from django.utils.translation import gettext as _

from compounds.classification.seeding import holder_of
from governance.organisation.models import Area

from .models import PUBLISH, Programme
from .rules import Terms
from .services import create_draft, publish


def load(folder: Path, *, by, report) -> int:
    """Enter `programme.toml`; what is already there is left alone."""
    path = folder / "programme.toml"
    if by is None or not path.is_file():
        return 0
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    district = Area.objects.get(code=written["district"])
    count = 0
    for record in written["programmes"]:
        row = Programme.objects.filter(district=district, name=record["name"]).first()
        if row is None:
            terms = Terms.from_json(record)
            row = create_draft(by=by, district=district, terms=terms)
            count += 1
        if row.is_draft:
            publisher = holder_of(PUBLISH, district, besides=row.prepared_by_id)
            if publisher is None:
                report(_("Nobody else may publish the programme yet, so it stays a draft."))
                continue
            publish(by=publisher, programme=row, version=row.version)
            count += 1
    return count
