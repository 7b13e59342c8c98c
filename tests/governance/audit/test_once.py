"""A form is taken once: double click, back button, retry, and what must not be mistaken for it."""

import datetime as dt
import io
import threading
import uuid

import pytest
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from governance.audit.middleware import _digest
from governance.audit.models import AuditEntry, Submission
from governance.organisation.models import User
from tests.factories import make_user

ADD = "/once/add/"

pytestmark = pytest.mark.urls("tests.once_urls")


def token() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def client(db):
    client = Client()
    client.force_login(make_user("clerk"))
    return client


def names() -> set[str]:
    return set(User.objects.exclude(username="clerk").values_list("username", flat=True))


def test_a_double_click_is_taken_once_and_leads_to_the_first_result(client):
    form = {"name": "one", "once": token()}
    first, second = client.post(ADD, form), client.post(ADD, form)
    assert first["Location"] == second["Location"]
    assert names() == {"one"}


def test_the_back_button_and_the_same_words_again_are_taken_once(client):
    form = {"name": "one", "once": token()}
    client.post(ADD, form)
    client.get(ADD)
    answer = client.post(ADD, form)
    assert answer.status_code == 302
    assert names() == {"one"}


def test_the_back_button_with_other_words_is_another_act(client):
    once = token()
    client.post(ADD, {"name": "one", "once": once})
    client.post(ADD, {"name": "two", "once": once})
    assert names() == {"one", "two"}


def test_the_same_words_on_a_fresh_page_are_another_act(client):
    client.post(ADD, {"name": "one", "once": token()})
    client.raise_request_exception = False
    assert client.post(ADD, {"name": "one", "once": token()}).status_code == 500
    assert names() == {"one"}


def test_errors_to_mend_leave_nothing_behind(client):
    once = token()
    assert client.post(ADD, {"name": "one", "end": "errors", "once": once}).status_code == 200
    assert names() == set()
    assert not Submission.objects.exists()
    assert client.post(ADD, {"name": "one", "end": "errors", "once": once}).status_code == 200
    assert client.post(ADD, {"name": "one", "once": once}).status_code == 302
    assert names() == {"one"}


@pytest.mark.parametrize(
    ("end", "status"), [("refuse", 302), ("stale", 302), ("deny", 403), ("fail", 500)]
)
def test_refusals_and_failures_roll_all_back_and_may_be_tried_again(client, end, status):
    client.raise_request_exception = False
    once = token()
    referer = {"Referer": f"http://testserver{ADD}"}
    answer = client.post(ADD, {"name": "one", "end": end, "once": once}, headers=referer)
    assert answer.status_code == status
    assert names() == set()
    assert not Submission.objects.exists()
    assert client.post(ADD, {"name": "one", "once": once}).status_code == 302


@pytest.mark.parametrize("once", ["", token()], ids=["no token", "token"])
def test_a_refusal_is_told_on_the_page_it_came_from(client, once):
    referer = f"http://testserver{ADD}?page=2"
    form = {"name": "one", "end": "refuse", "once": once}
    answer = client.post(ADD, form, headers={"Referer": referer})
    assert answer["Location"] == referer
    assert [str(one) for one in get_messages(answer.wsgi_request)] == ["这样不行"]


@pytest.mark.parametrize("referer", ["https://evil.example/", "javascript:alert(1)", ""])
def test_a_refusal_leads_nowhere_outside(client, referer):
    form = {"name": "one", "end": "refuse", "once": token()}
    assert client.post(ADD, form, headers={"Referer": referer})["Location"] == "/"


@pytest.mark.parametrize("once", ["", token()], ids=["no token", "token"])
def test_a_missing_right_is_told_and_recorded(client, once):
    answer = client.post(ADD, {"name": "one", "end": "deny", "once": once})
    assert answer.status_code == 403
    entry = AuditEntry.objects.get(verb="refused")
    assert entry.actor.username == "clerk"
    assert entry.changes["path"] == [None, ADD]


def test_a_file_handed_out_counts_as_done(client):
    form = {"name": "one", "end": "file", "once": token()}
    assert client.post(ADD, form).content == b"rows"
    assert names() == {"one"}


@pytest.mark.parametrize(
    "once", ["x", "a" * 31, "a" * 33, "A" * 32, "\0" * 32, "é" * 32, "' OR 1=1 --"]
)
def test_what_is_no_token_is_taken_as_none(client, once):
    assert client.post(ADD, {"name": "one", "once": once}).status_code == 302
    assert not Submission.objects.exists()


