"""What the campaign tells people: a kind of notice for each way a case comes to somebody's desk."""

from functools import partial

from django.db.models import Q
from django.utils.translation import ngettext_lazy as _n

from compounds.registry.models import Stage
from governance.notices import kinds, sources

from .models import Case
from .rules import states
from .worklist import work_of

KINDS = {
    "case.surveyed": _n(
        "%(count)s surveyed compound waits for verification",
        "%(count)s surveyed compounds wait for verification",
        "count",
    ),
    "case.classified": _n(
        "%(count)s strategy waits for the street's confirmation",
        "%(count)s strategies wait for the street's confirmation",
        "count",
    ),
    "case.confirmed": _n(
        "%(count)s confirmed strategy waits for the district's approval",
        "%(count)s confirmed strategies wait for the district's approval",
        "count",
    ),
    "case.matching": _n(
        "%(count)s compound needs a provider",
        "%(count)s compounds need a provider",
        "count",
    ),
    "case.accepted": _n(
        "%(count)s served compound waits for acceptance on site",
        "%(count)s served compounds wait for acceptance on site",
        "count",
    ),
    "case.returned": _n(
        "%(count)s case was sent back to you",
        "%(count)s cases were sent back to you",
        "count",
    ),
}

# What a notice tells of, while it waits; what came back waits for several.
WAITING = {
    "case.surveyed": (states.VERIFY, Q(state=Stage.SURVEYED)),
    "case.classified": (states.CONFIRM_RIGHT, Q(state=Stage.CLASSIFIED, confirmed_on=None)),
    "case.confirmed": (states.APPROVE, Q(state=Stage.CLASSIFIED, confirmed_on__isnull=False)),
    "case.matching": (states.MOVE, Q(state=Stage.MATCHING)),
    "case.accepted": (states.ACCEPT, Q(state=Stage.ACCEPTED)),
}


def waiting(user, *, right: str, condition: Q) -> int:
    """How many cases wait for those who have a right."""
    return Case.objects.filter(condition, user.scope.granted(right)).count()


def connect() -> None:
    for kind, sentence in KINDS.items():
        kinds.register(kind, sentence)
    for kind, (right, condition) in WAITING.items():
        kinds.waits(kind, partial(waiting, right=right, condition=condition))
    sources.register("clearing", work_of)
