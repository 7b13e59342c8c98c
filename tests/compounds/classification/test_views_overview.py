"""The overview, runs and work lists as people see them."""

import datetime as dt

import pytest
from django.utils import timezone

from compounds.classification import services
from compounds.classification.models import Decision, Run, Trial
from governance.audit.models import AuditEntry
from governance.foundation import dates
from tests.factories import make_area, make_compound, make_invitation, make_user

from .pages import AS_OF, client_of, run, statements, text_of
from .policies import make_people, make_policy, make_sample

pytestmark = pytest.mark.django_db
OVERVIEW = "/classification/"
WORK = f"{OVERVIEW}work/"


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: AS_OF)


@pytest.fixture
def people(district):
    return make_people(district)


@pytest.fixture
def sample(district, people):
    make_policy(district, people)
    return make_sample(district)


@pytest.fixture
def classified(sample, people):
    run(people.officer)
    return sample


def test_figures_equal_the_lists_they_open(classified, people):
    client = client_of(people.officer)
    answer = client.get(OVERVIEW)
    for figure in answer.context["strategies"]:
        listed = client.get(figure["href"])
        assert listed.context["listing"].counted == figure["count"]
    whole, links = answer.context["whole"], answer.context["links"]
    expected = {
        "all": whole.total,
        "incomplete": whole.incomplete,
        "unmatched": whole.unmatched,
        "overridden": whole.overridden,
        "unclassified": whole.unclassified,
        "near": answer.context["near"],
    }
    for name, count in expected.items():
        assert client.get(links[name]).context["listing"].counted == count, name


def test_overview_names_the_policy_and_its_terms(classified, people):
    page = text_of(client_of(people.leader).get(OVERVIEW))
    assert "样例定策标准" in page
    assert "0.50 元/㎡·月 × 6 个月" in page


def test_overview_counts_only_the_readers_street(classified, people):
    whole = client_of(people.clerk).get(OVERVIEW).context["whole"]
    assert whole.total == 4
    other = client_of(people.other_clerk).get(OVERVIEW).context["whole"]
    assert (other.incomplete, other.unmatched) == (1, 1)


def test_overview_without_a_policy_says_what_to_do(district, people):
    page = text_of(client_of(people.officer).get(OVERVIEW))
    assert "发布政策后才能定策" in page
    assert "起草政策" in page


def test_accounts_without_the_register_are_refused(district):
    outsider = make_user(role="account_admin", area=district.area)
    for page in (OVERVIEW, WORK, "/classification/policies/", "/classification/runs/"):
        assert client_of(outsider).get(page).status_code == 403


def test_statements_do_not_grow_with_compounds(classified, people, district):
    pages = [OVERVIEW, WORK, f"{WORK}?list=near", f"{WORK}?list=unmatched"]
    client = client_of(people.officer)
    before = [statements(client, page) for page in pages]
    grey = classified.grey
    for community in district.communities:
        for _number in range(4):
            row = make_compound(community)
            make_invitation(row, grey, answer="REFUSED")
            make_compound(community)
    run(people.officer)
    assert [statements(client, page) for page in pages] == before
    assert max(before) <= 25


def test_running_gives_every_compound_a_result_and_a_page(
    sample, people, django_capture_on_commit_callbacks
):
    client = client_of(people.officer)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/classification/runs/start/")
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert Run.objects.get().state == "DONE"
    words = text_of(page)
    assert "已完成" in words
    assert "补贴过渡" in words
    assert Run.objects.get().fingerprint in words


