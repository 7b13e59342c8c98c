"""check_register notices every tampering, each by its own check, and holds for a sound register."""

import datetime as dt
import hashlib
from io import StringIO
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from compounds.classification import services as classification
from compounds.classification.models import Decision, Override, Policy
from compounds.providers.models import (
    BlacklistEntry,
    CostNorm,
    Filing,
    FirmOrganisation,
    Invitation,
    Provider,
    RatingEntry,
)
from compounds.registry.models import (
    Adjacency,
    Attachment,
    Building,
    CommunityTally,
    Compound,
    Entrance,
)
from compounds.registry.models.imports import Import, ImportRow
from compounds.registry.services import compounds as services
from compounds.registry.services import tallies
from governance.clusters import services as clusters
from governance.foundation.checking import all_checks
from governance.organisation.models import Area, Level, Post
from governance.pairings.models import Pairing
from tests.compounds.classification.policies import make_people, make_policy
from tests.factories import (
    DAY,
    make_area,
    make_building,
    make_compound,
    make_district,
    make_invitation,
    make_person,
    make_provider,
    make_user,
)
from tests.governance.party_grid.whole import make_whole
from tests.scenes import standing

CONTENT = b"%PDF-1.7 sample"


def make_register() -> SimpleNamespace:
    """A sound register: compounds in three states, buildings, files, an import, a merger."""
    district = make_district()
    by = make_user("officer", "district_officer", district.area)
    plain = make_compound(district.community, name="甲院")
    dormitory = make_compound(
        district.community, name="乙院", ownership="UNIT", unit_name="样例厂", unit_state="ACTIVE"
    )
    managed = make_compound(district.sister_community, name="丙院", management_mode="FIRM")
    unknown = make_compound(district.other_community, name="丁院", management_mode="")
    merged = make_compound(district.community, name="戊院")
    make_building(merged, "9号楼")
    services.merge_compound(by=by, compound=merged, into=plain, version=1, reason="同一院落")
    services.change_compound(
        by=by,
        compound=plain,
        version=1,
        changes={"household_count": 90},
        source="现场核实",
        dated_on=DAY,
    )
    building = make_building(plain)
    provider = make_provider(district.area)
    invitation = make_invitation(plain, provider)
    attachment = Attachment.objects.create(
        compound=plain,
        file=ContentFile(CONTENT, "a.pdf"),
        name="a.pdf",
        content_type="application/pdf",
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        uploaded_by=by,
    )
    batch = Import.objects.create(
        area=district.street,
        state="DONE",
        file=ContentFile(CONTENT, "b.xlsx"),
        file_name="b.xlsx",
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        uploaded_by=by,
        counts={"compounds": {"NEW": 1, "REFUSED": 1, "WARNED": 1}},
    )
    written = ImportRow.objects.create(
        batch=batch,
        sheet="compounds",
        number=3,
        state="NEW",
        was_written=True,
        object_id=plain.pk,
        version=1,
    )
    refused = ImportRow.objects.create(batch=batch, sheet="compounds", number=4, state="REFUSED")
    adjacency = Adjacency.objects.create(
        compound=plain, other=managed, is_adjacent=False, reason="中间隔河"
    )
    tallies.refresh([area.pk for area in district.communities])
    people = make_people(district)
    make_policy(district, people)
    classification.run_classification(by=by, as_of=DAY)
    override = classification.propose_override(
        by=by,
        compound=plain,
        strategy="FALLBACK",
        reason="居民要求",
        document="样例纪要1号",
        expires_on=dt.date(2198, 1, 1),
    )
    party = make_whole(district.other_community, management_mode="FIRM")
    person = make_person(plain, phone="13800138000")
    gone = make_person(area=district.community, name="", political_status="", left_on=DAY)
    pairing = Pairing.objects.create(
        kind="CENTRE_HOUSEHOLD",
        person=party.duties[7].person,
        compound=party.compound,
        building=party.building,
        household="1号楼1单元302",
        starts_on=DAY,
    )
    cluster = clusters.add_cluster(
        by=by,
        area=district.community,
        facts={"code": "P01", "name": "样例片区", "organisation": None},
        compounds=[plain],
    )
    return SimpleNamespace(**{**vars(district), **locals()})


