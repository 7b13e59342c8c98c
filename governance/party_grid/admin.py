"""Data entry of the code tables: norms of the district, kinds of duties."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from governance.organisation.admin_base import VERSION, ScopedModelAdmin, ServiceForm
from governance.organisation.models import Area

from .models import DutyKind, Norm
from .services import norms

NUMBERS = (
    "households_min",
    "households_max",
    "group_members_min",
    "branch_members_min",
    "branch_members_max",
    "joint_units_max",
    "branch_term_years",
    "community_term_years",
    "cadre_compounds_min",
    "cadre_compounds_max",
    "head_posts_max",
    "assistants_min",
    "expiry_warning_days",
)
FACTS = ("district", "effective_from", "document_number", *NUMBERS)
KIND_FACTS = (
    "name",
    "name_en",
    "seat",
    "seats_max",
    "needs_member",
    "is_four_members",
    "is_working_group",
    "position",
    "is_active",
)


@admin.register(Norm)
class NormAdmin(ScopedModelAdmin):
    """Norms from a day on; the newest in force counts."""

    edit_right = norms.NORM
    fieldsets = (
        (None, {"fields": ("district", "effective_from", "document_number")}),
        (_("Grids"), {"fields": ("households_min", "households_max", "assistants_min")}),
        (
            _("Organisations"),
            {
                "fields": (
                    "group_members_min",
                    "branch_members_min",
                    "branch_members_max",
                    "joint_units_max",
                    "branch_term_years",
                    "community_term_years",
                    "expiry_warning_days",
                )
            },
        ),
        (
            _("People"),
            {"fields": ("head_posts_max", "cadre_compounds_min", "cadre_compounds_max")},
        ),
    )
    list_display = (
        "district",
        "effective_from",
        "households_min",
        "households_max",
        "head_posts_max",
        "document_number",
    )
    list_select_related = ("district",)
    ordering = ("district__code", "-effective_from")

    def place_of(self, obj):
        return obj.district

    def visible(self, rows, user):
        return rows.filter(district__in=user.scope.in_districts(self.edit_right))

    def choices(self, db_field, related, request):
        if related is Area:
            return Area.objects.filter(pk__in=request.user.scope.in_districts(self.edit_right))
        return super().choices(db_field, related, request)

    def get_readonly_fields(self, request, obj=None):
        return ("district",) if obj else ()

    def write(self, request, obj, form, change):
        if change:
            return norms.change_norm(
                by=request.user,
                norm=obj,
                version=self.version(form),
                changes=self.facts(form, FACTS[1:]),
            )
        return norms.add_norm(by=request.user, facts=self.facts(form, FACTS))


class KindForm(ServiceForm):
    """A code table without versions."""

    version_opened = None


@admin.register(DutyKind)
class DutyKindAdmin(ScopedModelAdmin):
    """Kinds of duties: one table for the whole installation."""

    form = KindForm
    edit_right = norms.NORM
    fields = ("key", *KIND_FACTS)
    list_display = ("name", "key", "seat", "seats_max", "needs_member", "position", "is_active")
    list_filter = ("seat", "is_active")
    search_fields = ("name", "key")
    ordering = ("position", "key")

    def can_see(self, user, obj):
        return user.scope.has(self.edit_right)

    def can_edit(self, user, obj):
        return user.scope.has(self.edit_right)

    def visible(self, rows, user):
        return rows if user.scope.has(self.edit_right) else rows.none()

    def get_fieldsets(self, request, obj=None):
        shown = super().get_fieldsets(request, obj)
        return [part for part in shown if VERSION not in part[1]["fields"]]

    def get_readonly_fields(self, request, obj=None):
        return ("key",) if obj else ()

    def write(self, request, obj, form, change):
        if change:
            return norms.change_kind(
                by=request.user, kind=obj, changes=self.facts(form, KIND_FACTS)
            )
        return norms.add_kind(by=request.user, facts=self.facts(form, ("key", *KIND_FACTS)))
