"""What the head of every page shows of the reader's own work: the last known numbers."""

from . import sources


def head(request) -> dict:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"head_counts": sources.known(user)}
