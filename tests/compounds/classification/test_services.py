"""Runs, overrides, what-ifs and policies on the real database."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compounds.classification import checks, services
from compounds.classification.errors import NoPolicyInForce, NotOpen, PolicyNotSound, SamePerson
from compounds.classification.models import Decision, Override, Run, Trial
from compounds.classification.models.policies import PolicyIsPublished
from compounds.classification.rules import Condition, Rule, replay
from compounds.classification.services import classify
from compounds.classification.services.contiguity import Clusters
from compounds.classification.services.facts import FactGatherer
from compounds.registry.models import Adjacency, CommunityTally, Compound
from compounds.registry.services import import_undoing, imports
from compounds.registry.services.bulk import change_many
from compounds.registry.services.compounds import (
    change_compound,
    demolish_compound,
    merge_compound,
)
from governance.audit.models import AuditEntry
from governance.audit.verify import breaches as broken_links
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.fields import TagsField
from governance.foundation.spreadsheets import OutColumn, OutSheet, write_xlsx
from governance.organisation.models import User
from tests.factories import (
    DAY,
    make_compound,
    make_district,
    make_invitation,
    make_post,
    make_provider,
    make_user,
)

from .policies import (
    EXPECTED,
    REASON,
    XIAODIAN,
    make_draft,
    make_people,
    make_policy,
    make_sample,
    results,
)

pytestmark = pytest.mark.django_db
AS_OF = dt.date(2026, 6, 1)
LATER = dt.date(2027, 3, 1)
RED, SUBSIDY, FALLBACK = "RED_TAKEOVER", "SUBSIDY_TRANSITION", "FALLBACK"


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: AS_OF)


@pytest.fixture
def people(district):
    return make_people(district)


@pytest.fixture
def policy(district, people):
    return make_policy(district, people)


@pytest.fixture
def sample(district, policy):
    return make_sample(district)


def fresh(user):
    """The same person in another request: posts are read again."""
    return User.objects.get(pk=user.pk)


def run(by, **terms):
    return services.run_classification(by=by, as_of=AS_OF, **terms)


def current(compound) -> Decision:
    return Decision.objects.get(compound=compound, is_current=True)


# --- facts ------------------------------------------------------------------------------------


def facts_of(compound, district, as_of=AS_OF):
    gatherer = FactGatherer(districts=[district.area.pk], as_of=as_of)
    return next(gatherer.gather([compound.pk]))


def test_facts_that_nobody_knows_stay_unknown(district):
    empty = make_compound(
        district.community,
        household_count=None,
        floor_area_m2=None,
        ownership="",
        renovation="",
        check_gate=None,
        is_contiguous=None,
        longitude=None,
        latitude=None,
        surveyed_on=None,
    )
    empty.derive()
    empty.save()
    row = facts_of(empty, district)
    for key in (
        "households",
        "floor_area_m2",
        "has_affiliated_unit",
        "unit_is_active",
        "unit_agreed",
        "is_renovated",
        "foundation_score",
        "contiguity_size",
        "contiguity_area_m2",
        "ownership",
        "willing_red_firms",
        "willing_firms_with_subsidy",
    ):
        assert row.values[key] is None, key
    assert row.values["failed_rounds"] == 0
    assert row.sources == {"": ("", "")}


def test_a_firm_entered_while_facts_are_gathered_stops_nothing(district):
    compound = make_compound(district.community)
    gatherer = FactGatherer(districts=[district.area.pk], as_of=AS_OF)
    make_invitation(compound, make_provider(district.area))
    row = next(gatherer.gather([compound.pk]))
    assert row.values["willing_red_firms"] is None


def test_facts_carry_their_own_source_and_date(district):
    compound = make_compound(
        district.community,
        provenance={"floor_area_m2": ["measured", "2019-05-30"]},
    )
    make_invitation(compound, make_provider(district.area), answered_on=dt.date(2026, 5, 28))
    sources = facts_of(compound, district).sources
    assert sources[""] == ("survey", DAY.isoformat())
    assert sources["floor_area_m2"] == ("measured", "2019-05-30")
    assert sources["willing_red_firms"] == ("invitation", "2026-05-28")
    assert "unit_agreed" not in sources or not compound.unit_name


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        # (round, kind of firm, answer) → agreed, red, with subsidy, failed rounds
        ([], (None, None, None, 0)),
        ([(1, "red", "AGREED")], (None, 1, 1, 0)),
        ([(1, "red", "AGREED_WITH_SUBSIDY")], (None, 0, 1, 0)),
        ([(1, "grey", "AGREED")], (None, 0, 1, 0)),
        ([(1, "blacklisted", "AGREED")], (None, 0, 0, 0)),
        ([(1, "unit", "AGREED")], (True, 0, 0, 0)),
        ([(1, "unit", "REFUSED")], (False, 0, 0, 1)),
        ([(1, "unit", "WAITING")], (None, 0, 0, 0)),
        ([(1, "red", "WAITING")], (None, None, None, 0)),
        ([(1, "grey", "WAITING")], (None, 0, None, 0)),
        ([(1, "red", "REFUSED"), (1, "grey", "WAITING")], (None, 0, None, 0)),
        ([(1, "red", "REFUSED"), (1, "grey", "NO_ANSWER")], (None, 0, 0, 1)),
        ([(1, "red", "REFUSED"), (2, "red", "REFUSED")], (None, 0, 0, 2)),
        ([(1, "red", "REFUSED"), (2, "red", "AGREED")], (None, 1, 1, 1)),
        # a later refusal takes the consent back; a later silence does not
        ([(1, "red", "AGREED"), (2, "red", "REFUSED")], (None, 0, 0, 1)),
        ([(1, "red", "AGREED"), (2, "red", "WAITING")], (None, 1, 1, 0)),
        ([(1, "red", "AGREED"), (1, "grey", "AGREED")], (None, 1, 2, 0)),
    ],
)
def test_answers_are_read_firm_by_firm(district, letters, expected):
    firms = {
        "red": make_provider(district.area),
        "grey": make_provider(district.area, is_red=False),
        "blacklisted": make_provider(district.area, blacklisted_until=dt.date(2027, 1, 1)),
        "unit": make_provider(district.area, kind="UNIT_COMPANY", is_red=False),
    }
    compound = make_compound(district.community, ownership="UNIT", unit_name="样例厂")
    for number, firm, answer in letters:
        make_invitation(compound, firms[firm], round=number, answer=answer)
    values = facts_of(compound, district).values
    assert (
        values["unit_agreed"],
        values["willing_red_firms"],
        values["willing_firms_with_subsidy"],
        values["failed_rounds"],
    ) == expected


def test_a_blacklisting_that_has_ended_no_longer_counts(district):
    firm = make_provider(district.area, blacklisted_until=dt.date(2026, 5, 31))
    compound = make_compound(district.community)
    make_invitation(compound, firm)
    assert facts_of(compound, district).values["willing_red_firms"] == 1
    earlier = facts_of(compound, district, as_of=dt.date(2026, 5, 31))
    assert earlier.values["willing_red_firms"] == 0


# --- contiguity -------------------------------------------------------------------------------

METRE = 1 / 111_320


def at(community, north_m=0.0, **changes):
    facts = {"is_contiguous": None, "longitude": 112.56, "latitude": 37.78 + north_m * METRE}
    compound = make_compound(community, **{**facts, **changes})
    compound.derive()
    compound.save()
    return compound


def sizes(district, *compounds):
    clusters = Clusters([district.area.pk])
    return [clusters.of(compound.pk).size for compound in compounds]


def test_neighbours_within_reach_form_a_chain(district):
    a, b, c, d = (at(district.community, metres) for metres in (0, 190, 380, 600))
    assert sizes(district, a, b, c, d) == [3, 3, 3, 1]
    assert Clusters([district.area.pk]).of(a.pk).area_m2 == Decimal("16800.00")


def test_reach_ends_at_200_metres(district):
    a, b = at(district.community, 0), at(district.community, 199)
    c, d = at(district.community, 5000), at(district.community, 5201)
    assert sizes(district, a, b, c, d) == [2, 2, 1, 1]


def test_a_cluster_crosses_the_border_of_a_street(district):
    a, b = at(district.community), at(district.other_community, 50)
    assert sizes(district, a, b) == [2, 2]


def test_a_group_counts_wherever_its_compounds_lie(district):
    a = at(district.community, contiguity_group="LP007", longitude=None, latitude=None)
    b = at(district.other_community, 9000, contiguity_group="LP007")
    assert sizes(district, a, b) == [2, 2]
    assert Clusters([district.area.pk]).of(a.pk).source == "contiguity_group"


def test_surveyed_as_not_contiguous_stands_alone(district):
    a, b = at(district.community, is_contiguous=False), at(district.community, 20)
    assert sizes(district, a, b) == [1, 1]
    assert Clusters([district.area.pk]).of(a.pk).area_m2 == Decimal("5600.00")


def test_contiguous_with_nobody_known_is_unknown(district):
    a = at(district.community, is_contiguous=True)
    b = at(district.community, is_contiguous=None, longitude=None, latitude=None)
    assert sizes(district, a, b) == [None, None]


def test_managed_neighbours_do_not_count(district):
    a, _b = at(district.community), at(district.community, 20, management_mode="FIRM")
    assert sizes(district, a) == [1]


def test_an_unknown_area_makes_the_common_area_unknown(district):
    a, _b = at(district.community), at(district.community, 20, floor_area_m2=None)
    found = Clusters([district.area.pk]).of(a.pk)
    assert (found.size, found.area_m2) == (2, None)


def correct(one, other, is_adjacent):
    one, other = sorted((one, other), key=lambda row: row.pk)
    Adjacency.objects.create(compound=one, other=other, is_adjacent=is_adjacent, reason="河")


@pytest.mark.parametrize("metres", [20, 150])
def test_a_river_parts_neighbours(district, metres):
    a, b = at(district.community), at(district.community, metres)
    correct(a, b, False)
    assert sizes(district, a, b) == [1, 1]


def test_a_river_parts_a_group_but_a_bridge_elsewhere_holds(district):
    a, b, c = (at(district.community, contiguity_group="LP1") for _ in range(3))
    correct(a, b, False)
    assert sizes(district, a, b, c) == [3, 3, 3]
    correct(a, c, False)
    assert sizes(district, a, b, c) == [1, 2, 2]


def test_a_shared_gate_joins_what_lies_apart(district):
    a, b = at(district.community), at(district.community, 900)
    correct(a, b, True)
    assert sizes(district, a, b) == [2, 2]
    assert Clusters([district.area.pk]).of(a.pk).source == "adjacency"


# --- runs -------------------------------------------------------------------------------------


def test_a_run_decides_every_unmanaged_compound(people, sample):
    done = run(people.officer)
    assert results(sample) == EXPECTED
    assert (done.state, done.total, done.done, done.changed, done.moved) == ("DONE", 7, 7, 7, 7)
    assert done.counts["outcomes"] == {
        "DECIDED": 5,
        "OVERRIDDEN": 0,
        "INCOMPLETE": 1,
        "UNMATCHED": 1,
    }
    assert done.counts["strategies"][RED] == 2
    assert not Decision.objects.filter(compound=sample.managed).exists()
    assert list(checks.replay_decisions()) == []
    assert list(checks.register_agrees()) == []


def test_a_decision_keeps_its_evidence(people, sample, policy):
    run(people.officer)
    decision = current(sample.red)
    assert (decision.policy, decision.rule.position) == (policy, 2)
    assert decision.record["facts"]["households"] == 700
    assert decision.record["sources"]["contiguity_size"] == ["contiguity_group", "2026-05-25"]
    assert replay(decision.record).strategy == RED
    assert decision.trace()[1].is_hit
    assert decision.nearest_fact == "foundation_score"
    assert decision.nearest_percent == Decimal("66.67")
    assert current(sample.small).subsidy == Decimal("16500.00")  # 5,500 m² x 0.50 x 6
    assert decision.subsidy == 0
    assert current(sample.small).counterfactual().nearest is not None


def test_missing_facts_go_on_a_work_list(people, sample):
    run(people.officer)
    decision = current(sample.uninvited)
    assert [fact.key for fact in decision.missing_facts] == ["willing_firms_with_subsidy"]
    seen = Decision.objects.visible_to(people.officer)
    assert [(a.fact.key, a.count) for a in services.facts_to_ask(seen)] == [
        ("willing_firms_with_subsidy", 1)
    ]
    (here,) = services.facts_to_ask_by_community(seen)
    assert (here.community_id, here.count) == (sample.uninvited.community_id, 1)
    waiting = services.compounds_to_ask(seen, "willing_firms_with_subsidy")
    assert [d.compound for d in waiting] == [sample.uninvited]
    assert services.facts_to_ask(Decision.objects.visible_to(people.clerk)) == []


def test_near_threshold_list_has_the_nearest_first(district, people, policy):
    firm = make_provider(district.area)
    common = {
        "floor_area_m2": Decimal("49000.00"),
        "renovation": "DONE",
        "check_road": True,
        "contiguity_group": "LP1",
        "is_contiguous": True,
    }
    rows = [
        make_compound(district.community, household_count=households, **common)
        for households in (295, 700, 301)
    ]
    for row in rows:
        row.derive()
        row.save()
        make_invitation(row, firm)
    run(people.officer)
    near = Decision.objects.visible_to(people.officer).near(5)
    assert [(d.compound_id, d.nearest_percent) for d in near] == [
        (rows[2].pk, Decimal("0.67")),
        (rows[0].pk, Decimal("1.67")),
    ]


def test_a_second_run_writes_nothing(people, sample):
    first = run(people.officer)
    versions = Compound.history.count()
    entries = AuditEntry.objects.filter(verb="classify").count()
    again = run(people.officer)
    assert (again.changed, again.moved, again.fingerprint) == (0, 0, first.fingerprint)
    assert again.counts == first.counts
    assert Decision.objects.count() == 7
    assert Compound.history.count() == versions
    assert AuditEntry.objects.filter(verb="classify").count() == entries


def test_a_changed_fact_supersedes_the_decision(people, sample):
    run(people.officer)
    before = current(sample.red)
    sample.red.refresh_from_db()
    change_compound(
        by=people.officer,
        compound=sample.red,
        version=sample.red.version,
        changes={"household_count": 299},
    )
    done = run(people.officer)
    assert (done.changed, done.moved) == (1, 1)
    before.refresh_from_db()
    assert not before.is_current
    assert before.superseded_at is not None
    after = current(sample.red)
    # the firm's consent without subsidy still counts for the third rule
    assert (after.strategy, after.nearest_percent) == (SUBSIDY, Decimal("0.33"))
    assert done.fingerprint != Run.objects.order_by("pk").first().fingerprint


def test_history_tallies_and_audit_follow_a_run(district, people, sample):
    run(people.officer)
    version = sample.red.history.first()
    assert (version.strategy, version.history_type) == (RED, "~")
    tally = CommunityTally.objects.get(community=district.community, strategy=RED)
    assert (tally.compounds, tally.households) == (1, 700)
    entry = AuditEntry.objects.get(verb="classify", object_id=str(sample.red.pk))
    assert entry.changes == {"strategy": ["", RED], "decision": ["", "DECIDED"]}
    assert entry.street_id == sample.red.street_id
    assert list(broken_links()) == []


def test_a_clerk_classifies_the_own_street_only(people, sample):
    done = run(people.clerk)
    assert (done.area.level, done.total) == (2, 4)
    assert results(sample)["red_two"] == ("", "")
    assert results(sample)["red"] == (RED, "DECIDED")


def test_who_may_not_run_is_refused(district, people, policy):
    for person in (people.chief, people.approver, people.worker, people.leader):
        with pytest.raises(NotAllowed):
            run(person)
    with pytest.raises(NotAllowed):
        run(people.clerk, area=district.other_street)
    assert not Run.objects.exists()


def test_without_a_policy_in_force_nothing_is_decided(district, people):
    make_draft(district, people)
    with pytest.raises(NoPolicyInForce):
        run(people.officer)


def test_a_compound_that_finds_a_manager_loses_its_decision(people, sample):
    run(people.officer)
    sample.small.refresh_from_db()
    change_compound(
        by=people.officer,
        compound=sample.small,
        version=sample.small.version,
        changes={"management_mode": "FIRM"},
    )
    sample.refused.refresh_from_db()
    demolish_compound(
        by=people.officer, compound=sample.refused, version=sample.refused.version, reason="拆迁"
    )
    # somebody wrote past the services
    Compound.objects.filter(pk=sample.red.pk).update(is_unmanaged=None)
    done = run(people.officer)
    assert done.ended == 1  # of the others the register has told
    assert results(sample)["red"] == ("", "")
    assert not Decision.objects.filter(
        compound__in=[sample.small, sample.refused, sample.red], is_current=True
    ).exists()
    assert run(people.officer).ended == 0


def test_a_compound_without_a_manager_again_is_decided_again(people, sample):
    run(people.officer)
    for mode in ("FIRM", "NONE"):
        sample.small.refresh_from_db()
        change_compound(
            by=people.officer,
            compound=sample.small,
            version=sample.small.version,
            changes={"management_mode": mode},
        )
    assert results(sample)["small"] == ("", "")
    run(people.officer)
    assert results(sample) == EXPECTED


def manage(people, compound, mode="FIRM"):
    row = Compound.objects.get(pk=compound.pk)
    change_compound(
        by=people.officer, compound=row, version=row.version, changes={"management_mode": mode}
    )


def manage_many(people, compound):
    change_many(by=people.officer, ids=[compound.pk], changes={"management_mode": "UNIT"})


def merge(people, compound):
    row = Compound.objects.get(pk=compound.pk)
    into = make_compound(row.community)
    merge_compound(by=people.officer, compound=row, into=into, version=row.version, reason="合并")


def demolish(people, compound):
    row = Compound.objects.get(pk=compound.pk)
    demolish_compound(by=people.officer, compound=row, version=row.version, reason="拆迁")


def breaches():
    return [breach for check in checks.CHECKS.values() for breach in check()]


@pytest.mark.parametrize("leave", [manage, manage_many, merge, demolish])
def test_a_compound_that_leaves_takes_its_decision_and_override_along(people, sample, leave):
    run(people.officer)
    override = propose(people.clerk, sample.small)
    services.approve_override(by=people.chief, override=override, version=1)
    leave(people, sample.small)
    assert not Decision.objects.filter(compound=sample.small, is_current=True).exists()
    override.refresh_from_db()
    assert (override.state, override.closed_by) == ("WITHDRAWN", people.officer)
    noted = AuditEntry.objects.get(verb="withdraw")
    assert noted.changes == {"state": ["APPROVED", "WITHDRAWN"]}
    assert noted.actor == people.officer
    assert breaches() == []


def test_managed_for_a_while_leaves_the_register_clean_and_the_work_lists_empty(people, sample):
    run(people.officer)
    waiting = Decision.objects.incomplete().first().compound
    fact = TagsField.split(Decision.objects.get(compound=waiting, is_current=True).missing)[0]
    manage(people, waiting)
    seen = Decision.objects.visible_to(people.officer)
    assert waiting.pk not in seen.asking_for(fact).values_list("compound", flat=True)
    manage(people, waiting, "NONE")
    assert breaches() == []
    assert waiting.pk not in seen.asking_for(fact).values_list("compound", flat=True)
    run(people.officer)
    assert results(sample) == EXPECTED
    assert breaches() == []


def test_a_compound_that_left_past_the_services_is_named(people, sample):
    run(people.officer)
    Compound.objects.filter(pk=sample.small.pk).update(is_unmanaged=False)
    assert any("has left and still has a decision" in breach for breach in breaches())


def test_an_import_ends_decisions_and_undoing_it_revives_none(people, sample, tmp_path):
    run(people.officer)
    path = tmp_path / "台账.xlsx"
    columns = [OutColumn(name) for name in ("小区编码", "区划代码", "小区名称", "现管理方式")]
    row = Compound.objects.select_related("community").get(pk=sample.small.pk)
    values = [row.code, row.community.code, row.name, "物业企业服务"]
    write_xlsx(path, [OutSheet("小区摸底台账", columns, [values], title="小区摸底台账")])
    batch = imports.import_file(by=people.officer, path=path)
    assert not Decision.objects.filter(compound=row, is_current=True).exists()
    assert breaches() == []
    import_undoing.undo_import(by=people.officer, batch=batch)
    assert results(sample)["small"] == ("", "")
    assert breaches() == []
    run(people.officer)
    assert results(sample) == EXPECTED


def test_work_is_read_within_the_present_posts_only(district, people, policy):
    task = services.prepare_run(by=people.clerk, as_of=AS_OF)
    trial = services.prepare_trial(by=people.clerk, policy=policy)
    assert list(Run.objects.visible_to(fresh(people.clerk))) == [task]
    people.clerk.posts.update(area=district.other_street)
    assert list(Run.objects.visible_to(fresh(people.clerk))) == []
    assert list(Trial.objects.visible_to(fresh(people.clerk))) == []
    assert list(Trial.objects.visible_to(fresh(people.officer))) == [trial]


def test_whoever_holds_posts_in_two_streets_chooses_one(district, people, policy):
    make_post(people.clerk, "street_clerk", district.other_street)
    clerk = fresh(people.clerk)
    with pytest.raises(DomainError):
        services.prepare_run(by=clerk, as_of=AS_OF)
    task = services.prepare_run(by=clerk, as_of=AS_OF, area=district.other_street)
    assert list(Run.objects.visible_to(clerk)) == [task]


def test_a_new_policy_supersedes_every_decision(district, people, sample):
    run(people.officer)
    make_policy(district, people, effective_from=dt.date(2026, 5, 1))
    done = run(people.officer)
    assert (done.changed, done.moved) == (7, 0)


def test_results_do_not_depend_on_the_size_of_a_chunk(people, sample, monkeypatch):
    first = run(people.officer)
    Decision.objects.update(is_current=False, superseded_at=first.finished_at)
    monkeypatch.setattr(classify, "CHUNK", 2)
    told = []
    again = run(people.officer, progress=lambda *step: told.append(step))
    assert again.fingerprint == first.fingerprint
    assert results(sample) == EXPECTED
    assert told == [(0, 7), (2, 7), (4, 7), (6, 7), (7, 7)]


def test_cancelling_keeps_what_is_finished(people, sample, monkeypatch):
    monkeypatch.setattr(classify, "CHUNK", 2)

    def stop(done, total):
        if done == 4:
            services.cancel(by=people.officer, work=Run.objects.get())

    done = run(people.officer, progress=stop)
    assert (done.state, done.done) == ("CANCELLED", 4)
    assert Decision.objects.count() == 4
    assert list(checks.register_agrees()) == []
    with pytest.raises(NotOpen):
        services.cancel(by=people.officer, work=done)
    run(people.officer)
    assert results(sample) == EXPECTED


def test_only_those_of_the_same_reach_cancel(people, sample):
    waiting = services.prepare_run(by=people.officer, as_of=AS_OF)
    with pytest.raises(NotAllowed):
        services.cancel(by=people.clerk, work=waiting)
    services.cancel(by=people.officer, work=waiting)
    with pytest.raises(NotOpen):
        services.execute_run(waiting)


def test_a_run_is_carried_out_once(people, sample):
    waiting = services.prepare_run(by=people.officer, as_of=AS_OF)
    services.execute_run(Run.objects.get(pk=waiting.pk))
    with pytest.raises(NotOpen):
        services.execute_run(waiting)


def test_a_background_run_starts_once_committed(people, sample, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        waiting = services.start_run(by=people.officer, as_of=AS_OF)
        assert waiting.state == "QUEUED"
    waiting.refresh_from_db()
    assert (waiting.state, waiting.percent) == ("DONE", 100)
    assert results(sample) == EXPECTED


def test_a_failed_run_says_so(people, sample, monkeypatch):
    def break_down(*args, **kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(classify, "store", break_down)
    with pytest.raises(RuntimeError):
        run(people.officer)
    failed = Run.objects.get()
    assert (failed.state, failed.error) == ("FAILED", "RuntimeError")
    assert not Decision.objects.exists()


def test_a_run_whose_worker_was_killed_fails_and_a_new_one_does_the_rest(
    people, sample, monkeypatch
):
    monkeypatch.setattr(classify, "CHUNK", 2)

    def stand_still(done, total):
        if done == 2:
            assert services.fail_stale() == 0
            Run.objects.update(heartbeat_at=timezone.now() - dt.timedelta(minutes=6))
            assert services.fail_stale() == 1

    # The worker wakes up again: it finds its task given up, and leaves it so.
    dead = run(people.officer, progress=stand_still)
    assert (dead.state, dead.done) == ("FAILED", 2)
    assert (Run.objects.get().state, Run.objects.get().error) == ("FAILED", dead.error)
    assert dead.error == ""  # pages say so in the language of the reader
    assert dead.finished_at
    assert Decision.objects.count() < len(EXPECTED)
    run(people.officer)
    assert results(sample) == EXPECTED


def test_a_task_that_no_worker_takes_is_given_up_by_the_nightly_command(people, policy):
    waiting = services.prepare_trial(by=people.officer, policy=policy)
    Trial.objects.update(started_at=timezone.now() - dt.timedelta(minutes=30))
    call_command("expire_overrides", stdout=StringIO())
    waiting.refresh_from_db()
    assert waiting.state == "QUEUED"
    Trial.objects.update(started_at=timezone.now() - dt.timedelta(hours=3))
    call_command("expire_overrides", stdout=StringIO())
    waiting.refresh_from_db()
    assert waiting.state == "FAILED"
    with pytest.raises(NotOpen):
        services.execute_trial(waiting)


def test_statements_of_a_run_do_not_grow_with_compounds(district, people, policy):
    firm = make_provider(district.area)

    def more(count):
        for _ in range(count):
            make_invitation(make_compound(district.community), firm, answer="REFUSED")

    def statements():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            run(people.officer)
        return len(queries)

    more(3)
    few = statements()
    more(30)
    assert statements() <= few + 1


# --- overrides --------------------------------------------------------------------------------


def propose(by, compound, strategy=FALLBACK, **changes):
    facts = {
        "reason": "居民代表会决议",
        "document": "样例街办〔2026〕9号",
        "expires_on": LATER,
        **changes,
    }
    return services.propose_override(by=by, compound=compound, strategy=strategy, **facts)


def test_an_approved_override_takes_the_place_of_the_rule(people, sample):
    run(people.officer)
    override = propose(people.clerk, sample.small)
    assert results(sample)["small"] == (SUBSIDY, "DECIDED")
    services.approve_override(by=people.chief, override=override, version=1)
    assert results(sample)["small"] == (FALLBACK, "OVERRIDDEN")
    decision = current(sample.small)
    assert decision.record["override"]["document"] == "样例街办〔2026〕9号"
    assert decision.record["strategy"] == SUBSIDY  # what the rules say stays on record
    assert decision.subsidy == 0
    assert list(checks.replay_decisions()) == []
    assert list(checks.register_agrees()) == []


def test_an_override_survives_runs_and_new_facts(people, sample):
    run(people.officer)
    override = propose(people.clerk, sample.small, strategy=RED)
    services.approve_override(by=people.chief, override=override, version=1)
    assert run(people.officer).changed == 0
    Compound.objects.filter(pk=sample.small.pk).update(chargeable_area_m2=Decimal("6000.00"))
    done = run(people.officer)
    assert (done.changed, done.moved) == (1, 0)
    assert done.counts["outcomes"]["OVERRIDDEN"] == 1
    assert results(sample)["small"] == (RED, "OVERRIDDEN")
    assert current(sample.small).record["subsidy"][0] == "6000.00"
    assert list(checks.replay_decisions()) == []


def test_an_override_into_subsidy_is_paid_for(people, sample):
    run(people.officer)
    override = propose(people.clerk, sample.refused, strategy=SUBSIDY)
    services.approve_override(by=people.chief, override=override, version=1)
    assert current(sample.refused).subsidy == Decimal("16500.00")


def test_nobody_approves_the_own_proposal(district, people, sample):
    both = make_user(role="street_clerk", area=district.street)
    from_other_post = both.posts.create(
        role="street_leader", area=district.street, valid_from=dt.date(2026, 1, 1)
    )
    assert from_other_post.pk
    run(people.officer)
    override = propose(fresh(both), sample.small)
    with pytest.raises(SamePerson):
        services.approve_override(by=fresh(both), override=override, version=1)


def test_overrides_stay_inside_posts_and_rights(people, sample):
    run(people.officer)
    with pytest.raises(NotAllowed):
        propose(people.other_clerk, sample.small)
    with pytest.raises(NotAllowed):
        propose(people.chief, sample.small)
    override = propose(people.clerk, sample.small)
    with pytest.raises(NotAllowed):
        services.approve_override(by=people.officer, override=override, version=1)
    with pytest.raises(NotAllowed):
        services.reject_override(by=people.clerk, override=override, version=1, reason="否")
    with pytest.raises(NotAllowed):
        services.withdraw_override(by=people.other_clerk, override=override, version=1, reason="-")


def test_an_override_needs_a_classification_a_reason_and_a_future(people, sample):
    with pytest.raises(NotOpen):
        propose(people.clerk, sample.small)
    run(people.officer)
    with pytest.raises(NotOpen):
        propose(people.clerk, sample.managed)
    with pytest.raises(ValidationError):
        propose(people.clerk, sample.small, reason="  ")
    with pytest.raises(ValidationError):
        propose(people.clerk, sample.small, document="")
    with pytest.raises(ValidationError):
        propose(people.clerk, sample.small, expires_on=dt.date(2026, 5, 31))
    with pytest.raises(ValidationError):
        propose(people.clerk, sample.small, strategy="BEST")
    with pytest.raises(DomainError):
        propose(people.clerk, sample.small, strategy=SUBSIDY)
    assert not Override.objects.exists()


def test_one_override_at_a_time(people, sample):
    run(people.officer)
    override = propose(people.clerk, sample.small)
    with pytest.raises(NotOpen):
        propose(people.clerk, sample.small, strategy=RED)
    services.reject_override(by=people.chief, override=override, version=1, reason="材料不全")
    again = propose(people.clerk, sample.small, strategy=RED)
    assert again.state == "PROPOSED"
    override.refresh_from_db()
    assert (override.state, override.closing_reason) == ("REJECTED", "材料不全")
    assert results(sample)["small"] == (SUBSIDY, "DECIDED")


def test_a_stale_override_form_is_refused(people, sample):
    run(people.officer)
    override = propose(people.clerk, sample.small)
    services.approve_override(by=people.chief, override=override, version=1)
    with pytest.raises(StaleRecord):
        services.withdraw_override(by=people.chief, override=override, version=1, reason="撤回")
    with pytest.raises(NotOpen):
        services.approve_override(by=people.chief, override=override, version=2)


def test_withdrawing_brings_the_rule_back(people, sample):
    run(people.officer)
    override = propose(people.clerk, sample.small)
    services.approve_override(by=people.chief, override=override, version=1)
    with pytest.raises(ValidationError):
        services.withdraw_override(by=people.chief, override=override, version=2, reason=" ")
    with pytest.raises(NotAllowed):
        services.withdraw_override(by=people.clerk, override=override, version=2, reason="撤回")
    services.withdraw_override(by=people.chief, override=override, version=2, reason="撤回")
    assert results(sample)["small"] == (SUBSIDY, "DECIDED")
    assert current(sample.small).subsidy == Decimal("16500.00")
    assert run(people.officer).changed == 0
    assert list(checks.register_agrees()) == []


def test_an_expired_override_ends(people, sample):
    run(people.officer)
    override = propose(people.clerk, sample.small, expires_on=dt.date(2026, 6, 30))
    services.approve_override(by=people.chief, override=override, version=1)
    pending = propose(people.clerk, sample.red, expires_on=dt.date(2026, 6, 29))
    assert services.expire_overrides(as_of=dt.date(2026, 6, 29)) == 0
    assert services.expire_overrides(as_of=dt.date(2026, 6, 30)) == 1
    assert results(sample)["small"] == (FALLBACK, "OVERRIDDEN")
    assert services.expire_overrides(as_of=dt.date(2026, 7, 1)) == 1
    assert results(sample)["small"] == (SUBSIDY, "DECIDED")
    assert services.expire_overrides(as_of=dt.date(2026, 7, 1)) == 0
    for row in (override, pending):
        row.refresh_from_db()
        assert row.state == "EXPIRED"


def test_the_nightly_command_ends_them_in_the_name_of_the_system(people, sample, monkeypatch):
    run(people.officer)
    override = propose(people.clerk, sample.small, expires_on=dt.date(2026, 6, 30))
    services.approve_override(by=people.chief, override=override, version=1)
    monkeypatch.setattr("governance.foundation.dates.today", lambda: dt.date(2026, 7, 1))
    call_command("expire_overrides", stdout=StringIO())
    assert results(sample)["small"] == (SUBSIDY, "DECIDED")
    assert AuditEntry.objects.get(verb="expire").actor is None


@pytest.mark.parametrize("end", ["expired", "withdrawn"])
def test_an_override_that_ends_gives_no_strategy_to_a_compound_that_has_left(people, sample, end):
    run(people.officer)
    override = propose(people.clerk, sample.small, expires_on=dt.date(2026, 6, 30))
    services.approve_override(by=people.chief, override=override, version=1)
    row = Compound.objects.get(pk=sample.small.pk)
    change_compound(
        by=people.officer, compound=row, version=row.version, changes={"management_mode": "FIRM"}
    )
    if end == "expired":
        assert services.expire_overrides(as_of=dt.date(2026, 7, 1)) == 0
    else:
        with pytest.raises(StaleRecord):
            services.withdraw_override(by=people.chief, override=override, version=2, reason="有")
    override.refresh_from_db()
    assert (override.state, override.closed_by) == ("WITHDRAWN", people.officer)
    assert results(sample)["small"] == ("", "")
    assert not Decision.objects.filter(compound=row, is_current=True).exists()


def test_no_override_for_a_compound_that_was_demolished(people, sample):
    run(people.officer)
    pending = propose(people.clerk, sample.red)
    for compound in (sample.small, sample.red):
        row = Compound.objects.get(pk=compound.pk)
        demolish_compound(by=people.officer, compound=row, version=row.version, reason="拆迁")
    with pytest.raises(NotOpen):
        propose(people.clerk, sample.small)
    with pytest.raises(NotOpen):
        services.approve_override(by=people.chief, override=pending, version=2)
    assert results(sample)["red"] == ("", "")


def test_a_run_after_the_last_day_no_longer_heeds_an_override(people, sample):
    run(people.officer)
    override = propose(people.clerk, sample.small, expires_on=dt.date(2026, 6, 30))
    services.approve_override(by=people.chief, override=override, version=1)
    services.run_classification(by=people.officer, as_of=dt.date(2026, 6, 30))
    assert results(sample)["small"] == (FALLBACK, "OVERRIDDEN")
    services.run_classification(by=people.officer, as_of=dt.date(2026, 7, 1))
    assert results(sample)["small"] == (SUBSIDY, "DECIDED")


def test_overrides_about_to_end_are_listed(people, sample):
    run(people.officer)
    override = propose(people.clerk, sample.small, expires_on=dt.date(2026, 6, 30))
    services.approve_override(by=people.chief, override=override, version=1)
    seen = Override.objects.visible_to(people.chief)
    assert list(seen.expiring(AS_OF, 29)) == [override]
    assert list(seen.expiring(AS_OF, 28)) == []
    assert list(Override.objects.visible_to(people.other_clerk)) == []


# --- policies ---------------------------------------------------------------------------------


def test_a_policy_goes_from_draft_to_force(district, people):
    draft = make_draft(district, people, XIAODIAN[:1])
    assert (draft.state, draft.edition, draft.prepared_by) == ("DRAFT", 1, people.officer)
    with pytest.raises(PolicyNotSound) as refusal:
        services.publish_policy(by=people.approver, policy=draft, version=1)
    assert refusal.value.problems[0].code == "no_fallback"
    draft = services.save_draft(by=people.officer, policy=draft, version=1, policy_rules=XIAODIAN)
    assert draft.as_rules() == XIAODIAN
    published = services.publish_policy(by=people.approver, policy=draft, version=2, reason=REASON)
    assert (published.state, published.published_by) == ("PUBLISHED", people.approver)
    with pytest.raises(PolicyIsPublished):
        services.save_draft(by=people.officer, policy=published, version=3, policy_rules=XIAODIAN)
    assert AuditEntry.objects.filter(object_type="classification.policy").count() == 3


def test_rights_over_policies(district, people, policy):
    with pytest.raises(NotAllowed):
        services.create_policy(by=people.clerk, district=district.area)
    with pytest.raises(NotAllowed):
        services.copy_policy(by=people.approver, policy=policy)
    draft = services.copy_policy(by=people.officer, policy=policy)
    with pytest.raises(NotAllowed):
        services.publish_policy(by=people.officer, policy=draft, version=1)
    with pytest.raises(NotAllowed):
        services.retire_policy(by=people.officer, policy=policy, version=2, reason="-")
    stranger = make_user(role="district_approver", area=make_district("140106", "迎泽区").area)
    with pytest.raises(NotAllowed):
        services.publish_policy(by=stranger, policy=draft, version=1)


def test_whoever_saved_last_cannot_publish(district, people):
    both = make_user(role="district_officer", area=district.area)
    both.posts.create(role="district_approver", area=district.area, valid_from=dt.date(2026, 1, 1))
    both = fresh(both)
    draft = make_draft(district, people)
    draft = services.save_draft(by=both, policy=draft, version=1, terms={"title": "另一个"})
    with pytest.raises(SamePerson):
        services.publish_policy(by=both, policy=draft, version=2)


def test_a_stale_draft_is_refused(district, people):
    draft = make_draft(district, people)
    services.save_draft(by=people.officer, policy=draft, version=1, terms={"title": "甲"})
    with pytest.raises(StaleRecord):
        services.save_draft(by=people.officer, policy=draft, version=1, policy_rules=XIAODIAN[:1])
    with pytest.raises(StaleRecord):
        services.publish_policy(by=people.approver, policy=draft, version=1)
    assert len(draft.as_rules()) == 4


@pytest.mark.parametrize(
    "rule",
    [
        Rule(RED, (Condition("colour", "ge", 1),)),
        Rule(RED, (Condition("households", "ge", "many"),)),
        Rule("BEST", (Condition("households", "ge", 1),)),
    ],
)
def test_what_could_not_be_read_back_is_not_even_drafted(district, people, rule):
    draft = make_draft(district, people)
    with pytest.raises(PolicyNotSound), transaction.atomic():
        services.save_draft(by=people.officer, policy=draft, version=1, policy_rules=[rule])
    assert draft.as_rules() == XIAODIAN


def test_a_copy_is_a_new_draft_with_the_same_rules(people, policy):
    draft = services.copy_policy(by=people.officer, policy=policy)
    assert (draft.state, draft.edition, draft.copied_from) == ("DRAFT", 2, policy)
    assert draft.as_rules() == policy.as_rules()
    assert draft.subsidy_rate == policy.subsidy_rate
    services.delete_draft(by=people.officer, policy=draft, version=1)
    with pytest.raises(PolicyIsPublished):
        services.delete_draft(by=people.officer, policy=policy, version=policy.version)


def test_a_retired_policy_decides_nothing_more(people, sample, policy):
    run(people.officer)
    with pytest.raises(ValidationError):
        services.retire_policy(by=people.approver, policy=policy, version=2, reason=" ")
    services.retire_policy(by=people.approver, policy=policy, version=2, reason="新办法")
    with pytest.raises(NoPolicyInForce):
        run(people.officer)
    assert results(sample) == EXPECTED
    with pytest.raises(NotOpen):
        services.retire_policy(by=people.approver, policy=policy, version=3, reason="新办法")


def test_terms_that_cannot_be_are_refused(district, people):
    for terms in (
        {"subsidy_rate": Decimal("-0.01")},
        {"title": ""},
        {"effective_until": dt.date(2026, 2, 1)},
    ):
        with pytest.raises(ValidationError), transaction.atomic():
            make_draft(district, people, **terms)


# --- what-if ----------------------------------------------------------------------------------

STRICTER = (
    XIAODIAN[0],
    Rule(RED, (Condition("households", "ge", 800), *XIAODIAN[1].conditions[1:])),
    XIAODIAN[2],
    Rule(FALLBACK, (Condition("failed_rounds", "ge", 1),)),
)


def test_a_trial_changes_nothing_and_names_the_moves(district, people, sample, policy):
    run(people.officer)
    decisions = Decision.objects.count()
    trial = services.try_policy(
        by=people.officer,
        policy=policy,
        policy_rules=STRICTER,
        subsidy_rate=Decimal("0.60"),
        as_of=AS_OF,
    )
    assert results(sample) == EXPECTED
    assert Decision.objects.count() == decisions
    assert trial.result["matrix"] == {
        "FALLBACK": {"FALLBACK": 1},
        "INCOMPLETE": {"INCOMPLETE": 1},
        "RED_TAKEOVER": {"SUBSIDY_TRANSITION": 2},
        "SUBSIDY_TRANSITION": {"SUBSIDY_TRANSITION": 1},
        "UNIT_COBUILD": {"UNIT_COBUILD": 1},
        "UNMATCHED": {"FALLBACK": 1},
    }
    moves = {move.compound_id: move for move in trial.moves.all()}
    assert set(moves) == {
        sample.red.pk,
        sample.red_two.pk,
        sample.small.pk,
        sample.once_refused.pk,
    }
    red = moves[sample.red.pk]
    assert (red.strategy_before, red.strategy_after) == (RED, SUBSIDY)
    assert red.subsidy_change == Decimal("169200.00")  # 47,000 m² x 0.60 x 6
    assert red.why["lost"] == [["households", 700, "ge", 800]]
    assert red.why["won"] == [["willing_firms_with_subsidy", 1, "ge", 1]]
    small = moves[sample.small.pk]  # same strategy, more money
    assert (small.strategy_after, small.subsidy_change) == (SUBSIDY, Decimal("3300.00"))
    result = trial.result
    assert result["before"]["subsidy"] == "16500.00"
    assert result["after"]["subsidy"] == "358200.00"
    assert result["before"]["fallback_households"] == 80
    assert result["after"]["fallback_households"] == 160
    assert result["before"]["contracts"] == result["after"]["contracts"] == 4
    # the two large ones lie in one group: one firm
    assert result["after"]["firms_needed"] == 2
    assert [street["id"] for street in result["streets"]] == [s.pk for s in district.streets]
    assert result["streets"][1]["after"]["strategies"] == {
        "FALLBACK": 1,
        "INCOMPLETE": 1,
        SUBSIDY: 1,
    }


def test_published_and_run_a_policy_yields_its_forecast(people, sample, policy):
    run(people.officer)
    override = propose(people.clerk, sample.red)
    services.approve_override(by=people.chief, override=override, version=1)
    before = {d.compound_id: d for d in Decision.objects.current()}
    draft = services.copy_policy(by=people.officer, policy=policy)
    draft = services.save_draft(
        by=people.officer,
        policy=draft,
        version=1,
        terms={
            "document_number": "小物治专班〔2026〕2号",
            "effective_from": AS_OF,
            "subsidy_rate": Decimal("0.33"),
            "area_basis": "FLOOR",
        },
        policy_rules=STRICTER,
    )
    trial = services.try_policy(by=people.officer, policy=draft, as_of=AS_OF)
    services.publish_policy(by=people.approver, policy=draft, version=draft.version)
    done = run(people.officer)
    after = {d.compound_id: d for d in Decision.objects.current()}
    forecast = {
        compound: (decision.outcome, decision.strategy, decision.subsidy)
        for compound, decision in before.items()
    } | {
        move.compound_id: (move.outcome_after, move.strategy_after, move.subsidy_after)
        for move in trial.moves.all()
    }
    assert forecast == {
        compound: (decision.outcome, decision.strategy, decision.subsidy)
        for compound, decision in after.items()
    }
    assert after[sample.red.pk].outcome == "OVERRIDDEN"
    totals = trial.result["after"]["strategies"]
    for strategy, count in done.counts["strategies"].items():
        assert totals.get(strategy, 0) == count
    assert Decimal(trial.result["after"]["subsidy"]) == sum(d.subsidy for d in after.values())


def test_a_trial_before_any_run_compares_with_nothing(people, sample, policy):
    trial = services.try_policy(by=people.officer, policy=policy, as_of=AS_OF)
    assert set(trial.result["matrix"]) == {"NONE"}
    assert trial.moved == 7


def test_a_trial_stays_inside_the_posts(district, people, sample, policy):
    trial = services.try_policy(by=people.chief, policy=policy, as_of=AS_OF)
    assert trial.total == 4
    assert {m.street_id for m in trial.moves.all()} == {district.street.pk}
    assert Trial.objects.visible_to(people.other_clerk).count() == 0
    assert Trial.objects.visible_to(people.leader).count() == 1
    with pytest.raises(NotAllowed):
        services.try_policy(by=people.worker, policy=policy)
    stranger = make_user(role="district_officer", area=make_district("140106", "迎泽区").area)
    with pytest.raises(NotAllowed):
        services.try_policy(by=stranger, policy=policy)


def test_faulty_rules_are_not_tried(people, sample, policy):
    with pytest.raises(PolicyNotSound):
        services.try_policy(
            by=people.officer,
            policy=policy,
            policy_rules=(XIAODIAN[2], *XIAODIAN[2:]),
        )


def test_an_unknown_area_is_counted_not_guessed(district, people, sample, policy):
    Compound.objects.filter(pk=sample.small.pk).update(chargeable_area_m2=None)
    trial = services.try_policy(by=people.officer, policy=policy, as_of=AS_OF)
    assert (trial.result["after"]["subsidy"], trial.result["after"]["without_area"]) == ("0.00", 1)
    run(people.officer)
    assert current(sample.small).subsidy is None
    assert list(checks.replay_decisions()) == []


def test_a_background_trial(people, sample, policy, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        trial = services.start_trial(by=people.officer, policy=policy, as_of=AS_OF)
    trial.refresh_from_db()
    assert (trial.state, trial.moved) == ("DONE", 7)


# --- proof ------------------------------------------------------------------------------------


def test_checks_name_what_was_tampered_with(people, sample):
    run(people.officer)
    assert [breach for check in checks.CHECKS.values() for breach in check()] == []
    Compound.objects.filter(pk=sample.red.pk).update(strategy=FALLBACK)
    assert list(checks.register_agrees()) == [
        f"compound {sample.red.code} does not carry its current decision"
    ]
    decision = current(sample.small)
    forged = decision.record | {"strategy": RED}
    Decision.objects.filter(pk=decision.pk).delete()
    Decision.objects.create(
        compound=sample.small,
        policy=decision.policy,
        outcome="DECIDED",
        strategy=RED,
        record=forged,
        digest="",
        decided_at=decision.decided_at,
    )
    (breach,) = checks.replay_decisions()
    assert breach.startswith(f"decision {current(sample.small).pk} of {sample.small.code}")


# --- at once ----------------------------------------------------------------------------------


@pytest.mark.database("postgresql")
@pytest.mark.django_db(transaction=True)
def test_runs_and_approvals_at_once_write_everything_once(district, people, sample):
    run(people.officer)
    override = propose(people.clerk, sample.small)
    Compound.objects.filter(pk=sample.red.pk).update(household_count=299)
    barrier = threading.Barrier(4)

    def at_once(act):
        try:
            barrier.wait(timeout=20)
            return act()
        finally:
            connection.close()

    def approve():
        try:
            services.approve_override(by=fresh(people.chief), override=override, version=1)
        except (StaleRecord, NotOpen):
            return "refused"
        return "approved"

    acts = [lambda: run(fresh(people.officer)), lambda: run(fresh(people.clerk)), approve, approve]
    with ThreadPoolExecutor(4) as pool:
        first, second, *approvals = pool.map(at_once, acts)
    assert (first.state, second.state) == ("DONE", "DONE")
    assert sorted(approvals) == ["approved", "refused"]
    assert Decision.objects.filter(compound=sample.red).count() == 2
    assert first.moved + second.moved == 1
    assert results(sample)["small"] == (FALLBACK, "OVERRIDDEN")
    assert results(sample)["red"] == (SUBSIDY, "DECIDED")
    assert [breach for check in checks.CHECKS.values() for breach in check()] == []
    assert list(broken_links()) == []
