"""Telling people: once, only whom it concerns, in their language, and nobody else sees it."""

import datetime as dt
import threading

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy, ngettext_lazy

from governance.foundation import seeding
from governance.notices import bundles, kinds, sources
from governance.notices.models import Notice
from governance.notices.services import compose, mark_read, settle, tell, tell_holders
from tests.factories import make_compound, make_post, make_user

PAGE = "/register/"


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    monkeypatch.setattr(kinds, "_sentences", {})
    kinds.register(
        "sample",
        ngettext_lazy("%(count)s row in %(place)s", "%(count)s rows in %(place)s", "count"),
    )
    return "sample"


@pytest.fixture
def clerk(district):
    return make_user("clerk", "street_clerk", district.street)


def say(users, batch="b1", count=2, **changes):
    facts = {"kind": "sample", "url": PAGE, "values": {"place": "坞城街道"}} | changes
    return tell(users, batch=batch, count=count, **facts)


def web(user) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


# --- Telling --------------------------------------------------------------------------------------
def test_nobody_is_told_the_same_twice(clerk):
    assert say([clerk]) == 1
    assert say([clerk, clerk.pk]) == 0
    assert say([clerk], batch="b2") == 1
    assert Notice.objects.count() == 2


def test_telling_many_costs_as_many_statements_as_telling_one(district):
    people = [make_user(f"u{number}") for number in range(30)]
    with CaptureQueriesContext(connection) as one:
        say(people[:1], batch="one")
    with CaptureQueriesContext(connection) as many:
        assert say(people, batch="many") == 30
    assert len(many) == len(one)


def test_a_notice_speaks_the_language_of_its_reader(clerk):
    say([clerk], count=1)
    with translation.override("en"):
        assert Notice.objects.get().title == "1 row in 坞城街道"


def test_a_kind_of_an_earlier_edition_still_has_a_title(clerk):
    say([clerk])
    kinds._sentences.clear()
    with translation.override("en"):
        assert Notice.objects.get().title == "A notice of an earlier edition"


@pytest.mark.parametrize("url", ["https://elsewhere.example/", "//elsewhere.example", "register/"])
def test_a_notice_leads_to_our_own_pages_only(clerk, url):
    with pytest.raises(ValueError, match="no path of ours"):
        say([clerk], url=url)


def test_what_cannot_be_told_is_refused(clerk):
    with pytest.raises(LookupError):
        say([clerk], kind="unheard-of")
    with pytest.raises(ValueError, match="batch"):
        say([clerk], batch="")


@pytest.mark.django_db(transaction=True)
def test_two_who_tell_at_once_tell_once(transactional_db, district, kind):
    reader = make_user("reader")
    gate = threading.Barrier(2)
    failures = []

    def tell_it():
        try:
            gate.wait(10)
            say([reader])
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=tell_it) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures
    assert Notice.objects.count() == 1


# --- One line for each kind ----------------------------------------------------------------------
@pytest.fixture
def words():
    kinds.register("done", gettext_lazy("%(place)s: it is done"))
    kinds.register("dated", gettext_lazy("It ends on %(day)s"))
    with translation.override("en"):
        yield


def line_of(user):
    [line] = bundles.unread_of(user)
    return line


def test_those_that_say_the_same_are_one_line_with_the_number_of_all(clerk, words):
    for number in (1, 2):
        say([clerk], batch=f"b{number}", count=number)
    assert line_of(clerk).title == "3 rows in 坞城街道"
    opened = reverse("notices:notice_open", args=[Notice.objects.first().pk])
    assert line_of(clerk).url == opened
    web(clerk).get(opened)
    assert not Notice.objects.unread().exists()


