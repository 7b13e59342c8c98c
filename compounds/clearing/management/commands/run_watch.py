"""Run the rebound watch of every district that has a policy; call it every night."""

import datetime as dt

from django.core.management.base import BaseCommand, CommandError

from compounds.classification.services import fail_stale
from compounds.clearing.models import WatchPolicy, WatchRun
from compounds.clearing.services.watch_runs import run_watch
from governance.foundation import dates
from governance.organisation.models import Area


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--as-of", help="the day to judge by (YYYY-MM-DD); today if absent")

    def handle(self, *, as_of=None, **options):
        try:
            day = dt.date.fromisoformat(as_of) if as_of else dates.today()
        except ValueError as error:
            raise CommandError(f"no day: {as_of}") from error
        self.stdout.write(f"dead runs marked as failed: {fail_stale(WatchRun)}")
        ruled = WatchPolicy.objects.in_force(day).order_by().values("district")
        for district in Area.objects.filter(pk__in=ruled).order_by("code"):
            run = run_watch(by=None, area=district, as_of=day)
            self.stdout.write(
                f"{district.code}: {run.done} under watch, {run.changed} scores written, "
                f"{run.moved} in another band, {run.opened} tasks opened, {run.ended} ended"
            )
