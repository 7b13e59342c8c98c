from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "governance.notices"
    label = "notices"
    verbose_name = _("Notices")

    def ready(self):
        import_module("governance.notices.services").connect()
