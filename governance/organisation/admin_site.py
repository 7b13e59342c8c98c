"""The data-entry site: who may enter follows from posts, and every row from scope."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class PostAdminSite(admin.AdminSite):
    """Open to posts that enter data or manage accounts and posts."""

    site_header = _("Data entry")
    site_title = _("Data entry")
    index_title = _("Tables you may enter")
    enable_nav_sidebar = False
    ENTRY_RIGHTS = ("registry.edit", "provider.edit", "area.edit", "account.manage", "post.manage")

    def has_permission(self, request) -> bool:
        user = request.user
        return (
            user.is_authenticated
            and user.is_active
            and any(user.scope.has(right) for right in self.ENTRY_RIGHTS)
        )
