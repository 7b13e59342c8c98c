"""Pages of proposals and organisation trees, as their readers get them."""

import re
from types import SimpleNamespace

import pytest
from django.urls import reverse

from governance.organisation.scope import Scope
from governance.party_grid.drawing import ROWS, ROWS_FIRST, drawings
from governance.party_grid.models import Duty, PartyOrganisation, Proposal
from governance.party_grid.rules import OrganisationKind
from governance.party_grid.services import proposals as services
from governance.party_grid.trees import CommunityTree, Organ, read_tree
from tests.compounds.classification.pages import client_of, statements, text_of
from tests.factories import DAY, make_building, make_person, make_user

from .places import make_committee, make_duty, make_grid, make_layout, standing_in
from .whole import hold, make_organisation

DOCUMENT = {"document_number": "样例党〔2026〕1号", "document_on": DAY.isoformat()}


@pytest.fixture
def people(district):
    return SimpleNamespace(
        clerk=make_user("clerk", "street_clerk", district.street),
        leader=make_user("leader", "street_leader", district.street),
        officer=make_user("officer", "district_officer", district.area),
        chief=make_user("chief", "district_approver", district.area),
        boss=make_user("boss", "leader", district.area),
        worker=make_user("worker", "community_worker", district.community),
    )


@pytest.fixture
def proposal(people, district) -> Proposal:
    make_layout(district.community, {1: "A", 2: "A", 3: "BC"}, C=2)
    return services.prepare_proposal(by=people.clerk, area=district.community)


def page(user, proposal) -> str:
    answer = client_of(user, "en").get(reverse("party_grid:proposal_detail", args=[proposal.pk]))
    assert answer.status_code == 200
    return text_of(answer)


def ids(proposal, *names) -> list[int]:
    return [step.pk for step in proposal.steps.filter(name__in=names)]


def send(user, name, proposal, **sent):
    return client_of(user, "en").post(
        reverse(f"party_grid:proposal_{name}", args=[proposal.pk]), sent, follow=True
    )


# ---------------------------------------------------------------- proposals


def test_a_clerk_prepares_and_is_led_to_the_page(people, district):
    make_layout(district.community, {1: "A"})
    address = reverse("party_grid:proposal_new")
    client = client_of(people.clerk, "en")
    assert district.other_street.code not in client.get(address).content.decode()
    answer = client.post(address, {"area": district.street.code}, follow=True)
    assert "Organisations called for" in text_of(answer)
    assert Proposal.objects.get().area == district.street
    assert "Choose a district" in text_of(client.post(address, {"area": district.area.code}))


def test_the_page_says_why_each_step_is_called_for(people, proposal):
    text = page(people.leader, proposal)
    assert "A院 lies in 2 grids: a branch of the compound, a group for each grid." in text
    assert "B院 has 10 full members; a group of its own needs 3." in text
    assert "Together with no. 1." in text
    assert "The layout calls for" in text
    assert "There stands" in text
    assert "%(" not in text


def test_agreement_is_said(people, proposal, district):
    services.apply_steps(
        by=people.leader, proposal=proposal, document_number="1号", document_on=DAY
    )
    again = services.prepare_proposal(by=people.clerk, area=district.community)
    assert "Layout and organisation agree." in page(people.leader, again)


def test_the_approver_applies_the_ticked_steps(people, proposal, district):
    steps = ids(proposal, "第2网格党小组")
    answer = send(people.leader, "apply", proposal, steps=steps, **DOCUMENT)
    assert "2 steps were applied. 1 of them because they belong" in text_of(answer)
    assert standing_in(district.community) == {"A院党支部": ["第2网格党小组"]}


def test_a_missing_document_shows_beside_its_field_and_keeps_the_ticks(people, proposal):
    (chosen,) = ids(proposal, "第2网格党小组")
    answer = send(people.leader, "apply", proposal, steps=[chosen], document_number=" ")
    assert "Name the document that orders it." in text_of(answer)
    html = answer.content.decode()
    assert html.count(" checked") == 1
    assert not PartyOrganisation.objects.exists()


def test_nothing_ticked_applies_nothing(people, proposal):
    answer = send(people.leader, "apply", proposal, **DOCUMENT)
    assert "None of the steps chosen is open any more." in text_of(answer)


def test_who_prepared_sees_no_button_to_apply(people, proposal):
    assert "somebody else must apply it" in page(people.clerk, proposal)
    assert send(people.clerk, "apply", proposal, **DOCUMENT).status_code == 403


def test_a_stale_proposal_says_so_and_refuses(people, proposal, district):
    make_layout(district.community, {7: "D"})
    assert "have changed since it was prepared" in page(people.leader, proposal)
    answer = send(people.leader, "apply", proposal, steps=ids(proposal, "A院党支部"), **DOCUMENT)
    assert "Propose anew." in text_of(answer)
    assert not PartyOrganisation.objects.exists()


