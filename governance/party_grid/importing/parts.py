"""What cells say of parts of compounds: lists, spellings of buildings and entrances.

Buildings and entrances are spelt in many ways (1号楼, 1栋, 1#, 一单元): what is left of the
spelling is compared, as long as it is unique there.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from compounds.registry.models import Building, Compound, Entrance, Status
from governance.foundation.bulk import in_chunks
from governance.foundation.texts import fold

SEPARATORS = re.compile(r"[、,，;；\n]+")
STROKE = re.compile(r"\s*[/／]\s*")
_ENDINGS = re.compile(r"(号楼|号院|栋楼|单元门|单元|楼栋|幢|栋|座|楼|号|#|门)+$")
_DIGITS = {digit: str(value) for value, digit in enumerate("〇一二三四五六七八九")}
_NUMERAL = re.compile(r"[一二三四五六七八九]?十?[一二三四五六七八九]?")


class Part(NamedTuple):
    """A building or entrance."""

    pk: int
    number: str


class Home(NamedTuple):
    """A compound as cells name it."""

    pk: int
    code: str
    name: str
    community_id: int


def listed(text: str | None) -> list[str]:
    """The items of a cell, each once."""
    items = (item.strip() for item in SEPARATORS.split(text or ""))
    return list(dict.fromkeys(item for item in items if item))


@lru_cache(maxsize=5000)
def plain_number(text: str) -> str:
    """What a spelling of a building or entrance comes down to: 1号楼, 01栋 and 一号楼 to 1."""
    folded = fold(text).replace(" ", "").removeprefix("第").upper()
    bare = _ENDINGS.sub("", folded)
    if bare and _NUMERAL.fullmatch(bare):
        tens, has_ten, ones = bare.rpartition("十")
        bare = "".join(_DIGITS.get(digit, digit) for digit in ones) or "0"
        if has_ten:
            bare = str(10 * int(_DIGITS.get(tens, "1")) + int(bare))
    return bare.lstrip("0") or bare or folded


def pick(parts: Sequence[Part], text: str) -> Part | None:
    """The part that a text names: exactly, else by the only one that comes down to the same."""
    for part in parts:
        if part.number == text:
            return part
    bare = plain_number(text)
    alike = [part for part in parts if plain_number(part.number) == bare]
    return alike[0] if len(alike) == 1 else None


class Parts:
    """Buildings and entrances of compounds, read when first asked for and kept."""

    def __init__(self):
        self.buildings: dict[int, list[Part]] = {}
        self.entrances: dict[int, list[Part]] = {}
        self.households: dict[int, int | None] = {}  # of buildings
        self.entrance_households: dict[int, int | None] = {}

    def read(self, compounds: Iterable[int]) -> None:
        for chunk in in_chunks(sorted(set(compounds) - self.buildings.keys())):
            found: dict[int, list[Part]] = defaultdict(list)
            rows = Building.objects.filter(compound_id__among=chunk).order_by("pk")
            for pk, number, compound, households in rows.values_list(
                "pk", "number", "compound_id", "household_count"
            ):
                found[compound].append(Part(pk, number))
                self.entrances[pk] = []
                self.households[pk] = households
            self.buildings.update((pk, found[pk]) for pk in chunk)
            rows = Entrance.objects.filter(building__compound_id__among=chunk).order_by("pk")
            for pk, number, building, households in rows.values_list(
                "pk", "number", "building_id", "household_count"
            ):
                self.entrances[building].append(Part(pk, number))
                self.entrance_households[pk] = households


class Homes:
    """Active compounds of communities by code and name, read when first asked for and kept."""

    def __init__(self):
        self.by_id: dict[int, Home] = {}
        self.by_code: dict[str, Home] = {}
        self.by_name: dict[tuple[int, str], list[Home]] = defaultdict(list)
        self._read: set[int] = set()

    def read(self, communities: Iterable[int]) -> None:
        missing = set(communities) - self._read
        for chunk in in_chunks(sorted(missing)):
            rows = Compound.objects.filter(community_id__among=chunk, status=Status.ACTIVE)
            for row in rows.values_list("pk", "code", "name", "community_id"):
                home = Home(*row)
                self.by_id[home.pk] = self.by_code[home.code] = home
                self.by_name[home.community_id, home.name].append(home)
        self._read |= missing

    def shown(self, home: Home) -> str:
        """The name, or the code where the name is not the compound's alone or would be split."""
        is_plain = not SEPARATORS.search(home.name) and not STROKE.search(home.name)
        alone = len(self.by_name[home.community_id, home.name]) == 1
        return home.name if alone and is_plain else home.code
