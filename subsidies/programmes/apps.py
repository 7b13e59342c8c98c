from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgrammesConfig(AppConfig):
    name = "subsidies.programmes"
    label = "programmes"
    verbose_name = _("Subsidy programmes")

    def ready(self):
        import_module("subsidies.programmes.worklist").connect()
