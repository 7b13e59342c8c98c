from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccrualsConfig(AppConfig):
    name = "subsidies.accruals"
    label = "accruals"
    verbose_name = _("Accruals")

    def ready(self):
        import_module("subsidies.accruals.worklist").connect()
