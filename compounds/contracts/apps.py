from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContractConfig(AppConfig):
    name = "compounds.contracts"
    label = "contracts"
    verbose_name = _("Contracts")

    def ready(self):
        import_module("compounds.contracts.leaving").connect()
        import_module("compounds.contracts.worklist").connect()
        files = import_module("compounds.contracts.services.files")
        sweeping = import_module("governance.foundation.sweeping")
        sweeping.register("files of contracts", files.sweep)
