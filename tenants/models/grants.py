"""Who holds which capability on what."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from tenants.models.organisations import Organisation
from tenants.querysets import (
    RoleGroupQuerySet,
)
from tenants.roles import Role
from videoportal.kit.querysets import TenantModel


class RoleGroup(TenantModel):
    """The group whose members hold one role in one organisation."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="role_groups"
    )
    role = models.CharField(max_length=20, choices=Role)
    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="role_group")

    objects = RoleGroupQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "role"],
                name="one_group_per_role_and_organisation",
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation}: {self.get_role_display()}"


class OrganisationUserGrant(UserObjectPermissionBase):
    """Guardian's direct grants to a person. Kept empty: rights go to role groups."""

    content_object = models.ForeignKey(Organisation, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        default_permissions = ()


class OrganisationGroupGrant(GroupObjectPermissionBase):
    """A capability that a role group holds on an organisation."""

    content_object = models.ForeignKey(Organisation, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        default_permissions = ()
