"""Who may be paired, how many compounds a cadre answers for, and which household is meant."""

import pytest

from governance.pairings import households, rules
from governance.pairings.households import NoDoor, locate
from governance.pairings.rules import Held, Partner, bounds, cadre_finding, findings_on
from governance.party_grid.importing.parts import Part
from governance.party_grid.rules import Norms

COUNTY, STREET = rules.COUNTY_CADRE, rules.STREET_CADRE
MEMBER, CENTRE = rules.SERVING_MEMBER, rules.CENTRE_HOUSEHOLD


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (0, 1, "TOO_FEW"),  # S3-1: refuse 1
        (0, 2, None),
        (0, 3, None),
        (0, 4, "TOO_MANY"),  # S3-1: refuse 4
        (2, 3, None),
        (3, 4, "TOO_MANY"),
        (3, 2, None),
        (2, 1, "TOO_FEW"),
        (2, 0, None),  # all of them may be ended
        (1, 0, None),
        (5, 4, None),  # a set out of bounds is mended step by step
        (4, 4, None),
        (1, 1, None),
    ],
)
def test_a_county_cadre_answers_for_two_or_three_compounds(before, after, code):
    found = cadre_finding(before, after, Norms())
    assert (found.code if found else None) == code
    if found:
        assert dict(found.values) == {"least": 2, "most": 3, "count": after}


def test_the_bounds_are_those_of_the_norm():
    norms = Norms(cadre_compounds_min=3, cadre_compounds_max=5)
    assert cadre_finding(0, 5, norms) is None
    assert cadre_finding(0, 2, norms).code == "TOO_FEW"
    assert cadre_finding(1, 2, norms) is None  # on the way
    assert [bounds(n, norms) for n in (0, 2, 3, 5, 6)] == ["none", "few", "", "", "many"]


def codes(partner, kind, household="", **more):
    return [(f.code, f.is_refusal) for f in findings_on(partner, kind, 7, household, **more)]


@pytest.mark.parametrize(
    ("partner", "kind", "expected"),
    [
        (Partner("COUNTY_CADRE", True), COUNTY, []),
        (Partner("COUNTY_CADRE", False), COUNTY, [("MEMBERS_ONLY", True)]),
        (Partner("STREET_CADRE", True), COUNTY, [("NOT_COUNTY_CADRE", True)]),
        (Partner("STREET_CADRE", False), STREET, []),
        (Partner("COMMUNITY_CADRE", False), STREET, []),
        (Partner("RETIRED", True), STREET, [("NOT_STREET_CADRE", True)]),
        (Partner("SERVING", True), MEMBER, []),
        (Partner("SERVING", False), MEMBER, [("MEMBERS_ONLY", True)]),
        (Partner("RETIRED", True), MEMBER, [("NOT_SERVING_MEMBER", True)]),
        (Partner("", True, centre_of=(7,)), CENTRE, []),
        (Partner("", True, centre_of=(8,)), CENTRE, [("CENTRE_ELSEWHERE", False)]),
        (Partner("", True), CENTRE, [("NOT_CENTRE_HOUSEHOLD", True)]),
        (Partner("COUNTY_CADRE", True, has_left=True), COUNTY, [("PERSON_LEFT", True)]),
    ],
)
def test_each_kind_of_pairing_has_its_people(partner, kind, expected):
    assert codes(partner, kind) == expected


def test_one_member_one_household():
    busy = Partner("SERVING", True, held=(Held(MEMBER, 7, "1号楼1单元101"),))
    assert codes(busy, MEMBER, "1号楼1单元102") == [("HAS_A_HOUSEHOLD", True)]
    assert codes(busy, MEMBER, "1号楼1单元101") == [("PAIRED_ALREADY", True)]
    free = Partner("SERVING", True)
    assert codes(free, MEMBER, "1号楼1单元101", is_taken=True) == [("HOUSEHOLD_TAKEN", True)]


def test_a_centre_household_may_look_after_several():
    busy = Partner("", True, centre_of=(7,), held=(Held(CENTRE, 7, "1号楼1单元101"),))
    assert codes(busy, CENTRE, "1号楼1单元102") == []


BUILDINGS = [Part(1, "1号楼"), Part(11, "11号楼"), Part(2, "东楼"), Part(3, "样例院 1号楼")]
ENTRANCES = {
    1: [Part(101, "1单元"), Part(102, "2单元")],
    11: [Part(111, "1单元")],
    2: [],
    3: [Part(301, "1单元")],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1号楼1单元302", (1, 101, "1号楼1单元302")),
        ("1号楼1单元302室", (1, 101, "1号楼1单元302")),
        ("1-1-302", (1, 101, "1号楼1单元302")),
        ("１－２－３０２", (1, 102, "1号楼2单元302")),
        ("1栋 二单元 302", (1, 102, "1号楼2单元302")),
        ("1号楼/1单元/302", (1, 101, "1号楼1单元302")),
        ("11号楼1单元5", (11, 111, "11号楼1单元5")),
        ("11-1-5", (11, 111, "11号楼1单元5")),
        ("东楼302", (2, None, "东楼302")),
        ("样例院 1号楼1单元302", (3, 301, "样例院 1号楼1单元302")),
    ],
)
def test_a_household_is_written_in_many_ways(text, expected):
    found = locate(text, BUILDINGS, ENTRANCES)
    assert tuple(found) == expected
    assert locate(found.text, BUILDINGS, ENTRANCES) == found  # and comes back as it went


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("9号楼1单元302", "NO_BUILDING"),
        ("302", "NO_BUILDING"),
        ("1号楼3单元302", "NO_ENTRANCE"),
        ("1号楼302", "NO_ENTRANCE"),
        ("1号楼1单元", "NO_DOOR"),
        ("1号楼1单元" + "3" * 40, "TOO_LONG"),
    ],
)
def test_a_household_that_is_not_there_is_refused(text, code):
    with pytest.raises(NoDoor) as error:
        locate(text, BUILDINGS, ENTRANCES)
    assert error.value.code == code


@pytest.mark.parametrize("text", ["3号楼2单元101", "3-2-101", "东排101"])
def test_a_compound_without_buildings_takes_any(text):
    found = locate(text, [], {})
    assert (found.building, found.entrance) == (None, None)
    assert locate(found.text, [], {}) == found


def test_parts_that_are_numbers_are_kept_apart():
    assert households.text_of("1", "1", "302") == "1-1-302"
    assert households.text_of("1号楼", "1单元", "302") == "1号楼1单元302"
