"""Proposals as services: prepared by one, applied with a document by another, undone whole."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.audit.models import AuditEntry
from governance.audit.verify import breaches as broken_links
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.organisation.models import Level, User
from governance.party_grid.errors import LayoutChanged, SamePerson, TouchedSince
from governance.party_grid.layout import read_places
from governance.party_grid.models import (
    Duty,
    GridCover,
    Norm,
    OrganisationCover,
    PartyOrganisation,
    Proposal,
    ProposalStep,
)
from governance.party_grid.services import applying
from governance.party_grid.services import proposals as services
from governance.party_grid.services.organisations import change_organisation
from governance.people.services import mark_left
from tests.factories import DAY, make_area, make_compound, make_district, make_post, make_user

from .places import make_committee, make_duty, make_grid, make_layout, make_members, standing_in

DOCUMENT = {"document_number": "样例党〔2026〕1号", "document_on": DAY}
State = ProposalStep.State


@pytest.fixture
def people(district):
    return SimpleNamespace(
        clerk=make_user("clerk", "street_clerk", district.street),
        leader=make_user("leader", "street_leader", district.street),
        officer=make_user("officer", "district_officer", district.area),
        chief=make_user("chief", "district_approver", district.area),
    )


def prepare(people, area) -> Proposal:
    return services.prepare_proposal(by=people.officer, area=area)


def apply(people, proposal, steps=None, **changes):
    ids = None if steps is None else [step.pk for step in steps]
    return services.apply_steps(
        by=people.chief, proposal=proposal, steps=ids, **{**DOCUMENT, **changes}
    )


def settle(people, area) -> Proposal:
    proposal = prepare(people, area)
    apply(people, proposal)
    return proposal


def acts(proposal) -> list[tuple[str, str]]:
    return list(proposal.steps.order_by("position").values_list("act", "name"))


def snapshot() -> list:
    """All that undoing restores."""
    organisations = PartyOrganisation.objects.order_by("pk").values_list(
        "pk", "name", "parent", "reach", "grid", "compound", "is_joint", "dissolved_on"
    )
    covers = OrganisationCover.objects.order_by("organisation", "compound").values_list(
        "organisation", "compound"
    )
    duties = Duty.objects.order_by("pk").values_list("pk", "ended_on", "end_reason")
    return [list(organisations), list(covers), list(duties)]


# ---------------------------------------------------------------- preparing


def test_a_proposal_names_what_the_layout_calls_for(people, district):
    make_layout(district.community, {1: "A", 2: "A", 3: "BC"}, C=2)
    make_compound(district.community, name="无格院")
    proposal = prepare(people, district.street)
    assert acts(proposal) == [
        ("FOUND", "A院党支部"),
        ("FOUND", "第1网格党小组"),
        ("FOUND", "第2网格党小组"),
        ("FOUND", "第3网格党支部"),
        ("FOUND", "B院党小组"),
        ("FOUND", "第3网格党小组"),
        ("DRAW_GRID", "无格院"),
    ]
    counts = proposal.counts
    assert counts["wanted"]["branches"] == 2
    assert counts["wanted"]["groups"] == 4
    assert counts["standing"]["branches"] == 0
    assert (counts["compounds"], counts["uncovered"], counts["communities"]) == (3, 1, 2)
    assert (proposal.street, proposal.community) == (district.street, None)


def test_a_micro_grid_counts_as_its_grid_and_a_building_as_its_compound(people, district):
    compound = make_compound(district.community, name="A院")
    grid = make_grid(district.community, 1)
    micro = make_area(Level.MICRO_GRID, f"{grid.code}01", "微网格", grid)
    GridCover.objects.create(grid=micro, compound=compound)
    assert acts(prepare(people, district.community))[0] == ("FOUND", "A院党支部")


def test_managed_compounds_count_only_where_a_grid_covers_them(people, district):
    managed = make_compound(district.community, name="有管院", management_mode="PROPERTY")
    make_compound(district.community, name="另有管院", management_mode="PROPERTY")
    make_grid(district.community, 1, managed)
    assert [name for _act, name in acts(prepare(people, district.community))] == [
        "有管院党支部",
        "第1网格党小组",
    ]


def test_probationary_members_make_a_ledger_and_no_full_member(people, district):
    compounds = make_layout(district.community, {1: "AB"}, A=5, B=0)
    make_members(compounds["B"], 4, status="PROBATIONARY")
    assert acts(prepare(people, district.community))[-1] == ("FOUND", "第1网格党小组")


def test_nothing_to_do_is_said_by_a_proposal_without_steps(people, district):
    make_layout(district.community, {1: "A"})
    settle(people, district.community)
    assert acts(prepare(people, district.community)) == []


def test_only_who_may_propose_prepares(people, district):
    for person in (people.leader, people.chief):
        with pytest.raises(NotAllowed):
            services.prepare_proposal(by=person, area=district.street)
    with pytest.raises(NotAllowed):
        services.prepare_proposal(by=people.clerk, area=district.other_street)
    services.prepare_proposal(by=people.clerk, area=district.street)


def test_the_norms_of_the_district_rule(people, district):
    Norm.objects.create(
        district=district.area, effective_from=dt.date(2026, 1, 1), group_members_min=11
    )
    make_layout(district.community, {1: "AB"})
    assert [name for _act, name in acts(prepare(people, district.community))] == [
        "第1网格党支部",
        "第1网格联合党小组",
    ]


# ---------------------------------------------------------------- applying


def test_applied_steps_stand_with_their_document_and_term(people, district):
    committee = make_committee(district.community)
    compounds = make_layout(district.community, {1: "A", 2: "A", 3: "BC"})
    proposal = settle(people, district.community)
    assert standing_in(district.community) == {
        "A院党支部": ["第1网格党小组", "第2网格党小组"],
        "第3网格党支部": ["B院党小组", "C院党小组"],
    }
    branch = PartyOrganisation.objects.get(name="A院党支部")
    assert branch.parent == committee
    assert (branch.document_number, branch.founded_on) == (DOCUMENT["document_number"], DAY)
    assert branch.term_until == DAY.replace(year=2029)
    assert (branch.community, branch.street) == (district.community, district.street)
    assert list(branch.compounds.all()) == [compounds["A"]]
    step = proposal.steps.get(name="A院党支部")
    assert (step.state, step.applied_by, step.organisation) == ("APPLIED", people.chief, branch)
    entries = AuditEntry.objects.filter(batch=str(step.batch))
    assert entries.filter(verb="found").count() == 6
    assert entries.filter(verb="apply").count() == 1
    assert list(broken_links()) == []


def test_a_chosen_group_brings_its_branch_and_leaves_the_rest_open(people, district):
    make_layout(district.community, {1: "A", 2: "A"})
    proposal = prepare(people, district.community)
    apply(people, proposal, [proposal.steps.get(name="第2网格党小组")])
    assert standing_in(district.community) == {"A院党支部": ["第2网格党小组"]}
    assert proposal.steps.get(name="第1网格党小组").state == State.OPEN
    # What the proposal itself has changed makes its other steps no staler.
    apply(people, proposal)
    assert standing_in(district.community) == {"A院党支部": ["第2网格党小组", "第1网格党小组"]}


def test_merging_dissolves_the_small_and_ends_their_duties(people, district):
    compounds = make_layout(district.community, {1: "A", 2: "B"}, A=3, B=3)
    settle(people, district.community)
    duty = make_duty(PartyOrganisation.objects.get(name="A院党支部"))
    for compound in compounds.values():
        compound.people.first().delete()
    later = dt.date(2026, 6, 1)
    proposal = prepare(people, district.community)
    apply(people, proposal, document_on=later)
    assert standing_in(district.community) == {
        "A院等2个单位联合党支部": ["第1网格党小组", "第2网格党小组"]
    }
    duty.refresh_from_db()
    assert duty.ended_on == later
    assert "A院等2个单位联合党支部" in duty.end_reason
    gone = PartyOrganisation.objects.get(name="A院党支部")
    assert (gone.dissolved_on, gone.dissolution_document) == (later, DOCUMENT["document_number"])
    entry = AuditEntry.objects.get(verb="end_duty")
    assert "样例书记" not in entry.object_label


def test_a_duty_that_began_after_the_document_ends_the_day_it_began(people, district):
    compounds = make_layout(district.community, {1: "A", 2: "B"}, A=3, B=3)
    settle(people, district.community)
    duty = make_duty(PartyOrganisation.objects.get(name="A院党支部"))
    for compound in compounds.values():
        compound.people.first().delete()
    apply(people, prepare(people, district.community), document_on=dt.date(2026, 5, 1))
    duty.refresh_from_db()
    assert duty.ended_on == duty.starts_on == DAY


def test_a_grid_more_changes_what_a_branch_covers(people, district):
    compounds = make_layout(district.community, {1: "ABC"})
    settle(people, district.community)
    make_grid(district.community, 2, compounds["A"])
    settle(people, district.community)
    assert standing_in(district.community) == {
        "第1网格党支部": ["B院党小组", "C院党小组"],
        "A院党支部": ["A院党小组", "第2网格党小组"],
    }
    covers = PartyOrganisation.objects.get(name="第1网格党支部").compounds
    assert {row.name for row in covers.all()} == {"B院", "C院"}
    assert acts(prepare(people, district.community)) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"document_number": "  "}, "document_number"),
        ({"document_on": None}, "document_on"),
        ({"document_on": dt.date(2199, 1, 1)}, "document_on"),
    ],
)
def test_a_document_orders_it(people, district, changes, field):
    make_layout(district.community, {1: "A"})
    with pytest.raises(DomainError) as refused:
        apply(people, prepare(people, district.community), **changes)
    assert refused.value.field == field
    assert not PartyOrganisation.objects.exists()


def test_who_prepared_does_not_apply(people, district):
    make_layout(district.community, {1: "A"})
    proposal = prepare(people, district.community)
    make_post(people.officer, "district_approver", district.area)
    both = User.objects.get(pk=people.officer.pk)
    with pytest.raises(SamePerson):
        services.apply_steps(by=both, proposal=proposal, **DOCUMENT)


def test_the_database_tells_preparer_and_approver_apart(people, district):
    make_layout(district.community, {1: "A"})
    step = prepare(people, district.community).steps.first()
    with pytest.raises(IntegrityError, match="proposalstep_two_people"), transaction.atomic():
        ProposalStep.objects.filter(pk=step.pk).update(applied_by=people.officer)


def test_only_who_may_apply_applies(people, district):
    make_layout(district.community, {1: "A"})
    proposal = prepare(people, district.community)
    with pytest.raises(NotAllowed):
        services.apply_steps(by=people.clerk, proposal=proposal, **DOCUMENT)
    elsewhere = make_user("elsewhere", "street_leader", district.other_street)
    with pytest.raises(NotAllowed):
        services.apply_steps(by=elsewhere, proposal=proposal, **DOCUMENT)
    services.apply_steps(by=people.leader, proposal=proposal, **DOCUMENT)


@pytest.mark.parametrize("what", ["grid", "members", "organisation", "name"])
def test_what_has_changed_since_refuses_the_steps(people, district, what):
    compounds = make_layout(district.community, {1: "A", 2: "BC"}, C=2)
    if what == "name":
        settle(people, district.community)
        make_grid(district.community, 4, compounds["A"])
    proposal = prepare(people, district.street)
    if what == "grid":
        make_grid(district.community, 3, compounds["A"])
    elif what == "members":
        make_members(compounds["C"], 1)
    elif what == "organisation":
        row = PartyOrganisation(kind=4, reach="COMPOUND", name="旧支部", compound=compounds["A"])
        row.place_in(district.community)
        row.save()
    else:
        PartyOrganisation.objects.filter(name="A院党支部").update(name="甲院党支部")
    with pytest.raises(LayoutChanged) as refused:
        apply(people, proposal)
    assert refused.value.places == [district.community.name]


def test_what_changes_nothing_that_is_called_for_refuses_nothing(people, district):
    compounds = make_layout(district.community, {1: "A"})
    make_layout(district.sister_community, {1: "B"})
    proposal = prepare(people, district.street)
    make_members(compounds["A"], 1)
    make_grid(district.sister_community, 2, *compounds.values())
    steps = [s for s in proposal.steps.all() if s.plan["community"] == district.community.pk]
    assert len(apply(people, proposal, steps)) == 2


def test_a_name_that_stands_there_already_is_told(people, district):
    make_committee(district.community)
    make_layout(district.community, {1: "A"})
    row = PartyOrganisation(
        kind=4, reach="GRID", name="A院党支部", parent=PartyOrganisation.objects.get()
    )
    row.place_in(district.community)
    row.save()
    with pytest.raises(DomainError, match="A院党支部"):
        apply(people, prepare(people, district.community))


def test_steps_taken_once_are_not_taken_again(people, district):
    make_layout(district.community, {1: "A"})
    proposal = settle(people, district.community)
    with pytest.raises(DomainError):
        apply(people, proposal)


# ---------------------------------------------------------------- undoing


def batches(proposal) -> list:
    applied = proposal.steps.exclude(batch=None).order_by("batch")
    return list(applied.values_list("batch", flat=True).distinct())


def test_undoing_restores_all_as_it_was(people, district):
    compounds = make_layout(district.community, {1: "A", 2: "B", 3: "CDE"}, A=3, B=3)
    settle(people, district.community)
    make_duty(PartyOrganisation.objects.get(name="A院党支部"))
    for name in "AB":
        compounds[name].people.first().delete()
    make_grid(district.community, 4, compounds["C"])
    before = snapshot()
    proposal = prepare(people, district.community)
    apply(people, proposal)
    assert snapshot() != before
    (batch,) = batches(proposal)
    assert services.undo_batch(by=people.chief, proposal=proposal, batch=batch) == len(
        acts(proposal)
    )
    assert snapshot() == before
    assert set(proposal.steps.values_list("state", flat=True)) == {"UNDONE"}
    assert list(broken_links()) == []
    # Undone steps may be taken again: what stands is as it was proposed for.
    apply(people, proposal)
    assert acts(prepare(people, district.community)) == []


def test_a_batch_others_have_built_on_is_not_undone(people, district):
    make_layout(district.community, {1: "A", 2: "A"})
    proposal = prepare(people, district.community)
    apply(people, proposal, [proposal.steps.get(name="A院党支部")])
    apply(people, proposal)
    first = proposal.steps.get(name="A院党支部").batch
    branch = PartyOrganisation.objects.get(name="A院党支部")
    make_duty(branch)
    before = snapshot()
    with pytest.raises(TouchedSince) as refused:
        services.undo_batch(by=people.chief, proposal=proposal, batch=first)
    said = " ".join(map(str, refused.value.rows))
    assert "书记" in said
    assert "第1网格党小组" in said
    assert snapshot() == before


def test_a_changed_organisation_is_not_undone(people, district):
    make_layout(district.community, {1: "A"})
    proposal = settle(people, district.community)
    PartyOrganisation.objects.filter(name="A院党支部").update(version=2)
    (batch,) = batches(proposal)
    with pytest.raises(TouchedSince):
        services.undo_batch(by=people.chief, proposal=proposal, batch=batch)


def dissolved_with_a_duty(people, district) -> tuple[Proposal, Duty]:
    """Two small branches with a secretary have become one joint branch."""
    compounds = make_layout(district.community, {1: "A", 2: "B"}, A=3, B=3)
    make_committee(district.community)
    settle(people, district.community)
    duty = make_duty(PartyOrganisation.objects.get(name="A院党支部"))
    for compound in compounds.values():
        compound.people.first().delete()
    proposal = prepare(people, district.community)
    apply(people, proposal)
    return proposal, duty


def refused_undoing(people, proposal) -> str:
    (batch,) = batches(proposal)
    before = snapshot()
    with pytest.raises(TouchedSince) as refused:
        services.undo_batch(by=people.chief, proposal=proposal, batch=batch)
    assert snapshot() == before
    return " ".join(map(str, refused.value.rows))


def test_nobody_who_has_left_gets_a_duty_back_by_undoing(people, district):
    proposal, duty = dissolved_with_a_duty(people, district)
    person = duty.person
    mark_left(by=people.officer, person=person, version=person.version, left_on=DAY)
    assert "书记" in refused_undoing(people, proposal)


def test_nothing_is_put_back_below_what_was_dissolved_since(people, district):
    proposal, _duty = dissolved_with_a_duty(people, district)
    committee = PartyOrganisation.objects.get(name__endswith="社区党委")
    PartyOrganisation.objects.filter(parent=committee, dissolved_on=None).update(parent=None)
    PartyOrganisation.objects.filter(pk=committee.pk).update(dissolved_on=DAY)
    assert committee.name in refused_undoing(people, proposal)


def test_undoing_does_not_bless_what_others_have_changed_since(people, district):
    compounds = make_layout(district.community, {1: "A", 2: "B"})
    proposal = prepare(people, district.community)
    apply(people, proposal, [proposal.steps.get(name="A院党支部")])
    make_grid(district.community, 3, compounds["B"])  # calls for other organisations of B
    (batch,) = batches(proposal)
    services.undo_batch(by=people.chief, proposal=proposal, batch=batch)
    with pytest.raises(LayoutChanged):
        apply(people, proposal)


def test_a_batch_is_undone_once_and_by_who_may(people, district):
    make_layout(district.community, {1: "A"})
    proposal = settle(people, district.community)
    (batch,) = batches(proposal)
    with pytest.raises(NotAllowed):
        services.undo_batch(by=people.clerk, proposal=proposal, batch=batch)
    services.undo_batch(by=people.leader, proposal=proposal, batch=batch)
    with pytest.raises(DomainError):
        services.undo_batch(by=people.leader, proposal=proposal, batch=batch)


# ---------------------------------------------------------------- leaving


def test_a_step_is_left_with_a_reason(people, district):
    make_layout(district.community, {1: "A"})
    proposal = prepare(people, district.community)
    group = proposal.steps.get(name="第1网格党小组")
    with pytest.raises(DomainError):
        services.leave_step(by=people.clerk, step=group, reason=" ")
    services.leave_step(by=people.clerk, step=group, reason="党员尚未转入")
    apply(people, proposal)
    assert standing_in(district.community) == {"A院党支部": []}
    with pytest.raises(DomainError):
        services.leave_step(by=people.clerk, step=group, reason="再次")


def test_what_needs_a_step_that_was_left_is_not_applied(people, district):
    make_layout(district.community, {1: "A"})
    proposal = prepare(people, district.community)
    branch = proposal.steps.get(name="A院党支部")
    services.leave_step(by=people.leader, step=branch, reason="暂不成立")
    with pytest.raises(DomainError, match="A院党支部"):
        apply(people, proposal)


def test_only_who_proposes_or_applies_leaves(people, district):
    make_layout(district.community, {1: "A"})
    step = prepare(people, district.community).steps.first()
    worker = make_user("worker", "community_worker", district.community)
    with pytest.raises(NotAllowed):
        services.leave_step(by=worker, step=step, reason="样例")


# ---------------------------------------------------------------- many at once


def test_a_proposal_of_many_communities_takes_as_many_statements_as_of_one(people, district):
    def statements(area):
        with CaptureQueriesContext(connection) as prepared:
            proposal = prepare(people, area)
        with CaptureQueriesContext(connection) as applied:
            apply(people, proposal)
        return len(prepared), len(applied)

    make_layout(district.other_community, {1: "A"})
    statements(district.other_street)  # posts are read once
    make_layout(district.community, {1: "A", 2: "BC"})
    few = statements(district.community)
    for community in (district.sister_community, district.communities[3]):
        make_layout(community, {n: "ABCDEFG"[n - 1] for n in range(1, 8)} | {8: "HIJ"})
    assert statements(district.area) == few


@pytest.mark.slow
def test_the_district_of_the_source_is_founded_in_one_batch(people, district):
    """S0-15, S0-16, S0-17: 104 branches and 192 groups."""
    letters = [f"{number:03d}" for number in range(300)]
    street = district.street
    for part in range(26):
        code = f"{street.code}1{part:02d}"
        community = make_area(Level.COMMUNITY, code, f"样例社区{part}", street)
        compound = make_compound(community, name="甲院", refresh=False)
        make_members(compound, 5)
        for number in (1, 2, 3):
            make_grid(community, number, compound)
        for number in (4, 5, 6):
            serial = part * 3 + number - 4
            counts = (1, 2, 2) if serial < 42 else (3, 1, 2, 2)
            inside = []
            for count in counts:
                compound = make_compound(community, name=f"院{letters.pop()}", refresh=False)
                make_members(compound, count)
                inside.append(compound)
            make_grid(community, number, *inside)
    proposal = prepare(people, district.area)
    wanted = proposal.counts["wanted"]
    assert (wanted["branches"], wanted["groups"]) == (104, 192)
    assert (wanted["compound_branches"], wanted["grid_branches"]) == (26, 78)
    apply(people, proposal)
    standing = PartyOrganisation.objects.standing()
    assert (standing.filter(kind=4).count(), standing.filter(kind=5).count()) == (104, 192)
    assert OrganisationCover.objects.values("compound").distinct().count() == 296
    assert acts(prepare(people, district.area)) == []


@pytest.mark.database("postgresql")
@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_apply_once(transactional_db):
    place = make_district()
    officer = make_user("officer", "district_officer", place.area)
    chiefs = [make_user(f"chief{n}", "district_approver", place.area) for n in range(4)]
    make_layout(place.community, {1: "A", 2: "BC"})
    first = services.prepare_proposal(by=officer, area=place.community)
    second = services.prepare_proposal(by=officer, area=place.street)
    barrier = threading.Barrier(4)

    def at_once(number):
        try:
            chief = User.objects.get(pk=chiefs[number].pk)
            barrier.wait(timeout=20)
            proposal = first if number % 2 else second
            services.apply_steps(by=chief, proposal=proposal, **DOCUMENT)
            return "applied"
        except DomainError:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = sorted(pool.map(at_once, range(4)))
    assert done == ["applied", "refused", "refused", "refused"]
    assert PartyOrganisation.objects.count() == 5
    assert list(broken_links()) == []


@pytest.mark.database("postgresql")
@pytest.mark.django_db(transaction=True)
def test_an_organisation_changed_while_steps_are_applied_is_not_overwritten(
    transactional_db, monkeypatch
):
    place = make_district()
    officer = make_user("officer", "district_officer", place.area)
    chief = make_user("chief", "district_approver", place.area)
    compounds = make_layout(place.community, {1: "ABC"})
    first = services.prepare_proposal(by=officer, area=place.community)
    services.apply_steps(by=chief, proposal=first, **DOCUMENT)
    make_grid(place.community, 2, compounds["A"])
    second = services.prepare_proposal(by=officer, area=place.community)
    branch = PartyOrganisation.objects.get(name="第1网格党支部")

    def rename():
        try:
            clerk = User.objects.get(pk=officer.pk)
            changes = {"document_number": "改"}
            change_organisation(
                by=clerk, organisation=branch, version=branch.version, changes=changes
            )
            return "changed"
        except StaleRecord:
            return "stale"
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        meanwhile = []

        def read_and_let_another_write(*args):
            places = read_places(*args)
            if not meanwhile:
                meanwhile.append(pool.submit(rename))
                wait(meanwhile, timeout=1)
            return places

        monkeypatch.setattr(applying, "read_places", read_and_let_another_write)
        services.apply_steps(by=chief, proposal=second, **DOCUMENT)
        assert meanwhile[0].result(timeout=20) == "stale"
    branch.refresh_from_db()
    assert branch.document_number == DOCUMENT["document_number"]


def test_applied_at_is_the_moment(people, district):
    make_layout(district.community, {1: "A"})
    before = timezone.now()
    step = settle(people, district.community).steps.first()
    assert before <= step.applied_at <= timezone.now()
