"""Every page for every role in both languages; each build of a page in a real browser.

Every page must answer. Of the pages that are built alike, and differ in rows and words only, one
is opened: no request leaves the server's own address, nothing is reported to the console, axe
finds no serious fault, and a telephone is wide enough.
"""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.access import ALL, PAGES, TABLES, address, make_world, reaches

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OFFICE, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
GRAVE = {"serious", "critical"}
# Files and data, not pages.
NO_PAGES = {
    "foundation:health",
    "foundation:ready",
    "foundation:version",
    "registry:map_data",
    "registry:export",
    "registry:attachment_file",
    "registry:attachment_thumbnail",
    "registry:import_template",
    "registry:import_file",
    "registry:import_refused",
    "contracts:file_show",
    "party_grid:grid_outlines",
    "dashboards:area_trend",
    "notices:head_counts",
    "notices:notice_open",
}
# The wings and the data entry site; each has a test of its own, so that workers share them.
PARTS = ("governance", "compounds", "subsidies", "admin")
# One of each kind of work.
KINDS = "OAPKSG"


@pytest.fixture
def world(transactional_db, district):
    return make_world(district)


def visitor(user, language: str) -> Client:
    """A person who has logged in and chosen a language."""
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


def window(browser, server, client):
    """A window of the browser in which that person is at work; axe is in each of its pages."""
    context = browser.new_context(viewport=OFFICE, locale="zh-CN")
    context.add_init_script(AXE_SCRIPT)
    context.add_cookies(
        [
            {"name": name, "value": morsel.value, "url": server.url}
            for name, morsel in client.cookies.items()
        ]
    )
    return context


class Build(HTMLParser):
    """What a page is made of: kinds of elements with their classes and attributes, no words.

    The content is kept apart from the frame (head, rail, bar), which has its own for each role.
    """

    LEAVES = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr"}
    # Attributes whose value decides how an element looks, sounds or behaves.
    TELLING = ("class", "role", "type", "rel", "scope", "hx-trigger", "aria-hidden", "aria-live")

    def __init__(self, html: str):
        super().__init__()
        self.frame, self.content = set(), set()
        self.fetches = False
        self._open, self._main = [], 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        loaded = tag in ("script", "link", "img", "iframe")
        kind = [
            self._open[-1][1] if self._open else "",
            tag,
            *map(named.get, self.TELLING),
            *sorted(named),
            urlsplit(named.get("src") or named.get("href") or "").path if loaded else "",
            False,
        ]
        if tag == "main":
            self._main = len(self._open) + 1
        # A map, or a part that the page asks for as soon as it stands.
        self.fetches |= bool(self._main) and (
            named.get("hx-trigger") == "load" or "data-url" in named
        )
        self._open.append(kind)
        if tag in self.LEAVES:
            self._leave()

    def handle_endtag(self, tag):
        if any(kind[1] == tag for kind in self._open):
            while self._leave() != tag:
                pass

    def handle_data(self, text):
        if self._open and text.strip():
            self._open[-1][-1] = True

    def _leave(self) -> str:
        kind = self._open.pop()
        if kind[-1] and self._open:
            self._open[-1][-1] = True
        (self.content if self._main else self.frame).add(tuple(kind))
        if len(self._open) < self._main:
            self._main = 0
        return kind[1]


class Opened:
    """What the browser has been shown: contents, and the parts of frames."""

    def __init__(self):
        self.contents, self.frames = set(), set()

    def is_new(self, html: str, person: str) -> bool:
        """Whether a page must be opened; one that fetches more, for every person."""
        build = Build(html)
        content = (frozenset(build.content), person if build.fetches else "")
        known = content in self.contents and build.frame <= self.frames
        self.contents.add(content)
        self.frames |= build.frame
        return not known


class Watch:
    """Listens to a page and keeps what should not have happened."""

    def __init__(self, page, server):
        self.home = urlsplit(server.url).netloc
        self.faults = []
        page.on("request", self.request)
        page.on("console", self.console)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))

    def request(self, request):
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != self.home:
            self.faults.append(f"left the server: {request.url}")

    def console(self, message):
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")


