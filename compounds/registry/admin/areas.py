"""Areas in the admin site, with the acts that move rows of the register."""

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

from governance.foundation.errors import DomainError, NotAllowed
from governance.organisation.admin import AreaAdmin
from governance.organisation.models import Area, Level

from ..models import Compound
from ..services import areas


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
