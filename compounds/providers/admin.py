"""Data entry of providers, their bases, and invitations."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from governance.foundation.errors import DomainError
from governance.organisation.admin_base import ScopedModelAdmin
from governance.organisation.models import Area

from . import entry, services
from .models import Invitation, Provider, ProviderBase, Standard
from .models.norms import SCALE

FACTS = (
    "name",
    "credit_code",
    "kind",
    "legal_representative",
    "phone",
    "project_manager",
    "is_red",
    "party_form",
    "has_instructor",
    "is_in_district",
    "is_able",
    "is_willing",
    "is_well_founded",
    "staff_count",
    "served_count",
    "served_area_m2",
    "capacity_m2",
    "distance_limit_m",
    "rating",
    "filed_on",
)
BASE_FACTS = ("provider", "name", "longitude", "latitude")
ANSWER_FACTS = ("invited_on", "answer", "answered_on", "letter")


class OfDistrict(ScopedModelAdmin):
    """A table shared by a whole district."""

    edit_right = entry.EDIT
    # Whoever invites looks providers up.
    look_up_rights = (entry.EDIT, services.RIGHT)

    def has_view_permission(self, request, obj=None):
        scope = request.user.scope
        if not any(scope.has(right) for right in self.look_up_rights):
            return False
        return obj is None or obj.pk is None or self.can_see(request.user, obj)

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def can_see(self, user, obj):
        return self.place_of(obj).district_id in user.scope.in_districts()

    def can_edit(self, user, obj):
        return self.place_of(obj).district_id in user.scope.in_districts(self.edit_right)


@admin.register(Provider)
class ProviderAdmin(OfDistrict):
    fieldsets = (
        (None, {"fields": ("district", "name", "credit_code", "kind")}),
        (
            _("People"),
            {"fields": ("legal_representative", "phone", "project_manager", "staff_count")},
        ),
        (_("Party building"), {"fields": ("is_red", "party_form", "has_instructor")}),
        (
            _("Fitness"),
            {"fields": ("is_in_district", "is_able", "is_willing", "is_well_founded")},
        ),
        (
            _("Capacity"),
            {"fields": ("served_count", "served_area_m2", "capacity_m2", "distance_limit_m")},
        ),
        (_("Standing"), {"fields": ("rating", "filed_on")}),
    )
    list_display = ("name", "credit_code", "kind", "is_red", "rating", "blacklisted_until")
    list_filter = ("kind", "is_red", "rating")
    search_fields = ("name", "credit_code")
    ordering = ("name", "pk")

    def writable(self, rows, user):
        return rows.visible_to(user)

    def choices(self, db_field, related, request):
        if related is Area:
            return Area.objects.filter(pk__in=request.user.scope.in_districts(self.edit_right))
        return super().choices(db_field, related, request)

    def write(self, request, obj, form, change):
        if change:
            return entry.change_provider(
                by=request.user,
                provider=obj,
                version=self.version(form),
                changes=self.facts(form, FACTS),
            )
        return entry.add_provider(by=request.user, facts=self.facts(form, ("district", *FACTS)))

    def get_readonly_fields(self, request, obj=None):
        return ("district",) if obj else ()


@admin.register(ProviderBase)
class ProviderBaseAdmin(OfDistrict):
    fields = BASE_FACTS
    list_display = ("name", "provider", "longitude", "latitude")
    list_select_related = ("provider",)
    search_fields = ("name", "provider__name")
    autocomplete_fields = ("provider",)
    ordering = ("provider__name", "pk")

    def place_of(self, obj):
        return obj.provider

    def visible(self, rows, user):
        return rows.filter(provider__district__in=user.scope.in_districts())

    def write(self, request, obj, form, change):
        facts = self.facts(form, BASE_FACTS)
        if change:
            return entry.change_base(
                by=request.user, base=obj, version=self.version(form), changes=facts
            )
        return entry.add_base(by=request.user, facts=facts)


@admin.register(Invitation)
class InvitationAdmin(ScopedModelAdmin):
    edit_right = services.RIGHT
    fieldsets = (
        (None, {"fields": ("compound", "provider", "round")}),
        (_("Answer"), {"fields": ANSWER_FACTS}),
    )
    list_display = ("compound", "provider", "round", "invited_on", "answer", "answered_on")
    list_select_related = ("compound", "provider")
    list_filter = ("answer", "round")
    search_fields = ("compound__name", "compound__code", "provider__name", "letter")
    autocomplete_fields = ("compound", "provider")
    ordering = ("-invited_on", "-pk")

    def get_readonly_fields(self, request, obj=None):
        return ("compound", "provider", "round") if obj else ()

    def write(self, request, obj, form, change):
        answer = self.facts(form, ("answer", "answered_on"))
        if change:
            return services.record_answer(
                by=request.user,
                invitation=obj,
                version=self.version(form),
                **answer,
                **self.facts(form, ("invited_on", "letter")),
            )
        asked = self.facts(form, ("compound", "provider", "round", "invited_on", "letter"))
        asked["providers"] = [asked.pop("provider")]
        invited = services.invite_providers(by=request.user, **asked)
        if not invited:  # sent twice: the form has looked before
            raise DomainError(_("This provider was already invited in this round."))
        (invitation,) = invited
        return services.record_answer(by=request.user, invitation=invitation, version=1, **answer)


@admin.register(Standard)
class StandardAdmin(OfDistrict):
    """The scale of standing from a day on; the newest in force counts."""

    look_up_rights = (entry.EDIT,)
    fieldsets = (
        (None, {"fields": ("district", "effective_from", "document")}),
        (_("Credit score"), {"fields": SCALE[:6]}),
        (_("Warnings"), {"fields": SCALE[6:]}),
    )
    list_display = ("district", "effective_from", "base", "yellow_to_red", "share_percent")
    list_select_related = ("district",)
    ordering = ("district__code", "-effective_from")

    def visible(self, rows, user):
        return rows.filter(district__in=user.scope.in_districts(self.edit_right))

    def choices(self, db_field, related, request):
        if related is Area:
            return Area.objects.filter(pk__in=request.user.scope.in_districts(self.edit_right))
        return super().choices(db_field, related, request)

    def get_readonly_fields(self, request, obj=None):
        return ("district",) if obj else ()

    def write(self, request, obj, form, change):
        facts = ("effective_from", "document", *SCALE)
        if change:
            return entry.change_standard(
                by=request.user,
                standard=obj,
                version=self.version(form),
                changes=self.facts(form, facts),
            )
        return entry.add_standard(by=request.user, facts=self.facts(form, ("district", *facts)))
