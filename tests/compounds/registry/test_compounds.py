"""Writing compounds: who may, what is refused, what is kept of it, and the sums that follow."""

import contextlib
import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from compounds.registry.models import Attachment, Building, CommunityTally, Compound, Status
from compounds.registry.services import bulk, compounds, tallies
from governance.audit.models import AuditEntry
from governance.foundation import history
from governance.foundation.errors import DomainError, StaleRecord
from tests.factories import (
    make_building,
    make_compound,
    make_district,
    make_invitation,
    make_provider,
    make_user,
)


@pytest.fixture
def clerk(district):
    return make_user("clerk", "street_clerk", district.street)


def entries(verb):
    return list(AuditEntry.objects.filter(verb=verb).order_by("id"))


def test_added_compound_gets_the_next_code_of_its_community(district, clerk):
    make_compound(district.community, code=f"{district.community.code}-0041")
    added = compounds.add_compound(by=clerk, community=district.community, facts={"name": "新院"})
    assert added.code == f"{district.community.code}-0042"
    assert (added.street, added.district) == (district.street, district.area)


def test_added_compound_is_recorded_in_history_and_audit(district, clerk):
    added = compounds.add_compound(
        by=clerk, community=district.community, facts={"name": "新院", "household_count": 9}
    )
    assert [row.history_type for row in added.history.all()] == ["+"]
    assert entries("add")[0].changes["household_count"] == [None, 9]


def test_adding_outside_ones_posts_is_refused_and_leaves_nothing(district, clerk):
    with pytest.raises(compounds.OutsideScope) as refused:
        compounds.add_compound(by=clerk, community=district.other_community, facts={"name": "外"})
    assert refused.value.field == "community"
    assert not Compound.objects.exists()
    assert not entries("add")


def test_two_compounds_of_one_name_in_a_community_are_refused(district, clerk):
    make_compound(district.community, name="体育路12号院")
    with pytest.raises(ValidationError) as refused:
        compounds.add_compound(
            by=clerk, community=district.community, facts={"name": "体育路12号院"}
        )
    assert "name" in refused.value.message_dict


def test_the_name_of_a_merged_compound_is_free_again(district, clerk):
    old = make_compound(district.community, name="体育路12号院")
    into = make_compound(district.community)
    compounds.merge_compound(by=clerk, compound=old, into=into, version=1, reason="重复登记")
    compounds.add_compound(by=clerk, community=district.community, facts={"name": "体育路12号院"})


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"built_year": 2999}, "built_year"),
        ({"built_year": 1899}, "built_year"),
        ({"renovation_year": 2999}, "renovation_year"),
        ({"built_year": 2000, "renovation_year": 1999}, "renovation_year"),
        ({"household_count": 5, "building_count": 0}, "building_count"),
        ({"floor_area_m2": Decimal("-0.01")}, "floor_area_m2"),
        ({"surveyed_on": dt.date(2999, 1, 1)}, "surveyed_on"),
        ({"longitude": 112.5}, "latitude"),
        ({"longitude": 200.0, "latitude": 37.0}, "longitude"),
        ({"ownership": "NOBODY"}, "ownership"),
    ],
)
def test_facts_that_cannot_be_are_refused_beside_their_field(district, clerk, facts, field):
    with pytest.raises(ValidationError) as refused:
        compounds.add_compound(
            by=clerk, community=district.community, facts={"name": "新院", **facts}
        )
    assert field in refused.value.message_dict
    assert not Compound.objects.exists()


def test_a_correction_names_its_source_and_date_for_the_changed_fact_only(district, clerk):
    row = make_compound(district.community)
    changed = compounds.change_compound(
        by=clerk,
        compound=row,
        version=1,
        changes={"household_count": 86, "building_count": row.building_count},
        source="site",
        dated_on=dt.date(2026, 10, 15),
    )
    assert changed.source_of("household_count") == ("site", "2026-10-15")
    assert changed.source_of("building_count") == ("survey", "2026-05-25")
    assert changed.version == 2
    assert entries("change")[0].changes == {"household_count": [80, 86]}


def test_a_correction_without_difference_writes_nothing(district, clerk):
    row = make_compound(district.community)
    compounds.change_compound(
        by=clerk, compound=row, version=1, changes={"household_count": 80}, source="site"
    )
    row.refresh_from_db()
    assert row.version == 1
    assert not entries("change")


