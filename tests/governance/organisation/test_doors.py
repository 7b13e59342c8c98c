"""Doors: login without telling names apart, lockout, sessions, passwords, language."""

import datetime as dt
import re
import time
from urllib.parse import urlencode

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.audit.models import AuditEntry
from governance.organisation.models import User
from governance.organisation.scope import ROLE_LEVELS, Role
from tests.factories import PASSWORD, make_user

LOGIN = "/account/login/"
OTHER = "another-Passw0rd-2027"


@pytest.fixture
def clerk(district):
    return make_user("clerk", Role.STREET_CLERK, district.street)


def log_in(client, name="clerk", password=PASSWORD, **extra):
    return client.post(LOGIN, {"username": name, "password": password}, **extra)


def words_of(answer) -> str:
    """The page without what differs on every showing, and without the name typed."""
    text = answer.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)
    return re.sub(r'name="username" value="[^"]*"', "", text)


def is_logged_in(client) -> bool:
    return client.get(reverse("organisation:password_change")).status_code == 200


def test_the_login_page_is_chinese_and_offers_english(client, db):
    page = client.get(LOGIN, headers={"Accept-Language": "en"}).content.decode()
    assert '<html lang="zh-CN">' in page
    assert ">English<" in page
    client.post(reverse("organisation:set_language"), {"language": "en", "next": LOGIN})
    assert "Log in" in client.get(LOGIN).content.decode()


def test_sample_accounts_are_named_in_the_demonstration_only(client, clerk, settings):
    assert "wucheng-qiu-2968" in client.get(LOGIN).content.decode()
    settings.DEMO = False
    assert "wucheng-qiu-2968" not in client.get(LOGIN).content.decode()


def test_a_login_gets_a_new_session_key(client, clerk):
    client.get(LOGIN)
    client.post(reverse("organisation:set_language"), {"language": "en"})
    session = client.session
    session["before"] = True
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    log_in(client)
    assert client.session.session_key != session.session_key
    assert not Session.objects.filter(pk=session.session_key).exists()


def test_unknown_wrong_locked_and_switched_off_names_are_answered_alike(client, clerk, district):
    off = make_user("off", Role.STREET_CLERK, district.street, is_active=False)
    answers = {
        "unknown": log_in(client, "nobody", "wrong"),
        "wrong": log_in(client, "clerk", "wrong"),
        "switched off": log_in(client, off.username, PASSWORD),
    }
    for _i in range(settings.AXES_FAILURE_LIMIT):
        log_in(client, "clerk", "wrong")
        log_in(client, "ghost", "wrong")
    answers["locked, right password"] = log_in(client, "clerk", PASSWORD)
    answers["locked, wrong password"] = log_in(client, "clerk", "wrong")
    answers["locked, unknown"] = log_in(client, "ghost", "wrong")
    assert {one.status_code for one in answers.values()} == {200}
    assert len({words_of(one) for one in answers.values()}) == 1
    assert not is_logged_in(client)


