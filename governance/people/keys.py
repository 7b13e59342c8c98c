"""What must hold of the keys of personal numbers before people work: `manage.py check --deploy`."""

import stat

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import Error, Tags, register

KEY_FILE = "personal-data.key"


@register(Tags.security, deploy=True)
def keys_are_kept(app_configs, **kwargs) -> list:
    """Keys are well formed; a key file is read by its owner alone."""
    found = []
    for number, key in enumerate(settings.PERSONAL_DATA_KEYS, 1):
        try:
            Fernet(key)
        except ValueError:
            found.append(
                Error(
                    f"Key {number} of PERSONAL_DATA_KEYS is no Fernet key.",
                    hint="Make one as the README says, under “Keys of personal numbers”.",
                    id="people.E001",
                )
            )
    path = settings.VAR_DIR / KEY_FILE
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        found.append(
            Error(
                f"The key of personal numbers, {KEY_FILE} in VAR_DIR, can be read by others.",
                hint=f"chmod 600 {KEY_FILE}",
                id="people.E002",
            )
        )
    return found
