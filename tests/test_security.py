"""What must hold on every page, walked from the map of addresses: nothing fails, nothing leaks."""

import itertools
import json
import logging
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, models
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from compounds.registry.models import Compound
from governance.audit.logs import JsonFormatter, RequestIdFilter
from governance.audit.models import AuditEntry
from governance.foundation import health
from governance.organisation.models import User
from governance.organisation.scope import Role
from governance.wsgi import limit_statements
from tests.factories import make_building, make_compound, make_invitation, make_provider, make_user

POLICY = {
    "default-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self'",
}
MARK = "zq9<b>x</b>"
NASTY = (
    "",
    "0",
    "-1",
    "99999999999999999999999",
    "1e400",
    "NaN",
    "abc",
    "true",
    "null",
    "[]",
    "%",
    "_",
    "'",
    '"',
    "' OR 1=1 --",
    "1; DROP TABLE x",
    "\\",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "{{ 7*7 }}",
    "{% load x %}",
    "\0",
    "a\0b",
    "\u202e",
    "😀",
    "ＦＵＬＬ",
    "\ud800",
    "\r\nX-Injected: 1",
    "x" * 5000,
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "2026-11-22",
    "-name",
    "password",
    "user__password",
    "//evil.example",
    "https://evil.example",
    "1,2,3",
    "1.5",
    "140105001",
)
# Parameters that pages read, and a few that guessing would try.
PARAMETERS = (
    "q",
    "p",
    "page",
    "sort",
    "o",
    "e",
    "all",
    "state",
    "role",
    "area",
    "who",
    "verb",
    "kind",
    "object",
    "since",
    "until",
    "batch",
    "street",
    "community",
    "is_unmanaged",
    "strategy",
    "decision",
    "missing",
    "near",
    "verified",
    "surveyed",
    "as_of",
    "columns",
    "per_page",
    "view",
    "next",
    "q__contains",
    "id",
    "id__in",
    "pk",
    "__proto__",
    "_popup",
    "_to_field",
    "user",
    "ids",
    "level",
    "_changelist_filters",
    "district",
    "format",
    "month",
    "day",
    "week",
    "tab",
    "old",
    "new",
    "run",
    "policy",
    "provider",
)
REQUESTS_A_PAGE = 8
# Pages that give to everybody or only lead elsewhere.
OPEN = {
    "foundation:health",
    "foundation:ready",
    "foundation:version",
    "organisation:login",
}


def patterns(resolver=None, route="", names=()):
    """(route, view name) of every address."""
    for one in (resolver or get_resolver()).url_patterns:
        here = route + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = (*names, one.namespace) if one.namespace else names
            yield from patterns(one, here, inner)
        elif isinstance(one, URLPattern):
            yield here, ":".join((*names, one.name or ""))


@cache
def known_routes():
    return sorted(set(patterns()))


PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


@pytest.fixture
def world(district):
    """A district with rows of every kind and one officer, auditor and each administrator."""
    provider = make_provider(district.area)
    for community in district.communities:
        compound = make_compound(community)
        make_building(compound)
        make_invitation(compound, provider)
    roles = (
        Role.DISTRICT_OFFICER,
        Role.AUDITOR,
        Role.ACCOUNT_ADMIN,
        Role.SECURITY_ADMIN,
    )
    district.people = {role: make_user(role.value, role, district.area) for role in roles}
    district.people[Role.STREET_CLERK] = make_user("clerk", Role.STREET_CLERK, district.street)
    return district


def clients(world, checks_tokens=False):
    for person in world.people.values():
        client = Client(enforce_csrf_checks=checks_tokens)
        client.raise_request_exception = False
        client.force_login(person)
        yield person, client


