from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClustersConfig(AppConfig):
    name = "governance.clusters"
    label = "clusters"
    verbose_name = _("Clusters of compounds")

    def ready(self):
        import_module("governance.clusters.leaving").connect()