@pytest.fixture(scope="module")
def register(django_db_setup, django_db_blocker):
    with standing(django_db_blocker, make_register) as scene:
        yield scene


@pytest.fixture
def world(register, db):
    """The register, with its files in the storage of this test."""
    world = register()
    for row in (world.attachment, world.batch):
        default_storage.save(row.file.name, ContentFile(CONTENT))
    return world


def breaches() -> dict[str, list[str]]:
    found = {name: list(check()) for name, check in all_checks().items()}
    return {name: sentences for name, sentences in found.items() if sentences}


def test_a_sound_register_holds(world):
    assert breaches() == {}


def tampering(check):
    """Mark a function of the world as something `check` must notice."""

    def mark(function):
        TAMPERINGS.append(pytest.param(check, function, id=function.__name__))
        return function

    return mark


TAMPERINGS = []


def change(row, **values):
    type(row)._base_manager.filter(pk=row.pk).update(**values)


# -- Areas and posts -------------------------------------------------------------------------


@tampering("organisation.area_codes")
def a_community_gets_the_code_of_another_street(w):
    change(w.community, code="140105009001")


@tampering("organisation.area_codes")
def a_street_gets_a_code_of_a_community(w):
    change(w.street, code="140105001999")


@tampering("organisation.area_ancestors")
def a_community_names_another_street(w):
    change(w.community, street=w.other_street)


@tampering("organisation.area_ancestors")
def a_street_forgets_its_district(w):
    change(w.street, district=None)


@tampering("organisation.merged_areas")
def a_community_is_merged_into_a_street(w):
    change(w.community, merged_into=w.street)


@tampering("organisation.posts")
def a_post_moves_to_a_level_where_there_is_none(w):
    Post.objects.filter(user=w.by).update(area=w.community)


# -- Places ----------------------------------------------------------------------------------


@tampering("registry.places")
def a_compound_names_another_street(w):
    change(w.plain, street=w.other_street)


@tampering("registry.places")
def a_compound_hangs_on_a_street(w):
    change(w.plain, community=w.street)


@tampering("registry.places")
def a_building_stays_behind(w):
    change(w.building, community=w.sister_community)


@tampering("registry.places")
def an_entrance_stays_behind(w):
    Entrance.objects.filter(building=w.building).update(street=w.other_street)


@tampering("registry.places")
def an_attachment_lies_elsewhere(w):
    change(w.attachment, community=w.sister_community)


@tampering("registry.places")
def an_import_lies_elsewhere_than_its_area(w):
    change(w.batch, street=w.other_street)


@tampering("registry.codes")
def a_compound_gets_a_code_of_another_street(w):
    change(w.plain, code="140105002001-0001")


# -- Derived columns -------------------------------------------------------------------------


@tampering("registry.derived_columns")
def a_managed_compound_is_called_unmanaged(w):
    change(w.managed, is_unmanaged=True)


@tampering("registry.derived_columns")
def a_foundation_score_is_raised(w):
    change(w.plain, foundation_score=100)


@tampering("registry.derived_columns")
def a_missing_fact_is_not_counted(w):
    change(w.unknown, missing_count=0)


@tampering("registry.derived_columns")
def a_fact_changes_and_nothing_follows(w):
    change(w.plain, management_mode="FIRM")


@tampering("registry.derived_columns")
def a_name_changes_and_the_search_does_not(w):
    change(w.plain, name="子虚院")


# -- Tallies ---------------------------------------------------------------------------------


@tampering("registry.tallies")
def a_tally_counts_one_more(w):
    tally = CommunityTally.objects.filter(community=w.community).first()
    change(tally, compounds=tally.compounds + 1)


@tampering("registry.tallies")
def a_tally_gains_a_fen_of_area(w):
    tally = CommunityTally.objects.filter(community=w.community).first()
    change(tally, floor_area_m2=tally.floor_area_m2 + 1)


@tampering("registry.tallies")
def a_tally_disappears(w):
    CommunityTally.objects.filter(community=w.community).delete()


@tampering("registry.tallies")
def a_tally_is_invented(w):
    CommunityTally.objects.create(
        community=w.other_community, is_unmanaged=True, strategy="FALLBACK", compounds=3
    )


