"""One's own notices and digests. Nobody sees those of others: for them they do not exist."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from . import services, sources
from .models import Digest, Notice

PAGE_SIZE = 50
RECENT_DIGESTS = 7


@login_required
@require_safe
def notice_list(request):
    """The reader's notices, unread ones first."""
    state = request.GET.get("state", "")
    mine = Notice.objects.of(request.user)
    found = mine.in_order()
    if state == "unread":
        found = found.unread()
    elif state == "read":
        found = found.exclude(read_at=None)
    context = {
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "state": state if state in ("unread", "read") else "",
        "unread": mine.unread().count(),
        "digests": Digest.objects.of(request.user)[:RECENT_DIGESTS],
    }
    return render(request, "governance/notices/notice_list.html", context)


@login_required
@require_safe
def notice_open(request, pk):
    """Go to what a notice is about; it counts as read from then on."""
    notice = get_object_or_404(Notice.objects.of(request.user), pk=pk)
    services.mark_read(by=request.user, notices=[notice.pk])
    return redirect(notice.url or "notices:notice_list")


@login_required
@require_POST
def notice_read_all(request):
    read = services.mark_read(by=request.user)
    words = ngettext("%(count)s notice marked as read.", "%(count)s notices marked as read.", read)
    messages.success(request, words % {"count": read})
    return redirect("notices:notice_list")


@require_safe
def head_counts(request):
    """The reader's numbers in the head of the page, counted anew: a fragment."""
    if not request.user.is_authenticated and request.htmx:
        # A page whose session has ended keeps its head instead of a login form in it.
        return HttpResponse(status=401)
    return _head_counts(request)


@login_required
def _head_counts(request):
    counts = sources.counted(request.user)
    return render(request, "governance/notices/_head.html", {"head_counts": counts})


@login_required
@require_safe
def digest_detail(request, pk):
    """What was open on the morning of a day."""
    digest = get_object_or_404(Digest.objects.of(request.user), pk=pk)
    return render(request, "governance/notices/digest_detail.html", {"digest": digest})
