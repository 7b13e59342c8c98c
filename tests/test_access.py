"""Every address for every role in every place: allowed, refused, or as if it did not exist.

Who may what is the same on every database; PostgreSQL tries each page for one who may use it and
for one who sees least.
"""

import functools
import io
import itertools
import time
import zipfile
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from governance.organisation.middleware import SESSION_STARTED
from governance.organisation.scope import scope_of
from tests.access import (
    ADMIN_DOORS,
    CONTENT,
    ENTER,
    HELD_IN,
    NO_PK,
    PAGES,
    PLACES,
    REACH,
    ROLES,
    SEE,
    TABLES,
    TOKENS,
    address,
    make_world,
    patterns,
    reaches,
)
from tests.factories import make_district

pytestmark = pytest.mark.django_db
on_sqlite = pytest.mark.database("sqlite")

NOW = int(time.time())
ANSWERED = {200, 302}
REFUSED, UNSEEN, NO_METHOD = 403, 404, 405


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Built once for the module; every test and every visit is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = make_world(make_district())
        world.clients = {letter: _client(user) for letter, user in world.people.items()}
        yield world
        transaction.set_rollback(True)


@pytest.fixture(autouse=True, scope="module")
def _only_what_is_asked():
    """Posts and the clock of sessions stand still; nobody asks what templates were given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("governance.organisation.middleware.time", SimpleNamespace(time=lambda: NOW))
        known = functools.cache(scope_of)
        patch.setattr("governance.organisation.models.scope_of", known)
        patch.setattr("django.test.client.store_rendered_templates", lambda *_args, **_kwargs: None)
        yield


@pytest.fixture(autouse=True)
def _files(world, _fresh_storage):
    """The files of the world, which outlives the storage of one test."""
    kinds = (world.attachment, getattr(world, "import"), world.contract_paper)
    for row in [row for rows in kinds for row in rows.values()]:
        default_storage.save(row.file.name, ContentFile(CONTENT))


def _client(user) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    # A session under way: a new one would be written at each visit, as each is rolled back.
    session = client.session
    session.update({SESSION_STARTED: NOW, "seen_at": NOW})
    session.save()
    return client


def visit(client, method: str, url: str, sent=None):
    """One request whose effects are rolled back, cookies too; streamed answers are read."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        answer = getattr(client, method)(url, sent or {})
        if answer.streaming:
            answer.body = b"".join(answer.streaming_content)
        else:
            answer.body = answer.content
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer


def text_of(answer) -> str:
    """What an answer says, also inside a workbook."""
    if answer.body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.body)) as book:
            return "".join(book.read(name).decode(errors="replace") for name in book.namelist())
    return answer.body.decode(errors="replace")


def is_login(answer) -> bool:
    return answer.status_code == 302 and reverse("organisation:login") in answer["Location"]


def visits(world, page, places=PLACES):
    """Every method and place of a page that has an address."""
    for method in ("get", "post"):
        for place in places:
            arguments = address(world, page.at, place)
            if arguments is not None:
                yield method, place, arguments


def is_tried(page, letter: str, method: str, place: str) -> bool:
    """Every place for who may; who may not, and what is not offered, in the nearest and far off.

    To whoever sees the whole district its places are alike: the nearest and the farthest do.
    """
    allowed = getattr(page, method)
    if allowed is None:
        return place == "own"
    if place == "sister" and letter not in HELD_IN:
        return False
    return letter in allowed or place in ("own", "other")


def expected(page, letter: str, method: str, place: str) -> set[int]:
    allowed = getattr(page, method)
    if allowed is None:
        return {NO_METHOD, REFUSED, UNSEEN}
    if letter not in allowed:
        seen = letter in SEE and reaches(page, letter, place)
        return {REFUSED} if seen else {REFUSED, UNSEEN}
    if page.empty:
        return {UNSEEN}
    return ANSWERED if reaches(page, letter, place) else {UNSEEN}


