"""Who is there, and what Django's ``has_perm`` answers about them."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import BaseBackend

from tenants.models import Organisation, User
from tenants.reach import visitor


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


class SignInBackend(AuthenticationBackend):
    """allauth's, except that whoever is read for a request brings the request's scope along."""

    def get_user(self, user_id: Any) -> User | None:
        person = visitor(user_id)
        return person if person is not None and self.user_can_authenticate(person) else None
