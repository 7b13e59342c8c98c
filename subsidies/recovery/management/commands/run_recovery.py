"""Warn of ends of subsidies, propose and post them, let unappealed claims stand; every night."""

import datetime as dt

from django.core.management.base import BaseCommand, CommandError

from governance.foundation import dates
from subsidies.recovery.services import run_recovery


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--as-of", help="the day to judge by (YYYY-MM-DD); today if absent")

    def handle(self, *, as_of=None, **options):
        try:
            day = dt.date.fromisoformat(as_of) if as_of else dates.today()
        except ValueError as error:
            raise CommandError(f"no day: {as_of}") from error
        if day > dates.today():
            raise CommandError(f"a day to come: {day}")
        done = run_recovery(as_of=day)
        self.stdout.write(
            f"{day}: {done.warned} told of ends, {done.proposed} exits proposed, "
            f"{done.ended} ended, {done.confirmed} claims stand"
        )
