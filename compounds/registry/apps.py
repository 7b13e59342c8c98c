from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "compounds.registry"
    label = "registry"
    verbose_name = _("Compound register")

    def ready(self):
        import_module("compounds.registry.telling").connect()
        # Every room may declare sheets of its own in a module `importing`.
        autodiscover_modules("importing")
        files = import_module("compounds.registry.services.import_files")
        import_module("governance.foundation.sweeping").register("files of imports", files.sweep)
