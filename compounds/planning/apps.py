from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlanningConfig(AppConfig):
    name = "compounds.planning"
    label = "planning"
    verbose_name = _("Planning")

    def ready(self):
        import_module("compounds.planning.worklist").connect()
