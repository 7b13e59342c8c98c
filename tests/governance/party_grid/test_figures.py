"""Figures and the lists that prove them; and that one ended duty is one vacancy."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.template.base import Template
from django.test.signals import template_rendered
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.registry.services.compounds import demolish_compound, merge_compound
from governance.foundation import dates
from governance.organisation.models import Level
from governance.party_grid import questions
from governance.party_grid.figures import coverage
from governance.party_grid.models import Duty, GridCover, OrganisationCover
from governance.party_grid.rules import Norms
from governance.party_grid.services.duties import end_duty
from tests.factories import make_area, make_building, make_compound, make_person, make_user

from .whole import hold, make_organisation, make_whole

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(district):
    return make_user("officer", "district_officer", district.area)


def all_vacancies() -> dict[str, set[int]]:
    return {
        kind: set(questions.vacancies(kind, False, Norms()).values_list("pk", flat=True))
        for kind in questions.VACANCIES
    }


def test_ending_any_one_duty_makes_exactly_its_vacancy_appear(district, officer, client):
    here, there = make_whole(district.community), make_whole(district.sister_community)
    assert not any(all_vacancies().values())
    client.force_login(officer)
    for duty in here.duties:
        with transaction.atomic():
            end_duty(by=officer, duty=duty, version=1, ended_on=dates.today(), reason="样例")
            vacant = {kind: ids for kind, ids in all_vacancies().items() if ids}
            listed = {
                kind: client.get(reverse("party_grid:vacancy_list"), {"kind": kind}).context[
                    "listing"
                ]
                for kind in questions.VACANCIES
            }
            shown = {kind: set(found.ids) for kind, found in listed.items() if found.ids}
            transaction.set_rollback(True)
        expected = {duty.kind_id: {duty.held_for.pk}} if duty.kind_id in questions.VACANCIES else {}
        assert vacant == expected, duty.kind_id
        assert shown == expected, duty.kind_id
    assert there.duties


def make_untidy(district):
    """Something of everything that a figure counts, in two streets."""
    today = dates.today()
    one = make_whole(district.community)
    two = make_whole(district.other_community, household_count=900)
    make_whole(district.sister_community, household_count=10, management_mode="COMPANY")
    bare = make_compound(district.community, name="样例空院")
    make_building(bare, entrances=3)
    for duty in (one.duties[0], one.duties[3], two.duties[5], two.duties[12], two.duties[7]):
        duty.ended_on = today
        duty.save()
    Duty.objects.filter(pk=one.duties[2].pk).update(term_until=today + dt.timedelta(days=5))
    two.branch.term_until = today - dt.timedelta(days=1)
    two.branch.save()
    busy = make_person(bare)
    for entrance in bare.buildings.get().entrances.all():
        hold(entrance, "ENTRANCE_HEAD", "ENTRANCE", busy)
    make_area(Level.GRID, f"{district.community.code}900", "样例空网格", district.community)
    top = make_organisation(district.street, 2, "样例街道党工委")
    make_organisation(district.community, 3, "样例社区党委", top)
    gone = make_organisation(district.community, 4, "样例旧支部", reach="GRID", is_joint=True)
    OrganisationCover.objects.create(organisation=gone, compound=bare)
    gone.dissolved_on = today
    gone.save()


READERS = {
    "district_officer": ("area", 150),
    "leader": ("area", 150),
    "street_clerk": ("street", 60),
    "community_worker": ("community", 15),
}


def give_context(template, context) -> str:
    template_rendered.send(sender=template, template=template, context=context)
    return ""


@pytest.fixture
def drawn_once(role, monkeypatch):
    """Lists are drawn for one reader; of the others' pages only what they are given is asked."""
    if role != "district_officer":
        monkeypatch.setattr(Template, "_render", give_context)


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("is_all", [False, True])
@pytest.mark.usefixtures("drawn_once")
def test_every_figure_is_the_count_of_its_list(district, officer, client, is_all, role):
    make_untidy(district)
    for community in (district.community, district.other_community):
        gone, target = make_whole(community).compound, make_whole(community).compound
        merge_compound(by=officer, compound=gone, into=target, version=gone.version, reason="合并")
        if community == district.community:
            target.refresh_from_db()
            demolish_compound(by=officer, compound=target, version=target.version, reason="拆除")
    place, least = READERS[role]
    area = getattr(district, place)
    reader = make_user("reader", role, area)
    client.force_login(reader)
    found = coverage(reader, area, is_all=is_all)
    checked = 0
    for row in (found.total, *found.rows):
        for key, figure in row.figures.items():
            for url, number in ((figure.url, figure.have), (figure.missing_url, figure.missing)):
                if url:
                    listing = client.get(url).context["listing"]
                    assert not listing.problems, (key, url, listing.problems)
                    assert listing.counted == number, (row.area.name, key, url)
                    checked += 1
    assert checked > least


