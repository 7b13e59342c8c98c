import os
from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class PlanningConfig(AppConfig):
    name = "compounds.planning"
    label = "planning"
    verbose_name = _("Planning")

    def ready(self):
        # Where the solvers keep what they compiled; the code itself may not be writable.
        os.environ.setdefault("NUMBA_CACHE_DIR", str(settings.VAR_DIR / "compiled"))
        import_module("compounds.planning.questions").connect()
        import_module("compounds.planning.worklist").connect()
