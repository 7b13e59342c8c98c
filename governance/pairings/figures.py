"""Pairings of an area in constant queries; each figure names the list that proves it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.organisation.models import COLUMNS, Area
from governance.people.models import VIEW

from . import questions
from .models import Pairing


@dataclass(frozen=True, slots=True)
class Figure:
    """How many there are, and the list of just these; no address where the reader has no list."""

    key: str
    label: Any
    count: int
    url: str
    is_bad: bool = False


def figures(user, area: Area) -> list[Figure]:
    """Pairings by kind, households paired, county-level cadres out of bounds.

    Whoever sees the register sees how many pairings there are; the lists name people, and so
    does the count of cadres to mend.
    """
    column = COLUMNS[area.level]
    place = {} if column == "district" else {column: area.code}
    inside = Q(**{column: area.pk})
    return in_place(user, inside, place)


def in_place(user, inside: Q, place: dict[str, str]) -> list[Figure]:
    """The figures of what lies `inside`; `place` says the same as parameters of the lists."""
    names_people = user.scope.has(VIEW)
    seen = user.scope.granted(VIEW) if names_people else user.scope.seen()
    rows = questions.held().filter(seen, inside).order_by()
    counts = dict(rows.values_list("kind").annotate(n=Count("pk")))

    def to(page: str, **query) -> str:
        if not names_people:
            return ""
        address = urlencode({**query, **place})
        return (
            f"{reverse(f'pairings:{page}')}?{address}" if address else reverse(f"pairings:{page}")
        )

    found = [
        Figure(kind.value, kind.label, counts.get(kind.value, 0), to("pairing_list", kind=kind))
        for kind in Pairing.Kind
    ]
    households = sum(counts.get(kind, 0) for kind in Pairing.TO_HOUSEHOLD)
    found.append(
        Figure(
            "households",
            _("households with a partner"),
            households,
            to("pairing_list", target="household"),
        )
    )
    if names_people:
        cadres = questions.cadres(user, inside)
        out = questions.by_bounds(cadres, questions.OUT, user.scope.in_districts(VIEW)).count()
        found.append(
            Figure(
                "cadres_out",
                _("cadres with too few or too many compounds"),
                out,
                to("cadre_list", bounds=questions.OUT),
                is_bad=bool(out),
            )
        )
    return found
