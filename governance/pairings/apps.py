from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PairingsConfig(AppConfig):
    name = "governance.pairings"
    label = "pairings"
    verbose_name = _("Pairings")

    def ready(self):
        import_module("governance.pairings.leaving").connect()
