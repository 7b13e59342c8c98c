from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartyGridConfig(AppConfig):
    name = "governance.party_grid"
    label = "party_grid"
    verbose_name = _("Party grid")

    def ready(self):
        for name in ("leaving", "moving", "telling"):
            import_module(f"governance.party_grid.{name}").connect()