def addresses(world, *, ids=None):
    """Every address filled in with what exists, or with the ids given."""
    compound = Compound.objects.order_by("pk").first()
    values = {"code": [compound.code, world.street.code, world.area.code], "pk": [1, compound.pk]}
    for route, name in known_routes():
        found = PARAMETER.findall(route)
        if not found:
            yield _plain(route), name
            continue
        for i in range(2):
            path = route
            for converter, plain, named in found:
                key = plain or named
                options = ids or values.get(key) or ([1, 2] if converter == "int" else ["1", "x"])
                value = str(options[i % len(options)])
                path = PARAMETER.sub(value.replace("\\", "\\\\"), path, count=1)
            yield _plain(path), name


def _plain(route: str) -> str:
    """A route without the signs of regular expressions."""
    return "/" + re.sub(r"\(\?P<\w+>[^)]*\)|[\^$?]|\\Z", "", route)


def visited(world, **kwargs):
    seen = set()
    for path, name in addresses(world, **kwargs):
        if path not in seen:
            seen.add(path)
            yield path, name


def visited_by_id(world, ids):
    """The addresses that hold an id, each with strange ones."""
    plain = {path for path, _name in visited(world)}
    return [(path, name) for path, name in visited(world, ids=ids) if path not in plain]


def get(client, path, *args, **kwargs):
    answer = client.get(path, *args, **kwargs)
    # A stream is part of the page.
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer


def text_of(answer) -> str:
    kind = answer.headers.get("Content-Type", "")
    is_text = not answer.streaming and ("html" in kind or "json" in kind)
    return answer.content.decode() if is_text else ""


def snapshot() -> dict:
    """Rows of every table but those that record reading itself."""
    found = {}
    for model in apps.get_models():
        if model in (AuditEntry, Session) or model._meta.label in ("audit.ChainHead",):
            continue
        names = [f.attname for f in model._meta.concrete_fields if f.attname != "last_login"]
        found[model._meta.label] = sorted(map(str, model._base_manager.values_list(*names)))
    return found


# -- every page ----------------------------------------------------------------------------------
def test_every_page_is_closed_to_strangers(world):
    client = Client()
    client.raise_request_exception = False
    openly = set()
    for path, name in visited(world):
        answer = get(client, path)
        assert answer.status_code < 500, path
        if answer.status_code == 302:
            assert "/login/" in answer["Location"] or name == "admin:logout", path
        elif answer.status_code not in (404, 405):
            openly.add(name)
    assert openly <= OPEN


@pytest.mark.slow
@pytest.mark.database("sqlite")
def test_every_page_keeps_the_policy_out_of_caches_changes_nothing_and_runs_no_name(world):
    name_everything_by_markup()
    pages, with_markup, reading = 0, 0, list(clients(world))
    before = snapshot()
    for person, client in reading:
        for path, _name in visited(world):
            answer = get(client, path)
            assert answer.status_code < 500, (person, path)
            keeps_the_policy(answer, path)
            page = text_of(answer)
            if "html" in answer.headers.get("Content-Type", ""):
                assert "<img src=x" not in page, path
                with_markup += "&lt;img src=x" in page
            if "<html" in page:
                pages += 1
                assert not re.search(r"<[^>]+\son[a-z]+\s*=", page), path
                assert not re.search(r"<[^>]+\sstyle\s*=", page), path
                assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*json)", page), path
                assert "<style" not in page, path
    for path, _name in visited(world):
        reading[0][1].head(path)
    assert pages > 40
    assert with_markup > 10
    assert snapshot() == before


def keeps_the_policy(answer, path: str) -> None:
    policy = {part.strip() for part in answer.headers["Content-Security-Policy"].split(";")}
    assert policy == POLICY, path
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    if answer.status_code == 200:
        assert "max-age=31536000" not in answer.headers.get("Cache-Control", "")


