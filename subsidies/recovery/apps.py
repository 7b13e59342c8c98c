from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecoveryConfig(AppConfig):
    name = "subsidies.recovery"
    label = "recovery"
    verbose_name = _("Exit and clawback")

    def ready(self):
        import_module("subsidies.recovery.telling").connect()
        import_module("subsidies.recovery.worklist").connect()
        sent_back = import_module("subsidies.recovery.services.sent_back")
        import_module("subsidies.payments.hooks").register_sent_back(sent_back.give_way)
        questions = import_module("subsidies.recovery.questions")
        import_module("subsidies.programmes.facts").register_bars(questions.bars)
        import_module("subsidies.accruals.hooks").register_ends(questions.ends)