@tampering("registry.tallies")
def a_survey_date_is_removed(w):
    change(w.plain, surveyed_on=None)


# -- Mergers and classification ----------------------------------------------------------------


@tampering("registry.merged_rows")
def a_merger_points_to_another_district(w):
    other = Area.objects.create(level=1, code="140106", name="迎泽区")
    change(w.plain, district=other)


@tampering("registry.merged_rows")
def mergers_run_in_a_circle(w):
    change(w.plain, status="MERGED", merged_into=w.merged)


@tampering("registry.merged_rows")
def a_building_stays_with_a_merged_compound(w):
    change(w.building, compound=w.merged)


@tampering("registry.merged_rows")
def a_demolished_compound_keeps_its_strategy(w):
    change(w.plain, status="DEMOLISHED", strategy="FALLBACK", decision="DECIDED")


@tampering("registry.classified_rows")
def a_managed_compound_gets_a_strategy(w):
    change(w.managed, strategy="FALLBACK", decision="DECIDED")


@tampering("registry.classified_rows")
def a_compound_is_decided_without_a_strategy(w):
    change(w.plain, strategy="", decision="DECIDED")


# -- Facts -------------------------------------------------------------------------------------


@tampering("registry.facts")
def a_location_loses_its_half(w):
    change(w.plain, latitude=None)


@tampering("registry.facts")
def a_renovation_precedes_the_building(w):
    change(w.plain, renovation_year=1960)


@tampering("registry.facts")
def a_survey_comes_from_the_future(w):
    change(w.plain, surveyed_on=dt.date(2199, 1, 1))


@tampering("registry.facts")
def a_survey_is_verified_that_never_was(w):
    change(w.plain, surveyed_on=None, verified_on=DAY)


@tampering("registry.facts")
def an_unknown_tag_appears(w):
    change(w.plain, problem_tags=" NO_MONEY HAUNTED ")


@tampering("registry.provenance")
def a_source_is_noted_for_what_is_no_fact(w):
    change(w.plain, provenance={"colour": ["现场核实", "2026-05-25"]})


@tampering("registry.provenance")
def a_source_has_an_impossible_day(w):
    change(w.plain, provenance={"built_year": ["现场核实", "2026-02-30"]})


@tampering("registry.neighbours")
def an_adjacency_crosses_the_district(w):
    other = Area.objects.create(level=1, code="140106", name="迎泽区")
    change(w.managed, district=other)


# -- History -----------------------------------------------------------------------------------


@tampering("registry.history")
def a_fact_changes_without_history(w):
    change(w.plain, address="样例路999号")


@tampering("registry.history")
def an_old_version_is_removed(w):
    first = w.plain.history.order_by("history_id").first()
    w.plain.history.filter(pk=first.pk).delete()


@tampering("registry.history")
def a_whole_history_is_removed(w):
    w.managed.history.all().delete()


@tampering("registry.history")
def a_past_version_gets_another_number(w):
    w.plain.history.filter(version=1).update(version=7)


@tampering("registry.history")
def a_building_disappears_without_a_trace(w):
    Entrance.objects.filter(building=w.building).delete()
    Building.objects.filter(pk=w.building.pk)._raw_delete(connection.alias)


@tampering("registry.history")
def an_entrance_changes_without_history(w):
    Entrance.objects.filter(building=w.building).update(household_count=99)


@tampering("providers.history")
def an_answer_changes_without_history(w):
    change(w.invitation, answer="REFUSED")


# -- Files and imports -------------------------------------------------------------------------


@tampering("registry.attachments")
def a_file_is_lost(w):
    default_storage.delete(w.attachment.file.name)


@tampering("registry.attachments")
def a_file_is_replaced(w):
    default_storage.delete(w.attachment.file.name)
    default_storage.save(w.attachment.file.name, ContentFile(CONTENT.upper()))


@tampering("registry.attachments")
def the_file_of_an_import_is_cut_short(w):
    default_storage.delete(w.batch.file.name)
    default_storage.save(w.batch.file.name, ContentFile(CONTENT[:5]))


@tampering("registry.imports")
def an_import_loses_a_row(w):
    w.refused.delete()


