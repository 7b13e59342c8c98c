"""A test database in a moment: migrated once for a state of the migrations, then copied.

The copy is kept among the machine's temporary files under a name that the migrations' content
gives, so a changed migration makes a new one. Only one worker makes it, the others wait; run as a
program it is made beforehand (`make ready`).
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections


def _digest() -> str:
    """Of all migrations that make the database."""
    found = hashlib.sha256()
    for config in sorted(apps.get_app_configs(), key=lambda config: config.name):
        for path in sorted(Path(config.path).glob("migrations/*.py")):
            found.update(f"{config.label}/{path.name}".encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


@contextlib.contextmanager
def _one_at_a_time(name: str):
    with (Path(tempfile.gettempdir()) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare() -> None:
    """Let the test database of the default connection begin as a copy of the ready one."""
    name = f"compounds_ready_{_digest()}"
    _prepare_sqlite(name) if connection.vendor == "sqlite" else _prepare_postgresql(name)


def _prepare_sqlite(name: str) -> None:
    create = connection.creation._create_test_db

    def create_as_copy(*args, **kwargs):
        made = create(*args, **kwargs)
        shutil.copyfile(_ready_sqlite(name), made)
        return made

    connection.creation._create_test_db = create_as_copy


def _ready_sqlite(name: str) -> Path:
    """The ready one. Where another worker is making it, wait; where nobody has, make it."""
    ready = Path(tempfile.gettempdir()) / f"{name}.sqlite3"
    with _one_at_a_time(name):
        if not ready.exists():
            _make_sqlite(ready)
    return ready


def _make_sqlite(ready: Path) -> None:
    being_made = ready.with_suffix(".making")
    being_made.unlink(missing_ok=True)
    made, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], str(being_made)
    connection.close()
    try:
        call_command("migrate", verbosity=0, interactive=False)
        # All of it in the one file, without a log beside it.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=DELETE")
    finally:
        connection.close()
        connection.settings_dict["NAME"] = made
    being_made.rename(ready)


def _prepare_postgresql(name: str) -> None:
    with _one_at_a_time(name), connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}_making"')
            cursor.execute(f'CREATE DATABASE "{name}_making"')
            made, connection.settings_dict["NAME"] = (
                connection.settings_dict["NAME"],
                f"{name}_making",
            )
            try:
                call_command("migrate", verbosity=0, interactive=False)
            finally:
                connections.close_all()
                connection.settings_dict["NAME"] = made
            cursor.execute(f'ALTER DATABASE "{name}_making" RENAME TO "{name}"')
    connection.settings_dict["TEST"]["TEMPLATE"] = name


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    ready = _ready_sqlite if connection.vendor == "sqlite" else _prepare_postgresql
    ready(f"compounds_ready_{_digest()}")
