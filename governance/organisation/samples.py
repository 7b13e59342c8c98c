"""The sample accounts of a demonstration, for its login page only."""

import tomllib
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from governance.foundation import dates

from .models import Post


@dataclass(frozen=True)
class SampleAccount:
    """A sample account that exists, with its first post in words."""

    username: str
    password: str
    title: str


def sample_accounts() -> list[SampleAccount]:
    """Accounts of the scenarios that were loaded; none outside a demonstration."""
    if not settings.DEMO:
        return []
    passwords = _passwords()
    posts = (
        Post.objects.current(dates.today())
        .filter(user__username__in=passwords, user__is_active=True)
        .select_related("user", "area")
        .order_by("user_id", "pk")
    )
    first = {}
    for post in posts:
        first.setdefault(post.user.username, str(post))
    return [
        SampleAccount(name, passwords[name], first[name]) for name in passwords if name in first
    ]


@cache
def _passwords() -> dict[str, str]:
    found = {}
    for path in sorted((settings.BASE_DIR / "seeds").glob("*/people.toml")):
        for person in tomllib.loads(path.read_text(encoding="utf-8")).get("accounts", ()):
            found.setdefault(person["username"], person["password"])
    return found