def test_those_of_several_places_name_one_and_count_the_others(clerk, words):
    for number in range(3):
        say(
            [clerk],
            kind="done",
            batch=f"b{number}",
            url=f"/x/{number}/",
            count=1,
            values={"place": f"{number}号院"},
        )
    assert line_of(clerk).title == "2号院 and 2 more: it is done"
    assert line_of(clerk).url == f"{reverse('notices:notice_list')}?kind=done&state=unread"
    web(clerk).get(reverse("notices:notice_open", args=[Notice.objects.first().pk]))
    assert line_of(clerk).title == "1号院 and 1 more: it is done"
    page = web(clerk).get(line_of(clerk).url).content.decode()
    assert "0号院: it is done" in page
    assert "1号院: it is done" in page


def test_those_of_other_words_are_told_by_the_newest(clerk, words):
    for day in ("2026-05-01", "2026-06-01"):
        say([clerk], kind="dated", batch=day, values={"day": day})
    assert line_of(clerk).title == "It ends on 2026-06-01 (and 1 more)"


def test_kinds_stand_apart_and_the_head_counts_lines(clerk, words):
    say([clerk])
    say([clerk], batch="b2")
    say([clerk], kind="dated", batch="d", values={"day": "2026-05-01"})
    assert [line.newest.kind for line in bundles.unread_of(clerk)] == ["dated", "sample"]
    assert sources.remember(clerk, []).unread == 2


def test_a_kind_is_marked_as_read_apart_from_the_others(clerk, words):
    say([clerk])
    say([clerk], kind="dated", batch="d", values={"day": "2026-05-01"})
    web(clerk).post(reverse("notices:notice_read_all"), {"kind": "dated"})
    assert line_of(clerk).newest.kind == "sample"


# --- Done by itself -------------------------------------------------------------------------------
@pytest.fixture
def waiting(monkeypatch):
    """How much of the sample kind waits, for whom."""
    left = {}
    monkeypatch.setattr(kinds, "_waiting", {"sample": lambda user: left.get(user.pk, 0)})
    return left


def test_what_told_of_work_is_read_once_nothing_waits(clerk, waiting):
    other = make_user("other")
    waiting.update({clerk.pk: 1, other.pk: 2})
    say([clerk, other])
    assert sources.remember(clerk, []).unread == 1
    waiting[clerk.pk] = 0
    assert sources.remember(clerk, []).unread == 0
    assert Notice.objects.unread().get().user == other


def test_many_of_work_say_how_much_waits_now(clerk, waiting, words):
    waiting[clerk.pk] = 4
    for number in range(3):
        say([clerk], batch=f"b{number}", count=5)
    assert line_of(clerk).title == "4 rows in 坞城街道"


def test_what_is_told_while_it_is_asked_stays_unread(clerk, monkeypatch):
    say([clerk])

    def nothing(user):
        say([clerk], batch="later")
        return 0

    monkeypatch.setattr(kinds, "_waiting", {"sample": nothing})
    assert bundles.close_done(clerk) == 1
    assert Notice.objects.unread().get().batch == "later"


def test_opening_the_list_leaves_out_what_is_done(clerk, waiting):
    say([clerk])
    assert web(clerk).get(reverse("notices:notice_list")).context["bundles"] == []


def test_a_digest_names_only_what_waits(clerk, waiting):
    say([clerk])
    assert compose(clerk) == {}


def test_what_came_of_a_played_past_is_no_news_but_what_waits_is(district):
    leader = make_user("leader", "street_leader", district.street)
    with seeding.playing():
        say([leader])
        tell_holders(
            "override.approve",
            make_compound(district.community),
            by=None,
            kind="sample",
            batch="waits",
            url=PAGE,
            values={"place": "坞城"},
        )
    assert Notice.objects.unread().get().batch == "waits"
    say([leader], batch="today")
    assert Notice.objects.unread().count() == 2


