from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "subsidies.payments"
    label = "payments"
    verbose_name = _("Disbursements")

    def ready(self):
        import_module("subsidies.payments.worklist").connect()
