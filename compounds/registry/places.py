"""The streets and communities a person may choose from, read once per scope and minute."""

from dataclasses import dataclass
from functools import cached_property

from django.core.cache import cache

from governance.organisation.models import Area, Level

SECONDS = 60


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

    @cached_property
    def names(self) -> dict[int, str]:
        return {place.id: place.name for place in self._all}

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


def places_of(user) -> Places:
    """The streets and communities that the user's posts show."""
    key = f"places-{user.scope.key}"
    found = cache.get(key)
    if found is None:
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
        found = (inside, ids)
        cache.set(key, found, SECONDS)
    return Places(*found)
