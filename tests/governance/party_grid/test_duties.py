"""Seating people: what is refused, what only warns, and that a seat is never held twice."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.party_grid.models import Duty, DutyKind, Norm
from governance.party_grid.services import duties
from governance.people.models import Person
from tests.factories import DAY, make_building, make_compound, make_person, make_user

from .whole import hold, make_organisation, make_whole

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(district):
    return make_user("clerk", "street_clerk", district.street)


@pytest.fixture
def compound(district):
    return make_compound(district.community)


@pytest.fixture
def building(compound):
    return make_building(compound)


def kind(key: str) -> DutyKind:
    return DutyKind.objects.get(key=key)


def seat(by, row, key="BUILDING_HEAD", **given):
    return duties.assign_duty(by=by, kind=kind(key), seat=row, **given)


def test_somebody_from_the_register_takes_a_seat(clerk, building):
    person = make_person(building.compound)
    seated = seat(clerk, building, person=person, chosen="ELECTED", starts_on=DAY)
    duty = Duty.objects.get()
    assert (duty.person, duty.compound, duty.building) == (person, building.compound, building)
    assert (duty.community_id, duty.chosen, duty.starts_on) == (
        building.community_id,
        "ELECTED",
        DAY,
    )
    assert duty.term_until is None
    assert seated.warnings == ()


def test_somebody_new_is_entered_in_the_compound_of_the_seat(clerk, building):
    facts = {"name": "样例新人", "phone": "13812345678"}
    seat(clerk, building, new_person=facts)
    person = Person.objects.get(name="样例新人")
    assert person.compound == building.compound
    assert person.phone_masked == "138****5678"


def test_the_reason_of_an_end_holds_nobodys_number(clerk, building):
    duty = hold(building, "BUILDING_HEAD", "BUILDING")
    for end in (duties.end_duty, duties.replace_duty):
        more = {} if end is duties.end_duty else {"new_person": {"name": "样例新人"}}
        with pytest.raises(DomainError) as refused:
            end(
                by=clerk,
                duty=duty,
                version=1,
                ended_on=dates.today(),
                reason="电话 138 1234 5678",
                **more,
            )
        assert refused.value.field == "reason"
    assert Duty.objects.held().count() == 1


@pytest.mark.parametrize(
    "key",
    ["SECRETARY", "GROUP_LEADER", "GRID_HEAD", "MICRO_GRID_HEAD", "BUILDING_HEAD", "ENTRANCE_HEAD"],
)
def test_the_database_seats_nobody_beside_a_head(district, key):
    whole = make_whole(district.community)
    (duty,) = [one for one in whole.duties if one.kind_id == key][:1]
    duty.pk, duty.person = None, make_person(whole.compound)
    with pytest.raises(IntegrityError), transaction.atomic():
        duty.save(force_insert=True)


def test_the_log_knows_no_name_in_full_and_no_number(clerk, building):
    seat(clerk, building, new_person={"name": "样例新人", "phone": "13812345678"})
    said = " ".join(f"{entry.object_label} {entry.changes}" for entry in AuditEntry.objects.all())
    assert "样例新人" not in said
    assert "13812345678" not in said
    assert AuditEntry.objects.filter(verb="assign_duty").count() == 1


def test_a_taken_seat_is_refused_and_may_be_replaced_in_one_act(clerk, building):
    former = seat(clerk, building, person=make_person(building.compound), starts_on=DAY).duty
    following = make_person(building.compound)
    with pytest.raises(DomainError):
        seat(clerk, building, person=following)
    duties.replace_duty(
        by=clerk,
        duty=former,
        version=1,
        ended_on=dates.today(),
        reason="换届",
        person=following,
    )
    former.refresh_from_db()
    held = Duty.objects.held().get()
    assert (held.person, held.starts_on) == (following, former.ended_on)
    assert former.end_reason == "换届"


def test_replacing_by_the_same_person_changes_nothing(clerk, building):
    duty = seat(clerk, building, person=make_person(building.compound), starts_on=DAY).duty
    with pytest.raises(DomainError) as refusal:
        duties.replace_duty(
            by=clerk,
            duty=duty,
            version=1,
            ended_on=dates.today(),
            reason="换届",
            person=duty.person,
        )
    assert refusal.value.field == "person"
    assert Duty.objects.held().get() == duty


def test_a_secretary_is_a_full_member(clerk, district):
    branch = make_organisation(district.community, 4, "样例党支部", reach="GRID", is_joint=True)
    person = make_person(area=district.community, political_status="PROBATIONARY")
    with pytest.raises(DomainError) as refusal:
        seat(clerk, branch, "SECRETARY", person=person)
    assert refusal.value.field == "person"


def test_a_term_follows_from_the_norm_or_ends_with_the_organisation(clerk, district):
    branch = make_organisation(district.community, 4, "样例党支部", reach="GRID", is_joint=True)
    person = make_person(area=district.community)
    duty = seat(clerk, branch, "SECRETARY", person=person, starts_on=DAY).duty
    assert duty.term_until == DAY.replace(year=DAY.year + 3)
    branch.term_until = DAY + dt.timedelta(days=100)
    branch.save()
    other = make_person(area=district.community)
    member = seat(clerk, branch, "COMMITTEE_MEMBER", person=other, starts_on=DAY).duty
    assert member.term_until == branch.term_until


def test_a_group_has_a_leader_and_no_secretary(clerk, district):
    branch = make_organisation(district.community, 4, "样例党支部", reach="GRID", is_joint=True)
    group = make_organisation(district.community, 5, "样例党小组", branch, reach="COURTYARD")
    person = make_person(area=district.community)
    with pytest.raises(DomainError):
        seat(clerk, group, "SECRETARY", person=person)
    with pytest.raises(DomainError):
        seat(clerk, branch, "GROUP_LEADER", person=person)
    assert seat(clerk, group, "GROUP_LEADER", person=person).duty.held_for == group


def test_more_posts_than_the_norm_and_living_elsewhere_only_warn(clerk, district, building):
    Norm.objects.create(district=district.area, effective_from=DAY, head_posts_max=1)
    person = make_person(make_compound(district.community))
    hold(building.entrances.first(), "ENTRANCE_HEAD", "ENTRANCE", person)
    seated = seat(clerk, building, person=person)
    assert len(seated.warnings) == 2
    entry = AuditEntry.objects.get(verb="assign_duty")
    assert entry.changes["warnings"][1] == list(seated.warnings)


def test_a_seat_of_another_sort_or_a_kind_out_of_use_is_refused(clerk, building):
    person = make_person(building.compound)
    with pytest.raises(DomainError):
        seat(clerk, building, "ENTRANCE_HEAD", person=person)
    DutyKind.objects.filter(key="SAFETY").update(is_active=False)
    with pytest.raises(DomainError):
        seat(clerk, building, "SAFETY", person=person)


def test_nobody_is_seated_outside_of_the_posts(clerk, district):
    far = make_building(make_compound(district.other_community))
    with pytest.raises(NotAllowed):
        seat(clerk, far, new_person={"name": "样例"})
    leader = make_user("chief", "street_leader", district.street)
    near = make_building(make_compound(district.community))
    with pytest.raises(NotAllowed):
        seat(leader, near, new_person={"name": "样例"})


def test_somebody_of_another_street_is_not_seen_and_not_seated(clerk, district, building):
    far = make_person(make_compound(district.other_community))
    with pytest.raises(DomainError) as refusal:
        seat(clerk, building, person=far)
    assert refusal.value.field == "person"


def test_the_constraint_is_the_last_defence_and_speaks(clerk, building, monkeypatch):
    hold(building, "BUILDING_HEAD", "BUILDING")
    monkeypatch.setattr(duties, "findings_for", lambda **_: [])
    with pytest.raises(DomainError):
        seat(clerk, building, person=make_person(building.compound))
    monkeypatch.setattr(Duty, "validate_constraints", lambda self, exclude=None: None)
    with pytest.raises(DomainError):
        seat(clerk, building, person=make_person(building.compound))
    assert Duty.objects.held().count() == 1


def test_ending_needs_the_version_seen_and_a_day_that_has_come(clerk, building):
    duty = hold(building, "BUILDING_HEAD", "BUILDING")
    today = dates.today()
    with pytest.raises(StaleRecord):
        duties.end_duty(by=clerk, duty=duty, version=9, ended_on=today, reason="")
    for day in (today + dt.timedelta(days=1), DAY - dt.timedelta(days=1)):
        with pytest.raises(DomainError) as refusal:
            duties.end_duty(by=clerk, duty=duty, version=1, ended_on=day, reason="")
        assert refusal.value.field == "ended_on"
    duties.end_duty(by=clerk, duty=duty, version=1, ended_on=DAY, reason="搬走")
    assert not Duty.objects.held().exists()
    with pytest.raises(DomainError):
        duties.end_duty(by=clerk, duty=duty, version=2, ended_on=DAY, reason="")
