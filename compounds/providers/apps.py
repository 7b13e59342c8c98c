from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProvidersConfig(AppConfig):
    name = "compounds.providers"
    label = "providers"
    verbose_name = _("Providers")

    def ready(self):
        import_module("compounds.providers.duties").connect()
