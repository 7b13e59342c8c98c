"""Personal numbers: encrypted at rest, found again only by a keyed hash of the whole number.

The keys are their own, not SECRET_KEY: `PERSONAL_DATA_KEYS`, the first encrypts, all decrypt, the
last (oldest) is the one that hashes, so that putting a new key in front loses nothing. Without the
setting a key is made once in the folder of runtime files; whoever loses it loses the numbers.
"""

import contextlib
import hmac
import os
import re
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def seal(text: str) -> str:
    """Encrypt a text; the empty text stays empty."""
    return _ciphers().encrypt(text.encode()).decode() if text else ""


def unseal(token: str) -> str:
    """The text that was sealed.  Raises ImproperlyConfigured where its key is gone."""
    if not token:
        return ""
    try:
        return _ciphers().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise ImproperlyConfigured(
            "A personal number was encrypted with a key that is not in PERSONAL_DATA_KEYS."
        ) from error


def fingerprint(text: str) -> str:
    """Keyed hash of a number, 64 hexadecimal digits: equal for equal numbers, else says nothing."""
    if not text:
        return ""
    key = hmac.digest(_keys()[-1].encode(), b"lookup of personal numbers", "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def mask_phone(text: str) -> str:
    """138****5678; shorter numbers show their last two digits."""
    if len(text) >= 11:
        return f"{text[:3]}****{text[-4:]}"
    return "*" * max(0, len(text) - 2) + text[-2:]


def mask_name(name: str) -> str:
    """张* and 欧阳**: the family name alone, for notice boards; a mark in brackets is no name."""
    name = re.split(r"[（(]", name, maxsplit=1)[0]
    kept = 2 if len(name) > 3 else 1
    return name[:kept] + "*" * max(1, len(name) - kept)


@lru_cache(maxsize=1)
def _ciphers() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in _keys()])


@lru_cache(maxsize=1)
def _keys() -> tuple[str, ...]:
    return tuple(settings.PERSONAL_DATA_KEYS) or (_own_key(settings.VAR_DIR / "personal-data.key"),)


def _own_key(path: Path) -> str:
    """The key of this installation, made by whoever needs it first."""
    with contextlib.suppress(FileExistsError):
        made = path.with_name(f"{path.name}.{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(Fernet.generate_key().decode())
        try:
            os.link(made, path)  # fails where another process was first
        finally:
            made.unlink()
    return path.read_text().strip()
