"""Whether the process lives, whether it can serve, and which version it is."""

import datetime as dt
import functools
import tomllib

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_tasks_db.models import DBTaskResult

# A task that nobody takes for so long has no worker, unless a worker is busy with another.
WORKER_PATIENCE = dt.timedelta(minutes=2)


@require_safe
@never_cache
def alive(request):
    """The process answers; says nothing about the database."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request):
    """Database reachable and migrations applied; 503 otherwise.

    The worker is told beside them: without it pages are served all the same.
    """
    checks = {"database": _reaches_database()}
    if checks["database"]:
        checks["migrations"] = _is_migrated()
    is_ready = all(checks.values())
    words = {name: "ok" if passed else "failing" for name, passed in checks.items()}
    if settings.TASKS_MODE == "database" and is_ready:
        words["worker"] = _worker()
    return JsonResponse(
        {"status": "ok" if is_ready else "failing", "checks": words},
        status=200 if is_ready else 503,
    )


@require_safe
@never_cache
def version(request):
    return JsonResponse({"version": release()})


@functools.cache
def release() -> str:
    """The version of this release, from pyproject.toml."""
    text = (settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["version"]


def _reaches_database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


# True once seen: a running release does not lose its migrations.
_migrated: list[bool] = []


def _is_migrated() -> bool:
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _migrated.append(True)
    return True


def _worker() -> str:
    """Say "ok", "busy" (tasks wait behind a running one) or "failing" (nobody takes them)."""
    now = timezone.now()
    overdue = now - WORKER_PATIENCE
    waiting = DBTaskResult.objects.ready().filter(enqueued_at__lt=overdue)
    if not waiting.exclude(run_after__range=(overdue, now)).exists():
        return "ok"
    return "busy" if DBTaskResult.objects.running().exists() else "failing"
