"""Guessing of passwords: a name is locked after a few failures, an address after many.

One office sits behind one address, so the limit of an address is far higher. A name that does
not exist is counted and answered exactly like one that does.
"""

import datetime as dt

from axes.backends import AxesStandaloneBackend
from axes.exceptions import AxesBackendPermissionDenied
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import Sum
from django.shortcuts import render
from django.utils import timezone


class FailureCounter(AxesDatabaseHandler):
    """Counts failures per name and per address, each against its own limit."""

    def get_failures(self, request, credentials=None) -> int:
        by_name, by_address = (
            attempts.aggregate(n=Sum("failures_since_start"))["n"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        request.is_address_locked = (
            request.axes_ip_address is not None and by_address >= settings.ADDRESS_FAILURE_LIMIT
        )
        if request.is_address_locked:
            return max(by_name, settings.AXES_FAILURE_LIMIT)
        return by_name

    def reset_user_attempts(self, request, credentials=None) -> int:
        """A success clears the name alone: one good account must not clear an address."""
        by_name, _by_address = self.filter_user_attempts(request, credentials)
        return by_name.delete()[0]


class LockoutBackend(AxesStandaloneBackend):
    """Refuses locked names, taking as long as a wrong password takes."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        try:
            return super().authenticate(request, username, password, **kwargs)
        except AxesBackendPermissionDenied:
            make_password(password or "")
            raise


def locked_out(request, answer=None, credentials=None):
    """The answer while locked.

    For a name: the login page as after any wrong password, so that it tells nothing about the
    name. For an address: a page of its own with status 429.
    """
    if answer is not None and not getattr(request, "is_address_locked", False):
        return answer
    return render(request, "429.html", {"minutes": lockout_minutes()}, status=429)


def lockout_minutes() -> int:
    return round(settings.AXES_COOLOFF_TIME * 60)


def unlock(username: str) -> int:
    """Forget the failures of a name."""
    return AxesProxyHandler.reset_attempts(username=username)


def is_name_locked(username: str) -> bool:
    """Whether a name has reached its limit within the present lockout time."""
    since = timezone.now() - dt.timedelta(minutes=lockout_minutes())
    failures = AccessAttempt.objects.filter(username=username, attempt_time__gte=since)
    counted = failures.aggregate(n=Sum("failures_since_start"))["n"] or 0
    return counted >= settings.AXES_FAILURE_LIMIT
