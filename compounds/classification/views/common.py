"""What views of this room share: rows inside the scope, pages of rows, what a form sent."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404

from governance.organisation.models import Area, Level

from ..errors import NotOpen
from ..services import background

PAGE_SIZE = 50


def seen_or_404(queryset, **wanted):
    """The one row inside the reader's scope; outside it does not exist."""
    if any("\0" in value for value in wanted.values() if isinstance(value, str)):
        raise Http404
    row = queryset.filter(**wanted).first()
    if row is None:
        raise Http404
    return row


def page_of(request, rows, size: int = PAGE_SIZE, parameter: str = "page"):
    """The page of rows the address asks for; beyond the last, the last."""
    return Paginator(rows, size).get_page(request.GET.get(parameter))


def cancel_work(request, work, words: str) -> None:
    """Ask long work to stop, and say so; 403 comes by itself."""
    try:
        background.cancel(by=request.user, work=work)
        messages.success(request, words)
    except NotOpen as error:
        messages.error(request, str(error))


def typed(request, name: str, most: int) -> str:
    """A posted text, cut to length, without what a database cannot store."""
    return request.POST.get(name, "").replace("\0", "")[:most]


def typed_version(request) -> int:
    """The version a form was read at; 0, which is never current, if it is no number."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def area_chosen(request) -> Area | None:
    """The district, street or community a form names; None where it names none."""
    code = typed(request, "area", 20)
    if not code:
        return None
    areas = Area.objects.visible_to(request.user).filter(level__lte=Level.COMMUNITY)
    return seen_or_404(areas, code=code)
