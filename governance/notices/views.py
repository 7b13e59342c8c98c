"""One's own notices and digests. Nobody sees those of others: for them they do not exist."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from . import bundles, services, sources
from .models import Digest, Notice

PAGE_SIZE = 50
RECENT_DIGESTS = 7


@login_required
@require_safe
def notice_list(request):
    """The reader's notices, unread ones first, as a line for each kind; a kind's one by one."""
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")[:60]
    mine = Notice.objects.of(request.user)
    if bundles.close_done(request.user):
        sources.recount(request.user)
    found = mine.in_order().filter(kind=kind) if kind else mine.in_order().exclude(read_at=None)
    if state == "unread":
        found = found.unread()
    elif state == "read":
        found = found.exclude(read_at=None)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    is_first = not kind and state != "read" and page.number == 1
    lines = bundles.unread_of(request.user) if is_first else []
    context = {
        "page": page,
        "bundles": lines,
        "state": state if state in ("unread", "read") else "",
        "kind": kind,
        "unread": sum(x.notices for x in lines) if is_first else mine.unread().count(),
        "digests": Digest.objects.of(request.user)[:RECENT_DIGESTS],
    }
    return render(request, "governance/notices/notice_list.html", context)


@login_required
@require_safe
def notice_open(request, pk):
    """Go to what a notice is about; it and others that lead there count as read from then on."""
    notice = get_object_or_404(Notice.objects.of(request.user), pk=pk)
    services.read_like(by=request.user, notice=notice)
    return redirect(notice.url or "notices:notice_list")


@login_required
@require_POST
def notice_read_all(request):
    """Mark all as read, or those of a kind."""
    read = services.mark_read(by=request.user, kind=request.POST.get("kind", "")[:60])
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
