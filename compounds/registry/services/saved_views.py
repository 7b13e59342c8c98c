"""Saved views of lists: keep, share, forget."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from governance.audit import services as audit
from governance.foundation.errors import DomainError
from governance.organisation.models import Area

from ..models import SavedView

MOST = 50


def offered_to(user, page: str) -> list[SavedView]:
    """The user's own views of a page, and those shared in the areas of their posts or above."""
    places = {
        place
        for grant in user.scope.grants
        for place in (grant.area, grant.street, grant.district)
        if place
    }
    return list(
        SavedView.objects.filter(Q(user=user) | Q(shared_in__in=sorted(places)), page=page)
        .select_related("user")
        .order_by("name", "pk")[: 2 * MOST]
    )


@transaction.atomic
def save_view(*, by, page: str, name: str, query: str, shared_in: Area | None = None) -> SavedView:
    """Keep a state of a list under a name; the same name again replaces it.

    Raises DomainError: no name, too many views, sharing outside one's posts.
    """
    name = " ".join(name.split())
    if not name:
        raise DomainError(_("Give the view a name."), field="name")
    kept = QueryDict(query, mutable=True)
    for own in ("page", "count"):
        kept.pop(own, None)
    if shared_in is not None and not any(grant.area == shared_in.pk for grant in by.scope.areas()):
        raise DomainError(_("A view can be shared in the area of your own post only."))
    view = SavedView.objects.filter(user=by, page=page, name=name[:40]).first()
    if view is None:
        if SavedView.objects.filter(user=by).count() >= MOST:
            raise DomainError(_("At most %(most)s views can be kept.") % {"most": MOST})
        view = SavedView(user=by, page=page, name=name[:40])
    before = view.query if view.pk else None
    view.query, view.shared_in = kept.urlencode(), shared_in
    try:
        view.full_clean(exclude=["user"], validate_unique=False)
    except ValidationError as error:
        raise DomainError(error.messages[0]) from error
    view.save()
    audit.record("save_view", view, by=by, changes={"query": [before, view.query]})
    return view


@transaction.atomic
def forget_view(*, by, view: SavedView) -> None:
    """Delete one of one's own views."""
    if view.user_id != by.pk:
        raise DomainError(_("Only its owner can delete a saved view."))
    audit.record("forget_view", view, by=by, changes={"query": [view.query, None]})
    view.delete()
