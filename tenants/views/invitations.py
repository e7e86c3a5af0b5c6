"""Inviting people, following up on invitations, and taking one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.utils import complete_signup
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tenants import actions
from tenants.actions.invitations import account_exists, may_be_taken, token_hash
from tenants.addresses import has_verified
from tenants.decorators import in_organisation, public, recently_authenticated
from tenants.forms.members import InvitedSignupForm, InviteForm
from tenants.models import Invitation, Organisation, User
from tenants.roles import Role
from tenants.views.person import person_of
from videoportal.kit.http import form_page
from videoportal.kit.scope import everywhere


@in_organisation("manage_members")
@recently_authenticated
def invite(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Invite one or many addresses to an access level among those that the reader holds."""
    person = person_of(request)
    members = reverse("tenants:member_list", args=[organisation.slug])
    form = InviteForm(
        request.POST or None,
        roles=actions.grantable_roles(person, organisation),
        organisation=organisation,
        initial={"addresses": request.GET.get("to", "")},
    )
    if form.is_valid():
        try:
            sent = actions.invite_members(
                organisation,
                form.cleaned_data["addresses"],
                form.cleaned_data["role"],
                by=person,
            )
        except ValidationError as error:
            form.add_error("addresses", error.messages)
        else:
            messages.success(
                request,
                ngettext(
                    "The invitation is sent to %(count)s address.",
                    "The invitation is sent to %(count)s addresses.",
                    len(sent),
                )
                % {"count": len(sent)},
            )
            return redirect(f"{members}?{urlencode({'status': 'invited'})}")
    return form_page(
        request,
        form,
        "tenants/invite.html",
        heading=_("Invite members"),
        submit_label=_("Send the invitation"),
        cancel_url=members,
        organisation=organisation,
        breadcrumbs=[{"label": _("Members"), "url": members}, {"label": _("Invite members")}],
    )


def _invitation(organisation: Organisation, invitation_id: UUID) -> Invitation:
    return get_object_or_404(
        organisation.invitations.select_related("invited_by"), public_id=invitation_id
    )


@in_organisation("manage_members")
def invitation_detail(
    request: HttpRequest, organisation: Organisation, invitation_id: UUID
) -> HttpResponse:
    """Show an invitation, with sending it again and withdrawing it."""
    invitation = _invitation(organisation, invitation_id)
    members = reverse("tenants:member_list", args=[organisation.slug])
    return render(
        request,
        "tenants/invitation_detail.html",
        {
            "organisation": organisation,
            "invitation": invitation,
            "level": Role(invitation.role).label,
            "may_change": invitation.role
            in actions.grantable_roles(person_of(request), organisation),
            "breadcrumbs": [{"label": _("Members"), "url": members}, {"label": invitation.email}],
        },
    )


@in_organisation("manage_members")
@require_POST
def invitation_resend(
    request: HttpRequest, organisation: Organisation, invitation_id: UUID
) -> HttpResponse:
    """Send the invitation again with a new link."""
    invitation = _invitation(organisation, invitation_id)
    try:
        actions.resend_invitation(invitation, by=person_of(request))
    except actions.NotOpen:
        messages.warning(request, _("The invitation is answered or withdrawn already."))
    else:
        messages.success(
            request,
            _("The invitation is sent to %(email)s again. The old link no longer works.")
            % {"email": invitation.email},
        )
    return redirect("tenants:invitation_detail", organisation.slug, invitation.public_id)


@in_organisation("manage_members")
@require_POST
def invitation_withdraw(
    request: HttpRequest, organisation: Organisation, invitation_id: UUID
) -> HttpResponse:
    """Withdraw the invitation."""
    invitation = _invitation(organisation, invitation_id)
    try:
        actions.withdraw_invitation(invitation, by=person_of(request))
    except actions.NotOpen:
        messages.warning(request, _("The invitation is answered or withdrawn already."))
        return redirect("tenants:invitation_detail", organisation.slug, invitation.public_id)
    messages.success(
        request, _("The invitation to %(email)s is withdrawn.") % {"email": invitation.email}
    )
    return redirect("tenants:member_list", org=organisation.slug)


@never_cache
@public
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Let whoever has the invited address take the invitation; say plainly why not otherwise."""
    # Whoever holds the link reaches the organisation through it alone.
    with everywhere(reason="the token of an invitation is its own scope"):
        return _invited(request, token)


def _invited(request: HttpRequest, token: str) -> HttpResponse:
    invitation = (
        Invitation.objects.with_hash(token_hash(token))
        .select_related("organisation", "invited_by")
        .first()
    )
    if invitation is None or not may_be_taken(invitation):
        return _dead(request, invitation)
    context = {
        "invitation": invitation,
        "organisation_name": invitation.organisation.name,
        "level": Role(invitation.role).label,
        "here": request.path,
    }
    if isinstance(request.user, User):
        return _accept_signed_in(request, token, invitation, context)
    if account_exists(invitation.email):
        return render(request, "tenants/invitation_sign_in.html", context)
    return _sign_up(request, token, invitation, context)


def _dead(request: HttpRequest, invitation: Invitation | None) -> HttpResponse:
    return render(
        request,
        "tenants/invitation_dead.html",
        {"state": invitation.state if invitation else ""},
        status=410 if invitation else 404,
    )


def _accept_signed_in(
    request: HttpRequest, token: str, invitation: Invitation, context: dict[str, Any]
) -> HttpResponse:
    person = person_of(request)
    if not has_verified(person, invitation.email):
        # The address alone: what it would give is between the organisation and its holder. No
        # answer to a link that works is an error: Django writes the addresses of those in its log.
        return render(request, "tenants/invitation_other.html", {"email": invitation.email})
    if request.method != "POST":
        return render(request, "tenants/invitation_accept.html", context)
    try:
        actions.accept_invitation(token, by=person)
    except actions.NotOpen:
        return _dead(request, invitation)
    return _welcome(request, context)


def _welcome(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    messages.success(
        request,
        _("You are now a member of %(organisation)s.")
        % {"organisation": context["organisation_name"]},
    )
    return redirect("tenants:home")


def _sign_up(
    request: HttpRequest, token: str, invitation: Invitation, context: dict[str, Any]
) -> HttpResponse:
    def judge(password: str, name: str) -> None:
        get_adapter().clean_password(password, user=User(email=invitation.email, name=name))

    form = InvitedSignupForm(request.POST or None, judge=judge)
    if form.is_valid():
        try:
            user, _taken = actions.sign_up_invited(
                token,
                name=form.cleaned_data["name"],
                password=form.cleaned_data["password1"],
                request=request,
            )
        except actions.NotOpen:
            # Taken in another tab, or the address got an account: the page says which.
            return redirect(request.path)
        response: HttpResponse = complete_signup(
            request, user=user, email_verification=None, success_url=reverse("tenants:home")
        )
        return response
    # Not 422, for the sake of the log (see above).
    return form_page(request, form, "tenants/invitation_sign_up.html", status=200, **context)
