"""The streets and communities a person may choose from, read once per scope and minute."""

import uuid
from dataclasses import dataclass
from functools import cached_property
from html import escape

from django.core.cache import cache
from django.utils.safestring import SafeString

from governance.organisation.models import Area, Level

SECONDS = 60
MOST_BUILT = 500


@dataclass(frozen=True)
class Place:
    """One street or community."""

    id: int
    code: str
    name: str
    level: int
    street_id: int | None


class Places:
    """The places of a scope, by id and code, with those above them for their names."""

    def __init__(self, rows: list[tuple], inside: frozenset[int]):
        self._all = [Place(*row) for row in rows]
        self.inside = inside
        self._options: dict[tuple, SafeString] = {}

    @cached_property
    def names(self) -> dict[int, str]:
        return {place.id: place.name for place in self._all}

    @cached_property
    def codes(self) -> dict[int, str]:
        return {place.id: place.code for place in self._all}

    @cached_property
    def by_code(self) -> dict[str, Place]:
        return {place.code: place for place in self._all if place.id in self.inside}

    @cached_property
    def streets(self) -> list[Place]:
        """Streets inside the scope, and those of the scope's communities."""
        return [place for place in self._all if place.level == Level.STREET]

    @cached_property
    def communities(self) -> list[Place]:
        return [
            place
            for place in self._all
            if place.level == Level.COMMUNITY and place.id in self.inside
        ]

    def community_options(self, street_id: int | None, word_for_all: str) -> SafeString:
        """The communities as options grouped by street; written once."""
        key = (street_id, word_for_all)
        if key not in self._options:
            parts = [f'<option value="">{escape(word_for_all)}</option>']
            for street in self.streets:
                inside = [one for one in self.communities if one.street_id == street.id]
                if not inside or street_id not in (None, street.id):
                    continue
                parts.append(f'<optgroup label="{escape(street.name)}">')
                parts += [
                    f'<option value="{one.code}">{escape(one.name)}</option>' for one in inside
                ]
                parts.append("</optgroup>")
            self._options[key] = SafeString("".join(parts))
        return self._options[key]


# Places by the mark under which the cache knows them: built once per process, scope and minute.
_built: dict[str, Places] = {}


def places_of(user) -> Places:
    """The streets and communities that the user's posts show."""
    key = f"places-{user.scope.key}"
    mark = cache.get(key)
    if mark is not None and mark in _built:
        return _built[mark]
    columns = ("id", "code", "name", "level", "street_id")
    inside = list(
        Area.objects.visible_to(user)
        .filter(level__in=[Level.STREET, Level.COMMUNITY])
        .order_by("code")
        .values_list(*columns)
    )
    ids = frozenset(row[0] for row in inside)
    above = {row[4] for row in inside if row[4]} - ids
    if above:
        inside += list(Area.objects.filter(pk__in=above).values_list(*columns))
        inside.sort(key=lambda row: row[1])
    if len(_built) >= MOST_BUILT:
        _built.clear()
    mark = uuid.uuid4().hex
    _built[mark] = Places(inside, ids)
    cache.set(key, mark, SECONDS)
    return _built[mark]