@tampering("registry.imports")
def an_import_reports_more_than_it_keeps(w):
    change(w.batch, counts={"compounds": {"NEW": 5, "REFUSED": 1}})


@tampering("registry.imports")
def a_refused_row_claims_to_be_written(w):
    change(w.refused, was_written=True)


@tampering("registry.imports")
def a_finished_import_left_a_row_out(w):
    change(w.written, was_written=False)


# -- Decisions and policies --------------------------------------------------------------------


@tampering("classification.decisions")
def a_decision_says_what_its_record_does_not(w):
    decision = Decision.objects.get(compound=w.plain, is_current=True)
    decision.pk, decision.compound = None, w.managed
    decision.strategy = "FALLBACK"
    Decision.objects.bulk_create([decision])


@tampering("classification.decisions")
def a_record_does_not_follow_from_its_facts(w):
    decision = Decision.objects.get(compound=w.plain, is_current=True)
    decision.pk, decision.compound = None, w.managed
    decision.record["results"] = decision.record["results"][::-1]
    Decision.objects.bulk_create([decision])


@tampering("classification.register")
def a_compound_loses_its_decision(w):
    change(w.plain, strategy="", decision="")


@tampering("classification.register")
def a_compound_gets_another_strategy_than_decided(w):
    change(w.plain, strategy="UNIT_COBUILD")


@tampering("classification.places")
def an_override_lies_elsewhere(w):
    Override.objects.filter(pk=w.override.pk).update(street=w.other_street)


@tampering("classification.policies")
def a_policy_without_rules_is_published(w):
    policy = Policy.objects.get(district=w.area)
    policy.pk, policy.edition, policy.effective_from = None, 99, dt.date(2027, 1, 1)
    Policy.objects.bulk_create([policy])


@tampering("classification.policies")
def a_policy_reaches_back_without_a_reason(w):
    policy = Policy.objects.get(district=w.area)
    policy.pk, policy.edition, policy.retroactive_reason = None, 99, ""
    policy.effective_from = dt.date(2026, 1, 2)
    Policy.objects.bulk_create([policy])


# -- Providers ---------------------------------------------------------------------------------


@tampering("providers.credit_codes")
def a_credit_code_has_a_wrong_check_digit(w):
    code = w.provider.credit_code
    change(w.provider, credit_code=code[:-1] + ("0" if code[-1] != "0" else "1"))


@tampering("providers.invitations")
def an_invitation_lies_elsewhere(w):
    change(w.invitation, community=w.sister_community)


@tampering("providers.invitations")
def an_open_invitation_has_an_answer_day(w):
    change(w.invitation, answer="WAITING")


@tampering("providers.party_work")
def an_organisation_has_another_form(w):
    row = FirmOrganisation.objects.create(district=w.area, name="联合支部", form="JOINT")
    change(w.provider, party_organisation=row)


@tampering("providers.filings")
def an_application_is_filed_without_reviews(w):
    Filing.objects.create(
        provider=w.provider,
        community=w.community,
        applied_on=DAY,
        applied_by=w.by,
        state="FILED",
        ended_on=DAY,
    )


@tampering("providers.standing")
def a_rating_nobody_issued(w):
    RatingEntry.objects.filter(provider=w.provider).update(rating="C")


@tampering("providers.standing")
def a_blacklisting_that_blocks_nobody(w):
    BlacklistEntry.objects.create(
        provider=w.provider,
        state="IN_FORCE",
        source="IMPORT",
        reason="样例",
        proposed_on=DAY,
        term_from=DAY,
        term_until=DAY,
    )


@tampering("providers.norms")
def a_norm_of_another_districts_firm(w):
    other = make_area(Level.DISTRICT, "140106", "外区")
    norm = CostNorm(district=other, provider=w.provider, item="TAX", kind="PERCENT")
    norm.measure, norm.percent, norm.source, norm.valid_from = "WAGES", 1, "样例", DAY
    norm.save()


# -- Party grid ----------------------------------------------------------------------------------


@tampering("party_grid.places")
def a_duty_lies_elsewhere(w):
    change(w.party.duties[3], community=w.sister_community)


@tampering("party_grid.places")
def a_cover_of_a_grid_lies_elsewhere(w):
    w.party.grid.covers.update(community=w.sister_community)


