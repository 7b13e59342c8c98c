from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "governance.audit"
    label = "audit"
    verbose_name = _("Audit")

    def ready(self):
        import_module("governance.audit.signals").connect()
