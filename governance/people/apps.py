from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "governance.people"
    label = "people"
    verbose_name = _("People")

    def ready(self):
        import_module("governance.people.keys")
