"""Plain factories: `make_compound(**changes)` gives a row with sensible facts."""

import datetime as dt
import itertools
from decimal import Decimal
from types import SimpleNamespace

from stdnum.cn import uscc

from compounds.providers.models import BlacklistEntry, Invitation, Provider, RatingEntry
from compounds.registry.models import Building, Compound, Entrance
from compounds.registry.services import tallies
from governance.organisation.models import Area, Level, Post, User
from governance.organisation.scope import Role
from governance.people.models import Person

PASSWORD = "sample-Passw0rd-2026"
DAY = dt.date(2026, 5, 25)
_serial = itertools.count(1)


def make_area(level, code, name, parent=None, **changes) -> Area:
    return Area.objects.create(level=level, code=code, name=name, parent=parent, **changes)


def make_district(code="140105", name="小店区") -> SimpleNamespace:
    """A district with two streets of two communities each."""
    district = make_area(Level.DISTRICT, code, name, is_sample=True)
    streets = [
        make_area(Level.STREET, f"{code}00{i}", street, district)
        for i, street in enumerate(("坞城街道", "营盘街道"), start=1)
    ]
    communities = [
        make_area(Level.COMMUNITY, f"{street.code}00{i}", f"{street.name[:2]}{name}社区", street)
        for street in streets
        for i, name in enumerate(("东", "西"), start=1)
    ]
    return SimpleNamespace(
        area=district,
        streets=streets,
        communities=communities,
        street=streets[0],
        other_street=streets[1],
        community=communities[0],
        sister_community=communities[1],
        other_community=communities[2],
    )


def make_user(name=None, role=None, area=None, **changes) -> User:
    name = name or f"user{next(_serial)}"
    user = User.objects.create_user(
        username=name, password=PASSWORD, display_name=changes.pop("display_name", name), **changes
    )
    if role:
        make_post(user, role, area)
    return user


def make_post(user, role, area, valid_from=dt.date(2026, 1, 1), valid_until=None) -> Post:
    return Post.objects.create(
        user=user, role=Role(role), area=area, valid_from=valid_from, valid_until=valid_until
    )


def make_compound(community, refresh=True, **changes) -> Compound:
    """An unmanaged, fully surveyed small compound; give facts to change."""
    serial = next(_serial)
    facts = {
        "name": f"样例小区{serial}号院",
        "address": f"样例路{serial}号",
        "built_year": 1986,
        "building_count": 2,
        "entrance_count": 6,
        "household_count": 80,
        "resident_count": 200,
        "floor_area_m2": Decimal("5600.00"),
        "chargeable_area_m2": Decimal("5500.00"),
        "ownership": "REFORMED",
        "renovation": "NONE",
        "is_enclosed": True,
        "is_contiguous": False,
        "management_mode": "NONE",
        "check_pipes": True,
        "check_power": True,
        "check_road": False,
        "check_gate": False,
        "longitude": 112.56,
        "latitude": 37.78,
        "surveyed_on": DAY,
        "surveyor": "样例甲",
        # Four digits, however many compounds the tests of one process have made.
        "code": f"{community.code}-{(serial - 1) % 9999 + 1:04d}",
    }
    compound = Compound.objects.create(community=community, **{**facts, **changes})
    if refresh:
        tallies.refresh([community.pk])
    return compound


def make_building(compound, number="1号楼", entrances=3, **changes) -> Building:
    building = Building.objects.create(compound=compound, number=number, **changes)
    for i in range(1, entrances + 1):
        Entrance.objects.create(building=building, number=f"{i}单元")
    return building


def credit_code(serial: int) -> str:
    """A well-formed sample credit code with a right check character (GB 32100-2015)."""
    body = f"91140105MA{serial:07d}"
    return body + uscc.calc_check_digit(body)


def make_provider(district, **changes) -> Provider:
    serial = next(_serial)
    facts = {
        "name": f"样例物业{serial}",
        "credit_code": credit_code(serial),
        "is_red": True,
        "party_form": "OWN",
        "is_in_district": True,
        "is_able": True,
        "is_willing": True,
        "is_well_founded": True,
        "capacity_m2": Decimal("500000.00"),
        "distance_limit_m": 3000,
        "rating": "AA",
    }
    provider = Provider.objects.create(district=district, **{**facts, **changes})
    if provider.rating:
        RatingEntry.objects.create(provider=provider, rating=provider.rating, issued_on=DAY)
    if provider.blacklisted_until:
        first = min(DAY, provider.blacklisted_until)
        BlacklistEntry.objects.create(
            provider=provider,
            state="IN_FORCE",
            source="IMPORT",
            reason="样例",
            proposed_on=first,
            term_from=first,
            term_until=provider.blacklisted_until,
        )
    return provider


def make_invitation(compound, provider, round=1, answer="AGREED", **changes) -> Invitation:
    facts = {"invited_on": DAY, "answered_on": DAY, **changes}
    return Invitation.objects.create(
        compound=compound, provider=provider, round=round, answer=answer, **facts
    )


def make_person(compound=None, area=None, phone="", identity="", **changes) -> Person:
    """A full party member of a compound, or of an area; the number is sealed as in the services."""
    facts = {"name": f"样例党员{next(_serial)}", "political_status": "FULL_MEMBER", **changes}
    person = Person(compound=compound, **facts)
    person.place_in(area)
    if phone:
        person.set_phone(phone)
    if identity:
        person.set_identity(identity)
    person.save()
    return person
