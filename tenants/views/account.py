"""allauth's pages, with what is ours."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.views import ConfirmEmailView, EmailView, LoginView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.signals import authentication_failed
from allauth.mfa.webauthn.views import LoginWebAuthnView, ReauthenticateWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from tenants.addresses import is_first_of_account
from tenants.decorators import recently_authenticated
from tenants.demo import shown_accounts
from tenants.forms.account import ReauthenticateForm
from tenants.oidc.links import offers
from tenants.sessions import began_here
from videoportal.kit import resume


class SignInView(LoginView):
    """allauth's sign-in; a demo portal lists whom to sign in as."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["providers"] = offers(next_url=context.get("redirect_field_value") or "")
        accounts = shown_accounts()
        if accounts:
            context["demo_password"] = settings.DEMO_PASSWORD
            context["second_factor_required"] = bool(settings.SECOND_FACTOR_REQUIRED_FOR)
            context["demo_accounts"] = [
                {
                    "name": account.name,
                    "email": account.email,
                    "role": account.role_label,
                    "description": f"{account.role_label}, {account.organisation}",
                }
                for account in accounts
            ]
        return context


def _changes_addresses(request: HttpRequest) -> bool:
    return request.method == "POST" and "action_send" not in request.POST


@method_decorator(recently_authenticated(when=_changes_addresses), name="dispatch")
class AddressView(EmailView):
    """allauth's page of one's addresses; changing them asks again who is there.

    An address decides which rooms are one's own, and where a new password is sent.
    """

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        if not form.is_bound and (typed := resume.take(self.request)):
            resume.fill(form, typed)
        return form


class SecondStepView(AuthenticateView):
    """allauth's second step of sign-in; a refused passkey is logged like a wrong code."""

    def form_invalid(self, form: Any) -> HttpResponse:
        if "credential" in form.fields:
            _log_refused(self.request, self.stage.login.user)
        return super().form_invalid(form)


class PasskeySignInView(LoginWebAuthnView):
    """allauth's sign-in with a passkey alone."""

    def form_invalid(self, form: Any) -> HttpResponse:
        messages.error(self.request, get_adapter().error_messages["passkey_refused"])
        return HttpResponseRedirect(reverse("account_login"))


@method_decorator(login_not_required, name="dispatch")
class AddressConfirmationView(ConfirmEmailView):
    """allauth's page behind the mailed link, for whoever shows to be of the address' account.

    One more address is confirmed by its account, signed in. The first one is confirmed in the
    browser that the account was made in, or with its password. Otherwise somebody could add
    another's address to their own account, or begin an account on it, and whoever has the
    address would give them its rooms by saying truly that it is theirs.
    """

    form: ReauthenticateForm | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            address = self.get_object().email_address
        except Http404:
            return super().dispatch(request, *args, **kwargs)
        if request.user.pk != address.user_id:
            if not is_first_of_account(address):
                return self._only_signed_in(request)
            if not began_here(request, address.user):
                return self._with_password(request, address, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(form=self.form, **kwargs)

    def logout_other_user(self, confirmation: Any) -> None:
        """Sign another account out when the address is confirmed, and not by opening the link."""
        if self.request.method == "POST":
            super().logout_other_user(confirmation)

    def _only_signed_in(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            messages.info(request, _("Sign in to the account that the address is added to."))
            return redirect_to_login(request.get_full_path())
        return render(request, self.template_name, {"another": True}, status=403)

    def _with_password(
        self, request: HttpRequest, address: EmailAddress, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if not address.user.has_usable_password():
            return render(request, self.template_name, {"elsewhere": True}, status=403)
        posted = request.POST if request.method == "POST" else None
        self.form = ReauthenticateForm(posted, user=address.user)
        if posted is None or self.form.is_valid():
            return super().dispatch(request, *args, **kwargs)
        self.object = self.get_object()
        return render(request, self.template_name, self.get_context_data(), status=422)


class PasskeyConfirmationView(ReauthenticateWebAuthnView):
    """allauth's confirmation by passkey; a refusal stays on the page."""

    def form_invalid(self, form: Any) -> HttpResponse:
        _log_refused(self.request, self.request.user)
        messages.error(self.request, get_adapter().error_messages["passkey_refused"])
        return HttpResponseRedirect(self.request.get_full_path())


def _log_refused(request: HttpRequest, user: Any) -> None:
    authentication_failed.send(sender=SecondStepView, request=request, user=user)