def name_everything_by_markup() -> None:
    """Every name of the rooms becomes markup, where it is free text."""
    markup = "<img src=x>"
    for model in (Compound, User):
        field = {Compound: "name", User: "display_name"}[model]
        for row in model.objects.all():
            model.objects.filter(pk=row.pk).update(**{field: f"{markup}{row.pk}"})
    for model in apps.get_models():
        if not model.__module__.startswith(("governance.", "compounds.")):
            continue
        for field in model._meta.concrete_fields:
            is_text = type(field) is models.CharField and not field.choices and not field.unique
            named = field.name in ("name", "address", "unit_name", "letter", "title", "surveyor")
            if is_text and named and model is not Compound:
                model._base_manager.update(**{field.name: markup})
    Compound.objects.update(address=markup, problems=markup, unit_name=markup)


@pytest.mark.parametrize("name", ["registry:compound_list", "reports:overview", "dashboards:home"])
def test_a_nul_in_a_query_string_is_no_page(world, name):
    client = next(clients(world))[1]
    for query in ("q=%00", "holder=a%00b&x=1"):
        assert client.get(f"{reverse(name)}?{query}").status_code == 404


@pytest.mark.parametrize("ids", [["0"], ["-1"], ["9" * 40], ["a%00"], ["..%2f..%2fetc%2fpasswd"]])
def test_strange_ids_in_addresses_fail_nowhere(world, ids):
    client = next(clients(world))[1]
    strange = visited_by_id(world, ids)
    assert len(strange) > 200
    for path, _name in strange:
        answer = get(client, path)
        assert answer.status_code < 500, path
        assert "root:" not in text_of(answer)


@pytest.mark.slow
def test_nasty_queries_fail_nowhere_and_are_echoed_nowhere_alive(world):
    keepers = {person.username: client for person, client in clients(world)}
    for number, (path, name) in enumerate(visited(world)):
        room = name.split(":")[0]
        client = keepers["district_officer"]
        if room == "audit":
            client = keepers["auditor"]
        elif "account_" in name or "post_" in name:
            client = keepers["account_admin" if "account_" in name else "security_admin"]
        if get(client, path).status_code in (403, 404, 405):
            continue  # reads no query
        for i in range(REQUESTS_A_PAGE):
            # A third of the parameters, each with a value of its own; other pages meet the others.
            sent = {
                parameter: NASTY[(number * 5 + i * 7 + k) % len(NASTY)]
                for k, parameter in enumerate(PARAMETERS)
                if (k + i) % 3 == 0
            }
            answer = get(client, path, _encodable(sent))
            assert answer.status_code < 500, (path, sent)
            page = text_of(answer)
            assert "<script>alert(1)" not in page, (path, sent)
            assert "<svg onload" not in page, (path, sent)
            assert "X-Injected" not in answer.headers
            location = answer.headers.get("Location", "/")
            assert re.match(r"(/(?!/)|\?)", location), (path, location)


def _encodable(sent: dict) -> dict:
    return {key: value.encode("utf-8", "replace").decode() for key, value in sent.items()}


@pytest.mark.database("sqlite")
def test_every_post_without_a_token_is_refused(world):
    """Before anybody asks who sends it, so each address is tried by one person."""
    before = snapshot()
    senders = itertools.cycle(client for _person, client in clients(world, checks_tokens=True))
    for path, name in visited(world):
        answer = next(senders).post(path, {"name": "x", "reason": "x"})
        assert answer.status_code in (403, 404, 405), (name, path, answer.status_code)
        exempt = answer.resolver_match and getattr(answer.resolver_match.func, "csrf_exempt", False)
        assert not exempt, name
    assert snapshot() == before


@pytest.mark.parametrize(
    "path",
    [
        "/media/../governance/settings.py",
        "/media/%2e%2e/%2e%2e/etc/passwd",
        "/static/../governance/settings.py",
        "/static/%2e%2e%2f%2e%2e%2fetc/passwd",
        "/static/....//....//etc/passwd",
        "/static//etc/passwd",
        "/static/css/..%5c..%5csettings.py",
        "/attachments/..%2f..%2fdb.sqlite3",
    ],
)
def test_no_spelling_of_a_path_reaches_a_file(world, path):
    client = next(clients(world))[1]
    answer = get(client, path)
    assert answer.status_code in (301, 302, 400, 404)
    assert "SECRET_KEY" not in text_of(answer)


