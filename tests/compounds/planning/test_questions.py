"""The dossier tells a compound's place in the plan that counts most."""

import datetime as dt

import pytest
from django.urls import reverse

from compounds.planning.models import Adoption
from compounds.planning.questions import latest_place
from tests.compounds.assignment.cast import make_cast
from tests.compounds.planning.desk import DAY, make_bundle, make_place, make_run
from tests.factories import make_compound, make_provider, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(district):
    return make_cast(district)


def put(run, cast, state, on=DAY):
    decided = {"decided_by": cast.approver, "decided_on": on} if state == "APPROVED" else {}
    return Adoption.objects.create(
        run=run, reason="样例", prepared_by=cast.officer, prepared_on=DAY, state=state, **decided
    )


def test_the_plan_approved_last_counts_and_one_merely_reckoned_does_not(
    district, cast, django_assert_num_queries
):
    compound, firm = make_compound(district.community), make_provider(district.area)
    runs = [make_run(district.area, cast.officer) for _ in range(4)]
    for run in runs:
        make_place(run, compound, make_bundle(run, firm))
    put(runs[3], cast, "WITHDRAWN")
    assert latest_place(cast.officer, compound) is None
    put(runs[2], cast, "PROPOSED")
    assert latest_place(cast.officer, compound).run == runs[2]
    put(runs[0], cast, "APPROVED", on=DAY)
    put(runs[1], cast, "APPROVED", on=DAY - dt.timedelta(days=1))
    cast.officer.scope  # noqa: B018 - its posts are read once
    with django_assert_num_queries(1):
        place = latest_place(cast.officer, compound)
        assert (place.run, place.adoption) == (runs[0], "APPROVED")
        assert place.bundle.provider == firm


def test_the_dossier_shows_it_with_its_state_and_a_link(client, district, cast):
    compound, firm = make_compound(district.community), make_provider(district.area)
    client.force_login(cast.officer)
    page = reverse("dashboards:compound_dossier", args=[compound.code])
    client.cookies["django_language"] = "en"
    run = make_run(district.area, cast.officer, title="样例方案")
    make_place(run, compound, make_bundle(run, firm))
    assert firm.name not in client.get(page).content.decode()
    put(run, cast, "PROPOSED")
    shown = client.get(page).content.decode()
    assert "put to approval" in shown
    assert firm.name in shown
    why = reverse("planning:place_detail", args=[run.pk, compound.code])
    assert why in shown
    assert client.get(why).status_code == 200


def test_a_street_reads_its_places_everywhere_or_nowhere(client, district, cast):
    compound, firm = make_compound(district.community), make_provider(district.area)
    run = make_run(district.area, cast.officer)
    make_place(run, compound, make_bundle(run, firm))
    adoption = put(run, cast, "PROPOSED")
    client.force_login(cast.clerk)
    pages = [
        reverse("planning:place_list", args=[run.pk]),
        reverse("planning:place_detail", args=[run.pk, compound.code]),
    ]
    assert [client.get(page).status_code for page in pages] == [404, 404]
    assert latest_place(cast.clerk, compound) is None
    Adoption.objects.filter(pk=adoption.pk).update(
        state="APPROVED", decided_by=cast.approver, decided_on=DAY
    )
    assert [client.get(page).status_code for page in pages] == [200, 200]
    assert latest_place(cast.clerk, compound).run == run


def test_nobody_sees_the_place_of_a_compound_outside_their_posts(district, cast):
    compound = make_compound(district.other_community)
    run = make_run(district.area, cast.officer)
    make_place(run, compound)
    put(run, cast, "APPROVED")
    worker = make_user("worker", "community_worker", district.community)
    assert latest_place(worker, compound) is None
    assert latest_place(cast.officer, compound).run == run