def test_a_batch_is_undone_from_the_page_or_says_what_stands_in_the_way(people, proposal):
    send(people.leader, "apply", proposal, steps=ids(proposal, "A院党支部"), **DOCUMENT)
    batch = str(proposal.steps.get(name="A院党支部").batch)
    duty = make_duty(PartyOrganisation.objects.get())
    assert "A院党支部: duty" in text_of(send(people.leader, "undo", proposal, batch=batch))
    duty.delete()
    assert "1 step was undone." in text_of(send(people.leader, "undo", proposal, batch=batch))
    assert "has been undone already" in text_of(send(people.leader, "undo", proposal, batch=batch))


def test_steps_are_left_with_a_reason(people, proposal):
    chosen = ids(proposal, "第2网格党小组")
    assert "Say why" in text_of(send(people.clerk, "leave", proposal, steps=chosen, reason=""))
    answer = send(people.clerk, "leave", proposal, steps=chosen, reason="暂无骨干")
    assert "暂无骨干" in text_of(answer)
    assert "Tick the steps" in text_of(send(people.clerk, "leave", proposal, reason="样例"))
    assert send(people.boss, "leave", proposal, steps=chosen, reason="样例").status_code == 403


def test_steps_that_want_a_look_are_not_ticked(people, district):
    make_layout(district.community, {1: "A", 2: "B"}, A=1, B=10)
    proposal = services.prepare_proposal(by=people.clerk, area=district.community)
    html = client_of(people.leader).get(
        reverse("party_grid:proposal_detail", args=[proposal.pk])
    ).content.decode()  # fmt: skip
    assert html.count('name="steps"') == 4
    assert html.count(" checked") == 3


def test_the_list_shows_how_far_each_has_come(people, proposal):
    text = text_of(client_of(people.chief, "en").get(reverse("party_grid:proposal_list")))
    assert proposal.area.name in text


def test_pages_of_proposals_take_a_constant_number_of_statements(people, district):
    client = client_of(people.chief)
    make_layout(district.community, {1: "A"})
    services.prepare_proposal(by=people.officer, area=district.street)
    address = reverse("party_grid:proposal_detail", args=[Proposal.objects.get().pk])
    few = statements(client, address)
    few_listed = statements(client, reverse("party_grid:proposal_list"))
    make_layout(district.community, {n: "BCDEFG"[n - 2] for n in range(2, 8)})
    make_layout(district.sister_community, {1: "HIJ", 2: "K"})
    proposal = services.prepare_proposal(by=people.officer, area=district.street)
    more = reverse("party_grid:proposal_detail", args=[proposal.pk])
    assert statements(client, more) == few
    assert statements(client, reverse("party_grid:proposal_list")) == few_listed


# ---------------------------------------------------------------- trees


@pytest.fixture
def settled(people, proposal, district):
    committee = make_committee(district.community)
    services.apply_steps(
        by=people.leader,
        proposal=services.prepare_proposal(by=people.clerk, area=district.community),
        document_number="1号",
        document_on=DAY,
    )
    make_duty(PartyOrganisation.objects.get(name="A院党支部"))
    return committee


