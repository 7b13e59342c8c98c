"""Load a scenario through the real import and services, room by room."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from governance.foundation import seeding
from governance.foundation.errors import DomainError


class Command(BaseCommand):
    help = "Load a scenario: areas, accounts, register, providers, policy, first classification."

    def add_arguments(self, parser):
        parser.add_argument("name", help="a folder of seeds/, such as xiaodian")
        parser.add_argument("--folder", type=Path, help="a scenario that lies elsewhere")
        parser.add_argument(
            "--accounts", action="store_true", help="make the sample accounts (DEMO does so too)"
        )
        parser.add_argument("--by", default="", help="the account whose name stands on the imports")
        parser.add_argument("--no-bars", action="store_true", help="no progress bars")

    def handle(self, *args, name, folder, accounts, by, no_bars, **options):
        folder = folder or seeding.folder_of(name)
        if not (folder / "areas.json").is_file():
            raise CommandError(
                _("There is no scenario “%(name)s”. There are: %(names)s.")
                % {"name": name, "names": ", ".join(seeding.scenarios())}
            )
        report = seeding.Report(
            self.stdout,
            wants_accounts=accounts or settings.DEMO,
            # Bars are for a person watching; a log gets the sentences.
            show_bars=not no_bars and options["verbosity"] > 0 and self.stdout.isatty(),
        )
        changes = 0
        try:
            with seeding.playing():
                works_as = by or seeding.scenario_people(folder)["works_as"]
                changes = self._load(folder, works_as, report)
        except DomainError as error:
            raise CommandError(str(error)) from error
        finally:
            report.end_step()
        if options["verbosity"] > 0:
            self.stdout.write(
                _("Scenario “%(name)s” is loaded: %(count)s records.")
                % {"name": name, "count": changes}
                if changes
                else _("Scenario “%(name)s” was loaded already; nothing changed.") % {"name": name}
            )

    def _load(self, folder: Path, username: str, report: seeding.Report) -> int:
        changes, person = 0, _person(username)
        for title, room in seeding.seeding_modules():
            report.step(title)
            changes += room.load(folder, by=person, report=report) or 0
            # The first room to load may have made the account.
            person = person or _person(username)
            if person is None:
                raise CommandError(
                    _(
                        "Areas are loaded. Everything else is loaded in somebody's name: give an "
                        "account the post of a district officer and name it with --by, or ask for "
                        "the sample accounts with --accounts."
                    )
                )
        return changes


def _person(username: str):
    return get_user_model().objects.filter(username=username, is_active=True).first()
