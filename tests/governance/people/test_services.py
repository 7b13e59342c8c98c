"""People: entering, correcting, leaving, deleting; numbers seen and looked up."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.people import checks, services
from governance.people.models import MemberClass, Person
from tests.factories import make_compound, make_person, make_user
from tests.governance.people.leaks import tables_holding

PHONE, OTHER_PHONE = "13812345678", "13987654321"
IDENTITY = "11010519491231002X"


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 11, 23))


@pytest.fixture
def worker(district):
    return make_user("worker", "community_worker", district.community)


@pytest.fixture
def compound(district):
    return make_compound(district.community)


@pytest.fixture
def clerk(district):
    return make_user("clerk", "street_clerk", district.street)


def add(by, compound, phone="", identity="", **facts):
    facts = {"name": "张三丰", "political_status": "FULL_MEMBER", "compound": compound, **facts}
    return services.add_person(by=by, facts=facts, phone=phone, identity=identity)


def test_a_person_lies_where_the_compound_lies(worker, compound, district):
    person = add(worker, compound)
    assert (person.community, person.street) == (district.community, district.street)
    assert person.version == 1


def test_a_cadre_of_no_compound_is_kept_by_an_area(clerk, district):
    facts = {"name": "李四", "standing": "STREET_CADRE"}
    person = services.add_person(by=clerk, facts=facts, area=district.street)
    assert (person.street, person.community) == (district.street, None)


def test_a_person_needs_a_place(clerk):
    with pytest.raises(ValidationError) as error:
        services.add_person(by=clerk, facts={"name": "李四"})
    assert "area" in error.value.message_dict


def test_nobody_is_entered_outside_ones_posts(worker, district):
    with pytest.raises(services.OutsideScope):
        add(worker, make_compound(district.sister_community))
    leader = make_user("leader", "street_leader", district.street)
    with pytest.raises(services.OutsideScope):
        add(leader, make_compound(district.community))
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"birth_year": 1899}, "birth_year"),
        ({"birth_year": 2027}, "birth_year"),
        ({"reported_on": dt.date(2026, 11, 24)}, "reported_on"),
        ({"political_status": "NONE", "member_class": "RETIRED"}, "member_class"),
        ({"name": ""}, "name"),
        ({"name": "张三13812345678"}, "name"),
        ({"work_unit": "某局 138 1234 5678"}, "work_unit"),
    ],
)
def test_facts_that_cannot_be_are_refused_beside_their_field(worker, compound, facts, field):
    if "member_class" in facts:
        facts = facts | {"member_class": MemberClass.objects.get(pk=facts["member_class"])}
    with pytest.raises(ValidationError) as error:
        add(worker, compound, **facts)
    assert list(error.value.message_dict) == [field]


def test_a_number_is_kept_sealed_hashed_and_masked_and_nowhere_in_clear(worker, compound):
    person = add(worker, compound, phone="＋８６ 138-1234-5678", identity=IDENTITY)
    assert person.phone_masked == "138****5678"
    assert person.identity_tail == "002X"
    services.set_phone(by=worker, person=person, version=1, number=OTHER_PHONE)
    services.reveal_phone(by=worker, person=person, reason="上门走访")
    assert tables_holding(PHONE, OTHER_PHONE, IDENTITY, IDENTITY.lower()) == []


def test_the_log_knows_no_more_than_the_family_name(worker, compound):
    person = add(worker, compound, phone=PHONE, work_unit="样例局局长", birth_year=1958)
    services.change_person(by=worker, person=person, version=1, changes={"name": "张三丰二"})
    entries = AuditEntry.objects.filter(object_type="people.person")
    assert entries.count() == 2
    text = " ".join(f"{one.object_label} {one.changes}" for one in entries)
    assert "张**" in text
    for secret in ("三丰", "样例局", "1958", "5678"):
        assert secret not in text


def test_a_wrong_number_is_refused_beside_its_field(worker, compound):
    with pytest.raises(ValidationError) as error:
        add(worker, compound, phone="1381234567", identity="110105194912310021")
    assert set(error.value.message_dict) == {"phone", "identity"}


def test_one_identity_number_is_in_a_district_once(worker, compound):
    add(worker, compound, identity=IDENTITY)
    with pytest.raises(ValidationError) as error:
        add(worker, compound, identity=IDENTITY)
    assert list(error.value.message_dict) == ["identity"]


def test_a_stale_version_is_refused(worker, compound):
    person = add(worker, compound)
    services.change_person(by=worker, person=person, version=1, changes={"birth_year": 1960})
    with pytest.raises(StaleRecord) as error:
        services.change_person(by=worker, person=person, version=1, changes={"birth_year": 1961})
    assert error.value.current.birth_year == 1960


def test_saving_the_same_writes_nothing(worker, compound):
    person = add(worker, compound, phone=PHONE)
    before = AuditEntry.objects.count()
    row = services.change_person(
        by=worker, person=person, version=1, changes={"name": "张三丰"}, phone=PHONE
    )
    assert row.version == 1
    assert AuditEntry.objects.count() == before


def test_a_number_can_be_cleared(worker, compound):
    person = add(worker, compound, phone=PHONE, identity=IDENTITY)
    row = services.set_phone(by=worker, person=person, version=1, number="")
    assert (row.phone_sealed, row.phone_hash, row.phone_masked) == ("", "", "")
    row = services.set_identity(by=worker, person=person, version=2, number="")
    assert (row.identity_hash, row.identity_tail) == ("", "")


def test_moving_to_another_compound_moves_the_person(clerk, compound, district):
    person = add(clerk, compound)
    there = make_compound(district.sister_community)
    row = services.change_person(by=clerk, person=person, version=1, changes={"compound": there})
    assert row.community == district.sister_community


def test_nobody_is_moved_out_of_ones_posts(clerk, compound, district):
    person = add(clerk, compound)
    there = make_compound(district.other_community)
    with pytest.raises(services.OutsideScope):
        services.change_person(by=clerk, person=person, version=1, changes={"compound": there})


def test_leaving_is_noted_and_taken_back(worker, compound):
    person = add(worker, compound)
    row = services.mark_left(by=worker, person=person, version=1, left_on=dt.date(2026, 11, 1))
    assert not Person.objects.present().exists()
    services.mark_left(by=worker, person=row, version=2, left_on=None)
    assert Person.objects.present().exists()
    with pytest.raises(DomainError):
        services.mark_left(by=worker, person=row, version=3, left_on=dt.date(2026, 11, 24))


def test_deleting_leaves_nothing_of_the_person(worker, compound):
    person = add(
        worker,
        compound,
        phone=PHONE,
        identity=IDENTITY,
        birth_year=1958,
        work_unit="样例单位",
        post_claimed="楼道清洁",
    )
    services.erase_person(by=worker, person=person, version=1, reason="本人申请")
    row = Person.objects.get()
    assert row.is_erased
    assert (row.phone_sealed, row.phone_hash, row.identity_hash, row.work_unit) == ("",) * 4
    assert row.compound is None
    assert row.left_on == dt.date(2026, 11, 23)
    assert tables_holding("三丰", "样例单位", "楼道清洁", "5678", "002X") == []
    entry = AuditEntry.objects.first()
    assert (entry.verb, entry.reason, entry.object_label) == ("erase", "本人申请", "张**")
    assert list(checks.erased()) == list(checks.numbers()) == list(checks.places()) == []


def test_the_checks_find_what_deleting_forgot(worker, compound):
    person = add(worker, compound, work_unit="样例单位")
    Person.objects.filter(pk=person.pk).update(name="")
    assert len(list(checks.erased())) == 1
    Person.objects.filter(pk=person.pk).update(name="张三", phone_hash="x", work_unit=PHONE)
    assert len(list(checks.numbers())) == 2


def test_deleting_needs_a_reason_and_the_right(worker, compound, district):
    person = add(worker, compound)
    with pytest.raises(DomainError):
        services.erase_person(by=worker, person=person, version=1, reason=" ")
    with pytest.raises(DomainError):
        services.erase_person(by=worker, person=person, version=1, reason="本人13812345678申请")
    leader = make_user("leader", "street_leader", district.street)
    with pytest.raises(NotAllowed):
        services.erase_person(by=leader, person=person, version=1, reason="样例")


def test_nothing_more_happens_to_a_deleted_person(worker, compound):
    person = add(worker, compound, phone=PHONE)
    row = services.erase_person(by=worker, person=person, version=1, reason="本人申请")
    with pytest.raises(DomainError):
        services.change_person(by=worker, person=row, version=2, changes={"name": "张三"})
    with pytest.raises(DomainError):
        services.reveal_phone(by=worker, person=row, reason="样例")


def test_who_holds_something_is_neither_deleted_nor_gone(worker, compound, monkeypatch):
    person = add(worker, compound)
    monkeypatch.setattr(services, "held_by", lambda person: [MemberClass])
    for act in (
        lambda: services.erase_person(by=worker, person=person, version=1, reason="样例"),
        lambda: services.mark_left(by=worker, person=person, version=1, left_on=dates.today()),
    ):
        with pytest.raises(DomainError):
            act()
    assert Person.objects.present().known().exists()


def test_every_later_room_is_asked_whether_it_holds_on(worker, compound):
    person = add(worker, compound)
    assert services.held_by(person) == []
    names = {
        relation.related_model._meta.label_lower
        for relation in Person._meta.get_fields(include_hidden=True)
        if relation.one_to_many
    }
    assert {"party_grid.duty", "pairings.pairing"} <= names


def test_seeing_a_number_needs_right_place_and_reason(worker, compound, district):
    person = add(worker, compound, phone=PHONE)
    assert services.reveal_phone(by=worker, person=person, reason="上门走访") == PHONE
    entry = AuditEntry.objects.first()
    assert (entry.verb, entry.reason, entry.actor) == ("reveal", "上门走访", worker)
    for wrong in ("", "  ", "打13900000000"):
        with pytest.raises(DomainError):
            services.reveal_phone(by=worker, person=person, reason=wrong)
    for name, role, area in (
        ("leader", "street_leader", district.street),
        ("finance", "finance_officer", district.area),
        ("neighbour", "community_worker", district.sister_community),
    ):
        with pytest.raises(NotAllowed):
            services.reveal_phone(by=make_user(name, role, area), person=person, reason="样例")
    assert AuditEntry.objects.filter(verb="reveal").count() == 1


def test_only_a_whole_number_finds_somebody_and_only_in_ones_places(worker, compound, district):
    person = add(worker, compound, phone=PHONE, identity=IDENTITY)
    far = make_person(make_compound(district.other_community), phone=PHONE)
    find = services.find_people
    assert find(by=worker, number="138 1234 5678") == [person]
    assert find(by=worker, number=IDENTITY.lower()) == [person]
    assert find(by=worker, number=OTHER_PHONE) == []
    officer = make_user("officer", "district_officer", district.area)
    assert {one.pk for one in find(by=officer, number=PHONE)} == {person.pk, far.pk}
    for part in ("1381234", "5678", "138", "", "张三丰"):
        with pytest.raises(DomainError):
            find(by=worker, number=part)
    with pytest.raises(NotAllowed):
        find(by=make_user("finance", "finance_officer", district.area), number=PHONE)
    entries = AuditEntry.objects.filter(verb="find")
    assert entries.count() == 4
    assert tables_holding(PHONE) == []


def test_the_log_tells_of_people_only_to_those_who_see_them(worker, compound, district):
    add(worker, compound)
    for role, seen in (("finance_officer", 0), ("leader", 0), ("auditor", 1), ("audit_admin", 1)):
        reader = make_user(role, role, district.area)
        found = AuditEntry.objects.visible_to(reader).filter(object_type="people.person")
        assert found.count() == seen, role
