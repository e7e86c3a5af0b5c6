"""Organisations, people, what each may do, and the trail that they leave."""

from tenants.models.audit import AuditEntry
from tenants.models.grants import OrganisationGroupGrant, OrganisationUserGrant, RoleGroup
from tenants.models.invitations import Invitation
from tenants.models.jobs import Job
from tenants.models.mail import KeptMail
from tenants.models.organisations import Organisation, check_organisation_number
from tenants.models.people import User
from tenants.models.requests import AccessRequest, request_link_hash
from tenants.models.resellers import ResellerConnection
from tenants.models.reviews import MemberReview, MemberReviewAnswer
from tenants.models.staff import StaffSession

__all__ = [
    "AccessRequest",
    "AuditEntry",
    "Invitation",
    "Job",
    "KeptMail",
    "MemberReview",
    "MemberReviewAnswer",
    "Organisation",
    "OrganisationGroupGrant",
    "OrganisationUserGrant",
    "ResellerConnection",
    "RoleGroup",
    "StaffSession",
    "User",
    "check_organisation_number",
    "request_link_hash",
]
