"""What posts without a register are there for: said in words, with the doors they open."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from governance.organisation.scope import Role


@dataclass(frozen=True)
class Duty:
    """A post, what it is for, and its pages as (label, address)."""

    title: str
    words: str
    doors: tuple[tuple[str, str], ...]


def of(user) -> list[Duty]:
    """One entry for each of the reader's posts."""
    return [
        Duty(
            f"{grant.area_name} · {grant.role.label}",
            _words(grant.role),
            tuple(door for door in _doors(grant.role) if door[1]),
        )
        for grant in user.scope.grants
    ]


def _words(role: Role) -> str:
    return {
        Role.ACCOUNT_ADMIN: _(
            "You open and close accounts. Posts and logs are in other hands, and so are the"
            " register's data."
        ),
        Role.SECURITY_ADMIN: _(
            "You give and end posts: who holds which role where, from when until when."
        ),
        Role.AUDIT_ADMIN: _(
            "You read the audit log, check that its chain is whole and export evidence."
        ),
        Role.PROVIDER: _(
            "Compounds that your enterprise serves will be listed here once a contract names it."
        ),
    }.get(role, "")


def _doors(role: Role):
    if role == Role.ACCOUNT_ADMIN:
        yield _("Accounts"), reverse("organisation:account_list")
    elif role == Role.SECURITY_ADMIN:
        yield _("Posts"), reverse("organisation:post_list")
    elif role == Role.AUDIT_ADMIN:
        yield _("Audit log"), reverse("audit:entry_list")
    yield _("Change password"), reverse("organisation:password_change")
