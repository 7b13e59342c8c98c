"""The request id, and forms that are taken once however often they are sent."""

import hmac
import re

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponseRedirect
from django.utils.translation import gettext as _

from governance.foundation.errors import DomainError
from governance.organisation.middleware import refusal

from . import context
from .models import Submission

TOKEN_FIELD = "once"  # noqa: S105 - the name of a form field
# As the {% once %} tag writes them; anything else is no token.
TOKEN = re.compile(r"[0-9a-f]{32}")


class RequestIdMiddleware:
    """Give every request an id, shared by its log lines, audit entries and answer."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = context.new_id()
        with context.request(request.id):
            response = self.get_response(request)
        response["X-Request-ID"] = request.id
        return response


class OnceMiddleware:
    """Run a POST that carries a token in one transaction, and the same POST only once.

    A second sending of the same page (double click, back button, retry after a lost answer)
    gets the first answer's redirect. A POST that shows its page again (errors to mend) leaves
    nothing behind, so that it can be sent again.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.method != "POST" or not request.user.is_authenticated:
            return None
        token = request.POST.get(TOKEN_FIELD, "")
        if not TOKEN.fullmatch(token):
            return None
        key = {"user": request.user, "token": token, "digest": _digest(request)}
        try:
            with transaction.atomic():
                taken = Submission.objects.create(**key)
                response = view(request, *args, **kwargs)
                if _is_taken(response):
                    taken.location = response.headers.get("Location", "")[:500]
                    taken.save(update_fields=["location"])
                else:
                    transaction.set_rollback(True)
            return response
        except DomainError as error:
            answer = refusal(request, error)
            if answer is None:
                raise
            return answer
        except IntegrityError:
            first = Submission.objects.filter(**key).first()
            if first is None:
                raise
            messages.info(request, _("This page had already been sent; it was taken once."))
            return HttpResponseRedirect(first.location or request.path)


def _is_taken(response) -> bool:
    """Whether the view has done its work: it leads on, or hands out a file.

    A page answered with 200 is the form again, with errors to mend.
    """
    if response.status_code != 200:
        return response.status_code < 400
    return any(response.has_header(name) for name in ("Content-Disposition", "HX-Redirect"))


def _digest(request) -> str:
    """What was sent, apart from the tokens: path, query, fields and files.

    Keyed, because it is stored: whoever reads the database could otherwise guess the telephone
    number of a form by trying them all.
    """
    seen = hmac.new(settings.SECRET_KEY.encode(), request.get_full_path().encode(), "sha256")
    for name in sorted(request.POST):
        if name not in ("csrfmiddlewaretoken", TOKEN_FIELD):
            seen.update(repr((name, request.POST.getlist(name))).encode())
    for name in sorted(request.FILES):
        for upload in request.FILES.getlist(name):
            seen.update(repr((name, upload.name, upload.size)).encode())
            for chunk in upload.chunks():
                seen.update(chunk)
            upload.seek(0)
    return seen.hexdigest()