def askers(page, method: str) -> str:
    """The roles that try a method of a page; of one not offered, those who use the page first."""
    if connection.vendor != "sqlite":
        return "".join({*(getattr(page, method) or "")[:1], "W"})
    if getattr(page, method) is None:
        return "".join(sorted(ROLES, key=lambda letter: letter not in (page.get or page.post)))
    return "".join(ROLES)


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_for_its_roles_in_their_places_only(name, world):
    page = PAGES[name]
    wrong = []
    for method, place, arguments in visits(world, page):
        url = reverse(name, kwargs=arguments) + page.query
        for letter in askers(page, method):
            if not is_tried(page, letter, method, place):
                continue
            answer = visit(
                world.clients[letter], method, url, page.sent if method == "post" else None
            )
            if getattr(page, method) is None and answer.status_code == NO_METHOD:
                break  # The address has no such method, whoever asks.
            if answer.status_code not in expected(page, letter, method, place):
                wrong.append(
                    f"{ROLES[letter]} {method} {place}: {answer.status_code}, "
                    f"not {sorted(expected(page, letter, method, place))}"
                )
            text = text_of(answer)
            for hidden, token in TOKENS.items():
                if hidden not in REACH.get(letter, ()) and token in text and letter in SEE:
                    wrong.append(f"{ROLES[letter]} {method} {place}: shows {token}")
    assert not wrong, "\n".join(wrong)


@on_sqlite
@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if not page.is_open])
def test_page_is_shut_without_an_account_or_with_one_switched_off(name, world):
    page = PAGES[name]
    former = Client(raise_request_exception=False)
    former.force_login(world.former, "django.contrib.auth.backends.ModelBackend")
    for method, _place, arguments in visits(world, page, ("own", "missing")):
        url = reverse(name, kwargs=arguments) + page.query
        for client in (Client(raise_request_exception=False), former):
            answer = visit(client, method, url)
            offered = getattr(page, method) is not None
            assert is_login(answer) or (not offered and answer.status_code == NO_METHOD), (
                f"{method} {url}: {answer.status_code}"
            )


def _unseen(world, page, letter):
    for method in ("get", "post"):
        if getattr(page, method) is None:
            continue
        there = next(
            (
                arguments
                for place in ("other", "sister")
                if (arguments := address(world, page.at, place))
                and not reaches(page, letter, place)
            ),
            None,
        )
        if there:
            yield method, there, address(world, page.at, "missing")


@on_sqlite
@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if page.at])
@pytest.mark.parametrize("letter", "WC")
def test_a_row_out_of_sight_looks_like_one_that_does_not_exist(name, letter, world):
    page = PAGES[name]
    for method, there, missing in _unseen(world, page, letter):
        urls = [reverse(name, kwargs=arguments) for arguments in (there, missing)]
        answers = [visit(world.clients[letter], method, url) for url in urls]
        assert answers[0].status_code == answers[1].status_code
        bodies = [
            text_of(answer).replace(url, "") for answer, url in zip(answers, urls, strict=True)
        ]
        assert _without_tokens(bodies[0]) == _without_tokens(bodies[1])


def _without_tokens(text: str) -> str:
    """A page without what is fresh in each answer: form tokens and request ids."""
    return "\n".join(
        line
        for line in text.splitlines()
        if "csrfmiddlewaretoken" not in line and "X-Request" not in line
    )


@on_sqlite
@pytest.mark.parametrize("parameter", ["community", "street", "q", "area", "compound"])
def test_no_query_opens_a_place_out_of_sight(parameter, world):
    values = {
        "community": world.community["other"].code,
        "street": world.community["other"].code[:9],
        "q": TOKENS["other"],
        "area": world.community["other"].code,
        "compound": world.compound["other"].code,
    }
    for name, page in PAGES.items():
        arguments = address(world, page.at, "own")
        if not page.get or arguments is None:
            continue
        for letter in set("WC") & set(page.get):
            url = f"{reverse(name, kwargs=arguments)}?{parameter}={values[parameter]}"
            answer = visit(world.clients[letter], "get", url)
            assert answer.status_code in {200, 302, 404}, f"{url}: {answer.status_code}"
            text = text_of(answer).replace(f'value="{TOKENS["other"]}"', "")
            assert f"{TOKENS['other']}院" not in text, url


