from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DashboardsConfig(AppConfig):
    name = "governance.dashboards"
    label = "dashboards"
    verbose_name = _("Dashboards")

    def ready(self):
        import_module("governance.dashboards.reminders").connect()