@tampering("party_grid.parts")
def a_duty_names_a_building_of_another_compound(w):
    change(w.party.duties[3], building=w.building)


@tampering("party_grid.held_duties")
def an_organisation_is_dissolved_with_its_duties_held(w):
    change(w.party.group, dissolved_on=DAY)


@tampering("party_grid.organisations")
def a_branch_is_dissolved_above_its_group(w):
    change(w.party.branch, dissolved_on=DAY)


@tampering("party_grid.grids")
def two_micro_grids_name_the_same_building(w):
    cover = w.party.micro.covers.get()
    other = make_area(5, f"{w.party.grid.code}99", "另一微网格", w.party.grid)
    cover.pk, cover.grid = None, other
    cover.save(force_insert=True)


# -- Pairings and clusters -----------------------------------------------------------------------


@tampering("pairings.pairings")
def a_pairing_lies_elsewhere(w):
    change(w.pairing, community=w.sister_community)


@tampering("pairings.pairings")
def a_pairing_names_a_building_of_another_compound(w):
    change(w.pairing, building=w.building)


@tampering("pairings.centre_households")
def a_centre_household_loses_its_duty(w):
    change(w.party.duties[7], ended_on=DAY)


@tampering("clusters.clusters")
def a_cluster_lies_elsewhere_than_its_community(w):
    change(w.cluster, street=w.other_street)


@tampering("clusters.members")
def a_cluster_holds_a_compound_of_another_place(w):
    change(w.cluster.members.get(), compound=w.unknown)


@tampering("clusters.five_haves")
def a_cluster_loses_an_item(w):
    w.cluster.five_haves.filter(item="VENUE").delete()


@tampering("clusters.five_haves")
def a_contact_mechanism_has_premises(w):
    w.cluster.five_haves.filter(item="CONTACT").update(premises="IDLE")


# -- People -------------------------------------------------------------------------------------


@tampering("people.places")
def a_person_lies_elsewhere(w):
    change(w.person, community=w.sister_community)


@tampering("people.numbers")
def half_a_number_is_left(w):
    change(w.person, phone_hash="")


@tampering("people.numbers")
def a_number_stands_in_a_text(w):
    change(w.person, work_unit="门卫 13800138000")


@tampering("people.erased")
def an_erased_person_keeps_a_year_of_birth(w):
    change(w.gone, birth_year=1960)


@pytest.mark.parametrize(("check", "tamper"), TAMPERINGS)
def test_tampering_is_noticed(check, tamper, world):
    with transaction.atomic():
        tamper(world)
    assert check in breaches()


def test_at_least_thirty_tamperings_are_tried():
    assert len(TAMPERINGS) >= 30


# Rooms whose own tests tamper with what their checks prove.
ELSEWHERE = {"assignment", "clearing", "contracts", "fees", "planning"}
# The rooms of the money try theirs beside their services.
ELSEWHERE |= {room.rsplit(".", 1)[1] for room in settings.ROOMS if room.startswith("subsidies.")}


def test_every_check_has_a_tampering():
    tried = {param.values[0] for param in TAMPERINGS}
    assert tried == {name for name in all_checks() if name.split(".")[0] not in ELSEWHERE}


def test_the_command_names_the_first_breach_and_fails(world):
    call_command("check_register", stdout=StringIO())
    change(world.plain, foundation_score=100)
    answer = StringIO()
    with pytest.raises(CommandError, match=r"registry\.derived_columns: compound \d+ stores"):
        call_command("check_register", stdout=answer)
    assert "BREACH registry.derived_columns" in answer.getvalue()


def test_rebuild_mends_the_tallies(world):
    CommunityTally.objects.filter(community=world.community).delete()
    with pytest.raises(CommandError, match=r"registry\.tallies"):
        call_command("check_register", only=["registry.tallies"], stdout=StringIO())
    call_command("check_register", rebuild=True, stdout=StringIO())


def test_provider_rows_are_untouched_by_a_check(world):
    before = list(Provider.objects.values()) + list(Invitation.objects.values())
    list(breaches())
    assert list(Provider.objects.values()) + list(Invitation.objects.values()) == before
    assert Compound.objects.count() == 6
