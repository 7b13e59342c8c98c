"""Pairing and ending: what the rules refuse is refused, what is done is recorded."""

import datetime as dt
import io

import pytest
from PIL import Image

from compounds.registry.services.compounds import demolish_compound, merge_compound
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.pairings.checks import CHECKS
from governance.pairings.households import Door
from governance.pairings.models import Pairing
from governance.pairings.services import pairing as services
from governance.party_grid.models import Norm
from governance.party_grid.services.duties import end_duty
from governance.people.models import Person
from governance.people.services import mark_left
from tests.governance.pairings.world import (
    make_cadre,
    make_resident,
    make_world,
    seat_centre_household,
)

TODAY = dt.date(2026, 11, 23)
SERVING, CENTRE = Pairing.Kind.SERVING_MEMBER, Pairing.Kind.CENTRE_HOUSEHOLD
OFFICIAL = Pairing.Kind.STREET_CADRE


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture
def world(district):
    return make_world(district)


def held(person):
    return Pairing.objects.held().filter(person=person).count()


def give(world, count, **changes):
    return services.pair_cadre(
        by=world.officer, person=world.cadre, compounds=world.compounds[:count], **changes
    ).pairings


@pytest.mark.parametrize("count", [2, 3])
def test_a_cadre_gets_a_set_in_one_act(world, count):
    made = give(world, count)
    assert held(world.cadre) == count
    assert {one.community_id for one in made} <= {
        world.district.community.pk,
        world.district.sister_community.pk,
    }
    entries = AuditEntry.objects.filter(verb="pair")
    assert entries.count() == count
    assert {tuple(e.changes["person"]) for e in entries} == {(None, f"赵** #{world.cadre.pk}")}


@pytest.mark.parametrize("count", [1, 4])
def test_one_or_four_compounds_are_refused_with_the_norm_and_its_source(world, count):
    with pytest.raises(DomainError) as error:
        give(world, count)
    assert error.value.field == "compounds"
    for word in ("2", "3", str(services.SOURCE), str(count)):
        assert word in str(error.value)
    assert held(world.cadre) == 0


def test_the_document_of_the_norm_is_its_source(world):
    Norm.objects.create(
        district=world.district.area,
        effective_from=dt.date(2026, 1, 1),
        document_number="样例发〔2026〕1号",
        cadre_compounds_max=4,
    )
    give(world, 4)
    with pytest.raises(DomainError, match="样例发〔2026〕1号"):
        services.pair_cadre(by=world.officer, person=world.cadre, compounds=[world.compounds[5]])


def test_adding_and_ending_later_keeps_two_or_three(world):
    first, second = give(world, 2)
    third = services.pair_cadre(
        by=world.officer, person=world.cadre, compounds=[world.compounds[2]]
    ).pairings[0]
    with pytest.raises(DomainError, match=str(services.SOURCE)):
        services.pair_cadre(by=world.officer, person=world.cadre, compounds=[world.compounds[3]])
    end(world.officer, third)
    with pytest.raises(DomainError, match=str(services.SOURCE)):
        end(world.officer, second)
    ended = end(world.officer, second, is_all=True)
    assert len(ended) == 2
    assert held(world.cadre) == 0
    first.refresh_from_db()
    assert (first.ended_on, first.end_reason) == (TODAY, "换人")


def end(by, pairing, **changes):
    pairing.refresh_from_db()
    facts = {"version": pairing.version, "ended_on": TODAY, "reason": "换人", **changes}
    return services.end_pairing(by=by, pairing=pairing, **facts)


def test_compounds_are_exchanged_in_one_act(world):
    give(world, 2)
    a, _b, c, d = world.compounds[:4]
    services.change_cadre(by=world.officer, person=world.cadre, compounds=[a, c, d], reason="调整")
    rows = Pairing.objects.held().filter(person=world.cadre)
    assert set(rows.values_list("compound", flat=True)) == {a.pk, c.pk, d.pk}
    with pytest.raises(DomainError, match=str(services.SOURCE)):
        services.change_cadre(by=world.officer, person=world.cadre, compounds=[a], reason="调整")
    with pytest.raises(DomainError) as error:
        services.change_cadre(by=world.officer, person=world.cadre, compounds=[])
    assert error.value.field == "reason"
    services.change_cadre(by=world.officer, person=world.cadre, compounds=[], reason="调离")
    assert held(world.cadre) == 0


def test_a_new_cadre_is_entered_with_the_pairing_and_kept_by_the_district(world):
    made = services.pair_cadre(
        by=world.officer,
        new_person={"name": "钱样例", "work_unit": "样例委 主任", "phone": "13812345678"},
        compounds=world.compounds[:2],
    ).pairings
    person = made[0].person
    assert (person.standing, person.is_member) == ("COUNTY_CADRE", True)
    assert (person.district, person.street) == (world.district.area, None)
    assert person.phone_masked == "138****5678"


def test_whoever_may_not_edit_a_compound_cannot_pair_it(world):
    with pytest.raises(NotAllowed):
        services.pair(
            by=world.worker,
            kind=OFFICIAL,
            compound=world.far,
            new_person={"name": "孙样例", "work_unit": "", "phone": ""},
        )
    with pytest.raises(NotAllowed):
        services.pair_cadre(by=world.leader, person=world.cadre, compounds=world.compounds[:2])


def door(text="1号楼1单元302"):
    return Door(None, None, text)


def pair(world, kind, person, household=None, compound=None):
    return services.pair(
        by=world.worker,
        kind=kind,
        compound=compound or world.home,
        door=door(household) if household else None,
        person=person,
    )


