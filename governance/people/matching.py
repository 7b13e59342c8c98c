"""People whom sheets name: found in the register, or entered as a first draft, many at once.

A telephone number that somebody of this name has says who is meant; else the name within the
compound does. Somebody of the same name and compound with another number is another person.
Without a number several of one name cannot be told apart: the first is taken, and it is said.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple

from django.db.models import Q

from governance.audit import services as audit
from governance.foundation import cells, sealing
from governance.foundation.bulk import drafts, in_chunks, insert_many, update_many
from governance.foundation.locks import for_update
from governance.foundation.texts import CellError, fold, plain

from . import rules
from .models import Person
from .services import EDIT, HIDDEN

MASKED = re.compile(r"\d{3}\*{4}\d{4}|\*+\d{2}")
FACTS = ("sex", "birth_year", "political_status", "standing")
NUMBERS = ("phone_sealed", "phone_hash", "phone_masked")
FOUND_COLUMNS = (
    "pk",
    "version",
    "name",
    "street_id",
    "community_id",
    "compound_id",
    *NUMBERS[1:],
    *FACTS,
)
Key = tuple[Any, ...]


class Found(NamedTuple):
    """A person of the register as rows look them up."""

    pk: int
    version: int
    name: str
    street_id: int | None
    community_id: int | None
    compound_id: int | None
    phone_hash: str
    phone_masked: str
    sex: str
    birth_year: int | None
    political_status: str
    standing: str

    @property
    def is_member(self) -> bool:
        return self.political_status in Person.MEMBERS


@dataclass(slots=True)
class Named:
    """Somebody named by a row. `sealed` and `hash` of a whole number, or `masked` as exported.

    `place`: ids of district, street and community. `facts`: what the row says besides.
    """

    name: str
    place: tuple[int, int | None, int | None]
    compound: int | None = None
    sealed: str = ""
    hash: str = ""
    masked: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    person: int | None = None  # known already


class Match(NamedTuple):
    """Who was found: nobody, somebody, or the first of several who may be meant."""

    person: Found | None
    is_ambiguous: bool = False


class Settled(NamedTuple):
    """What became of a named person: the id, whether new, the facts filled in, the version."""

    pk: int
    is_new: bool
    filled: list[str]
    version: int


def phone_cell() -> cells.Cleaner:
    """A telephone number, or one masked as exports show it."""

    def clean(value: object) -> str | None:
        if cells.is_blank(value):
            return None
        if isinstance(value, cells.WIDE_TYPES):
            raise CellError(rules.PHONE_WRONG)
        text = plain(value).lstrip("'")
        folded = fold(text).replace(" ", "")
        if MASKED.fullmatch(folded):
            return folded
        try:
            return rules.clean_phone(text) or None
        except rules.NumberError as error:
            raise CellError(str(error)) from error

    return clean


def number_of(phone: str | None) -> dict[str, str]:
    """A cleaned number as `Named` takes it; in clear it goes nowhere else."""
    if not phone:
        return {}
    if "*" in phone:
        return {"masked": phone}
    return {
        "sealed": sealing.seal(phone),
        "hash": sealing.fingerprint(phone),
        "masked": sealing.mask_phone(phone),
    }


class Register:
    """The people whom some rows may mean, read at once; `editable`: whose record may be changed."""

    def __init__(self, by, district: int, names: Iterable[str]):
        self.by_name: dict[str, list[Found]] = {}
        rows = Person.objects.visible_to(by).present().filter(district_id=district)
        for chunk in in_chunks(sorted({name for name in names if name})):
            for row in rows.filter(name__among=chunk).order_by("pk").values_list(*FOUND_COLUMNS):
                self.by_name.setdefault(row[2], []).append(Found(*row))
        self.editable = editable(by, (one.pk for found in self.by_name.values() for one in found))

    def find(self, named: Named) -> Match:
        """Who is meant."""
        people = self.by_name.get(named.name, [])
        if named.person:
            return Match(next((one for one in people if one.pk == named.person), None))
        if named.hash:
            same = [one for one in people if one.phone_hash == named.hash]
            if same:
                return Match(_nearest(same, named))
        near = [one for one in people if _may_live_there(one, named)]
        if named.hash:
            near = [one for one in near if not one.phone_hash]
        elif named.masked:
            near = [one for one in near if one.phone_masked == named.masked]
        if not near:
            return Match(None)
        exact = [one for one in near if one.compound_id == named.compound]
        return Match((exact or near)[0], len(exact or near) > 1)


def editable(by, ids: Iterable[int]) -> set[int]:
    """Which of some people are kept where the importing person may correct their records."""
    found: set[int] = set()
    for chunk in in_chunks(sorted(set(ids))):
        rows = Person.objects.editable_by(by, EDIT).filter(pk__among=chunk)
        found.update(rows.values_list("pk", flat=True))
    return found


def _may_live_there(person: Found, named: Named) -> bool:
    if (person.street_id, person.community_id) != tuple(named.place[1:]):
        return False
    return named.compound is None or person.compound_id in (named.compound, None)


def _nearest(people: Sequence[Found], named: Named) -> Found:
    return min(people, key=lambda one: (one.compound_id != named.compound, one.pk))


def settle_all(named: Sequence[Named], *, by, district: int) -> list[Settled]:
    """Find everybody named, draft those who are not there, and fill blank facts of the others.

    Whoever is kept outside the posts of the importing person stays as they are. Rows of one call
    that mean the same newcomer share one draft. Writes no audit entry.
    """
    register = Register(by, district, (one.name for one in named))
    matches = [register.find(one).person for one in named]
    fresh = _drafted([one for one, found in zip(named, matches, strict=True) if found is None])
    known = ((one, found) for one, found in zip(named, matches, strict=True) if found)
    filled = _filled([pair for pair in known if pair[1].pk in register.editable])
    taken: set[int] = set()
    settled = []
    for one, found in zip(named, matches, strict=True):
        if found is not None:
            names = filled.pop(found.pk, [])
            settled.append(Settled(found.pk, False, names, found.version + bool(names)))
            continue
        draft = fresh[id(one)]
        settled.append(Settled(draft.pk, draft.pk not in taken, [], 1))
        taken.add(draft.pk)
    return settled


def _drafted(named: Sequence[Named]) -> dict[int, SimpleNamespace]:
    """Insert drafts; by `id()` of who named them."""
    draft = drafts(Person)
    made: dict[Key, SimpleNamespace] = {}
    by_home: dict[Key, SimpleNamespace] = {}
    given: dict[int, SimpleNamespace] = {}
    # Those with a number first: a row without one means the only one of the name.
    for one in sorted(named, key=lambda one: not one.hash):
        home = (one.name, one.place, one.compound)
        person = made.get((one.name, one.hash)) if one.hash else by_home.get(home)
        if person is None:
            person = draft(
                name=one.name,
                district_id=one.place[0],
                street_id=one.place[1],
                community_id=one.place[2],
                compound_id=one.compound,
                phone_sealed=one.sealed,
                phone_hash=one.hash,
                phone_masked=one.masked if one.hash else "",
            )
            if one.hash:
                made[one.name, one.hash] = person
            else:
                made[home] = person
        by_home.setdefault(home, person)
        for name, value in one.facts.items():
            if not getattr(person, name):
                setattr(person, name, value)
        given[id(one)] = person
    insert_many(Person, list(made.values()))
    return given


def _filled(pairs: Sequence[tuple[Named, Found]]) -> dict[int, list[str]]:
    """Set facts that the register does not have yet; their names by person."""
    wanted: dict[int, dict[str, Any]] = {}
    for one, found in pairs:
        facts = {n: v for n, v in one.facts.items() if v and not getattr(found, n)}
        if one.hash and not found.phone_hash:
            facts |= dict(zip(NUMBERS, (one.sealed, one.hash, one.masked), strict=True))
        if facts:
            wanted[found.pk] = {**facts, **wanted.get(found.pk, {})}
    change_facts(wanted)
    return {pk: list(facts) for pk, facts in wanted.items()}


def change_facts(wanted: dict[int, dict[str, Any]]) -> None:
    """Set facts of people by id; their versions grow."""
    for chunk in in_chunks(sorted(wanted)):
        people = list(for_update(Person.objects).filter(pk__in=chunk).order_by("pk"))
        for person in people:
            for name, value in wanted[person.pk].items():
                setattr(person, name, value)
            person.version += 1
        update_many(Person, people, [*FACTS, *NUMBERS, "version", "updated_at"])


def take_away_unused(ids: Iterable[int]) -> list[Person]:
    """Delete people whom nothing refers to and nobody has corrected; those who were deleted."""
    gone: list[Person] = []
    for chunk in in_chunks(sorted(set(ids))):
        people = for_update(Person.objects).filter(pk__in=chunk, version=1)
        found = {person.pk: person for person in people}
        for relation in Person._meta.get_fields(include_hidden=True):
            if not (relation.auto_created and relation.is_relation and not relation.concrete):
                continue
            name = relation.field.name
            used = relation.related_model._base_manager.filter(
                Q(**{f"{name}__in": list(found)})
            ).values_list(f"{name}_id", flat=True)
            for pk in set(used) if found else ():
                found.pop(pk, None)
        Person.objects.filter(pk__in=list(found))._raw_delete(Person.objects.db)
        gone += found.values()
    return gone


def acts_on(verb: str, people: Iterable[Person]) -> list[audit.Act]:
    """People as the audit log names them."""
    return [audit.act_on(verb, person) for person in people]


def acts_of_change(facts: dict[int, set[str]]) -> list[audit.Act]:
    """Which facts of people a sheet has changed, for the audit log: not what they say."""
    acts = []
    for chunk in in_chunks(sorted(facts)):
        for person in Person.objects.filter(pk__in=chunk).order_by("pk"):
            names = {"phone_masked" if n in NUMBERS else n for n in facts[person.pk]}
            told = {name: [HIDDEN, HIDDEN] for name in sorted(names)}
            acts.append(audit.act_on("change", person, told))
    return acts
