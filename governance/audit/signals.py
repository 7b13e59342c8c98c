"""Logins, failed logins and logouts of Django become entries of the log."""

from django.contrib.auth import get_user_model, signals
from django.db import transaction

from governance.foundation import journal

from . import services


def connect() -> None:
    """Open the book to the rooms below, and listen to Django's own signals."""
    journal.keep(services.record)
    signals.user_logged_in.connect(logged_in, dispatch_uid="audit-login")
    signals.user_logged_out.connect(logged_out, dispatch_uid="audit-logout")
    signals.user_login_failed.connect(login_failed, dispatch_uid="audit-login-failed")


def logged_in(sender, request, user, **kwargs):
    # Only logins that came through the door: they bear a request id.
    if getattr(request, "id", ""):
        _record("login", user, by=user, request=request)


def logged_out(sender, request, user, **kwargs):
    if user is not None and getattr(request, "id", ""):
        _record("logout", user, by=user, request=request)


def login_failed(sender, credentials, request=None, **kwargs):
    """The name that was typed is kept only if it is an account: else it may be a password."""
    users = get_user_model().objects
    user = users.filter(username=credentials.get("username") or "").first()
    _record("login_failed", user, by=None, request=request)


def _record(verb: str, user, *, by, request) -> None:
    with transaction.atomic():
        services.record(verb, user, by=by, changes=services.origin(request))
