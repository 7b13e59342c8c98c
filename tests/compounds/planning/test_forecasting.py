"""What of a plan can be proposed now: foretold by the same judgement by which it is proposed."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.assignment.models import Assignment
from compounds.assignment.services import add_lock
from compounds.planning.forecasting import Forecast, judged
from compounds.planning.models import Adoption, PlanPlace
from compounds.planning.services.adopting import adopt, decide, propose_differences
from compounds.planning.services.inviting import invite_for
from compounds.providers.models import Invitation
from tests.compounds.assignment.cast import active, make_cast, make_classified, make_pair, proposed
from tests.compounds.planning.desk import (
    DAY,
    make_bundle,
    make_norms,
    make_place,
    make_run,
    tally_of,
)
from tests.factories import make_invitation, make_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(district):
    make_norms(district.area)
    return make_cast(district)


@pytest.fixture
def run(district, cast):
    return make_run(district.area, cast.officer)


def give(run, compound, firm, number, **changes) -> PlanPlace:
    return make_place(run, compound, make_bundle(run, firm, number=number), **changes)


def kinds(run, adoption=None) -> Counter:
    return Counter(one.kind for one in judged(run, adoption))


def every_kind(district, cast, run) -> None:
    """A change of each kind: ready, five that need something, changed, on its way."""
    give(run, *make_pair(district), 1)
    give(run, *make_pair(district, answer=None), 2)
    give(run, make_classified(district.community, "FALLBACK"), make_provider(district.area), 3)
    give(run, *make_pair(district, answer="WAITING"), 4)
    give(run, *make_pair(district, answer="REFUSED"), 5)
    small, firm = make_pair(district, chargeable_area_m2=9000)
    type(firm).objects.filter(pk=firm.pk).update(capacity_m2=1)
    give(run, small, firm, 6)
    held, firm = make_pair(district)
    add_lock(by=cast.clerk, compound=held, kind="HOLD", reason="样例")
    give(run, held, firm, 7)
    managed, firm = make_pair(district)
    type(managed).objects.filter(pk=managed.pk).update(is_unmanaged=False)
    give(run, managed, firm, 8)
    busy, firm = make_pair(district)
    proposed(cast, busy, firm)
    give(run, busy, firm, 9)
    unit, firm = make_pair(district, strategy="UNIT_COBUILD")
    give(run, unit, firm, 10)


def test_each_change_is_counted_once_by_what_is_to_be_done_first(district, cast, run):
    every_kind(district, cast, run)
    assert kinds(run) == {
        "READY": 1, "INVITE": 1, "INVITE_CLASSIFY": 1, "ANSWER": 1, "REFUSED": 1, "LACKS": 1,
        "BARRED": 1, "CHANGED": 1, "PREPARED": 1, "CLASSIFY": 1,
    }  # fmt: skip
    make_place(run, make_classified(district.community), today=make_provider(district.area))
    centre = make_bundle(run, None, number=12, centre_of=district.street)
    make_place(run, make_classified(district.community), centre)
    groups = {one.kind: one.count for one in Forecast(run, cast.officer).groups}
    assert (groups["GIVEN_UP"], groups["CENTRE"]) == (1, 1)
    assert sum(groups.values()) == tally_of(run).changed


def test_what_is_foretold_is_what_comes_of_it(district, cast, run):
    every_kind(district, cast, run)
    # Two compounds for a firm that has room for one.
    firm = make_provider(district.area, capacity_m2=6000)
    for number in (11, 12):
        compound = make_classified(district.community, chargeable_area_m2=4000)
        make_invitation(compound, firm, answer="AGREED_WITH_SUBSIDY")
        give(run, compound, firm, number)
    foretold = Forecast(run, cast.officer).ready
    adoption = adopt(by=cast.officer, run=run, reason="样例")
    decide(by=cast.approver, adoption=adoption, version=1, approves=True, document="1号")
    adoption.refresh_from_db()
    before = Assignment.objects.count()
    row = propose_differences(by=cast.officer, adoption=adoption, version=2)
    assert foretold == row.outcome["proposed"] == Assignment.objects.count() - before == 2
    assert Forecast(run, cast.officer, row).made == 2
    assert Forecast(run, cast.officer, row).ready == 0


def test_the_team_of_fallback_service_is_fallback_and_is_followed(district, cast, run):
    team = make_provider(district.area, kind="FALLBACK_TEAM", is_in_district=True)
    compound = make_classified(district.community, "FALLBACK")
    for number in (1, 2):
        make_invitation(compound, make_provider(district.area), round=number, answer="REFUSED")
    serving = active(cast, compound, team, DAY)
    firm = make_provider(district.area, kind="COMMUNITY_COMPANY")
    give(run, compound, firm, 1)  # a plan of before did not name the team
    left = make_classified(district.community, "FALLBACK")
    make_place(run, left, outcome="STAYS", today=team)
    [one] = judged(run)
    assert (one.kind, one.proposal.replaces) == ("READY", serving)
    assert Forecast(run, cast.officer).ready_as_fallback == 1
    found = tally_of(run)
    assert (found.taken, found.stays, found.lost, found.left_today) == (1, 1, 0, 2)


def test_the_forecast_asks_the_same_however_many_change(district, cast, run):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert Forecast(run, cast.officer).groups
        return len(queries)

    give(run, *make_pair(district), 1)
    few = asked()
    for number in range(2, 8):
        give(run, *make_pair(district), number)
    assert asked() <= few


def test_firms_of_a_plan_are_invited_by_one_letter(client, district, cast, run):
    first, firm = make_pair(district, answer=None)
    second, other = make_pair(district, answer=None)
    asked, third = make_pair(district)
    for number, pair in enumerate(((first, firm), (second, other), (asked, third)), start=1):
        give(run, *pair, number)
    client.force_login(cast.officer)
    address = reverse("planning:invite", args=[run.pk])
    page = client.get(address)
    assert [one.place.compound for one in page.context["rows"]] == [first, second]
    assert address in client.get(reverse("planning:plan_detail", args=[run.pk])).content.decode()
    place = PlanPlace.objects.get(compound=first)
    sent = {"invited_on": "2026-06-01", "letter": "小物邀〔2026〕3号", "once": "1" * 32}
    assert client.post(address, sent).context["form"].errors  # nothing picked
    done = client.post(address, {**sent, "once": "2" * 32, "place": [place.pk]})
    assert done["Location"] == reverse("planning:plan_detail", args=[run.pk])
    letter = Invitation.objects.get(compound=first)
    assert (letter.provider, letter.round, letter.letter) == (firm, 1, "小物邀〔2026〕3号")
    assert not Invitation.objects.filter(compound=second).exists()
    assert kinds(run) == {"ANSWER": 1, "INVITE": 1, "READY": 1}


def test_inviting_asks_the_same_however_many_are_picked(client, district, cast, run):
    client.force_login(cast.officer)
    address = reverse("planning:invite", args=[run.pk])

    def asked(count: int, once: str) -> int:
        places = [
            give(run, *make_pair(district, answer=None), len(once) * 100 + number).pk
            for number in range(count)
        ]
        sent = {"invited_on": "2026-06-01", "once": once.ljust(32, "0"), "place": places}
        with CaptureQueriesContext(connection) as queries:
            assert client.post(address, sent).status_code == 302
        return len(queries)

    asked(1, "a")
    few = asked(2, "ab")
    assert asked(6, "abc") <= few
    assert Invitation.objects.count() == 9


def test_an_invitation_of_the_plan_joins_the_round_its_compound_is_in(district, cast, run):
    waiting, firm = make_pair(district, answer=None)
    make_invitation(waiting, make_provider(district.area), round=2, answer="WAITING")
    refused, other = make_pair(district, answer=None)
    make_invitation(refused, make_provider(district.area), round=2, answer="REFUSED")
    places = [give(run, waiting, firm, 1).pk, give(run, refused, other, 2).pk]
    assert invite_for(by=cast.officer, run=run, places=places, invited_on=DAY) == 2
    assert Invitation.objects.get(compound=waiting, provider=firm).round == 2
    assert Invitation.objects.get(compound=refused, provider=other).round == 3


def test_a_number_that_is_none_is_no_place_to_invite_for(client, district, cast, run):
    give(run, *make_pair(district, answer=None), 1)
    client.force_login(cast.officer)
    sent = {"invited_on": "2026-06-01", "once": "3" * 32, "place": ["9" * 5000, "²"]}
    page = client.post(reverse("planning:invite", args=[run.pk]), sent)
    assert page.status_code == 200
    assert page.context["form"].errors


def test_what_is_foretold_tells_of_no_place_outside_the_posts(district, cast, run):
    own, firm = make_pair(district)
    give(run, own, firm, 1)
    give(run, make_classified(district.other_community), make_provider(district.area), 2)
    seen = Forecast(run, cast.clerk)
    assert [name for group in seen.groups for name in group.names] == [f"{own.code} {own.name}"]
    assert len(judged(run)) == 2


def test_who_works_in_a_street_reads_its_places_in_an_approved_plan(client, district, cast, run):
    own, firm = make_pair(district)
    outside = make_classified(district.other_community, name="外街样例院")
    give(run, own, firm, 1)
    give(run, outside, make_provider(district.area), 2)
    client.force_login(cast.clerk)
    places = reverse("planning:place_list", args=[run.pk])
    assert client.get(places).status_code == 404
    assert places not in client.get(reverse("planning:plan_list")).content.decode()
    adoption = adopt(by=cast.officer, run=run, reason="样例")
    assert client.get(places).status_code == 404
    decide(by=cast.approver, adoption=adoption, version=1, approves=True, document="1号")
    assert places in client.get(reverse("planning:plan_list")).content.decode()
    said = client.get(places).content.decode()
    assert own.name in said
    assert outside.name not in said
    assert reverse("planning:bundle_detail", args=[run.pk, 1]) not in said
    assert f'href="{reverse("planning:plan_detail", args=[run.pk])}"' not in said
    for name, more in (("plan_detail", []), ("bundle_detail", [1]), ("plan_changes", [])):
        assert client.get(reverse(f"planning:{name}", args=[run.pk, *more])).status_code == 404
    Adoption.objects.update(state="REFUSED")
    assert client.get(places).status_code == 404
