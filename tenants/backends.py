"""Answers Django's ``has_perm`` from Access, so that templates and decorators agree."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend

from tenants.models import Organisation


class AccessBackend(BaseBackend):
    """Maps ``has_perm("tenants.manage_rooms", organisation)`` to the person's Access.

    An object of another model is judged by its organisation. Without an object the answer
    is no: nobody holds a right on everything.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if obj is None or not getattr(user_obj, "is_active", False):
            return False
        app_label, _, capability = perm.partition(".")
        if app_label != "tenants":
            return False
        organisation_id = obj.pk if isinstance(obj, Organisation) else obj.organisation_id
        return bool(user_obj.access.can(capability, organisation_id))
