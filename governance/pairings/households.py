"""Which household is meant: a building, entrance and door, written in many ways. Pure.

A household is its door, nothing of the people behind it: 1号楼1单元302, 1-1-302 and
1栋/一单元/302室 are one, and it is kept as the register spells its building and entrance.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from governance.foundation.cells import fold
from governance.party_grid.importing.parts import Part, pick

LONGEST = 40
_BUILDING = re.compile(r"(.+?(?:号楼|栋楼|楼栋|栋|幢|座|楼|#))\s*(.*)")
_ENTRANCE = re.compile(r"(.+?(?:单元门|单元|门洞|门))\s*(.*)")
_STROKES = re.compile(r"[/\-—－·\s]+")
_BETWEEN = "/-—－· "


class Door(NamedTuple):
    """A household found in the register: ids of building and entrance, and how it is written."""

    building: int | None
    entrance: int | None
    text: str


class NoDoor(ValueError):  # noqa: N818 - names of refusals read as sentences
    """Why a text is no household: NO_BUILDING, NO_ENTRANCE, NO_DOOR or TOO_LONG."""

    @property
    def code(self) -> str:
        return self.args[0]


def text_of(building: str, entrance: str, door: str) -> str:
    """One spelling for every household: 1号楼1单元302, or 1-1-302 where the parts are numbers."""
    text = ""
    for part in (building, entrance, door):
        if part:
            text += ("-" if text and text[-1].isalnum() and text[-1].isascii() else "") + part
    if not door:
        raise NoDoor("NO_DOOR")
    if len(text) > LONGEST:
        raise NoDoor("TOO_LONG")
    return text


def plain_door(text: str) -> str:
    """302室, 302号 and 302 are one door."""
    folded = fold(text).replace(" ", "").strip(_BETWEEN).upper()
    return re.sub(r"(?<=.)(室|户|号)$", "", folded)


def locate(text: str, buildings: Sequence[Part], entrances: Mapping[int, Sequence[Part]]) -> Door:
    """The household that a text means in a compound with these buildings and entrances.

    A compound without buildings in the register takes any.  Raises NoDoor.
    """
    text = fold(text).strip()
    building, rest = _first(text, buildings, _BUILDING)
    if building is None:
        name, entrance_name, rest = _split(text)
        if buildings:
            building = pick(buildings, name) if name else None
            if building is None:
                raise NoDoor("NO_BUILDING")
            rest = f"{entrance_name}/{rest}" if entrance_name else rest
        else:
            return Door(None, None, text_of(name, entrance_name, plain_door(rest)))
    inside = entrances.get(building.pk, ())
    entrance, rest = _first(rest, inside, _ENTRANCE)
    if entrance is None:
        name, door = _entrance_and_door(rest)
        if inside:
            entrance = pick(inside, name) if name else None
            if entrance is None:
                raise NoDoor("NO_ENTRANCE")
            return Door(building.pk, entrance.pk, text_of(building.number, entrance.number, door))
        return Door(building.pk, None, text_of(building.number, name, door))
    return Door(
        building.pk, entrance.pk, text_of(building.number, entrance.number, plain_door(rest))
    )


def _first(text: str, parts: Sequence[Part], pattern: re.Pattern) -> tuple[Part | None, str]:
    """The part with which a text begins, and the rest of it."""
    for part in sorted(parts, key=lambda part: -len(part.number)):
        number = fold(part.number)
        rest = text.removeprefix(number)
        if rest != text and not (number[-1:].isdigit() and rest[:1].isdigit()):
            return part, rest.strip(_BETWEEN)
    found = pattern.fullmatch(text)
    if found and (part := pick(parts, found[1])):
        return part, found[2].strip(_BETWEEN)
    return None, text


def _split(text: str) -> tuple[str, str, str]:
    """Building, entrance and door of a text, as far as it tells them apart."""
    found = _BUILDING.fullmatch(text)
    if found:
        return (found[1].strip(_BETWEEN), *_entrance_and_door(found[2]))
    first, *others = [piece for piece in _STROKES.split(text) if piece] or [""]
    if not others:
        return "", "", first
    return (first, *_entrance_and_door("/".join(others)))


def _entrance_and_door(text: str) -> tuple[str, str]:
    text = text.strip(_BETWEEN)
    found = _ENTRANCE.fullmatch(text)
    if found:
        return found[1].strip(_BETWEEN), plain_door(found[2])
    pieces = [piece for piece in _STROKES.split(text) if piece]
    if len(pieces) > 1:
        return pieces[0], plain_door("".join(pieces[1:]))
    return "", plain_door(text)
