from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssignmentConfig(AppConfig):
    name = "compounds.assignment"
    label = "assignment"
    verbose_name = _("Assignment")

    def ready(self):
        import_module("compounds.assignment.leaving").connect()
        import_module("compounds.assignment.serving").connect()