# --- Whom it concerns -----------------------------------------------------------------------------
def test_holders_of_a_right_over_a_place_are_told_but_not_who_acted(district):
    leader = make_user("leader", "street_leader", district.street)
    make_user("stranger", "street_leader", district.other_street)
    make_user("clerk", "street_clerk", district.street)
    approver = make_user("approver", "district_approver", district.area)
    gone = make_user("gone", "district_approver", district.area, is_active=False)
    past = make_user("past")
    make_post(past, "street_leader", district.street, valid_until=dt.date(2026, 2, 1))
    told = tell_holders(
        "override.approve",
        make_compound(district.community),
        by=approver,
        kind="sample",
        batch="x",
        url=PAGE,
        values={"place": "坞城"},
    )
    assert told == 1
    assert [row.user for row in Notice.objects.all()] == [leader]
    assert gone.pk != leader.pk


def test_a_bulk_edit_is_one_notice_with_the_number_of_the_readers_own_rows(district):
    leader = make_user("leader", "street_leader", district.street)
    approver = make_user("approver", "district_approver", district.area)
    rows = [make_compound(district.community, refresh=False) for _number in range(3)]
    rows.append(make_compound(district.other_community, refresh=False))
    facts = {"kind": "sample", "url": PAGE, "values": {"place": "区"}}
    told = tell_holders("override.approve", rows, by=None, batch="bulk", **facts)
    assert told == 2
    counts = dict(Notice.objects.values_list("user_id", "count"))
    assert counts == {leader.pk: 3, approver.pk: 4}


def test_what_is_done_is_settled_for_everybody(district, clerk):
    other = make_user("other")
    say([clerk, other])
    say([clerk], batch="b2")
    assert settle("b1") == 2
    assert Notice.objects.unread().get().batch == "b2"


# --- Reading --------------------------------------------------------------------------------------
def test_the_list_shows_unread_first_and_only_ones_own(clerk):
    other = make_user("other")
    say([clerk], batch="old", values={"place": "甲"})
    say([clerk], batch="new", values={"place": "乙"})
    say([clerk], batch="newest", values={"place": "丙"})
    say([other], batch="other", values={"place": "丁"})
    mark_read(by=clerk, notices=Notice.objects.filter(batch="newest").values_list("pk", flat=True))
    answer = web(clerk).get(reverse("notices:notice_list"))
    assert [line.newest.batch for line in answer.context["bundles"]] == ["new"]
    assert [row.batch for row in answer.context["page"]] == ["newest"]
    assert answer.context["unread"] == 2
    assert "丁" not in answer.content.decode()
    unread = web(clerk).get(reverse("notices:notice_list"), {"state": "unread"})
    assert [line.notices for line in unread.context["bundles"]] == [2]
    assert not unread.context["page"].object_list
    of_kind = web(clerk).get(reverse("notices:notice_list"), {"kind": "sample"})
    assert [row.batch for row in of_kind.context["page"]] == ["new", "old", "newest"]
    read = web(clerk).get(reverse("notices:notice_list"), {"state": "read"})
    assert [row.batch for row in read.context["page"]] == ["newest"]


def test_opening_a_notice_reads_it_and_leads_to_its_page(clerk):
    say([clerk])
    notice = Notice.objects.get()
    answer = web(clerk).get(reverse("notices:notice_open", args=[notice.pk]))
    assert answer.status_code == 302
    assert answer["Location"] == PAGE
    first = Notice.objects.get().read_at
    assert first is not None
    web(clerk).get(reverse("notices:notice_open", args=[notice.pk]))
    assert Notice.objects.get().read_at == first


def test_nobody_opens_or_reads_the_notices_of_others(clerk):
    say([clerk])
    notice = Notice.objects.get()
    intruder = web(make_user("intruder"))
    assert intruder.get(reverse("notices:notice_open", args=[notice.pk])).status_code == 404
    intruder.post(reverse("notices:notice_read_all"))
    assert mark_read(by=make_user("another"), notices=[notice.pk]) == 0
    assert Notice.objects.get().read_at is None


