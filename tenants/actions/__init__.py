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
from tenants.actions.jobs import finish_job, note_progress, start_job
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
from tenants.actions.roles import (
    ROLES_OF_KIND,
    LastAdministrator,
    grant_role,
    revoke_role,
    sync_role_grants,
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
    "LastAdministrator",
    "LinkSpent",
    "NotDecidable",
    "add_object_holders",
    "answer_request",
    "approve_request",
    "change_profile",
    "create_organisation",
    "create_user",
    "end_staff_session",
    "end_staff_sessions_that_ran_out",
    "expire_requests",
    "faults_of",
    "finish_job",
    "grant_role",
    "may_decide",
    "note_progress",
    "note_staff_request",
    "refuse_request",
    "revoke_role",
    "send_link_again",
    "send_request",
    "set_holders_of_many",
    "set_object_holders",
    "staff_minutes",
    "start_job",
    "start_staff_session",
    "sync_role_grants",
    "verified_addresses",
    "warnings_of",
    "withdraw_request",
]
