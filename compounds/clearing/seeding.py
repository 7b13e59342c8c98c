"""Loading the campaign of a scenario: its progress through the import, then the rebound watch."""

import tomllib
from pathlib import Path

from django.utils.translation import gettext as _

from compounds.classification.seeding import holder_of
from compounds.registry.seeding import import_once
from governance.foundation import dates
from governance.organisation.models import Area

from .models import WatchPolicy, WatchRun
from .services.watch_policies import PUBLISH, ensure_default
from .services.watch_runs import run_watch


def load(folder: Path, *, by, report) -> int:
    """Import `progress.xlsx`, publish the policy of `watch.toml` and watch once.

    What was done before is left alone. Returns how many records were written.
    """
    count = import_once(folder / "progress.xlsx", by=by, report=report)
    path = folder / "watch.toml"
    if not path.is_file():
        return count
    terms = tomllib.loads(path.read_text(encoding="utf-8"))
    district = Area.objects.get(code=terms.pop("district"))
    if not WatchPolicy.objects.filter(district=district).exists():
        publisher = holder_of(PUBLISH, district, besides=by.pk)
        if publisher is None:
            report(_("Nobody else may publish the policy yet, so it stays a draft."))
            return count
        ensure_default(district=district, prepared_by=by, published_by=publisher, **terms)
        count += 1
    policies = WatchPolicy.objects.filter(district=district).in_force(dates.today())
    if policies.exists() and not WatchRun.objects.filter(area=district).exists():
        count += run_watch(by=by, area=district, progress=report).changed
    return count
