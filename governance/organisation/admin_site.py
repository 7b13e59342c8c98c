"""The data-entry site: who may enter follows from posts, and every row from scope."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core import checks
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from .admin_base import ScopedModelAdmin
from .scope import ENTRY_RIGHTS


class PostAdminSite(admin.AdminSite):
    """Open to posts that enter data. Doors are those of the whole product."""

    site_header = _("Data entry")
    site_title = _("Data entry")
    index_title = _("Tables you may enter")
    enable_nav_sidebar = False

    def register(self, model_or_iterable, admin_class=None, **options):
        """Take our rooms' tables only; the libraries' own admins are not for offices."""
        models = (
            model_or_iterable
            if isinstance(model_or_iterable, list | tuple)
            else [model_or_iterable]
        )
        ours = [model for model in models if model._meta.app_config.name in settings.ROOMS]
        if ours:
            super().register(ours, admin_class, **options)

    def has_permission(self, request) -> bool:
        user = request.user
        return (
            user.is_authenticated
            and user.is_active
            and any(user.scope.has(right) for right in ENTRY_RIGHTS)
        )

    @method_decorator(never_cache)
    def login(self, request, extra_context=None):
        """The product's own login; whoever is logged in already lacks the post."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next", ""), settings.LOGIN_URL)
        if self.has_permission(request):
            return redirect("admin:index")
        raise PermissionDenied

    def logout(self, request, extra_context=None):
        return redirect("dashboards:home")

    def password_change(self, request, extra_context=None):
        return redirect("organisation:password_change")

    def password_change_done(self, request, extra_context=None):
        return redirect("organisation:password_change")

    def each_context(self, request):
        # Without links to a site of its own and without a choice of theme: one frame for all.
        return super().each_context(request) | {"site_url": None}


@checks.register(checks.Tags.admin)
def scoped_admins_only(app_configs, **kwargs) -> list[checks.Error]:
    """No table is entered except through scope."""
    return [
        checks.Error(
            f"{type(model_admin).__name__} is registered without being scoped.",
            hint="Derive it from ScopedModelAdmin.",
            obj=model,
            id="organisation.E001",
        )
        for model, model_admin in admin.site._registry.items()
        if not isinstance(model_admin, ScopedModelAdmin)
    ]
