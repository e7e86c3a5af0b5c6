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
from tenants.actions.log import note_log_exported
from tenants.actions.members import (
    change_access_level,
    note_members_exported,
    remove_member,
    reopen_account,
)
from tenants.actions.organisations import (
    SPELT_OUT,
    change_organisation,
    create_organisation,
    deactivate_organisation,
    reactivate_organisation,
)
from tenants.actions.people import change_profile, create_user, look_up_person
from tenants.actions.privacy import delete_own_account, note_own_data_exported
from tenants.actions.request_clock import delete_old_requests, expire_requests
from tenants.actions.requests import (
    LinkSpent,
    answer_request,
    send_link_again,
    send_request,
    withdraw_request,
)
from tenants.actions.resellers import apply_due_connections, connect_client, end_connection
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
from tenants.actions.sessions import (
    delete_ended_sessions,
    end_other_sessions,
    end_session,
    end_sessions_from_provider,
)
from tenants.actions.sign_in_links import (
    AlreadyConnected,
    LastWayIn,
    NotTheirs,
    connect_sign_in,
    disconnect_sign_in,
    may_connect,
)
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
    "AlreadyConnected",
    "LastAdministrator",
    "LastFactor",
    "LastWayIn",
    "LinkSpent",
    "NotDecidable",
    "NotForYou",
    "NotOpen",
    "NotTheirs",
    "accept_invitation",
    "add_authenticator_app",
    "add_object_holders",
    "add_passkey",
    "answer_request",
    "answer_review",
    "apply_due_connections",
    "approve_request",
    "change_access_level",
    "change_organisation",
    "change_profile",
    "change_role",
    "closes_on",
    "connect_client",
    "connect_sign_in",
    "create_organisation",
    "create_user",
    "deactivate_organisation",
    "delete_ended_sessions",
    "delete_old_invitations",
    "delete_old_requests",
    "delete_own_account",
    "disconnect_sign_in",
    "due_user_ids",
    "end_connection",
    "end_other_sessions",
    "end_session",
    "end_sessions_from_provider",
    "end_staff_session",
    "end_staff_sessions_that_ran_out",
    "expire_requests",
    "faults_of",
    "finish_job",
    "forget_warnings",
    "grant_role",
    "grantable_roles",
    "invite_members",
    "look_up_person",
    "may_connect",
    "may_decide",
    "may_reset_second_factor",
    "note_log_exported",
    "note_members_exported",
    "note_own_data_exported",
    "note_progress",
    "note_staff_request",
    "reactivate_organisation",
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
    "warnings_of",
    "withdraw_invitation",
    "withdraw_request",
]
