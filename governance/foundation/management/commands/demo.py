"""One command from nothing to a running demonstration on this machine."""

import json
import os
import socket
import sys
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation
from django.utils.translation import gettext as _

from governance.foundation import seeding, supervisor

HOST = "127.0.0.1"
SCENARIO = "xiaodian"


class Command(BaseCommand):
    help = "Set up the sample district on the first run, then serve it on 127.0.0.1:8000."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--scenario", default=SCENARIO)
        parser.add_argument("--setup-only", action="store_true", help="prepare, but do not serve")

    def handle(self, *args, port, scenario, setup_only, **options):
        if not settings.DEMO:
            raise CommandError(
                _("The demonstration has sample passwords. Set DEMO=1 if this machine is yours.")
            )
        folder = seeding.folder_of(scenario)
        if not folder.is_dir():
            raise CommandError(_("There is no scenario “%(name)s”.") % {"name": scenario})
        if not setup_only:
            _require_free(port)
        self._prepare(scenario, folder)
        self._tell(port, folder)
        if not setup_only:
            _serve(port)

    def _prepare(self, scenario: str, folder: Path) -> None:
        executor = MigrationExecutor(connections["default"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self._say(_("Preparing the database …"))
            call_command("migrate", interactive=False, verbosity=0)
        if not _is_loaded(folder):
            self._say(_("Loading the sample district …"))
            call_command("load_seeds", scenario, stdout=self.stdout, accounts=True)
        if not settings.DEBUG and _static_is_stale():
            self._say(_("Collecting static files …"))
            call_command("collectstatic", interactive=False, verbosity=0)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _tell(self, port: int, folder: Path) -> None:
        self._say("")
        self._say(_("Sample data: compounds, people and firms are invented."))
        self._say(f"http://{HOST}:{port}/")
        self._say("")
        for line in _table(_account_rows(folder)):
            self._say(line)
        self._say("")
        self._say(_("Stop with Ctrl-C. The data stay in %(folder)s.") % {"folder": _where()})


def _where() -> str:
    """The database, as somebody standing in the project would name it."""
    name = Path(str(settings.DATABASES["default"]["NAME"]))
    return (
        str(name.relative_to(settings.BASE_DIR)) if settings.BASE_DIR in name.parents else str(name)
    )


def _static_is_stale() -> bool:
    """Whether a static file was never collected, or changed since."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if not manifest.is_file():
        return True
    collected = manifest.stat().st_mtime
    return any(
        os.path.getmtime(storage.path(name)) > collected
        for finder in get_finders()
        for name, storage in finder.list([])
    )


def _require_free(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                _(
                    "Port %(port)s is busy: is the demonstration running already? "
                    "Stop it, or choose another port with --port."
                )
                % {"port": port}
            ) from error


def _is_loaded(folder: Path) -> bool:
    """Whether the last step of loading was done: the campaign, or else the classification."""
    areas = json.loads((folder / "areas.json").read_text(encoding="utf-8"))["areas"]
    compounds = apps.get_model("registry", "Compound").objects
    here = compounds.filter(district__code=areas[0]["code"], is_unmanaged=True)
    if (folder / "policy.toml").is_file():
        here = here.exclude(decision="")
    if (folder / "progress.xlsx").is_file():
        here = here.exclude(stage="")
    return here.exists()


def _account_rows(folder: Path) -> list[list[str]]:
    """User name, password, role in Chinese and English, place."""
    people = seeding.scenario_people(folder)["accounts"]
    codes = {person["area"] for person in people}
    places = dict(
        apps.get_model("organisation", "Area")
        .objects.filter(code__in=codes)
        .values_list("code", "name")
    )
    roles = dict(apps.get_model("organisation", "Post")._meta.get_field("role").choices)
    rows = [[_("account"), _("password"), _("role"), "", _("area")]]
    for person in people:
        names = []
        for language in ("zh-hans", "en"):
            with translation.override(language):
                names.append(str(roles[person["role"]]))
        rows.append([person["username"], person["password"], *names, places[person["area"]]])
    return rows


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    ]


def _width(text: str) -> int:
    """Columns on the screen: a Chinese character takes two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _serve(port: int) -> None:
    """Become the small supervisor of a web server and a background worker; never returns."""
    connections.close_all()
    sys.stdout.flush()
    commands = {
        "web": [
            sys.executable, "-m", "gunicorn", "governance.wsgi:application",
            "--bind", f"{HOST}:{port}", "--workers", "1", "--threads", "4",
            "--worker-class", "gthread", "--log-level", "warning", "--graceful-timeout", "5",
        ],
        "worker": [sys.executable, "manage.py", "db_worker", "--interval", "2", "-v", "0"],
    }  # fmt: skip
    environment = {**os.environ, "DEMO": "1", "TASKS_MODE": "database"}
    os.chdir(settings.BASE_DIR)
    os.execve(  # noqa: S606
        sys.executable,
        [sys.executable, "-P", supervisor.__file__, json.dumps(commands)],
        environment,
    )
