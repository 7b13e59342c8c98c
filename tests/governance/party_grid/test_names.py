"""Names of people reach only those whose posts see them there: lists, files, news, the log."""

import io

import openpyxl
import pytest
from django.urls import reverse

from governance.audit.models import AuditEntry
from governance.party_grid.models import DutyKind
from governance.party_grid.services import duties
from tests.factories import make_person, make_post, make_user

from .whole import make_whole

pytestmark = pytest.mark.django_db
NAME = "诸葛样例"
LISTS = ("duty_list", "organisation_list", "grid_list")


@pytest.fixture
def far(district):
    """A whole party grid in a community of another street, where everybody has one name."""
    whole = make_whole(district.other_community)
    for duty in whole.duties:
        duty.person.name = NAME
        duty.person.save()
    return whole


@pytest.fixture
def leader_and_worker(district):
    """Sees the register of the district, but the people of one community."""
    user = make_user("both", "leader", district.area)
    make_post(user, "community_worker", district.community)
    return user


@pytest.mark.parametrize("name", LISTS)
def test_lists_name_nobody_where_one_of_the_posts_sees_no_people(
    name, district, far, leader_and_worker, client
):
    url = reverse(f"party_grid:{name}")
    client.force_login(leader_and_worker)
    assert NAME not in client.get(url).content.decode()
    assert NAME not in client.get(url, {"columns": "person,head"}).content.decode()
    client.force_login(make_user("clerk", "street_clerk", district.other_street))
    assert NAME in client.get(url).content.decode()


def test_files_name_nobody_where_one_of_the_posts_sees_no_people(district, far, client):
    user = make_user("both", "finance_officer", district.area)
    make_post(user, "community_worker", district.community)
    client.force_login(user)
    for name in ("organisation_export", "grid_export", "duty_export"):
        answer = client.get(reverse(f"party_grid:{name}"))
        book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        cells = [cell.value for sheet in book for row in sheet.rows for cell in row]
        assert NAME not in cells


def test_the_log_of_a_duty_is_for_those_who_see_people_there(district, far, leader_and_worker):
    officer = make_user("officer", "district_officer", district.area)
    kind = DutyKind.objects.get(key="WG_POLICE")
    duties.assign_duty(
        by=officer, kind=kind, seat=far.compound, person=make_person(far.compound, name=NAME)
    )
    told = AuditEntry.objects.filter(object_type="party_grid.duty")
    assert NAME not in str(list(told.values_list("object_label", "changes")))
    assert told.visible_to(officer).count() == 1
    for role, area in (("leader", district.area), ("finance_officer", district.area)):
        assert not told.visible_to(make_user(role, role, area)).exists()
    assert not told.visible_to(leader_and_worker).exists()
    make_post(leader_and_worker, "community_worker", district.other_community)
    del leader_and_worker.scope
    assert told.visible_to(leader_and_worker).count() == 1


def test_the_log_of_an_export_does_not_say_whose_duties_were_looked_for(district, far, client):
    client.force_login(make_user("officer", "district_officer", district.area))
    person = far.duties[0].person
    for query in ({"q": NAME}, {"person": person.pk}):
        assert client.get(reverse("party_grid:duty_export"), query).status_code == 200
    told = AuditEntry.objects.filter(verb="export").values_list("changes", flat=True)
    assert len(told) == 2
    assert NAME not in str(list(told))
    assert f"#{person.pk}" in str(list(told))
