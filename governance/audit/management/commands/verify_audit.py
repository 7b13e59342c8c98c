"""Verify the hash chain of the audit log; exits 1 and names the first broken link."""

from django.core.management.base import BaseCommand, CommandError

from governance.audit.models import AuditEntry
from governance.audit.verify import breaches


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        broken = next(breaches(), None)
        if broken:
            raise CommandError(broken)
        self.stdout.write(f"audit chain holds: {AuditEntry.objects.count()} entries")
