"""Addresses of sign-in and of one's own account: those of allauth that have our pages.

Listed one by one, so that a new release of allauth opens no page that nobody has looked at.
``RULES`` declares for the permission documents what each of them demands; allauth itself
enforces it, and the role × address test sees that it does.
"""

from allauth.account import views as allauth_views
from allauth.mfa.base import views as mfa_views
from django.urls import path, re_path

from tenants.decorators import Rule, before_second_factor
from tenants.views.account import (
    AddressConfirmationView,
    AddressView,
    PasskeyConfirmationView,
    PasskeySignInView,
    SecondStepView,
    SignInView,
)

urlpatterns = [
    path("login/", SignInView.as_view(), name="account_login"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("signup/", allauth_views.signup, name="account_signup"),
    path(
        "reauthenticate/",
        before_second_factor(allauth_views.reauthenticate),
        name="account_reauthenticate",
    ),
    path("second-factor/", SecondStepView.as_view(), name="mfa_authenticate"),
    path(
        "second-factor/confirm/",
        before_second_factor(mfa_views.reauthenticate),
        name="mfa_reauthenticate",
    ),
    path("passkey/", PasskeySignInView.as_view(), name="mfa_login_webauthn"),
    path(
        "passkey/confirm/",
        before_second_factor(PasskeyConfirmationView.as_view()),
        name="mfa_reauthenticate_webauthn",
    ),
    path("email/", AddressView.as_view(), name="account_email"),
    path(
        "confirm-email/",
        allauth_views.email_verification_sent,
        name="account_email_verification_sent",
    ),
    re_path(
        r"^confirm-email/(?P<key>[-:\w]+)/$",
        AddressConfirmationView.as_view(),
        name="account_confirm_email",
    ),
    path("password/change/", allauth_views.password_change, name="account_change_password"),
    path("password/set/", allauth_views.password_set, name="account_set_password"),
    path("password/reset/", allauth_views.password_reset, name="account_reset_password"),
    path(
        "password/reset/done/",
        allauth_views.password_reset_done,
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

SIGNED_IN = (
    "account_change_password",
    "account_email",
    "account_reauthenticate",
    "account_set_password",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
)
RULES: dict[str, Rule] = {
    str(pattern.name): Rule("signed_in" if pattern.name in SIGNED_IN else "public")
    for pattern in urlpatterns
}
