"""What this room tells earlier ones: which firm serves how much, and what notices say."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from django.utils.translation import ngettext_lazy

from compounds.providers import serving
from governance.notices import kinds, sources

from . import questions
from .models import Assignment
from .services import telling

SENTENCES = {
    telling.TO_REVIEW: ngettext_lazy(
        "%(count)s assignment waits for your review",
        "%(count)s assignments wait for your review",
        "count",
    ),
    telling.TO_APPROVE: ngettext_lazy(
        "%(count)s assignment waits for your approval",
        "%(count)s assignments wait for your approval",
        "count",
    ),
    telling.APPROVED: ngettext_lazy(
        "%(count)s of your assignments was approved",
        "%(count)s of your assignments were approved",
        "count",
    ),
    telling.RETURNED: ngettext_lazy(
        "%(count)s of your assignments came back",
        "%(count)s of your assignments came back",
        "count",
    ),
}

# Which state of an assignment a notice of work tells of.
WAITING = {
    telling.TO_REVIEW: Assignment.State.PROPOSED,
    telling.TO_APPROVE: Assignment.State.STREET_REVIEWED,
}


def served(districts: frozenset[int]) -> dict[int, tuple[int, Decimal]]:
    return questions.served(districts)


def connect() -> None:
    serving.register(served)
    sources.register("assignment", questions.work_of)
    for kind, sentence in SENTENCES.items():
        kinds.register(kind, sentence)
    for kind, state in WAITING.items():
        kinds.waits(kind, partial(questions.waiting, state=state))
