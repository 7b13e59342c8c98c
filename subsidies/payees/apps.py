from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PayeesConfig(AppConfig):
    name = "subsidies.payees"
    label = "payees"
    verbose_name = _("Payee accounts")
