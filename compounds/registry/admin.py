"""Data entry of the register, and the areas whose changes move its rows."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.foundation.cells import NOBODY
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.fields import TagsField
from governance.organisation.admin import AreaAdmin
from governance.organisation.admin_base import ScopedModelAdmin, ServiceForm
from governance.organisation.models import Area, Level

from .models import Adjacency, Building, Compound, Entrance, ProblemTag, Status
from .services import areas, buildings, compounds

EDIT = "registry.edit"
MOST_ENTRANCES = 60


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


class BuildingForm(ServiceForm):
    entrances = forms.CharField(
        label=gettext_lazy("entrances"),
        required=False,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 30}),
        help_text=gettext_lazy("One a line: its number and, after a space, its households."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            rows = self.instance.entrances.order_by("pk")
            self.initial["entrances"] = "\n".join(
                f"{one.number} {one.household_count}"
                if one.household_count is not None
                else one.number
                for one in rows
            )

    def clean_entrances(self):
        lines = [line.split() for line in self.cleaned_data["entrances"].splitlines()]
        lines = [line for line in lines if line]
        if len(lines) > MOST_ENTRANCES:
            raise ValidationError(
                _("A building has at most %(limit)s entrances.") % {"limit": MOST_ENTRANCES}
            )
        return [self._entrance(line) for line in lines]

    @staticmethod
    def _entrance(line: list[str]) -> tuple[str, int | None]:
        number, *count = line
        is_count = len(count) == 1 and count[0].isdecimal() and len(count[0]) < 5
        if len(number) > 30 or (count and not is_count):
            raise ValidationError(
                _("“%(line)s”: give the number and the households, such as “1 12”.")
                % {"line": " ".join(line)[:40]}
            )
        return number, int(count[0]) if count else None


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


# -- areas ----------------------------------------------------------------------------------------
class AreaActForm(forms.Form):
    """What recoding, merging and splitting have in common."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        max_length=200,
        help_text=gettext_lazy("Such as the number of the document."),
    )

    def __init__(self, *args, area: Area, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.area = area
        self.fields["version"].initial = area.version
        self.add_choices(area, user)
        self.order_fields([*(n for n in self.fields if n != "reason"), "reason"])

    def add_choices(self, area: Area, user) -> None:
        """Fill in what may be chosen."""


class RecodeForm(AreaActForm):
    code = forms.CharField(label=gettext_lazy("new code"), max_length=17)

    def run(self, by):
        return areas.recode_area(by=by, area=self.area, **self.cleaned_data)


class MergeForm(AreaActForm):
    into = forms.ModelChoiceField(Area.objects.none(), label=gettext_lazy("merge into"))

    def add_choices(self, area, user):
        rows = Area.objects.editable_by(user, "area.edit").active()
        rows = rows.filter(level=area.level, district=area.district_id).exclude(pk=area.pk)
        self.fields["into"].queryset = rows.defer("boundary").order_by("code")

    def run(self, by):
        return areas.merge_areas(by=by, area=self.area, **self.cleaned_data)


class SplitForm(AreaActForm):
    name = forms.CharField(label=gettext_lazy("name of the new area"), max_length=60)
    code = forms.CharField(label=gettext_lazy("code of the new area"), max_length=17)
    members = forms.TypedMultipleChoiceField(
        label=gettext_lazy("what moves to it"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )

    def add_choices(self, area, user):
        if area.level == Level.STREET:
            rows = area.children.active().order_by("code").values_list("pk", "code", "name")
        else:
            rows = Compound.objects.filter(community=area).order_by("code")
            rows = rows.values_list("pk", "code", "name")
        self.fields["members"].choices = [(pk, f"{name} {code}") for pk, code, name in rows]

    def run(self, by):
        return areas.split_area(by=by, area=self.area, **self.cleaned_data)


ACTS = {
    "recode": (RecodeForm, gettext_lazy("Recode"), (1, 2, 3, 4, 5)),
    "merge": (MergeForm, gettext_lazy("Merge"), (2, 3)),
    "split": (SplitForm, gettext_lazy("Split"), (2, 3)),
}


@admin.register(Area)
class RegisterAreaAdmin(AreaAdmin):
    """Areas with the acts that move rows of the register."""

    change_form_template = "admin/organisation/area/change_form.html"

    def get_urls(self):
        own = [
            path(
                f"<int:pk>/{act}/",
                self.admin_site.admin_view(self.act_view),
                {"act": act},
                name=f"organisation_area_{act}",
            )
            for act in ACTS
        ]
        return own + super().get_urls()

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        can_act = obj is not None and not obj.merged_into_id and self.can_edit(request.user, obj)
        context["area_acts"] = [
            (reverse(f"admin:organisation_area_{act}", args=[obj.pk]), label)
            for act, (_form, label, levels) in ACTS.items()
            if can_act and obj.level in levels
        ]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def act_view(self, request, pk, act):
        """The page of one act: what will move, the form, and the act itself."""
        area = self.get_queryset(request).filter(pk=pk).first()
        form_class, label, levels = ACTS[act]
        if area is None or area.level not in levels:
            raise Http404
        if not self.can_edit(request.user, area):
            raise PermissionDenied
        form = form_class(request.POST or None, area=area, user=request.user)
        if request.method == "POST" and form.is_valid():
            try:
                done = form.run(request.user)
            except NotAllowed:
                raise
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            except ValidationError as error:
                known = hasattr(error, "error_dict") and set(error.error_dict) <= set(form.fields)
                form.add_error(None, error if known else error.messages)
            else:
                messages.success(request, _("Done: %(name)s.") % {"name": done})
                return redirect("admin:organisation_area_change", done.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{label} · {area}",
            "label": label,
            "act": act,
            "area": area,
            "form": form,
            "counts": _counts(area),
            "opts": self.opts,
        }
        return render(request, "admin/organisation/area/act.html", context)


def _counts(area: Area) -> list[tuple[str, int]]:
    """How many rows of each kind lie in an area."""
    column = {Level.DISTRICT: "district", Level.STREET: "street"}.get(area.level, "community")
    found = [
        (capfirst(model._meta.verbose_name_plural), _count(model, column, area))
        for model in areas.placed_models()
    ]
    return [(name, count) for name, count in found if count]


def _count(model: type[models.Model], column: str, area: Area) -> int:
    return model._base_manager.filter(**{column: area.pk}).count()