def entry(action: str, table: str, row=None) -> str:
    return reverse(f"admin:{table}_{action}", args=[row] if row is not None else [])


@on_sqlite
@pytest.mark.parametrize("name", TABLES)
def test_table_of_the_data_entry_site_opens_by_right_and_scope(name, world):
    table, wrong = TABLES[name], []
    rows = getattr(world, table.at.removesuffix("_row"))
    ids = {place: row.pk for place, row in rows.items()} | {"missing": NO_PK}
    for letter, client in world.clients.items():
        enters = letter in ENTER
        asked = {
            entry("changelist", name): ANSWERED if letter in table.read else {REFUSED},
            entry("add", name): ANSWERED if letter in table.write else {REFUSED},
        }
        for place, pk in ids.items():
            if letter not in table.read and place not in ("own", "other"):
                continue
            near = place == "own" if table.shared else place in REACH.get(letter, ())
            answer = {UNSEEN} if letter in table.read else {REFUSED, UNSEEN}
            asked[entry("change", name, pk)] = ANSWERED if near and letter in table.read else answer
            asked[entry("history", name, pk)] = (
                {*ANSWERED, UNSEEN} if near and letter in table.read else answer
            )
            asked[entry("delete", name, pk)] = {REFUSED, UNSEEN}
        for (url, statuses), method in itertools.product(asked.items(), ("get", "post")):
            if method == "post" and "/change/" in url and letter not in table.write:
                statuses = {REFUSED, UNSEEN}
            answer = visit(client, method, url)
            is_shut = answer.status_code == 302 and reverse("admin:login") in answer["Location"]
            if enters and (is_shut or answer.status_code not in statuses):
                wrong.append(f"{ROLES[letter]} {method} {url}: {answer.status_code} {statuses}")
            elif not enters and not is_shut:
                wrong.append(f"{ROLES[letter]} {method} {url}: {answer.status_code}, not shut")
            text = text_of(answer)
            for hidden, token in TOKENS.items():
                if hidden not in REACH.get(letter, ()) and token in text:
                    wrong.append(f"{ROLES[letter]} {method} {url}: shows {token}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("letter", ENTER)
@pytest.mark.parametrize(
    ("app", "model", "field"),
    [
        ("registry", "building", "compound"),
        ("registry", "adjacency", "other"),
        ("providers", "invitation", "compound"),
        ("providers", "invitation", "provider"),
        ("registry", "compound", "community"),
    ],
)
def test_autocomplete_offers_nothing_out_of_sight(app, model, field, letter, world):
    query = {"app_label": app, "model_name": model, "field_name": field, "term": ""}
    answer = visit(world.clients[letter], "get", reverse("admin:autocomplete"), query)
    assert answer.status_code in {200, REFUSED}
    found = str(answer.json()["results"]) if answer.status_code == 200 else ""
    for place, token in TOKENS.items():
        if place not in REACH[letter]:
            assert token not in found
            assert world.community[place].name not in found


def test_every_address_is_in_the_table():
    found = set(patterns())
    ours = {name for name in found if not name.startswith("admin")}
    assert not ours - set(PAGES), "addresses nobody has decided about"
    assert not set(PAGES) - ours, "addresses that are gone"
    entries = {name for name in found if name.startswith("admin:")} - ADMIN_DOORS
    actions = ("changelist", "add", "change", "delete", "history")
    assert entries == {f"admin:{table}_{action}" for table in TABLES for action in actions}


def test_addresses_of_nothing_are_not_found(world):
    for url in ("/nothing/", f"/compounds/{NO_PK}/", "/media/attachments/x", "/admin/nothing/"):
        assert visit(world.clients["O"], "get", url).status_code == UNSEEN