def test_a_locked_name_takes_as_long_as_a_wrong_password(client, clerk, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    clerk.set_password(PASSWORD)
    clerk.save()

    def seconds(name):
        begun = time.perf_counter()
        log_in(client, name, "wrong")
        return time.perf_counter() - begun

    wrong, unknown = seconds("clerk"), seconds("nobody")
    for _i in range(settings.AXES_FAILURE_LIMIT):
        AccessAttempt.objects.update(failures_since_start=99)
    locked = seconds("clerk")
    assert 0.4 < locked / wrong < 2.5
    assert 0.4 < unknown / wrong < 2.5


def test_a_name_is_locked_wherever_the_guesses_come_from(clerk):
    for i in range(settings.AXES_FAILURE_LIMIT):
        log_in(Client(REMOTE_ADDR=f"10.0.0.{i}"), password="wrong")
    client = Client(REMOTE_ADDR="10.0.0.99")
    log_in(client)
    assert not is_logged_in(client)


def test_one_mistyping_clerk_does_not_lock_the_office(clerk, district):
    make_user("colleague", Role.STREET_CLERK, district.street)
    for _i in range(settings.AXES_FAILURE_LIMIT + 2):
        log_in(Client(REMOTE_ADDR="10.0.0.1"), password="wrong")
    client = Client(REMOTE_ADDR="10.0.0.1")
    log_in(client, "colleague")
    assert is_logged_in(client)


def test_an_address_is_refused_after_many_failures_under_any_names(clerk, settings):
    settings.ADDRESS_FAILURE_LIMIT = 8
    for i in range(8):
        answer = log_in(Client(REMOTE_ADDR="10.0.0.1"), f"guess{i}", "wrong")
    assert answer.status_code == 429
    client = Client(REMOTE_ADDR="10.0.0.1")
    assert log_in(client).status_code == 429
    assert not is_logged_in(client)
    elsewhere = Client(REMOTE_ADDR="10.0.0.2")
    log_in(elsewhere)
    assert is_logged_in(elsewhere)


def test_a_success_does_not_clear_the_failures_of_an_address(clerk, settings):
    settings.ADDRESS_FAILURE_LIMIT = 8
    for i in range(7):
        log_in(Client(REMOTE_ADDR="10.0.0.1"), f"guess{i}", "wrong")
    log_in(Client(REMOTE_ADDR="10.0.0.1"))
    assert log_in(Client(REMOTE_ADDR="10.0.0.1"), "guess9", "wrong").status_code == 429


def test_the_lock_opens_by_itself_and_trying_on_does_not_prolong_it(client, clerk):
    for _i in range(settings.AXES_FAILURE_LIMIT):
        log_in(client, password="wrong")
    before = AccessAttempt.objects.get().attempt_time
    log_in(client, password="wrong")
    assert AccessAttempt.objects.get().attempt_time == before
    past = timezone.now() - dt.timedelta(hours=settings.AXES_COOLOFF_TIME, seconds=1)
    AccessAttempt.objects.update(attempt_time=past)
    log_in(client)
    assert is_logged_in(client)


def test_forwarded_addresses_count_only_behind_declared_proxies(clerk, settings):
    def addresses():
        return set(AccessAttempt.objects.values_list("ip_address", flat=True))

    forwarded = {"X-Forwarded-For": "1.1.1.1, 2.2.2.2"}
    log_in(Client(), "a", "wrong", headers=forwarded)
    assert addresses() == {"127.0.0.1"}
    settings.TRUSTED_PROXIES = 1
    log_in(Client(), "b", "wrong", headers=forwarded)
    assert addresses() == {"127.0.0.1", "2.2.2.2"}
    log_in(Client(), "c", "wrong", headers={"X-Forwarded-For": "<script>"})
    assert addresses() == {"127.0.0.1", "2.2.2.2", None}


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "<script>alert(1)</script>", "‮", "😀", ""])
def test_strange_names_are_answered_like_wrong_ones(client, db, name):
    answer = log_in(client, name, "wrong")
    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content


def test_a_session_ends_after_thirty_idle_minutes_with_a_word(client, clerk):
    assert settings.SESSION_COOKIE_AGE == 30 * 60
    log_in(client)
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
    answer = client.get(reverse("organisation:password_change"))
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert 'class="note calm"' in page


@pytest.mark.parametrize(
    ("referer", "page"),
    [
        ("http://testserver/people/add/?area=1", "/people/add/?area=1"),
        ("http://elsewhere.example/people/add/", "/people/1/reveal/"),
        ("", "/people/1/reveal/"),
    ],
)
def test_a_form_sent_after_the_end_of_a_session_is_told_to_be_unsaved(client, clerk, referer, page):
    log_in(client)
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
    answer = client.post("/people/1/reveal/", {"reason": "样例"}, headers={"referer": referer})
    assert answer["Location"] == f"{LOGIN}?{urlencode({'next': page, 'unsaved': 1})}"
    assert client.get(answer["Location"]).context["ended"] == "unsaved"
    again = client.post(
        answer["Location"], {"username": "clerk", "password": PASSWORD, "next": page}
    )
    assert again["Location"] == page


def test_reading_pages_keeps_a_session_alive(client, clerk):
    log_in(client)
    session = client.session
    session["seen_at"] = int(time.time()) - 120
    session.save()
    Session.objects.update(expire_date=timezone.now() + dt.timedelta(minutes=5))
    client.get(reverse("organisation:password_change"))
    assert Session.objects.get().expire_date > timezone.now() + dt.timedelta(minutes=25)