def tree(user, area, language="en") -> str:
    answer = client_of(user, language).get(reverse("party_grid:tree", args=[area.code]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_tree_of_a_community_is_drawn_and_says_what_is_vacant(people, settled, district):
    html = tree(people.leader, district.community)
    assert html.count('<svg class="org-tree"') == 1
    assert "● secretary 样例书记" in html
    assert "○ secretary vacant" in html
    assert 'class="branch vacant"' in html
    assert "10 full members" in html
    assert "style=" not in html


def test_names_are_only_for_who_may_see_people(people, settled, district):
    for area in (district.community, district.street):
        html = tree(people.boss, area)
        assert "样例书记" not in html
        assert "● has a secretary" in html
    assert "样例书记" in tree(people.worker, district.community)


def test_the_tree_of_a_street_folds_and_that_of_a_district_counts(people, settled, district):
    html = tree(people.chief, district.street)
    assert "<details open><summary>" in html
    assert "第3网格党支部" in html
    counted = tree(people.chief, district.area)
    assert "第3网格党支部" not in counted
    assert "2 branches" in counted
    assert "4 groups" in counted
    assert "5 posts vacant" in counted


def test_leaders_above_the_posts_of_a_reader_have_no_name(people, settled, district):
    above = make_organisation(district.street, OrganisationKind.WORKING_COMMITTEE, "样例街道党工委")
    hold(above, "SECRETARY", "ORGANISATION", make_person(area=district.street, name="诸葛上级"))
    compound = PartyOrganisation.objects.get(name="A院党支部").compounds.get()
    dossier = reverse("dashboards:dossier_party", args=[compound.code])
    for user, is_named in ((people.worker, False), (people.leader, True), (people.boss, False)):
        client = client_of(user, "en")
        pages = [tree(user, district.community)]
        pages.append(client.get(dossier).content.decode())
        for html in pages:
            assert "样例街道党工委" in html
            assert ("诸葛上级" in html) == is_named


def test_a_place_without_organisations_says_so(people, district):
    assert "No branch or group yet." in tree(people.leader, district.sister_community)
    assert client_of(people.worker).get(
        reverse("party_grid:tree", args=[district.street.code])
    ).status_code == 404  # fmt: skip


@pytest.mark.parametrize("level", ["street", "community", "area"])
def test_trees_take_a_constant_number_of_statements(people, settled, district, level):
    client = client_of(people.chief)
    address = reverse("party_grid:tree", args=[getattr(district, level).code])
    few = statements(client, address)
    for community in (district.community, district.sister_community):
        make_layout(community, {n + 20: "PQRSTU"[n] for n in range(6)})
        services.apply_steps(
            by=people.leader,
            proposal=services.prepare_proposal(by=people.clerk, area=community),
            document_number="2号",
            document_on=DAY,
        )
    for branch in PartyOrganisation.objects.filter(name="P院党支部"):
        make_duty(branch)
    assert statements(client, address) == few


def test_drawings_hold_no_more_than_a_sheet_of_paper(district):
    def organ(pk, kind, *children):
        return Organ(pk, f"样例{pk}", kind, children=list(children))

    branch, group = OrganisationKind.BRANCH, OrganisationKind.GROUP
    place = CommunityTree(district.community)
    place.branches = [
        organ(n, branch, *(organ(100 * n + i, group) for i in range(3))) for n in range(1, 31)
    ] + [organ(99, branch, *(organ(9900 + i, group) for i in range(40)))]
    sheets = drawings(place)
    heights = [float(sheet.split('viewBox="-1 -1 1042 ')[1].split('"')[0]) for sheet in sheets]
    assert heights[0] <= ROWS_FIRST * 28 + 60
    assert max(heights) <= ROWS * 28 + 60
    together = "".join(sheets)
    for n in range(1, 31):
        assert f">样例{n}</text>" in together
    assert together.count("(continued)") + together.count("（续）") == 2


def test_a_group_without_a_branch_that_stands_is_not_lost(people, settled, district):
    PartyOrganisation.objects.filter(name="A院党支部").update(dissolved_on=DAY)
    assert "group without a branch" in tree(people.leader, district.community)


def test_the_chain_of_a_compound_runs_from_the_district_to_its_centre_households(
    people, settled, district
):
    branch = PartyOrganisation.objects.get(name="A院党支部")
    compound = branch.compounds.get()
    entrance = make_building(compound).entrances.first()
    household = Duty(
        person=make_duty(branch, kind="COMMITTEE_MEMBER").person,
        kind_id="CENTRE_HOUSEHOLD",
        seat="ENTRANCE",
        compound=compound,
        building=entrance.building,
        entrance=entrance,
    )
    household.place_in(district.community)
    household.save()
    address = reverse("dashboards:dossier_party", args=[compound.code])
    text = text_of(client_of(people.leader, "en").get(address))
    for words in (
        "District committee none on record",
        "A院党支部 secretary 样例书记",
        "1号楼1单元",
    ):
        assert words in text
    assert "1 / 8" in text
    assert "样例书记" not in text_of(client_of(people.boss, "en").get(address))
    client = client_of(people.leader)
    few = statements(client, address)
    make_grid(district.community, 9, compound)
    assert statements(client, address) == few


def test_a_tree_reads_members_only_where_all_are_on_record(people, settled, district):
    branch = next(
        one
        for one in read_tree(district.community, scope=Scope(())).communities[0].branches
        if one.name == "第3网格党支部"
    )
    assert (branch.members, branch.finding) == (12, "")
    assert branch.seats == 12


def listed(user, **query) -> dict[str, str]:
    """The proposals of the list with the word of their state."""
    answer = client_of(user, "en").get(reverse("party_grid:proposal_list"), query)
    rows = answer.content.decode().split("<tbody>")[-1].split("<tr>")[1:]
    return {
        re.search(r"proposals/(\d+)/", row)[1]: re.findall(r'class="chip[^>]*>([^<]+)', row)[-1]
        for row in rows
    }


def test_a_proposal_with_a_newer_one_is_superseded_and_waits_for_nobody(people, proposal, district):
    newer = services.prepare_proposal(by=people.clerk, area=district.community)
    assert listed(people.leader) == {str(proposal.pk): "superseded", str(newer.pk): "open"}
    assert list(listed(people.leader, state="waiting")) == [str(newer.pk)]
    assert "A newer proposal has been prepared" in page(people.leader, proposal)
    assert "A newer proposal has been prepared" not in page(people.leader, newer)


def test_where_no_grid_is_drawn_nothing_is_said_to_agree(people, district):
    make_layout(district.community, {}, A=3)
    bare = services.prepare_proposal(by=people.clerk, area=district.community)
    assert listed(people.clerk) == {str(bare.pk): "grids to be drawn first"}
    assert "No compound here lies in a grid" in page(people.clerk, bare)


def test_full_width_digits_of_a_document_are_made_plain(people, proposal):
    sent = {**DOCUMENT, "document_number": "样例党〔２０２６〕７号"}
    send(people.leader, "apply", proposal, steps=ids(proposal, "第2网格党小组"), **sent)
    assert set(PartyOrganisation.objects.values_list("document_number", flat=True)) == {
        "样例党〔2026〕7号"
    }
