"""Verify the hash chain of the audit log; exits 1 and names the first broken link."""

from django.core.management.base import BaseCommand, CommandError

from governance.audit.verify import verify


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--expect",
            action="append",
            default=[],
            metavar="LENGTH:DIGEST",
            help="a state of the chain noted earlier, as this command printed it",
        )

    def handle(self, **options):
        anchors = dict(self._anchor(text) for text in options["expect"])
        # An empty log is the beginning of every chain, so a note of it asks for nothing.
        anchors.pop(0, None)
        check = verify(anchors)
        if check.breach:
            raise CommandError(check.breach)
        self.stdout.write(f"audit chain holds: {check.length} entries")
        self.stdout.write(f"note for later: {check.length}:{check.digest}")

    @staticmethod
    def _anchor(text: str) -> tuple[int, str]:
        length, _colon, digest = text.partition(":")
        if not length.isdecimal() or len(digest) != 64:
            raise CommandError("--expect wants LENGTH:DIGEST")
        return int(length), digest
