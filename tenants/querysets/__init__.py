"""Reads of what tenants keeps; each method reads as a phrase and returns rows in scope."""

from tenants.querysets.audit import AuditEntryQuerySet
from tenants.querysets.organisations import (
    OrganisationQuerySet,
    ResellerConnectionQuerySet,
    RoleGroupQuerySet,
)
from tenants.querysets.people import (
    AccessRequestQuerySet,
    InvitationQuerySet,
    MemberReviewAnswerQuerySet,
    MemberReviewQuerySet,
    UserManager,
    UserQuerySet,
)
from tenants.querysets.work import JobQuerySet, KeptMailQuerySet, StaffSessionQuerySet

__all__ = [
    "AccessRequestQuerySet",
    "AuditEntryQuerySet",
    "InvitationQuerySet",
    "JobQuerySet",
    "KeptMailQuerySet",
    "MemberReviewAnswerQuerySet",
    "MemberReviewQuerySet",
    "OrganisationQuerySet",
    "ResellerConnectionQuerySet",
    "RoleGroupQuerySet",
    "StaffSessionQuerySet",
    "UserManager",
    "UserQuerySet",
]
