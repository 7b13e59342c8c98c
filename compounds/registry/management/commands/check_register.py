"""Prove the register: every check of every room; exits 1 and names the first breach."""

from time import perf_counter

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from compounds.registry.services import attachments, tallies
from governance.foundation.checking import all_checks
from governance.organisation.models import Area, Level

SHOWN = 5


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--rebuild", action="store_true", help="first recompute the tallies of all communities"
        )
        parser.add_argument(
            "--sweep",
            action="store_true",
            help="first delete uploaded files older than a day to which no row belongs",
        )
        parser.add_argument(
            "--only", nargs="+", metavar="CHECK", help="names of checks, such as registry.tallies"
        )

    def handle(self, *, rebuild=False, sweep=False, only=None, **options):
        if sweep:
            self.stdout.write(f"{attachments.sweep()} files without a row deleted")
        if rebuild:
            with transaction.atomic():
                tallies.refresh(
                    Area.objects.filter(level=Level.COMMUNITY).values_list("pk", flat=True)
                )
            self.stdout.write("tallies recomputed")
        checks = all_checks()
        unknown = [name for name in only or () if name not in checks]
        if unknown:
            raise CommandError(f"no such check: {', '.join(unknown)}; known: {', '.join(checks)}")
        first = None
        for name in only or checks:
            begun = perf_counter()
            breaches = list(checks[name]())
            spent = perf_counter() - begun
            self.stdout.write(f"{'BREACH' if breaches else 'holds':6} {name} ({spent:.2f} s)")
            for sentence in breaches[:SHOWN]:
                self.stdout.write(f"       {sentence}")
            if len(breaches) > SHOWN:
                self.stdout.write(f"       and {len(breaches) - SHOWN} more")
            if breaches and first is None:
                first = f"{name}: {breaches[0]}"
        if first:
            raise CommandError(first)
