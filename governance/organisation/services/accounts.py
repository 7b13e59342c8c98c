"""Writing accounts: add, switch off and on, reset and change passwords, unlock.

The account administrator does these; what an account may do is decided by its posts, which are
another person's duty.
"""

import datetime as dt
import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.foundation import journal
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.locks import for_update

from .. import lockout
from ..models import User

RIGHT = "account.manage"
# No characters that are mistaken for one another when read from paper.
_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH = 14


def new_password() -> str:
    """A first password: 80 bits, readable, in groups."""
    letters = [secrets.choice(_ALPHABET) for _i in range(_LENGTH)]
    return "-".join("".join(letters[i : i + 5]) for i in range(0, _LENGTH, 5))


def first_password_has_expired(user: User, now: dt.datetime) -> bool:
    """Whether a password given by an administrator has been left unchanged for too long."""
    if not user.must_change_password:
        return False
    given = user.password_changed_at or user.date_joined
    return now - given > dt.timedelta(days=settings.FIRST_PASSWORD_DAYS)


@transaction.atomic
def add_account(*, by: User | None, username: str, display_name: str) -> tuple[User, str]:
    """Add an account without any post; returns it with its first password, kept nowhere.

    `by` is None only for the command that adds the first accounts. Raises NotAllowed,
    ValidationError.
    """
    _require(by)
    user = User(username=User.normalize_username(username), display_name=display_name.strip())
    password = _give_first_password(user)
    user.full_clean()
    user.save()
    journal.record("add_account", user, by=by, changes={"username": [None, user.username]})
    return user, password


@transaction.atomic
def switch_off(*, by: User, user: User, reason: str) -> User:
    """Switch an account off; its sessions end with the next request. Raises DomainError."""
    row = _lock(by, user)
    if not row.is_active:
        raise DomainError(_("This account is already switched off."))
    row.is_active = False
    row.save(update_fields=["is_active"])
    journal.record(
        "switch_off", row, by=by, reason=_given(reason), changes={"is_active": [True, False]}
    )
    return row


@transaction.atomic
def switch_on(*, by: User, user: User, reason: str) -> tuple[User, str]:
    """Switch an account on again with a new first password, so that no old session revives."""
    row = _lock(by, user)
    if row.is_active:
        raise DomainError(_("This account is already switched on."))
    row.is_active = True
    password = _give_first_password(row)
    row.save()
    journal.record(
        "switch_on", row, by=by, reason=_given(reason), changes={"is_active": [False, True]}
    )
    return row, password


@transaction.atomic
def reset_password(*, by: User, user: User, reason: str) -> tuple[User, str]:
    """Give a new first password; all sessions of the account end. Raises DomainError."""
    row = _lock(by, user)
    if not row.is_active:
        raise DomainError(_("This account is switched off; switch it on instead."))
    password = _give_first_password(row)
    row.save()
    lockout.unlock(row.username)
    journal.record("reset_password", row, by=by, reason=_given(reason))
    return row, password


@transaction.atomic
def unlock(*, by: User, user: User) -> User:
    """Let a locked name log in again at once."""
    row = _lock(by, user)
    lockout.unlock(row.username)
    journal.record("unlock", row, by=by)
    return row


@transaction.atomic
def change_password(*, by: User, password: str) -> User:
    """Set one's own new password; every other session of the person ends."""
    row = for_update(User.objects).get(pk=by.pk)
    row.set_password(password)
    row.must_change_password = False
    row.password_changed_at = timezone.now()
    row.save(update_fields=["password", "must_change_password", "password_changed_at"])
    journal.record("change_password", row, by=by)
    return row


def _require(by: User | None) -> None:
    if by is not None:
        by.scope.require(RIGHT)


def _lock(by: User, user: User) -> User:
    _require(by)
    if user.pk == by.pk:
        raise NotAllowed(_("Nobody does this to their own account; ask another administrator."))
    return for_update(User.objects).get(pk=user.pk)


def _give_first_password(user: User) -> str:
    password = new_password()
    user.set_password(password)
    user.must_change_password = True
    user.password_changed_at = timezone.now()
    return password


def _given(reason: str) -> str:
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason.")})
    return reason.strip()
