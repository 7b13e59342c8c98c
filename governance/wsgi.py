"""WSGI entry point of the web workers."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections


def limit_statements(database: dict, milliseconds: int) -> None:
    """Let PostgreSQL end a statement that takes longer; 0 sets no limit. Before connecting."""
    if database["ENGINE"] != "django.db.backends.postgresql" or milliseconds <= 0:
        return
    chosen = database["OPTIONS"].get("options", "")
    # What the address of the database says for itself comes last and wins.
    database["OPTIONS"]["options"] = f"-c statement_timeout={milliseconds} {chosen}".strip()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
application = get_wsgi_application()
limit_statements(connections.settings["default"], settings.DB_STATEMENT_TIMEOUT_MS)
