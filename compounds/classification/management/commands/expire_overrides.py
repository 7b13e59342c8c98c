"""End overrides whose last day has passed and tasks whose worker died; run it every night."""

from django.core.management.base import BaseCommand

from compounds.classification.services import expire_overrides, fail_stale


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        self.stdout.write(f"overrides ended: {expire_overrides()}")
        self.stdout.write(f"dead tasks marked as failed: {fail_stale()}")
