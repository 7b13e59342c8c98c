"""The digest of a day: composed once for each person, kept, and sent if there is a way.

It is written down before it is sent. A run that dies in between leaves it unsent, and the next
run sends what is unsent; two runs at once do not send the same one.
"""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.organisation.models import Post, User

from .. import bundles, sources
from ..models import Digest

# Titles of the newest unread notices; the page has them all.
MOST_NOTICES = 30
# A run that took a digest so long ago without sending it has died.
TAKEN_FOR = dt.timedelta(minutes=10)
KEPT = dt.timedelta(days=180)


def readers(day: dt.date) -> QuerySet:
    """Active accounts with a post on a day."""
    posts = Post.objects.current(day).values("user")
    return User.objects.filter(is_active=True, pk__in=posts).order_by("pk")


def compose(user) -> dict:
    """Open work and unread notices of a person, in their language; empty if there are none.

    Titles and counts only: what is sent by mail names no person and no place that is not public.
    """
    with translation.override(user.language or settings.LANGUAGE_CODE):
        work = [line._asdict() for line in sources.work_of(user)]
        bundles.close_done(user)
        unread = bundles.unread_of(user)[:MOST_NOTICES]
        notices = [{"title": line.title, "url": line.url} for line in unread]
    return {"work": work, "notices": notices} if work or notices else {}


def keep_digest(*, user, day: dt.date) -> Digest | None:
    """The digest of a person and day, composed if there was none; None if nothing is open."""
    found = Digest.objects.filter(user=user, day=day).first()
    if found is None and (content := compose(user)):
        found, _made = Digest.objects.get_or_create(
            user=user, day=day, defaults={"content": content}
        )
    return found


def send_digest(digest: Digest) -> bool:
    """Mail a digest that was not sent yet; False if it was, or if there is no way to send it.

    Never inside a transaction: what was sent cannot be rolled back. Raises OSError if the mail
    server refuses; the next run tries again.
    """
    user = digest.user
    if not settings.HAS_MAIL or not user.email or digest.sent_at:
        return False
    now = timezone.now()
    mine = Q(taken_at=None) | Q(taken_at__lt=now - TAKEN_FOR)
    rows = Digest.objects.filter(pk=digest.pk)
    if not rows.unsent().filter(mine).update(taken_at=now):
        return False
    with translation.override(user.language or settings.LANGUAGE_CODE):
        message = EmailMessage(_subject(digest), _body(digest), to=[user.email])
    try:
        message.send()
    except OSError:
        rows.update(taken_at=None)
        raise
    rows.update(sent_at=timezone.now())
    return True


def sweep_digests(now: dt.datetime) -> int:
    """Delete digests of half a year ago."""
    return Digest.objects.filter(day__lt=timezone.localdate(now - KEPT)).delete()[0]


def _subject(digest: Digest) -> str:
    number = len(digest.work)
    words = ngettext("%(count)s line of work is open", "%(count)s lines of work are open", number)
    return f"{digest.day:%Y-%m-%d} {words % {'count': number}}"


def _body(digest: Digest) -> str:
    lines = [_("To do today"), ""]
    for line in digest.work:
        late = " ({})".format(_("late")) if line["is_late"] else ""
        lines.append(f"· {line['title']}: {line['count']}{late}")
    if not digest.work:
        lines.append(_("Nothing is waiting for you."))
    if digest.notices:
        lines += ["", _("Unread notices"), ""]
        lines += [f"· {notice['title']}" for notice in digest.notices]
    lines += ["", *_address(digest)]
    return "\n".join(lines)


def _address(digest: Digest) -> Iterable[str]:
    if settings.SITE_URL:
        path = reverse("notices:digest_detail", args=[digest.pk])
        yield _("Open: %(address)s") % {"address": f"{settings.SITE_URL.rstrip('/')}{path}"}
