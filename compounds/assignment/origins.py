"""Where proposals come from that were made many at once; a later room says it.

A room that proposes names its source once at start. Every step it makes bears a batch that begins
with the batch of its origin.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from .models import Assignment, AssignmentStep


class Origin(NamedTuple):
    """What proposals were made from: their batch, its name, the page it is read on."""

    batch: str
    name: str
    url: str


class Source(Protocol):
    def __call__(self, user, *, number: int | None = None, batch: str = "") -> Origin | None:
        """The origin of a number, or of the batch of a step, if the reader may read it."""


_sources: list[Source] = []


def register(source: Source) -> None:
    """Name the function that knows; the last one named counts."""
    _sources[:] = [source]


def of_number(user, number: int) -> Origin | None:
    return _sources[0](user, number=number) if _sources else None


def of_batch(user, batch: str) -> Origin | None:
    return _sources[0](user, batch=batch) if _sources and batch else None


def proposed_from(batch: str):
    """First steps of the assignments that were proposed from an origin."""
    return AssignmentStep.objects.filter(
        batch__startswith=batch, from_state="", to_state=Assignment.State.PROPOSED
    )