def test_a_run_reaches_no_further_than_the_clerks_street(
    sample, people, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        client_of(people.clerk).post("/classification/runs/start/")
    assert set(Decision.objects.values_list("street_id", flat=True)) == {
        people.clerk.scope.home.area
    }


def test_the_area_of_a_run_must_lie_inside_the_scope(sample, people, district):
    answer = client_of(people.clerk).post(
        "/classification/runs/start/", {"area": district.other_street.code}
    )
    assert answer.status_code == 404
    assert not Run.objects.exists()


def test_a_grid_is_no_area_to_classify(sample, people, district):
    grid = make_area(4, f"{district.community.code}001", "一网格", district.community)
    answer = client_of(people.officer).post("/classification/runs/start/", {"area": grid.code})
    assert answer.status_code == 404


def test_who_may_not_run_is_refused_and_sees_no_button(sample, people):
    client = client_of(people.leader)
    assert "运行定策" not in text_of(client.get(OVERVIEW)).split("还要办")[0]
    assert client.post("/classification/runs/start/").status_code == 403


def test_a_run_without_a_policy_is_refused_in_a_sentence(district, people):
    answer = client_of(people.officer).post("/classification/runs/start/", follow=True)
    assert "没有" in text_of(answer)
    assert not Run.objects.exists()


def test_a_waiting_run_shows_progress_and_can_be_cancelled(sample, people):
    waiting = services.prepare_run(by=people.officer)
    client = client_of(people.officer)
    page = client.get(f"/classification/runs/{waiting.pk}/")
    assert b'hx-trigger="every 2s"' in page.content
    assert "排队中" in text_of(page)
    client.post(f"/classification/runs/{waiting.pk}/cancel/")
    waiting.refresh_from_db()
    assert waiting.state == "CANCELLED"
    assert "重新运行" in text_of(client.get(f"/classification/runs/{waiting.pk}/"))


def test_the_progress_fragment_ends_by_reloading_the_page(classified, people):
    done = Run.objects.get()
    answer = client_of(people.officer).get(
        f"/classification/runs/{done.pk}/",
        headers={"HX-Request": "true", "HX-Target": "progress"},
    )
    assert answer["HX-Refresh"] == "true"
    assert b"<html" not in answer.content


def test_a_leader_cannot_cancel_a_run(sample, people):
    waiting = services.prepare_run(by=people.officer)
    assert (
        client_of(people.leader).post(f"/classification/runs/{waiting.pk}/cancel/").status_code
        == 403
    )
    waiting.refresh_from_db()
    assert waiting.state == "QUEUED"


def test_a_failed_run_says_so(sample, people):
    failed = services.prepare_run(by=people.officer)
    Run.objects.filter(pk=failed.pk).update(state="FAILED", error="KeyError")
    assert "运行出错停止" in text_of(
        client_of(people.officer).get(f"/classification/runs/{failed.pk}/")
    )


def test_runs_of_another_street_do_not_exist(sample, people):
    theirs = services.run_classification(by=people.other_clerk, as_of=AS_OF)
    assert client_of(people.clerk).get(f"/classification/runs/{theirs.pk}/").status_code == 404


def test_a_districts_run_shows_a_district_page_only_to_the_district(classified, people):
    assert (
        client_of(people.clerk).get(f"/classification/runs/{Run.objects.get().pk}/").status_code
        == 404
    )
    assert (
        client_of(people.leader).get(f"/classification/runs/{Run.objects.get().pk}/").status_code
        == 200
    )


def test_what_a_run_changed_is_shown_against_before(classified, people):
    row = classified.small
    row.chargeable_area_m2 = 6000
    row.save()
    classified.uninvited.management_mode = "FIRM"
    classified.uninvited.save()
    second = run(people.officer)
    page = text_of(client_of(people.officer).get(f"/classification/runs/{second.pk}/"))
    assert row.name in page
    assert "18,000.00" in page
    assert "终止的定策 1" in page


# --- work lists -------------------------------------------------------------------------------


def test_unknown_facts_are_listed_by_fact_and_community_with_a_door(classified, people):
    row = classified.uninvited
    page = client_of(people.officer).get(f"{WORK}?list=facts")
    assert "补贴下愿进驻企业" in text_of(page)
    assert f"/providers/invite/{row.code}/" in page.content.decode()
    assert row.community.name in text_of(page)


def test_a_fact_of_the_register_opens_its_field(classified, people):
    row = classified.red
    row.household_count = None
    row.save()
    run(people.officer)
    page = client_of(people.clerk).get(f"{WORK}?list=facts&fact=households")
    assert f"{row.code}/edit/?missing=1#id_household_count" in page.content.decode()


def test_near_a_threshold_is_sorted_and_says_what_it_would_become(classified, people):
    for name, households in (("red", 305), ("red_two", 301)):
        row = getattr(classified, name)
        row.household_count = households
        row.save()
    run(people.officer)
    answer = client_of(people.officer).get(f"{WORK}?list=near")
    near = answer.context["near"]
    assert [row.value for row in near][:2] == ["301 户", "305 户"]
    assert near[0].threshold == "≥ 300 户"
    assert near[0].difference == "+1"
    assert near[0].percent <= near[1].percent


def test_an_empty_list_says_all_is_done(classified, people):
    assert "都办完了" in text_of(client_of(people.clerk).get(f"{WORK}?list=unmatched"))


def test_lists_are_filtered_by_street(classified, people, district):
    client = client_of(people.officer)
    page = client.get(f"{WORK}?list=unmatched&street={district.street.code}")
    assert "都办完了" in text_of(page)
    page = client.get(f"{WORK}?list=unmatched&street={district.other_street.code}")
    assert classified.once_refused.name in text_of(page)


def test_a_street_outside_the_scope_filters_nothing_in(classified, people, district):
    page = client_of(people.clerk).get(f"{WORK}?list=unmatched&street={district.other_street.code}")
    assert classified.once_refused.name not in text_of(page)


@pytest.mark.parametrize("name", ["facts", "near", "unmatched", "approve", "expiring"])
def test_every_list_is_exported_and_the_export_is_recorded(classified, people, name):
    answer = client_of(people.officer).get(f"{WORK}export/?list={name}")
    assert answer.status_code == 200
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert AuditEntry.objects.filter(verb="export").exists()


def test_who_may_not_export_is_refused(classified, people):
    assert client_of(people.leader).get(f"{WORK}export/").status_code == 403


def test_overrides_about_to_expire_show_the_days_left(classified, people):
    override = services.propose_override(
        by=people.clerk,
        compound=classified.small,
        strategy="FALLBACK",
        reason="企业退出",
        document="样例纪〔2026〕1号",
        expires_on=dates.today().replace(day=10),
    )
    services.approve_override(by=people.chief, override=override, version=override.version)
    assert "剩 9 天" in text_of(client_of(people.clerk).get(f"{WORK}?list=expiring"))


@pytest.mark.parametrize(
    "page", ["", "work/", "runs/", "policies/", "overrides/", "trials/", "trials/new/"]
)
def test_pages_are_complete_in_english(classified, people, page):
    answer = client_of(people.officer, language="en").get(f"/classification/{page}")
    assert answer.status_code == 200
    chinese = [word for word in ("定策", "策略", "补贴", "草案") if word in text_of(answer)]
    assert chinese in ([], ["定策"])  # the sample policy's own title


def test_a_compound_that_waited_for_facts_before_shows_so_among_earlier_decisions(
    classified, people
):
    row = classified.uninvited
    make_invitation(row, classified.grey, answer="AGREED_WITH_SUBSIDY")
    run(people.officer)
    page = client_of(people.officer).get(f"/compounds/{row.code}/classification/")
    assert page.status_code == 200
    assert "待补资料" in text_of(page)


def test_pages_show_a_task_whose_worker_was_killed_as_failed_and_offer_to_start_again(
    sample, people
):
    task = services.prepare_run(by=people.officer, as_of=AS_OF)
    trial = services.prepare_trial(by=people.officer, policy=task.policy)
    long_ago = timezone.now() - dt.timedelta(minutes=6)
    for model in (Run, Trial):
        model.objects.update(state="RUNNING", heartbeat_at=long_ago)
    client = client_of(people.officer)
    assert client.get("/classification/runs/").context["page"][0].state == "FAILED"
    page = client.get(f"/classification/runs/{task.pk}/").content.decode()
    assert 'action="/classification/runs/start/"' in page
    assert f'name="area" value="{task.area.code}"' in page
    watcher = client_of(people.leader).get(f"/classification/runs/{task.pk}/")
    assert "/classification/runs/start/" not in watcher.content.decode()
    page = client.get(f"/classification/trials/{trial.pk}/")
    assert page.context["trial"].state == "FAILED"
    assert f"?policy={task.policy_id}" in page.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        WORK,
        f"{WORK}?list=near",
        "/providers/",
        "/providers/invitations/",
        "/register/",
        "/compounds/{code}/",
    ],
)
def test_printed_sheets_say_who_filled_them_in(classified, people, address):
    page = client_of(people.clerk).get(address.format(code=classified.red.code))
    foot = page.content.decode().split('<footer class="filled-by">')[1].split("</footer>")[0]
    clerk = people.clerk.display_name
    for words in ("填报单位：坞城街道", "填报日期：20", f"填表人：{clerk}", "审核人："):
        assert words in foot
