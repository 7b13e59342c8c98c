"""Data entry of areas (names, boundaries, populations, new areas) and of special days.

The room that keeps the register adds what moves rows of areas, and registers that table.
"""

import json

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Case, Value, When
from django.utils.translation import gettext_lazy as _

from governance.foundation.forms import DocumentNumber

from .admin_base import ScopedModelAdmin, ServiceForm
from .models import SpecialDay
from .rules import boundary_problem
from .scope import CALENDAR_EDIT
from .services import areas, days

MOST_CHARACTERS = 2_000_000


class BoundaryField(forms.JSONField):
    """GeoJSON typed or pasted; what is no boundary is refused with its reason."""

    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})

    def to_python(self, value):
        if isinstance(value, str) and len(value) > MOST_CHARACTERS:
            raise ValidationError(_("The boundary has too many points; simplify it."))
        try:
            return super().to_python(value)
        except (RecursionError, ValueError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def bound_data(self, data, initial):
        # What was typed is shown again as it was typed, read or not.
        return data if isinstance(data, str) else super().bound_data(data, initial)

    def validate(self, value):
        super().validate(value)
        problem = boundary_problem(value) if value not in self.empty_values else None
        if problem:
            raise ValidationError(problem)

    def prepare_value(self, value):
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return super().prepare_value(value)


class AreaForm(ServiceForm):
    boundary = BoundaryField(
        label=_("boundary"),
        required=False,
        help_text=_("GeoJSON Polygon or MultiPolygon, WGS 84 (CGCS2000)."),
    )

    class Meta:
        help_texts = {"code": _("It begins with the code of the area above.")}


def _is_list(request) -> bool:
    match = request.resolver_match
    return match is not None and match.url_name == "organisation_area_changelist"


class AreaAdmin(ScopedModelAdmin):
    form = AreaForm
    edit_right = areas.RIGHT
    fields = ("parent", "code", "name", "population", "boundary")
    list_display = ("name", "code", "level", "parent", "population", "is_drawn", "merged_into")
    list_select_related = ("parent", "merged_into")
    list_filter = ("level",)
    search_fields = ("name", "code")
    autocomplete_fields = ("parent",)
    ordering = ("code",)
    search_help_text = _("Name or code")

    def get_queryset(self, request):
        # Boundaries are large: a list only says whether there is one.
        rows = super().get_queryset(request)
        if _is_list(request):
            is_drawn = Case(When(boundary__isnull=True, then=Value(False)), default=Value(True))
            rows = rows.annotate(is_drawn=is_drawn).defer(
                "boundary", "parent__boundary", "merged_into__boundary"
            )
        return rows

    def has_view_permission(self, request, obj=None):
        # Looked up by whoever enters compounds; the table itself is for area officers.
        scope = request.user.scope
        if not any(scope.has(right) for right in (areas.RIGHT, "registry.edit")):
            return False
        return obj is None or obj.pk is None or self.can_see(request.user, obj)

    def get_readonly_fields(self, request, obj=None):
        return ("parent", "code") if obj else ()

    def is_drawn(self, obj) -> bool:
        return obj.is_drawn

    is_drawn.boolean = True
    is_drawn.short_description = _("boundary")

    def write(self, request, obj, form, change):
        facts = self.facts(form, ("name", "population", "boundary"))
        if change:
            return areas.change_area(
                by=request.user, area=obj, version=self.version(form), changes=facts
            )
        return areas.add_area(by=request.user, **facts, **self.facts(form, ("parent", "code")))


class SpecialDayForm(ServiceForm):
    """One day, or on entry a stretch of days."""

    until = forms.DateField(
        label=_("until"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Fill in to enter every day of a stretch; leave empty for one day."),
    )
    document = DocumentNumber(
        label=_("document number"),
        max_length=100,
        help_text=_("The notice that arranges it, such as 国办发明电〔2025〕7号."),
    )


@admin.register(SpecialDay)
class SpecialDayAdmin(ScopedModelAdmin):
    """Days of rest and work that the published arrangement does not have, or has otherwise."""

    form = SpecialDayForm
    edit_right = view_right = CALENDAR_EDIT
    list_display = ("date", "name", "is_working", "document")
    list_filter = ("is_working",)
    date_hierarchy = "date"
    search_fields = ("name", "document")
    ordering = ("-date",)

    def get_fields(self, request, obj=None):
        first = ("date",) if obj else ("date", "until")
        return (*first, "is_working", "name", "document")

    def can_see(self, user, obj):
        return user.scope.has(CALENDAR_EDIT)

    def can_edit(self, user, obj):
        return user.scope.has(CALENDAR_EDIT)

    def write(self, request, obj, form, change):
        facts = self.facts(form, ("is_working", "name", "document"))
        if change:
            return days.change_day(
                by=request.user,
                day=obj,
                version=self.version(form),
                changes=facts | self.facts(form, ("date",)),
            )
        first = form.cleaned_data["date"]
        last = form.cleaned_data.get("until") or first
        return days.add_days(by=request.user, first=first, last=last, **facts)[0]