def test_a_member_in_service_has_one_household_and_it_has_no_other(world):
    one, other = (make_resident(world.home, name) for name in ("李样例", "周样例"))
    pair(world, SERVING, one, "1号楼1单元302")
    with pytest.raises(DomainError) as error:
        pair(world, SERVING, one, "1号楼1单元303")
    assert error.value.field == "name"
    with pytest.raises(DomainError) as error:
        pair(world, SERVING, other, "1号楼1单元302")
    assert error.value.field == "door"
    retired = make_resident(world.home, "吴样例", standing="RETIRED")
    with pytest.raises(DomainError):
        pair(world, SERVING, retired, "1号楼1单元304")
    assert Pairing.objects.count() == 1


def test_a_household_waits_until_a_pairing_ends(world):
    one, other = (make_resident(world.home, name) for name in ("李样例", "周样例"))
    made = pair(world, SERVING, one, "1号楼1单元302").pairings[0]
    end(world.worker, made)
    pair(world, SERVING, other, "1号楼1单元302")
    assert held(other) == 1


def test_a_centre_household_needs_the_duty(world):
    person = make_resident(world.home, "郑样例", standing="RETIRED")
    with pytest.raises(DomainError):
        pair(world, CENTRE, person, "1号楼1单元101")
    entrance = world.home.buildings.get().entrances.first()
    seat_centre_household(person, entrance)
    pair(world, CENTRE, person, "1号楼1单元101")
    pair(world, CENTRE, person, "1号楼1单元102")
    assert held(person) == 2
    with pytest.raises(DomainError):
        pair(world, CENTRE, person, "1号楼1单元101")
    assert "101" not in " ".join(f"{e.object_label} {e.changes}" for e in AuditEntry.objects.all())


def test_a_cadre_has_no_household_and_a_member_no_whole_compound(world):
    member = make_resident(world.home, "李样例")
    with pytest.raises(DomainError):
        pair(world, SERVING, member)
    official = make_resident(world.home, "冯样例", standing="STREET_CADRE")
    with pytest.raises(DomainError):
        pair(world, OFFICIAL, official, "1号楼1单元302")
    pair(world, OFFICIAL, official)


def test_a_lost_update_and_a_second_end_are_refused(world):
    made = pair(world, SERVING, make_resident(world.home, "李样例"), "1号楼1单元302").pairings[0]
    with pytest.raises(StaleRecord):
        end(world.worker, made, version=7)
    with pytest.raises(DomainError) as error:
        end(world.worker, made, ended_on=TODAY + dt.timedelta(days=1))
    assert error.value.field == "ended_on"
    with pytest.raises(DomainError) as error:
        end(world.worker, made, reason=" ")
    assert error.value.field == "reason"
    end(world.worker, made)
    with pytest.raises(DomainError):
        end(world.worker, made)


def test_who_is_paired_does_not_leave_the_register(world):
    give(world, 2)
    with pytest.raises(DomainError):
        mark_left(by=world.officer, person=world.cadre, version=1, left_on=TODAY)


def test_pairings_move_with_merged_compounds_and_end_with_demolished_ones(world):
    a, b, other = world.compounds[0], world.compounds[1], make_cadre(world.district, "王样例")
    give(world, 2)  # of both: one of them stays behind
    services.pair_cadre(by=world.officer, person=other, compounds=[a, world.compounds[2]])
    merge_compound(by=world.officer, compound=a, into=b, version=a.version, reason="并院")
    assert held(world.cadre) == 1
    moved = Pairing.objects.held().get(person=other, compound=b)
    assert moved.community == b.community
    assert not Pairing.objects.held().filter(compound=a).exists()
    b.refresh_from_db()
    demolish_compound(by=world.officer, compound=b, version=b.version, reason="拆除")
    assert not Pairing.objects.held().filter(compound=b).exists()
    assert [list(check()) for check in CHECKS.values()] == [[], []]


def test_who_is_no_centre_household_any_more_looks_after_no_household(world):
    first, second = world.home.buildings.get().entrances.order_by("pk")[:2]
    person = make_resident(world.home, "钱样例")
    duties = [seat_centre_household(person, entrance) for entrance in (first, second)]
    door = Door(first.building_id, first.pk, "1号楼1单元302")
    (made,) = services.pair(
        by=world.worker, kind="CENTRE_HOUSEHOLD", compound=world.home, door=door, person=person
    ).pairings
    for duty, is_held in zip(duties, (True, False), strict=True):
        end_duty(by=world.worker, duty=duty, version=1, ended_on=TODAY, reason="搬家")
        made.refresh_from_db()
        assert (made.ended_on is None) == is_held
    assert made.end_reason == "搬家"
    assert AuditEntry.objects.get(verb="end_pairing").object_id == str(made.pk)
    assert [list(check()) for check in CHECKS.values()] == [[], []]


def test_the_checks_find_what_must_not_be(world, caplog):
    give(world, 2)
    Pairing.objects.filter(compound=world.home).update(community=world.district.other_community)
    assert len(list(CHECKS["pairings"]())) == 1
    Pairing.objects.filter(compound=world.home).delete()
    assert list(CHECKS["pairings"]()) == []  # a warning, no breach
    assert "outside the norm" in caplog.text
    Person.objects.filter(pk=world.cadre.pk).update(left_on=TODAY)
    assert len(list(CHECKS["pairings"]())) == 1


def test_the_photo_of_the_notice_belongs_to_all_pairings_of_the_compound(world):
    give(world, 2)
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    picture.seek(0)
    picture.name, picture.size = "公示.png", len(picture.getvalue())
    photo = services.attach_notice(
        by=world.worker, compound=world.home, upload=picture, posted_on=TODAY
    )
    row = Pairing.objects.get(compound=world.home)
    assert (row.notice, photo.compound) == (photo, world.home)
    assert Pairing.objects.get(compound=world.compounds[1]).notice is None
