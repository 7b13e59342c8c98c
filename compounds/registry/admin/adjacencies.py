"""Corrections of adjacency in the admin site."""

from django.contrib import admin

from governance.organisation.admin_base import ScopedModelAdmin, ServiceForm

from ..models import Adjacency, Compound
from ..services import buildings

EDIT = "registry.edit"


class AdjacencyForm(ServiceForm):
    def clean(self):
        cleaned = super().clean()
        pair = cleaned.get("compound"), cleaned.get("other")
        if all(pair) and pair[0].pk > pair[1].pk:
            # One row a pair, the smaller id first, however it was typed.
            cleaned["other"], cleaned["compound"] = pair
        return cleaned


@admin.register(Adjacency)
class AdjacencyAdmin(ScopedModelAdmin):
    form = AdjacencyForm
    edit_right = EDIT
    fields = ("compound", "other", "is_adjacent", "reason")
    list_display = ("compound", "other", "is_adjacent", "reason")
    list_select_related = ("compound", "other")
    search_fields = ("compound__name", "other__name", "reason")
    autocomplete_fields = ("compound", "other")
    ordering = ("-pk",)

    def visible(self, rows, user):
        seen = Compound.objects.visible_to(user)
        return rows.filter(compound__in=seen, other__in=seen)

    def place_of(self, obj):
        return obj.compound

    def can_see(self, user, obj):
        return super().can_see(user, obj) and user.scope.can(self.view_right, obj.other)

    def can_edit(self, user, obj):
        return self.can_see(user, obj) and (
            super().can_edit(user, obj) or user.scope.can(self.edit_right, obj.other)
        )

    def get_readonly_fields(self, request, obj=None):
        return ("compound", "other") if obj else ()

    def write(self, request, obj, form, change):
        pair = [obj.compound, obj.other]
        if not change:
            pair = [form.cleaned_data["compound"], form.cleaned_data["other"]]
        mine, other = pair
        if not request.user.scope.can(self.edit_right, mine):
            mine, other = other, mine
        buildings.correct_adjacency(
            by=request.user,
            compound=mine,
            other=other,
            is_adjacent=form.cleaned_data["is_adjacent"],
            reason=form.cleaned_data["reason"],
        )
        first, second = sorted(pair, key=lambda one: one.pk)
        return Adjacency.objects.get(compound=first, other=second)