def test_all_are_marked_as_read_by_one_form(clerk):
    say([clerk])
    say([clerk], batch="b2")
    answer = web(clerk).post(reverse("notices:notice_read_all"), follow=True)
    assert answer.status_code == 200
    assert not Notice.objects.unread().exists()
    assert web(clerk).get(reverse("notices:notice_read_all")).status_code == 405


def test_the_list_costs_the_same_for_one_and_for_many(clerk):
    client = web(clerk)
    say([clerk])
    client.get(reverse("notices:notice_list"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("notices:notice_list"))
    for number in range(60):
        say([clerk], batch=f"n{number}")
    client.get(reverse("notices:notice_list"))
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("notices:notice_list"))
    assert len(many) == len(few) <= 8


# --- The head of every page -----------------------------------------------------------------------
def test_a_page_never_waits_for_the_numbers_in_its_head(clerk):
    say([clerk])
    client = web(clerk)
    client.get(reverse("registry:compound_list"))
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("registry:compound_list")).content.decode()
    assert not [one for one in queries if "notices_notice" in one["sql"]]
    assert f'hx-get="{reverse("notices:head_counts")}"' in page


def test_the_numbers_are_counted_once_a_minute_and_anew_when_something_is_told(clerk):
    client = web(clerk)
    fragment = client.get(reverse("notices:head_counts"))
    assert fragment.context["head_counts"].unread == 0
    assert "hx-get" not in fragment.content.decode()
    page = client.get(reverse("registry:compound_list"))
    assert page.context["head_counts"].is_fresh
    say([clerk])
    assert client.get(reverse("notices:head_counts")).context["head_counts"].unread == 1
    mark_read(by=clerk)
    assert client.get(reverse("notices:head_counts")).context["head_counts"].unread == 0


def test_numbers_of_another_post_are_not_shown_after_it_has_ended(clerk, district):
    sources.remember(clerk, [sources.Work("样例", 3, True, "/")])
    assert sources.known(clerk).late == 1
    make_post(clerk, "street_leader", district.other_street)
    again = type(clerk).objects.get(pk=clerk.pk)
    assert sources.known(again).open is None


def test_the_head_shows_the_lines_of_the_workbench_and_how_many_are_late(clerk, district):
    make_compound(district.community, decision="")
    answer = web(clerk).get(reverse("dashboards:work"))
    tasks = answer.context["tasks"]
    assert tasks
    counts = web(clerk).get(reverse("dashboards:home")).context["head_counts"]
    assert counts.is_fresh
    assert counts.open == len(tasks)
    assert counts.late == sum(task.is_late for task in tasks)
    fragment = web(clerk).get(reverse("notices:head_counts"))
    assert fragment.context["head_counts"].open == len(tasks)


def test_an_account_without_a_register_has_notices_but_no_list_of_work(district):
    keeper = make_user("keeper", "account_admin", district.area)
    page = web(keeper).get(reverse("notices:head_counts")).content.decode()
    assert reverse("notices:notice_list") in page
    assert "#work" not in page


def test_a_page_whose_session_has_ended_gets_no_login_form_into_its_head(db):
    url = reverse("notices:head_counts")
    assert Client().get(url, headers={"HX-Request": "true"}).status_code == 401
    assert Client().get(url).status_code == 302


# --- Sweeping -------------------------------------------------------------------------------------
def test_notices_read_half_a_year_ago_are_swept_and_unread_ones_stay(clerk, capsys):
    now = timezone.now()
    for batch, days in (("long", 181), ("lately", 179)):
        say([clerk], batch=batch)
        read_at = now - dt.timedelta(days=days)
        Notice.objects.filter(batch=batch).update(read_at=read_at)
    say([clerk], batch="unread")
    Notice.objects.filter(batch="unread").update(created_at=now - dt.timedelta(days=900))
    call_command("sweep")
    assert set(Notice.objects.values_list("batch", flat=True)) == {"lately", "unread"}
    assert "1 notices" in capsys.readouterr().out