# -- errors ----------------------------------------------------------------------------------------
def test_error_pages_are_chinese_and_say_nothing_of_the_inside(world, monkeypatch):
    client = next(clients(world))[1]
    missing = client.get("/nope/").content.decode()
    assert "404" in missing
    monkeypatch.setattr(User, "scope", property(_fail))
    broken = client.get("/")
    page = broken.content.decode()
    assert broken.status_code == 500
    assert "Traceback" not in page
    assert "13800138000" not in page
    for one in (missing, page):
        assert 'lang="zh-CN"' in one
        assert re.search("[\u4e00-\u9fff]{4}", one)
        assert str(settings.BASE_DIR) not in one
    assert broken.headers["Content-Security-Policy"]


def _fail(self):
    raise ValueError("inside 13800138000 张三")


def test_a_wrong_host_is_refused(db):
    client = Client()
    client.raise_request_exception = False
    assert client.get("/account/login/", headers={"Host": "evil.example"}).status_code == 400


def test_a_page_too_old_is_told_so(world):
    client = Client(enforce_csrf_checks=True)
    page = client.post("/account/login/", {"username": "x", "password": "x"})
    assert page.status_code == 403
    assert 'lang="zh-CN"' in page.content.decode()
    assert "CSRF" not in page.content.decode()


# -- logs ------------------------------------------------------------------------------------------
def lines_of(caplog) -> list[dict]:
    formatter, request_id = JsonFormatter(), RequestIdFilter()
    for record in caplog.records:
        request_id.filter(record)
    return [json.loads(formatter.format(record)) for record in caplog.records]


def test_logs_are_json_with_the_request_and_without_persons(world, monkeypatch, caplog):
    client = next(clients(world))[1]
    monkeypatch.setattr(User, "scope", property(_fail))
    caplog.set_level(logging.INFO)
    answer = client.get("/?q=13800138000&name=张三")
    client.get("/nope/张三/13800138000/")
    found = lines_of(caplog)
    errors = [line for line in found if line["level"] == "ERROR"]
    assert errors
    assert errors[0]["request"] == answer.headers["X-Request-ID"]
    assert "ValueError" in errors[0]["trace"]
    everything = json.dumps(found, ensure_ascii=False)
    assert "13800138000" not in everything
    assert "张三" not in everything


@pytest.mark.parametrize(
    "said",
    [
        "row 140105199001011234 refused",
        "call 13800138000",
        "身份证140105199001011234，电话13800138000",
        "name=张三丰 address=学府街7号院",
    ],
)
def test_numbers_and_names_are_masked(said):
    record = logging.LogRecord("x", logging.INFO, "", 0, said, (), None)
    line = JsonFormatter().format(record)
    assert not re.search(r"\d{11}|[\u4e00-\u9fff]", line)


def test_database_errors_do_not_repeat_the_row(db):
    try:
        User.objects.create(username="zhangsan")
        User.objects.create(username="zhangsan")
    except DatabaseError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed", (), sys.exc_info())
        line = JsonFormatter().format(record)
    assert "IntegrityError" in line
    assert "zhangsan" not in line
    connection.needs_rollback = False


# -- watching --------------------------------------------------------------------------------
def test_health_readiness_and_version_are_open_and_say_little(client, db):
    assert client.get("/health/").json() == {"status": "ok"}
    assert client.get("/ready/").json() == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok"},
    }
    assert set(client.get("/version/").json()) == {"version"}
    assert client.post("/health/").status_code == 405


def test_not_ready_without_database(client, db, monkeypatch):
    monkeypatch.setattr(health, "_reaches_database", lambda: False)
    answer = client.get("/ready/")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "checks": {"database": "failing"}}
    assert client.get("/health/").status_code == 200


def make_task(**changes):
    return DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {}},
        task_path="x.y",
        backend_name="default",
        run_after=get_date_max(),
        **changes,
    )


