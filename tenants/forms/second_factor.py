"""Forms of second factors."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as allauth_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import validate_totp_code
from allauth.mfa.webauthn import forms as passkey_forms
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext_lazy as _

from tenants.actions.second_factor import NAME_LENGTH, count_use_of_passkey
from tenants.forms.account import AccountLook
from tenants.limits import limit_codes
from tenants.models import User
from tenants.second_factor import first_use_of_code
from videoportal.kit.forms import CharField, Form

_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)

CODE_LABEL = _("Code")
NAME_LABEL = _("Name of the passkey")


def _incorrect() -> ValidationError:
    error: ValidationError = get_adapter().validation_error("incorrect_code")
    return error


def _as_code(field: forms.Field) -> None:
    field.widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code", "size": 12}


class _CodeForm(AccountLook):
    """Mixin: a code is tried a few times only, and a right one is good once."""

    labels = {"code": CODE_LABEL}
    hints = {"code": _("The code that your authenticator app shows now, or a recovery code.")}
    user: User
    authenticator: Authenticator
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code(self.fields["code"])

    def clean_code(self) -> str:
        clear = limit_codes(context.request, self.user)
        code: str = super().clean_code()  # type: ignore[misc]  # of allauth's form
        if self.authenticator.type == Authenticator.Type.TOTP and not first_use_of_code(
            self.user, code
        ):
            raise _incorrect()
        clear()
        return code


class AuthenticateForm(_CodeForm, allauth_forms.AuthenticateForm):
    """The second step of sign-in."""


class ReauthenticateForm(_CodeForm, allauth_forms.ReauthenticateForm):
    """Showing again who is there."""


class AnswerField(forms.JSONField):
    """What a browser answers to a challenge; what cannot be read is no answer.

    Django takes only the reader's own complaint for that, and Python has others: of numbers of
    thousands of digits, and of lists in lists without an end.
    """

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError):
            raise _incorrect() from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return InvalidJSONInput("")


class _PasskeyAnswer:
    """Mixin: what no browser sends is refused, where allauth would fail, and so is a copy."""

    cleaned_data: dict[str, Any]
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = AnswerField()

    def clean_credential(self) -> Any:
        credential = self.cleaned_data["credential"]
        try:
            passkey = super().clean_credential()  # type: ignore[misc]  # of allauth's form
            answer = webauthn.parse_authentication_response(credential).response
            if not count_use_of_passkey(passkey, answer.authenticator_data.counter):
                raise _incorrect()
        except _MALFORMED:
            raise _incorrect() from None
        return passkey


class PasskeySignInForm(_PasskeyAnswer, passkey_forms.LoginWebAuthnForm):
    """Sign-in with a passkey alone."""


class PasskeyStepForm(_PasskeyAnswer, passkey_forms.AuthenticateWebAuthnForm):
    """A passkey as the second step of sign-in."""


class PasskeyConfirmationForm(_PasskeyAnswer, passkey_forms.ReauthenticateWebAuthnForm):
    """A passkey to show again who is there."""


class AuthenticatorAppForm(Form):
    """The first code of an authenticator app, which shows that it has the secret."""

    code = CharField(label=CODE_LABEL, help_text=_("Six digits that the app shows now."))

    def __init__(self, *args: Any, user: User, secret: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.secret = user, secret
        _as_code(self.fields["code"])

    def clean_code(self) -> str:
        clear = limit_codes(context.request, self.user)
        code: str = self.cleaned_data["code"]
        if not validate_totp_code(self.secret, code) or not first_use_of_code(self.user, code):
            raise _incorrect()
        clear()
        return code


class PasskeyForm(Form):
    """A new passkey: its name, and what the browser answered to the challenge."""

    name = CharField(
        label=NAME_LABEL,
        max_length=NAME_LENGTH,
        required=False,
        help_text=_("So that you know it again, for example “My phone”."),
    )
    credential = AnswerField()

    def clean_credential(self) -> dict[str, Any]:
        credential: dict[str, Any] = self.cleaned_data["credential"]
        try:
            webauthn.parse_registration_response(credential)
            webauthn.complete_registration(credential)
        except (ValidationError, *_MALFORMED):
            raise ValidationError(get_account_adapter().error_messages["passkey_refused"]) from None
        return credential


class PasskeyNameForm(Form):
    """Another name for a passkey."""

    name = CharField(label=NAME_LABEL, max_length=NAME_LENGTH)


class ResetReasonForm(Form):
    """Why a person's second factor is taken away."""

    reason = CharField(
        label=_("Why?"),
        max_length=200,
        help_text=_("The person reads this in an e-mail, and it is recorded in the change log."),
    )


class ResetSecondFactorForm(ResetReasonForm):
    """Whose second factor is taken away, and why."""

    email = forms.EmailField(
        label=_("The person’s e-mail address"),
        help_text=_("Make sure that you are talking to the right person before you go on."),
    )

    field_order = ("email", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person: User | None = None

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        self.person = User.objects.signing_in_with(email).first()
        if self.person is None:
            raise ValidationError(_("Nobody signs in with this address."))
        return email
