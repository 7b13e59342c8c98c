from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContractConfig(AppConfig):
    name = "compounds.contracts"
    label = "contracts"
    verbose_name = _("Contracts")
