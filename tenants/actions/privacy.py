"""A person's right to what is kept about them: taking it out, and closing their own account."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.account.signals import email_removed
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants import audit, sessions
from tenants.access import Forbidden
from tenants.actions.roles import require_others, revoke_role
from tenants.actions.staff import end_staff_session
from tenants.mail import post_mail
from tenants.models import Job, Organisation, RoleGroup, User

# No mail reaches an address under .invalid (RFC 2606).
NOBODY = "deleted-{key}@deleted.invalid"


@transaction.atomic
def note_own_data_exported(user: User, *, by: User) -> None:
    """Write that a person took out what is kept about them."""
    _require_self(user, by)
    audit.record(
        "tenants.data.exported",
        by=by,
        organisation=by.access.home_id,
        target=user,
        after={"format": "json"},
    )


@transaction.atomic
def delete_own_account(user: User, *, by: User) -> None:
    """Take away the person's access, ways in and personal data, for good.

    Raises :class:`LastAdministrator` when an organisation would have nobody left. The rooms'
    registration, requests and reviews are the organisations', and the log keeps its lines.
    """
    _require_self(user, by)
    stored = User.objects.select_for_update().get(pk=user.pk)
    require_others(stored)
    if by.access.staff_session is not None:
        end_staff_session(by=by)
    audit.record("tenants.data.account_deleted", by=by, organisation=by.access.home_id, target=user)
    post_mail("account_deleted", to=stored.email, context={"name": stored.name}, user=stored)
    _leave_organisations(stored)
    sessions.close_others(stored, None)
    Authenticator.objects.filter(user=stored).delete()
    SocialAccount.objects.filter(user=stored).delete()
    Job.objects.started_by(stored).update(started_by=None)
    for address in EmailAddress.objects.filter(user=stored):
        address.delete()
        # Rooms that were the person's own follow.
        email_removed.send(sender=EmailAddress, request=None, user=stored, email_address=address)
    stored.email = NOBODY.format(key=stored.public_id)
    stored.name = stored.language = ""
    stored.is_active, stored.closed_at = False, timezone.now()
    stored.set_unusable_password()
    stored.save()
    by.__dict__.pop("access", None)


def _leave_organisations(user: User) -> None:
    held = RoleGroup.objects.unscoped(reason="the person leaves every organisation at once")
    for role_group in held.filter(group__user=user).select_related("organisation"):
        organisation: Organisation = role_group.organisation
        revoke_role(user, role_group.role, organisation, by=None)


def _require_self(user: User, by: User) -> None:
    if by.pk != user.pk:
        raise Forbidden(_("You can do this only with your own account."))
