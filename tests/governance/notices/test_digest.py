"""The digest of a day: composed once, kept before it is sent, sent once."""

import datetime as dt
import threading
from io import StringIO
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from governance.foundation import dates
from governance.notices import kinds, sources
from governance.notices.models import Digest
from governance.notices.services import keep_digest, send_digest, tell
from governance.notices.sources import Work
from tests.factories import make_post, make_user

DAY = dt.date(2026, 11, 23)
LINES = [
    ("Overrides waiting for approval", 3, True, "/classification/"),
    ("Surveys", 40, False, "/"),
]


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: DAY)


@pytest.fixture(autouse=True)
def work(monkeypatch):
    monkeypatch.setattr(sources, "_sources", {})
    monkeypatch.setattr(kinds, "_sentences", {"sample": gettext_lazy("Something happened")})
    sources.register("sample", lambda user: LINES if user.scope.has_register else [])


@pytest.fixture
def post_office(settings):
    settings.HAS_MAIL = True
    settings.DEFAULT_FROM_EMAIL = "digest@office.example"
    settings.SITE_URL = "https://office.example/"


@pytest.fixture
def clerk(district):
    return make_user("clerk", "street_clerk", district.street, email="clerk@office.example")


def run(*arguments) -> str:
    out = StringIO()
    call_command("send_digest", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_everybody_with_a_post_gets_one_digest_a_day(district, clerk):
    make_user("nobody")
    make_user("gone", "street_clerk", district.street, is_active=False)
    past = make_user("past")
    make_post(past, "street_clerk", district.street, valid_until=dt.date(2026, 2, 1))
    keeper = make_user("keeper", "account_admin", district.area)
    run()
    digest = Digest.objects.get()
    assert digest.user == clerk
    assert digest.day == DAY
    assert digest.work[0] == Work(*LINES[0])._asdict()
    assert digest.late == 1
    tell([keeper], kind="sample", batch="b", url="/")
    run()
    assert set(Digest.objects.values_list("user", flat=True)) == {clerk.pk, keeper.pk}


def test_without_a_mail_server_it_is_kept_and_not_sent(clerk):
    assert "1 digests, 0 sent" in run()
    assert Digest.objects.get().sent_at is None
    assert not mail.outbox


def test_it_is_mailed_once_however_often_the_command_runs(clerk, post_office):
    make_user("quiet", "street_clerk", clerk.posts.get().area)  # no address: kept only
    assert "2 digests, 1 sent" in run()
    assert "2 digests, 0 sent" in run()
    (message,) = mail.outbox
    assert message.to == ["clerk@office.example"]
    assert message.from_email == "digest@office.example"
    digest = Digest.objects.get(user=clerk)
    assert LINES[0][0] in message.body
    assert reverse("notices:digest_detail", args=[digest.pk]) in message.body
    assert "https://office.example/notices/" in message.body


def test_a_run_that_died_before_sending_is_completed_by_the_next(clerk, post_office):
    keep_digest(user=clerk, day=DAY)
    sources.register("later", lambda user: [("Came later", 1, False, "/")])
    run()
    (message,) = mail.outbox
    assert "Came later" not in message.body, "sent as it was kept"


def test_what_another_run_has_just_taken_is_left_to_it(clerk, post_office):
    digest = keep_digest(user=clerk, day=DAY)
    Digest.objects.update(taken_at=timezone.now() - dt.timedelta(minutes=1))
    assert not send_digest(digest)
    Digest.objects.update(taken_at=timezone.now() - dt.timedelta(minutes=11))
    assert send_digest(digest), "the other run has died"
    assert len(mail.outbox) == 1


def test_a_refusing_mail_server_stops_nobody_else_and_is_tried_again(
    district, clerk, post_office, monkeypatch
):
    make_user("second", "street_clerk", district.street, email="second@office.example")
    working = mail.EmailMessage.send

    def broken(message, *args, **kwargs):
        if message.to == ["clerk@office.example"]:
            raise SMTPServerDisconnected("gone")
        return working(message, *args, **kwargs)

    monkeypatch.setattr(mail.EmailMessage, "send", broken)
    with pytest.raises(CommandError):
        run()
    assert [message.to for message in mail.outbox] == [["second@office.example"]]
    monkeypatch.setattr(mail.EmailMessage, "send", working)
    run()
    assert len(mail.outbox) == 2
    assert not Digest.objects.unsent().exists()


def test_a_dry_run_keeps_and_sends_nothing(clerk, post_office):
    assert "clerk: 2 lines of work, 0 notices" in run("--dry-run")
    assert not Digest.objects.exists()
    run()
    assert "clerk: sent" in run("--dry-run")


def test_a_past_day_gets_no_new_digest_but_what_is_unsent_is_sent(clerk, post_office):
    run("--day", "2026-11-20")
    assert not Digest.objects.exists()
    past = keep_digest(user=clerk, day=dt.date(2026, 11, 20))
    run("--day", "2026-11-20")
    past.refresh_from_db()
    assert past.sent_at
    with pytest.raises(CommandError):
        run("--day", "2026-11-24")


def test_on_rest_days_there_is_none_if_so_asked(clerk):
    assert "rest day" in run("--working-days", "--day", "2026-10-07")
    assert "1 digests" in run("--working-days")


@pytest.mark.django_db(transaction=True)
def test_two_machines_at_once_send_one_mail(transactional_db, district, post_office):
    clerk = make_user("clerk", "street_clerk", district.street, email="clerk@office.example")
    gate = threading.Barrier(2)
    sent, failures = [], []

    def machine():
        try:
            gate.wait(10)
            sent.append(send_digest(keep_digest(user=clerk, day=DAY)))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=machine) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures
    assert sorted(sent) == [False, True]
    assert len(mail.outbox) == 1
    assert Digest.objects.count() == 1


def test_a_digest_is_seen_by_its_reader_alone(clerk):
    digest = keep_digest(user=clerk, day=DAY)
    url = reverse("notices:digest_detail", args=[digest.pk])
    for user, status in ((clerk, 200), (make_user("other"), 404)):
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        answer = client.get(url)
        assert answer.status_code == status
        assert (LINES[0][0] in answer.content.decode()) == (status == 200)


def test_digests_of_half_a_year_ago_are_swept(clerk):
    today = timezone.localdate()
    for days in (179, 182):
        keep_digest(user=clerk, day=today - dt.timedelta(days=days))
    call_command("sweep", stdout=StringIO())
    assert Digest.objects.get().day == today - dt.timedelta(days=179)
