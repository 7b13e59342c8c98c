"""Writing posts: give and end. The security administrator's duty, and nobody's own."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.foundation import dates, journal
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.locks import for_update

from ..models import Area, Post, User
from ..scope import ADMIN_ROLES, Role

RIGHT = "post.manage"


@transaction.atomic
def give_post(
    *,
    by: User | None,
    user: User,
    role: str,
    area: Area,
    valid_from: dt.date,
    valid_until: dt.date | None = None,
    reason: str = "",
) -> Post:
    """Give a person a role in an area for a time.

    `by` is None only for the command that gives the first posts. Raises NotAllowed (own post,
    no right), DomainError (duties that must stay apart, held already), ValidationError.
    """
    row = for_update(User.objects).get(pk=user.pk)
    _require(by, row, area)
    if not row.is_active:
        raise DomainError(_("This account is switched off."), field="user")
    if area.merged_into_id:
        raise DomainError(_("This area was merged into another one."), field="area")
    if valid_until and valid_until < dates.today():
        raise DomainError(_("The post would already be over."), field="valid_until")
    _keep_duties_apart(row, Role(role))
    open_posts = row.posts.open(dates.today())
    if open_posts.filter(role=role, area=area).exists():
        raise DomainError(_("This person already holds this post."), field="role")
    post = Post(user=row, role=role, area=area, valid_from=valid_from, valid_until=valid_until)
    post.full_clean()
    post.save()
    journal.record("give_post", row, by=by, reason=reason, changes={"post": [None, str(post)]})
    return post


@transaction.atomic
def end_post(*, by: User, post: Post, reason: str) -> Post:
    """End a post now; it counts for nothing from the next request on. Raises DomainError."""
    row = for_update(Post.objects).select_related("user", "area").get(pk=post.pk)
    _require(by, row.user, row.area)
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason.")})
    end(row, by=by, reason=reason.strip())
    return row


def end(post: Post, *, by: User | None, reason: str) -> None:
    """End a post inside the caller's transaction and record it."""
    today = dates.today()
    if post.ended_at or (post.valid_until and post.valid_until < today):
        raise DomainError(_("This post has already ended."))
    post.ended_at = timezone.now()
    post.valid_until = max(post.valid_from, today)
    post.version += 1
    post.save()
    journal.record("end_post", post.user, by=by, reason=reason, changes={"post": [str(post), None]})


def _require(by: User | None, user: User, area: Area) -> None:
    if by is None:
        return
    by.scope.require(RIGHT, area)
    if by.pk == user.pk:
        raise NotAllowed(_("Nobody gives or ends posts of their own; ask another administrator."))


def _keep_duties_apart(user: User, role: Role) -> None:
    """Accounts, posts and the log are three people's duties, and none edits business data."""
    held = {Role(value) for value in user.posts.open(dates.today()).values_list("role", flat=True)}
    others = held - {role}
    if others and (role in ADMIN_ROLES or others & ADMIN_ROLES):
        raise DomainError(
            _(
                "The three administrators' duties are held by three people who hold no other "
                "post; %(user)s holds: %(roles)s."
            )
            % {"user": user, "roles": "、".join(str(one.label) for one in sorted(others))},
            field="role",
        )