def test_a_session_ends_after_twelve_hours_whatever_is_done(client, clerk):
    log_in(client)
    session = client.session
    session["session_started"] = int(time.time()) - 12 * 3600 - 5
    session.save()
    answer = client.get(reverse("organisation:password_change"))
    assert answer["Location"] == f"{LOGIN}?ended=1"
    assert 'class="note calm"' in client.get(answer["Location"]).content.decode()
    assert not Session.objects.exists()


def test_a_session_survives_a_clock_set_back(client, clerk):
    log_in(client)
    session = client.session
    session["session_started"] = session["seen_at"] = int(time.time()) + 86_400
    session.save()
    assert is_logged_in(client)
    assert client.session["session_started"] <= time.time()


def test_a_new_password_ends_every_other_session(clerk):
    here, there = Client(), Client()
    log_in(here)
    log_in(there)
    key = here.session.session_key
    form = {"old_password": PASSWORD, "new_password1": OTHER, "new_password2": OTHER}
    assert here.post(reverse("organisation:password_change"), form).status_code == 302
    assert is_logged_in(here)
    assert here.session.session_key != key
    assert not is_logged_in(there)
    assert AuditEntry.objects.filter(verb="change_password").count() == 1


@pytest.mark.parametrize(
    "password", ["short-1A", "1234567890123", PASSWORD, "password1234", "qwertyuiop"]
)
def test_weak_or_unchanged_passwords_are_refused_with_a_reason(client, clerk, password):
    log_in(client)
    form = {"old_password": PASSWORD, "new_password1": password, "new_password2": password}
    answer = client.post(reverse("organisation:password_change"), form)
    assert answer.status_code == 200
    assert 'class="errorlist"' in answer.content.decode()
    assert User.objects.get(pk=clerk.pk).check_password(PASSWORD)


def test_the_rules_of_passwords_are_shown(client, clerk):
    log_in(client)
    page = client.get(reverse("organisation:password_change")).content.decode()
    assert "10" in page
    assert page.count("<li>") >= 4


def test_a_first_password_opens_nothing_but_its_change(client, clerk):
    User.objects.update(must_change_password=True, password_changed_at=timezone.now())
    log_in(client)
    target = reverse("organisation:password_change")
    for path in ("/", "/register/", "/admin/", "/audit/"):
        assert client.get(path)["Location"] == target
    assert client.post("/admin/", {})["Location"] == target
    form = {"old_password": PASSWORD, "new_password1": OTHER, "new_password2": OTHER}
    client.post(target, form)
    assert not User.objects.get(pk=clerk.pk).must_change_password


def test_a_first_password_expires(client, clerk):
    given = timezone.now() - dt.timedelta(days=settings.FIRST_PASSWORD_DAYS, seconds=1)
    User.objects.update(must_change_password=True, password_changed_at=given)
    assert log_in(client).status_code == 200
    assert not is_logged_in(client)


def test_logins_failures_and_logouts_are_recorded(client, clerk):
    log_in(client, password="wrong")
    log_in(client, "my-Secret-typed-as-name", "wrong")
    log_in(client)
    client.post(reverse("organisation:logout"))
    found = list(
        AuditEntry.objects.order_by("id").values_list("verb", "actor_name", "object_label")
    )
    assert found == [
        ("login_failed", "system", "clerk"),
        ("login_failed", "system", ""),
        ("login", "clerk", "clerk"),
        ("logout", "clerk", "clerk"),
    ]
    assert "my-Secret" not in str(list(AuditEntry.objects.values()))
    assert AuditEntry.objects.first().changes == {"address": [None, "127.0.0.1"]}


def test_logout_wants_a_post(client, clerk):
    log_in(client)
    assert client.get(reverse("organisation:logout")).status_code == 405
    assert is_logged_in(client)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_doors_lead_nowhere_outside(client, clerk, target):
    answer = client.post(
        f"{LOGIN}?next={target}", {"username": "clerk", "password": PASSWORD, "next": target}
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    answer = client.post(reverse("organisation:set_language"), {"language": "en", "next": target})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("role", list(Role))
def test_the_rail_leads_to_data_entry_whoever_may_enter(district, role):
    level = min(ROLE_LEVELS[role])
    area = {1: district.area, 2: district.street, 3: district.community}[level]
    client = Client()
    client.force_login(make_user("somebody", role, area))
    rail = {entry.get("url") for entry in client.get("/").context["rail"]}
    assert ("/admin/" in rail) == (client.get("/admin/").status_code == 200)
