"""Language, account state, and refusals turned into pages."""

import time
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme

from governance.foundation.errors import DomainError, NotAllowed

SESSION_STARTED = "session_started"


class LanguageMiddleware:
    """Chinese unless the person has chosen otherwise, whatever the browser prefers."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class AccountMiddleware:
    """End sessions that are too old, ask for a new first password, keep pages out of caches."""

    OPEN_TO_NEW_PASSWORDS = (
        "organisation:password_change",
        "organisation:logout",
        "organisation:set_language",
        "foundation:health",
        "foundation:ready",
        "foundation:version",
    )

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # No address of ours holds a NUL, and PostgreSQL refuses to look for one.
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise Http404
        if not request.user.is_authenticated:
            return _not_saved(request, self.get_response(request))
        now = int(time.time())
        started = request.session.setdefault(SESSION_STARTED, now)
        if started > now:  # The clock was set back: the session gets no longer by it.
            started = request.session[SESSION_STARTED] = now
        if now - started > settings.SESSION_ABSOLUTE_SECONDS:
            logout(request)
            return redirect(f"{reverse(settings.LOGIN_URL)}?ended=1")
        # Refreshes the idle limit, at most once a minute so that reading pages rarely writes.
        if abs(now - request.session.get("seen_at", 0)) >= 60:
            request.session["seen_at"] = now
        if request.user.must_change_password:
            allowed = [reverse(name) for name in self.OPEN_TO_NEW_PASSWORDS]
            if request.path not in allowed:
                return HttpResponseRedirect(allowed[0])
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
            response["Cache-Control"] += ", no-store"
        return response


def _not_saved(request, response):
    """A form sent after the session had ended: the login says that it was not saved.

    It leads back to the form's page, because the address sent to often takes forms only.
    """
    login, asked = reverse(settings.LOGIN_URL), urlsplit(response.headers.get("Location", ""))
    if request.method != "POST" or asked.path != login or "next=" not in asked.query:
        return response
    back = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = request.get_full_path()
    page = urlsplit(back)
    path = f"{page.path}?{page.query}" if page.query else page.path
    if page.path == login:
        return response
    return redirect(f"{login}?{urlencode({'next': path, 'unsaved': 1})}")


def refusal(request, exception):
    """The answer to a refusal that no view has shown beside its cause; None if it is not one.

    What was sent is answered on the page the person came from; a page that cannot be shown is
    answered with the sentence itself.
    """
    if isinstance(exception, NotAllowed):
        raise PermissionDenied(str(exception)) from exception
    if not isinstance(exception, DomainError):
        return None
    if request.method == "POST":
        messages.error(request, str(exception))
        back = request.META.get("HTTP_REFERER", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
            back = "/"
        return HttpResponseRedirect(back)
    return render(request, "409.html", {"reason": str(exception)}, status=409)


class DomainErrorMiddleware:
    """Shows refusals raised by services as sentences, not as failures."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        return refusal(request, exception)
