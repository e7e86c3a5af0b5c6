"""One's own second factors: passkeys, an authenticator app and recovery codes."""

from __future__ import annotations

from functools import wraps
from typing import Any
from uuid import UUID

import segno
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import actions, reauthentication, second_factor
from tenants.access import Forbidden
from tenants.decorators import (
    View,
    before_second_factor,
    in_organisation,
    operator_only,
    recently_authenticated,
    signed_in,
)
from tenants.forms.second_factor import (
    AuthenticatorAppForm,
    PasskeyForm,
    PasskeyNameForm,
    ResetReasonForm,
    ResetSecondFactorForm,
)
from tenants.models import Organisation, User
from tenants.second_factor import Factors, factors_of
from tenants.views.person import person_of
from videoportal.kit.fields import decrypt, encrypt
from videoportal.kit.http import form_page

NEW_APP = "new_authenticator_app"
# While it stands in the session, the recovery codes may be shown.
CODES_SHOWN = "recovery_codes_shown"
_RESET_DONE = gettext_lazy(
    "The second factor of %(name)s is reset. They sign in with the password alone."
)


def own_factors(view: View) -> View:
    """Open the page to whoever is signed in and has shown lately who they are.

    It opens before a compulsory second factor is set up, because this is where that is done;
    but whoever has one gives it first, so that a password alone cannot add another.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        factors = factors_of(person_of(request))
        if factors.any and not second_factor.is_proven(request):
            return reauthentication.demand_second_factor(request)
        return view(request, factors, *args, **kwargs)

    return signed_in(before_second_factor(recently_authenticated(wrapper)))


@own_factors
def overview(request: HttpRequest, factors: Factors) -> HttpResponse:
    """Show the person's second factors, and why one is needed where it is."""
    required = second_factor.is_required_of(person_of(request))
    return render(
        request,
        "tenants/second_factor/overview.html",
        {
            "factors": factors,
            "passkeys": factors.passkeys,
            "required": required,
            "missing": required and not factors.any,
            "removable": not (required and factors.only_one),
        },
    )


def _added(
    request: HttpRequest, factor: Authenticator, *, new_codes: bool, notice: str
) -> HttpResponse:
    """Go on after a factor was added: to the codes when they are new, else to the overview."""
    second_factor.note_proven(request, person_of(request), factor)
    messages.success(request, notice)
    if new_codes:
        request.session[CODES_SHOWN] = True
        return redirect("tenants:recovery_codes")
    return redirect(reauthentication.afterwards(request) or "tenants:second_factor")


@own_factors
def add_app(request: HttpRequest, factors: Factors) -> HttpResponse:
    """Show the secret of a new authenticator app, and take its first code."""
    person = person_of(request)
    kept = request.session.get(NEW_APP, "")
    secret = decrypt(kept) if kept else generate_totp_secret()
    if not kept:
        request.session[NEW_APP] = encrypt(secret)
    form = AuthenticatorAppForm(request.POST or None, user=person, secret=secret)
    if form.is_valid():
        app, new_codes = actions.add_authenticator_app(person, by=person, secret=secret)
        del request.session[NEW_APP]
        return _added(
            request, app, new_codes=new_codes, notice=_("The authenticator app is set up.")
        )
    image = segno.make(get_adapter().build_totp_url(person, secret), error="m", micro=False)
    return form_page(
        request,
        form,
        "tenants/second_factor/app.html",
        heading=_("Set up an authenticator app"),
        submit_label=_("Set up the app"),
        cancel_url=reverse("tenants:second_factor"),
        secret=secret,
        secret_in_fours=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        picture=image.svg_data_uri(border=2),
        replaces=factors.app is not None,
    )


@own_factors
def add_passkey(request: HttpRequest, factors: Factors) -> HttpResponse:
    """Let the browser make a passkey, and keep its public part."""
    person = person_of(request)
    form = PasskeyForm(request.POST or None)
    if form.is_valid():
        passkey, new_codes = actions.add_passkey(person, by=person, **form.cleaned_data)
        return _added(request, passkey, new_codes=new_codes, notice=_("The passkey is set up."))
    return form_page(
        request,
        form,
        "tenants/second_factor/passkey.html",
        heading=_("Set up a passkey"),
        submit_label=_("Set up the passkey"),
        cancel_url=reverse("tenants:second_factor"),
        # Kept on the device, so that it can stand alone for e-mail address and password.
        options=webauthn.begin_registration(person, passwordless=True),
    )


def _passkey_or_404(factors: Factors, factor_id: int) -> Authenticator:
    for passkey in factors.passkeys:
        if passkey.pk == factor_id:
            return passkey
    raise Http404


@own_factors
def rename_passkey(request: HttpRequest, factors: Factors, factor_id: int) -> HttpResponse:
    """Give a passkey another name."""
    passkey, person = _passkey_or_404(factors, factor_id), person_of(request)
    form = PasskeyNameForm(request.POST or None, initial={"name": passkey.wrap().name})
    if form.is_valid():
        actions.rename_passkey(person, factor_id, by=person, name=form.cleaned_data["name"])
        messages.success(request, _("The name is saved."))
        return redirect("tenants:second_factor")
    return form_page(
        request,
        form,
        "tenants/second_factor/rename.html",
        heading=_("Name of the passkey"),
        submit_label=_("Save the name"),
        cancel_url=reverse("tenants:second_factor"),
    )


