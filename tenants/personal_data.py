"""What the accounts, rights and trail keep about people, for ``tenants.personal``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tenants import log
from tenants.models import AccessRequest, Invitation, Job, MemberReviewAnswer, StaffSession, User
from tenants.personal import Record, Section

# The file holds the newest of these; the rest is on the page of one's own log.
MOST_ENTRIES = 10_000


def _profile(user: User) -> Iterator[Record]:
    yield {
        "name": user.name,
        "email": user.email,
        "language": dict(settings.LANGUAGES).get(user.language, user.language),
        "colours": user.get_colour_scheme_display(),
        "joined": user.date_joined,
        "last_sign_in": user.last_login,
        "warned_at": user.warned_at,
    }


def _addresses(user: User) -> Iterator[Record]:
    for address in EmailAddress.objects.filter(user=user).order_by("pk"):
        yield {"email": address.email, "confirmed": address.verified, "primary": address.primary}


def _levels(user: User) -> Iterator[Record]:
    held = user.groups.filter(role_group__isnull=False).select_related("role_group__organisation")
    for group in held.order_by("role_group__organisation__name", "pk"):
        role_group = group.role_group
        yield {
            "organisation": role_group.organisation.name,
            "level": role_group.get_role_display(),
        }


def _factors(user: User) -> Iterator[Record]:
    for factor in Authenticator.objects.filter(user=user).order_by("pk"):
        yield {
            "kind": factor.get_type_display(),
            "name": factor.data.get("name", "") if isinstance(factor.data, dict) else "",
            "added": factor.created_at,
            "used": factor.last_used_at,
        }


def _connections(user: User) -> Iterator[Record]:
    for account in SocialAccount.objects.filter(user=user).order_by("pk"):
        yield {
            "provider": account.provider,
            "identifier": account.uid,
            "told_us": account.extra_data,
            "connected": account.date_joined,
        }


def _sessions(user: User) -> Iterator[Record]:
    for session in UserSession.objects.filter(user=user).order_by("-pk"):
        yield {
            "started": session.created_at,
            "seen": session.last_seen_at,
            "address": session.ip,
            "browser": session.user_agent,
        }


def _invitations(user: User) -> Iterator[Record]:
    addresses = EmailAddress.objects.filter(user=user, verified=True)
    sent = Invitation.objects.unscoped(reason="a person is shown what was sent to them").annotate(
        address=Lower("email")
    )
    for invitation in sent.filter(
        address__in=list(addresses.values_list(Lower("email"), flat=True))
    ).select_related("organisation"):
        yield {
            "organisation": invitation.organisation.name,
            "email": invitation.email,
            "level": invitation.get_role_display(),
            "sent": invitation.sent_at,
        }


def _requests(user: User) -> Iterator[Record]:
    for request in AccessRequest.objects.sent_by(user):
        yield {
            "organisation": request.organisation_name,
            "name": request.applicant_name,
            "email": request.applicant_email,
            "message": request.message,
            "approver": request.approver_name,
            "approver_email": request.approver_email,
            "answered_by": request.answered_name,
            "decision": request.decision_reason,
            "state": request.get_state_display(),
            "sent": request.created_at,
        }


def _reviews(user: User) -> Iterator[Record]:
    answers = MemberReviewAnswer.objects.unscoped(reason="a person is shown what is about them")
    for answer in answers.filter(member=user).select_related("organisation").order_by("-pk"):
        yield {
            "organisation": answer.organisation.name,
            "name": answer.member_label,
            "decision": answer.get_decision_display(),
        }


def _stays(user: User) -> Iterator[Record]:
    for stay in StaffSession.objects.of_operator(user).select_related("organisation"):
        yield {
            "organisation": stay.organisation.name,
            "reason": stay.purpose,
            "from": stay.started_at,
            "to": stay.ended_at,
        }


def _jobs(user: User) -> Iterator[Record]:
    for job in Job.objects.started_by(user).select_related("organisation"):
        yield {
            "organisation": job.organisation.name,
            "job": job.label,
            "state": job.get_state_display(),
            "started": job.created_at,
        }


def _trail(user: User) -> Iterator[Record]:
    entries = log.of_person(user).newest_first().select_related("organisation")
    header = ("date", "time", "what", "who", "reseller", "support", "organisation", "object")
    for row in log.rows(entries[:MOST_ENTRIES], user, own=True):
        kept: dict[str, Any] = dict(zip((*header, "kind", "action", "before", "after"), row[:12]))  # noqa: B905 - the rest is technical
        yield kept


SECTIONS = (
    Section(
        "profile",
        _("Profile"),
        _("So that you can sign in and be recognised. Kept as long as you have the account."),
        {
            "name": _("Name"),
            "email": _("E-mail address"),
            "language": _("Language"),
            "colours": _("Colours"),
            "joined": _("Account created"),
            "last_sign_in": _("Signed in last"),
        },
        _profile,
    ),
    Section(
        "addresses",
        _("E-mail addresses"),
        _("They decide which meeting rooms are yours. You add and remove them yourself."),
        {"email": _("E-mail address"), "confirmed": _("Confirmed")},
        _addresses,
    ),
    Section(
        "levels",
        _("Access levels"),
        _("Given by your organisation, for as long as it wants."),
        {"organisation": _("Organisation"), "level": _("Access level")},
        _levels,
    ),
    Section(
        "second_factors",
        _("Passkeys and codes"),
        _("For signing in safely. What is secret in them is encrypted and never shown."),
        {"kind": _("Kind"), "name": _("Name"), "added": _("Added"), "used": _("Used last")},
        _factors,
    ),
    Section(
        "sign_in_connections",
        _("Connected ways to sign in"),
        _("What the sign-in service calls you; never a national identity number."),
        {"provider": _("Sign-in service"), "identifier": _("Identifier")},
        _connections,
    ),
    Section(
        "sessions",
        _("Where you are signed in"),
        _("So that you can see and end them. Gone when the session is over."),
        {"seen": _("Used last"), "address": _("IP address"), "browser": _("Browser")},
        _sessions,
    ),
    Section(
        "invitations",
        _("Invitations to you"),
        _("Kept for a while after they were sent, so that they can be sent again."),
        {"organisation": _("Organisation"), "email": _("Sent to"), "sent": _("Sent")},
        _invitations,
    ),
    Section(
        "access_requests",
        _("Access requests"),
        _("Evidence of who got administrator rights, and why."),
        {
            "organisation": _("Organisation"),
            "message": _("Message"),
            "approver": _("Confirmed by"),
            "state": _("Status"),
            "sent": _("Sent"),
        },
        _requests,
    ),
    Section(
        "reviews",
        _("Reviews of members"),
        _("Evidence that your organisation goes through its members."),
        {"organisation": _("Organisation"), "decision": _("Decision")},
        _reviews,
    ),
    Section(
        "support_access",
        _("Support access that you had"),
        _("Evidence for the customer of who was there, and why."),
        {"organisation": _("Organisation"), "reason": _("Reason"), "from": _("Started")},
        _stays,
    ),
    Section(
        "jobs",
        _("Jobs"),
        _("Longer jobs that you started, and their results."),
        {"job": _("Job"), "organisation": _("Organisation"), "started": _("Started")},
        _jobs,
    ),
    Section(
        "log",
        _("Change log"),
        _("Who did what, for as long as the privacy page says. Nobody can change a line."),
        {"date": _("Date"), "time": _("Time"), "what": _("What happened")},
        _trail,
    ),
)

_OTHERS = "names somebody else, who is shown it on their own page"
_KEY = "a key of the database or of a way in; tells nothing of the person"
_SETTING = "the organisation's, or a choice from a list"
SHOWN = {
    "tenants.User.email": "profile",
    "tenants.User.name": "profile",
    "tenants.User.language": "profile",
    "tenants.User.colour_scheme": "profile",
    "account.EmailAddress.user": "addresses",
    "account.EmailAddress.email": "addresses",
    "mfa.Authenticator.user": "second_factors",
    "mfa.Authenticator.type": "second_factors",
    "socialaccount.SocialAccount.user": "sign_in_connections",
    "socialaccount.SocialAccount.provider": "sign_in_connections",
    "socialaccount.SocialAccount.uid": "sign_in_connections",
    "socialaccount.SocialAccount.extra_data": "sign_in_connections",
    "usersessions.UserSession.user": "sessions",
    "usersessions.UserSession.ip": "sessions",
    "usersessions.UserSession.user_agent": "sessions",
    "tenants.Invitation.email": "invitations",
    "tenants.Invitation.role": "invitations",
    "tenants.AccessRequest.applicant": "access_requests",
    "tenants.AccessRequest.organisation_name": "access_requests",
    "tenants.AccessRequest.applicant_name": "access_requests",
    "tenants.AccessRequest.applicant_email": "access_requests",
    "tenants.AccessRequest.message": "access_requests",
    "tenants.AccessRequest.approver_name": "access_requests",
    "tenants.AccessRequest.approver_email": "access_requests",
    "tenants.AccessRequest.answered_name": "access_requests",
    "tenants.AccessRequest.decision_reason": "access_requests",
    "tenants.AccessRequest.state": "access_requests",
    "tenants.MemberReviewAnswer.member": "reviews",
    "tenants.MemberReviewAnswer.member_label": "reviews",
    "tenants.MemberReviewAnswer.decision": "reviews",
    "tenants.StaffSession.operator": "support_access",
    "tenants.StaffSession.reason": "support_access",
    "tenants.StaffSession.reference": "support_access",
    "tenants.Job.started_by": "jobs",
    "tenants.Job.label": "jobs",
    "tenants.Job.state": "jobs",
    "tenants.AuditEntry.actor_key": "log",
    "tenants.AuditEntry.actor_label": "log",
    "tenants.AuditEntry.reseller_label": "log",
    "tenants.AuditEntry.staff_reason": "log",
    "tenants.AuditEntry.action": "log",
    "tenants.AuditEntry.target_type": "log",
    "tenants.AuditEntry.target_key": "log",
    "tenants.AuditEntry.target_label": "log",
    "tenants.AuditEntry.before": "log",
    "tenants.AuditEntry.after": "log",
}
LEFT_OUT = {
    "tenants.Organisation": "about organisations",
    "tenants.RoleGroup": "about organisations; who is in one is the section levels",
    "tenants.OrganisationUserGrant": "kept empty",
    "tenants.OrganisationGroupGrant": "about groups",
    "tenants.ResellerConnection": "about organisations; who connected them stands in the log",
    "tenants.MemberReview": "who finished it stands in the log",
    "tenants.KeptMail": "the demo alone; holds no real person's mail",
    "tenants.User.password": "a hash of the password; shown to nobody",
    "tenants.AuditEntry.request_id": _KEY,
    "tenants.Invitation.invited_by": _OTHERS,
    "tenants.Invitation.token_hash": _KEY,
    "tenants.AccessRequest.organisation_number": _SETTING,
    "tenants.AccessRequest.language": _SETTING,
    "tenants.AccessRequest.approver_capacity": _SETTING,
    "tenants.AccessRequest.link_hash": _KEY,
    "tenants.AccessRequest.answered_capacity": _SETTING,
    "tenants.AccessRequest.decided_by": _OTHERS,
    "tenants.AccessRequest.decided_by_name": _OTHERS,
    "tenants.MemberReviewAnswer.answered_by_label": _OTHERS,
    "tenants.MemberReviewAnswer.review": _SETTING,
    "tenants.Job.kind": _SETTING,
    "tenants.Job.failure": "what the portal could not do",
    "tenants.Job.url": "where the result stands",
    "account.EmailConfirmation": "a key that was mailed; gone when it is used",
    "mfa.Authenticator.data": "secrets; its name is shown",
    "usersessions.UserSession.session_key": _KEY,
    "usersessions.UserSession.data": "empty",
    "socialaccount.SocialApp": "about sign-in services",
    "socialaccount.SocialToken": "kept empty: no token of a sign-in service is stored",
    "sessions.Session": "what the person is in the middle of; gone with the session",
    "auth.Permission": "about rights",
    "auth.Group": "about rights",
    "contenttypes.ContentType": "about the database",
    "guardian.UserObjectPermission": "kept empty",
    "guardian.GroupObjectPermission": "kept empty",
}