def addresses_of(world, letter: str, part: str) -> list[str]:
    """Every page of a part that a role may open, with rows of its own place."""
    found = []
    for name, page in PAGES.items():
        if (
            not page.get
            or letter not in page.get
            or name in NO_PAGES
            or name.endswith("_export")
            or page.empty
            or part_of(name) != part
        ):
            continue
        if name in ("organisation:login",):
            continue
        arguments = address(world, page.at, "own")
        if arguments is not None and reaches(page, letter, "own"):
            found.append(reverse(name, kwargs=arguments) + page.query)
    for name, table in TABLES.items() if part == "admin" else ():
        if letter in table.read:
            found.append(reverse(f"admin:{name}_changelist"))
            row = getattr(world, table.at.removesuffix("_row"))["own"]
            found.append(reverse(f"admin:{name}_change", args=[row.pk]))
        if letter in table.write:
            found.append(reverse(f"admin:{name}_add"))
    return found


def part_of(name: str) -> str:
    """The wing of an address, by its room."""
    room = name.split(":")[0]
    return room if room == "admin" else apps.get_app_config(room).name.split(".")[0]


def grave_faults(page) -> list[str]:
    """Serious and critical findings of axe."""
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']}: {fault['help']} ({fault['nodes'][0]['html'][:160]})"
        for fault in found["violations"]
        if fault["impact"] in GRAVE
    ]


def too_wide(page) -> list[str]:
    """Whether a page must be pushed aside on a telephone."""
    page.set_viewport_size(PHONE)
    is_wide = page.evaluate("() => document.documentElement.scrollWidth > innerWidth + 1")
    page.set_viewport_size(OFFICE)
    return ["is wider than a telephone"] if is_wide else []


def walk(browser, server, user, language: str, paths, opened) -> list[str]:
    """What is wrong with the pages of a person; the browser opens the builds not seen before."""
    client, wrong = visitor(user, language), []
    context = window(browser, server, client)
    page = context.new_page()
    watch = Watch(page, server)
    wall = reverse("dashboards:wall")  # not made for telephones
    for path in paths:
        answer = client.get(path, follow=True)
        faults = [] if answer.status_code == 200 else [f"answered {answer.status_code}"]
        if answer.streaming:
            continue  # a file, no page
        if faults or opened.is_new(answer.content.decode(), f"{user.pk} {language}"):
            watch.faults.clear()
            page.goto(server.url + path, wait_until="load")
            faults += grave_faults(page) + watch.faults
            if language == "zh-hans" and not path.startswith(wall):
                faults += too_wide(page)
        wrong += [f"{user} {language} {path}: {fault}" for fault in faults]
    context.close()
    return wrong


def paths_by_person(world, part: str):
    """In Chinese every page for every role; in English each page once: its words are the same."""
    for letter in ALL:
        yield "zh-hans", world.people[letter], addresses_of(world, letter, part)
    read = set()
    for letter in KINDS:
        paths = [path for path in addresses_of(world, letter, part) if path not in read]
        read.update(paths)
        yield "en", world.people[letter], paths


# What a page looks like does not depend on the database.
@pytest.mark.database("sqlite")
@pytest.mark.parametrize("part", PARTS)
def test_pages_are_sound_for_every_role(part, chromium, live_server, world):
    wrong, opened = [], Opened()
    for language, person, paths in paths_by_person(world, part):
        wrong += walk(chromium, live_server, person, language, paths, opened)
    assert not wrong, "\n".join(wrong)


def test_the_door_is_sound(chromium, live_server, transactional_db):
    context = window(chromium, live_server, Client())
    page = context.new_page()
    watch = Watch(page, live_server)
    page.goto(live_server.url + reverse("organisation:login"))
    assert grave_faults(page) + too_wide(page) + watch.faults == []
    context.close()
