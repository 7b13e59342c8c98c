from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EntitlementsConfig(AppConfig):
    name = "subsidies.entitlements"
    label = "entitlements"
    verbose_name = _("Entitlements")

    def ready(self):
        for name in ("leaving", "worklist", "services.telling"):
            import_module(f"subsidies.entitlements.{name}").connect()
