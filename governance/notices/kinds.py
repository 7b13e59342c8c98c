"""What notices are about: a kind is a word in the database and a sentence in the catalogue.

Later rooms name their kinds once at start (`apps.ready`). A notice keeps its kind, a count and
values, so that everybody reads it in their own language. The values go to whoever was told, for
as long as the notice is kept: numbers and names of areas, never names of people.
"""

from typing import Any

from django.utils.translation import gettext as _

_sentences: dict[str, Any] = {}


def register(kind: str, sentence: Any) -> None:
    """Name a kind: `register("override.waiting", ngettext_lazy("…", "…", "count"))`."""
    _sentences[kind] = sentence


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
