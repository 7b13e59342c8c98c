"""Add an account with one post and print its first password: for the first three administrators.

Afterwards the account administrator adds accounts and the security administrator gives posts,
each on their own page.
"""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.organisation.models import Area
from governance.organisation.scope import Role
from governance.organisation.services import accounts, posts


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--name", required=True, help="name of the person")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--area", required=True, help="statistical code of the area")

    def handle(self, *, username, name, role, area, **options):
        place = Area.objects.filter(code=area).first()
        if place is None:
            raise CommandError(f"there is no area with the code {area}")
        try:
            with transaction.atomic():
                user, password = accounts.add_account(by=None, username=username, display_name=name)
                posts.give_post(
                    by=None, user=user, role=role, area=place, valid_from=dates.today(),
                    reason="add_account",
                )  # fmt: skip
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.username}: first password {password}")
        self.stdout.write("It must be changed at the first login.")