def test_a_correction_of_a_stale_version_is_refused_and_shows_the_present_row(district, clerk):
    row = make_compound(district.community)
    compounds.change_compound(by=clerk, compound=row, version=1, changes={"household_count": 81})
    with pytest.raises(StaleRecord) as refused:
        compounds.change_compound(
            by=clerk, compound=row, version=1, changes={"household_count": 99}
        )
    assert refused.value.current.household_count == 81


def test_a_compound_moved_out_of_ones_posts_stays_where_it_was(district, clerk):
    row = make_compound(district.community)
    with pytest.raises(compounds.OutsideScope):
        compounds.change_compound(
            by=clerk, compound=row, version=1, changes={"community": district.other_community}
        )
    row.refresh_from_db()
    assert row.community == district.community


def test_a_compound_that_comes_under_management_loses_its_strategy(district, clerk):
    row = make_compound(district.community, strategy="FALLBACK", decision="DECIDED")
    changed = compounds.change_compound(
        by=clerk, compound=row, version=1, changes={"management_mode": "FIRM"}
    )
    assert (changed.is_unmanaged, changed.strategy, changed.decision) == (False, "", "")


def test_many_are_changed_as_one_by_one_in_a_constant_number_of_statements(
    district, clerk, django_assert_max_num_queries
):
    rows = [make_compound(district.community, refresh=False) for _ in range(40)]
    tallies.refresh([district.community.pk])
    with django_assert_max_num_queries(25):
        count = bulk.change_many(
            by=clerk, ids=[row.pk for row in rows], changes={"renovation": "DONE"}, source="site"
        )
    assert count == 40
    for row in rows:
        row.refresh_from_db()
        assert (row.renovation, row.foundation_score, row.version) == ("DONE", 60, 2)
        newest = row.history.first()
        assert (newest.renovation, newest.version, newest.history_user) == ("DONE", 2, clerk)
    assert len(entries("change")) == 40


def test_many_skip_those_that_hold_the_value_already(district, clerk):
    same = make_compound(district.community, renovation="DONE")
    other = make_compound(district.community)
    ids = [same.pk, other.pk]
    assert bulk.change_many(by=clerk, ids=ids, changes={"renovation": "DONE"}) == 1
    same.refresh_from_db()
    assert same.version == 1


def test_many_with_one_outside_ones_posts_change_nothing(district, clerk):
    inside = make_compound(district.community)
    outside = make_compound(district.other_community)
    with pytest.raises(compounds.OutsideScope):
        bulk.change_many(by=clerk, ids=[inside.pk, outside.pk], changes={"renovation": "DONE"})
    inside.refresh_from_db()
    assert inside.renovation == "NONE"


def test_many_with_one_contradiction_change_nothing_and_name_it(district, clerk):
    fine = make_compound(district.community, built_year=1980)
    young = make_compound(district.community, name="新城小区", built_year=2020)
    with pytest.raises(ValidationError, match="新城小区"):
        bulk.change_many(by=clerk, ids=[fine.pk, young.pk], changes={"renovation_year": 2010})
    fine.refresh_from_db()
    assert fine.renovation_year is None


def test_a_survey_is_verified_once_and_only_with_a_date(district, clerk):
    row = make_compound(district.community)
    assert bulk.verify_survey(by=clerk, ids=[row.pk]) == 1
    assert bulk.verify_survey(by=clerk, ids=[row.pk]) == 0
    unsurveyed = make_compound(district.community, surveyed_on=None, name="未摸底院")
    with pytest.raises(DomainError, match="未摸底院"):
        bulk.verify_survey(by=clerk, ids=[unsurveyed.pk])


def test_a_community_worker_cannot_verify(district):
    worker = make_user("worker", "community_worker", district.community)
    row = make_compound(district.community)
    with pytest.raises(compounds.OutsideScope):
        bulk.verify_survey(by=worker, ids=[row.pk])


def test_merging_moves_the_buildings_and_keeps_their_numbers_apart(district, clerk):
    old, into = make_compound(district.community, name="旧院"), make_compound(district.community)
    make_building(old, "1号楼")
    make_building(old, "9号楼")
    make_building(into, "1号楼")
    compounds.merge_compound(by=clerk, compound=old, into=into, version=1, reason="重复登记")
    numbers = set(Building.objects.filter(compound=into).values_list("number", flat=True))
    assert numbers == {"1号楼", "旧院 1号楼", "9号楼"}
    old.refresh_from_db()
    assert (old.status, old.merged_into) == (Status.MERGED, into)
    assert [entry.verb for entry in AuditEntry.objects.order_by("id")] == ["merge", "receive"]


