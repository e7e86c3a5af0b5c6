"""Organisations, people, what each may do, and the trail that they leave."""

from tenants.models.audit import AuditEntry
from tenants.models.grants import OrganisationGroupGrant, OrganisationUserGrant, RoleGroup
from tenants.models.jobs import Job
from tenants.models.organisations import Organisation, check_organisation_number
from tenants.models.people import User
from tenants.models.requests import AccessRequest, link_hash
from tenants.models.staff import StaffSession

__all__ = [
    "AccessRequest",
    "AuditEntry",
    "Job",
    "Organisation",
    "OrganisationGroupGrant",
    "OrganisationUserGrant",
    "RoleGroup",
    "StaffSession",
    "User",
    "check_organisation_number",
    "link_hash",
]
