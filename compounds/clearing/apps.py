from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClearingConfig(AppConfig):
    name = "compounds.clearing"
    label = "clearing"
    verbose_name = _("Clearing campaign")

    def ready(self):
        import_module("compounds.clearing.leaving").connect()
        import_module("compounds.clearing.telling").connect()
        import_module("compounds.clearing.watch_telling").connect()
