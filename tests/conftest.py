"""Fixtures of every test: a small district with its people, a clean cache and storage, a browser.

In CI nothing may be skipped: a missing browser, database or tool fails the run.
"""

import gc
import os
import shutil

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage, storages
from django.db import connection
from django.utils.functional import empty
from playwright.sync_api import sync_playwright
from xdist.scheduler import LoadScopeScheduling

from tests import ready_database
from tests.factories import make_district
from tests.flushing import allow_flush

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
IS_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}
PAGES = ("test_views", "test_pages")
SOLVERS = "tests/compounds/planning/"


def touches_database(item) -> bool:
    """Whether a test asks for the database, by its mark or by a fixture."""
    return (
        item.get_closest_marker("django_db") is not None
        or not DATABASE_FIXTURES.isdisjoint(item.fixturenames)
        or item.cls is not None
    )


def asks_postgresql(item) -> bool:
    """Whether the other database may have another answer than SQLite."""
    return touches_database(item) and not item.path.name.startswith(PAGES)


def is_long(item) -> bool:
    """Whether a test, or what its worker must do before it, takes long."""
    return item.get_closest_marker("slow") is not None or item.nodeid.startswith(SOLVERS)


def pytest_collection_modifyitems(config, items):
    """Leave out what speaks of the other database; begin with what takes longest.

    What touches no database (rules, catalogue, the plan of the house) is tried once, with SQLite;
    so is what pages say: on PostgreSQL the table of access opens each of them.
    """
    kept, left_out = [], []
    for item in items:
        marks = list(item.iter_markers("database"))
        fits = all(connection.vendor in mark.args for mark in marks)
        fits = fits and (connection.vendor == "sqlite" or asks_postgresql(item))
        (kept if fits else left_out).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    # With several workers none is left alone with a long test at the end.
    items[:] = sorted(kept, key=lambda item: not is_long(item))


def pytest_collection_finish():
    """What was collected stays; whoever looks for garbage need not walk through it each time."""
    gc.collect()
    gc.freeze()


class OneWorkerAScenario(LoadScopeScheduling):
    """Tests go to whichever worker is free; those of one scenario to one, which loads it once.

    So do those of the solvers: on a fresh machine the one worker compiles them for all.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith(SOLVERS):
            return SOLVERS
        return file if file.startswith("tests/seeds/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return OneWorkerAScenario(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """In CI a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IS_CI and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        for report in reporter.stats["skipped"]:
            reporter.write_line(f"skipped in CI: {report.nodeid}: {report.longrepr[-1]}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, django_db_blocker):
    """The test database begins as a copy of one that is migrated already."""
    with django_db_blocker.unblock():
        ready_database.prepare()


@pytest.fixture(autouse=True, scope="session")
def _flush_reaches_the_audit_log():
    allow_flush()


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture(autouse=True)
def _fresh_storage():
    """No file of one test is seen by the next: the storage lives in memory."""
    storages._storages.pop("default", None)
    default_storage._wrapped = empty


@pytest.fixture
def district(db):
    return make_district()


@pytest.fixture(scope="session")
def chromium():
    """The Chromium of this machine, driven by Playwright; one for the whole session."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        pytest.skip("needs Chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()
