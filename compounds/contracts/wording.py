"""Words for what is due, for clocks, verdicts and laws."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from .rules import Duty
from .rules.viability import Verdict

DUTIES = {
    Duty.NONE: gettext_lazy("nothing"),
    Duty.SIGN: pgettext_lazy("duty", "sign it"),
    Duty.FILE: pgettext_lazy("duty", "put it on file"),
    Duty.RENEWAL: pgettext_lazy("duty", "decide on renewal"),
    Duty.FOLLOW_UP: pgettext_lazy("duty", "sign the next contract"),
    Duty.HAND_OVER: pgettext_lazy("duty", "end and hand over"),
    Duty.INDEFINITE: pgettext_lazy("duty", "no fixed term any more"),
}
CLOCKS = {
    "REMINDER": gettext_lazy("renewal comes on the agenda"),
    "PROVIDER_NOTICE": gettext_lazy("last day for the provider to say that it does not renew"),
    "OWNERS_NOTICE": gettext_lazy("last day for the owners' notice before the end"),
    "END": gettext_lazy("the contract runs out"),
}
LAWS = {
    "946": gettext_lazy("60 days, Civil Code 946"),
    "947": gettext_lazy("90 days, Civil Code 947"),
}
VERDICTS = {
    Verdict.VIABLE: ("ok", gettext_lazy("viable: income covers cost")),
    Verdict.NOT_VIABLE: ("bad", gettext_lazy("not viable: income does not cover cost")),
    Verdict.UNKNOWN: ("warn", gettext_lazy("not known yet")),
}
LINES = {
    "fees": gettext_lazy("property fees"),
    "parking": gettext_lazy("parking"),
    "public": gettext_lazy("public revenue, share for service"),
    "subsidy": gettext_lazy("subsidy"),
}
NEAR_DAYS = 15


def days_left(due: dt.date, today: dt.date) -> tuple[str, str]:
    """(class, words) of a deadline: 9 days left, due today, 6 days over."""
    left = (due - today).days
    if left < 0:
        return "bad", ngettext("%(n)s day over", "%(n)s days over", -left) % {"n": -left}
    if left == 0:
        return "bad", _("due today")
    words = ngettext("%(n)s day left", "%(n)s days left", left) % {"n": left}
    return ("warn" if left <= NEAR_DAYS else "", words)
