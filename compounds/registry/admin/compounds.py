"""Compounds in the admin site."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy

from governance.foundation.cells import NOBODY
from governance.foundation.fields import TagsField
from governance.organisation.admin_base import ScopedModelAdmin, ServiceForm

from ..models import Compound, ProblemTag, Status
from ..services import compounds

EDIT = "registry.edit"


class CompoundForm(ServiceForm):
    problem_tags = forms.MultipleChoiceField(
        label=gettext_lazy("problem tags"),
        choices=ProblemTag.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "problem_tags" in self.fields and self.instance.problem_tags:
            self.initial["problem_tags"] = TagsField.split(self.instance.problem_tags)

    def clean_unit_name(self):
        name = self.cleaned_data["unit_name"].strip()
        return "" if name in NOBODY else name

    def clean_problem_tags(self):
        return TagsField.join(self.cleaned_data["problem_tags"])


@admin.register(Compound)
class CompoundAdmin(ScopedModelAdmin):
    form = CompoundForm
    edit_right = EDIT
    fieldsets = (
        (None, {"fields": ("community", "code", "name", "kind", "address")}),
        (
            gettext_lazy("Size"),
            {
                "fields": (
                    "built_year",
                    "building_count",
                    "entrance_count",
                    "household_count",
                    "resident_count",
                    "floor_area_m2",
                    "chargeable_area_m2",
                    "property_rooms_m2",
                    "parking_spaces",
                    "lift_count",
                )
            },
        ),
        (
            gettext_lazy("Ownership and management"),
            {
                "fields": (
                    "ownership",
                    "unit_name",
                    "unit_state",
                    "unit_distance_m",
                    "management_mode",
                    "has_committee",
                )
            },
        ),
        (
            gettext_lazy("Condition"),
            {
                "fields": (
                    "renovation",
                    "renovation_year",
                    "check_pipes",
                    "check_power",
                    "check_road",
                    "check_gate",
                    "is_enclosed",
                    "is_contiguous",
                    "contiguity_group",
                    "lacks_unit",
                    "lacks_service",
                    "lacks_defence",
                    "is_three_none",
                )
            },
        ),
        (gettext_lazy("Problems"), {"fields": ("problem_tags", "problems")}),
        (
            gettext_lazy("Survey"),
            {"fields": ("longitude", "latitude", "surveyor", "surveyed_on")},
        ),
        (
            gettext_lazy("Decided elsewhere"),
            {"fields": ("status", "strategy", "decision", "verified_on")},
        ),
    )
    decided = ("status", "strategy", "decision", "verified_on")
    list_display = (
        "name",
        "code",
        "community",
        "household_count",
        "floor_area_m2",
        "management_mode",
        "missing_count",
        "status",
    )
    list_select_related = ("community",)
    list_filter = ("management_mode", "status")
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Name, address or code of a compound")
    autocomplete_fields = ("community",)
    ordering = ("code",)

    def get_search_results(self, request, queryset, search_term):
        return queryset.search(search_term.replace("\0", "")), False

    def get_readonly_fields(self, request, obj=None):
        return (*self.decided, "community", "code") if obj else self.decided

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        # A new compound gets its code from the service, and nothing is decided about it yet.
        first = (None, {"fields": ("community", "name", "kind", "address")})
        return [first, *(one for one in fieldsets[1:] if set(one[1]["fields"]) != {*self.decided})]

    def has_change_permission(self, request, obj=None):
        is_active = obj is None or obj.pk is None or obj.status == Status.ACTIVE
        return is_active and super().has_change_permission(request, obj)

    def writable(self, rows, user):
        return rows.active().visible_to(user)

    def write(self, request, obj, form, change):
        facts = self.facts(form, compounds.EDITABLE)
        if change:
            return compounds.change_compound(
                by=request.user, compound=obj, version=self.version(form), changes=facts
            )
        return compounds.add_compound(
            by=request.user, community=form.cleaned_data["community"], facts=facts
        )
