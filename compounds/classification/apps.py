from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClassificationConfig(AppConfig):
    name = "compounds.classification"
    label = "classification"
    verbose_name = _("Classification")

    def ready(self):
        for name in ("leaving", "telling"):
            import_module(f"compounds.classification.{name}").connect()
