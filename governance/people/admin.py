"""Data entry of the classes of party members. People are entered on their own pages, not here."""

from django.contrib import admin

from governance.organisation.admin_base import ScopedModelAdmin, ServiceForm

from . import entry
from .models import MemberClass

FACTS = ("code", "name", "name_en", "position", "is_active")


class CodeForm(ServiceForm):
    """A row of a code table, which keeps no versions."""

    version_opened = None


@admin.register(MemberClass)
class MemberClassAdmin(ScopedModelAdmin):
    """A table of the whole installation, kept by the district."""

    form = CodeForm
    edit_right = entry.NORM
    fields = FACTS
    list_display = ("name", "name_en", "code", "position", "is_active")
    search_fields = ("name", "code")
    ordering = ("position", "code")

    def can_see(self, user, obj):
        return user.scope.has(self.edit_right)

    def can_edit(self, user, obj):
        return user.scope.has(self.edit_right)

    def visible(self, rows, user):
        return rows

    def get_fieldsets(self, request, obj=None):
        return [(None, {"fields": list(FACTS)})]

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj else ()

    def write(self, request, obj, form, change):
        facts = self.facts(form, FACTS)
        if change:
            return entry.change_class(by=request.user, row=obj, changes=facts)
        return entry.add_class(by=request.user, facts=facts)
