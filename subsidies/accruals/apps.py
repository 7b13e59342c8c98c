from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccrualsConfig(AppConfig):
    name = "subsidies.accruals"
    label = "accruals"
    verbose_name = _("Accruals")

    def ready(self):
        import_module("subsidies.accruals.worklist").connect()
        # A year's rest is released only when nothing of the year is to be accrued any more.
        questions = import_module("subsidies.accruals.questions")
        hooks = import_module("subsidies.entitlements.services.annual")
        hooks.register_accruals(questions.first_not_accrued)
        courses = import_module("subsidies.entitlements.services.courses")
        courses.register_posted(questions.accrued_months)
