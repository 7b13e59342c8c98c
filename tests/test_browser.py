"""Every page in a real browser, for every role and in both languages.

No request leaves the server's own address, nothing is reported to the console, and axe finds no
serious fault. Pages that differ in words only are judged by axe once.
"""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.access import ALL, PAGES, ROLES, TABLES, address, make_world, reaches

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREENS = {"office": {"width": 1366, "height": 768}, "phone": {"width": 390, "height": 844}}
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
# What axe sees of a page: elements, classes and roles, and whether they hold text.
SKELETON = """() => [...new Set([...document.querySelectorAll("body *")].map((e) =>
  [e.parentElement.tagName, e.tagName, e.className.baseVal ?? e.className, e.getAttribute("role"),
   e.hasAttribute("aria-label"), e.textContent.trim() !== ""].join("|")))].sort().join("\\n")"""


@pytest.fixture
def world(transactional_db, district):
    return make_world(district)


def signed_in(browser, server, user, language: str, screen: str = "office"):
    """A window of a person who has logged in and chosen a language."""
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    context = browser.new_context(viewport=SCREENS[screen], locale="zh-CN")
    context.add_cookies(
        [
            {"name": name, "value": value, "url": server.url}
            for name, value in (
                (settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value),
                (settings.LANGUAGE_COOKIE_NAME, language),
            )
        ]
    )
    return context


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


def addresses_of(world, letter: str) -> list[str]:
    """Every page that a role may open, with rows of its own place."""
    found = []
    for name, page in PAGES.items():
        if (
            not page.get
            or letter not in page.get
            or name in NO_PAGES
            or name.endswith("_export")
            or page.empty
        ):
            continue
        if name in ("organisation:login",):
            continue
        arguments = address(world, page.at, "own")
        if arguments is not None and reaches(page, letter, "own"):
            found.append(reverse(name, kwargs=arguments) + page.query)
    for name, table in TABLES.items():
        if letter in table.read:
            found.append(reverse(f"admin:{name}_changelist"))
            row = getattr(world, table.at.removesuffix("_row"))["own"]
            found.append(reverse(f"admin:{name}_change", args=[row.pk]))
        if letter in table.write:
            found.append(reverse(f"admin:{name}_add"))
    return found


def grave_faults(page, judged: set) -> list[str]:
    """Serious and critical findings of axe, unless a page of this build was judged before."""
    skeleton = page.evaluate(SKELETON)
    if skeleton in judged:
        return []
    judged.add(skeleton)
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']}: {fault['help']} ({fault['nodes'][0]['html'][:160]})"
        for fault in found["violations"]
        if fault["impact"] in GRAVE
    ]


def walk(context, world, server, letter: str, judged: set, *, narrow: bool = False) -> list[str]:
    """What is wrong with the pages of a role."""
    wrong = []
    page = context.new_page()
    watch = Watch(page, server)
    for path in addresses_of(world, letter):
        if narrow and path.startswith(reverse("dashboards:wall")):
            continue  # made for a wall
        watch.faults.clear()
        answer = page.goto(server.url + path, wait_until="load")
        faults = [] if answer.status == 200 else [f"answered {answer.status}"]
        if narrow:
            if page.evaluate("() => document.documentElement.scrollWidth > innerWidth + 1"):
                faults.append("is wider than the screen")
        else:
            faults += grave_faults(page, judged)
        faults += watch.faults
        wrong += [f"{ROLES[letter]} {path}: {fault}" for fault in faults]
    page.close()
    return wrong


# What a page looks like does not depend on the database: one of the three walks is made on both.
@pytest.mark.parametrize(
    ("language", "roles"),
    [
        ("zh-hans", ALL),
        pytest.param("en", "OAPKSG", marks=pytest.mark.database("sqlite")),
    ],
)
def test_pages_are_sound_for_every_role(language, roles, chromium, live_server, world):
    """In English once for each kind of work: what the roles see differs in rows, not in words."""
    wrong, judged = [], set()
    for letter in roles:
        context = signed_in(chromium, live_server, world.people[letter], language)
        wrong += walk(context, world, live_server, letter, judged)
        context.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.database("sqlite")
def test_pages_fit_a_telephone(chromium, live_server, world):
    wrong = []
    for letter in "OKS":
        context = signed_in(chromium, live_server, world.people[letter], "zh-hans", "phone")
        wrong += walk(context, world, live_server, letter, set(), narrow=True)
        context.close()
    assert not wrong, "\n".join(wrong)


def test_the_door_is_sound(chromium, live_server, transactional_db):
    context = chromium.new_context(viewport=SCREENS["office"])
    page = context.new_page()
    watch = Watch(page, live_server)
    page.goto(live_server.url + reverse("organisation:login"))
    assert grave_faults(page, set()) + watch.faults == []
    context.close()
