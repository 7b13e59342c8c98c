"""Prove the ledger: balances, numbers, digests, reversals; exits 1 and names the first breach."""

from time import perf_counter

from django.core.management.base import BaseCommand, CommandError

from subsidies.ledger.models import Book
from subsidies.ledger.proofs import PROOFS

SHOWN = 5


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--only", nargs="+", choices=list(PROOFS), help="proofs to make")

    def handle(self, *, only=None, **options):
        first = None
        for name in only or PROOFS:
            begun = perf_counter()
            breaches = list(PROOFS[name]())
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
        for book in Book.objects.select_related("district").order_by("district__code"):
            self.stdout.write(
                f"{book.district.code}: {book.last_number} vouchers, digest {book.digest}"
            )
