"""Inviting people to an organisation by e-mail, and taking the invitation."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tenants import audit
from tenants.access import Forbidden
from tenants.actions.members import roles_of, tell_parties
from tenants.actions.people import create_user
from tenants.actions.roles import change_role, grant_role, grantable_roles, require_level
from tenants.addresses import has_verified
from tenants.mail import post_mail
from tenants.models import Invitation, Organisation, User
from tenants.roles import ROLE_CAPABILITIES, Role
from videoportal.kit.links import link_hash


class NotForYou(Forbidden):
    """The invitation is for another address than those that the person has confirmed."""


class NotOpen(Exception):
    """The invitation cannot be taken: answered, withdrawn, expired, or its sender lost access."""


def token_hash(token: str) -> str:
    """Return what is kept of a link's token.

    Of the token's digest, because that is what was stored before it was keyed: the migration
    could key what was there, and open invitations stayed good.
    """
    return link_hash("tenants.invitation", hashlib.sha256(token.encode()).hexdigest())


@transaction.atomic
def invite_members(
    organisation: Organisation, addresses: Iterable[str], role: str, *, by: User
) -> list[Invitation]:
    """Return the invitations of these addresses to the access level, each mailed after commit.

    Raises ``ValidationError`` with a sentence for each address that cannot be invited; then
    none is.
    """
    require_level(by, role, organisation)
    wanted = list(dict.fromkeys(address.strip().lower() for address in addresses))
    if faults := refusals(organisation, wanted):
        raise ValidationError(faults)
    invitations = []
    for address in wanted:
        invitation = Invitation(organisation=organisation, email=address, role=role, invited_by=by)
        token = _renew(invitation)
        invitation.full_clean()
        invitation.save()
        audit.record(
            "tenants.invitation.sent",
            by=by,
            organisation=organisation,
            target=invitation,
            after={"role": str(role)},
        )
        _mail(invitation, token, by=by)
        invitations.append(invitation)
    return invitations


def refusals(organisation: Organisation, addresses: Iterable[str]) -> list[str]:
    """Return a sentence for each address that is a member or is invited already. Two queries."""
    wanted = list(addresses)
    members = {
        address.lower()
        for address in EmailAddress.objects.filter(
            verified=True, user__groups__role_group__organisation=organisation
        ).values_list("email", flat=True)
    }
    invited = {
        email.lower()
        for email in organisation.invitations.waiting().values_list("email", flat=True)
    }
    return [
        _("%(email)s is a member already. Change the access level on the member’s page.")
        % {"email": address}
        if address in members
        else _("%(email)s is invited already. Send the invitation again from the list.")
        % {"email": address}
        for address in wanted
        if address in members or address in invited
    ]


@transaction.atomic
def resend_invitation(invitation: Invitation, *, by: User) -> Invitation:
    """Mail the invitation again with a new link and a new expiry; the old link is dead."""
    locked = _lock_waiting(invitation, by=by)
    locked.invited_by = by
    token = _renew(locked)
    locked.save(update_fields=["invited_by", "token_hash", "sent_at", "expires_at"])
    audit.record(
        "tenants.invitation.resent", by=by, organisation=locked.organisation_id, target=locked
    )
    _mail(locked, token, by=by)
    return locked


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: User) -> None:
    """End the invitation; its link is dead."""
    locked = _lock_waiting(invitation, by=by)
    locked.withdrawn_at = timezone.now()
    locked.save(update_fields=["withdrawn_at"])
    audit.record(
        "tenants.invitation.withdrawn", by=by, organisation=locked.organisation_id, target=locked
    )


@transaction.atomic
def accept_invitation(token: str, *, by: User) -> Invitation:
    """Give ``by`` the access level, once, if they have confirmed the invited address.

    Raises :class:`NotForYou` and :class:`NotOpen`. The level comes from whoever invited, so
    that person must still be allowed to give it.
    """
    invitation = (
        Invitation.objects.with_hash(token_hash(token))
        .select_for_update(of=("self",))
        .select_related("organisation__reseller", "invited_by")
        .first()
    )
    if invitation is None or not may_be_taken(invitation):
        raise NotOpen
    if not has_verified(by, invitation.email):
        raise NotForYou(_("The invitation is for another e-mail address."))
    organisation, inviter = invitation.organisation, invitation.invited_by
    assert inviter is not None  # noqa: S101 - may_be_taken has looked
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    audit.record(
        "tenants.invitation.accepted",
        by=by,
        organisation=organisation,
        target=invitation,
        after={"role": invitation.role},
    )
    reseller = organisation.reseller.name if organisation.reseller else ""
    acting = audit.acting_reseller.set(reseller)
    try:
        held = roles_of(by, organisation)
        gives = ROLE_CAPABILITIES[invitation.role]
        # An invitation never lowers what somebody has got meanwhile.
        if held and not any(ROLE_CAPABILITIES[role] >= gives for role in held):
            change_role(by, invitation.role, organisation, by=inviter)
        elif not held:
            grant_role(by, invitation.role, organisation, by=inviter)
    finally:
        audit.acting_reseller.reset(acting)
    tell_parties(
        "level_given",
        by,
        organisation,
        by=inviter,
        level=Role(invitation.role).label,
        administrative=invitation.role != Role.USER,
    )
    return invitation


@transaction.atomic
def sign_up_invited(
    token: str, *, name: str, password: str, request: HttpRequest
) -> tuple[User, Invitation]:
    """Return a new account on the invited address, confirmed, with the access level.

    Whoever follows the mailed link has proven the address. Raises :class:`NotOpen`, also when
    an account with the address exists: that one signs in instead.
    """
    invitation = Invitation.objects.with_hash(token_hash(token)).select_for_update().first()
    if invitation is None or not may_be_taken(invitation) or account_exists(invitation.email):
        raise NotOpen
    user = create_user(
        email=invitation.email,
        name=name,
        password=password,
        verified=True,
        language=get_language() or "",
    )
    address = EmailAddress.objects.get(user=user)
    # As allauth does when a link confirms an address: rooms on it become the person's.
    email_confirmed.send(sender=EmailAddress, request=request, email_address=address)
    return user, accept_invitation(token, by=user)


def account_exists(address: str) -> bool:
    """Return whether somebody has an account that began with the address or has confirmed it."""
    return (
        EmailAddress.objects.filter(email=address.lower(), verified=True).exists()
        or User.objects.signing_in_with(address).exists()
    )


def may_be_taken(invitation: Invitation) -> bool:
    """Return whether the invitation is open and its sender may still give the level."""
    inviter = invitation.invited_by
    return (
        invitation.state == Invitation.State.OPEN
        and invitation.organisation.is_active
        and inviter is not None
        and invitation.role in grantable_roles(inviter, invitation.organisation)
    )


def delete_old_invitations(now: datetime) -> int:
    """Delete the invitations that have been over or unanswered long enough; return how many.

    With them goes the address, of which the portal has no more use.
    """
    limit = now - timedelta(days=settings.INVITATION_KEPT_DAYS)
    old = Invitation.objects.unscoped(
        reason="personal data in old invitations is deleted whatever the organisation"
    ).sent_before(limit)
    deleted, _by_model = old.delete()
    return deleted


def _lock_waiting(invitation: Invitation, *, by: User) -> Invitation:
    locked = (
        Invitation.objects.in_organisation(invitation.organisation_id)
        .select_for_update(of=("self",))
        .select_related("organisation")
        .get(pk=invitation.pk)
    )
    require_level(by, locked.role, locked.organisation)
    if not locked.is_waiting:
        raise NotOpen
    return locked


def _renew(invitation: Invitation) -> str:
    """Give the invitation a new token and expiry, and return the token."""
    token = secrets.token_urlsafe(32)
    invitation.token_hash = token_hash(token)
    invitation.sent_at = timezone.now()
    invitation.expires_at = invitation.sent_at + timedelta(days=settings.INVITATION_DAYS)
    return token


def _mail(invitation: Invitation, token: str, *, by: User) -> None:
    post_mail(
        "invitation",
        to=invitation.email,
        context={
            "organisation": invitation.organisation.name,
            "level": Role(invitation.role).label,
            "is_user": invitation.role == Role.USER,
            "by": str(by),
            "expires_at": invitation.expires_at,
            "path": reverse("tenants:invitation_accept", args=[token]),
        },
    )
