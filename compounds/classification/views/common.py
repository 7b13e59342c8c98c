"""What views of this room share: rights before rows, rows inside the scope, pages of rows."""

from functools import wraps

from django.core.paginator import Paginator
from django.http import Http404

from governance.foundation.errors import NotAllowed

PAGE_SIZE = 50


def needs(right: str):
    """Refuse (403) whoever holds no post with the right, before any row is read."""

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            request.user.scope.require(right)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def seen_or_404(queryset, **wanted):
    """The one row inside the reader's scope; outside it does not exist."""
    row = queryset.filter(**wanted).first()
    if row is None:
        raise Http404
    return row


def page_of(request, rows, size: int = PAGE_SIZE, parameter: str = "page"):
    """The page of rows the address asks for; beyond the last, the last."""
    return Paginator(rows, size).get_page(request.GET.get(parameter))


def refuse_unless(condition: bool, message: str) -> None:
    """403 with a sentence."""
    if not condition:
        raise NotAllowed(message)
