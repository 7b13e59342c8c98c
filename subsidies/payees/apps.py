from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PayeesConfig(AppConfig):
    name = "subsidies.payees"
    label = "payees"
    verbose_name = _("Payee accounts")

    def ready(self):
        import_module("subsidies.payees.worklist").connect()
