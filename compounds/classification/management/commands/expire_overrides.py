"""End the overrides whose last day has passed; run it every night."""

from django.core.management.base import BaseCommand

from compounds.classification.services import expire_overrides


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        self.stdout.write(f"overrides ended: {expire_overrides()}")
