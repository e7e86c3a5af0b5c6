"""Every write to organisations, people, roles, grants and jobs. The one door to grants."""

from tenants.actions.decisions import (
    NotDecidable,
    approve_request,
    faults_of,
    may_decide,
    refuse_request,
    warnings_of,
)
from tenants.actions.holders import add_object_holders, set_holders_of_many, set_object_holders
from tenants.actions.inactivity import (
    closes_on,
    due_user_ids,
    forget_warnings,
    take_inactivity_step,
)
from tenants.actions.invitations import (
    NotForYou,
    NotOpen,
    accept_invitation,
    delete_old_invitations,
    invite_members,
    resend_invitation,
    sign_up_invited,
    withdraw_invitation,
)
from tenants.actions.jobs import finish_job, note_progress, start_job
from tenants.actions.members import change_access_level, remove_member, reopen_account
from tenants.actions.organisations import SPELT_OUT, create_organisation
from tenants.actions.people import change_profile, create_user
from tenants.actions.requests import (
    LinkSpent,
    answer_request,
    expire_requests,
    send_link_again,
    send_request,
    verified_addresses,
    withdraw_request,
)
from tenants.actions.reviews import answer_review, review_due_on
from tenants.actions.roles import (
    ROLES_OF_KIND,
    LastAdministrator,
    change_role,
    grant_role,
    grantable_roles,
    revoke_role,
    sync_role_grants,
)
from tenants.actions.second_factor import (
    LastFactor,
    add_authenticator_app,
    add_passkey,
    may_reset_second_factor,
    remove_factor,
    rename_passkey,
    renew_recovery_codes,
    reset_second_factor,
)
from tenants.actions.sessions import end_other_sessions, end_session
from tenants.actions.staff import (
    end_staff_session,
    end_staff_sessions_that_ran_out,
    note_staff_request,
    staff_minutes,
    start_staff_session,
)

__all__ = [
    "ROLES_OF_KIND",
    "SPELT_OUT",
    "LastAdministrator",
    "LastFactor",
    "LinkSpent",
    "NotDecidable",
    "NotForYou",
    "NotOpen",
    "accept_invitation",
    "add_authenticator_app",
    "add_object_holders",
    "add_passkey",
    "answer_request",
    "answer_review",
    "approve_request",
    "change_access_level",
    "change_profile",
    "change_role",
    "closes_on",
    "create_organisation",
    "create_user",
    "delete_old_invitations",
    "due_user_ids",
    "end_other_sessions",
    "end_session",
    "end_staff_session",
    "end_staff_sessions_that_ran_out",
    "expire_requests",
    "faults_of",
    "finish_job",
    "forget_warnings",
    "grant_role",
    "grantable_roles",
    "invite_members",
    "may_decide",
    "may_reset_second_factor",
    "note_progress",
    "note_staff_request",
    "refuse_request",
    "remove_factor",
    "remove_member",
    "rename_passkey",
    "renew_recovery_codes",
    "reopen_account",
    "resend_invitation",
    "reset_second_factor",
    "review_due_on",
    "revoke_role",
    "send_link_again",
    "send_request",
    "set_holders_of_many",
    "set_object_holders",
    "sign_up_invited",
    "staff_minutes",
    "start_job",
    "start_staff_session",
    "sync_role_grants",
    "take_inactivity_step",
    "verified_addresses",
    "warnings_of",
    "withdraw_invitation",
    "withdraw_request",
]
