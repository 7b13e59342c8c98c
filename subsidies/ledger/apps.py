from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    name = "subsidies.ledger"
    label = "ledger"
    verbose_name = _("Budgets and ledger")

    def ready(self):
        import_module("subsidies.ledger.worklist").connect()