@own_factors
def remove(request: HttpRequest, factors: Factors, factor_id: int) -> HttpResponse:
    """Take a passkey or the authenticator app away, after a page that says what follows."""
    person = person_of(request)
    app = factors.app
    is_app = app is not None and app.pk == factor_id
    factor = app if app is not None and is_app else _passkey_or_404(factors, factor_id)
    last_needed = factors.only_one and second_factor.is_required_of(person)
    if request.method == "POST" and not last_needed:
        actions.remove_factor(person, factor_id, by=person)
        if factors.only_one:
            second_factor.forget_proof(request)
        messages.success(
            request,
            _("The authenticator app is removed.") if is_app else _("The passkey is removed."),
        )
        return redirect("tenants:second_factor")
    return render(
        request,
        "tenants/second_factor/remove.html",
        {
            "heading": _("Remove the authenticator app") if is_app else _("Remove the passkey"),
            "submit_label": _("Remove the app") if is_app else _("Remove the passkey"),
            "cancel_url": reverse("tenants:second_factor"),
            "is_app": is_app,
            "name": "" if is_app else factor.wrap().name,
            "only_one": factors.only_one,
            "last_needed": last_needed,
        },
        status=403 if request.method == "POST" else 200,
    )


@own_factors
def recovery_codes(request: HttpRequest, factors: Factors) -> HttpResponse:
    """Show recovery codes that were made a moment ago, until the person has stored them."""
    if request.method == "POST":
        request.session.pop(CODES_SHOWN, None)
        return redirect(reauthentication.afterwards(request) or "tenants:second_factor")
    if factors.recovery is None or not request.session.get(CODES_SHOWN):
        return redirect("tenants:second_factor")
    codes = [f"{code[:4]} {code[4:]}" for code in factors.recovery.wrap().get_unused_codes()]
    return render(
        request,
        "tenants/second_factor/codes.html",
        {"codes": codes, "text": "\n".join(codes), "heading": _("Your recovery codes")},
    )


@own_factors
def renew_codes(request: HttpRequest, factors: Factors) -> HttpResponse:
    """Make new recovery codes, after a page that says that the old ones stop working."""
    if not factors.any:
        return redirect("tenants:second_factor")
    if request.method == "POST":
        person = person_of(request)
        actions.renew_recovery_codes(person, by=person)
        request.session[CODES_SHOWN] = True
        return redirect("tenants:recovery_codes")
    return render(
        request,
        "tenants/second_factor/renew_codes.html",
        {
            "heading": _("Make new recovery codes"),
            "submit_label": _("Make new codes"),
            "cancel_url": reverse("tenants:second_factor"),
            "danger": False,
        },
    )


@operator_only
@recently_authenticated
def reset(request: HttpRequest) -> HttpResponse:
    """Take the second factor from somebody who has lost theirs."""
    form = ResetSecondFactorForm(request.POST or None)
    if form.is_valid():
        assert form.person is not None  # noqa: S101 - the form has found them
        try:
            actions.reset_second_factor(
                form.person, by=person_of(request), reason=form.cleaned_data["reason"]
            )
        except ValidationError as fault:
            form.add_error(None, fault)
        except Forbidden as fault:
            form.add_error("email", str(fault))
        else:
            messages.success(request, _RESET_DONE % {"name": form.person})
            return redirect("tenants:reset_second_factor")
    return form_page(
        request,
        form,
        "tenants/operation/reset_second_factor.html",
        heading=_("Reset a second factor"),
        breadcrumbs=[
            {"label": _("People"), "url": reverse("tenants:people")},
            {"label": _("Reset a second factor")},
        ],
        submit_label=_("Reset the second factor"),
        cancel_url=reverse("tenants:people"),
    )


@in_organisation("manage_members")
@recently_authenticated
def reset_member(request: HttpRequest, organisation: Organisation, member_id: UUID) -> HttpResponse:
    """Take the second factor from a member of the organisation who has lost theirs."""
    person = person_of(request)
    member = get_object_or_404(User.objects.members_of(organisation), public_id=member_id)
    page = reverse("tenants:member_detail", args=[organisation.slug, member.public_id])
    form = ResetReasonForm(request.POST or None)
    if form.is_valid():
        try:
            actions.reset_second_factor(member, by=person, reason=form.cleaned_data["reason"])
        except Forbidden as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _RESET_DONE % {"name": member})
            return redirect(page)
    return form_page(
        request,
        form,
        "tenants/member_second_factor.html",
        organisation=organisation,
        member=member,
        may_reset=actions.may_reset_second_factor(member, by=person),
        heading=_("Reset the second factor of %(name)s") % {"name": member},
        submit_label=_("Reset the second factor"),
        cancel_url=page,
        breadcrumbs=[
            {
                "label": _("Members"),
                "url": reverse("tenants:member_list", args=[organisation.slug]),
            },
            {"label": str(member), "url": page},
            {"label": _("Reset the second factor")},
        ],
    )
