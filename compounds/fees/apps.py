from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeeConfig(AppConfig):
    name = "compounds.fees"
    label = "fees"
    verbose_name = _("Fees and assessments")

    def ready(self):
        import_module("compounds.fees.leaving").connect()
