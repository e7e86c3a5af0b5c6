"""Every write to organisations, people, roles, grants and jobs. The one door to grants."""

from tenants.actions.holders import add_object_holders, set_holders_of_many, set_object_holders
from tenants.actions.jobs import finish_job, note_progress, start_job
from tenants.actions.organisations import SPELT_OUT, create_organisation
from tenants.actions.people import change_profile, create_user
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
    "add_object_holders",
    "change_profile",
    "create_organisation",
    "create_user",
    "end_staff_session",
    "end_staff_sessions_that_ran_out",
    "finish_job",
    "grant_role",
    "note_progress",
    "note_staff_request",
    "revoke_role",
    "set_holders_of_many",
    "set_object_holders",
    "staff_minutes",
    "start_job",
    "start_staff_session",
    "sync_role_grants",
]
