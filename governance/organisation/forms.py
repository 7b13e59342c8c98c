"""Forms of accounts, posts and doors."""

import datetime as dt

from django import forms
from django.conf import settings
from django.contrib.auth import forms as auth_forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.foundation import dates

from .models import Area, User
from .scope import Role
from .services import accounts


class LoginForm(auth_forms.AuthenticationForm):
    # Django's own field has no limit, and what fails is counted in a column that has one.
    username = auth_forms.UsernameField(
        max_length=User._meta.get_field("username").max_length,
        widget=forms.TextInput(attrs={"autofocus": True}),
    )
    error_messages = {
        "invalid_login": _(
            "The name or the password is wrong, or the name is locked. After %(limit)s failures "
            "a name is locked for %(minutes)s minutes; the account administrator can unlock it."
        ),
        "inactive": _("This account is switched off."),
    }

    def get_invalid_login_error(self):
        return ValidationError(
            self.error_messages["invalid_login"],
            code="invalid_login",
            params={
                "limit": settings.AXES_FAILURE_LIMIT,
                "minutes": round(settings.AXES_COOLOFF_TIME * 60),
            },
        )

    def confirm_login_allowed(self, user):
        super().confirm_login_allowed(user)
        if accounts.first_password_has_expired(user, timezone.now()):
            raise ValidationError(
                _("The first password has expired. Ask the account administrator for a new one."),
                code="expired",
            )


class NewPasswordForm(auth_forms.PasswordChangeForm):
    def clean_new_password1(self):
        password = self.cleaned_data["new_password1"]
        if self.user.check_password(password):
            raise ValidationError(_("The new password must differ from the present one."))
        return password


class AccountForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["username", "display_name"]
        labels = {"username": _("login name")}
        help_texts = {"username": _("Letters, digits and . _ - only; it cannot be changed later.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["display_name"].required = True
        for name in ("username", "display_name"):
            self.fields[name].widget.attrs["autocomplete"] = "off"


class ReasonForm(forms.Form):
    """An act that must give its reason."""

    reason = forms.CharField(label=_("reason"), max_length=200)


class PostForm(forms.Form):
    """A new post. Whether the role fits the area is decided by the service."""

    user = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("username"), label=_("account")
    )
    role = forms.ChoiceField(choices=[("", "---------"), *Role.choices], label=_("role"))
    area = forms.ModelChoiceField(
        Area.objects.active().filter(level__lte=3).order_by("code"), label=_("area")
    )
    valid_from = forms.DateField(
        label=_("valid from"), widget=forms.DateInput(attrs={"type": "date"})
    )
    valid_until = forms.DateField(
        label=_("valid until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Leave empty for an open end."),
    )
    reason = forms.CharField(
        label=_("reason"),
        max_length=200,
        help_text=_("Such as the number of the appointment letter."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].label_from_instance = _name_and_login
        self.fields["area"].label_from_instance = _indented
        self.fields["valid_from"].initial = dates.today

    def clean(self):
        cleaned = super().clean()
        for name in ("valid_from", "valid_until"):
            day = cleaned.get(name)
            if day and not dt.date(2000, 1, 1) <= day < dt.date(2100, 1, 1):
                self.add_error(name, _("Give a date between 2000 and 2099."))
        return cleaned


def _name_and_login(user: User) -> str:
    return f"{user}（{user.username}）" if user.display_name else user.username


def _indented(area: Area) -> str:
    return f"{'　' * (area.level - 1)}{area.name}"