def attach(compound, by, digest):
    return Attachment.objects.create(
        compound=compound,
        file=f"attachments/{compound.pk}{digest}",
        name="门口.jpg",
        content_type="image/jpeg",
        size=1,
        sha256=digest * 64,
        uploaded_by=by,
    )


def test_merging_moves_invitations_and_attachments_unless_the_target_has_the_same(district, clerk):
    old, into = make_compound(district.community), make_compound(district.sister_community)
    firm, other = make_provider(district.area), make_provider(district.area)
    moved, same = make_invitation(old, other), make_invitation(old, firm)
    make_invitation(into, firm)
    photo, twin = attach(old, clerk, "a"), attach(old, clerk, "b")
    attach(into, clerk, "b")
    compounds.merge_compound(by=clerk, compound=old, into=into, version=1, reason="重复登记")
    for row, place in ((moved, into), (same, old), (photo, into), (twin, old)):
        row.refresh_from_db()
        assert (row.compound, row.community) == (place, place.community)
    assert (moved.version, same.version) == (2, 1)
    assert moved.history.first().history_user == clerk


def test_long_names_do_not_stop_a_merge(district, clerk):
    old, into = make_compound(district.community, name="很" * 90), make_compound(district.community)
    for number in ("甲" * 30, "乙" * 30):
        make_building(old, number)
        make_building(into, number)
    compounds.merge_compound(by=clerk, compound=old, into=into, version=1, reason="重复登记")
    assert into.buildings.count() == 4


@pytest.mark.parametrize("case", ["itself", "other street", "merged"])
def test_merging_is_refused(district, case):
    officer = make_user("officer", "district_officer", district.area)
    row, into = make_compound(district.community), make_compound(district.community)
    if case == "itself":
        into = row
    elif case == "other street":
        into = make_compound(district.other_community)
    else:
        compounds.demolish_compound(by=officer, compound=into, version=1, reason="征收")
    with pytest.raises(DomainError) as refused:
        compounds.merge_compound(by=officer, compound=row, into=into, version=1, reason="重复")
    assert refused.value.field == "into"


def test_a_demolished_compound_no_longer_counts_and_cannot_be_changed(district, clerk):
    row = make_compound(district.community)
    compounds.demolish_compound(by=clerk, compound=row, version=1, reason="征收")
    assert not CommunityTally.objects.exists()
    with pytest.raises(DomainError):
        compounds.change_compound(by=clerk, compound=row, version=2, changes={"household_count": 1})


# -- history helper --------------------------------------------------------------------------------
def test_versions_copied_in_bulk_equal_what_saving_writes(district, clerk):
    at = timezone.now()
    row = make_compound(district.community, problems="管网老化", problem_tags=" DIRTY ")
    row.household_count = 81
    row._history_user = clerk
    row._change_reason = "更正"
    row._history_date = at
    row.save()
    history.record_versions(
        Compound, [row.pk], kind=history.CHANGED, by=clerk, reason="更正", at=at
    )
    copied, saved = row.history.order_by("-history_id").values()[:2]
    assert copied.pop("history_id") != saved.pop("history_id")
    assert copied == saved


def test_versions_of_thousands_are_written_in_one_statement(district, django_assert_num_queries):
    rows = [make_compound(district.community, refresh=False) for _ in range(5)]
    with django_assert_num_queries(1):
        history.record_versions(Compound, [row.pk for row in rows], kind=history.CHANGED, by=None)


def test_the_register_of_a_past_day_is_that_of_its_last_moment(district, clerk):
    row = make_compound(district.community)
    first = row.history.get()
    first.history_date = dt.datetime(2026, 3, 1, 15, 59, 59, tzinfo=dt.UTC)
    first.save()
    compounds.change_compound(by=clerk, compound=row, version=1, changes={"household_count": 99})
    seen = history.as_of(Compound, dt.date(2026, 3, 1)).get()
    assert seen.household_count == 80
    assert not history.as_of(Compound, dt.date(2026, 2, 28)).exists()


# -- questions -------------------------------------------------------------------------------------
def test_search_wants_every_word_in_name_address_or_code(district):
    row = make_compound(district.community, name="Beta小区", address="体育路12号")
    make_compound(district.community, name="学府苑", address="体育路99号")
    found = Compound.objects.search
    assert list(found("体育路 beta")) == [row]
    assert list(found(row.code)) == [row]
    assert found("体育路").count() == 2
    assert not found("100%").exists()
    assert found("  ").count() == 2


