"""The lock on a page: logged in, and a post that carries the right."""

import functools

from django.contrib.auth.decorators import login_required


def right_required(right: str):
    """A view that only posts with `right` (in any place) may open; 403 for others."""

    def decorate(view):
        @functools.wraps(view)
        @login_required
        def guarded(request, *args, **kwargs):
            request.user.scope.require(right)
            return view(request, *args, **kwargs)

        return guarded

    return decorate