def test_a_token_of_one_person_says_nothing_about_another(client):
    once = token()
    client.post(ADD, {"name": "one", "once": once})
    other = Client()
    other.force_login(make_user("other"))
    other.raise_request_exception = False
    assert other.post(ADD, {"name": "one", "once": once}).status_code == 500
    assert Submission.objects.count() == 1


def test_the_query_of_the_page_is_part_of_what_was_sent(client):
    once = token()
    client.post(f"{ADD}?a=1", {"name": "one", "once": once})
    client.raise_request_exception = False
    assert client.post(f"{ADD}?a=2", {"name": "one", "once": once}).status_code == 500


def test_uploads_are_compared_by_content(client):
    once = token()

    def send(content):
        file = SimpleUploadedFile("same.xlsx", content)
        return client.post("/once/upload/", {"file": file, "once": once})

    assert send(b"a" * 100_000).status_code == 302
    assert send(b"a" * 100_000).status_code == 302
    assert len(names()) == 1
    assert send(b"b" * 100_000).status_code == 302
    assert len(names()) == 2


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_are_taken_once():
    user = make_user("clerk")
    form, answers = {"name": "one", "once": token()}, []
    clients = [Client() for _i in range(8)]
    for client in clients:
        client.force_login(user)
    gate = threading.Barrier(len(clients))

    def click(client):
        try:
            gate.wait()
            answers.append(client.post(ADD, form))
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [302] * len(clients)
    assert len({answer["Location"] for answer in answers}) == 1
    assert names() == {"one"}


@pytest.mark.django_db(transaction=True)
def test_forms_sent_at_once_by_many_are_all_taken_and_recorded_in_one_chain():
    people = [make_user(f"clerk{i}") for i in range(6)]
    clients = [Client() for _person in people]
    for client, person in zip(clients, people, strict=True):
        client.force_login(person)
    gate, statuses = threading.Barrier(len(clients)), []

    def send(client, number):
        try:
            gate.wait()
            for i in range(5):
                form = {"name": f"new{number}-{i}", "end": "deny", "once": token()}
                statuses.append(client.post(ADD, form).status_code)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=send, args=(client, number))
        for number, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [403] * 30
    assert AuditEntry.objects.filter(verb="refused").count() == 30
    call_command("verify_audit", stdout=io.StringIO())


def test_the_sweep_keeps_what_may_still_be_sent_again(client):
    client.post(ADD, {"name": "one", "once": token()})
    client.post(ADD, {"name": "two", "once": token()})
    old = Submission.objects.first()
    Submission.objects.filter(pk=old.pk).update(at=timezone.now() - dt.timedelta(days=8))
    Session.objects.create(
        session_key="old", session_data="", expire_date=timezone.now() - dt.timedelta(days=1)
    )
    sessions, entries = Session.objects.count(), AuditEntry.objects.count()
    call_command("sweep", stdout=io.StringIO())
    assert Submission.objects.count() == 1
    assert Session.objects.count() == sessions - 1
    assert AuditEntry.objects.count() == entries


def test_every_post_form_of_ours_carries_a_token(settings):
    missing = []
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for form in text.split("<form")[1:]:
            head, body = form.split(">", 1)
            # A number is shown by the answer itself; each sending is a look, and recorded as one.
            doors = (
                "set_language",
                "organisation:logout",
                "people:person_reveal",
                "payees:payee_reveal",
            )
            is_open_door = any(door in head for door in doors)
            is_login = path.name == "login.html"
            if 'method="post"' in head and not is_open_door and not is_login:
                body = body.split("</form>")[0]
                if "{% once %}" not in body:
                    missing.append(f"{path.name}: {head[:60]}")
    assert not missing


def test_a_page_that_cannot_be_shown_says_why_instead_of_failing(client):
    answer = client.get("/once/refuse/")
    assert answer.status_code == 409
    assert "这样&lt;b&gt;不行" in answer.content.decode()
    assert 'href="/"' in answer.content.decode()
    assert client.get("/once/refuse/?deny=1").status_code == 403


def test_what_was_sent_cannot_be_guessed_from_what_is_kept(rf, settings):
    request = rf.post(ADD, {"phone": "13812345678", "once": token()})
    kept = _digest(request)
    assert _digest(request) == kept
    settings.SECRET_KEY = "another" * 10
    assert _digest(request) != kept