@pytest.mark.parametrize("said", ["0", "1", "", "2"])
def test_demolished_compounds_wait_for_no_organisation(district, officer, client, said):
    make_compound(district.community, status="DEMOLISHED")
    client.force_login(officer)
    page = client.get(reverse("party_grid:uncovered_list"), {"all": said})
    assert not page.context["listing"].ids


def test_figures_say_what_there_is(district, officer):
    make_untidy(district)
    found = coverage(officer, district.area).total.figures
    assert (found["compounds"].have, found["compounds"].want) == (2, 3)
    assert (found["building_heads"].have, found["building_heads"].want) == (1, 3)
    assert (found["entrance_heads"].have, found["entrance_heads"].want) == (6, 7)
    # Two of them committees, which count whatever they cover.
    assert (found["secretaries"].have, found["secretaries"].want) == (1, 4)
    assert (found["assistants"].have, found["assistants"].missing) == (3, 1)
    assert (found["many"].have, found["few"].have, found["unknown"].have) == (1, 0, 0)
    assert (found["overloaded"].have, found["duties_expiring"].have) == (1, 1)
    assert found["terms_expiring"].have == 1
    everything = coverage(officer, district.area, is_all=True).total.figures
    assert (everything["few"].have, everything["unknown"].have) == (1, 1)


def test_streets_add_up_to_the_district_and_communities_to_their_street(district, officer):
    make_untidy(district)
    found = coverage(officer, district.area, is_all=True)
    streets = [row for row in found.rows if row.area.level == Level.STREET]
    for key, total in found.total.figures.items():
        assert sum(row.figures[key].have for row in streets) == total.have, key


def test_who_sees_one_community_counts_that_alone(district):
    make_untidy(district)
    worker = make_user("worker", "community_worker", district.community)
    found = coverage(worker, district.community)
    assert found.total.figures["compounds"].want == 2
    assert not found.rows


def test_who_sees_no_people_gets_no_link_to_them(district):
    leader = make_user("leader", "leader", district.area)
    assert coverage(leader, district.area).total.figures["overloaded"].url == ""


def count(officer, district) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        coverage(officer, district.area)
    return len(queries)


def test_figures_need_the_same_number_of_statements_whatever_there_is(district, officer):
    _ = officer.scope
    before = count(officer, district)
    make_untidy(district)
    make_whole(district.sister_community)
    assert count(officer, district) == before <= 16


def test_households_of_a_compound_that_grids_share_are_unknown(district):
    first = make_whole(district.community)
    other = make_area(Level.GRID, f"{district.community.code}901", "另一网格", district.community)
    grids = questions.with_households(questions.grids(True, Level.GRID))
    assert grids.get(pk=first.grid.pk).households == 400
    first.grid.covers.model.objects.create(grid=other, compound=first.compound)
    assert grids.get(pk=first.grid.pk).households is None


def test_demolished_compounds_count_for_no_grid_and_no_branch(district, officer, client):
    whole = make_whole(district.community)
    gone = make_compound(district.community, household_count=90)
    GridCover.objects.create(grid=whole.grid, compound=gone)
    OrganisationCover.objects.create(organisation=whole.branch, compound=gone)
    grids = questions.with_households(questions.grids(True, Level.GRID))
    assert grids.get(pk=whole.grid.pk).households == 490
    demolish_compound(by=officer, compound=gone, version=gone.version, reason="拆除")
    assert grids.get(pk=whole.grid.pk).households == 400
    client.force_login(officer)
    page = client.get(reverse("party_grid:organisation_list"), {"kind": 4})
    assert page.context["listing"].context["covers"] == {whole.branch.pk: 1}
    page = client.get(reverse("party_grid:organisation_detail", args=[whole.branch.pk]))
    assert page.context["cover_count"] == 1


def test_households_of_a_building_come_from_it_or_from_its_entrances(district):
    whole = make_whole(district.community)
    grids = questions.with_households(questions.grids(True, Level.MICRO_GRID))
    assert grids.get(pk=whole.micro.pk).households is None
    for entrance, households in zip(whole.entrances, (12, 18), strict=True):
        entrance.household_count = households
        entrance.save()
    assert grids.get(pk=whole.micro.pk).households == 30
    whole.building.household_count = 31
    whole.building.save()
    assert grids.get(pk=whole.micro.pk).households == 31