def test_scope_shows_own_street_and_nothing_else(district, clerk):
    inside = make_compound(district.community)
    make_compound(district.other_community)
    assert list(Compound.objects.visible_to(clerk)) == [inside]
    assert list(Compound.objects.editable_by(clerk, "registry.edit")) == [inside]
    leader = make_user("leader", "street_leader", district.street)
    assert list(Compound.objects.visible_to(leader)) == [inside]
    assert not Compound.objects.editable_by(leader, "registry.edit").exists()
    assert not Compound.objects.visible_to(make_user("nobody")).exists()


def test_unmanaged_leaves_out_the_managed_the_unknown_and_the_demolished(district, clerk):
    row = make_compound(district.community)
    make_compound(district.community, management_mode="FIRM")
    make_compound(district.community, management_mode="")
    gone = make_compound(district.community, management_mode="ABANDONED")
    compounds.demolish_compound(by=clerk, compound=gone, version=1, reason="征收")
    assert list(Compound.objects.unmanaged()) == [row]


# -- tallies ---------------------------------------------------------------------------------------
COUNTED = (
    "district_id",
    "street_id",
    "community_id",
    "is_unmanaged",
    "strategy",
    "decision",
    "compounds",
    "buildings",
    "entrances",
    "households",
    "floor_area_m2",
    "chargeable_area_m2",
    "surveyed",
    "verified",
    "complete",
    "missing_facts",
    "asked_facts",
)


def stored_tallies():
    return {tuple(getattr(row, name) for name in COUNTED) for row in CommunityTally.objects.all()}


def counted_by_hand():
    """The same sums in plain Python."""
    cells = {}
    for row in Compound.objects.filter(status="ACTIVE"):
        key = (row.district_id, row.street_id, row.community_id)
        key += (row.is_unmanaged, row.strategy, row.decision)
        cell = cells.setdefault(key, [0, 0, 0, 0, Decimal(0), Decimal(0), 0, 0, 0, 0, 0])
        for place, value in enumerate(
            (
                1,
                row.building_count or 0,
                row.entrance_count or 0,
                row.household_count or 0,
                row.floor_area_m2 or 0,
                row.chargeable_area_m2 or 0,
                row.surveyed_on is not None,
                row.verified_on is not None,
                not row.missing,
                len(row.missing),
                13 + 3 * bool(row.has_affiliated_unit),
            )
        ):
            cell[place] += value
    return {(*key, *cell) for key, cell in cells.items()}


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["add", "mode", "households", "many", "verify", "merge", "demolish"]),
        st.integers(0, 7),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=10,
)


class TalliesFollow(TestCase):
    """After any sequence of acts the stored tallies equal the rows counted by hand."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ACTS)
    def test_tallies_equal_a_recount_after_random_acts(self, acts):
        place = make_district()
        by = make_user("officer", "district_officer", place.area)
        rows = [make_compound(place.communities[n % 3], name=f"院{n}") for n in range(4)]
        for number, (act, pick, value) in enumerate(acts):
            row = Compound.objects.get(pk=rows[pick % len(rows)].pk)
            with contextlib.suppress(DomainError, ValidationError):
                self.do(act, by, place, rows, row, value, number)
        assert stored_tallies() == counted_by_hand()

    def do(self, act, by, place, rows, row, value, number):
        version = row.version
        if act == "add":
            facts = {"name": f"新院{number}", "household_count": value or None}
            rows.append(
                compounds.add_compound(by=by, community=place.communities[value % 4], facts=facts)
            )
        elif act == "mode":
            mode = ["", "FIRM", "NONE", "ABANDONED", "SELF", "UNIT"][value]
            changes = {"management_mode": mode}
            compounds.change_compound(by=by, compound=row, version=version, changes=changes)
        elif act == "households":
            changes = {
                "household_count": value or None,
                "community": place.communities[value % 4],
                "floor_area_m2": Decimal(value) / 3,
            }
            compounds.change_compound(by=by, compound=row, version=version, changes=changes)
        elif act == "many":
            changes = {"ownership": ["", "UNIT", "REFORMED"][value % 3]}
            bulk.change_many(by=by, ids=[one.pk for one in rows], changes=changes)
        elif act == "verify":
            bulk.verify_survey(by=by, ids=[row.pk])
        elif act == "merge":
            into = rows[value % len(rows)]
            compounds.merge_compound(by=by, compound=row, into=into, version=version, reason="重复")
        else:
            compounds.demolish_compound(by=by, compound=row, version=version, reason="征收")
