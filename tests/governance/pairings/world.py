"""People and compounds for the tests of pairings."""

from types import SimpleNamespace

from governance.party_grid.models import Duty, DutyKind
from governance.people.models import Person
from tests.factories import make_building, make_compound, make_user


def make_cadre(district, name="赵样例", **changes) -> Person:
    person = Person(
        name=name,
        **{
            "standing": "COUNTY_CADRE",
            "political_status": "FULL_MEMBER",
            "work_unit": "样例局 局长",
            **changes,
        },
    )
    person.place_in(district.area)
    person.save()
    return person


def make_resident(compound, name, standing="SERVING", **changes) -> Person:
    person = Person(
        name=name,
        compound=compound,
        **{"standing": standing, "political_status": "FULL_MEMBER", **changes},
    )
    person.place_in(compound.community)
    person.save()
    return person


def seat_centre_household(person, entrance) -> Duty:
    kind = DutyKind.objects.get(key="CENTRE_HOUSEHOLD")
    duty = Duty(
        person=person,
        kind=kind,
        seat=kind.seat,
        entrance=entrance,
        building=entrance.building,
        compound=entrance.building.compound,
    )
    duty.place_in(duty.compound)
    duty.save()
    return duty


def make_world(district) -> SimpleNamespace:
    compounds = [
        make_compound(area, name=f"样例{i}院")
        for i, area in enumerate(
            [district.community, district.community, district.sister_community] * 2, 1
        )
    ]
    far = make_compound(district.other_community, name="样例远院")
    for compound in (*compounds, far):
        make_building(compound)
    return SimpleNamespace(
        district=district,
        officer=make_user("officer", "district_officer", district.area),
        clerk=make_user("clerk", "street_clerk", district.street),
        worker=make_user("worker", "community_worker", district.community),
        leader=make_user("leader", "leader", district.area),
        compounds=compounds,
        home=compounds[0],
        far=far,
        cadre=make_cadre(district),
    )
