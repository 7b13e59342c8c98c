from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "subsidies.reports"
    label = "reports"
    verbose_name = _("Money reports")

    def ready(self):
        import_module("subsidies.reports.worklist").connect()
