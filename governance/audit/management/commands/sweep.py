"""Throw away what has served: taken forms, ended sessions, failed logins, notices read long ago.

Run nightly. Nothing of the audit log is ever swept.
"""

import datetime as dt

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand
from django.utils import timezone

from governance.audit.models import Submission
from governance.foundation import sweeping

# Longer than any session lasts, so that no page still open can be taken twice.
SUBMISSIONS_KEPT = dt.timedelta(days=7)


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        now = timezone.now()
        lockout = dt.timedelta(hours=settings.AXES_COOLOFF_TIME)
        kept = max(SUBMISSIONS_KEPT, dt.timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS))
        submissions = Submission.objects.filter(at__lt=now - kept).delete()[0]
        sessions = Session.objects.filter(expire_date__lt=now).delete()[0]
        attempts = AccessAttempt.objects.filter(attempt_time__lt=now - lockout).delete()[0]
        further = "".join(f", {rows} {name}" for name, rows in sweeping.sweep_all(now).items())
        self.stdout.write(
            f"swept {submissions} submissions, {sessions} sessions, {attempts} failed logins"
            f"{further}"
        )
