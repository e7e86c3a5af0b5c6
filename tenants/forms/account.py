"""Forms of sign-in, in the portal's words and look."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tenants.actions.invitations import account_exists
from tenants.addresses import has_verified
from tenants.models import User
from videoportal.kit.forms import CharField, FieldLook

PASSWORD_HINT = _("At least 12 characters. A sentence is fine.")


NEW_PASSWORD = _("New password")


REPEAT_PASSWORD = _("Repeat the password")


class AccountLook(FieldLook):
    """Mixin: our labels in place of allauth's placeholders.

    ``labels`` and ``hints`` map field names to texts; ``focus`` names the field that is
    focused when the page opens.
    """

    labels: dict[str, Any] = {}
    hints: dict[str, Any] = {}
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")


class LoginForm(AccountLook, allauth_forms.LoginForm):
    """E-mail address and password; a refusal does not tell which of them was wrong."""

    labels = {"login": _("E-mail address"), "password": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"


class SignupForm(AccountLook, allauth_forms.SignupForm):
    """A new account; rights come later, from a room or from an administrator."""

    labels = {
        "name": _("Your name"),
        "email": _("Your e-mail address at work"),
        "password1": _("Password"),
        "password2": REPEAT_PASSWORD,
    }
    hints = {
        "email": _("Meeting rooms that are registered on this address become yours."),
        "password1": PASSWORD_HINT,
    }
    field_order = ["name", "email", "password1", "password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = CharField(
            label=self.labels["name"],
            max_length=150,
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
        )
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean()
        if "password1" in values and "password1" not in self.errors:
            # allauth compares the password with the address alone.
            person = User(email=values.get("email", ""), name=values.get("name", ""))
            try:
                validate_password(values["password1"], user=person)
            except forms.ValidationError as fault:
                self.add_error("password1", fault)
        return values

    def validate_unique_email(self, value: str) -> str:
        # An address that another account only claims keeps its owner from nothing.
        self.account_already_exists = account_exists(value)
        return value

    def try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:
            # The answer is the same as for a new account, and shall take as long.
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ResetPasswordForm(AccountLook, allauth_forms.ResetPasswordForm):
    """A new password, for the account that an address is confirmed for or began with.

    Anybody may add another's address to their account: until it is confirmed, its mailbox opens
    nothing.
    """

    labels = {"email": _("E-mail address")}
    users: list[User]

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self.users = [
            user
            for user in self.users
            if user.email.lower() == email.lower() or has_verified(user, email)
        ]
        return email


class ResetPasswordKeyForm(AccountLook, allauth_forms.ResetPasswordKeyForm):
    labels = {"password1": NEW_PASSWORD, "password2": REPEAT_PASSWORD}
    hints = {"password1": PASSWORD_HINT}


class ChangePasswordForm(AccountLook, allauth_forms.ChangePasswordForm):
    labels = {
        "oldpassword": _("Current password"),
        "password1": NEW_PASSWORD,
        "password2": REPEAT_PASSWORD,
    }
    hints = {"password1": PASSWORD_HINT}


class ReauthenticateForm(AccountLook, allauth_forms.ReauthenticateForm):
    labels = {"password": _("Password")}


class AddEmailForm(AccountLook, allauth_forms.AddEmailForm):
    labels = {"email": _("E-mail address")}
    hints = {"email": _("We send a link to the address. It is yours when you have opened it.")}
