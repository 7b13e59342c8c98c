"""What views of this room share: the editions in the reader's districts, refusals in words."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404

from governance.foundation.errors import DomainError, NotAllowed
from governance.organisation.scope import REGISTER_VIEW

from ..errors import TermsNotSound
from ..models import Programme

FOLDER = "subsidies/programmes"
SEE = REGISTER_VIEW
PEOPLE = ("district", "prepared_by", "published_by", "retired_by", "copied_from")


def visible(request):
    return Programme.objects.visible_to(request.user).select_related(*PEOPLE)


def programme_of(request, pk: int, right: str = "") -> Programme:
    """An edition of the reader's districts, for reading or for an act that needs a right there."""
    programme = get_object_or_404(visible(request), pk=pk)
    if right:
        request.user.scope.require(right, programme.district)
    return programme


def typed(request, name: str, most: int) -> str:
    """A posted text, cut to length, without what a database cannot store."""
    return request.POST.get(name, "").replace("\0", "").strip()[:most]


def typed_version(request) -> int:
    """The version a form was read at; 0, which is never current, if it is no number."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def attempt(request, act, done: str) -> bool:
    """Carry a verb out and say what happened in a sentence."""
    try:
        act()
    except NotAllowed:
        raise
    except TermsNotSound as error:
        for fault in error.faults[:5]:
            messages.error(request, fault.sentence)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
        return True
    return False
