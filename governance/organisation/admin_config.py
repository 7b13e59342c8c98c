"""Django's admin with a site whose doors follow posts instead of permission tables."""

from django.contrib.admin.apps import AdminConfig


class PostAdminConfig(AdminConfig):
    default_site = "governance.organisation.admin_site.PostAdminSite"
