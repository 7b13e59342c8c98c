"""What this room tells earlier ones: which firm serves how much, and what notices say."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import ngettext_lazy

from compounds.providers import serving
from governance.notices import kinds, sources

from . import questions
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


def served(districts: frozenset[int]) -> dict[int, tuple[int, Decimal]]:
    return questions.served(districts)


def connect() -> None:
    serving.register(served)
    sources.register("assignment", questions.work_of)
    for kind, sentence in SENTENCES.items():
        kinds.register(kind, sentence)
