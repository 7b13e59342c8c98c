"""What tests need; everything else as shipped."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("DEMO", "1")

from governance.settings import *  # noqa: F403

# Set up whole districts within one transaction: no limit is put on their statements.
DB_STATEMENT_TIMEOUT_MS = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # On disk as in production, so that threads have connections of their own; a test that is
    # cut short loses nothing, so nothing waits for the disk.
    DATABASES["default"]["TEST"] = {
        "NAME": str(Path(tempfile.gettempdir()) / f"compounds-test-{os.getpid()}.sqlite3")
    }
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=OFF;"
    )
else:
    # No statement of a test is long enough to be compiled first, and none waits for the disk.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
        "-c jit=off -c synchronous_commit=off"
    )
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
