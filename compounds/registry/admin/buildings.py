"""Buildings and entrances in the admin site."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy

from governance.organisation.admin_base import ScopedModelAdmin, ServiceForm

from ..building_forms import EntrancesField
from ..models import Building, Entrance
from ..services import buildings

EDIT = "registry.edit"


class BuildingForm(ServiceForm):
    entrances = EntrancesField(widget=forms.Textarea(attrs={"rows": 6, "cols": 30}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["entrances"] = EntrancesField.listed(self.instance)


@admin.register(Building)
class BuildingAdmin(ScopedModelAdmin):
    form = BuildingForm
    edit_right = EDIT
    facts_of = ("number", "floors", "household_count", "lift_count", "floor_area_m2")
    fields = ("compound", *facts_of, "entrances")
    list_display = ("number", "compound", "community", "floors", "household_count", "floor_area_m2")
    list_select_related = ("compound", "community")
    search_fields = ("number", "compound__name", "compound__code")
    autocomplete_fields = ("compound",)
    ordering = ("compound__code", "pk")

    def get_readonly_fields(self, request, obj=None):
        return ("compound",) if obj else ()

    def write(self, request, obj, form, change):
        facts = self.facts(form, self.facts_of)
        entrances = form.cleaned_data["entrances"]
        if change:
            return buildings.change_building(
                by=request.user,
                building=obj,
                version=self.version(form),
                facts=facts,
                entrances=entrances,
            )
        return buildings.add_building(
            by=request.user,
            compound=form.cleaned_data["compound"],
            facts=facts,
            entrances=entrances,
        )


@admin.register(Entrance)
class EntranceAdmin(ScopedModelAdmin):
    """Entrances for looking up; they are entered with their building."""

    edit_right = EDIT
    fields = ("building", "number", "household_count")
    list_display = ("number", "building", "compound", "community", "household_count")
    list_select_related = ("building__compound", "community")
    search_fields = ("number", "building__number", "building__compound__name")
    ordering = ("building__compound__code", "building", "pk")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("compound"))
    def compound(self, obj):
        return obj.building.compound