@override_settings(TASKS_MODE="database")
def test_the_state_of_the_worker_is_told_and_takes_no_web_process_out_of_service(client, db):
    def state():
        answer = client.get("/ready/")
        assert answer.status_code == 200
        assert answer.json()["status"] == "ok"
        return answer.json()["checks"]["worker"]

    assert state() == "ok"
    row = make_task()
    assert state() == "ok"
    DBTaskResult.objects.filter(pk=row.pk).update(
        enqueued_at=row.enqueued_at - 2 * health.WORKER_PATIENCE
    )
    assert state() == "failing"
    long_import = make_task(status=TaskResultStatus.RUNNING, started_at=row.enqueued_at)
    assert state() == "busy"
    DBTaskResult.objects.filter(pk=long_import.pk).update(status=TaskResultStatus.SUCCESSFUL)
    assert state() == "failing"


# -- production ------------------------------------------------------------------------------------
GOOD = {"SECRET_KEY": "k9" * 40 + "abcdefgh!", "ALLOWED_HOSTS": "example.gov.cn"}


def manage(*arguments, tmp_path, **environment):
    """Run manage.py as production would: nothing of the tests' environment."""
    base = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "LANG": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=Path(settings.BASE_DIR),
        env=base | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_unknown_way_of_doing_tasks_is_named(tmp_path):
    ended = manage("check", tmp_path=tmp_path, **GOOD, TASKS_MODE="celery")
    assert ended.returncode != 0
    assert "ImproperlyConfigured: Set TASKS_MODE to one of immediate, database" in ended.stderr


@pytest.mark.parametrize(
    ("engine", "milliseconds", "before", "after"),
    [
        ("postgresql", 30_000, {}, {"options": "-c statement_timeout=30000"}),
        (
            *("postgresql", 500, {"options": "-c statement_timeout=9"}),
            {"options": "-c statement_timeout=500 -c statement_timeout=9"},
        ),
        ("postgresql", 0, {}, {}),
        ("sqlite3", 30_000, {}, {}),
    ],
)
def test_statements_of_pages_are_limited_on_postgresql(engine, milliseconds, before, after):
    database = {"ENGINE": f"django.db.backends.{engine}", "OPTIONS": before}
    limit_statements(database, milliseconds)
    assert database["OPTIONS"] == after


@pytest.mark.database("postgresql")
@pytest.mark.parametrize(("imported", "limit"), [("import governance.wsgi", "7s"), ("", "0")])
def test_only_what_serves_pages_is_limited(tmp_path, imported, limit):
    ask = "from django.db import connection as c; k = c.cursor(); k.execute('SHOW "
    ask += "statement_timeout'); print(k.fetchone()[0])"
    environment = {"DATABASE_URL": os.environ["DATABASE_URL"], "DB_STATEMENT_TIMEOUT_MS": "7000"}
    ended = manage(
        *("shell", "--no-imports", "-c", f"{imported}\n{ask}"),
        tmp_path=tmp_path,
        **GOOD,
        **environment,
    )
    assert ended.stdout.split() == [limit], ended.stderr


def test_production_settings_pass_the_deployment_checks(tmp_path):
    done = manage("check", "--deploy", "--fail-level", "WARNING", tmp_path=tmp_path, **GOOD)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 80}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
    ],
)
def test_production_refuses_to_start_with_weak_settings(tmp_path, changes, named):
    done = manage("check", tmp_path=tmp_path, **(GOOD | changes))
    assert done.returncode != 0
    assert named in done.stderr


SHOW = """
from django.conf import settings as s
print(s.DEBUG, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY,
      s.CSRF_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, s.SECURE_SSL_REDIRECT,
      s.SECURE_PROXY_SSL_HEADER, s.SECURE_HSTS_SECONDS)
"""


def test_production_cookies_are_locked(tmp_path):
    done = manage("shell", "-v", "0", "-c", SHOW, tmp_path=tmp_path, **GOOD)
    said = "False True True True True Lax True None 31536000"
    assert done.stdout.strip() == said
