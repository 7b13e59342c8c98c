import os
from hashlib import sha256
from importlib import import_module
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


def edition_of(folder: Path) -> str:
    """The state of the sources in a folder, as a name: another as soon as any of them changes."""
    digest = sha256()
    for source in sorted(folder.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


class PlanningConfig(AppConfig):
    name = "compounds.planning"
    label = "planning"
    verbose_name = _("Planning")

    def ready(self):
        # Where the solvers keep what they compiled; the code itself may not be writable. One
        # place for every edition: numba does not see that a function called from another file
        # has changed, and would go on with the old one.
        edition = edition_of(Path(self.path) / "core")
        os.environ.setdefault("NUMBA_CACHE_DIR", str(settings.VAR_DIR / "compiled" / edition))
        import_module("compounds.planning.questions").connect()
        import_module("compounds.planning.worklist").connect()
