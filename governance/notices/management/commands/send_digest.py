"""Tell everybody with a post what is open for them today; run it every morning.

Each digest is kept before it is sent, once for each person and day, so the command may run twice,
or on two machines. A past day gets no new digests: what is still unsent of it is sent.
"""

import datetime as dt

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from governance.foundation import dates
from governance.notices.models import Digest
from governance.notices.services import compose, keep_digest, readers, send_digest
from governance.organisation.calendar import calendar


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--day", type=dt.date.fromisoformat, help="a day, YYYY-MM-DD")
        parser.add_argument("--working-days", action="store_true", help="do nothing on a rest day")
        parser.add_argument("--dry-run", action="store_true", help="count, but keep and send none")

    def handle(self, *, day, working_days, dry_run, **options):
        today = dates.today()
        day = day or today
        if day > today:
            raise CommandError(f"{day} has not come yet")
        if working_days and not calendar().is_working(day):
            self.stdout.write(f"{day} is a rest day")
            return
        users = list(readers(day))
        if dry_run:
            self._count(users, day, is_past=day < today)
            return
        sent = failed = kept = 0
        bar = tqdm(users, desc=f"digests of {day}", file=self.stderr, disable=None)
        for user in bar:
            if day < today:
                digest = Digest.objects.filter(user=user, day=day).first()
            else:
                digest = keep_digest(user=user, day=day)
            if digest is None:
                continue
            kept += 1
            digest.user = user
            try:
                sent += send_digest(digest)
            except OSError as error:
                failed += 1
                self.stderr.write(f"{user.username}: {type(error).__name__}")
        self.stdout.write(f"{day}: {kept} digests, {sent} sent now, {failed} failed")
        if failed:
            raise CommandError("some digests were not sent; run the command again")

    def _count(self, users, day, *, is_past: bool) -> None:
        """What a run would do, by account."""
        for user in users:
            kept = Digest.objects.filter(user=user, day=day).first()
            if kept is not None:
                state = "sent" if kept.sent_at else "kept, not sent"
                self.stdout.write(f"{user.username}: {state}")
            elif not is_past and (content := compose(user)):
                work, notices = len(content["work"]), len(content["notices"])
                self.stdout.write(f"{user.username}: {work} lines of work, {notices} notices")
