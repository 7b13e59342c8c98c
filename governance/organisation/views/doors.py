"""Doors: login, logout, password, language."""

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.http import HttpResponseRedirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from ..forms import LoginForm, NewPasswordForm
from ..middleware import SESSION_STARTED
from ..samples import sample_accounts
from ..services import accounts


class LoginView(auth_views.LoginView):
    """One sentence for an unknown name, a wrong password and a locked name."""

    template_name = "governance/organisation/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form):
        answer = super().form_valid(form)
        self.request.session[SESSION_STARTED] = int(time.time())
        return answer

    def get_redirect_url(self):
        """Only a path of this site: no other host, and nothing relative to the login."""
        url = super().get_redirect_url()
        return url if url.startswith("/") else ""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["ended"] = self._ended()
        context["is_demo"] = settings.DEMO
        context["samples"] = sample_accounts()
        return context

    def _ended(self) -> str:
        """Why a session has just ended: "absolute", "idle", or "" where there was none.

        "unsaved" where a form was sent after its end.
        """
        if self.request.method != "GET":
            return ""
        if "unsaved" in self.request.GET:
            return "unsaved"
        if "ended" in self.request.GET:
            return "absolute"
        had_session = settings.SESSION_COOKIE_NAME in self.request.COOKIES
        return "idle" if had_session and self.get_redirect_url() else ""


@method_decorator(sensitive_post_parameters(), name="dispatch")
class PasswordChangeView(auth_views.PasswordChangeView):
    template_name = "governance/organisation/password_change.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("dashboards:home")

    def form_valid(self, form):
        user = accounts.change_password(
            by=self.request.user, password=form.cleaned_data["new_password1"]
        )
        # Every other session of this person ends here; this one goes on under a new key.
        update_session_auth_hash(self.request, user)
        messages.success(self.request, _("The password has been changed."))
        return HttpResponseRedirect(self.get_success_url())


@require_POST
def set_language(request):
    """Remember the chosen language in a cookie and return to the page."""
    language = request.POST.get("language", "")
    target = request.POST.get("next", "/")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    if not is_ours or not target.startswith("/"):
        target = "/"
    answer = HttpResponseRedirect(target)
    if language in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return answer
