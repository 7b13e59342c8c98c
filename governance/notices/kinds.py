"""What notices are about: a kind is a word in the database and a sentence in the catalogue.

Later rooms name their kinds once at start (`apps.ready`). A notice keeps its kind, a count and
values, so that everybody reads it in their own language. The values go to whoever was told, for
as long as the notice is kept: numbers and names of areas, never names of people.
"""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

_sentences: dict[str, Any] = {}
_waiting: dict[str, Callable[[Any], int]] = {}


def register(kind: str, sentence: Any) -> None:
    """Name a kind: `register("override.waiting", ngettext_lazy("…", "…", "count"))`."""
    _sentences[kind] = sentence


def waits(kind: str, count: Callable[[Any], int]) -> None:
    """Name how much of what a kind tells of still waits for a person: 0 is done with.

    Notices of the kind are read by themselves then, and many of them say the present number.
    """
    _waiting[kind] = count


def of_work() -> frozenset[str]:
    """Kinds whose matter can be asked for."""
    return frozenset(_waiting)


def left(kind: str, user) -> int | None:
    """How much of a kind's matter waits for a person now; None if that cannot be asked."""
    count = _waiting.get(kind)
    return None if count is None else count(user)


def require(kind: str) -> None:
    """Raise LookupError unless the kind was named."""
    if kind not in _sentences:
        raise LookupError(f"no kind of notice: {kind!r}; name it with kinds.register at start")


def title_of(kind: str, count: int, values: dict[str, Any]) -> str:
    """The sentence of a notice in the present language."""
    sentence = _sentences.get(kind)
    if sentence is None:
        return _("A notice of an earlier edition")
    return str(sentence % {**values, "count": count})
