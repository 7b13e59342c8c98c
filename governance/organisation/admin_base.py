"""The base of every data-entry table: rows by scope, rights by post, writing by services."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import display_for_field
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from governance.foundation.errors import DomainError, NotAllowed, StaleRecord

from .models import Area
from .scope import REGISTER_VIEW

VERSION = "version_opened"


class ServiceForm(forms.ModelForm):
    """A form whose writing is done by a service, and which shows what the service refused.

    `refusal` is set by the admin when the service has refused the first try; the page is then
    shown again with what was typed.
    """

    refusal: Exception | None = None
    version_opened = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if VERSION in self.fields:
            self.fields[VERSION].initial = self.instance.version
        current = getattr(self.refusal, "current", None)
        if self.is_bound and current is not None:
            # Both versions are on the page now: saving again is saving knowingly.
            self.data = self.data.copy()
            self.data[self.add_prefix(VERSION)] = current.version

    def clean(self):
        cleaned = super().clean()
        if self.refusal is not None:
            self._tell(self.refusal)
        return cleaned

    def _tell(self, refusal: Exception) -> None:
        if isinstance(refusal, StaleRecord):
            self.add_error(None, str(refusal))
            self._tell_present(refusal.current)
        elif isinstance(refusal, DomainError):
            field = refusal.field if refusal.field in self.fields else None
            self.add_error(field, str(refusal))
        else:
            found = refusal.message_dict if hasattr(refusal, "error_dict") else None
            for name, sentences in (found or {None: refusal.messages}).items():
                self.add_error(name if name in self.fields else None, sentences)

    def _tell_present(self, current) -> None:
        """Beside each field that differs: what somebody else has saved."""
        if current is None:
            return
        present = forms.models.model_to_dict(current, fields=list(self.fields))
        for name, value in present.items():
            if name in self.cleaned_data and self[name].initial != self.cleaned_data[name]:
                typed = self.cleaned_data[name]
                typed = typed.pk if isinstance(typed, models.Model) else typed
                if typed != value:
                    shown = display_for_field(
                        getattr(current, name), current._meta.get_field(name), "—"
                    )
                    self.add_error(name, _("Now saved here: %(value)s") % {"value": shown})


class ScopedModelAdmin(admin.ModelAdmin):
    """One table of the register for data entry.

    `edit_right` opens it; `place_of(obj)` is the placed row that decides about an object.
    Subclasses write in `write(request, obj, form, change)` by calling a service and return the
    stored object. Nothing is deleted here.
    """

    form = ServiceForm
    edit_right = ""
    view_right = REGISTER_VIEW
    actions = None
    save_as = False
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 50
    show_facets = admin.ShowFacets.NEVER
    # The browser's own picker of dates instead of scripts.
    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})},
    }

    # -- who ------------------------------------------------------------------------------------
    def has_module_permission(self, request) -> bool:
        return request.user.scope.has(self.edit_right)

    def has_view_permission(self, request, obj=None) -> bool:
        scope = request.user.scope
        if obj is None or obj.pk is None:
            return scope.has(self.edit_right)
        return scope.has(self.edit_right) and self.can_see(request.user, obj)

    def has_change_permission(self, request, obj=None) -> bool:
        if obj is None or obj.pk is None:
            return request.user.scope.has(self.edit_right)
        return self.can_edit(request.user, obj)

    def has_add_permission(self, request) -> bool:
        return request.user.scope.has(self.edit_right)

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def place_of(self, obj):
        return obj

    def can_see(self, user, obj) -> bool:
        return user.scope.can(self.view_right, self.place_of(obj))

    def can_edit(self, user, obj) -> bool:
        return user.scope.can(self.edit_right, self.place_of(obj))

    # -- which rows -----------------------------------------------------------------------------
    def get_queryset(self, request):
        return self.visible(super().get_queryset(request), request.user)

    def visible(self, rows: models.QuerySet, user) -> models.QuerySet:
        return rows.visible_to(user)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Choices of a foreign key are what the person may use for writing."""
        related = db_field.remote_field.model
        if "queryset" not in kwargs:
            kwargs["queryset"] = self.choices(db_field, related, request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Without the buttons that open other tables in windows of their own."""
        if isinstance(db_field, models.PositiveSmallIntegerField):
            kwargs["max_value"] = 2**15 - 1
        elif isinstance(db_field, models.PositiveIntegerField):
            # SQLite would take more than PostgreSQL does.
            kwargs["max_value"] = 2**31 - 1
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def choices(self, db_field, related, request) -> models.QuerySet:
        rows = related._default_manager.all()
        if related is Area:
            rows = rows.active().filter(**(db_field.get_limit_choices_to() or {}))
        elif (target := self.admin_site._registry.get(related)) is not None:
            return target.writable(rows, request.user)
        return rows.editable_by(request.user, self.edit_right)

    def writable(self, rows: models.QuerySet, user) -> models.QuerySet:
        """Rows another table may refer to when the person writes."""
        return rows.editable_by(user, self.edit_right)

    def get_changeform_initial_data(self, request):
        """An address may name a row to begin with, such as the compound; nothing else."""
        named = {
            field.name: request.GET.get(field.name, "")
            for field in self.opts.concrete_fields
            if field.is_relation
        }
        return {name: pk for name, pk in named.items() if pk.isdecimal() and len(pk) < 19}

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """Outside the scope a row does not exist, like one that never did."""
        raise Http404

    def get_object(self, request, object_id, from_field=None):
        # A number no database column can hold is no row either.
        if object_id and object_id.isdecimal() and len(object_id) > 18:
            return None
        return super().get_object(request, object_id, from_field)

    # -- writing ---------------------------------------------------------------------------------
    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"refusal": getattr(request, "refusal", None)})

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        hidden = (None, {"fields": (VERSION,), "classes": ("hidden",)})
        return [*fieldsets, hidden] if self._may_write(request, obj) else fieldsets

    def _may_write(self, request, obj) -> bool:
        if obj is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, obj)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Write; if the service refuses, show the page again with the refusal."""
        if IS_POPUP_VAR in request.GET or IS_POPUP_VAR in request.POST:
            raise Http404
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        except (DomainError, ValidationError) as error:
            if request.method != "POST" or getattr(request, "refusal", None):
                raise
            request.refusal = error
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_form(self, request, form, change):
        """The service writes, not the form: what it works on is the stored row."""
        return form.instance if not change else self.model._default_manager.get(pk=form.instance.pk)

    def save_model(self, request, obj, form, change):
        stored = self.write(request, obj, form, change)
        obj.__dict__.update(stored.__dict__)
        if not self.visible(self.model._default_manager.filter(pk=obj.pk), request.user).exists():
            raise DomainError(_("The row would leave your posts; nothing was saved."))

    def write(self, request, obj, form, change: bool) -> models.Model:
        raise NotImplementedError

    def facts(self, form, names) -> dict[str, Any]:
        """What the form holds for some fields."""
        return {name: form.cleaned_data[name] for name in names if name in form.cleaned_data}

    def save_related(self, request, form, formsets, change):
        """Nothing hangs on a row that its service has not written."""

    def version(self, form) -> int:
        return form.cleaned_data.get(VERSION) or 0

    # -- one record: the audit log ---------------------------------------------------------------
    def log_addition(self, request, obj, message):
        return None

    def log_change(self, request, obj, message):
        return None

    def history_view(self, request, object_id, extra_context=None):
        """The log's own page about the object, for whoever sees the object."""
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_view_permission(request, obj):
            raise Http404
        return redirect(reverse("audit:object_history", args=[obj._meta.label_lower, obj.pk]))
